//! A world as bytes that are read back faster than its file is: numbers in place of names, parents before children.
//!
//! Whoever keeps an image makes sure that it comes back as it was written: what is read here is bounded and never panics,
//! but a forged image may be a world that no change set could have made.

mod decode;
mod encode;

pub(crate) use decode::decode;
pub(crate) use encode::encode;

/// The first bytes of an image, the last of them its format.
const MAGIC: &[u8; 4] = b"GRI\x01";

/// Bits that say what is written of a permission.
mod flag {
    pub(super) const DENY: u8 = 1;
    pub(super) const ALL_ACTIONS: u8 = 2;
    pub(super) const NOT_BEFORE: u8 = 4;
    pub(super) const EXPIRES_AT: u8 = 8;
    pub(super) const CRITERIA: u8 = 16;
}

/// What is written of an attribute's value first.
mod value {
    pub(super) const TEXT: u8 = 0;
    pub(super) const WHOLE: u8 = 1;
    pub(super) const FRACTION: u8 = 2;
    pub(super) const FALSE: u8 = 3;
    pub(super) const TRUE: u8 = 4;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::subscription::GroupConflict;
    use crate::wire::read_world;
    use crate::{Engine, Limits, PermissionQuery};

    const WORLD: &str = r#"{
        "permissions": [
            {"_id": "0190a000-0000-7000-8000-000000000014", "_namespace": "n", "_user": {"_type": "user", "_id": "u"},
             "_resourceDesc": {"_irn": "a:b:*", "_criteria": {"t": "x", "w": -3, "f": 1.5, "b": true, "c": false}},
             "_actions": ["READ", "QUERY"], "_effect": "DENY", "_notBefore": "2026-01-01T00:00:00Z"},
            {"_namespace": "n2", "_user": {"_type": "permprofile", "_id": "p"}, "_resourceDesc": {"_irn": "**"},
             "_actions": ["*"], "_expiresAt": "2030-01-01T00:00:00Z"}
        ],
        "directory": {
            "users": [{"user_id": "u", "user_name": "U", "groups": ["child"], "permprofiles": ["p"]}],
            "usergroups": [{"group_id": "child", "groups": ["parent"]}, {"group_id": "parent", "permprofiles": ["p"]}]
        },
        "subscriptions": [{"project_id": "j", "ai_func": true}, {"project_id": "j", "group_id": "parent", "ai_func": false}],
        "gates": ["a"]
    }"#;

    fn world() -> Arc<super::super::World> {
        let engine = Engine::new();
        engine.apply(read_world(WORLD.as_bytes(), &Limits::default()).unwrap()).unwrap();
        engine.world()
    }

    #[test]
    fn a_world_comes_back_as_it_was() {
        let world = world();
        let image = encode(&world);
        let back = decode(&image, GroupConflict::default()).unwrap();
        let all = PermissionQuery::default();
        assert_eq!(back.permissions(&all), world.permissions(&all));
        assert_eq!((back.revision, back.counts()), (world.revision, world.counts()));
        assert_eq!(back.actions.iter().collect::<Vec<_>>(), world.actions.iter().collect::<Vec<_>>());
        assert_eq!((&back.gates, back.subscriptions("j", 0, None)), (&world.gates, world.subscriptions("j", 0, None)));
        let record = |world: &super::super::World| {
            world.find_principal(crate::PrincipalKind::User, "u").and_then(|number| world.user_record(number))
        };
        assert_eq!(record(&back), record(&world));
        assert_eq!(encode(&back), image, "the same world is the same image");
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        let image = encode(&world());
        for length in 0..image.len() {
            assert!(decode(&image[..length], GroupConflict::default()).is_none(), "{length}");
        }
        let longer: Vec<u8> = image.iter().copied().chain([0]).collect();
        assert!(decode(&longer, GroupConflict::default()).is_none());
    }

    #[test]
    fn no_byte_that_is_wrong_ends_in_a_panic() {
        let image = encode(&world());
        for place in 0..image.len() {
            for flip in [1, 0x80, 0xFF] {
                let mut forged = image.clone();
                forged[place] ^= flip;
                drop(decode(&forged, GroupConflict::default()));
            }
        }
    }
}
