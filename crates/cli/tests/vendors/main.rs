//! The vendors' own clients against `grantrie serve`: the real binary on a free port, the real clients from PyPI.

mod clients;
mod escalation;
mod expiry;
mod lookup;
mod permissions;
mod quickbi;
mod readme;
mod signatures;
mod tap;
mod unavailable;
mod workspace;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use grantrie_testkit::Scratch;
use grantrie_testkit::serve::{Client, Server};
use serde_json::{Value, json};

use clients::Clients;

const TRUSTED: &str = "the-token-of-a-trusted-service";
const ANN: &str = "the-token-of-the-user-ann";
const SECRET: &str = "the-secret-key-of-AKTEST";

const CREDENTIALS: &str = r#"
[[credentials]]
kind = "bearer"
token = "the-token-of-a-trusted-service"
principal = { type = "user", id = "portal" }
trusted = true
[[credentials]]
kind = "bearer"
token = "the-token-of-the-user-ann"
principal = { type = "user", id = "ann" }
[[credentials]]
kind = "bearer"
token = "the-token-of-the-profile-job"
principal = { type = "permprofile", id = "job" }
[[credentials]]
kind = "bearer"
token = "the-token-of-the-group-staff"
principal = { type = "usergroup", id = "staff" }
[[credentials]]
kind = "access_key"
access_key = "AKTEST"
secret_key = "the-secret-key-of-AKTEST"
project = "atlas"
namespace = "acme"
[[credentials]]
kind = "access_key"
access_key = "AKWORKSPACE"
secret_key = "the-secret-key-of-AKWORKSPACE"
project = "zeus"
[[credentials]]
kind = "access_key"
access_key = "AKEXAMPLE"
secret_key = "the-secret-key-of-AKEXAMPLE"
project = "0bec5db98280d2d02fd6c00c2de791ce"
[[credentials]]
kind = "access_key"
access_key = "AKQUICKBI"
secret_key = "the-secret-key-of-AKQUICKBI"
namespace = "other"
"#;

/// A server with files of its own. It can be ended and started again on the same files.
struct Running {
    scratch: Scratch,
    /// What is started: the command, or a script that ends in it.
    program: PathBuf,
    config: String,
    options: Vec<&'static str>,
    server: Option<Server>,
}

/// A server with a store, a world file and further lines in its configuration.
fn serve(world: &Value, lines: &str) -> Running {
    serve_with(world, lines, |_| "", vec![])
}

/// The same, with tables that need the directory, and options.
fn serve_with(
    world: &Value,
    lines: &str,
    tables: impl FnOnce(&Scratch) -> &'static str,
    options: Vec<&'static str>,
) -> Running {
    let scratch = Scratch::new().unwrap();
    let tables = tables(&scratch);
    serve_in(
        scratch,
        env!("CARGO_BIN_EXE_grantrie").into(),
        world,
        &format!("{lines}\n{CREDENTIALS}\n{tables}"),
        options,
    )
}

/// The same after a line of shell, in the process that becomes the server.
fn serve_after(line: &str, world: &Value, lines: &str) -> Running {
    let scratch = Scratch::new().unwrap();
    let script = format!("#!/bin/sh\n{line}\nexec \"{}\" \"$@\"\n", env!("CARGO_BIN_EXE_grantrie"));
    let program = scratch.write("program", &script).unwrap();
    std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    serve_in(scratch, program, world, &format!("{lines}\n{CREDENTIALS}"), vec![])
}

fn serve_in(scratch: Scratch, program: PathBuf, world: &Value, lines: &str, options: Vec<&'static str>) -> Running {
    scratch.write("world.json", &world.to_string()).unwrap();
    let config = format!("listen = \"127.0.0.1:0\"\ndata = \"world.json\"\nstore = \"grantrie.db\"\n{lines}");
    let mut running = Running { scratch, program, config, options, server: None };
    running.start();
    running
}

impl Running {
    fn start(&mut self) {
        let server = Server::start(&self.program, self.scratch.path(), &self.config, &self.options);
        self.server = Some(server.unwrap_or_else(|ended| panic!("{ended:?}")));
    }

    /// Ends the server as a loss of power would, and starts it again.
    fn restart(&mut self) {
        self.server.take().unwrap().kill();
        self.start();
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn root(&self) -> String {
        format!("http://{}", self.server().address())
    }

    fn client(&self) -> Client {
        self.server().client()
    }

    fn trusted(&self) -> Client {
        self.client().with_token(TRUSTED)
    }

    fn ann(&self) -> Client {
        self.client().with_token(ANN)
    }

    /// The vendors' clients, connected: `permissions`, `ann`, `workspace`, `quickbi`, `quickbi_v2`, `quickbi_before`.
    fn clients(&self) -> Clients {
        let mut clients = Clients::start();
        let root = self.root();
        for (name, token) in [("permissions", TRUSTED), ("ann", ANN)] {
            clients.connect(name, json!({"kind": "permissions", "root": root, "token": token}));
        }
        for service in ["itemsvc", "passportsvc", "filesvc"] {
            let arguments = json!({"kind": "permissions", "root": root, "token": TRUSTED, "service": service});
            clients.connect(service, arguments);
        }
        let key = |kind: &str| json!({"kind": kind, "root": root, "access_key": "AKTEST", "secret_key": SECRET});
        let mut workspace = key("workspace");
        workspace["project"] = json!("atlas");
        clients.connect("workspace", workspace);
        clients.connect("quickbi", key("quickbi"));
        clients.connect("quickbi_before", key("quickbi_before"));
        let mut v2 = key("quickbi");
        v2["signature"] = json!("v2");
        clients.connect("quickbi_v2", v2);
        clients
    }

    /// What the decision endpoint says.
    fn may(&self, user: &str, action: &str, irn: &str) -> bool {
        self.decide(user, action, irn, &json!({"namespace": "acme"}))
    }

    fn decide(&self, user: &str, action: &str, irn: &str, context: &Value) -> bool {
        let (kind, id) = irn.rsplit_once(':').unwrap();
        let asked = json!({
            "subject": {"type": "user", "id": user}, "action": {"name": action},
            "resource": {"type": kind, "id": id}, "context": context,
        });
        let answer = self.trusted().post("/access/v1/evaluation", &asked);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        assert_ne!(answer["context"]["reason"], "invalid", "{answer}");
        answer["decision"] == true
    }

    fn revision(&self) -> u64 {
        self.client().get("/readyz").json()["revision"].as_u64().unwrap()
    }

    /// The audit's entries that an interface made.
    fn audit(&self, face: &str) -> Vec<Value> {
        let page = self.trusted().get("/admin/v1/audit?limit=1000");
        assert_eq!(page.status, 200, "{}", page.text());
        let entries = page.json()["records"].as_array().unwrap_or_else(|| panic!("{}", page.text())).clone();
        entries.into_iter().filter(|entry| entry["origin"] == face).collect()
    }
}

/// A permission in wire form.
fn permission(user: &str, irn: &str, actions: &[&str]) -> Value {
    json!({"_namespace": "acme", "_user": {"_type": "user", "_id": user}, "_resourceDesc": {"_irn": irn}, "_actions": actions})
}
