//! How answers look: one readable line, a tree, or JSON.

pub(crate) mod answer;
pub(crate) mod problems;
pub(crate) mod tree;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::io::{self, Write};

/// What is allowed, enabled, good.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is denied, disabled, wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What went wrong with the command itself.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Writes one value as a line of JSON.
pub(crate) fn json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// Writes a value that is JSON already.
pub(crate) fn json_line(out: &mut impl Write, json: &str) -> io::Result<()> {
    writeln!(out, "{json}")
}

/// A foreign text on a terminal: control characters escaped.
pub(crate) fn shown(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// Lets an answer go unread: its exit status says what was found even if nobody reads the words.
pub(crate) fn or_unread(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// `1 problem`, `2 problems`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
