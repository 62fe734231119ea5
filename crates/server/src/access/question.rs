//! From AuthZEN's entities to what the engine is asked, and from its decision to an answer.
//!
//! | AuthZEN | engine |
//! |---|---|
//! | `subject.type`, `subject.id` | a user, a group with those above it, or a profile alone |
//! | `subject.properties.groups`, `.permprofiles` | a user's memberships, exactly these |
//! | `action.name` | the action |
//! | `resource.type` + `:` + `resource.id` | the name; the id is one segment, so that nothing in it can become another |
//! | `resource.properties` | the resource's attributes |
//! | `context.namespace`, `.project`, `.at` | the same |

use grantrie::{AttributeValue, Attributes, Code, Decision, Principal, PrincipalKind, Reason, Timestamp};
use serde_json::{Map, Value};

use super::document::{Answer, AnswerContext, AnswerError, Circumstances, Evaluation, ResourceEntity, SubjectEntity};
use crate::authority::{Named, Question};
use crate::credential::Caller;

fn wrong(code: impl Into<Option<Code>>, field: &str, message: impl Into<String>) -> AnswerError {
    AnswerError { status: 400, code: code.into().map(Code::number), field: field.to_owned(), message: message.into() }
}

/// What the engine is asked.
///
/// # Errors
/// What is wrong with the entities. Ids, actions and names are left to the engine to judge, but for what stands between them.
pub(super) fn question(evaluation: Evaluation, default_namespace: Option<&str>) -> Result<Question, AnswerError> {
    let Evaluation { subject, action, resource, context } = evaluation;
    let Circumstances { namespace, project, at } = context.unwrap_or_default();
    let namespace = namespace.or_else(|| default_namespace.map(str::to_owned));
    let namespace = namespace
        .ok_or_else(|| wrong(Code::InvalidId, "context.namespace", "is missing, and the server has no default"))?;
    let at = at.map(|at| at.parse::<Timestamp>()).transpose();
    let at = at.map_err(|error| wrong(Code::InvalidTime, "context.at", error.to_string()))?;
    let irn = name(&resource)?;
    let attributes = resource.properties.map(attributes).transpose()?;
    let kind = subject.kind.parse::<PrincipalKind>();
    let kind = kind.map_err(|error| wrong(Code::UnknownPrincipalKind, "subject.type", error.to_string()))?;
    let named = named(&subject, kind)?;
    let subject = Principal { kind, id: subject.id };
    Ok(Question { namespace, subject, named, action: action.name, irn, project, attributes, at })
}

/// Whether a caller may ask this. A trusted one may ask anything; others only about themselves, now, and with the memberships that
/// the directory knows.
pub(super) fn may_ask(caller: &Caller, question: &Question) -> bool {
    caller.trusted || (question.subject == caller.principal && question.named.is_none() && question.at.is_none())
}

/// Type and id joined, after a look at what would make it another name than was meant.
fn name(resource: &ResourceEntity) -> Result<String, AnswerError> {
    let ResourceEntity { kind, id, .. } = resource;
    for (field, text) in [("resource.type", kind), ("resource.id", id)] {
        if let Some(wildcard) = text.chars().find(|c| matches!(c, '*' | '?')) {
            return Err(wrong(
                Code::WildcardInName,
                field,
                format!("holds `{wildcard}`: only a concrete resource can be asked about"),
            ));
        }
    }
    if id.contains(':') {
        return Err(wrong(
            Code::ForbiddenCharacter,
            "resource.id",
            "holds `:`: the id is the last segment of the resource's name, the type all before",
        ));
    }
    Ok(format!("{kind}:{id}"))
}

/// What is known of a resource. What cannot be compared is refused: left out, a DENY that asks for it would not apply.
fn attributes(properties: Map<String, Value>) -> Result<Attributes, AnswerError> {
    let most = grantrie::Limits::default().attributes_per_request;
    if properties.len() > most {
        let message = format!("{} properties, at most {most}", properties.len());
        return Err(wrong(Code::TooManyCriteria, "resource.properties", message));
    }
    let attribute = |(name, value): (String, Value)| {
        let value = match value {
            Value::String(text) => AttributeValue::from(text),
            Value::Bool(flag) => AttributeValue::from(flag),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(whole), _) => AttributeValue::from(whole),
                (_, Some(whole)) => AttributeValue::from(whole),
                _ => number.as_f64().and_then(AttributeValue::from_f64).unwrap_or(AttributeValue::Flag(false)),
            },
            Value::Null | Value::Array(_) | Value::Object(_) => {
                let message = "expected a text, a number, true or false";
                return Err(wrong(Code::InvalidAttribute, &format!("resource.properties.{name}"), message));
            }
        };
        Ok((name, value))
    };
    properties.into_iter().map(attribute).collect()
}

/// The memberships that the caller names.
fn named(subject: &SubjectEntity, kind: PrincipalKind) -> Result<Option<Named>, AnswerError> {
    let Some(properties) = &subject.properties else { return Ok(None) };
    let list = |key: &str| {
        let Some(value) = properties.get(key) else { return Ok(None) };
        let field = format!("subject.properties.{key}");
        let texts = value.as_array().map(|list| list.iter().map(|id| id.as_str().map(str::to_owned)).collect());
        let texts: Option<Vec<String>> = texts.flatten();
        let texts = texts.ok_or_else(|| wrong(Code::InvalidId, &field, "expected a list of ids"))?;
        if kind != PrincipalKind::User {
            return Err(wrong(Code::InvalidSubject, &field, "only a user's memberships can be named"));
        }
        Ok(Some(texts))
    };
    Ok(match (list("groups")?, list("permprofiles")?) {
        (None, None) => None,
        (groups, permprofiles) => {
            Some(Named { groups: groups.unwrap_or_default(), permprofiles: permprofiles.unwrap_or_default() })
        }
    })
}

impl Answer {
    /// The answer to what could not be asked.
    pub(super) fn of_error(error: AnswerError) -> Self {
        let context = AnswerContext {
            reason: "invalid",
            permission: None,
            decided_by: None,
            revision: None,
            valid_until: None,
            error: Some(error),
        };
        Self { decision: false, context }
    }
}

impl From<Decision> for Answer {
    fn from(decision: Decision) -> Self {
        let Decision { allowed, reason, revision, valid_until } = decision;
        let decided_by = if let Reason::NotSubscribed(level) = reason { Some(level.as_str()) } else { None };
        let error = if let Reason::Invalid(invalid) = reason {
            let code = invalid.error.code();
            Some(wrong(code, invalid.field.as_str(), invalid.error.to_string()))
        } else {
            None
        };
        let context = AnswerContext {
            reason: reason.as_str(),
            permission: reason.permission().map(|id| id.to_string()),
            decided_by,
            revision: Some(revision.0),
            valid_until: valid_until.map(|until| until.to_string()),
            error,
        };
        Self { decision: allowed, context }
    }
}
