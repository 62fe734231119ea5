//! What stands in requests and answers. Source: OpenID AuthZEN Authorization API 1.0, sections 5 to 7.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Who asks
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct SubjectEntity {
    /// `user`, `usergroup` or `permprofile`
    #[serde(rename = "type")]
    #[schema(rename = "type", example = "user")]
    pub(crate) kind: String,
    /// Its id
    #[schema(example = "ann")]
    pub(crate) id: String,
    /// Of a user, `groups` and `permprofiles` (lists of ids): exactly these memberships count then, and the directory is not asked.
    /// What else is here does not count
    pub(crate) properties: Option<Map<String, Value>>,
}

/// What for
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct ActionEntity {
    /// The action: upper case, such as `READ`
    #[schema(example = "READ")]
    pub(crate) name: String,
    /// Does not count
    #[expect(dead_code, reason = "it must be an object if it is there")]
    pub(crate) properties: Option<Map<String, Value>>,
}

/// On what
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct ResourceEntity {
    /// All of the resource's name but the last segment: `service:type`
    #[serde(rename = "type")]
    #[schema(rename = "type", example = "aisvc:agent")]
    pub(crate) kind: String,
    /// The last segment of the resource's name
    #[schema(example = "42")]
    pub(crate) id: String,
    /// The resource's attributes: texts, numbers, true and false. Absent: nothing is known of them
    pub(crate) properties: Option<Map<String, Value>>,
}

/// The circumstances
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(crate) struct Circumstances {
    /// The namespace in which permissions count; the server's `default_namespace` if absent
    #[schema(example = "acme")]
    pub(crate) namespace: Option<String>,
    /// The project whose AI subscription counts, for gated services
    pub(crate) project: Option<String>,
    /// The instant to judge (RFC 3339), for trusted callers; now, if absent
    pub(crate) at: Option<String>,
}

/// May this subject do this here?
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct Evaluation {
    pub(crate) subject: SubjectEntity,
    pub(crate) action: ActionEntity,
    pub(crate) resource: ResourceEntity,
    #[serde(default)]
    pub(crate) context: Option<Circumstances>,
}

/// Several at once. What stands at the top is the default, whole, for evaluations that leave it out
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the document; each evaluation is read by itself, with the defaults")]
pub(crate) struct Evaluations {
    subject: Option<SubjectEntity>,
    action: Option<ActionEntity>,
    resource: Option<ResourceEntity>,
    context: Option<Circumstances>,
    /// Absent or empty: the top is one evaluation, and is answered as one
    evaluations: Option<Vec<PartialEvaluation>>,
    options: Option<Options>,
}

/// An evaluation that takes what it leaves out from the top
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the document")]
pub(crate) struct PartialEvaluation {
    subject: Option<SubjectEntity>,
    action: Option<ActionEntity>,
    resource: Option<ResourceEntity>,
    context: Option<Circumstances>,
}

/// How several are answered
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
pub(crate) struct Options {
    #[serde(default)]
    pub(crate) evaluations_semantic: Semantic,
}

/// When to stop
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Semantic {
    /// All are answered
    #[default]
    ExecuteAll,
    /// The first that is denied or fails is the last that is answered
    DenyOnFirstDeny,
    /// The first that is permitted is the last that is answered
    PermitOnFirstPermit,
}

/// The answer
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Answer {
    /// Whether it is allowed
    pub(crate) decision: bool,
    pub(crate) context: AnswerContext,
}

/// Why
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct AnswerContext {
    /// `granted`, `denied`, `no_grant`, `not_subscribed` or `invalid`
    pub(crate) reason: &'static str,
    /// The permission that decided
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) permission: Option<String>,
    /// Of `not_subscribed`, the level that decided: `user`, `group`, `project`, `none`, `no_project`, `no_user`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decided_by: Option<&'static str>,
    /// The revision that was asked; absent if nothing was
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<u64>,
    /// The first instant at which time alone could change the answer
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_until: Option<String>,
    /// Of `invalid`, what is wrong
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<AnswerError>,
}

/// What is wrong with an evaluation
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct AnswerError {
    /// As an HTTP status
    pub(crate) status: u16,
    /// The stable number of the error, if it has one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<u16>,
    /// The field
    pub(crate) field: String,
    /// What was found and what was expected
    pub(crate) message: String,
}

/// The answers to several, in their order
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Answers {
    pub(crate) evaluations: Vec<Answer>,
}
