//! The quick reader of permissions and users in a world file: for those that are beyond doubt, and stand in the buffer whole.
//!
//! A large file holds little else than plain ones, so reading them is a good part of loading it. What is accepted here
//! is read through once, and nothing of it is copied; all else (escapes, other scripts, criteria, actions of somebody's own,
//! everything that is wrong or unknown) is left to [`permission`](super::permission) and [`world`](super::world), which begin
//! again where it begins, and alone report problems.
//!
//! What must hold: what is accepted here means the same there.

use std::ops::Range;

use super::lexer::{Passed, plain_bytes};
use crate::irn::{Form, PatternRef};
use crate::limits::MAX_ID_BYTES;
use crate::model::{Action, Effect, PrincipalKind, Span, Spelled, SpelledUser, Timestamp};

/// Arrays and objects that a permission nests in itself, or a user.
pub(super) const DEPTH: usize = 2;

/// The permission that these bytes begin with, and how far it goes.
pub(super) fn permission(bytes: &[u8]) -> Option<(Spelled, Passed)> {
    let mut reading = Reading { bytes, passed: Passed::default() };
    let (mut id, mut namespace, mut resource, mut principal, mut actions) = (None, None, None, None, None);
    let (mut effect, mut not_before, mut expires_at) = (None, None, None);
    reading.object(|reading, key| match key {
        b"_namespace" => put(&mut namespace, reading.id()?),
        b"_resourceDesc" => put(&mut resource, reading.resource()?),
        b"_user" => put(&mut principal, reading.principal()?),
        b"_actions" => put(&mut actions, reading.actions()?),
        b"_effect" => put(&mut effect, reading.effect()?),
        b"_id" => put(&mut id, reading.text()?.parse().ok()?),
        b"_notBefore" => put(&mut not_before, reading.text()?.parse().ok()?),
        b"_expiresAt" => put(&mut expires_at, reading.text()?.parse().ok()?),
        _ => None,
    })?;
    let (pattern, form) = resource?;
    let (kind, principal) = principal?;
    let actions = actions?;
    let spelled = Spelled {
        id,
        namespace: namespace?,
        kind,
        principal,
        pattern,
        form,
        actions,
        effect: effect.unwrap_or_default(),
        not_before,
        expires_at,
    };
    let applies = not_before.zip(expires_at).is_none_or(|(start, end): (Timestamp, Timestamp)| start < end);
    applies.then_some((spelled, reading.passed))
}

/// The user that these bytes begin with, and how far it goes. The ids of its groups are put into `ids`, then those of its
/// profiles.
pub(super) fn user(bytes: &[u8], ids: &mut Vec<Span>) -> Option<(SpelledUser, Passed)> {
    let mut reading = Reading { bytes, passed: Passed::default() };
    let (mut id, mut name, mut phone, mut groups, mut profiles) = (None, None, None, None, None);
    ids.clear();
    reading.object(|reading, key| match key {
        b"user_id" => put(&mut id, reading.id()?),
        b"user_name" => put(&mut name, reading.spanned()?.1),
        b"user_phone" => put(&mut phone, reading.spanned()?.1),
        b"groups" => put(&mut groups, reading.ids(ids)?),
        b"permprofiles" => put(&mut profiles, reading.ids(ids)?),
        _ => None,
    })?;
    let groups = groups.unwrap_or_default();
    // Where the profiles stand first, they are put behind the groups.
    if profiles.is_some_and(|profiles: Range<usize>| profiles.start < groups.start) {
        ids.rotate_left(groups.start);
    }
    Some((SpelledUser { id: id?, name, phone, groups: groups.len() }, reading.passed))
}

/// Puts a value where none is yet: a key that stands twice is no key of a plain permission.
fn put<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// Bytes that are being read, up to a place.
struct Reading<'a> {
    bytes: &'a [u8],
    passed: Passed,
}

impl<'a> Reading<'a> {
    /// The next byte that is no white space.
    #[inline]
    fn token(&mut self) -> Option<u8> {
        loop {
            match *self.bytes.get(self.passed.bytes)? {
                b' ' | b'\t' | b'\r' => self.advance(1),
                b'\n' => {
                    self.advance(1);
                    self.passed.line();
                }
                byte => return Some(byte),
            }
        }
    }

    #[inline]
    fn advance(&mut self, bytes: usize) {
        self.passed.bytes = self.passed.bytes.wrapping_add(bytes);
    }

    /// Passes this byte, which must be the next that is no white space.
    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.token()? == byte).then(|| self.advance(1))
    }

    /// A string of bytes that stand for themselves.
    #[inline]
    fn string(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let rest = self.bytes.get(self.passed.bytes..)?;
        let (text, end) = rest.split_at_checked(plain_bytes(rest))?;
        self.advance(text.len().wrapping_add(1));
        (*end.first()? == b'"').then_some(text)
    }

    /// The same, and where it stands.
    fn spanned(&mut self) -> Option<(&'a [u8], Span)> {
        let text = self.string()?;
        let end = self.passed.bytes.wrapping_sub(1);
        let start = end.wrapping_sub(text.len());
        Some((text, Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? }))
    }

    fn text(&mut self) -> Option<&'a str> {
        str::from_utf8(self.string()?).ok()
    }

    /// An object, whose keys are plain.
    #[inline]
    fn object(&mut self, mut field: impl FnMut(&mut Self, &[u8]) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            field(self, key)?;
            let next = self.token()?;
            self.advance(1);
            match next {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// What [`check_id`](crate::model::check_id) accepts: plain bytes are neither control characters nor other scripts.
    fn id(&mut self) -> Option<Span> {
        let (text, span) = self.spanned()?;
        (!text.is_empty() && text.len() <= MAX_ID_BYTES).then_some(span)
    }

    /// A list of those, and where among these they are put.
    fn ids(&mut self, ids: &mut Vec<Span>) -> Option<Range<usize>> {
        let first = ids.len();
        self.list(|reading| {
            ids.push(reading.id()?);
            Some(())
        })?;
        Some(first..ids.len())
    }

    /// A list, item by item.
    #[inline]
    fn list(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(b'[')?;
        if self.token()? == b']' {
            self.advance(1);
            return Some(());
        }
        loop {
            item(self)?;
            let next = self.token()?;
            self.advance(1);
            match next {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn resource(&mut self) -> Option<(Span, Form)> {
        let mut pattern = None;
        self.object(|reading, key| {
            if key != b"_irn" {
                return None;
            }
            let (text, span) = reading.spanned()?;
            let read = PatternRef::parse_plain(text);
            let read = read.or_else(|| PatternRef::parse(str::from_utf8(text).ok()?).ok())?;
            put(&mut pattern, (span, read.form()))
        })?;
        pattern
    }

    fn principal(&mut self) -> Option<(PrincipalKind, Span)> {
        let (mut kind, mut id) = (None, None);
        self.object(|reading, key| match key {
            b"_type" => {
                let name = reading.string()?;
                put(&mut kind, PrincipalKind::ALL.into_iter().find(|kind| kind.as_str().as_bytes() == name)?)
            }
            b"_id" => put(&mut id, reading.id()?),
            _ => None,
        })?;
        kind.zip(id)
    }

    /// A list of known actions, a bit for each; `None` for all.
    fn actions(&mut self) -> Option<Option<u8>> {
        let (mut all, mut bits) = (false, 0);
        self.list(|reading| {
            match reading.string()? {
                b"*" => all = true,
                name => bits |= 1 << Action::KNOWN.into_iter().position(|known| known.as_bytes() == name)?,
            }
            Some(())
        })?;
        // None is a problem, not all.
        (all || bits != 0).then_some((!all).then_some(bits))
    }

    fn effect(&mut self) -> Option<Effect> {
        match self.string()? {
            b"ALLOW" => Some(Effect::Allow),
            b"DENY" => Some(Effect::Deny),
            _ => None,
        }
    }
}
