//! From the text to a [`Config`].

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use grantrie::{GroupConflict, Irn};
use jiff::tz::TimeZone;
use toml::de::DeTable;
use tracing_subscriber::EnvFilter;

use super::credentials::Place;
use super::problems::Problems;
use super::section::Section;
use super::{Config, ConfigError, DecisionLog, Limits, Log, Problem, Tls, credentials, read_clock};

/// Bytes of a configuration, at most: it is a file that people write.
const MAX_BYTES: u64 = 1 << 20;

const MINUTES: u64 = 3_600;

impl Config {
    /// Reads a configuration, and the files of secrets that it names.
    ///
    /// `development` says whether `[development]` is accepted.
    ///
    /// # Errors
    /// Every problem.
    pub fn read(file: &Path, development: bool) -> Result<Self, ConfigError> {
        let text = read_text(file).map_err(|message| ConfigError {
            file: file.to_owned(),
            problems: vec![Problem { line: 1, column: 1, field: String::new(), message }],
        })?;
        Self::parse(&text, file, development)
    }

    /// The same, of a text that stands for the file.
    pub(crate) fn parse(text: &str, file: &Path, development: bool) -> Result<Self, ConfigError> {
        let problems = Problems::new(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            problems.report(&error.span().unwrap_or(0..0), "", error.message());
        }
        let directory = file.parent().unwrap_or_else(|| Path::new(""));
        let top = Section::top(&problems, table.get_ref());
        let config = read_top(&top, directory, development);
        top.end();
        problems.end(file)?;
        // Whatever could not be read was reported.
        config.ok_or_else(|| ConfigError { file: file.to_owned(), problems: Vec::new() })
    }
}

fn read_text(file: &Path) -> Result<String, String> {
    let bytes = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    if bytes > MAX_BYTES {
        return Err(format!("{bytes} bytes; a configuration has at most {MAX_BYTES}"));
    }
    std::fs::read_to_string(file).map_err(|error| error.to_string())
}

fn read_top(top: &Section<'_>, directory: &Path, development: bool) -> Option<Config> {
    if !top.has("listen") {
        top.report("listen", "is missing: the address and port to listen on, such as 127.0.0.1:8700");
    }
    let listen = top.parsed("listen", |text| {
        text.parse::<std::net::SocketAddr>()
            .map_err(|_| "expected an address and a port, such as 127.0.0.1:8700 or [::1]:8700")
    });
    let path = |section: &Section<'_>, key| section.text(key).map(|placed| directory.join(placed.value));
    let data = path(top, "data");
    if let Some(data) = data.as_deref().filter(|data| !data.is_file()) {
        top.report("data", format_args!("`{}` is no file", data.display()));
    }
    let tls = top.section("tls").and_then(|section| {
        section.required("certificate_file");
        section.required("key_file");
        let tls = path(&section, "certificate_file").zip(path(&section, "key_file"));
        section.end();
        tls.map(|(certificate_file, key_file)| Tls { certificate_file, key_file })
    });
    if let Some(error) = tls.as_ref().and_then(|tls| crate::http::tls::acceptor(tls).err()) {
        top.report("tls", error);
    }
    let beyond_loopback = listen.is_some_and(|listen| !listen.ip().is_loopback());
    let credentials = credentials::read(top, Place { directory, beyond_loopback });
    if beyond_loopback && top.sections("credentials").is_empty() {
        top.report("listen", "without [[credentials]] only a loopback address may be listened on (127.0.0.1 or [::1])");
    }
    let config = Config {
        listen: listen.unwrap_or_else(|| std::net::SocketAddr::from(([127, 0, 0, 1], 0))),
        public_url: top.parsed("public_url", public_url),
        default_namespace: top.parsed("default_namespace", |text| credentials::id(text).map(|()| text.to_owned())),
        data,
        store: path(top, "store"),
        gates: gates(top),
        time_zone: top
            .parsed("time_zone", TimeZone::get)
            .or_else(|| TimeZone::get("Asia/Shanghai").ok())
            .unwrap_or(TimeZone::UTC),
        group_conflict: top
            .parsed("group_conflict", |text| match text {
                "disabled_wins" => Ok(GroupConflict::DisabledWins),
                "enabled_wins" => Ok(GroupConflict::EnabledWins),
                _ => Err("expected `disabled_wins` or `enabled_wins`"),
            })
            .unwrap_or_default(),
        limits: top.section("limits").map_or_else(Limits::default, limits),
        tls,
        log: top.section("log").map_or_else(Log::default, log),
        decision_log: top.section("decision_log").and_then(|section| {
            section.required("file");
            let file = path(&section, "file");
            let sample = section.fraction("sample", 0.0..=1.0).unwrap_or(1.0);
            let waiting = size(section.number("waiting", 1..=1_000_000), 10_000);
            section.end();
            file.map(|file| DecisionLog { file, sample, waiting })
        }),
        open_metrics: top.flag("open_metrics").unwrap_or(false),
        credentials,
        clock_file: top.section("development").and_then(|section| {
            let file = path(&section, "clock_file");
            if !development {
                top.report("development", "is refused unless the server is started with --development");
            } else if beyond_loopback {
                top.report("development", "is refused unless the server listens on a loopback address only");
            }
            if let Some(error) = file.as_deref().and_then(|file| read_clock(file).err()) {
                section.report("clock_file", error);
            }
            section.end();
            file
        }),
    };
    Some(config)
}

/// A name that the engine would take as a service: it is the first segment of a name.
fn gates(top: &Section<'_>) -> Vec<String> {
    let gates = top.texts("gates");
    for gate in &gates {
        if let Err(error) = Irn::parse(&format!("{}:type:id", gate.value)) {
            top.report_at(gate, format_args!("not the service of a resource's name: {error}"));
        } else if gate.value.contains(':') {
            top.report_at(gate, "only the service, the first segment of a resource's name");
        }
    }
    gates.into_iter().map(|gate| gate.value.to_owned()).collect()
}

fn public_url(text: &str) -> Result<String, &'static str> {
    let wrong = "expected `https://` (or `http://`) and a host, without query and fragment";
    let uri = http::Uri::from_str(text).map_err(|_| wrong)?;
    let good = matches!(uri.scheme_str(), Some("https" | "http"))
        && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        && !text.contains(['?', '#']);
    if good { Ok(text.trim_end_matches('/').to_owned()) } else { Err(wrong) }
}

fn size(number: Option<u64>, default: usize) -> usize {
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
}

fn limits(section: Section<'_>) -> Limits {
    let default = Limits::default();
    let number = |key, most, default| size(section.number(key, 1..=most), default);
    let seconds = |key, most, default| section.number(key, 1..=most).map_or(default, Duration::from_secs);
    let limits = Limits {
        connections: number("connections", 100_000, default.connections),
        requests: number("requests", 100_000, default.requests),
        writes: number("writes", 500, default.writes),
        body_bytes: number("body_bytes", 1 << 30, default.body_bytes),
        header_bytes: size(section.number("header_bytes", 8_192..=1 << 20), default.header_bytes),
        headers: number("headers", 1_000, default.headers),
        header_time: seconds("header_seconds", MINUTES, default.header_time),
        body_time: seconds("body_seconds", MINUTES, default.body_time),
        request_time: seconds("request_seconds", MINUTES, default.request_time),
        shutdown_time: seconds("shutdown_seconds", MINUTES, default.shutdown_time),
        batch_items: number("batch_items", 100_000, default.batch_items),
        clock_skew: seconds("clock_skew_seconds", 86_400, default.clock_skew),
        replay_entries: number("replay_entries", 10_000_000, default.replay_entries),
    };
    section.end();
    limits
}

fn log(section: Section<'_>) -> Log {
    let json = section.parsed("format", |text| match text {
        "text" => Ok(false),
        "json" => Ok(true),
        _ => Err("expected `text` or `json`"),
    });
    let filter = section.parsed("filter", |text| match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(Box::new(error) as Box<dyn fmt::Display>),
    });
    section.end();
    Log { json: json.unwrap_or(false), filter }
}
