//! What the corpus asks of an implementation.

use grantrie::{ChangeSet, Code, PermissionId, Subscriber, SubscriptionLevel};

use super::World;
use crate::{OwnedRequest, Verdict};

/// Which grammar a text is parsed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// A concrete name.
    Name,
    /// A pattern.
    Pattern,
    /// An action's name.
    Action,
}

/// What a subscription resolves to: whether it is enabled, the level that decided, and (where the face says) the rows
/// that decided, ascending.
pub type Resolved = (bool, SubscriptionLevel, Option<Vec<Subscriber>>);

/// A face of the engine: the library, the model, a process, a binding. What it does not offer it answers with `None`;
/// such cases are counted as unsupported.
pub trait Face {
    /// Takes this world in place of what was there. False if the face cannot hold it (a setting it does not have):
    /// the cases that need it are unsupported then.
    fn load(&mut self, world: &World) -> bool;

    /// Decides a request, with the reason.
    fn check(&mut self, _request: &OwnedRequest) -> Option<Verdict> {
        None
    }

    /// Decides a request, yes or no. Asked besides [`check`](Self::check); the two must agree.
    fn is_allowed(&mut self, request: &OwnedRequest) -> Option<bool> {
        self.check(request).map(|verdict| verdict.allowed)
    }

    /// Whether a pattern matches a name.
    fn matches(&mut self, _pattern: &str, _irn: &str) -> Option<bool> {
        None
    }

    /// Whether pattern `a` covers pattern `b`.
    fn covers(&mut self, _a: &str, _b: &str) -> Option<bool> {
        None
    }

    /// Whether two patterns overlap.
    fn overlaps(&mut self, _a: &str, _b: &str) -> Option<bool> {
        None
    }

    /// Parses a text: fine, or why not and at which byte (where the face says).
    fn parse(&mut self, _grammar: Grammar, _text: &str) -> Option<Result<(), (Code, Option<usize>)>> {
        None
    }

    /// Resolves a user's subscription, with named groups or those of the directory.
    fn resolve(&mut self, _project: &str, _user: &str, _groups: Option<&[&str]>) -> Option<Resolved> {
        None
    }

    /// Lists the permissions that cover a text, or that it covers (`pattern_match`); in any order.
    fn lookup(&mut self, _namespace: &str, _irn: &str, _pattern_match: bool) -> Option<Vec<PermissionId>> {
        None
    }

    /// All subscription rows of a project, in any order.
    fn rows(&mut self, _project: &str) -> Option<Vec<(Subscriber, bool)>> {
        None
    }

    /// Applies a change set to what is there: how many audit entries it left, or the codes of all problems.
    fn change(&mut self, _changes: &ChangeSet) -> Option<Result<usize, Vec<Code>>> {
        None
    }
}
