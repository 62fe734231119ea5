//! A worker as its starter sees it: with bounds on its time and its memory.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::worker::{Job, Order, Report, processor_time_of, resident_of};

/// What a worker may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Of the processors, until the next report: of the load, of the comparison, of a round.
    pub(crate) time: Duration,
    /// Resident, in bytes.
    pub(crate) memory: u64,
}

/// What must stay available to the machine, in bytes.
const SPARE: u64 = 2 << 30;

/// A worker; it is ended when this is dropped.
pub(crate) struct Worker {
    process: Child,
    orders: ChildStdin,
    reports: Receiver<String>,
    bounds: Bounds,
}

impl Worker {
    pub(crate) fn start(job: &Job, bounds: Bounds) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.arg("worker").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Its last words are to be short.
        command.env("RUST_BACKTRACE", "0");
        let mut process = command.spawn().map_err(|error| error.to_string())?;
        let (Some(orders), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("a process without pipes".to_owned());
        };
        let (sender, reports) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            // Nobody listens to a worker that was given up.
            lines.map(|line| sender.send(line)).take_while(Result::is_ok).for_each(drop);
        });
        let mut worker = Self { process, orders, reports, bounds };
        worker.send(job)?;
        Ok(worker)
    }

    pub(crate) fn order(&mut self, order: Order) -> Result<Report, String> {
        self.send(&order)?;
        self.report()
    }

    /// The next report; an error if it failed, or takes too long or too much.
    pub(crate) fn report(&mut self) -> Result<Report, String> {
        let begun = Instant::now();
        let process = self.process.id().to_string();
        let had = processor_time_of(&process).unwrap_or_default();
        loop {
            match self.reports.recv_timeout(Duration::from_millis(100)) {
                Ok(line) => {
                    // One that was quick is looked at, too.
                    self.within_memory(&process)?;
                    return match serde_json::from_str(&line).map_err(|error| error.to_string())? {
                        Report::Failed(why) => Err(why),
                        report => Ok(report),
                    };
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.process.wait().map_err(|error| error.to_string())?;
                    let words = self.process.stderr.take().into_iter().flat_map(|words| BufReader::new(words).lines());
                    let words = words.map_while(Result::ok).find(|line| !line.is_empty()).unwrap_or_default();
                    return Err(format!("it ended ({status}): {words}"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            // One that waits rather than works is ended, too.
            let worked = processor_time_of(&process).unwrap_or_default().saturating_sub(had);
            if worked > self.bounds.time || begun.elapsed() > self.bounds.time * 10 {
                return Err(format!("it took longer than {} s", self.bounds.time.as_secs()));
            }
            self.within_memory(&process)?;
            if available().is_some_and(|bytes| bytes < SPARE) {
                return Err("the machine's memory is full".to_owned());
            }
        }
    }

    fn within_memory(&self, process: &str) -> Result<(), String> {
        if resident_of(process).is_some_and(|bytes| bytes > self.bounds.memory) {
            return Err(format!("it took more than {} MiB", self.bounds.memory >> 20));
        }
        Ok(())
    }

    fn send(&mut self, message: &impl serde::Serialize) -> Result<(), String> {
        let mut line = serde_json::to_string(message).map_err(|error| error.to_string())?;
        line.push('\n');
        self.orders.write_all(line.as_bytes()).map_err(|error| error.to_string())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // One that has ended already cannot be ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn available() -> Option<u64> {
    let all = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = all.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1_024)
}
