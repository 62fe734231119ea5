//! Who is subscribed.

use axum::Json;
use axum::extract::State;

use super::caller::{Signed, signed};
use super::document::Subscriptions;
use super::error::Refusal;
use crate::app::{App, Shared};
use crate::credential::Raw;
use crate::query::Parameters;
use crate::signature::Repeats;

/// Who is subscribed to the AI assistant
#[utoipa::path(
    get, path = "/v3/users/ai-assistant/subscribe", tag = "subscriptions", security(("sdk_hmac_sha256" = [])),
    params(
        ("X-Project-Id" = String, Header, description = "The project; the key must manage it"),
        ("limit" = Option<usize>, Query, description = "How many users at most; all if absent. Groups and the project come unpaged"),
        ("offset" = Option<usize>, Query, description = "How many users to leave out"),
    ),
    responses(
        (status = 200, description = "The rows", body = Subscriptions),
        (status = 400, description = "A parameter is not what it should be", body = Refusal),
        (status = 401, description = "Not signed, or not as it should be", body = Refusal),
        (status = 403, description = "Another project", body = Refusal),
    )
)]
pub(super) async fn list(State(app): State<App>, raw: Raw) -> Result<Json<Subscriptions>, Refusal> {
    rows(&app, &raw).await
}

/// The older spelling
#[utoipa::path(
    get, path = "/v2/{project_id}/users/ai-function/subscribe", tag = "subscriptions", security(("sdk_hmac_sha256" = [])),
    params(
        ("project_id" = String, Path, description = "The project; the key must manage it"),
        ("limit" = Option<usize>, Query, description = "How many users at most; all if absent"),
        ("offset" = Option<usize>, Query, description = "How many users to leave out"),
    ),
    responses(
        (status = 200, description = "The rows", body = Subscriptions),
        (status = 400, description = "A parameter is not what it should be", body = Refusal),
        (status = 401, description = "Not signed, or not as it should be", body = Refusal),
        (status = 403, description = "Another project", body = Refusal),
    )
)]
pub(super) async fn list_before(State(app): State<App>, raw: Raw) -> Result<Json<Subscriptions>, Refusal> {
    rows(&app, &raw).await
}

async fn rows(app: &Shared, raw: &Raw) -> Result<Json<Subscriptions>, Refusal> {
    let Signed { project, parameters, .. } = signed(app, raw, Repeats::WithinTheSecond)?;
    let (offset, limit) = page(&parameters)?;
    let of = project.clone();
    let list = app.authority.read(move |snapshot| snapshot.subscriptions(&of, offset, limit)).await?;
    Ok(Json(Subscriptions::of(project, list)))
}

/// Offset and limit of a query.
pub(super) fn page(parameters: &Parameters) -> Result<(usize, Option<usize>), Refusal> {
    if let Some((name, _)) = parameters.iter().find(|(name, _)| !matches!(*name, "limit" | "offset")) {
        return Err(Refusal::bad(format!("`{name}` is no parameter of this call")));
    }
    let number = |name: &str| {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let number = digits.then(|| text.parse().ok()).flatten();
            number.ok_or_else(|| Refusal::bad(format!("{name}: expected a whole number from 0")))
        };
        parameters.get(name).map(number).transpose()
    };
    Ok((number("offset")?.unwrap_or(0), number("limit")?))
}
