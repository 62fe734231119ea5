//! Seats: the compiled grants of the subjects that hosts have prepared, as this version knows them.

use smallvec::SmallVec;

use super::touched::TouchedGrant;
use super::{PackedConditions, World};
use crate::index::{Compiled, Filing, HeldGrant, Line};
use crate::irn::PatternRef;

/// Seats in a page: copying one counts two references.
pub(super) const SEATS: usize = 16;

/// What becomes of a seat.
#[derive(Debug, Clone)]
pub(crate) struct Seating {
    pub(crate) seat: u32,
    pub(crate) seated: Seated,
}

#[derive(Debug, Clone)]
pub(crate) enum Seated {
    /// Nothing stands there: the subject's names are not all known, or it is not compiled for now.
    Nothing,
    /// This is compiled.
    Anew(Compiled),
    /// What stands there is brought in step with these grants.
    Changed(Changes),
}

/// Grants that changed, of one seat.
pub(crate) type Changes = SmallVec<[TouchedGrant; 2]>;

impl World {
    /// The compiled grants on a seat, if they are those of the subject that was given this serial number.
    #[inline]
    pub(crate) fn seat(&self, seat: u32, serial: u64) -> Option<&Compiled> {
        self.seats.get(seat as usize)?.as_ref().filter(|compiled| compiled.serial() == serial)
    }

    /// Touches what will be needed to change seats: asked for one seat after the other it would be waited for each time.
    pub(crate) fn touch_seats(&self, seatings: &[Seating]) {
        seatings.iter().for_each(|seating| self.seats.fetch_to_change(seating.seat as usize));
        let mut touched: SmallVec<[(&Compiled, &Filing); 64]> = SmallVec::new();
        for Seating { seat, seated } in seatings {
            if let Seated::Changed(changes) = seated
                && let Some(Some(compiled)) = self.seats.get(*seat as usize)
            {
                touched.extend(changes.iter().map(|change| (compiled, &change.filing)));
            }
        }
        touched.iter().for_each(|(compiled, filing)| compiled.touch(filing));
        touched.iter().for_each(|(compiled, filing)| compiled.touch_record(filing));
    }

    /// Makes what is to become of a seat so; whether it could. If not, nothing stands there now.
    pub(crate) fn reseat(&mut self, Seating { seat, seated }: &Seating) -> bool {
        let compiled = match seated {
            Seated::Nothing => None,
            Seated::Anew(compiled) => Some(compiled.clone()),
            Seated::Changed(changes) => {
                let Some(compiled) = self.changed(*seat, changes) else { return false };
                Some(compiled)
            }
        };
        while self.seats.len() <= *seat as usize {
            self.seats.push(None);
        }
        if let Some(slot) = self.seats.get_mut(*seat as usize) {
            *slot = compiled;
        }
        true
    }

    /// Takes what stands on a seat, and brings it in step.
    fn changed(&mut self, seat: u32, changes: &Changes) -> Option<Compiled> {
        let mut compiled = self.seats.get_mut(seat as usize)?.take()?;
        for TouchedGrant { number, principal, namespace, filing } in changes {
            let grant = self.grant(*number).filter(|it| it.principal == *principal && it.namespace() == *namespace);
            let pattern = grant.and_then(|grant| self.patterns.get(grant.pattern));
            let held = grant.zip(pattern).map(|(grant, pattern)| self.held(grant.line(*number), pattern));
            compiled.set(filing, *number, held.as_ref())?;
        }
        Some(compiled)
    }

    /// A grant as it is compiled.
    pub(crate) fn held<'w>(&'w self, line: Line, pattern: PatternRef<'w>) -> HeldGrant<'w> {
        let conditional = if line.flagged().is_conditional() { self.grant(line.grant()) } else { None };
        let packed = conditional.and_then(|grant| self.packed_conditions_of(grant));
        let conditions = packed.map_or(&[][..], PackedConditions::bytes);
        HeldGrant { filing: Filing::of(pattern, &self.seeds), line, pattern, conditions }
    }
}
