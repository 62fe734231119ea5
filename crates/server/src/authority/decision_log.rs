//! Some of the decisions, written down by a thread of their own: a check never waits for it.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use grantrie::{Decision, PrincipalKind, Timestamp};
use serde_json::json;

use crate::config;

/// How long a line may stand in memory before it is written.
const FLUSH: Duration = Duration::from_millis(200);

/// Of parts in 2^32: what a sample is compared with.
const ALL: f64 = 4_294_967_296.0;

/// Where decisions go; nowhere, if that is not configured.
pub(super) struct DecisionLog(Option<Writing>);

struct Writing {
    lines: Mutex<Option<SyncSender<String>>>,
    /// Grows by as much of 2^32 with each decision as is to be written; one is written whenever it passes a multiple.
    turn: AtomicU64,
    step: u64,
    dropped: AtomicU64,
    thread: Option<JoinHandle<()>>,
}

impl DecisionLog {
    pub(super) fn open(config: Option<&config::DecisionLog>) -> Result<Self, String> {
        let Some(config) = config else { return Ok(Self(None)) };
        let failed = |error: std::io::Error| format!("`{}`: {error}", config.file.display());
        let file = OpenOptions::new().create(true).append(true).open(&config.file).map_err(failed)?;
        let (sender, receiver) = sync_channel(config.waiting);
        let named = std::thread::Builder::new().name("decision-log".to_owned());
        let thread = named.spawn(move || write(file, &receiver)).map_err(failed)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part from 0 to 1 of 2^32 is a whole number in range"
        )]
        let step = (config.sample * ALL) as u64;
        let lines = Mutex::new(Some(sender));
        Ok(Self(Some(Writing {
            lines,
            turn: AtomicU64::new(0),
            step,
            dropped: AtomicU64::new(0),
            thread: Some(thread),
        })))
    }

    /// Writes a decision down if it is its turn and there is room. Without attributes: those are the resource's own affair.
    pub(super) fn note(
        &self,
        [namespace, action, irn]: [&str; 3],
        subject: (PrincipalKind, &str),
        decision: &Decision,
    ) {
        let Some(writing) = &self.0 else { return };
        let before = writing.turn.fetch_add(writing.step, Ordering::Relaxed);
        if before.wrapping_add(writing.step) >> 32 == before >> 32 {
            return;
        }
        let mut line = json!({
            "at": Timestamp::now().to_string(),
            "namespace": namespace,
            "subject": format!("{}:{}", subject.0, subject.1),
            "action": action,
            "irn": irn,
            "decision": decision.allowed,
            "reason": decision.reason.as_str(),
            "revision": decision.revision.0,
        });
        if let Some(permission) = decision.reason.permission() {
            line["permission"] = permission.to_string().into();
        }
        let line = line.to_string();
        let lines = writing.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.as_ref().is_none_or(|lines| lines.try_send(line).is_err()) {
            writing.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.0.as_ref().map_or(0, |writing| writing.dropped.load(Ordering::Relaxed))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        *self.lines.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn write(file: File, lines: &Receiver<String>) {
    let mut out = BufWriter::new(file);
    let mut said = false;
    loop {
        let written = match lines.recv_timeout(FLUSH) {
            Ok(line) => writeln!(out, "{line}"),
            Err(RecvTimeoutError::Timeout) => out.flush(),
            Err(RecvTimeoutError::Disconnected) => {
                drop(out.flush());
                return;
            }
        };
        if let Err(error) = written {
            if !said {
                tracing::error!(%error, "decisions cannot be written down");
            }
            said = true;
        }
    }
}
