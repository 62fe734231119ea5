//! Who calls, and for which project.

use std::sync::Arc;

use super::error::Refusal;
use crate::app::Shared;
use crate::credential::{Caller, Raw, believe};
use crate::query::{Parameters, unescape};
use crate::signature::{Claim, Repeats};

/// A request that was signed with a key that manages the project that it names.
pub(super) struct Signed {
    pub(super) caller: Arc<Caller>,
    pub(super) project: String,
    pub(super) parameters: Parameters,
}

/// Verifies the signature, then the project: that of the path, where it has one, and of `X-Project-Id`, which is signed.
pub(super) fn signed(app: &Shared, raw: &Raw, repeats: Repeats) -> Result<Signed, Refusal> {
    let presented = raw.presented();
    let of_path = presented.path.strip_prefix("/v2/").and_then(|rest| rest.split('/').next()).map(unescape);
    let of_path = of_path.transpose().map_err(|error| Refusal::bad(format!("path: {error}")))?;
    let (caller, parameters) = believe(app, Claim::sdk_hmac(&presented)?, repeats)?;
    let of_header = presented.header("x-project-id")?.map(str::from_utf8).transpose();
    let of_header = of_header.map_err(|_| Refusal::bad("X-Project-Id: expected a text in UTF-8"))?;
    let project = match (of_path.as_deref(), of_header) {
        (Some(path), Some(header)) if path != header => {
            return Err(Refusal::forbidden("the path and X-Project-Id name different projects"));
        }
        (Some(project), _) | (None, Some(project)) => project,
        (None, None) => return Err(Refusal::bad("X-Project-Id is missing")),
    };
    if caller.project.as_deref() != Some(project) {
        return Err(Refusal::forbidden(format!("this access key does not manage the project `{project}`")));
    }
    Ok(Signed { project: project.to_owned(), caller, parameters })
}
