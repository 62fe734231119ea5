//! The command `grantrie` as a face of the corpus: a process for each question.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use grantrie::{ChangeSet, Code, PermissionId, Subscriber};
use serde_json::Value;

use super::host_face::subscriber;
use super::json::attribute_json;
use super::{Face, Grammar, Resolved, World, changes_json, request_json, world_json};
use crate::verdict::LEVELS;
use crate::{OwnedRequest, OwnedSubject, Scratch, Verdict, Why};

/// The command, answering cases. Worlds and changes are files in a directory of its own.
#[derive(Debug)]
pub struct ProcessFace {
    program: PathBuf,
    files: Scratch,
    world: PathBuf,
    /// Change files that were accepted, in order.
    changes: Vec<PathBuf>,
    /// What these had as effects, all in all.
    effects: usize,
    enabled_wins: bool,
}

/// What a process wrote, and its exit status.
struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl ProcessFace {
    /// The command with this binary.
    ///
    /// # Errors
    /// There is no place for files.
    pub fn new(program: &Path) -> std::io::Result<Self> {
        let files = Scratch::new()?;
        let world = files.write("world.json", "{}")?;
        let program = program.to_owned();
        Ok(Self { program, files, world, changes: Vec::new(), effects: 0, enabled_wins: false })
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        self.files.write(name, text).unwrap_or_else(|error| panic!("`{name}` cannot be written: {error}"))
    }

    /// Runs a command that loads no world.
    fn run(&self, arguments: &[OsString], input: &str) -> Ran {
        let fail = |error: &dyn std::fmt::Display| -> ! { panic!("{} {arguments:?}: {error}", self.program.display()) };
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| fail(&error));
        if let Some(mut stdin) = child.stdin.take() {
            // One line at most, so it fits into the pipe; a command that has failed already need not read it.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().unwrap_or_else(|error| fail(&error));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_else(|error| fail(&error));
        let status = output.status.code().unwrap_or_else(|| fail(&"ended by a signal"));
        Ran { status, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a subcommand on the world.
    fn ask(&self, subcommand: &[&str], arguments: &[OsString], input: &str) -> Ran {
        let world = [option("--data", &self.world)].into_iter().chain(self.setting());
        let words = subcommand.iter().map(OsString::from);
        self.run(&words.chain(world).chain(arguments.iter().cloned()).collect::<Vec<_>>(), input)
    }

    fn setting(&self) -> impl Iterator<Item = OsString> {
        let conflict = if self.enabled_wins { "enabled-wins" } else { "disabled-wins" };
        self.changes.iter().map(|file| option("--changes", file)).chain([option("--group-conflict", conflict)])
    }

    /// The answer to one request, as a line of a batch.
    fn answer(&self, request: &str) -> Value {
        self.ask(&["check", "--requests", "-"], &[], request).json(&[0])
    }

    /// Asks about a pattern; `None` if it is none, else what the key says.
    fn relation(&self, pattern: &str, key: &str, other: &str) -> Option<bool> {
        let words = ["pattern", "--json"].map(OsString::from);
        let question = [option(&format!("--{key}"), other), "--".into(), pattern.into()];
        let ran = self.run(&[&words[..], &question].concat(), "");
        let answer = ran.json(&[0, 1, 2]);
        let yes = answer[key].as_bool();
        assert_eq!(ran.status, yes.map_or(2, |yes| i32::from(!yes)), "{answer}");
        // A text that is no name is matched by nothing.
        yes.or_else(|| (answer["error"]["field"] == "matches").then_some(false))
    }
}

impl Ran {
    /// What it wrote, if it ended with one of these.
    fn json(&self, statuses: &[i32]) -> Value {
        let Self { status, out, err } = self;
        assert!(statuses.contains(status), "exit status {status}: {out}{err}");
        serde_json::from_str(out).unwrap_or_else(|error| panic!("{error}: {out}{err}"))
    }
}

impl Face for ProcessFace {
    fn load(&mut self, world: &World) -> bool {
        self.world = self.file("world.json", &world_json(world));
        self.changes.clear();
        self.effects = 0;
        self.enabled_wins = world.enabled_wins;
        true
    }

    fn check(&mut self, request: &OwnedRequest) -> Option<Verdict> {
        let answer = self.answer(&request_json(request));
        let text = |key: &str| answer[key].as_str();
        let field = answer["error"]["field"].as_str();
        let reason = Why::from_texts(text("reason")?, text("permission"), text("decided_by"), field)
            .unwrap_or_else(|| panic!("an incomplete reason: {answer}"));
        let valid_until = text("valid_until").map(|until| until.parse().unwrap_or_else(|_| panic!("{answer}")));
        Some(Verdict { allowed: answer["allowed"].as_bool()?, reason, valid_until })
    }

    /// By options and exit status, where the request can be said in options.
    fn is_allowed(&mut self, request: &OwnedRequest) -> Option<bool> {
        let ran = self.ask(&["check", "--json"], &options(request)?, "");
        let answer = ran.json(&[0, 1, 2]);
        let expected = match (answer["allowed"].as_bool(), answer["reason"].as_str()) {
            (Some(true), Some("granted")) => 0,
            (Some(false), Some("invalid")) => 2,
            _ => 1,
        };
        assert_eq!(ran.status, expected, "{answer}");
        Some(ran.status == 0)
    }

    fn matches(&mut self, pattern: &str, irn: &str) -> Option<bool> {
        self.relation(pattern, "matches", irn)
    }

    fn covers(&mut self, a: &str, b: &str) -> Option<bool> {
        self.relation(a, "covers", b)
    }

    fn overlaps(&mut self, a: &str, b: &str) -> Option<bool> {
        self.relation(a, "overlaps", b)
    }

    fn parse(&mut self, grammar: Grammar, text: &str) -> Option<Result<(), (Code, Option<usize>)>> {
        let request = |action: &str, irn: &str| {
            serde_json::json!({ "namespace": "ns", "user": "u", "action": action, "irn": irn }).to_string()
        };
        let (field, answer) = match grammar {
            Grammar::Name => ("irn", self.answer(&request("READ", text))),
            Grammar::Action => ("action", self.answer(&request(text, "a:b:c"))),
            Grammar::Pattern => {
                let words = ["pattern", "--json", "--", text].map(OsString::from);
                ("pattern", self.run(&words, "").json(&[0, 1]))
            }
        };
        let error = &answer["error"];
        if error.is_null() {
            return Some(Ok(()));
        }
        assert_eq!(error["field"], field, "{answer}");
        let offset = error["offset"].as_u64().and_then(|offset| usize::try_from(offset).ok());
        Some(Err((code(error), offset)))
    }

    fn resolve(&mut self, project: &str, user: &str, groups: Option<&[&str]>) -> Option<Resolved> {
        let mut question = vec![option("--project", project), option("--user", user)];
        question.extend(groups.into_iter().flatten().map(|group| option("--group", group)));
        question.extend(groups.filter(|groups| groups.is_empty()).map(|_| "--no-group".into()));
        let answer = self.ask(&["subscription", "--json"], &question, "").json(&[0]);
        let level = LEVELS.into_iter().find(|level| answer["decided_by"] == level.as_str())?;
        let rows = answer["rows"].as_array()?.iter().map(subscriber).collect();
        Some((answer["ai_func"].as_bool()?, level, Some(rows)))
    }

    fn lookup(&mut self, namespace: &str, irn: &str, pattern_match: bool) -> Option<Vec<PermissionId>> {
        let mut question = vec![option("--namespace", namespace), option("--irn", irn)];
        question.extend(pattern_match.then(|| "--pattern-match".into()));
        let answer = self.ask(&["lookup", "--json"], &question, "").json(&[0]);
        let list = answer["_list"].as_array()?;
        assert_eq!(answer["_total"], list.len(), "{answer}");
        list.iter().map(|permission| permission["_id"].as_str()?.parse().ok()).collect()
    }

    fn rows(&mut self, project: &str) -> Option<Vec<(Subscriber, bool)>> {
        let answer = self.ask(&["subscription", "--json"], &[option("--project", project)], "").json(&[0]);
        let listed = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
        let mut rows: Vec<(Subscriber, bool)> = Vec::new();
        rows.extend(answer["ai_func"].as_bool().map(|enabled| (Subscriber::Project, enabled)));
        for row in listed("groups").iter().chain(&listed("users")) {
            rows.push((subscriber(row), row["ai_func"].as_bool()?));
        }
        Some(rows)
    }

    fn change(&mut self, changes: &ChangeSet) -> Option<Result<usize, Vec<Code>>> {
        let file = self.file(&format!("changes-{}.json", self.changes.len()), &changes_json(changes));
        self.changes.push(file.clone());
        let question: Vec<OsString> = ["validate".into(), "--json".into(), self.world.clone().into()].into();
        let ran = self.run(&question.into_iter().chain(self.setting()).collect::<Vec<_>>(), "");
        let report = ran.json(&[0, 2]);
        assert_eq!(report["valid"], ran.status == 0, "{report}");
        if ran.status == 0 {
            let effects = report["effects"].as_u64().and_then(|effects| usize::try_from(effects).ok())?;
            let before = std::mem::replace(&mut self.effects, effects);
            return Some(Ok(effects - before));
        }
        self.changes.pop();
        assert_eq!(report["file"].as_str().map(Path::new), Some(&*file), "{report}");
        Some(Err(report["problems"].as_array()?.iter().map(code).collect()))
    }
}

/// `--name=value`, so that a value may begin with a hyphen.
fn option(name: &str, value: impl Into<OsString>) -> OsString {
    let mut option = OsString::from(name);
    option.push("=");
    option.push(value.into());
    option
}

/// A request as options; `None` where they cannot say it: no option can hold a NUL, nor an attribute's name a `=`.
fn options(request: &OwnedRequest) -> Option<Vec<OsString>> {
    let OwnedRequest { namespace, action, irn, .. } = request;
    let mut said: Vec<(&str, String)> =
        vec![("--namespace", namespace.clone()), ("--action", action.clone()), ("--irn", irn.clone())];
    let mut flags: Vec<OsString> = Vec::new();
    match &request.subject {
        OwnedSubject::User(id) => said.push(("--user", id.clone())),
        OwnedSubject::PermProfile(id) => said.push(("--permprofile", id.clone())),
        OwnedSubject::Named { id, groups, permprofiles } => {
            said.push(("--user", id.clone()));
            said.extend(groups.iter().map(|id| ("--group", (*id).to_owned())));
            said.extend(permprofiles.iter().map(|id| ("--permprofile", (*id).to_owned())));
            flags.extend(groups.is_empty().then(|| "--no-group".into()));
        }
    }
    said.extend(request.project.iter().map(|project| ("--project", project.clone())));
    said.extend(request.at.map(|at| ("--at", at.to_string())));
    if let Some(attributes) = &request.attributes {
        flags.extend(attributes.is_empty().then(|| "--no-attr".into()));
        for (name, value) in attributes {
            if name.is_empty() || name.contains('=') {
                return None;
            }
            said.push(("--attr", format!("{name}={}", attribute_json(value))));
        }
    }
    if said.iter().any(|(_, value)| value.contains('\0')) {
        return None;
    }
    Some(said.into_iter().map(|(name, value)| option(name, value)).chain(flags).collect())
}

fn code(error: &Value) -> Code {
    let known = Code::ALL.iter().find(|code| error["code"] == code.number() && error["name"] == code.name());
    *known.unwrap_or_else(|| panic!("no such code: {error}"))
}
