//! `/access/v1/evaluation` and `/access/v1/evaluations`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

use super::document::{Answer, AnswerError, Answers, Evaluation, Evaluations, Options, Semantic};
use super::question::{may_ask, question};
use crate::app::{App, Shared};
use crate::authority::Question;
use crate::credential::{Bearer, Caller, Unauthenticated};
use crate::http::fault::Fault;
use crate::http::json;

/// The entities of an evaluation.
const ENTITIES: [&str; 4] = ["subject", "action", "resource", "context"];

/// One decision
#[utoipa::path(
    post, path = "/access/v1/evaluation", tag = "decisions", security(("bearer" = [])),
    request_body = Evaluation,
    responses(
        (status = 200, description = "The decision; a deny is one too", body = Answer),
        (status = 400, description = "The request cannot be read: a line of text says why", body = String, content_type = "text/plain"),
        (status = 401, description = "No known token", body = String, content_type = "text/plain"),
        (status = 403, description = "The caller may not ask this", body = String, content_type = "text/plain"),
    )
)]
pub(super) async fn evaluation(
    State(app): State<App>,
    Bearer(caller): Bearer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Fault> {
    let caller = caller.map_err(Unauthenticated::into_fault)?;
    single(&app, &caller, evaluation_of(document(&headers, &body)?).map_err(bad)?)
}

/// Several decisions, on one state
#[utoipa::path(
    post, path = "/access/v1/evaluations", tag = "decisions", security(("bearer" = [])),
    request_body = Evaluations,
    responses(
        (status = 200, description = "The decisions in order; without `evaluations` in the request, one as from `/access/v1/evaluation`", body = Answers),
        (status = 400, description = "The request cannot be read, or has too many evaluations", body = String, content_type = "text/plain"),
        (status = 401, description = "No known token", body = String, content_type = "text/plain"),
        (status = 403, description = "The caller may not ask one of these", body = String, content_type = "text/plain"),
    )
)]
pub(super) async fn evaluations(
    State(app): State<App>,
    Bearer(caller): Bearer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Fault> {
    let caller = caller.map_err(Unauthenticated::into_fault)?;
    let mut document = document(&headers, &body)?;
    let options = document.remove("options").filter(|options| !options.is_null());
    let options = options.map(read_options).transpose()?;
    let items = match document.remove("evaluations") {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(bad("evaluations: expected a list")),
    };
    if items.is_empty() {
        return single(&app, &caller, evaluation_of(document).map_err(bad)?);
    }
    if items.len() > app.limits.batch_items {
        let most = app.limits.batch_items;
        return Err(bad(format!("evaluations: {} items, at most {most} (`limits.batch_items`)", items.len())));
    }
    // A default that is wrong is wrong for the whole request, whether or not an item takes it.
    entities_are_objects(&document).map_err(bad)?;
    let questions = items.into_iter().map(|item| item_question(&app, &document, item)).collect();
    let answers = answer_all(&app, &caller, questions)?;
    let semantic = options.unwrap_or_default().evaluations_semantic;
    Ok(Json(Answers { evaluations: up_to_the_last(answers, semantic) }).into_response())
}

fn bad(error: impl Into<String>) -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, "bad_request", error.into())
}

/// Reads an evaluation. What is derived for its types would take a list of fields for an object: AuthZEN has no such lists.
fn evaluation_of(document: Map<String, Value>) -> Result<Evaluation, String> {
    entities_are_objects(&document)?;
    json::typed(Value::Object(document)).map_err(|error| error.to_string())
}

fn entities_are_objects(document: &Map<String, Value>) -> Result<(), String> {
    let is_wrong = |entity: &str| match document.get(entity) {
        None | Some(Value::Object(_)) => false,
        Some(value) => entity != "context" || !value.is_null(),
    };
    match ENTITIES.into_iter().find(|entity| is_wrong(entity)) {
        Some(entity) => Err(format!("{entity}: expected an object")),
        None => Ok(()),
    }
}

fn read_options(options: Value) -> Result<Options, Fault> {
    if !options.is_object() {
        return Err(bad("options: expected an object"));
    }
    json::typed(options).map_err(|error| bad(format!("options.{error}")))
}

/// The body as plain values.
fn document(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(bad("expected `Content-Type: application/json`"));
    }
    match json::value(body) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(bad("expected a JSON object")),
        Err(error) => Err(bad(error.to_string())),
    }
}

fn single(app: &Shared, caller: &Caller, evaluation: Evaluation) -> Result<Response, Fault> {
    let question = question(evaluation, app.default_namespace.as_deref());
    let answer = answer_all(app, caller, vec![question])?.into_iter().next();
    answer.map(|answer| Json(answer).into_response()).ok_or_else(Fault::internal)
}

/// What an item asks, with the defaults for entities that it leaves out.
fn item_question(app: &Shared, defaults: &Map<String, Value>, item: Value) -> Result<Question, AnswerError> {
    let wrong = |message: String| AnswerError { status: 400, code: None, field: String::new(), message };
    let Value::Object(mut item) = item else { return Err(wrong("expected an object".to_owned())) };
    for entity in ENTITIES {
        if let (false, Some(default)) = (item.contains_key(entity), defaults.get(entity)) {
            item.insert(entity.to_owned(), default.clone());
        }
    }
    let evaluation = evaluation_of(item).map_err(wrong)?;
    question(evaluation, app.default_namespace.as_deref())
}

/// Answers all that could be understood on one state, and the others with what is wrong.
fn answer_all(
    app: &Shared,
    caller: &Caller,
    questions: Vec<Result<Question, AnswerError>>,
) -> Result<Vec<Answer>, Fault> {
    if !questions.iter().flatten().all(|question| may_ask(caller, question)) {
        let message =
            "this caller is not trusted: it may ask only about itself, without `groups`, `permprofiles` and `at`";
        return Err(Fault::new(StatusCode::FORBIDDEN, "forbidden", message));
    }
    let mut answers: Vec<Option<Answer>> = Vec::with_capacity(questions.len());
    let mut understood = Vec::with_capacity(questions.len());
    for question in questions {
        answers.push(match question {
            Ok(question) => {
                understood.push(question);
                None
            }
            Err(error) => Some(Answer::of_error(error)),
        });
    }
    let mut decisions = app.authority.decide(&understood).map_err(|error| bad(error.to_string()))?.into_iter();
    let answers = answers.into_iter().map(|answer| answer.or_else(|| decisions.next().map(Answer::from)));
    answers.collect::<Option<Vec<_>>>().ok_or_else(Fault::internal)
}

fn up_to_the_last(mut answers: Vec<Answer>, semantic: Semantic) -> Vec<Answer> {
    let last = match semantic {
        Semantic::ExecuteAll => None,
        Semantic::DenyOnFirstDeny => answers.iter().position(|answer| !answer.decision),
        Semantic::PermitOnFirstPermit => answers.iter().position(|answer| answer.decision),
    };
    if let Some(last) = last {
        answers.truncate(last + 1);
    }
    answers
}
