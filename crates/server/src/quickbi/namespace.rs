//! Where a call counts: the namespace of the key, and the users who are in it.

use std::sync::Arc;

use grantrie::Snapshot;

use super::error::Refusal;
use crate::app::Shared;
use crate::authority::Origin;
use crate::credential::Caller;
use crate::http::request_id::RequestId;
use crate::query::Parameters;

/// A call that was signed with a key that manages a namespace.
pub(super) struct Call {
    pub(super) caller: Arc<Caller>,
    pub(super) namespace: String,
    pub(super) parameters: Parameters,
    pub(super) id: RequestId,
}

impl Call {
    pub(super) fn new(caller: Arc<Caller>, parameters: Parameters, id: RequestId) -> Result<Self, Refusal> {
        let namespace = caller.namespace.clone().ok_or_else(|| Refusal::no_function(&caller.principal.id))?;
        Ok(Self { caller, namespace, parameters, id })
    }

    pub(super) fn origin(&self) -> Origin {
        Origin { actor: self.caller.actor(), face: "quickbi", request_id: Some(self.id.0.clone()) }
    }

    /// The one user that a call is about.
    pub(super) fn user(&self, app: &Shared, name: &str) -> Result<String, Refusal> {
        let user = super::ids::required(&self.parameters, name)?;
        if is_stranger(&app.authority.snapshot(), user) { Err(Refusal::no_user()) } else { Ok(user.to_owned()) }
    }
}

/// Whether a user is unknown: one that the directory does not list, though it lists users.
pub(super) fn is_stranger(snapshot: &Snapshot, user: &str) -> bool {
    snapshot.user(user).is_none() && snapshot.lists_users()
}
