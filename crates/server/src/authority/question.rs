//! A question with texts of its own, whose subject may be a group.
//!
//! The engine is asked for users and for profiles alone. A group is asked for as a user that nobody can name, in exactly this group, the
//! groups above it and the profiles attached to them: what is granted to them is what the group holds, and nothing else is. A group has no
//! user, so it passes no gate.

use std::collections::BTreeSet;

use grantrie::{
    Attributes, BatchError, Decision, InvalidRequest, Principal, PrincipalKind, Reason, Request, RequestField,
    Snapshot, Subject, SubscriptionLevel, Timestamp,
};
use uuid::Uuid;

/// May this principal do this here?
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) namespace: String,
    pub(crate) subject: Principal,
    /// A user's groups and profiles, if they are named; else the directory knows them. Of others it does not count.
    pub(crate) named: Option<Named>,
    pub(crate) action: String,
    pub(crate) irn: String,
    pub(crate) project: Option<String>,
    /// The resource's attributes: none known, or known (and perhaps empty).
    pub(crate) attributes: Option<Attributes>,
    /// The instant to judge; now, if absent.
    pub(crate) at: Option<Timestamp>,
}

/// Ids of groups and profiles.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Named {
    pub(crate) groups: Vec<String>,
    pub(crate) permprofiles: Vec<String>,
}

/// Who asks for groups: an id that no grant can name, because nobody is told it.
pub(super) struct Stranger(String);

impl Stranger {
    pub(super) fn new() -> Self {
        Self(Uuid::new_v4().to_string())
    }
}

/// Decides all on one snapshot.
pub(super) fn decide(
    snapshot: &Snapshot,
    stranger: &Stranger,
    questions: &[Question],
) -> Result<Vec<Decision>, BatchError> {
    let above: Vec<Option<Named>> = questions.iter().map(|question| above(snapshot, &question.subject)).collect();
    let named: Vec<Option<(Vec<&str>, Vec<&str>)>> = questions
        .iter()
        .zip(&above)
        .map(|(question, above)| above.as_ref().or(question.named.as_ref()).map(Named::borrowed))
        .collect();
    let requests: Vec<Request<'_>> =
        questions.iter().zip(&named).map(|(question, named)| question.request(stranger, named.as_ref())).collect();
    let mut decisions = Vec::with_capacity(requests.len());
    snapshot.check_many(&requests, &mut decisions)?;
    for (decision, question) in decisions.iter_mut().zip(questions) {
        if question.subject.kind == PrincipalKind::UserGroup {
            decision.reason = as_of_group(decision.reason);
        }
    }
    Ok(decisions)
}

/// A group with all above it, and the profiles attached to any of them.
fn above(snapshot: &Snapshot, subject: &Principal) -> Option<Named> {
    if subject.kind != PrincipalKind::UserGroup {
        return None;
    }
    let (mut seen, mut waiting) = (BTreeSet::from([subject.clone()]), vec![subject.clone()]);
    while let Some(next) = waiting.pop() {
        for principal in snapshot.memberships(&next) {
            if seen.insert(principal.clone()) {
                waiting.push(principal);
            }
        }
    }
    let (groups, permprofiles): (Vec<_>, Vec<_>) =
        seen.into_iter().partition(|principal| principal.kind == PrincipalKind::UserGroup);
    let ids = |principals: Vec<Principal>| principals.into_iter().map(|principal| principal.id).collect();
    Some(Named { groups: ids(groups), permprofiles: ids(permprofiles) })
}

/// A reason, said of a group rather than of the stranger in it.
const fn as_of_group(reason: Reason) -> Reason {
    match reason {
        Reason::NotSubscribed(_) => Reason::NotSubscribed(SubscriptionLevel::NoUser),
        Reason::Invalid(InvalidRequest { field: RequestField::Group, error }) => {
            Reason::Invalid(InvalidRequest { field: RequestField::Subject, error })
        }
        reason => reason,
    }
}

impl Named {
    fn borrowed(&self) -> (Vec<&str>, Vec<&str>) {
        (self.groups.iter().map(String::as_str).collect(), self.permprofiles.iter().map(String::as_str).collect())
    }
}

impl Question {
    fn request<'a>(&'a self, stranger: &'a Stranger, named: Option<&'a (Vec<&'a str>, Vec<&'a str>)>) -> Request<'a> {
        let id = self.subject.id.as_str();
        let subject = match (self.subject.kind, named) {
            (PrincipalKind::PermProfile, _) => Subject::permprofile(id),
            (PrincipalKind::User, None) => Subject::user(id),
            (PrincipalKind::User, Some((groups, permprofiles))) => Subject::user_with(id, groups, permprofiles),
            (PrincipalKind::UserGroup, named) => {
                let (groups, permprofiles): (&[_], &[_]) =
                    named.map_or((&[], &[]), |(groups, profiles)| (groups, profiles));
                Subject::user_with(&stranger.0, groups, permprofiles)
            }
        };
        let is_group = self.subject.kind == PrincipalKind::UserGroup;
        Request {
            // Named, the project's own row would count.
            project: self.project.as_deref().filter(|_| !is_group),
            attributes: self.attributes.as_ref(),
            at: self.at,
            ..Request::new(&self.namespace, subject, &self.action, &self.irn)
        }
    }
}

#[cfg(test)]
mod tests {
    use grantrie::Engine;

    use super::*;

    fn world() -> Engine {
        let grant = |kind: &str, id: &str, action: &str| {
            format!(
                r#"{{"_namespace":"ns","_user":{{"_type":"{kind}","_id":"{id}"}},"_resourceDesc":{{"_irn":"aisvc:agent:*"}},"_actions":["{action}"]}}"#
            )
        };
        let permissions =
            [grant("usergroup", "top", "READ"), grant("permprofile", "p", "RUN"), grant("user", "ann", "EDIT")]
                .join(",");
        let world = format!(
            r#"{{"permissions":[{permissions}],"gates":["gated"],"directory":{{
                "usergroups":[{{"group_id":"low","groups":["top"]}},{{"group_id":"top","permprofiles":["p"]}}],
                "users":[{{"user_id":"ann","groups":["low"]}}]}}}}"#
        );
        let engine = Engine::new();
        engine.load(world.as_bytes()).unwrap();
        engine
    }

    fn ask(subject: Principal, action: &str) -> Decision {
        let (namespace, irn) = ("ns".to_owned(), "aisvc:agent:7".to_owned());
        let question = Question {
            namespace,
            subject,
            named: None,
            action: action.to_owned(),
            irn,
            project: None,
            attributes: None,
            at: None,
        };
        decide(&world().snapshot(), &Stranger::new(), &[question]).unwrap().remove(0)
    }

    #[test]
    fn a_group_holds_what_it_and_those_above_it_were_granted() {
        assert!(ask(Principal::group("low"), "READ").allowed);
        assert!(ask(Principal::group("low"), "RUN").allowed, "by a profile of the group above");
        assert!(!ask(Principal::group("low"), "EDIT").allowed, "not what a user in it holds");
        assert!(!ask(Principal::group("other"), "READ").allowed);
        assert!(!ask(Principal::profile("p"), "READ").allowed && ask(Principal::profile("p"), "RUN").allowed);
        assert!(ask(Principal::user("ann"), "READ").allowed);
    }

    #[test]
    fn a_group_that_can_be_none_is_said_to_be_the_subject() {
        let Reason::Invalid(invalid) = ask(Principal::group(""), "READ").reason else { panic!("an empty id") };
        assert_eq!(invalid.field, RequestField::Subject);
    }
}
