//! Requests as JSON lines, each answered with a line, in order.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use grantrie::{Engine, Limits, RequestDocument, decision_json};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;
use crate::load::{self, Data};
use crate::output::{self, answer::Answer};

/// Bytes of one line, at most: a longer one is an invalid request. Bounds the memory of a batch.
const LINE_BYTES: usize = 1 << 20;

pub(crate) fn run(data: &Data, requests: &Path) -> Result<ExitCode, Failure> {
    // The file is opened before the world is loaded: a wrong name should not take seconds to show.
    let (input, _) = load::open(requests)?;
    // Standard output is for answers only.
    let engine = data.load(false)?;
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} answers, {per_sec}") {
        bar.set_style(style);
    }
    let answered = answer_all(&engine, input, BufWriter::new(io::stdout().lock()), &bar);
    bar.finish_and_clear();
    match answered {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Ended::Reading(error)) => {
            Err(Failure::new(format_args!("`{}` cannot be read on: {error}", requests.display())))
        }
        Err(Ended::Writing(error)) => Err(error.into()),
    }
}

enum Ended {
    Reading(io::Error),
    Writing(io::Error),
}

fn answer_all(engine: &Engine, input: impl Read, mut out: impl Write, bar: &ProgressBar) -> Result<(), Ended> {
    let limits = Limits::default();
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut line = Vec::new();
    while let Some(whole) = read_line(&mut input, &mut line).map_err(Ended::Reading)? {
        answer(engine, whole.then_some(&line), &limits, &mut out).map_err(Ended::Writing)?;
        // Who writes a request and waits for its answer gets it.
        if input.buffer().is_empty() {
            out.flush().map_err(Ended::Writing)?;
        }
        bar.inc(1);
    }
    out.flush().map_err(Ended::Writing)
}

fn answer(engine: &Engine, line: Option<&Vec<u8>>, limits: &Limits, out: &mut impl Write) -> io::Result<()> {
    let Some(line) = line else { return output::json(out, &Answer::too_long(LINE_BYTES)) };
    match RequestDocument::read(line, limits) {
        Ok(request) => {
            let decision = request.with_request(|request| engine.check(request));
            output::json_line(out, &decision_json(&decision))
        }
        Err(refused) => output::json(out, &Answer::refused(&refused)),
    }
}

/// Reads a line without its end; false if it is too long (then it is not kept), nothing at the end of the input.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut any, mut whole) = (false, true);
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if chunk.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = chunk.iter().position(|&byte| byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        whole = whole && line.len() + part.len() <= LINE_BYTES;
        if whole {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}
