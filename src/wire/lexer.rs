//! JSON, a token at a time, from a stream: where each value stands, and no more memory than one string.
//!
//! Under [`Document`](super::document::Document), which knows what a document means. serde_json reports only the first
//! error of a value and not where a value begins, so the structure is read here; what a string's escapes mean is left
//! to it. Line breaks can only be white space (a string cannot hold one), so lines are counted only there. Nothing here
//! recurses: nesting is a stack that [`Limits::json_depth`] bounds.

use std::io::{ErrorKind, Read};

use wide::i8x16;

use crate::error::{Code, Problem};
use crate::limits::Limits;

/// Why reading cannot go on: not JSON, nested too deep, or unreadable.
pub(super) type Stop = Box<Problem>;

/// Bytes that are asked from the input at once.
const BUFFER_BYTES: usize = 1 << 16;

/// Line and column of the next byte, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// What kind of value comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    Text,
    Number,
    True,
    False,
    Null,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::True => "`true`",
            Self::False => "`false`",
            Self::Null => "`null`",
        }
    }
}

/// Bytes that are looked at together.
const LANES: usize = 16;

/// How many bytes of a string come before the first that is not plain: its end, an escape, a control character, one that is
/// not ASCII; or the end of what is at hand.
#[inline]
pub(super) fn plain_bytes(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<LANES>();
    let mut length = 0_usize;
    for chunk in chunks {
        let lanes = i8x16::new(chunk.map(u8::cast_signed));
        let quotes = lanes.simd_eq(i8x16::splat(b'"'.cast_signed()));
        let escapes = lanes.simd_eq(i8x16::splat(b'\\'.cast_signed()));
        let deletes = lanes.simd_eq(i8x16::splat(DELETE.cast_signed()));
        // As signed numbers, bytes that are not ASCII are small too.
        let ends = (quotes | escapes | deletes | lanes.simd_lt(i8x16::splat(b' '.cast_signed()))).to_bitmask();
        if ends != 0 {
            return length.saturating_add(ends.trailing_zeros() as usize);
        }
        length = length.saturating_add(LANES);
    }
    length.saturating_add(rest.iter().take_while(|byte| is_plain(**byte) && **byte < DELETE).count())
}

/// The one control character that may stand for itself in a string.
const DELETE: u8 = 0x7F;

/// Whether a byte stands for itself in a string.
const fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

/// How far something goes that was read elsewhere.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Passed {
    pub(super) bytes: usize,
    /// Lines that ended, and after how many bytes the last of them did.
    lines: usize,
    line_end: usize,
}

impl Passed {
    /// A line ended with the last byte.
    pub(super) fn line(&mut self) {
        self.lines = self.lines.saturating_add(1);
        self.line_end = self.bytes;
    }
}

/// An array or object that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    closer: u8,
    empty: bool,
}

pub(super) struct Lexer<'r> {
    input: &'r mut dyn Read,
    /// What was taken from the input last: read up to `next`, and filled up to `end`.
    buffer: Box<[u8]>,
    next: usize,
    end: usize,
    /// Bytes read before those in the buffer.
    before: usize,
    /// The string or number that was read last, where it does not stand in the buffer.
    text: String,
    /// Where it stands in the buffer: a string without escapes, all of it there, of ASCII characters only.
    in_buffer: Option<(usize, usize)>,
    open: Vec<Open>,
    line: usize,
    /// Where the line began, moved on by each byte that continues a character: `offset` less this is a column.
    line_start: usize,
    depth_limit: usize,
    text_limit: usize,
}

impl<'r> Lexer<'r> {
    pub(super) fn new(input: &'r mut dyn Read, limits: &Limits) -> Self {
        Self {
            input,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            next: 0,
            end: 0,
            before: 0,
            text: String::new(),
            in_buffer: None,
            open: Vec::new(),
            line: 1,
            line_start: 0,
            depth_limit: limits.json_depth,
            text_limit: limits.json_string_bytes,
        }
    }

    /// The string or number that was read last.
    pub(super) fn text(&self) -> &str {
        match self.in_buffer {
            Some(_) => str::from_utf8(self.bytes()).unwrap_or_default(),
            None => &self.text,
        }
    }

    /// The bytes of the same, which are had for less.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        match self.in_buffer {
            Some((start, end)) => self.buffer.get(start..end).unwrap_or_default(),
            None => self.text.as_bytes(),
        }
    }

    /// Bytes read so far.
    const fn offset(&self) -> usize {
        self.before.saturating_add(self.next)
    }

    /// Where the next byte stands; after [`kind`](Self::kind), where the next value begins.
    pub(super) const fn place(&self) -> Place {
        Place { line: self.line, column: self.offset().saturating_sub(self.line_start).saturating_add(1) }
    }

    pub(super) fn stop(&self, code: Code, message: impl Into<String>) -> Stop {
        stop_at(self.place(), code, message)
    }

    /// What comes next, white space skipped.
    pub(super) fn kind(&mut self) -> Result<Kind, Stop> {
        match self.peek_token()? {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::Text),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't') => Ok(Kind::True),
            Some(b'f') => Ok(Kind::False),
            Some(b'n') => Ok(Kind::Null),
            found => Err(self.unexpected(found, "a JSON value")),
        }
    }

    /// What is at hand of the value that comes next, if it may nest so deep and its strings may be as long as that.
    pub(super) fn at_hand(&self, depth: usize) -> Option<&[u8]> {
        let fits = self.open.len().saturating_add(depth) <= self.depth_limit;
        self.buffer.get(self.next..self.end).filter(|_| fits && self.text_limit >= BUFFER_BYTES)
    }

    /// Passes a value that was read from what is at hand, and answers its text.
    pub(super) fn pass(&mut self, passed: Passed) -> &str {
        if passed.lines > 0 {
            self.line = self.line.saturating_add(passed.lines);
            self.line_start = self.offset().saturating_add(passed.line_end);
        }
        let start = self.next;
        self.advance(passed.bytes);
        str::from_utf8(self.buffer.get(start..self.next).unwrap_or_default()).unwrap_or_default()
    }

    /// Enters the array or object that comes next.
    pub(super) fn enter(&mut self, kind: Kind) -> Result<(), Stop> {
        if self.open.len() >= self.depth_limit {
            let message = format!("nested deeper than {} arrays and objects (limit `json_depth`)", self.depth_limit);
            return Err(self.stop(Code::TooDeep, message));
        }
        self.open.push(Open { closer: if kind == Kind::Object { b'}' } else { b']' }, empty: true });
        self.advance(1);
        Ok(())
    }

    /// Whether the innermost open array or object goes on; if not, it has been left.
    pub(super) fn more(&mut self) -> Result<bool, Stop> {
        let found = self.peek_token()?;
        let Some(top) = self.open.last_mut() else { return Ok(false) };
        if found == Some(top.closer) {
            self.open.pop();
            self.advance(1);
            return Ok(false);
        }
        if top.empty {
            top.empty = false;
            return Ok(true);
        }
        if found == Some(b',') {
            self.advance(1);
            return Ok(true);
        }
        let expected = if top.closer == b'}' { "`,` or `}`" } else { "`,` or `]`" };
        Err(self.unexpected(found, expected))
    }

    /// Where the key that comes next begins.
    pub(super) fn next_key_place(&mut self) -> Result<Place, Stop> {
        self.peek_token()?;
        Ok(self.place())
    }

    /// Reads a key and its colon; false if the key is longer than the limit.
    pub(super) fn key(&mut self) -> Result<bool, Stop> {
        match self.peek_token()? {
            Some(b'"') => {}
            found => return Err(self.unexpected(found, "a key in double quotes")),
        }
        let kept = self.string()?;
        match self.peek_token()? {
            Some(b':') => self.advance(1),
            found => return Err(self.unexpected(found, "`:` after a key")),
        }
        Ok(kept)
    }

    /// Reads the string that comes next; false if it is longer than the limit (then its text is not kept).
    pub(super) fn string(&mut self) -> Result<bool, Stop> {
        let first = self.next.saturating_add(1);
        let chunk = self.buffer.get(first..self.end).unwrap_or_default();
        let length = plain_bytes(chunk);
        if chunk.get(length) == Some(&b'"') && length <= self.text_limit {
            self.in_buffer = Some((first, first.saturating_add(length)));
            self.advance(length.saturating_add(2));
            return Ok(true);
        }
        self.string_in_pieces()
    }

    /// Like [`string`](Self::string), whatever it holds and wherever the buffer ends.
    fn string_in_pieces(&mut self) -> Result<bool, Stop> {
        let start = self.place();
        self.in_buffer = None;
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.clear();
        let (mut escapes, mut kept) = (false, true);
        let limit = self.text_limit;
        self.advance(1);
        loop {
            let chunk = self.fill()?;
            let run = chunk.iter().take_while(|byte| is_plain(**byte)).count();
            let (plain, rest) = chunk.split_at_checked(run).unwrap_or((chunk, &[]));
            let special = rest.first().copied();
            kept = kept && bytes.len().saturating_add(run) <= limit;
            if kept {
                bytes.extend_from_slice(plain);
            }
            let continuations = plain.iter().filter(|&&b| b & 0xC0 == 0x80).count();
            let ended = chunk.is_empty();
            self.advance(run);
            self.line_start = self.line_start.saturating_add(continuations);
            match special {
                Some(b'"') => break,
                Some(b'\\') => {
                    escapes = true;
                    self.advance(1);
                    bytes.push(b'\\');
                    match self.fill()?.first().copied() {
                        Some(escaped) if escaped.is_ascii_graphic() => {
                            bytes.push(escaped);
                            self.advance(1);
                        }
                        found => return Err(self.unexpected(found, "an escaped character")),
                    }
                    if !kept {
                        bytes.clear();
                    }
                }
                Some(control) => {
                    let message = format!("control character 0x{control:02X} in a string: write it as an escape");
                    return Err(self.stop(Code::Syntax, message));
                }
                None if ended => return Err(self.stop(Code::Syntax, "the document ends inside a string")),
                None => {}
            }
        }
        self.advance(1);
        if !kept {
            return Ok(false);
        }
        self.text = if escapes { unescape(bytes, start)? } else { decode(bytes, start)? };
        Ok(true)
    }

    /// Reads the number that comes next into [`text`](Self::text).
    pub(super) fn number(&mut self) -> Result<(), Stop> {
        let start = self.place();
        self.in_buffer = None;
        self.text.clear();
        while let Some(byte @ (b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) = self.fill()?.first().copied() {
            if self.text.len() >= self.text_limit {
                let message = format!("a number longer than {} bytes (limit `json_string_bytes`)", self.text_limit);
                return Err(stop_at(start, Code::Syntax, message));
            }
            self.text.push(char::from(byte));
            self.advance(1);
        }
        if is_number(self.text.as_bytes()) {
            return Ok(());
        }
        let shown: String = self.text.chars().take(40).collect();
        Err(stop_at(start, Code::Syntax, format!("`{shown}` is not a JSON number")))
    }

    /// Reads `true`, `false` or `null`, of which the first byte was seen.
    pub(super) fn literal(&mut self, word: &str) -> Result<(), Stop> {
        for expected in word.bytes() {
            match self.fill()?.first().copied() {
                Some(found) if found == expected => self.advance(1),
                found => return Err(self.unexpected(found, &format!("`{word}`"))),
            }
        }
        Ok(())
    }

    /// Reads past the value that comes next.
    pub(super) fn skip(&mut self) -> Result<(), Stop> {
        let floor = self.open.len();
        loop {
            match self.kind()? {
                kind @ (Kind::Object | Kind::Array) => self.enter(kind)?,
                Kind::Text => drop(self.string()?),
                Kind::Number => self.number()?,
                Kind::True => self.literal("true")?,
                Kind::False => self.literal("false")?,
                Kind::Null => self.literal("null")?,
            }
            loop {
                if self.open.len() <= floor {
                    return Ok(());
                }
                if self.more()? {
                    break;
                }
            }
            if self.open.last().is_some_and(|top| top.closer == b'}') {
                self.key()?;
            }
        }
    }

    /// Makes sure that nothing but white space follows.
    pub(super) fn end(&mut self) -> Result<(), Stop> {
        match self.peek_token()? {
            None => Ok(()),
            Some(_) => Err(self.stop(Code::TrailingText, "text after the end of the document")),
        }
    }

    /// The next byte that is no white space.
    #[inline]
    fn peek_token(&mut self) -> Result<Option<u8>, Stop> {
        match self.buffer.get(self.next) {
            Some(byte) if self.next < self.end && *byte > b' ' => Ok(Some(*byte)),
            _ => self.pass_white_space(),
        }
    }

    fn pass_white_space(&mut self) -> Result<Option<u8>, Stop> {
        loop {
            match self.fill()?.first().copied() {
                Some(b' ' | b'\t' | b'\r') => self.advance(1),
                Some(b'\n') => {
                    self.advance(1);
                    self.line = self.line.saturating_add(1);
                    self.line_start = self.offset();
                }
                found => return Ok(found),
            }
        }
    }

    #[inline]
    fn fill(&mut self) -> Result<&[u8], Stop> {
        if self.next == self.end {
            self.refill()?;
        }
        Ok(self.buffer.get(self.next..self.end).unwrap_or_default())
    }

    #[cold]
    fn refill(&mut self) -> Result<(), Stop> {
        if self.in_buffer.is_some() {
            self.text = self.text().to_owned();
            self.in_buffer = None;
        }
        self.before = self.offset();
        (self.next, self.end) = (0, 0);
        loop {
            match self.input.read(&mut self.buffer) {
                Ok(bytes) => {
                    self.end = bytes.min(self.buffer.len());
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.stop(Code::Unreadable, format!("cannot be read on: {error}"))),
            }
        }
    }

    #[inline]
    fn advance(&mut self, bytes: usize) {
        self.next = self.next.saturating_add(bytes).min(self.end);
    }

    #[cold]
    fn unexpected(&self, found: Option<u8>, expected: &str) -> Stop {
        let message = match found {
            None => format!("the document ends where {expected} is expected"),
            Some(byte) if byte.is_ascii_graphic() => {
                format!("found `{}` where {expected} is expected", char::from(byte))
            }
            Some(byte) => format!("found byte 0x{byte:02X} where {expected} is expected"),
        };
        self.stop(Code::Syntax, message)
    }
}

fn stop_at(place: Place, code: Code, message: impl Into<String>) -> Stop {
    let mut problem = Problem::new(code, "", message);
    problem.place = Some((place.line, place.column));
    Box::new(problem)
}

/// The string's text, where it has no escapes.
fn decode(bytes: Vec<u8>, start: Place) -> Result<String, Stop> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let characters = String::from_utf8_lossy(good).chars().count();
        let column = start.column.saturating_add(characters).saturating_add(1);
        stop_at(Place { column, ..start }, Code::Syntax, "not UTF-8")
    })
}

/// The string's text, its escapes resolved.
#[cold]
fn unescape(bytes: Vec<u8>, start: Place) -> Result<String, Stop> {
    let raw = decode(bytes, start)?;
    serde_json::from_str(&format!("\"{raw}\"")).map_err(|error| {
        // serde_json says where it noticed (counting the quote), which is within or just after the escape.
        let noticed = error.column().saturating_sub(1);
        let escape = raw.match_indices('\\').map(|(at, _)| at).take_while(|at| *at < noticed).last().unwrap_or(0);
        let characters = raw.char_indices().take_while(|(at, _)| *at < escape).count();
        let column = start.column.saturating_add(characters).saturating_add(1);
        stop_at(Place { column, ..start }, Code::Syntax, "not a JSON escape (or half of a surrogate pair)")
    })
}

/// JSON's grammar of numbers: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
fn is_number(text: &[u8]) -> bool {
    fn digits(text: &[u8]) -> (usize, &[u8]) {
        let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
        (count, text.get(count..).unwrap_or_default())
    }
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let (count, mut rest) = digits(text);
    if count == 0 || (count > 1 && text.first() == Some(&b'0')) {
        return false;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        let (count, after) = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = after;
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', unsigned @ ..] => unsigned,
            _ => exponent,
        };
        let (count, after) = digits(exponent);
        return count > 0 && after.is_empty();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_bytes_end_where_a_byte_by_byte_search_ends() {
        let mut state = 1_u32;
        let mut bytes: Vec<u8> = Vec::new();
        for _ in 0..20_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Mostly plain, with everything that is near an end or next to one.
            let choice =
                [b'a', b'z', b' ', b'!', b'"', b'#', b'[', b'\\', b']', 0x1F, 0x7F, 0x80, 0xA0, 0xA2, 0xDC, 0xFF];
            let byte = if state >> 28 < 11 { b'x' } else { choice[(state >> 20) as usize % choice.len()] };
            bytes.push(byte);
            for length in [7, 8, 15, 16, 17, 40, 65] {
                let tail = &bytes[bytes.len().saturating_sub(length)..];
                let is_end = |byte: &u8| [b'"', b'\\'].contains(byte) || *byte < b' ' || *byte >= 0x7F;
                assert_eq!(plain_bytes(tail), tail.iter().position(is_end).unwrap_or(tail.len()), "{tail:?}");
            }
        }
    }
}
