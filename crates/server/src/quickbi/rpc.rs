//! One call: verified, then dispatched on its action.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

use super::document::{Answer, Outcome};
use super::error::{ErrorAnswer, Refusal};
use super::namespace::Call;
use super::{authorize, read_back, transfer};
use crate::app::{App, Shared};
use crate::credential::{Raw, believe};
use crate::http::request_id::RequestId;
use crate::signature::{Claim, Presented, Repeats};

const VERSION: &str = "2022-01-01";

/// A Quick BI call
///
/// The action is `x-acs-action` or `Action`: `SmartqAuthorize`, `SmartqAuthTransfer`, `QuerySmartqPermissionByCubeId`,
/// `QueryLlmCubeWithThemeListByUserId`, `QueryDatasetSmartqStatus` or `SmartqQueryAbility`. Its parameters are in the query, or a form.
#[utoipa::path(
    post, path = "/", tag = "quickbi", security(("acs3_hmac_sha256" = []), ("rpc_signature" = [])),
    params(
        ("x-acs-action" = Option<String>, Header, description = "The call"),
        ("x-acs-version" = Option<String>, Header, description = "`2022-01-01`"),
        ("OperationType" = Option<u8>, Query, description = "SmartqAuthorize: 0 adds, 1 deletes"),
        ("UserIds" = Option<String>, Query, description = "SmartqAuthorize: ids with commas; users x resources is at most 100"),
        ("LlmCubes" = Option<String>, Query, description = "SmartqAuthorize: ids with commas"),
        ("LlmCubeThemes" = Option<String>, Query, description = "SmartqAuthorize: ids with commas"),
        ("CubeIds" = Option<String>, Query, description = "SmartqAuthorize: ids with commas"),
        ("ExpireDay" = Option<String>, Query, description = "SmartqAuthorize: the last day, `YYYY-MM-DD`; seven days on if absent"),
        ("OriginUserId" = Option<String>, Query, description = "SmartqAuthTransfer: whose grants"),
        ("TargetUserIds" = Option<String>, Query, description = "SmartqAuthTransfer: for whom; at most 100"),
        ("CubeId" = Option<String>, Query, description = "Of a query: the dataset"),
        ("UserId" = Option<String>, Query, description = "Of a query: the user"),
    ),
    responses(
        (status = 200, description = "Done, but for the failures that it lists", body = Answer),
        (status = 400, description = "Nothing was done", body = ErrorAnswer),
        (status = 404, description = "The access key is not known", body = ErrorAnswer),
        (status = 500, description = "There is no such action", body = ErrorAnswer),
        (status = 503, description = "Too much at once", body = ErrorAnswer),
    )
)]
pub(super) async fn post(State(app): State<App>, id: RequestId, raw: Raw) -> Response {
    answer(&app, id, &raw).await
}

/// A Quick BI call
///
/// As with POST.
#[utoipa::path(
    get, path = "/", tag = "quickbi", security(("acs3_hmac_sha256" = []), ("rpc_signature" = [])),
    responses(
        (status = 200, description = "Done, but for the failures that it lists", body = Answer),
        (status = 400, description = "Nothing was done", body = ErrorAnswer),
        (status = 404, description = "The access key is not known", body = ErrorAnswer),
        (status = 500, description = "There is no such action", body = ErrorAnswer),
        (status = 503, description = "Too much at once", body = ErrorAnswer),
    )
)]
pub(super) async fn get(State(app): State<App>, id: RequestId, raw: Raw) -> Response {
    answer(&app, id, &raw).await
}

async fn answer(app: &Shared, id: RequestId, raw: &Raw) -> Response {
    let presented = raw.presented();
    match call(app, id.clone(), &presented).await {
        Ok(result) => Json(Answer { request_id: id.0, success: true, result }).into_response(),
        Err(refusal) => refusal.answer(&id, presented.headers.get(header::HOST)).into_response(),
    }
}

async fn call(app: &Shared, id: RequestId, presented: &Presented<'_>) -> Result<Outcome, Refusal> {
    let (caller, parameters) = believe(app, Claim::alibaba(presented)?, Repeats::Never)?;
    let said = |header: &'static str, parameter: &'static str| said(presented, &parameters, header, parameter);
    let (version, action) = (said("x-acs-version", "Version")?, said("x-acs-action", "Action")?);
    if version.as_deref() != Some(VERSION) {
        return Err(Refusal::version());
    }
    let call = Call::new(caller, parameters, id)?;
    match action.as_deref() {
        Some("SmartqAuthorize") => authorize::authorize(app, &call).await,
        Some("SmartqAuthTransfer") => transfer::transfer(app, &call).await,
        Some("QuerySmartqPermissionByCubeId") => read_back::permission_of_cube(app, &call),
        Some("QueryLlmCubeWithThemeListByUserId") => read_back::holdings(app, &call).await,
        Some("QueryDatasetSmartqStatus") => read_back::status_of_cube(app, &call).await,
        Some("SmartqQueryAbility") => Err(read_back::may_question(app, &call)),
        _ => Err(Refusal::no_such_action()),
    }
}

/// What header or parameter says; if both do, the same. A header that is not signed was compared when the claim was read.
fn said(
    presented: &Presented<'_>,
    parameters: &crate::query::Parameters,
    header: &'static str,
    parameter: &'static str,
) -> Result<Option<String>, Refusal> {
    let of_header = presented.header(header)?.map(|value| String::from_utf8_lossy(value).into_owned());
    match (of_header, parameters.get(parameter)) {
        (Some(header), Some(other)) if header != other => Err(Refusal::parameter(parameter, "the header says another")),
        (of_header, of_parameter) => Ok(of_header.or_else(|| of_parameter.map(str::to_owned))),
    }
}
