//! What is answered, with the vendor's names (`HasPerssion` is one).

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// A request that was done
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = QuickBiAnswer)]
pub(super) struct Answer {
    pub(super) request_id: String,
    pub(super) success: bool,
    pub(super) result: Outcome,
}

/// What each call answers
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Outcome {
    /// SmartqAuthorize: what was not done
    Failures(Vec<Failure>),
    /// QuerySmartqPermissionByCubeId
    Cube(CubePermission),
    /// QueryLlmCubeWithThemeListByUserId
    Holdings(Holdings),
    /// SmartqAuthTransfer, QueryDatasetSmartqStatus
    Flag(bool),
}

/// A user and a resource for which nothing was done
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Failure {
    pub(super) user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) llm_cube: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) llm_cube_theme: Option<String>,
    /// An addition: the vendor's failures name no dataset
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cube_id: Option<String>,
    pub(super) detail_message: String,
}

/// Whether a user may query a dataset
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CubePermission {
    pub(super) cube_id: String,
    /// The id: this server knows no names of datasets
    pub(super) cube_name: String,
    /// The vendor's spelling
    pub(super) has_perssion: bool,
}

/// What a user may query: ids, and names, which are ids here
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Holdings {
    pub(super) cube_ids: BTreeMap<String, String>,
    pub(super) theme_ids: BTreeMap<String, String>,
}
