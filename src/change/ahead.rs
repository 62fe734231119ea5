//! Looking ahead in a large change set: what the next few changes will need is brought into the cache.
//!
//! In a large world a change mostly waits for memory: for the bucket of a name, then for its slot, then for what hangs on
//! it. Asked for one change after the other these waits add up; asked for many at a time, each fetched and not waited for, they run
//! side by side. Nothing here has an effect but on time.

use smallvec::SmallVec;

use super::Change;
use super::execute::{Seen, Step};
use crate::index::SoughtPattern;
use crate::model::{PermissionId, PrincipalKind};
use crate::world::{Hashed, World};

/// Changes to look ahead at a time: what they need fits a core's own cache.
pub(super) const AHEAD: usize = 24;

/// Hashes of what some changes will need. They are made before anything is fetched: between two fetches there is then so
/// little to do that many are under way at once.
#[derive(Default)]
struct Wanted {
    names: SmallVec<[(Sought, u64); 256]>,
    permissions: SmallVec<[u64; AHEAD]>,
    patterns: SmallVec<[SoughtPattern; AHEAD]>,
}

/// The next few changes.
pub(super) type Sight<'a> = SmallVec<[Seen<'a>; AHEAD]>;

/// What of a principal will be needed.
#[derive(Debug, Clone, Copy)]
enum Sought {
    Holder,
    Members,
}

impl World {
    /// Has fetched what these changes will need.
    pub(super) fn look_ahead(&self, sight: &[Seen<'_>]) {
        let mut wanted = Wanted::default();
        sight.iter().for_each(|seen| self.want(seen, &mut wanted));
        let Wanted { names, permissions, patterns } = wanted;
        names.iter().for_each(|(_, hash)| self.fetch_name(*hash));
        permissions.iter().for_each(|hash| self.fetch_permission(*hash));
        patterns.iter().for_each(|sought| self.patterns.fetch(*sought));
        // A number may be that of another name with the same hash: a wrong one costs a fetch.
        let find = |(what, hash): &(Sought, u64)| Some((*what, self.number_of(*hash)?));
        let found: SmallVec<[(Sought, u32); 256]> = names.iter().filter_map(find).collect();
        let patterns: SmallVec<[u32; AHEAD]> = patterns.iter().filter_map(|it| self.patterns.first(*it)).collect();
        for (what, number) in &found {
            match what {
                Sought::Holder => self.fetch_holder(*number),
                Sought::Members => self.fetch_group(*number),
            }
        }
        patterns.iter().for_each(|number| self.patterns.fetch_pattern(*number));
        for (what, number) in found {
            self.fetch_record(number);
            if let Sought::Members = what {
                self.fetch_members(number);
            }
        }
        patterns.iter().for_each(|number| self.fetch_grants_of_pattern(*number));
    }

    fn want(&self, seen: &Seen<'_>, wanted: &mut Wanted) {
        match seen {
            Seen::Upsert(hashed, id) | Seen::Restore(hashed, id) => self.want_permission(hashed, *id, wanted),
            Seen::Unseen(Step { change: Change::UpdatePermission(permission), .. }) => {
                self.want_permission(&self.hashed(permission.draft.view()), permission.id, wanted);
            }
            Seen::User(user) => {
                let mut name = |what, kind, id: &str| wanted.names.push((what, self.name_hash(kind, id)));
                name(Sought::Holder, PrincipalKind::User, user.id);
                user.groups.iter().for_each(|id| name(Sought::Members, PrincipalKind::UserGroup, id));
                user.permprofiles.iter().for_each(|id| name(Sought::Members, PrincipalKind::PermProfile, id));
            }
            Seen::Unseen(_) => {}
        }
    }

    fn want_permission(&self, hashed: &Hashed<'_>, id: PermissionId, wanted: &mut Wanted) {
        wanted.names.push((Sought::Holder, hashed.principal));
        wanted.permissions.push(self.seeds.number(id.as_u128()));
        wanted.patterns.push(self.patterns.sought(&hashed.pattern));
    }
}
