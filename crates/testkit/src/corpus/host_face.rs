//! A program in another language as a face of the corpus: one process, one line for each question and each answer.
//!
//! A line is a record of named texts, `application/x-www-form-urlencoded`: every language has a reader for it (Python's
//! `urllib.parse.parse_qs`, JavaScript's `URLSearchParams`), and in C one is a page. A name may stand several times. The
//! program reads questions on its standard input until that ends, and writes each answer at once.
//!
//! | `op` | the question's other names | the answer's names |
//! |---|---|---|
//! | `load` | `world` (JSON, a world file), `enabled_wins` | `ok` |
//! | `check` | `namespace`, `kind` (`user`, `named`, `permprofile`), `id`, `group`…, `permprofile`…, `project`?, `action`, `irn`, `attributes`? (JSON), `at`? and `at_micros`? | `allowed`, `reason`, `permission`?, `decided_by`?, `field`?, `valid_until`? or `valid_until_micros`? |
//! | `is_allowed` | the same | `allowed` |
//! | `matches` | `pattern`, `irn` | `answer` |
//! | `covers`, `overlaps` | `a`, `b` | `answer` |
//! | `parse` | `as` (`name`, `pattern`, `action`), `text` | `ok`, or `code` and `offset` |
//! | `resolve` | `project`, `user`, `kind` (`user`, `named`), `group`… | `json`: `ai_func`, `decided_by`, `rows` |
//! | `lookup` | `namespace`, `irn`, `pattern_match` | `json`: `_list` of permissions with `_id` |
//! | `rows` | `project` | `json`: `ai_func`?, `groups`, `users`, each with its id and `ai_func` |
//! | `change` | `changes` (JSON, a change file) | `effects`, or `code`… |
//!
//! Yes and no are `true` and `false`, codes are numbers, JSON is as the command `grantrie` writes it with `--json`. The empty
//! answer says that the program does not offer what is asked. Worlds hold permissions with ids, so an engine of its own for
//! each `load` is what is meant; the clock is never asked, as every request has its instant.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use form_urlencoded::{Serializer, parse};
use grantrie::{ChangeSet, Code, PermissionId, Subscriber, Timestamp};
use serde_json::Value;

use super::{Face, Grammar, Resolved, World, attributes_json, changes_json, world_json};
use crate::verdict::LEVELS;
use crate::{OwnedRequest, OwnedSubject, Verdict, Why};

/// A program that answers cases on its standard input and output.
#[derive(Debug)]
pub struct HostFace {
    name: String,
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    asked: usize,
}

/// An answer: names and texts.
#[derive(Debug)]
struct Answer(Vec<(String, String)>);

impl HostFace {
    /// Starts the program.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(command: &mut Command) -> std::io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let answers = BufReader::new(answers.ok_or_else(|| std::io::Error::other("no standard output"))?);
        let name = command.get_program().to_string_lossy().into_owned();
        Ok(Self { name, child, questions, answers, asked: 0 })
    }

    /// Ends the program: how many questions it was asked. It must end well when its input does.
    ///
    /// # Errors
    /// It ended otherwise.
    pub fn end(mut self) -> std::io::Result<usize> {
        drop(self.questions.take());
        let status = self.child.wait()?;
        if status.success() { Ok(self.asked) } else { Err(std::io::Error::other(format!("{}: {status}", self.name))) }
    }

    /// Asks one question; nothing, if the program does not offer that.
    fn ask<'a>(&mut self, op: &str, names: impl IntoIterator<Item = (&'a str, String)>) -> Option<Answer> {
        let mut line = Serializer::new(String::new()).append_pair("op", op).extend_pairs(names).finish();
        line.push('\n');
        self.asked += 1;
        let name = &self.name;
        let written = self.questions.as_mut().map(|questions| questions.write_all(line.as_bytes()));
        assert!(matches!(written, Some(Ok(()))), "{name} takes no question: {written:?}");
        let mut answer = String::new();
        let read = self.answers.read_line(&mut answer);
        assert!(read.is_ok() && answer.ends_with('\n'), "{name} does not answer {op}: {read:?} {answer:?}");
        let pairs = parse(answer.trim_end().as_bytes()).into_owned().collect::<Vec<_>>();
        (!pairs.is_empty()).then_some(Answer(pairs))
    }
}

impl Drop for HostFace {
    fn drop(&mut self) {
        // One that was not ended, because a test failed.
        drop(self.questions.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    fn flag(&self, name: &str) -> bool {
        let text = self.text(name);
        text.and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("`{name}` is neither true nor false: {self:?}"))
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).map(|text| text.parse().unwrap_or_else(|_| panic!("`{name}` is no number: {self:?}")))
    }

    fn json(&self) -> Value {
        let json = self.text("json").and_then(|text| serde_json::from_str(text).ok());
        json.unwrap_or_else(|| panic!("no JSON: {self:?}"))
    }

    fn codes(&self) -> Vec<Code> {
        let code = |text: &str| Code::ALL.iter().find(|code| code.number().to_string() == text).copied();
        self.all("code").map(|text| code(text).unwrap_or_else(|| panic!("no such code: {self:?}"))).collect()
    }
}

fn request(request: &OwnedRequest) -> Vec<(&'static str, String)> {
    let OwnedRequest { namespace, subject, action, irn, project, attributes, at } = request;
    let mut names = vec![("namespace", namespace.clone()), ("action", action.clone()), ("irn", irn.clone())];
    match subject {
        OwnedSubject::User(id) => names.extend([("kind", "user".to_owned()), ("id", id.clone())]),
        OwnedSubject::PermProfile(id) => names.extend([("kind", "permprofile".to_owned()), ("id", id.clone())]),
        OwnedSubject::Named { id, groups, permprofiles } => {
            names.extend([("kind", "named".to_owned()), ("id", id.clone())]);
            names.extend(groups.iter().map(|id| ("group", (*id).to_owned())));
            names.extend(permprofiles.iter().map(|id| ("permprofile", (*id).to_owned())));
        }
    }
    names.extend(project.iter().map(|project| ("project", project.clone())));
    names.extend(attributes.iter().map(|known| ("attributes", attributes_json(known).to_string())));
    names.extend(at.iter().flat_map(|at| [("at", at.to_string()), ("at_micros", at.as_micros().to_string())]));
    names
}

impl Face for HostFace {
    fn load(&mut self, world: &World) -> bool {
        let names = [("world", world_json(world)), ("enabled_wins", world.enabled_wins.to_string())];
        self.ask("load", names).is_some_and(|answer| answer.flag("ok"))
    }

    fn check(&mut self, asked: &OwnedRequest) -> Option<Verdict> {
        let answer = self.ask("check", request(asked))?;
        let text = |name| answer.text(name);
        let reason = Why::from_texts(text("reason")?, text("permission"), text("decided_by"), text("field"));
        let reason = reason.unwrap_or_else(|| panic!("an incomplete reason: {answer:?}"));
        let written = text("valid_until").map(|until| until.parse().unwrap_or_else(|_| panic!("{answer:?}")));
        let valid_until = written.or_else(|| Timestamp::from_micros(answer.number("valid_until_micros")?));
        Some(Verdict { allowed: answer.flag("allowed"), reason, valid_until })
    }

    fn is_allowed(&mut self, asked: &OwnedRequest) -> Option<bool> {
        Some(self.ask("is_allowed", request(asked))?.flag("allowed"))
    }

    fn matches(&mut self, pattern: &str, irn: &str) -> Option<bool> {
        Some(self.ask("matches", [("pattern", pattern.to_owned()), ("irn", irn.to_owned())])?.flag("answer"))
    }

    fn covers(&mut self, a: &str, b: &str) -> Option<bool> {
        Some(self.ask("covers", [("a", a.to_owned()), ("b", b.to_owned())])?.flag("answer"))
    }

    fn overlaps(&mut self, a: &str, b: &str) -> Option<bool> {
        Some(self.ask("overlaps", [("a", a.to_owned()), ("b", b.to_owned())])?.flag("answer"))
    }

    fn parse(&mut self, grammar: Grammar, text: &str) -> Option<Result<(), (Code, Option<usize>)>> {
        let kind = match grammar {
            Grammar::Name => "name",
            Grammar::Pattern => "pattern",
            Grammar::Action => "action",
        };
        let answer = self.ask("parse", [("as", kind.to_owned()), ("text", text.to_owned())])?;
        Some(match answer.codes().first() {
            Some(code) => Err((*code, answer.number("offset"))),
            None => {
                assert!(answer.flag("ok"), "{answer:?}");
                Ok(())
            }
        })
    }

    fn resolve(&mut self, project: &str, user: &str, groups: Option<&[&str]>) -> Option<Resolved> {
        let kind = if groups.is_some() { "named" } else { "user" };
        let names = [("project", project.to_owned()), ("user", user.to_owned()), ("kind", kind.to_owned())];
        let groups = groups.into_iter().flatten().map(|group| ("group", (*group).to_owned()));
        let answer = self.ask("resolve", names.into_iter().chain(groups))?.json();
        let level = LEVELS.into_iter().find(|level| answer["decided_by"] == level.as_str())?;
        let rows = answer["rows"].as_array()?.iter().map(subscriber).collect();
        Some((answer["ai_func"].as_bool()?, level, Some(rows)))
    }

    fn lookup(&mut self, namespace: &str, irn: &str, pattern_match: bool) -> Option<Vec<PermissionId>> {
        let names = [
            ("namespace", namespace.to_owned()),
            ("irn", irn.to_owned()),
            ("pattern_match", pattern_match.to_string()),
        ];
        let answer = self.ask("lookup", names)?.json();
        let id = |item: &Value| item["_id"].as_str().and_then(|id| id.parse().ok());
        answer["_list"].as_array()?.iter().map(id).collect()
    }

    fn rows(&mut self, project: &str) -> Option<Vec<(Subscriber, bool)>> {
        let answer = self.ask("rows", [("project", project.to_owned())])?.json();
        let own = answer["ai_func"].as_bool().map(|enabled| (Subscriber::Project, enabled));
        let mut rows: Vec<_> = own.into_iter().collect();
        for row in answer["groups"].as_array()?.iter().chain(answer["users"].as_array()?) {
            rows.push((subscriber(row), row["ai_func"].as_bool()?));
        }
        Some(rows)
    }

    fn change(&mut self, changes: &ChangeSet) -> Option<Result<usize, Vec<Code>>> {
        let answer = self.ask("change", [("changes", changes_json(changes))])?;
        Some(answer.number("effects").ok_or_else(|| answer.codes()))
    }
}

/// The entity that a row names.
pub(super) fn subscriber(row: &Value) -> Subscriber {
    let id = |key: &str| row[key].as_str().map(str::to_owned);
    id("group_id").map(Subscriber::Group).or(id("user_id").map(Subscriber::User)).unwrap_or(Subscriber::Project)
}
