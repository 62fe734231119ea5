//! Who asks, what is asked, and the answer.

use std::mem::offset_of;

use grantrie::{Code, Memberships, PermissionQuery, PrincipalKind, Reason, RequestField, SubscriptionLevel, Timestamp};
use smallvec::SmallVec;

use crate::attributes::Attributes;
use crate::border::{Growable, Handle, Text, optional, texts};
use crate::status::{OK, Status, status};

/// A user whose memberships the engine's directory knows.
pub const GRANTRIE_USER: u32 = 0;
/// A user with exactly the groups and profiles that are named.
pub const GRANTRIE_USER_NAMED: u32 = 1;
/// A permission profile by itself.
pub const GRANTRIE_PERMPROFILE: u32 = 2;

/// What was asked cannot be: `code`, `field` and `offset` say what is wrong with it.
pub const GRANTRIE_INVALID: u32 = 0;
/// The permission grants it.
pub const GRANTRIE_GRANTED: u32 = 1;
/// The permission forbids it.
pub const GRANTRIE_DENIED: u32 = 2;
/// No permission that applies grants it.
pub const GRANTRIE_NO_GRANT: u32 = 3;
/// Granted, but the service is gated and the AI function is not enabled; `level` decided so.
pub const GRANTRIE_NOT_SUBSCRIBED: u32 = 4;

/// No field.
pub const GRANTRIE_FIELD_NONE: u32 = 0;
/// The namespace.
pub const GRANTRIE_FIELD_NAMESPACE: u32 = 1;
/// The user's or profile's id.
pub const GRANTRIE_FIELD_ID: u32 = 2;
/// A group's id.
pub const GRANTRIE_FIELD_GROUPS: u32 = 3;
/// A named profile's id.
pub const GRANTRIE_FIELD_PERMPROFILES: u32 = 4;
/// The action.
pub const GRANTRIE_FIELD_ACTION: u32 = 5;
/// The name of the resource.
pub const GRANTRIE_FIELD_IRN: u32 = 6;
/// The project.
pub const GRANTRIE_FIELD_PROJECT: u32 = 7;

/// No level.
pub const GRANTRIE_LEVEL_NONE: u32 = 0;
/// The user's own row.
pub const GRANTRIE_LEVEL_USER: u32 = 1;
/// Rows of the user's groups.
pub const GRANTRIE_LEVEL_GROUP: u32 = 2;
/// The project's row.
pub const GRANTRIE_LEVEL_PROJECT: u32 = 3;
/// No row anywhere.
pub const GRANTRIE_LEVEL_DEFAULT: u32 = 4;
/// The request names no project.
pub const GRANTRIE_LEVEL_NO_PROJECT: u32 = 5;
/// The subject has no user.
pub const GRANTRIE_LEVEL_NO_USER: u32 = 6;

/// `valid_until` where time alone changes nothing.
pub const GRANTRIE_NEVER: i64 = i64::MAX;

/// Items in one call, at most, whatever the engine's own limit: more are taken for a length that is none, and refused
/// without a look at the arrays.
pub const GRANTRIE_MAX_ITEMS: usize = 1 << 24;

/// Who asks: a user or a profile, in a namespace. Begin with `GRANTRIE_CALLER_INIT`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Caller {
    /// sizeof(grantrie_caller).
    pub size: u32,
    /// `GRANTRIE_USER`, `GRANTRIE_USER_NAMED` or `GRANTRIE_PERMPROFILE`.
    pub kind: u32,
    /// The namespace; 1 to 256 bytes, as all ids.
    pub name_space: Text,
    /// The user's or profile's id.
    pub id: Text,
    /// The user's groups; only with `GRANTRIE_USER_NAMED`.
    pub groups: *const Text,
    /// How many.
    pub group_count: usize,
    /// The user's profiles; only with `GRANTRIE_USER_NAMED`.
    pub permprofiles: *const Text,
    /// How many.
    pub permprofile_count: usize,
    /// The project whose subscription counts for gated services; absent: none.
    pub project: Text,
}

/// What is asked. Begin with `GRANTRIE_QUESTION_INIT`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Question {
    /// sizeof(grantrie_question).
    pub size: u32,
    /// Whether `at` is given; else the engine's clock counts.
    pub has_at: bool,
    /// The instant to judge: microseconds since 1970-01-01T00:00:00Z. Read only if `has_at`.
    pub at: i64,
    /// An action's name: READ.
    pub action: Text,
    /// A concrete name: service:type:id.
    pub irn: Text,
    /// What is known of the resource; null: nothing is.
    pub attributes: *const Attributes,
}

/// One item of a batch. Never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Request {
    /// Who asks.
    pub caller: *const Caller,
    /// What.
    pub question: *const Question,
}

/// The answer. Begin with `GRANTRIE_DECISION_INIT`; what is all zero but for the size is a deny.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Decision {
    /// sizeof(grantrie_decision). Set by the caller, never written.
    pub size: u32,
    /// Whether it is allowed. True only with `GRANTRIE_GRANTED`.
    pub allowed: bool,
    /// `GRANTRIE_GRANTED` and its like.
    pub reason: u32,
    /// With `GRANTRIE_NOT_SUBSCRIBED`: `GRANTRIE_LEVEL_USER` and its like.
    pub level: u32,
    /// With `GRANTRIE_INVALID`: why, a number of `enum grantrie_code`.
    pub code: Status,
    /// With `GRANTRIE_INVALID`: `GRANTRIE_FIELD_ACTION` and its like.
    pub field: u32,
    /// With `GRANTRIE_INVALID`: the byte of the field where that shows.
    pub offset: u32,
    /// The revision that was asked.
    pub revision: u64,
    /// The first instant at which time alone could change the answer, in microseconds since 1970; `GRANTRIE_NEVER` for
    /// never.
    pub valid_until: i64,
    /// With `GRANTRIE_GRANTED` and `GRANTRIE_DENIED`: the id of the permission, a UUID in its written order.
    pub permission: [u8; 16],
}

/// Which permissions to list. All that is given must hold. Begin with `GRANTRIE_QUERY_INIT`, which means all.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Query {
    /// sizeof(grantrie_query).
    pub size: u32,
    /// Whether `limit` is given; else all that are left are listed.
    pub has_limit: bool,
    /// Of principals of this kind: `user`, `usergroup`, `permprofile`. Absent: any.
    pub principal_kind: Text,
    /// Of principals with this id. Absent: any.
    pub principal_id: Text,
    /// In one of these namespaces; none given: in any.
    pub namespaces: *const Text,
    /// How many.
    pub namespace_count: usize,
    /// With a pattern that covers this one, or matches this name. Absent: any.
    pub covering: Text,
    /// With a pattern that this one covers. Absent: any.
    pub covered_by: Text,
    /// How many of the first ones to leave out.
    pub offset: usize,
    /// How many to list at most. Read only if `has_limit`.
    pub limit: usize,
}

// SAFETY: the size comes first, zero is a value of every field, `repr(C)`. A version that adds fields keeps this
// field, the last of the first version.
unsafe impl Growable for Caller {
    const FIRST_SIZE: usize = offset_of!(Self, project) + size_of::<Text>();
}

// SAFETY: as above.
unsafe impl Growable for Question {
    const FIRST_SIZE: usize = offset_of!(Self, attributes) + size_of::<*const Attributes>();
}

// SAFETY: as above.
unsafe impl Growable for Decision {
    const FIRST_SIZE: usize = offset_of!(Self, permission) + size_of::<[u8; 16]>();
}

// SAFETY: as above.
unsafe impl Growable for Query {
    const FIRST_SIZE: usize = offset_of!(Self, limit) + size_of::<usize>();
}

/// Names of the caller's, borrowed: up to so many groups and profiles without a block of memory.
#[derive(Default)]
pub(crate) struct Names<'a> {
    pub(crate) groups: SmallVec<[&'a str; 16]>,
    pub(crate) permprofiles: SmallVec<[&'a str; 8]>,
}

/// What of a call is wrong, before the engine is asked.
pub(crate) struct Wrong {
    pub(crate) code: Code,
    pub(crate) field: u32,
}

impl From<Code> for Wrong {
    fn from(code: Code) -> Self {
        Self { code, field: GRANTRIE_FIELD_NONE }
    }
}

fn of_field(field: u32) -> impl FnOnce(Code) -> Wrong {
    move |code| Wrong { code, field }
}

impl Caller {
    /// Who asks, as the engine takes it. `names` is where groups and profiles are kept meanwhile.
    ///
    /// # Safety
    /// The texts and arrays are the caller's and valid for `'t`.
    pub(crate) unsafe fn read<'a, 't: 'a>(self, names: &'a mut Names<'t>) -> Result<Asker<'a>, Wrong> {
        // SAFETY: the caller of this function has what `read` and its kin demand of each text and array.
        let (namespace, id, project) = unsafe {
            let namespace = self.name_space.read().map_err(of_field(GRANTRIE_FIELD_NAMESPACE))?;
            let id = self.id.read().map_err(of_field(GRANTRIE_FIELD_ID))?;
            let project = optional(self.project).map_err(of_field(GRANTRIE_FIELD_PROJECT))?;
            if self.kind == GRANTRIE_USER_NAMED {
                texts(self.groups, self.group_count, GRANTRIE_MAX_ITEMS, &mut names.groups)
                    .map_err(of_field(GRANTRIE_FIELD_GROUPS))?;
                texts(self.permprofiles, self.permprofile_count, GRANTRIE_MAX_ITEMS, &mut names.permprofiles)
                    .map_err(of_field(GRANTRIE_FIELD_PERMPROFILES))?;
            }
            (namespace, id, project)
        };
        let subject = match self.kind {
            // Somebody who names groups means them: the directory may not be asked in their place.
            GRANTRIE_USER | GRANTRIE_PERMPROFILE if self.group_count > 0 || self.permprofile_count > 0 => {
                return Err(Wrong { code: Code::InvalidSubject, field: GRANTRIE_FIELD_GROUPS });
            }
            GRANTRIE_USER => grantrie::Subject::user(id),
            GRANTRIE_USER_NAMED => grantrie::Subject::user_with(id, &names.groups, &names.permprofiles),
            GRANTRIE_PERMPROFILE => grantrie::Subject::permprofile(id),
            _ => return Err(Code::InvalidArgument.into()),
        };
        Ok(Asker { namespace, subject, project })
    }
}

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) subject: grantrie::Subject<'a>,
    pub(crate) project: Option<&'a str>,
}

impl<'a> Asker<'a> {
    pub(crate) const fn asks(self, question: &grantrie::Question<'a>) -> grantrie::Request<'a> {
        grantrie::Request {
            namespace: self.namespace,
            subject: self.subject,
            action: question.action,
            irn: question.irn,
            project: self.project,
            attributes: question.attributes,
            at: question.at,
        }
    }

    /// The user and its memberships, if a user asks.
    pub(crate) fn user(self) -> Option<(&'a str, Memberships<'a>)> {
        match self.subject {
            grantrie::Subject::User { id, memberships } => Some((id, memberships)),
            grantrie::Subject::PermProfile { .. } => None,
        }
    }
}

impl Question {
    /// What is asked, as the engine takes it.
    ///
    /// # Safety
    /// The texts are the caller's, the attributes a handle or null, and all valid for `'a`.
    #[inline]
    pub(crate) unsafe fn read<'a>(self) -> Result<grantrie::Question<'a>, Wrong> {
        // SAFETY: the caller of this function has what `read` and `Handle::new` demand.
        let (action, irn, attributes) = unsafe {
            let action = self.action.read().map_err(of_field(GRANTRIE_FIELD_ACTION))?;
            let irn = self.irn.read().map_err(of_field(GRANTRIE_FIELD_IRN))?;
            (action, irn, Handle::new(self.attributes).get_if_given()?)
        };
        // An instant that cannot be is none that a permission could be judged at.
        let at = self.has_at.then(|| Timestamp::from_micros(self.at).ok_or(Code::InvalidTime)).transpose()?;
        Ok(grantrie::Question { action, irn, attributes: attributes.map(Attributes::known), at })
    }
}

impl Decision {
    /// What is written before anything else happens.
    pub(crate) const DENY: Self = Self {
        size: 0,
        allowed: false,
        reason: GRANTRIE_INVALID,
        level: GRANTRIE_LEVEL_NONE,
        code: OK,
        field: GRANTRIE_FIELD_NONE,
        offset: 0,
        revision: 0,
        valid_until: GRANTRIE_NEVER,
        permission: [0; 16],
    };

    /// The answer to what could not be asked.
    pub(crate) fn wrong(wrong: &Wrong) -> Self {
        Self { code: status(wrong.code), field: wrong.field, ..Self::DENY }
    }
}

impl From<&grantrie::Decision> for Decision {
    fn from(decision: &grantrie::Decision) -> Self {
        let valid_until = decision.valid_until.map_or(GRANTRIE_NEVER, Timestamp::as_micros);
        let id = decision.reason.permission().map_or(0, grantrie::PermissionId::as_u128);
        let whole = Self { revision: decision.revision.0, valid_until, permission: id.to_be_bytes(), ..Self::DENY };
        match decision.reason {
            // The two must say the same: one alone allows nothing.
            Reason::Granted(_) => Self { allowed: decision.allowed, reason: GRANTRIE_GRANTED, ..whole },
            Reason::Denied(_) => Self { reason: GRANTRIE_DENIED, ..whole },
            Reason::NoGrant => Self { reason: GRANTRIE_NO_GRANT, ..whole },
            Reason::NotSubscribed(level) => Self { reason: GRANTRIE_NOT_SUBSCRIBED, level: of_level(level), ..whole },
            Reason::Invalid(invalid) => Self {
                code: status(invalid.error.code()),
                field: field(invalid.field),
                offset: u32::try_from(invalid.error.offset()).unwrap_or(u32::MAX),
                ..whole
            },
            _ => Self { code: status(Code::Internal), ..whole },
        }
    }
}

const fn of_level(level: SubscriptionLevel) -> u32 {
    match level {
        SubscriptionLevel::User => GRANTRIE_LEVEL_USER,
        SubscriptionLevel::Group => GRANTRIE_LEVEL_GROUP,
        SubscriptionLevel::Project => GRANTRIE_LEVEL_PROJECT,
        SubscriptionLevel::Default => GRANTRIE_LEVEL_DEFAULT,
        SubscriptionLevel::NoProject => GRANTRIE_LEVEL_NO_PROJECT,
        SubscriptionLevel::NoUser => GRANTRIE_LEVEL_NO_USER,
    }
}

const fn field(field: RequestField) -> u32 {
    match field {
        RequestField::Namespace => GRANTRIE_FIELD_NAMESPACE,
        RequestField::Subject => GRANTRIE_FIELD_ID,
        RequestField::Group => GRANTRIE_FIELD_GROUPS,
        RequestField::PermProfile => GRANTRIE_FIELD_PERMPROFILES,
        RequestField::Action => GRANTRIE_FIELD_ACTION,
        RequestField::Irn => GRANTRIE_FIELD_IRN,
        RequestField::Project => GRANTRIE_FIELD_PROJECT,
        _ => GRANTRIE_FIELD_NONE,
    }
}

/// A query's texts, borrowed.
pub(crate) struct QueryTexts<'a> {
    pub(crate) namespaces: Vec<&'a str>,
    pub(crate) covering: Option<&'a str>,
    pub(crate) covered_by: Option<&'a str>,
    pub(crate) kind: Option<&'a str>,
    pub(crate) id: Option<&'a str>,
}

impl Query {
    /// The texts of a query.
    ///
    /// # Safety
    /// They are the caller's and valid for `'a`.
    pub(crate) unsafe fn read<'a>(&self) -> Result<QueryTexts<'a>, Code> {
        let mut namespaces = Vec::new();
        // SAFETY: the caller of this function has what these demand.
        unsafe {
            texts(self.namespaces, self.namespace_count, GRANTRIE_MAX_ITEMS, &mut namespaces)?;
            Ok(QueryTexts {
                namespaces,
                covering: optional(self.covering)?,
                covered_by: optional(self.covered_by)?,
                kind: optional(self.principal_kind)?,
                id: optional(self.principal_id)?,
            })
        }
    }

    /// The query without patterns.
    pub(crate) fn narrow<'a>(&self, texts: &'a QueryTexts<'a>, kind: Option<PrincipalKind>) -> PermissionQuery<'a> {
        PermissionQuery {
            namespaces: &texts.namespaces,
            principal_kind: kind,
            principal_id: texts.id,
            offset: self.offset,
            limit: self.has_limit.then_some(self.limit),
            ..PermissionQuery::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was compiled against the first header passes these sizes for ever.
    #[test]
    #[cfg(target_pointer_width = "64")]
    fn no_struct_is_shorter_than_it_was_at_first() {
        let first = [Caller::FIRST_SIZE, Question::FIRST_SIZE, Decision::FIRST_SIZE, Query::FIRST_SIZE];
        assert_eq!(first, [88, 56, 64, 104]);
        let now = [size_of::<Caller>(), size_of::<Question>(), size_of::<Decision>(), size_of::<Query>()];
        assert!(first.iter().zip(now).all(|(first, now)| *first <= now));
    }
}
