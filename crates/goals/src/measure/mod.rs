//! What is measured, each in a process of its own: what one leaves in the heap and the caches does not touch the next.

mod checks;
mod curves;
mod loaded;
mod loading;
mod patterns;
mod readers;
mod shapes;
mod timing;
mod updates;

use crate::figures::Figures;

/// What a process measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Topic {
    /// Growth with the size, batches, allocations, answers.
    Checks,
    /// A world file, memory, a large change.
    Loading,
    /// One permission changed.
    Updates,
    /// Readers beside a writer, and beside one another.
    Readers,
    /// The shapes, beside the ordinary workload.
    Shapes,
    /// Patterns alone.
    Patterns,
    /// The shapes of one principal, at several sizes.
    Curves,
}

impl Topic {
    pub(crate) const ALL: [Self; 7] =
        [Self::Loading, Self::Checks, Self::Updates, Self::Readers, Self::Patterns, Self::Shapes, Self::Curves];

    /// Measures it on worlds from a seed.
    pub(crate) fn measure(self, seed: u64) -> Result<Figures, String> {
        match self {
            Self::Checks => Ok(checks::measure(seed)),
            Self::Loading => loading::measure(seed),
            Self::Updates => Ok(updates::measure(seed)),
            Self::Readers => Ok(readers::measure(seed)),
            Self::Shapes => Ok(shapes::measure(seed)),
            Self::Patterns => Ok(patterns::measure(seed)),
            Self::Curves => Ok(curves::measure(seed)),
        }
    }
}
