//! `grantrie serve`, as a process on a free port of the loopback address.

mod access;
mod administration;
mod configuration;
mod corpus;
mod hostile;
mod operation;
mod readme;
mod stores;
mod tls;

use std::path::Path;

use grantrie_testkit::Scratch;
use grantrie_testkit::serve::{Client, Server};

/// Of a service.
const TRUSTED: &str = "the-token-of-a-trusted-service";
/// Of the user ann.
const ANN: &str = "the-token-of-the-user-ann";

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
kind = "access_key"
access_key = "AKTEST"
secret_key = "the-secret-key-of-AKTEST"
project = "atlas"
namespace = "acme"
"#;

const WORLD: &str = r#"{
  "permissions": [
    { "_namespace": "acme", "_user": { "_type": "user", "_id": "ann" },
      "_resourceDesc": { "_irn": "aisvc:agent:*" }, "_actions": ["READ"] },
    { "_namespace": "acme", "_user": { "_type": "user", "_id": "ann" }, "_effect": "DENY",
      "_resourceDesc": { "_irn": "aisvc:agent:secret" }, "_actions": ["*"] },
    { "_namespace": "acme", "_user": { "_type": "usergroup", "_id": "staff" },
      "_resourceDesc": { "_irn": "filesvc:**", "_criteria": { "stage": "draft" } }, "_actions": ["EDIT"] },
    { "_namespace": "acme", "_user": { "_type": "permprofile", "_id": "job" },
      "_resourceDesc": { "_irn": "aisvc:tool:*" }, "_actions": ["RUN"] }
  ],
  "directory": { "usergroups": [ { "group_id": "staff" }, { "group_id": "desk", "groups": ["staff"] } ],
                 "users": [ { "user_id": "bob", "groups": ["desk"] } ] },
  "gates": ["gated"]
}"#;

/// A server with files of its own.
struct Running {
    scratch: Scratch,
    server: Server,
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_grantrie"))
}

/// A server of [`WORLD`] with [`CREDENTIALS`] and these lines at the top of its configuration.
fn serve(lines: &str) -> Running {
    let scratch = Scratch::new().unwrap();
    scratch.write("world.json", WORLD).unwrap();
    let server = start(&scratch, &format!("data = \"world.json\"\n{lines}\n{CREDENTIALS}"));
    Running { scratch, server }
}

fn start(scratch: &Scratch, config: &str) -> Server {
    let config = format!("listen = \"127.0.0.1:0\"\n{config}");
    Server::start(program(), scratch.path(), &config, &[]).unwrap_or_else(|ended| panic!("{ended:?}"))
}

impl Running {
    fn trusted(&self) -> Client {
        self.server.client().with_token(TRUSTED)
    }

    fn ann(&self) -> Client {
        self.server.client().with_token(ANN)
    }
}
