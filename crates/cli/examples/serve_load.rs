//! What HTTP costs: checks and writes that a separate process sends to `grantrie serve`, beside the same checks in process.
//!
//! `serve_load PROGRAM [--permissions N] [--seconds S] [--connections C]`; `cargo xtask serve-load` builds both and runs it.
//! Every connection sends its next request when the last is answered. Server and generator share the machine, so this says what
//! HTTP adds to a check, not what a server of its own can do.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use grantrie::{Attributes, ChangeSet, Engine, changes_json};
use grantrie_testkit::Scratch;
use grantrie_testkit::corpus::attributes_json;
use grantrie_testkit::serve::{Client, Server};
use grantrie_testkit::workload::{Ask, Workload};
use hdrhistogram::Histogram;
use serde_json::{Value, json};

const TOKEN: &str = "the-token-of-the-load-generator";

/// Evaluations in one request of a batch.
const BATCH: usize = 100;

struct Settings {
    program: String,
    permissions: usize,
    seconds: u64,
    connections: usize,
}

fn settings() -> Result<Settings, String> {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().ok_or("which program?")?;
    let mut settings = Settings { program, permissions: 100_000, seconds: 5, connections: 16 };
    while let Some(option) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse::<usize>().ok());
        let value = value.filter(|value| *value > 0).ok_or_else(|| format!("{option}: expected a number"))?;
        match option.as_str() {
            "--permissions" => settings.permissions = value.max(50),
            "--seconds" => settings.seconds = value as u64,
            "--connections" => settings.connections = value,
            _ => return Err(format!("{option}: unknown option")),
        }
    }
    Ok(settings)
}

fn main() -> Result<(), String> {
    let Settings { program, permissions, seconds, connections } = settings()?;
    let failed = |error: std::io::Error| error.to_string();
    let scratch = Scratch::new().map_err(failed)?;
    let mut workload = Workload::new(1, permissions);
    let mut world = Vec::new();
    workload.write_world(&mut world).map_err(failed)?;
    scratch.write("world.json", &String::from_utf8_lossy(&world)).map_err(failed)?;
    let asks = workload.requests(20_000, true);

    let engine = Engine::new();
    engine.load(&world[..]).map_err(|refused| refused.to_string())?;
    drop(world);
    let config = format!(
        "listen = \"127.0.0.1:0\"\ndata = \"world.json\"\nstore = \"load.db\"\n[log]\nfilter = \"warn\"\n[limits]\nwrites = 500\n\
         [[credentials]]\nkind = \"bearer\"\ntoken = \"{TOKEN}\"\nprincipal = {{ type = \"user\", id = \"load\" }}\ntrusted = true\n"
    );
    let server = Server::start(Path::new(&program), scratch.path(), &config, &[]);
    let server = server.map_err(|ended| format!("the server ended: {}", ended.log))?;

    let edits: Vec<String> =
        workload.edits(20_000).into_iter().flatten().map(|change| changes_json(&ChangeSet::from(change))).collect();
    let checks: Vec<String> = asks.iter().map(|ask| evaluation(ask).to_string()).collect();
    let batches: Vec<String> = asks
        .chunks(BATCH)
        .map(|asks| json!({"evaluations": asks.iter().map(evaluation).collect::<Vec<_>>()}).to_string())
        .collect();
    let (one, many) = ("/access/v1/evaluation", "/access/v1/evaluations");
    let load = Load { server: &server, time: Duration::from_secs(seconds) };

    println!(
        "{permissions} permissions, {connections} connections, {seconds} s for each line; latencies in microseconds"
    );
    println!("{:<44} {:>9} {:>8} {:>8} {:>8} {:>8} {:>5}", "", "per s", "p50", "p90", "p99", "max", "503");
    in_process(&engine, &asks, load.time);
    row("check over HTTP, 1 connection", 1, &load.run(1, one, &checks, None));
    row(&format!("checks over HTTP, {connections} connections"), 1, &load.run(connections, one, &checks, None));
    row(
        &format!("batches of {BATCH}, {connections} connections (checks)"),
        BATCH,
        &load.run(connections, many, &batches, None),
    );
    row("writes, on disk, 1 connection", 1, &load.run(1, "/admin/v1/changes", &edits, None));
    let writes = ("/admin/v1/changes", &edits[..]);
    row(&format!("writes, on disk, {connections} connections"), 1, &load.run(connections, writes.0, writes.1, None));
    row(
        &format!("checks, {connections} connections, beside 4 that write"),
        1,
        &load.run(connections, one, &checks, Some(writes)),
    );
    let said = server.log();
    if !said.is_empty() {
        println!("the server said:\n{}", said.lines().take(20).collect::<Vec<_>>().join("\n"));
    }
    compare(&server, &engine, &asks)
}

/// One load after the other, on one server.
struct Load<'s> {
    server: &'s Server,
    time: Duration,
}

impl Load<'_> {
    /// So many connections send these bodies for a while; others may write meanwhile, which are not measured.
    fn run(&self, connections: usize, path: &str, bodies: &[String], beside: Option<(&str, &[String])>) -> Measured {
        let (mut all, mut refused, over) = (latencies(), 0, AtomicBool::new(false));
        let begun = Instant::now();
        std::thread::scope(|scope| {
            if let Some((path, bodies)) = beside {
                for n in 0..4 {
                    let over = &over;
                    scope.spawn(move || self.send(path, bodies, n, &|| over.load(Ordering::Relaxed)));
                }
            }
            let measured: Vec<_> = (0..connections)
                .map(|n| scope.spawn(move || self.send(path, bodies, n, &|| begun.elapsed() > self.time)))
                .collect();
            for thread in measured {
                // What a thread could not send or read ends the run.
                let (of_thread, busy) = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                all.add(of_thread).unwrap_or_default();
                refused += busy;
            }
            over.store(true, Ordering::Relaxed);
        });
        Measured { latencies: all, refused, took: begun.elapsed() }
    }

    /// Sends until it is over: the latencies of what was answered, and how much was told to come again.
    fn send(&self, path: &str, bodies: &[String], offset: usize, is_over: &dyn Fn() -> bool) -> (Histogram<u64>, u64) {
        let mut client = self.server.client().with_token(TOKEN);
        let (mut latencies, mut refused) = (latencies(), 0);
        // Each connection begins elsewhere.
        for body in bodies.iter().cycle().skip(offset * 1_009 % bodies.len()) {
            if is_over() {
                break;
            }
            let begun = Instant::now();
            let answer = post(&mut client, path, body);
            latencies.saturating_record(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
            match answer.0 {
                200 => {}
                503 => refused += 1,
                status => panic!("{status}: {body}: {}", answer.1),
            }
        }
        (latencies, refused)
    }
}

struct Measured {
    latencies: Histogram<u64>,
    /// Answers 503: the server, or its disk, had too much to do.
    refused: u64,
    took: Duration,
}

/// From a microsecond to a minute, with three digits.
fn latencies() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).unwrap_or_else(|error| panic!("{error}"))
}

fn post(client: &mut Client, path: &str, body: &str) -> (u16, String) {
    let answer = client.send("POST", path, &[("Content-Type", "application/json")], body.as_bytes());
    (answer.status, answer.text())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn row(what: &str, items: usize, measured: &Measured) {
    let Measured { latencies, refused, took } = measured;
    let rate = ((latencies.len() - refused) * items as u64) as f64 / took.as_secs_f64();
    let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|at| latencies.value_at_quantile(at));
    println!("{what:<44} {rate:>9.0} {p50:>8} {p90:>8} {p99:>8} {:>8} {refused:>5}", latencies.max());
}

/// The same checks where the engine is embedded: each of them timed would mostly time the clock.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn in_process(engine: &Engine, asks: &[Ask], time: Duration) {
    let (begun, mut checks, mut allowed) = (Instant::now(), 0_usize, 0_usize);
    while begun.elapsed() < time {
        allowed += asks.iter().filter(|ask| engine.check(&ask.request()).allowed).count();
        checks += asks.len();
    }
    let each = begun.elapsed().as_secs_f64() * 1e6 / checks as f64;
    let rate = checks as f64 / begun.elapsed().as_secs_f64();
    println!("{:<44} {rate:>9.0} {each:>8.2}   (the mean; 1 thread; {allowed} allowed)", "check in process");
}

fn evaluation(ask: &Ask) -> Value {
    let (kind, id) = ask.irn.rsplit_once(':').unwrap_or((&ask.irn, ""));
    let mut evaluation = json!({
        "subject": { "type": "user", "id": ask.user },
        "action": { "name": ask.action },
        "resource": { "type": kind, "id": id },
        "context": { "namespace": ask.namespace },
    });
    if let Some(attributes) = &ask.attributes {
        evaluation["resource"]["properties"] = properties(attributes);
    }
    if let Some(at) = ask.at {
        evaluation["context"]["at"] = json!(at.to_string());
    }
    evaluation
}

fn properties(attributes: &Attributes) -> Value {
    attributes_json(attributes)
}

/// That the two say the same, on permissions that nobody has edited: the edits are undone, each by the one that followed it.
fn compare(server: &Server, engine: &Engine, asks: &[Ask]) -> Result<(), String> {
    let mut client = server.client().with_token(TOKEN);
    let same = |ask: &&Ask| {
        let (status, text) = post(&mut client, "/access/v1/evaluation", &evaluation(ask).to_string());
        let said = serde_json::from_str::<Value>(&text).unwrap_or_default();
        status == 200 && said["decision"] == engine.check(&ask.request()).allowed
    };
    let asked = asks.iter().take(1_000);
    let agree = asked.filter(same).count();
    println!("{agree} of 1000 decisions are the same over HTTP and in process (some permissions are being edited)");
    if agree < 900 { Err("the server decides otherwise".to_owned()) } else { Ok(()) }
}
