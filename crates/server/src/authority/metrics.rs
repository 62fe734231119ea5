//! What was decided and changed, counted. On the way of a check that is one addition.

use std::time::Duration;

use grantrie::{Decision, Reason, Revision};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::Failure;

/// A counter for each value of one label.
type Labelled = Family<[(&'static str, &'static str); 1], Counter>;

#[derive(Debug)]
pub(crate) struct Metrics {
    decisions: Labelled,
    /// Those of `decisions`, found once: granted, denied, no grant, not subscribed, invalid.
    reasons: [Counter; 5],
    changes: Labelled,
    /// Seconds from when a change was handed over until it was on disk and visible, or was not to be.
    change_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let decisions = Labelled::default();
        let reasons = ["granted", "denied", "no_grant", "not_subscribed", "invalid"]
            .map(|reason| decisions.get_or_create(&[("reason", reason)]).clone());
        let changes = Labelled::default();
        for outcome in ["applied", "refused", "failed"] {
            drop(changes.get_or_create(&[("outcome", outcome)]));
        }
        // From a tenth of a millisecond, in memory, to the seconds of a slow disk.
        let change_seconds = Histogram::new(exponential_buckets(0.000_1, 2.0, 17));
        Self { decisions, reasons, changes, change_seconds }
    }
}

impl Metrics {
    pub(super) fn decided(&self, decision: &Decision) {
        let [granted, denied, no_grant, not_subscribed, invalid] = &self.reasons;
        let reason = match decision.reason {
            Reason::Granted(_) => granted,
            Reason::Denied(_) => denied,
            Reason::NoGrant => no_grant,
            Reason::NotSubscribed(_) => not_subscribed,
            // Reasons that are yet to come deny.
            _ => invalid,
        };
        reason.inc();
    }

    pub(super) fn applied(&self, took: Duration, applied: &Result<Revision, Failure>) {
        self.change_seconds.observe(took.as_secs_f64());
        let outcome = match applied {
            Ok(_) => "applied",
            Err(Failure::Refused(_)) => "refused",
            Err(_) => "failed",
        };
        self.changes.get_or_create(&[("outcome", outcome)]).inc();
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("decisions", "Decisions by reason", self.decisions.clone());
        registry.register("changes", "Change sets by what became of them", self.changes.clone());
        let help = "Time from when a change set was handed over until it was visible, or refused";
        registry.register("change_seconds", help, self.change_seconds.clone());
    }
}
