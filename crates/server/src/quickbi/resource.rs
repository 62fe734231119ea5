//! What can be granted, and the permission that a grant is.

use std::collections::BTreeSet;

use grantrie::{Action, Actions, Attributes, Effect, Irn, Permission, PermissionDraft, Principal, Timestamp};

use super::document::Failure;
use super::error::Refusal;

/// What may be done with all of it.
pub(super) const QUERY: &str = "QUERY";

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    LlmCube,
    LlmCubeTheme,
    Cube,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::LlmCube, Self::LlmCubeTheme, Self::Cube];

    /// What all names of this kind begin with.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::LlmCube => "quickbi:llmcube:",
            Self::LlmCubeTheme => "quickbi:llmcubetheme:",
            Self::Cube => "quickbi:cube:",
        }
    }

    /// The parameter that lists ids of this kind.
    pub(super) const fn parameter(self) -> &'static str {
        match self {
            Self::LlmCube => "LlmCubes",
            Self::LlmCubeTheme => "LlmCubeThemes",
            Self::Cube => "CubeIds",
        }
    }
}

/// A cube, a theme or a dataset: its id is one segment of a name, without wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) kind: Kind,
    pub(super) id: String,
}

impl Resource {
    /// # Errors
    /// An id that would be more than one segment, or a pattern, or that no name can hold.
    pub(super) fn new(kind: Kind, id: &str, parameter: &str) -> Result<Self, Refusal> {
        let resource = Self { kind, id: id.to_owned() };
        let name = resource.name();
        match Irn::parse(&name) {
            Ok(irn) if irn.segment_count() == 3 => Ok(resource),
            Ok(_) => Err(Refusal::parameter(parameter, format_args!("`{}`: an id has no `:`", shown(id)))),
            Err(error) => Err(Refusal::parameter(parameter, format_args!("`{}`: {error}", shown(id)))),
        }
    }

    /// The name under which it is asked for.
    pub(super) fn name(&self) -> String {
        format!("{}{}", self.kind.prefix(), self.id)
    }

    /// A grant to a user.
    ///
    /// # Errors
    /// None: an id that is a segment is a pattern of itself.
    pub(super) fn draft(&self, namespace: &str, user: &str) -> Result<PermissionDraft, Refusal> {
        let wrong = |error: grantrie::ParseError| Refusal::parameter(self.kind.parameter(), error);
        let pattern = self.name().parse().map_err(wrong)?;
        let query = QUERY.parse::<Action>().map_err(wrong)?;
        let actions = Actions::from_iter([query]);
        Ok(PermissionDraft::allow(namespace, Principal::user(user), pattern, actions))
    }

    pub(super) fn failure(&self, user: &str, reason: &str) -> Failure {
        let id = Some(self.id.clone());
        let failure = Failure { user_id: user.to_owned(), detail_message: reason.to_owned(), ..Failure::default() };
        match self.kind {
            Kind::LlmCube => Failure { llm_cube: id, ..failure },
            Kind::LlmCubeTheme => Failure { llm_cube_theme: id, ..failure },
            Kind::Cube => Failure { cube_id: id, ..failure },
        }
    }
}

/// A foreign text in a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

/// Whether a permission is a grant as this interface makes it, and so one that it may change or take back: QUERY alone, without
/// criteria, on one resource.
pub(super) fn is_grant(permission: &PermissionDraft) -> bool {
    let query_alone = match &permission.actions {
        Actions::All => false,
        Actions::Only(actions) => actions.iter().map(Action::as_str).eq([QUERY]),
    };
    query_alone
        && permission.effect == Effect::Allow
        && permission.criteria == Attributes::new()
        && Irn::parse(permission.pattern.as_str()).is_ok()
}

/// Whether a grant has not ended at an instant.
pub(super) fn lasts(permission: &PermissionDraft, now: Timestamp) -> bool {
    permission.expires_at.is_none_or(|end| now < end)
}

/// The ids of this kind among the names of permissions, each once, ascending.
pub(super) fn ids(kind: Kind, permissions: &[Permission]) -> BTreeSet<String> {
    let id = |permission: &Permission| {
        let id = permission.pattern.as_str().strip_prefix(kind.prefix())?;
        Resource::new(kind, id, kind.parameter()).ok().map(|resource| resource.id)
    };
    permissions.iter().filter_map(id).collect()
}
