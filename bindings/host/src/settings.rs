//! How a host sets an engine up: by names and numbers.

use grantrie::{Engine, EngineBuilder, GroupConflict, Limits};

use crate::fault::Fault;

/// The settings of an engine. None can be changed later.
#[derive(Debug, Default)]
pub struct Settings {
    limits: Limits,
    conflict: GroupConflict,
}

impl Settings {
    /// Which of several groups' subscription rows wins: `disabled_wins` or `enabled_wins`.
    ///
    /// # Errors
    /// Another text.
    pub fn group_conflict(&mut self, text: &str) -> Result<(), Fault> {
        self.conflict = match text {
            "disabled_wins" => GroupConflict::DisabledWins,
            "enabled_wins" => GroupConflict::EnabledWins,
            _ => {
                let message = format!("`{}`: expected `disabled_wins` or `enabled_wins`", text.escape_debug());
                return Err(Fault::argument("group_conflict", message));
            }
        };
        Ok(())
    }

    /// Sets the limit with this name, a field of [`Limits`].
    ///
    /// # Errors
    /// There is no such limit.
    pub fn limit(&mut self, name: &str, value: usize) -> Result<(), Fault> {
        let limits = &mut self.limits;
        let place = match name {
            "changes_per_set" => &mut limits.changes_per_set,
            "criteria_per_permission" => &mut limits.criteria_per_permission,
            "attribute_bytes" => &mut limits.attribute_bytes,
            "attributes_per_request" => &mut limits.attributes_per_request,
            "memberships_per_principal" => &mut limits.memberships_per_principal,
            "batch_items" => &mut limits.batch_items,
            "explained_permissions" => &mut limits.explained_permissions,
            "reported_problems" => &mut limits.reported_problems,
            "json_depth" => &mut limits.json_depth,
            "json_string_bytes" => &mut limits.json_string_bytes,
            _ => {
                let message = format!("there is no limit `{}`", name.escape_debug());
                return Err(Fault::argument("limits", message));
            }
        };
        *place = value;
        Ok(())
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn builder(&self) -> EngineBuilder {
        Engine::builder().limits(self.limits.clone()).group_conflict(self.conflict)
    }
}
