//! What one measuring process found, as it tells it: JSON on standard output.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Figures by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) values: BTreeMap<String, f64>,
    /// How many changes took so many nanoseconds, where that was measured: steps of a quarter octave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) histogram: Vec<(u64, u64)>,
    /// What has to be known of how something was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

impl Figures {
    pub(crate) fn put(&mut self, name: impl Into<String>, value: f64) {
        self.values.insert(name.into(), value);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.values.extend(other.values);
        self.notes.extend(other.notes);
        if !other.histogram.is_empty() {
            self.histogram = other.histogram;
        }
    }
}

/// How long each of many took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times(Vec<u64>);

impl Times {
    /// Room for so many, so that noting one frees nothing.
    pub(crate) fn with_room(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    pub(crate) fn add(&mut self, time: std::time::Duration) {
        self.0.push(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The time, in nanoseconds, below which so many in a thousand are; 0 of none.
    pub(crate) fn permille(&self, permille: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * permille / 1_000).min(sorted.len().saturating_sub(1));
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a measurement")]
        sorted.get(at).map_or(0.0, |time| *time as f64)
    }

    pub(crate) fn histogram(&self) -> Vec<(u64, u64)> {
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        for time in &self.0 {
            // The upper end of a quarter of its octave.
            let octave = 1_u64 << time.max(&4).ilog2();
            let quarter = octave / 4;
            *counts.entry(octave + (time.max(&4) - octave) / quarter * quarter + quarter).or_default() += 1;
        }
        counts.into_iter().collect()
    }
}

/// The middle one; 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_counted_by_quarters_of_octaves() {
        let mut times = Times::default();
        for nanos in [0, 1_000, 1_023, 1_024, 1_279, 1_280] {
            times.add(Duration::from_nanos(nanos));
        }
        assert_eq!(times.histogram(), [(5, 1), (1_024, 2), (1_280, 2), (1_536, 1)]);
        assert_eq!((times.permille(500), times.permille(1_000)), (1_024.0, 1_280.0));
    }
}
