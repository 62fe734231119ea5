//! Seats: the compiled grants of the subjects that hosts have prepared, as this version knows them.

use super::World;
use crate::index::Compiled;

/// What stands on a seat from now on; nothing, where the subject's names are not all known.
pub(crate) type Seating = (u32, Option<Compiled>);

impl World {
    /// The compiled grants on a seat, if they are those of the subject that was given this serial number.
    #[inline]
    pub(crate) fn seat(&self, seat: u32, serial: u64) -> Option<&Compiled> {
        self.seats.get(seat as usize)?.as_ref().filter(|compiled| compiled.serial() == serial)
    }

    pub(crate) fn set_seats(&mut self, seatings: &[Seating]) {
        for (seat, compiled) in seatings {
            while self.seats.len() <= *seat as usize {
                self.seats.push(None);
            }
            if let Some(slot) = self.seats.get_mut(*seat as usize) {
                slot.clone_from(compiled);
            }
        }
    }
}
