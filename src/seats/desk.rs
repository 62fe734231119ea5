//! The desk: where hosts take seats and leave them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ahash::RandomState;

use crate::model::PrincipalKind;

/// The names of a subject in a namespace: what its seat is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct SeatNames {
    pub(crate) namespace: Box<str>,
    pub(crate) kind: PrincipalKind,
    pub(crate) id: Box<str>,
    pub(crate) members: Members,
}

/// What counts besides the subject's own principal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Members {
    /// Nothing: a profile alone.
    Alone,
    /// What the directory knows.
    Directory,
    /// These and no others.
    Named { groups: Box<[Box<str>]>, permprofiles: Box<[Box<str>]> },
}

/// A seat, and the number that nobody else who ever sits on it has. The seat is left when this is dropped.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) seat: u32,
    pub(crate) serial: u64,
    names: Arc<SeatNames>,
    desk: Arc<Desk>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.desk.leave(self.seat, &self.names);
    }
}

/// What the writer is to do.
#[derive(Debug)]
pub(super) enum Order {
    Sit { seat: u32, serial: u64, names: Arc<SeatNames> },
    Leave { seat: u32 },
}

/// Who sits where. The same subject prepared twice has one seat.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    state: Mutex<State>,
    /// As many as the state has orders, to be seen without the lock.
    orders: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    taken: HashMap<Arc<SeatNames>, Taken, RandomState>,
    /// Seats that were left, and how many there ever were.
    free: Vec<u32>,
    seats: u32,
    orders: Vec<Order>,
}

#[derive(Debug, Clone, Copy)]
struct Taken {
    seat: u32,
    serial: u64,
    tickets: usize,
}

/// Serial numbers are unique in the process: a subject may be asked of another engine, which has seats of its own.
static SERIAL: AtomicU64 = AtomicU64::new(1);

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a seat; `None` if there are as many as can be numbered.
    pub(crate) fn sit(self: &Arc<Self>, names: SeatNames) -> Option<Ticket> {
        let mut guard = self.state();
        let state = &mut *guard;
        if let Some((names, taken)) = state.taken.get_key_value(&names) {
            let names = Arc::clone(names);
            let Taken { seat, serial, tickets } = *taken;
            let again = Taken { seat, serial, tickets: tickets.saturating_add(1) };
            state.taken.insert(Arc::clone(&names), again);
            return Some(Ticket { seat, serial, names, desk: Arc::clone(self) });
        }
        let seat = match state.free.pop() {
            Some(seat) => seat,
            None => {
                let seat = state.seats;
                state.seats = seat.checked_add(1)?;
                seat
            }
        };
        let (names, serial) = (Arc::new(names), SERIAL.fetch_add(1, Ordering::Relaxed));
        state.taken.insert(Arc::clone(&names), Taken { seat, serial, tickets: 1 });
        state.orders.push(Order::Sit { seat, serial, names: Arc::clone(&names) });
        self.orders.store(state.orders.len(), Ordering::Release);
        Some(Ticket { seat, serial, names, desk: Arc::clone(self) })
    }

    fn leave(&self, seat: u32, names: &Arc<SeatNames>) {
        let mut state = self.state();
        let Some(taken) = state.taken.get_mut(names) else { return };
        taken.tickets = taken.tickets.saturating_sub(1);
        if taken.tickets == 0 {
            state.taken.remove(names);
            state.free.push(seat);
            state.orders.push(Order::Leave { seat });
            self.orders.store(state.orders.len(), Ordering::Release);
        }
    }

    /// Whether there are orders; whoever gave one and sees none may rely on the writer having taken it.
    pub(crate) fn has_orders(&self) -> bool {
        self.orders.load(Ordering::Acquire) > 0
    }

    /// All orders, oldest first.
    pub(super) fn take_orders(&self) -> Vec<Order> {
        let mut state = self.state();
        self.orders.store(0, Ordering::Release);
        std::mem::take(&mut state.orders)
    }
}
