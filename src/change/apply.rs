//! A whole change set: all of it on one copy of the world, or nothing.

use smallvec::SmallVec;

use super::ahead::{AHEAD, Sight};
use super::execute::{Executing, Step};
use super::{ChangeSet, Effected, Revision, validate};
use crate::error::{Problem, Refused};
use crate::ids::Ids;
use crate::limits::Limits;
use crate::model::Timestamp;
use crate::publish::Replica;
use crate::world::{Seating, World};

/// A change set that has passed what can be judged without the world, with ids for what it may add.
pub(crate) struct Prepared {
    pub(crate) actor: Option<String>,
    pub(crate) steps: Vec<Step>,
}

/// What became of a change set on a copy of the world.
pub(crate) struct Executed {
    /// How many of its changes had an effect.
    pub(crate) effects: usize,
    /// Whether the copy may differ from what it was.
    pub(crate) touched: bool,
    /// Its problems: then the copy is of no use, unless it was not touched.
    pub(crate) refused: Option<Refused>,
}

/// Steps past which a copy of the world is forked rather than made to catch up: a fork shares all pages that did not
/// change, and keeps no steps in memory.
pub(super) const CATCH_UP: usize = 1_024;

impl Prepared {
    /// Validates a change set; `snapshot` serves only to find further problems of a set that is refused anyway.
    pub(crate) fn new(
        set: ChangeSet,
        limits: &Limits,
        ids: &Ids,
        at: Timestamp,
        snapshot: impl FnOnce() -> World,
    ) -> Result<Self, Refused> {
        let mut problems = validate::problems(&set, limits);
        let steps = set.changes.into_iter().map(|change| Step { fresh: ids.next(at), change });
        if problems.is_empty() {
            return Ok(Self { actor: set.actor, steps: steps.collect() });
        }
        // Nobody sees this copy: it only shows what else is wrong.
        let mut trial = snapshot();
        let refused: std::collections::BTreeSet<usize> = problems.iter().filter_map(|problem| problem.item).collect();
        if problems.iter().all(|problem| problem.item.is_some()) {
            let steps: Vec<Step> = steps.collect();
            let sound = steps.iter().enumerate().filter(|(item, _)| !refused.contains(item));
            problems.extend(run(&mut trial, sound, limits, None).0);
            problems.sort_by_key(|problem| problem.item);
        }
        Err(Refused::new(problems, limits.reported_problems, 0))
    }

    /// Makes all steps on a copy of the world.
    pub(crate) fn execute(&self, world: &mut World, limits: &Limits, record: Option<&mut Vec<Effected>>) -> Executed {
        let (problems, Executed { effects, touched, .. }) = run(world, self.steps.iter().enumerate(), limits, record);
        let refused = (!problems.is_empty()).then(|| Refused::new(problems, limits.reported_problems, 0));
        Executed { effects, touched, refused }
    }

    /// What the other copy must catch up with, unless it had better be forked.
    pub(crate) fn into_lacks(self) -> Option<Vec<Step>> {
        if self.steps.len() > CATCH_UP { None } else { Some(self.steps) }
    }
}

fn run<'a>(
    world: &mut World,
    mut steps: impl Iterator<Item = (usize, &'a Step)>,
    limits: &Limits,
    record: Option<&mut Vec<Effected>>,
) -> (Vec<Problem>, Executed) {
    let mut problems = Vec::new();
    let mut executing = Executing::new(world, limits, record);
    loop {
        let next: SmallVec<[(usize, &Step); AHEAD]> = steps.by_ref().take(AHEAD).collect();
        if next.is_empty() {
            break;
        }
        let sight: Sight<'_> = next.iter().map(|(_, step)| executing.world.see(step)).collect();
        if next.len() > 1 {
            executing.world.look_ahead(&sight);
        }
        for ((item, _), seen) in next.iter().zip(&sight) {
            if let Err(problem) = executing.make(seen) {
                problems.push(problem.at_item(*item));
            }
        }
    }
    let Executing { effects, touched, .. } = executing;
    (problems, Executed { effects, touched, refused: None })
}

impl World {
    /// Makes steps that were made on an equal copy without a problem, within the engine's limits.
    pub(crate) fn remake(&mut self, steps: &[Step]) {
        let _ = run(self, steps.iter().enumerate(), &Limits::none(), None);
    }

    /// This version as the next one.
    pub(crate) fn advance(&mut self) -> Revision {
        self.revision = Revision(self.revision.0.saturating_add(1));
        self.revision
    }
}

/// What one copy of the world has and the other lacks.
pub(crate) struct Lacks {
    /// The steps of one change set, or of several that were published together; none, if only seats changed.
    pub(crate) steps: Vec<Step>,
    /// What stands on seats since. It holds numbers, which are the same in both copies.
    pub(crate) seatings: Vec<Seating>,
    /// What they come to.
    pub(crate) revision: Revision,
}

impl Replica for World {
    type Change = Lacks;

    fn replay(&mut self, Lacks { steps, seatings, revision }: &Lacks) {
        let noted = std::mem::take(&mut self.touched.noted);
        self.remake(steps);
        self.touched.noted = noted;
        self.revision = *revision;
        self.touch_seats(seatings);
        // What can't be done here was done on the other copy: then the seat stands empty.
        seatings.iter().for_each(|seating| _ = self.reseat(seating));
    }
}
