//! What engine and snapshot both answer, on a version that one of them found.

use std::collections::BTreeSet;

use crate::decide::{self, Caller, Explanation, NotShareable, PreparedSubject, Question, View};
use crate::error::Code;
use crate::index::Sought;
use crate::model::{
    Decision, GroupRecord, InvalidRequest, Memberships, Permission, PermissionDraft, PermissionId, Principal,
    PrincipalKind, Request, RequestField, Subject, UserRecord, check_id,
};
use crate::subscription::Resolution;

/// Why a batch was not decided: it has more items than [`Limits::batch_items`](crate::Limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{items} items in one batch, at most {most} (see Limits::batch_items) [{} {}]", self.code().number(), self.code())]
pub struct BatchError {
    /// How many items there were.
    pub items: usize,
    /// How many are allowed.
    pub most: usize,
}

impl BatchError {
    /// [`Code::BatchTooLarge`].
    #[must_use]
    pub const fn code(&self) -> Code {
        Code::BatchTooLarge
    }
}

/// What engine and snapshot both answer.
impl View<'_> {
    #[inline(always)]
    pub(super) fn is_allowed(self, request: &Request<'_>) -> bool {
        decide::is_allowed(self, request)
    }

    pub(super) fn check(self, request: &Request<'_>) -> Decision {
        decide::check(self, request, &mut self.now(request.at))
    }

    pub(super) fn explain(self, request: &Request<'_>) -> Explanation {
        decide::explain(self, request, &mut self.now(request.at))
    }

    pub(super) fn check_many(self, requests: &[Request<'_>], answers: &mut Vec<Decision>) -> Result<(), BatchError> {
        self.begin_batch(requests.len(), answers)?;
        let mut clock = self.now(None);
        answers.extend(requests.iter().map(|request| match request.at {
            Some(_) => self.check(request),
            None => decide::check(self, request, &mut clock),
        }));
        Ok(())
    }

    pub(super) fn check_many_for(
        self,
        subject: &PreparedSubject,
        questions: &[Question<'_>],
        answers: &mut Vec<Decision>,
    ) -> Result<(), BatchError> {
        self.begin_batch(questions.len(), answers)?;
        subject.check_many(self, questions, answers);
        Ok(())
    }

    pub(super) fn are_allowed_for<'q>(
        self,
        subject: &PreparedSubject,
        questions: impl ExactSizeIterator<Item = Question<'q>>,
        answers: &mut Vec<bool>,
    ) -> Result<(), BatchError> {
        self.begin_batch(questions.len(), answers)?;
        subject.are_allowed(self, questions, answers);
        Ok(())
    }

    fn begin_batch<T>(self, items: usize, answers: &mut Vec<T>) -> Result<(), BatchError> {
        answers.clear();
        let most = self.settings.limits.batch_items;
        if items > most { Err(BatchError { items, most }) } else { Ok(()) }
    }

    pub(super) fn permission(self, id: PermissionId) -> Option<Permission> {
        self.world.permission(self.world.find_grant(id)?)
    }

    pub(super) fn same_permission(self, draft: &PermissionDraft) -> Option<Permission> {
        let hashed = self.world.hashed(draft.view());
        let place = self.world.find_place(&hashed)?;
        self.world.permission(self.world.find_same(&place, &hashed.draft)?)
    }

    pub(super) fn may_share(self, subject: &Subject<'_>, draft: &PermissionDraft) -> Result<(), NotShareable> {
        decide::may_share(self, subject, draft, &mut self.now(None))
    }

    /// The principals whose permissions are the subject's, itself among them if anything is known of it; sorted.
    pub(super) fn principals(self, subject: &Subject<'_>) -> Result<Vec<Principal>, InvalidRequest> {
        // No caller is without a namespace; whose permissions count does not depend on it.
        let caller = Caller::find(self, "-", subject, None)?;
        let mut found = BTreeSet::new();
        caller.visit_principals(self.world, Sought::ANY, |number, _| found.extend(self.world.principal(number)));
        Ok(found.into_iter().collect())
    }

    pub(super) fn memberships(self, principal: &Principal) -> Vec<Principal> {
        self.neighbours(principal, |number| self.world.memberships(number).collect())
    }

    pub(super) fn members(self, principal: &Principal) -> Vec<Principal> {
        self.neighbours(principal, |number| {
            let node = self.world.principals.get(number);
            node.into_iter().flat_map(|node| node.users.iter().chain(node.more().subgroups.iter())).collect()
        })
    }

    fn neighbours(self, principal: &Principal, numbers: impl FnOnce(u32) -> Vec<u32>) -> Vec<Principal> {
        let number = self.world.find_principal(principal.kind, &principal.id);
        let numbers = number.map(numbers).unwrap_or_default();
        let mut found: Vec<Principal> = numbers.into_iter().filter_map(|number| self.world.principal(number)).collect();
        found.sort_unstable();
        found
    }

    pub(super) fn user(self, id: &str) -> Option<UserRecord> {
        self.world.user_record(self.world.find_principal(PrincipalKind::User, id)?)
    }

    pub(super) fn group(self, id: &str) -> Option<GroupRecord> {
        self.world.group_record(self.world.find_principal(PrincipalKind::UserGroup, id)?)
    }

    pub(super) fn lists_users(self) -> bool {
        let listed = |number: &u32| self.world.principals.get(*number).is_some_and(|node| node.listing.is_some());
        let user = |number: &u32| self.world.kind_of(*number) == Some(PrincipalKind::User);
        self.world.principals.numbers().any(|number| user(&number) && listed(&number))
    }

    pub(super) fn resolve_subscription(
        self,
        project: &str,
        user: &str,
        memberships: Memberships<'_>,
    ) -> Result<Resolution, InvalidRequest> {
        let check = |field, id: &str| check_id(id).map_err(|error| InvalidRequest { field, error });
        check(RequestField::Project, project)?;
        check(RequestField::Subject, user)?;
        if let Memberships::Named { groups, .. } = memberships {
            groups.iter().try_for_each(|id| check(RequestField::Group, id))?;
        }
        Ok(self.world.resolve(project, user, memberships))
    }
}
