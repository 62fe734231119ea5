//! Requests, counted and timed by interface.

use std::time::Duration;

use http::StatusCode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

#[derive(Debug)]
pub(crate) struct Traffic {
    requests: Family<[(&'static str, &'static str); 2], Counter>,
    seconds: Family<[(&'static str, &'static str); 1], Histogram>,
}

impl Default for Traffic {
    fn default() -> Self {
        // From fifty microseconds to the seconds of a request that is given up.
        let seconds = Family::new_with_constructor(
            (|| Histogram::new(exponential_buckets(0.000_05, 2.0, 18))) as fn() -> Histogram,
        );
        Self { requests: Family::default(), seconds }
    }
}

impl Traffic {
    /// Paths and status codes that clients make up do not become labels: both come from short lists.
    pub(super) fn answered(&self, face: &'static str, status: StatusCode, took: Duration) {
        let class = match status.as_u16() {
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        self.requests.get_or_create(&[("interface", face), ("status", class)]).inc();
        self.seconds.get_or_create(&[("interface", face)]).observe(took.as_secs_f64());
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "Requests by interface and class of status", self.requests.clone());
        registry.register("http_request_seconds", "Time to the answer, with the body's coming", self.seconds.clone());
    }
}
