//! Looking ahead in a large change set: what the next few changes will need is brought into the cache.
//!
//! In a large world a change mostly waits for memory: for the bucket of a name, then for its slot, then for what hangs on
//! it. Asked for one change after the other these waits add up; asked for many at a time, each only touched, they run side by
//! side. Nothing here has an effect but on time.

use std::hint::black_box;

use super::Change;
use super::execute::Step;
use crate::model::PrincipalKind;
use crate::world::World;

/// Changes to look ahead at a time: what they need fits a core's own cache.
pub(super) const AHEAD: usize = 24;

impl World {
    /// Touches what these changes will need.
    pub(super) fn look_ahead<'a>(&self, steps: impl Iterator<Item = &'a Step>) {
        let mut sought: Vec<(Sought, u64)> = Vec::with_capacity(AHEAD);
        for step in steps {
            self.look_for_names(step, |what, kind, id| sought.push((what, self.touch_name(kind, id))));
        }
        // A number may be that of another name with the same hash: a wrong one costs a touch.
        let find = |(what, hash): &(Sought, u64)| Some((*what, self.touch_principal(*hash)?));
        let found: Vec<(Sought, u32)> = sought.iter().filter_map(find).collect();
        for (what, number) in found {
            match what {
                Sought::Holder => self.touch_grants(number),
                Sought::Members => self.touch_members(number),
            }
        }
    }

    fn look_for_names(&self, step: &Step, mut look: impl FnMut(Sought, PrincipalKind, &str)) {
        match &step.change {
            Change::UpsertPermission(draft) => {
                black_box(self.by_id.touch(self.seeds.number(step.fresh.as_u128())));
                look(Sought::Holder, draft.principal.kind, &draft.principal.id);
            }
            Change::RestorePermission(permission) | Change::UpdatePermission(permission) => {
                black_box(self.by_id.touch(self.seeds.number(permission.id.as_u128())));
                look(Sought::Holder, permission.principal.kind, &permission.principal.id);
            }
            Change::PutUser(user) => {
                look(Sought::Holder, PrincipalKind::User, &user.user_id);
                user.groups.iter().for_each(|id| look(Sought::Members, PrincipalKind::UserGroup, id));
                user.permprofiles.iter().for_each(|id| look(Sought::Members, PrincipalKind::PermProfile, id));
            }
            _ => {}
        }
    }
}

/// What of a principal will be needed.
#[derive(Debug, Clone, Copy)]
enum Sought {
    Holder,
    Members,
}
