//! What a caller may write: all, if it is trusted; else what it holds itself and may share.

use grantrie::{PermissionDraft, Principal, PrincipalKind, Snapshot, Subject};

use super::error::Detail;
use crate::credential::Caller;

/// The caller as a subject. A group asks for nothing by itself.
pub(super) fn subject(principal: &Principal) -> Option<Subject<'_>> {
    match principal.kind {
        PrincipalKind::User => Some(Subject::user(&principal.id)),
        PrincipalKind::PermProfile => Some(Subject::permprofile(&principal.id)),
        PrincipalKind::UserGroup => None,
    }
}

/// Whether a caller may write all of these: what a permission is now, and what it is to be. Taking back is as much as giving, and more
/// where it is a DENY that goes.
pub(super) fn check<'d>(
    caller: &Caller,
    snapshot: &Snapshot,
    drafts: impl IntoIterator<Item = &'d PermissionDraft>,
) -> Result<(), Detail> {
    if caller.trusted {
        return Ok(());
    }
    let Some(subject) = subject(&caller.principal) else {
        let message = "a group cannot share: the credential must stand for a user or a profile";
        return Err(Detail::new(http::StatusCode::FORBIDDEN, "not_shareable", message));
    };
    drafts
        .into_iter()
        .try_for_each(|draft| snapshot.may_share(&subject, draft))
        .map_err(|error| Detail::not_shareable(&error))
}
