//! Where the changes of a document stand in it, for problems that only show when they are applied.

use super::lexer::Place;
use crate::error::Refused;

/// Where the changes of a world file or a change file stand in it.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Line and column of each change.
    places: Vec<(u32, u32)>,
    /// The lists of the file in their order, each with the index of its first change.
    lists: Vec<(&'static str, usize)>,
    /// The operation of each change, where the file names them.
    operations: Vec<&'static str>,
}

impl Places {
    /// A list of the file begins with this change.
    pub(super) fn begin(&mut self, list: &'static str, change: usize) {
        self.lists.push((list, change));
    }

    /// Where the next change stands, and the operation that it is called there.
    pub(super) fn push(&mut self, place: Place, operation: Option<&'static str>) {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        self.places.push((narrow(place.line), narrow(place.column)));
        self.operations.extend(operation);
    }

    pub(super) fn get(&self, change: usize) -> Option<Place> {
        let widen = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        self.places.get(change).map(|&(line, column)| Place { line: widen(line), column: widen(column) })
    }

    /// The list that a change came from, and its index in it.
    pub(super) fn list_of(&self, change: usize) -> Option<(&'static str, usize)> {
        let (list, first) = self.lists.iter().rev().find(|(_, first)| *first <= change)?;
        Some((list, change.checked_sub(*first)?))
    }

    /// The same problems, each that names a change (by its index in the set) said of its list, line and column.
    #[must_use]
    pub fn locate(&self, refused: Refused) -> Refused {
        let unlisted = refused.unlisted();
        let mut problems = refused.into_problems();
        for problem in &mut problems {
            let Some(change) = problem.item.filter(|_| problem.place.is_none()) else { continue };
            let (Some(place), Some((list, index))) = (self.get(change), self.list_of(change)) else { continue };
            problem.place = Some((place.line, place.column));
            problem.item = Some(index);
            let operation = self.operations.get(change).copied();
            let field = operation.map_or(problem.field.as_str(), |operation| key(operation, &problem.field));
            let parts = [operation.unwrap_or_default(), field];
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            problem.field = parts.fold(format!("{list}[{index}]"), |path, part| path + "." + part);
        }
        Refused::new(problems, usize::MAX, unlisted)
    }
}

/// What the file calls a field of a change.
fn key<'a>(operation: &str, field: &'a str) -> &'a str {
    match (operation, field) {
        // The operation's value is the id itself, or belongs to the subscriber as a whole.
        ("remove_permission", _) | (_, "subscriber") => "",
        ("remove_principal", "principal.id") => "_id",
        (_, "namespace") => "_namespace",
        (_, "principal.id") => "_user._id",
        (_, "criteria") => "_resourceDesc._criteria",
        (_, "actions") => "_actions",
        (_, "expires_at") => "_expiresAt",
        (_, "member.id") => "member._id",
        (_, "of.id") => "of._id",
        (_, "project") => "project_id",
        _ => field,
    }
}
