//! A subject whose names were looked up once.

use super::{Ask, Caller, Now, View, answer, invalid_answer, is_answer_allowed};
use crate::model::{
    Attributes, Decision, InvalidRequest, Memberships, PrincipalKind, RequestField, Subject, Timestamp, check_id,
};
use crate::world::{World, principal_room};

use super::caller::Members;
use super::known::Known;

/// A subject in a namespace, prepared for many checks: its names are validated and looked up once.
///
/// Every check reads the newest snapshot (or the one it is asked on): grants and memberships that changed since are
/// never missed. Another engine answers it too, from what it knows itself. Made by
/// [`Engine::prepare`](crate::Engine::prepare), where the example is.
#[derive(Debug, Clone)]
pub struct PreparedSubject {
    namespace: Known,
    principal: Known,
    members: PreparedMembers,
    project: Option<Known>,
}

#[derive(Debug, Clone)]
enum PreparedMembers {
    Alone,
    Directory,
    Named { groups: Box<[Known]>, permprofiles: Box<[Known]> },
}

/// What a prepared subject asks. Borrowed throughout: making one allocates nothing.
///
/// ```
/// use grantrie::{Attributes, Question};
/// let attributes = Attributes::from([("stage".to_owned(), "draft".into()), ("pages".to_owned(), 7_i64.into())]);
/// let at = "2026-11-22T09:30:00Z".parse()?;
/// let question = Question::new("EDIT", "aisvc:agent:7").with_attributes(&attributes).at(at);
/// assert_eq!(question.at, Some(at));
/// # Ok::<(), grantrie::InvalidTimestamp>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question<'a> {
    /// What for: an action's name.
    pub action: &'a str,
    /// On what: a concrete name.
    pub irn: &'a str,
    /// The resource's attributes: none known, or known (and perhaps empty).
    pub attributes: Option<&'a Attributes>,
    /// The instant to judge; the engine's clock if absent.
    pub at: Option<Timestamp>,
}

impl<'a> Question<'a> {
    /// A question without attributes, judged now.
    #[must_use]
    pub const fn new(action: &'a str, irn: &'a str) -> Self {
        Self { action, irn, attributes: None, at: None }
    }

    /// The same question for a resource with these attributes.
    #[must_use]
    pub const fn with_attributes(mut self, attributes: &'a Attributes) -> Self {
        self.attributes = Some(attributes);
        self
    }

    /// The same question at this instant.
    #[must_use]
    pub const fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }
}

impl PreparedSubject {
    pub(crate) fn look_up(
        view: View<'_>,
        namespace: &str,
        subject: &Subject<'_>,
        project: Option<&str>,
    ) -> Result<Self, InvalidRequest> {
        // The same road as a request's, for the same errors.
        Caller::find(view, namespace, subject, project)?;
        if let Some(project) = project {
            check_id(project).map_err(|error| InvalidRequest { field: RequestField::Project, error })?;
        }
        let world = view.world;
        let known = |kind, id: &str| Known::look_up(&world.principals, principal_room(kind), id);
        let all = |kind, ids: &[&str]| ids.iter().map(|id| known(kind, id)).collect();
        let (principal, members) = match *subject {
            Subject::PermProfile { id } => (known(PrincipalKind::PermProfile, id), PreparedMembers::Alone),
            Subject::User { id, memberships } => {
                let members = match memberships {
                    Memberships::Directory => PreparedMembers::Directory,
                    Memberships::Named { groups, permprofiles } => PreparedMembers::Named {
                        groups: all(PrincipalKind::UserGroup, groups),
                        permprofiles: all(PrincipalKind::PermProfile, permprofiles),
                    },
                };
                (known(PrincipalKind::User, id), members)
            }
        };
        Ok(Self {
            namespace: Known::look_up(&world.namespaces, 0, namespace),
            principal,
            members,
            project: project.map(|project| Known::look_up(&world.projects, 0, project)),
        })
    }

    fn caller(&self, world: &World) -> Caller<'_> {
        Caller {
            namespace: self.namespace.find(&world.namespaces),
            project: self.project.as_ref().map(|project| project.find(&world.projects)),
            principal: self.principal.find(&world.principals),
            members: match &self.members {
                PreparedMembers::Alone => Members::Alone,
                PreparedMembers::Directory => Members::Directory,
                PreparedMembers::Named { groups, permprofiles } => Members::Known { groups, permprofiles },
            },
        }
    }

    pub(crate) fn check(&self, view: View<'_>, question: &Question<'_>) -> Decision {
        self.answer(view, &self.caller(view.world), question)
    }

    fn answer(&self, view: View<'_>, caller: &Caller<'_>, question: &Question<'_>) -> Decision {
        match Ask::new(view.world, question.action, question.irn, question.attributes) {
            Ok(ask) => answer(view, caller, &ask, &mut Now::new(question.at, view.clock)),
            Err(invalid) => invalid_answer(view, invalid),
        }
    }

    pub(crate) fn is_allowed(&self, view: View<'_>, question: &Question<'_>) -> bool {
        Ask::new(view.world, question.action, question.irn, question.attributes).is_ok_and(|ask| {
            let now = &mut Now::new(question.at, view.clock);
            is_answer_allowed(view, &self.caller(view.world), &ask, now)
        })
    }

    /// Fills `answers` with one decision for each question, in order.
    pub(crate) fn check_many(&self, view: View<'_>, questions: &[Question<'_>], answers: &mut Vec<Decision>) {
        let caller = self.caller(view.world);
        answers.extend(questions.iter().map(|question| self.answer(view, &caller, question)));
    }
}
