//! Looking ahead in a large change set: what the next few changes will need is brought into the cache.
//!
//! In a large world a change mostly waits for memory: for the bucket of a name, then for its slot, then for what hangs on
//! it. Asked for one change after the other these waits add up; asked for many at a time, each only touched, they run side by
//! side. Nothing here has an effect but on time.

use smallvec::SmallVec;

use super::Change;
use super::execute::Step;
use crate::Pattern;
use crate::model::{PermissionId, PrincipalKind};
use crate::world::World;

/// Changes to look ahead at a time: what they need fits a core's own cache.
pub(super) const AHEAD: usize = 24;

/// Hashes of what some changes will need. They are made before anything is touched: between two touches there is then so
/// little to do that many are under way at once.
#[derive(Default)]
struct Wanted {
    names: SmallVec<[(Sought, u64); 256]>,
    permissions: SmallVec<[u64; AHEAD]>,
    patterns: SmallVec<[u64; AHEAD]>,
}

/// What of a principal will be needed.
#[derive(Debug, Clone, Copy)]
enum Sought {
    Holder,
    Members,
}

impl World {
    /// Touches what these changes will need.
    pub(super) fn look_ahead<'a>(&self, steps: impl Iterator<Item = &'a Step>) {
        let mut wanted = Wanted::default();
        steps.for_each(|step| self.want(step, &mut wanted));
        let Wanted { names, permissions, patterns } = wanted;
        names.iter().for_each(|(_, hash)| self.touch_name(*hash));
        permissions.iter().for_each(|hash| self.touch_permission(*hash));
        patterns.iter().for_each(|hash| self.patterns.touch(*hash));
        // A number may be that of another name with the same hash: a wrong one costs a touch.
        let find = |(what, hash): &(Sought, u64)| Some((*what, self.number_of(*hash)?));
        let found: SmallVec<[(Sought, u32); 256]> = names.iter().filter_map(find).collect();
        found.iter().for_each(|(_, number)| self.touch_principal(*number));
        for (what, number) in found {
            match what {
                Sought::Holder => self.touch_grants(number),
                Sought::Members => self.touch_members(number),
            }
        }
    }

    fn want(&self, step: &Step, wanted: &mut Wanted) {
        let mut name = |what, kind, id: &str| wanted.names.push((what, self.name_hash(kind, id)));
        match &step.change {
            Change::UpsertPermission(draft) => {
                name(Sought::Holder, draft.principal.kind, &draft.principal.id);
                self.want_permission(step.fresh, &draft.pattern, wanted);
            }
            Change::RestorePermission(permission) | Change::UpdatePermission(permission) => {
                name(Sought::Holder, permission.principal.kind, &permission.principal.id);
                self.want_permission(permission.id, &permission.pattern, wanted);
            }
            Change::PutUser(user) => {
                name(Sought::Holder, PrincipalKind::User, &user.user_id);
                user.groups.iter().for_each(|id| name(Sought::Members, PrincipalKind::UserGroup, id));
                user.permprofiles.iter().for_each(|id| name(Sought::Members, PrincipalKind::PermProfile, id));
            }
            _ => {}
        }
    }

    fn want_permission(&self, id: PermissionId, pattern: &Pattern, wanted: &mut Wanted) {
        wanted.permissions.push(self.seeds.number(id.as_u128()));
        wanted.patterns.push(self.patterns.touching(pattern.view()));
    }
}
