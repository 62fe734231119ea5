//! Seats: how prepared subjects stay compiled while the world changes.
//!
//! A host that prepares a subject gets a *seat*. The writer keeps the subject's compiled grants on it, in every version
//! of the world, so that a check reads them and nothing else; no reader ever compiles, allocates or waits.
//!
//! ```text
//! prepare, drop ─ Desk (takes orders, never waits for the writer)
//!                   │ orders
//! change ─ World ─ Book (who is compiled from whom) ─ seatings ─ World::set_seats ─ published
//!            └ touched ┘
//! ```
//!
//! What must hold:
//! - what stands on a seat under a subject's serial number is what a walk over that version would find;
//! - a seat without it costs time only: the subject is then asked by its names;
//! - one change touches at most [`WATCHERS`] seats for each principal that it changes. A principal that more seats watch
//!   is compiled into no further ones: those walk it at each check, with everything above it.

mod book;
mod desk;

pub(crate) use book::Book;
pub(crate) use desk::{Desk, Members, SeatNames, Ticket};

/// Seats that a principal is compiled into, at most.
const WATCHERS: usize = 64;

/// Grants of a principal that is compiled, at most. One with more is found quicker in its own table.
const GRANTS: usize = 128;
