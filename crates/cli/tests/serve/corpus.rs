//! The corpus over HTTP: the server answers every case, as many as the engine and the command, and like them.

use std::path::Path;

use grantrie::{ChangeSet, Code, PermissionId, Subscriber, SubscriptionLevel as Level, Timestamp};
use grantrie_testkit::corpus::{
    EngineFace, Face, Grammar, Report, Resolved, World, attributes_json, changes_json, load_dir, request_json, run,
    world_json,
};
use grantrie_testkit::serve::{Client, Server};
use grantrie_testkit::{OwnedRequest, OwnedSubject, Scratch, Verdict, Why};
use serde_json::{Value, json};

use super::{CREDENTIALS, TRUSTED, start};

/// The server as a face: one for each world, with a store, so that there is an audit.
struct HttpFace {
    scratch: Scratch,
    loaded: usize,
    running: Option<(Server, Client)>,
}

impl Face for HttpFace {
    fn load(&mut self, world: &World) -> bool {
        self.scratch.write("world.json", &world_json(world)).unwrap();
        self.loaded += 1;
        let conflict = if world.enabled_wins { "enabled_wins" } else { "disabled_wins" };
        let config = format!(
            "data = \"world.json\"\nstore = \"{}.db\"\ngroup_conflict = \"{conflict}\"\n{CREDENTIALS}",
            self.loaded
        );
        let server = start(&self.scratch, &config);
        let client = server.client().with_token(TRUSTED);
        self.running = Some((server, client));
        true
    }

    /// By AuthZEN, alone and in a batch, and in the library's own form: all the same.
    fn check(&mut self, request: &OwnedRequest) -> Option<Verdict> {
        let one = self.post("/access/v1/evaluation", &evaluation(request));
        let batch = json!({
            "evaluations": [evaluation(request)],
            "options": {"evaluations_semantic": "deny_on_first_deny"},
        });
        let many = self.post("/access/v1/evaluations", &batch);
        assert_eq!(many["evaluations"], json!([one]), "a batch answers the same");
        let verdict = verdict(&one)?;
        let own = self.client().send("POST", "/admin/v1/check", &JSON, request_json(request).as_bytes());
        assert_eq!((own.status, &own.json()["allowed"]), (200, &one["decision"]), "{}", own.text());
        assert_eq!(own.json()["reason"], one["context"]["reason"]);
        let explained = self.client().send("POST", "/admin/v1/explain", &JSON, request_json(request).as_bytes());
        assert_eq!((explained.status, &explained.json()["allowed"]), (200, &one["decision"]), "{}", explained.text());
        Some(verdict)
    }

    fn matches(&mut self, pattern: &str, irn: &str) -> Option<bool> {
        let answer = self.pattern(&[("pattern", pattern), ("matches", irn)]);
        // A text that is no name is matched by nothing.
        answer["matches"].as_bool().or_else(|| (answer["error"]["field"] == "matches").then_some(false))
    }

    fn covers(&mut self, a: &str, b: &str) -> Option<bool> {
        self.pattern(&[("pattern", a), ("covers", b)])["covers"].as_bool()
    }

    fn overlaps(&mut self, a: &str, b: &str) -> Option<bool> {
        self.pattern(&[("pattern", a), ("overlaps", b)])["overlaps"].as_bool()
    }

    fn parse(&mut self, grammar: Grammar, text: &str) -> Option<Result<(), (Code, Option<usize>)>> {
        let (field, answer) = match grammar {
            Grammar::Pattern => ("pattern", self.pattern(&[("pattern", text)])),
            Grammar::Name => ("irn", self.own("READ", text)),
            Grammar::Action => ("action", self.own(text, "a:b:c")),
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
        let mut query = vec![("project", project), ("user", user)];
        query.extend(groups.into_iter().flatten().map(|group| ("group", *group)));
        query.extend(groups.filter(|groups| groups.is_empty()).map(|_| ("no_group", "true")));
        let answer = self.get("/admin/v1/subscriptions", &query);
        let level = [Level::User, Level::Group, Level::Project, Level::Default];
        let level = level.into_iter().find(|level| answer["decided_by"] == level.as_str())?;
        let rows = answer["rows"].as_array()?.iter().map(subscriber).collect();
        Some((answer["ai_func"].as_bool()?, level, Some(rows)))
    }

    fn lookup(&mut self, namespace: &str, irn: &str, pattern_match: bool) -> Option<Vec<PermissionId>> {
        let pattern_match = pattern_match.to_string();
        let query = [("namespace", namespace), ("irn", irn), ("pattern_match", pattern_match.as_str())];
        let answer = self.get("/admin/v1/permissions", &query);
        answer["_list"].as_array()?.iter().map(|permission| permission["_id"].as_str()?.parse().ok()).collect()
    }

    fn rows(&mut self, project: &str) -> Option<Vec<(Subscriber, bool)>> {
        let answer = self.get("/admin/v1/subscriptions", &[("project", project)]);
        let listed = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
        let mut rows: Vec<(Subscriber, bool)> = Vec::new();
        rows.extend(answer["ai_func"].as_bool().map(|enabled| (Subscriber::Project, enabled)));
        for row in listed("groups").iter().chain(&listed("users")) {
            rows.push((subscriber(row), row["ai_func"].as_bool()?));
        }
        Some(rows)
    }

    fn change(&mut self, changes: &ChangeSet) -> Option<Result<usize, Vec<Code>>> {
        let before = self.client().get("/readyz").json()["revision"].as_u64()?;
        let answer = self.client().send("POST", "/admin/v1/changes", &JSON, changes_json(changes).as_bytes());
        if answer.status == 400 {
            return Some(Err(answer.json()["problems"].as_array()?.iter().map(code).collect()));
        }
        assert_eq!(answer.status, 200, "{}", answer.text());
        let revision = answer.json()["revision"].as_u64()?;
        let after = format!("{before}.{}", u32::MAX);
        let audit = self.get("/admin/v1/audit", &[("after", &after)]);
        let records = audit["records"].as_array()?;
        assert!(
            records.iter().all(|record| record["revision"] == revision && record["actor"] == "user:portal"),
            "{audit}"
        );
        Some(Ok(records.len()))
    }
}

const JSON: [(&str, &str); 1] = [("Content-Type", "application/json")];

/// A query, with everything encoded that can be.
fn query(parameters: &[(&str, &str)]) -> String {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

fn code(problem: &Value) -> Code {
    let code = Code::ALL.iter().find(|code| problem["code"] == code.number());
    *code.unwrap_or_else(|| panic!("no code: {problem}"))
}

fn subscriber(row: &Value) -> Subscriber {
    match (row["user_id"].as_str(), row["group_id"].as_str()) {
        (Some(id), _) => Subscriber::User(id.to_owned()),
        (_, Some(id)) => Subscriber::Group(id.to_owned()),
        _ => Subscriber::Project,
    }
}

impl HttpFace {
    fn client(&mut self) -> &mut Client {
        let (_, client) = self.running.get_or_insert_with(|| {
            // Questions about texts alone may come before any world.
            let server = start(&self.scratch, CREDENTIALS);
            let client = server.client().with_token(TRUSTED);
            (server, client)
        });
        client
    }

    fn post(&mut self, path: &str, body: &Value) -> Value {
        let answer = self.client().post(path, body);
        assert_eq!(answer.status, 200, "{body}: {}", answer.text());
        answer.json()
    }

    fn get(&mut self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let answer = self.client().get(&format!("{path}?{}", query(parameters)));
        assert_eq!(answer.status, 200, "{path} {parameters:?}: {}", answer.text());
        answer.json()
    }

    fn pattern(&mut self, parameters: &[(&str, &str)]) -> Value {
        self.get("/admin/v1/pattern", parameters)
    }

    /// A check in the library's own form.
    fn own(&mut self, action: &str, irn: &str) -> Value {
        self.post("/admin/v1/check", &json!({"namespace": "ns", "user": "u", "action": action, "irn": irn}))
    }
}

fn evaluation(request: &OwnedRequest) -> Value {
    // The last segment is the id. A text without two is no name either way.
    let (kind, id) = request.irn.rsplit_once(':').unwrap_or((&request.irn, ""));
    let mut evaluation = json!({
        "action": { "name": request.action },
        "resource": { "type": kind, "id": id },
        "context": { "namespace": request.namespace },
    });
    evaluation["subject"] = match &request.subject {
        OwnedSubject::User(id) => json!({"type": "user", "id": id}),
        OwnedSubject::PermProfile(id) => json!({"type": "permprofile", "id": id}),
        OwnedSubject::Named { id, groups, permprofiles } => {
            json!({"type": "user", "id": id, "properties": {"groups": groups, "permprofiles": permprofiles}})
        }
    };
    if let Some(attributes) = &request.attributes {
        evaluation["resource"]["properties"] = attributes_json(attributes);
    }
    if let Some(project) = &request.project {
        evaluation["context"]["project"] = json!(project);
    }
    if let Some(at) = request.at {
        evaluation["context"]["at"] = json!(at.to_string());
    }
    evaluation
}

fn verdict(answer: &Value) -> Option<Verdict> {
    let context = &answer["context"];
    let text = |key: &str| context[key].as_str();
    // What is wrong with a part is wrong with the name that it is a part of.
    let field = context["error"]["field"].as_str().map(|field| match field {
        "resource.id" | "resource.type" => "irn",
        field => field,
    });
    let reason = Why::from_texts(text("reason")?, text("permission"), text("decided_by"), field)
        .unwrap_or_else(|| panic!("an incomplete reason: {answer}"));
    let valid_until = text("valid_until").map(|until| until.parse::<Timestamp>().unwrap());
    Some(Verdict { allowed: answer["decision"].as_bool()?, reason, valid_until })
}

#[test]
fn the_server_passes_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let files = load_dir(&corpus).unwrap_or_else(|error| panic!("{error}"));
    let of_engine: Report = run(&files, &mut EngineFace::default());
    let mut face = HttpFace { scratch: Scratch::new().unwrap(), loaded: 0, running: None };
    let report = run(&files, &mut face);
    println!("{report}");
    println!("answered: engine {}, server {}", of_engine.answered(), report.answered());
    assert!(report.failures.is_empty(), "{report}");
    assert!(report.counts.values().all(|count| count.unsupported == 0), "{report}");
    assert_eq!(report.counts, of_engine.counts);
    assert!(report.answered() >= 200);
}
