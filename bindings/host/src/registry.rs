//! Engines by number, for hosts whose threads share no objects: a thread tells another one the number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::fault::Fault;
use crate::shared::Shared;

/// Numbers are given out in order and never again. No handle is kept: an engine goes with the last of its own.
#[derive(Debug, Default)]
struct Registry {
    next: u32,
    engines: Option<HashMap<u32, Weak<Shared>>>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { next: 0, engines: None });

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number under which other threads of this process find the engine, for as long as it has handles.
#[must_use]
pub fn share(engine: &Arc<Shared>) -> f64 {
    let mut registry = registry();
    let known = registry.engines.get_or_insert_default();
    known.retain(|_, engine| engine.strong_count() > 0);
    if let Some((number, _)) = known.iter().find(|(_, known)| Weak::as_ptr(known) == Arc::as_ptr(engine)) {
        return f64::from(*number);
    }
    let number = registry.next.saturating_add(1);
    registry.next = number;
    registry.engines.get_or_insert_default().insert(number, Arc::downgrade(engine));
    f64::from(number)
}

/// The engine with this number.
///
/// # Errors
/// There is none, or none any more.
pub fn shared(number: f64) -> Result<Arc<Shared>, Fault> {
    let registry = registry();
    let found = registry.engines.iter().flatten().find(|(known, _)| f64::from(**known) == number);
    found
        .and_then(|(_, engine)| engine.upgrade())
        .ok_or_else(|| Fault::argument("token", "no engine of this process has this token, or it has no handle left"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn an_engine_is_found_until_its_last_handle_goes() {
        let engine = Arc::new(Shared::new(Settings::default(), false));
        let number = share(&engine);
        assert_eq!(share(&engine).to_bits(), number.to_bits());
        assert!(Arc::ptr_eq(&shared(number).unwrap(), &engine));
        for wrong in [0.0, number + 0.5, -1.0, f64::NAN, f64::INFINITY] {
            assert!(shared(wrong).is_err(), "{wrong}");
        }
        drop(engine);
        assert!(shared(number).is_err());
    }
}
