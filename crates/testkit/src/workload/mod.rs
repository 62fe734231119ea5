//! The workloads by which the engine is measured: an ordinary one, and the shapes that break engines like it.
//!
//! [`Workload`] is a tenant of an AI platform, at any size. A [`Shape`] is a world in which one thing is extreme. Both are
//! made from a seed, and give the changes that make the world, requests that fit it, and changes to make while it answers.
//! [`Reference`] says in plain loops what the answers must be, at sizes at which the [model](crate::model) is too slow.

mod hostile;
mod names;
mod numbers;
mod one_holder;
mod reference;
mod shape;
mod tenant;

use grantrie::{Attributes, Change, Question, Request, Subject, Timestamp};

pub use numbers::Numbers;
pub use reference::Reference;
pub use shape::{Shape, Shaped};
pub use tenant::Workload;

/// One request of a workload.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The namespace.
    pub namespace: String,
    /// The user.
    pub user: String,
    /// The action.
    pub action: &'static str,
    /// The name.
    pub irn: String,
    /// What is known of the resource.
    pub attributes: Option<Attributes>,
    /// The instant to judge.
    pub at: Option<Timestamp>,
}

impl Ask {
    /// With all names as text.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        let request = Request::new(&self.namespace, Subject::user(&self.user), self.action, &self.irn);
        Request { attributes: self.attributes.as_ref(), at: self.at, ..request }
    }

    /// For a prepared subject.
    #[must_use]
    pub fn question(&self) -> Question<'_> {
        let question = Question::new(self.action, &self.irn);
        Question { attributes: self.attributes.as_ref(), at: self.at, ..question }
    }
}

/// A change to make while the world answers, and the one that undoes it.
pub type Edit = [Change; 2];

/// The actions of the workloads.
const ACTIONS: [&str; 5] = ["READ", "CREATE", "EDIT", "DELETE", "RUN"];

fn user_id(index: usize) -> String {
    format!("1f159053-657b-40f4-9897-{index:012x}")
}

fn group_id(index: usize) -> String {
    format!("8885bcc45da1f762015d{index:012x}")
}

fn profile_id(index: usize) -> String {
    format!("profile-{index:08}")
}
