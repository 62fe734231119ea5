//! Documents: the world file, the change file, permissions in wire form, requests as JSON lines, and answers.
//!
//! A document comes in as bytes and leaves as the plain data types of [`model`](crate::model): a world or a change file
//! as a [`ChangeSet`](crate::ChangeSet) for [`Engine::apply`](crate::Engine::apply), a request as what
//! [`Engine::check`](crate::Engine::check) is asked. Read from the bottom: `lexer` knows JSON and positions, `document`
//! knows values and problems, and the others know one format each.
//!
//! What must hold: no input panics, recurses or takes more memory than what it means; every problem is reported with
//! its place, not the first only; what is unknown, repeated or missing is refused, never guessed. Deliberately not
//! here: whether changes fit each other and the engine (`apply` judges that), and opening files.

mod answer_json;
mod change;
mod change_json;
mod document;
mod lexer;
mod permission;
mod places;
mod plain;
mod request;
mod world;
mod world_json;

#[cfg(test)]
mod change_tests;
#[cfg(test)]
mod plain_tests;
#[cfg(test)]
mod tests;

pub use answer_json::{decision_json, explanation_json, permissions_json, resolution_json, subscriptions_json};
pub use change::{read_changes, read_changes_with_places};
pub use change_json::changes_json;
pub use permission::{PermissionDocument, permission_json, read_permission};
pub use places::Places;
pub use request::{RequestDocument, read_attributes};
pub(crate) use world::{Taker, stream_world};
pub use world::{read_world, read_world_with_places};
pub(crate) use world_json::write_world;
