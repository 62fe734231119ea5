//! Who asks, as numbers of one version of the world.

use super::View;
use crate::error::{Code, ParseError};
use crate::index::Sought;
use crate::limits::MAX_ID_BYTES;
use crate::model::{InvalidRequest, Memberships, PrincipalKind, RequestField, Subject, SubscriptionLevel, check_id};
use crate::world::{Holding, Lookup, Resolved, World};

use super::known::Known;

/// A subject in a namespace and perhaps a project. What is not known has no number, and no grants.
pub(crate) struct Caller<'a> {
    pub(crate) namespace: Option<u32>,
    /// The project, if one is named; known or not.
    pub(crate) project: Option<Option<u32>>,
    /// The user, or the profile that stands alone.
    pub(crate) principal: Option<u32>,
    pub(crate) members: Members<'a>,
}

/// What counts besides the subject's own principal.
pub(crate) enum Members<'a> {
    /// Nothing: a profile alone.
    Alone,
    /// What the directory knows.
    Directory,
    /// Groups and profiles by their ids.
    Texts { groups: &'a [&'a str], permprofiles: &'a [&'a str] },
    /// Groups and profiles that were looked up before.
    Known { groups: &'a [Known], permprofiles: &'a [Known] },
}

impl<'a> Caller<'a> {
    /// Looks the names of a request up.
    #[inline]
    pub(crate) fn find(
        view: View<'_>,
        namespace: &str,
        subject: &Subject<'a>,
        project: Option<&str>,
    ) -> Result<Self, InvalidRequest> {
        let world = view.world;
        let namespace =
            known_or_valid(RequestField::Namespace, namespace, |namespace| world.namespaces.find(0, namespace))?;
        let (kind, id, members) = match *subject {
            Subject::PermProfile { id } => (PrincipalKind::PermProfile, id, Members::Alone),
            Subject::User { id, memberships: Memberships::Directory } => (PrincipalKind::User, id, Members::Directory),
            Subject::User { id, memberships: Memberships::Named { groups, permprofiles } } => {
                (PrincipalKind::User, id, Members::Texts { groups, permprofiles })
            }
        };
        let principal = known_or_valid(RequestField::Subject, id, |id| world.find_principal(kind, id))?;
        if let Members::Texts { groups, permprofiles } = members {
            for (field, ids) in [(RequestField::Group, groups), (RequestField::PermProfile, permprofiles)] {
                if ids.len() > view.settings.limits.memberships_per_principal {
                    return Err(InvalidRequest { field, error: ParseError::new(Code::TooManyMemberships, 0, None) });
                }
                ids.iter().try_for_each(|id| check(field, id))?;
            }
        }
        Ok(Self { namespace, project: project.map(|project| world.projects.find(0, project)), principal, members })
    }

    /// Visits every principal of the subject that may have what is sought; one may be visited more than once.
    #[inline]
    pub(crate) fn visit_principals(&self, world: &World, sought: Sought, mut visit: impl FnMut(u32, Holding<'_>)) {
        if let (Members::Directory, Some(user)) = (&self.members, self.principal) {
            if let Some(own) = world.holding(user) {
                world.visit_closure((user, own), sought, visit);
            }
            return;
        }
        let mut visit = |number| {
            if let Some(holding) = world.holding(number).filter(|holding| holding.summary.may_have(sought)) {
                visit(number, holding);
            }
        };
        self.principal.into_iter().for_each(&mut visit);
        match self.members {
            Members::Alone | Members::Directory => {}
            Members::Texts { groups, permprofiles } => {
                let groups = groups.iter().filter_map(|id| world.find_principal(PrincipalKind::UserGroup, id));
                let profiles =
                    permprofiles.iter().filter_map(|id| world.find_principal(PrincipalKind::PermProfile, id));
                groups.chain(profiles).for_each(visit);
            }
            Members::Known { groups, permprofiles } => {
                groups.iter().chain(permprofiles).filter_map(|known| known.find(&world.principals)).for_each(visit);
            }
        }
    }

    /// Whether the AI function is enabled for the subject, and at which level that was decided.
    pub(crate) fn subscription(&self, world: &World) -> Resolved {
        let directory = None::<std::iter::Empty<u32>>;
        let find = |id: &&str| world.find_principal(PrincipalKind::UserGroup, id);
        let Some(project) = self.project else {
            let level = if matches!(self.members, Members::Alone) {
                SubscriptionLevel::NoUser
            } else {
                SubscriptionLevel::NoProject
            };
            return (false, level);
        };
        match self.members {
            Members::Alone => (false, SubscriptionLevel::NoUser),
            Members::Directory => world.is_subscribed(project, self.principal, directory),
            Members::Texts { groups, .. } => {
                world.is_subscribed(project, self.principal, Some(groups.iter().filter_map(find)))
            }
            Members::Known { groups, .. } => {
                let groups = groups.iter().filter_map(|known| known.find(&world.principals));
                world.is_subscribed(project, self.principal, Some(groups))
            }
        }
    }
}

/// The number of an id, which is not even hashed if it is too long for one.
#[inline(always)]
pub(super) fn known<'a, T>(id: &'a str, find: impl Fn(&'a str) -> Option<T>) -> Option<T> {
    if id.len() <= MAX_ID_BYTES { find(id) } else { None }
}

/// The number of an id that is known, and so was found valid when it became known. Only others are looked at closely.
#[inline]
fn known_or_valid(
    field: RequestField,
    id: &str,
    find: impl Fn(&str) -> Option<u32>,
) -> Result<Option<u32>, InvalidRequest> {
    let known = known(id, find);
    if known.is_none() {
        check(field, id)?;
    }
    Ok(known)
}

#[cold]
fn check(field: RequestField, id: &str) -> Result<(), InvalidRequest> {
    check_id(id).map_err(|error| InvalidRequest { field, error })
}
