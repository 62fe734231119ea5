//! The measured file.

use serde::{Deserialize, Serialize};

/// All that one run measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) command: String,
    pub(crate) seed: u64,
    pub(crate) requests: usize,
    pub(crate) rounds: usize,
    pub(crate) rows: Vec<Row>,
    /// What was not measured, and why.
    pub(crate) capped: Vec<Capped>,
}

/// What one engine came to at one size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) engine: String,
    pub(crate) variant: String,
    /// Permissions that were put.
    pub(crate) size: usize,
    /// Permissions or patterns that the engine holds; of slices, each as often as it is in one.
    pub(crate) holds: usize,
    /// Nanoseconds for one request: the median of the rounds.
    pub(crate) median_ns: f64,
    /// Nanoseconds for one request, of requests that were timed one by one.
    pub(crate) p99_ns: f64,
    /// The fastest and the slowest round, in nanoseconds for one request.
    pub(crate) spread_ns: [f64; 2],
    /// How often it takes what Grantrie takes with a prepared subject: the median of the rounds' ratios.
    pub(crate) to_prepared: Option<f64>,
    /// How often it takes what Grantrie takes with all names as text, likewise; for patterns, what `PatternSet` takes.
    pub(crate) to_string: Option<f64>,
    pub(crate) load_ms: f64,
    /// Growth of the resident memory for each that it holds.
    pub(crate) bytes_per_grant: f64,
    /// For one request.
    pub(crate) allocs: f64,
    pub(crate) wrong: usize,
    /// Answers that were compared; no others are timed.
    pub(crate) checked: usize,
    /// Requests that were timed one by one.
    pub(crate) timed: usize,
}

/// An engine that is not measured from some size on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Capped {
    pub(crate) engine: String,
    pub(crate) variant: String,
    pub(crate) size: usize,
    pub(crate) why: String,
}
