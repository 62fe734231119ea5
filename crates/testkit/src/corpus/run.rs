//! Puts the cases to a face, counts them and collects what is answered otherwise.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};

use grantrie::{Code, PermissionId};

use super::format::{Cases, ChangeCase, CheckCase, LookupCase, ParseCase, RelationCase, ResolveCase, RowsCase};
use super::world::{attributes, expand, instant, subscriber};
use super::{CorpusFile, Face, Grammar, World};
use crate::request::intern;
use crate::{OwnedRequest, OwnedSubject, Verdict, Why};

/// How many cases of a kind there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Answered as they must be.
    pub passed: usize,
    /// Answered otherwise.
    pub failed: usize,
    /// Not offered by the face.
    pub unsupported: usize,
}

/// A case that was answered otherwise.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The file.
    pub file: String,
    /// The case.
    pub case: String,
    /// What was expected and what was answered.
    pub message: String,
}

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Cases by kind.
    pub counts: BTreeMap<&'static str, Count>,
    /// Cases that were answered otherwise.
    pub failures: Vec<Failure>,
}

/// What came of one case: `None` if the face does not offer it, else what was wrong.
type Answered = Option<Result<(), String>>;

/// Puts every case of the files to a face.
pub fn run(files: &[CorpusFile], face: &mut dyn Face) -> Report {
    let mut report = Report::default();
    for file in files {
        let loaded = face.load(&file.world);
        let mut note = |kind: &'static str, case: &str, answered: Answered| {
            let count = report.counts.entry(kind).or_default();
            let is_text_only = matches!(kind, "pattern" | "relation" | "parse");
            match answered.filter(|_| loaded || is_text_only) {
                None => count.unsupported += 1,
                Some(Ok(())) => count.passed += 1,
                Some(Err(message)) => {
                    count.failed += 1;
                    report.failures.push(Failure { file: file.name.clone(), case: case.to_owned(), message });
                }
            }
        };
        questions(&file.cases, &file.world, face, &mut note);
        for case in &file.cases.change {
            let answered = if face.load(&file.world) { change(case, &file.world, face) } else { None };
            note("change", &case.name, answered);
        }
    }
    report
}

/// All cases but changes.
fn questions(cases: &Cases, world: &World, face: &mut dyn Face, note: &mut dyn FnMut(&'static str, &str, Answered)) {
    for case in &cases.check {
        note("check", &case.name, check(case, world, face));
    }
    for case in &cases.pattern {
        let answer = face.matches(&expand(&case.pattern), &expand(&case.irn));
        note("pattern", &case.name, answer.map(|answer| same("matches", &case.matches, &answer)));
    }
    for case in &cases.relation {
        note("relation", &case.name, relation(case, face));
    }
    for case in &cases.parse {
        note("parse", &case.name, parse(case, face));
    }
    for case in &cases.resolve {
        note("resolve", &case.name, resolve(case, face));
    }
    for case in &cases.lookup {
        note("lookup", &case.name, lookup(case, world, face));
    }
    for case in &cases.rows {
        note("rows", &case.name, rows(case, face));
    }
}

fn check(case: &CheckCase, world: &World, face: &mut dyn Face) -> Answered {
    let (request, expected) = match request(case).and_then(|request| Ok((request, verdict(case, world)?))) {
        Ok(both) => both,
        Err(error) => return Some(Err(error)),
    };
    let allowed = face.is_allowed(&request);
    let answer = face.check(&request).map(|answer| Verdict { reason: unlabelled(answer.reason, world), ..answer });
    let boolean = allowed.map(|allowed| same("allowed", &expected.allowed, &allowed));
    match (boolean, answer) {
        (Some(Err(wrong)), _) => Some(Err(wrong)),
        (boolean, None) => boolean,
        (_, Some(answer)) => Some(same("verdict", &expected, &answer)),
    }
}

/// Permissions that a case adds have ids that no case can know: they are all called `new`.
fn unlabelled(reason: Why, world: &World) -> Why {
    let known = |id: PermissionId| if world.labels.values().any(|known| *known == id) { id } else { world.id("new") };
    match reason {
        Why::Granted(id) => Why::Granted(known(id)),
        Why::Denied(id) => Why::Denied(known(id)),
        other => other,
    }
}

fn request(case: &CheckCase) -> Result<OwnedRequest, String> {
    let names = |ids: &Option<Vec<String>>| -> Vec<&'static str> {
        ids.iter().flatten().map(|id| intern(&expand(id))).collect()
    };
    let (groups, permprofiles) = (names(&case.groups), names(&case.permprofiles));
    let subject = match (&case.user, &case.groups, &case.permprofiles) {
        (Some(id), None, None) => OwnedSubject::User(expand(id)),
        (Some(id), ..) => OwnedSubject::Named { id: expand(id), groups, permprofiles },
        (None, None, Some(_)) if permprofiles.len() == 1 => OwnedSubject::PermProfile(permprofiles[0].to_owned()),
        _ => return Err("a case needs a user or exactly one profile".to_owned()),
    };
    Ok(OwnedRequest {
        namespace: expand(&case.namespace),
        subject,
        action: expand(&case.action),
        irn: expand(&case.irn),
        project: case.project.as_deref().map(expand),
        attributes: case.attributes.as_ref().map(attributes).transpose()?,
        at: Some(instant(case.at.as_deref().unwrap_or("2026-01-01T00:00:00Z"))?),
    })
}

fn verdict(case: &CheckCase, world: &World) -> Result<Verdict, String> {
    let by = match case.by.as_deref() {
        Some(label) if label != "new" && !world.labels.contains_key(label) => {
            return Err(format!("no label `{label}`"));
        }
        by => by.map(|label| world.id(label).to_string()),
    };
    let reason = Why::from_texts(&case.reason, by.as_deref(), case.level.as_deref(), case.field.as_deref());
    let until = case.valid_until.as_deref().map(instant).transpose()?;
    Ok(Verdict::new(reason.ok_or_else(|| format!("reason `{}` is incomplete", case.reason))?, until))
}

fn relation(case: &RelationCase, face: &mut dyn Face) -> Answered {
    let (a, b) = (expand(&case.a), expand(&case.b));
    let covers = face.covers(&a, &b)?;
    let overlaps = (face.overlaps(&a, &b)?, face.overlaps(&b, &a)?);
    let expected = (case.covers, (case.overlaps, case.overlaps));
    Some(same("(covers, overlaps in both orders)", &expected, &(covers, overlaps)))
}

fn parse(case: &ParseCase, face: &mut dyn Face) -> Answered {
    let grammar = match case.grammar.as_str() {
        "name" => Grammar::Name,
        "pattern" => Grammar::Pattern,
        "action" => Grammar::Action,
        other => return Some(Err(format!("grammar `{other}`"))),
    };
    let answer = face.parse(grammar, &expand(&case.text))?;
    let told = answer.err().map(|(code, offset)| (code.name(), offset.filter(|_| case.offset.is_some())));
    let says_no_offset = told.is_some_and(|(_, offset)| offset.is_none());
    let expected = case.error.as_deref().map(|code| (code, case.offset.filter(|_| !says_no_offset)));
    Some(same("parse error", &expected, &told))
}

fn resolve(case: &ResolveCase, face: &mut dyn Face) -> Answered {
    let groups: Option<Vec<&str>> = case.groups.as_ref().map(|ids| ids.iter().map(String::as_str).collect());
    let (enabled, level, rows) = face.resolve(&case.project, &case.user, groups.as_deref())?;
    let mut told = rows;
    if let Some(rows) = &mut told {
        rows.sort();
    }
    let expected: Result<Vec<_>, String> = case.rows.iter().map(|who| subscriber(who)).collect();
    Some(expected.and_then(|mut expected| {
        expected.sort();
        let expected = told.is_some().then_some(expected);
        same("subscription", &(case.enabled, case.level.as_str(), expected), &(enabled, level.as_str(), told))
    }))
}

fn lookup(case: &LookupCase, world: &World, face: &mut dyn Face) -> Answered {
    if let Some(label) = case.labels.iter().find(|label| !world.labels.contains_key(*label)) {
        return Some(Err(format!("no label `{label}`")));
    }
    let mut answer = face.lookup(&case.namespace, &expand(&case.irn), case.pattern_match)?;
    answer.sort();
    let mut expected: Vec<_> = case.labels.iter().map(|label| world.id(label)).collect();
    expected.sort();
    Some(same("permissions", &expected, &answer))
}

fn rows(case: &RowsCase, face: &mut dyn Face) -> Answered {
    let mut answer = face.rows(&case.project)?;
    answer.sort();
    let expected: Result<Vec<_>, String> =
        case.rows.iter().map(|(who, enabled)| Ok((subscriber(who)?, *enabled))).collect();
    Some(expected.and_then(|mut expected| {
        expected.sort();
        same("rows", &expected, &answer)
    }))
}

fn change(case: &ChangeCase, world: &World, face: &mut dyn Face) -> Answered {
    let (first, changes) = match (world.change_set(&case.first), world.change_set(&case.changes)) {
        (Ok(first), Ok(changes)) => (first, changes),
        (Err(error), _) | (_, Err(error)) => return Some(Err(error)),
    };
    if !first.changes.is_empty()
        && let Err(codes) = face.change(&first)?
    {
        return Some(Err(format!("the first change set is refused: {codes:?}")));
    }
    let answer = face.change(&changes)?;
    let effects = answer.as_ref().ok().copied();
    let mut told: Vec<&str> = answer.err().into_iter().flatten().map(Code::name).collect();
    told.sort_unstable();
    let mut expected: Vec<&str> = case.errors.iter().map(String::as_str).collect();
    expected.sort_unstable();
    if let Err(wrong) = same("errors", &expected, &told) {
        return Some(Err(wrong));
    }
    if let (Some(expected), Some(effects)) = (case.effects, effects)
        && let Err(wrong) = same("effects", &expected, &effects)
    {
        return Some(Err(wrong));
    }
    let (mut wrong, mut unanswered) = (Vec::new(), false);
    questions(&case.then, world, face, &mut |_, name, answered| match answered {
        None => unanswered = true,
        Some(Ok(())) => {}
        Some(Err(message)) => wrong.push(format!("then {name}: {message}")),
    });
    if unanswered && wrong.is_empty() {
        return None;
    }
    Some(if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) })
}

fn same<T: PartialEq + Debug + ?Sized>(what: &str, expected: &T, answer: &T) -> Result<(), String> {
    if expected == answer { Ok(()) } else { Err(format!("{what}: expected {expected:?}, answered {answer:?}")) }
}

impl Report {
    /// Cases of all kinds that the face answered.
    #[must_use]
    pub fn answered(&self) -> usize {
        self.counts.values().map(|count| count.passed + count.failed).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, Count { passed, failed, unsupported }) in &self.counts {
            writeln!(f, "{kind}: {passed} passed, {failed} failed, {unsupported} not supported")?;
        }
        for Failure { file, case, message } in &self.failures {
            writeln!(f, "{file}: {case}\n  {message}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{ModelFace, parse as parse_file};

    /// A run that cannot fail proves nothing: each kind of case, once right and once wrong.
    #[test]
    fn wrong_cases_fail() {
        let text = r#"
            about = "each kind, right and wrong"
            [world]
            permissions = [
              { label = "one", principal = "user:u", pattern = "a:b:*", actions = ["READ"] },
              { label = "two", principal = "user:u", pattern = "a:b:c", actions = ["READ"] },
            ]
            subscriptions = [{ project = "p", who = "project", enabled = true }]
            [cases]
            check = [
              { name = "right", user = "u", action = "READ", irn = "a:b:c", reason = "granted", by = "one" },
              { name = "reason", user = "u", action = "READ", irn = "a:b:c", reason = "no_grant" },
              { name = "label", user = "u", action = "READ", irn = "a:b:c", reason = "granted", by = "two" },
              { name = "no such label", user = "u", action = "READ", irn = "a:b:c", reason = "granted", by = "three" },
              { name = "until", user = "u", action = "READ", irn = "a:b:c", reason = "granted", by = "one", valid_until = "2030-01-01T00:00:00Z" },
            ]
            pattern = [
              { name = "right", pattern = "a:b:*", irn = "a:b:c", matches = true },
              { name = "wrong", pattern = "a:b:*", irn = "a:b:c", matches = false },
            ]
            relation = [
              { name = "right", a = "a:b:*", b = "a:b:c", covers = true, overlaps = true },
              { name = "covers", a = "a:b:*", b = "a:b:c", covers = false, overlaps = true },
              { name = "overlaps", a = "a:b:*", b = "a:b:c", covers = true, overlaps = false },
            ]
            parse = [
              { name = "right", as = "name", text = "a:b", error = "too_few_segments", offset = 3 },
              { name = "fine", as = "name", text = "a:b" },
              { name = "not fine", as = "name", text = "a:b:c", error = "too_few_segments" },
              { name = "code", as = "name", text = "a:b", error = "empty_segment" },
              { name = "offset", as = "name", text = "a:b", error = "too_few_segments", offset = 2 },
            ]
            resolve = [
              { name = "right", project = "p", user = "u", enabled = true, level = "project", rows = ["project"] },
              { name = "level", project = "p", user = "u", enabled = true, level = "user", rows = ["project"] },
              { name = "rows", project = "p", user = "u", enabled = true, level = "project" },
            ]
            lookup = [
              { name = "right", irn = "a:b:c", labels = ["two", "one"] },
              { name = "labels", irn = "a:b:c", labels = ["one"] },
            ]
            rows = [
              { name = "right", project = "p", rows = { project = true } },
              { name = "value", project = "p", rows = { project = false } },
              { name = "more", project = "p", rows = { project = true, "user:u" = true } },
            ]
            change = [
              { name = "right", changes = [{ op = "remove", label = "one" }], effects = 1, then.lookup = [{ name = "two", irn = "a:b:c", labels = ["two"] }] },
              { name = "effects", changes = [{ op = "remove", label = "one" }], effects = 2 },
              { name = "errors", changes = [{ op = "remove", label = "one" }], errors = ["unknown_permission"] },
              { name = "no errors", changes = [{ op = "remove", label = "none" }] },
              { name = "then", changes = [{ op = "remove", label = "one" }], then.lookup = [{ name = "two", irn = "a:b:c", labels = ["one"] }] },
            ]
        "#;
        let file = parse_file("kinds", text).unwrap_or_else(|error| panic!("{error}"));
        let report = run(&[file], &mut ModelFace::default());
        let passed: Vec<usize> = report.counts.values().map(|count| count.passed).collect();
        let failed: Vec<(&str, usize)> = report.counts.iter().map(|(kind, count)| (*kind, count.failed)).collect();
        assert_eq!(passed, [1; 8], "{report}");
        let expected = [
            ("change", 4),
            ("check", 4),
            ("lookup", 1),
            ("parse", 4),
            ("pattern", 1),
            ("relation", 2),
            ("resolve", 2),
            ("rows", 2),
        ];
        assert_eq!(failed, expected, "{report}");
    }

    #[test]
    fn runs_are_written_out() {
        assert_eq!(expand("a<3*xy>b<2*\u{e9}>"), "axyxyxyb\u{e9}\u{e9}");
        assert_eq!(expand("a<b>c<x*y>d<"), "a<b>c<x*y>d<");
    }
}
