//! A prepared subject: where nearly all checks are asked.

use std::sync::Arc;

use grantrie::{Attributes, PreparedSubject, Question, RequestDocument, Timestamp, explanation_json};
use grantrie_host::{Fault, Shared};
use napi::bindgen_prelude::Uint8Array;
use napi::{JsString, Result};
use napi_derive::napi;

use super::decision::NativeDecision;
use super::errors::{throwing, thrown};
use super::texts::{Known, REPLACEMENT, Text, known};

/// A subject in a namespace, prepared for many checks.
#[napi]
#[derive(Debug)]
pub struct NativeSubject {
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    shared: Arc<Shared>,
    prepared: PreparedSubject,
    /// The same by its names: an explanation tells how each permission reached it.
    names: RequestDocument,
}

impl NativeSubject {
    pub(super) fn new(shared: Arc<Shared>, prepared: PreparedSubject, names: RequestDocument) -> Self {
        Self { held: Some(Held { shared, prepared, names }) }
    }

    fn held(&self) -> std::result::Result<&Held, Fault> {
        self.held.as_ref().ok_or_else(Fault::closed)
    }
}

#[napi]
impl NativeSubject {
    /// Whether the subject may do this.
    #[napi]
    pub fn is_allowed(&self, action: JsString<'_>, irn: JsString<'_>) -> Result<bool> {
        let (action, irn) = (Text::read("action", action)?, Text::read("irn", irn)?);
        let question = Question::new(action.as_str()?, irn.as_str()?);
        throwing(|| {
            let Held { shared, prepared, .. } = self.held()?;
            Ok(shared.engine()?.is_allowed_for(prepared, &question))
        })
    }

    /// The same with attributes, or at an instant.
    #[napi]
    pub fn is_allowed_with(
        &self,
        action: JsString<'_>,
        irn: JsString<'_>,
        attributes: Option<Known>,
        at: Option<String>,
    ) -> Result<bool> {
        let (action, irn) = (Text::read("action", action)?, Text::read("irn", irn)?);
        let (attributes, at) = known(attributes, at)?;
        let question = Question { action: action.as_str()?, irn: irn.as_str()?, attributes: attributes.as_ref(), at };
        throwing(|| {
            let Held { shared, prepared, .. } = self.held()?;
            Ok(shared.engine()?.is_allowed_for(prepared, &question))
        })
    }

    /// The decision.
    #[napi]
    pub fn check(
        &self,
        action: JsString<'_>,
        irn: JsString<'_>,
        attributes: Option<Known>,
        at: Option<String>,
    ) -> Result<NativeDecision> {
        let (action, irn) = (Text::read("action", action)?, Text::read("irn", irn)?);
        let (attributes, at) = known(attributes, at)?;
        let question = Question { action: action.as_str()?, irn: irn.as_str()?, attributes: attributes.as_ref(), at };
        throwing(|| {
            let Held { shared, prepared, .. } = self.held()?;
            Ok(NativeDecision::from(&shared.engine()?.check_for(prepared, &question)))
        })
    }

    /// The decision with what was considered, as JSON.
    #[napi]
    pub fn explain(
        &self,
        action: JsString<'_>,
        irn: JsString<'_>,
        attributes: Option<Known>,
        at: Option<String>,
    ) -> Result<String> {
        let (action, irn) = (Text::read("action", action)?, Text::read("irn", irn)?);
        let (action, irn) = (action.as_str()?.to_owned(), irn.as_str()?.to_owned());
        let (attributes, at) = known(attributes, at)?;
        throwing(|| {
            let Held { shared, names, .. } = self.held()?;
            let asked = RequestDocument { action, irn, attributes, at, ..names.clone() };
            let engine = shared.engine()?;
            Ok(asked.with_request(|request| explanation_json(&engine.explain(request))))
        })
    }

    /// Decides a batch whose different actions, so many, and names are one text in UTF-8: the first `written` bytes.
    /// `lengths` says how long each of them is in UTF-16, `places` which action each item has. One text goes over the border for
    /// a fraction of what many cost, and comes back for less than an array: a character for each item, U+0001 where it is allowed,
    /// U+0000 where not. Nothing, if a text may have been no Unicode: then they must come one by one.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "an object costs more; not of what napi makes of it")]
    pub fn check_joined(
        &self,
        text: &[u8],
        written: u32,
        lengths: &[u32],
        actions: u32,
        places: &[u8],
        attributes: Option<Known>,
        at: Option<String>,
    ) -> Result<Option<String>> {
        let (attributes, at) = known(attributes, at)?;
        let text = text.get(..written as usize).and_then(|text| std::str::from_utf8(text).ok());
        let actions = actions as usize;
        let lengths = lengths.get(..actions.saturating_add(places.len()));
        let Some(texts) = text.zip(lengths).and_then(|(text, lengths)| cut(text, lengths)) else { return Ok(None) };
        let Some((actions, irns)) = texts.split_at_checked(actions) else { return Ok(None) };
        // A place out of range would be an empty action, which nobody holds.
        let action = |place: &u8| actions.get(usize::from(*place)).copied().unwrap_or_default();
        let questions = places.iter().map(action).zip(irns.iter().copied());
        let decided = self.decided(questions, attributes.as_ref(), at)?;
        Ok(Some(decided.into_iter().map(|allowed| char::from(u8::from(allowed))).collect()))
    }

    /// The same of texts one by one.
    #[napi]
    pub fn check_each(
        &self,
        actions: Vec<JsString<'_>>,
        irns: Vec<JsString<'_>>,
        attributes: Option<Known>,
        at: Option<String>,
    ) -> Result<Uint8Array> {
        let (actions, irns) = (read_all("action", actions)?, read_all("irns", irns)?);
        let (attributes, at) = known(attributes, at)?;
        let action = |index: usize| actions.get(if actions.len() == 1 { 0 } else { index });
        let questions = irns.iter().enumerate().map(|(index, irn)| (action(index).map_or("", String::as_str), &**irn));
        let decided = self.decided(questions, attributes.as_ref(), at)?;
        Ok(decided.into_iter().map(u8::from).collect::<Vec<u8>>().into())
    }

    /// Decides a batch with reasons.
    #[napi]
    pub fn decide_each(
        &self,
        actions: Vec<JsString<'_>>,
        irns: Vec<JsString<'_>>,
        attributes: Option<Known>,
        at: Option<String>,
    ) -> Result<Vec<NativeDecision>> {
        let (actions, irns) = (read_all("action", actions)?, read_all("irns", irns)?);
        let (attributes, at) = known(attributes, at)?;
        let action = |index: usize| actions.get(if actions.len() == 1 { 0 } else { index });
        let questions: Vec<Question<'_>> = irns
            .iter()
            .enumerate()
            .map(|(index, irn)| Question {
                action: action(index).map_or("", String::as_str),
                irn,
                attributes: attributes.as_ref(),
                at,
            })
            .collect();
        throwing(|| {
            let Held { shared, prepared, .. } = self.held()?;
            let mut answers = Vec::with_capacity(questions.len());
            shared.engine()?.check_many_for(prepared, &questions, &mut answers)?;
            Ok(answers.iter().map(NativeDecision::from).collect())
        })
    }

    /// Gives back what preparing took.
    #[napi]
    pub fn close(&mut self) {
        self.held = None;
    }

    fn decided<'q>(
        &self,
        questions: impl ExactSizeIterator<Item = (&'q str, &'q str)>,
        attributes: Option<&'q Attributes>,
        at: Option<Timestamp>,
    ) -> Result<Vec<bool>> {
        let Held { shared, prepared, .. } = self.held().map_err(|fault| thrown(&fault))?;
        let questions = questions.map(|(action, irn)| Question { action, irn, attributes, at });
        throwing(|| {
            let mut answers = Vec::with_capacity(questions.len());
            shared.engine()?.are_allowed_for(prepared, questions, &mut answers)?;
            Ok(answers)
        })
    }
}

/// The texts of which one was made, each so many UTF-16 units long. Nothing, if it is not made of such, or has what stands for a
/// lone surrogate.
fn cut<'t>(mut text: &'t str, units: &[u32]) -> Option<Vec<&'t str>> {
    // As many bytes as units: all of it is ASCII.
    let ascii = units.iter().map(|units| u64::from(*units)).sum::<u64>() == text.len() as u64;
    if !ascii && text.contains(REPLACEMENT) {
        return None;
    }
    let mut texts = Vec::with_capacity(units.len());
    for units in units {
        let bytes = if ascii { *units as usize } else { bytes(text, *units)? };
        let (one, rest) = text.split_at_checked(bytes)?;
        texts.push(one);
        text = rest;
    }
    text.is_empty().then_some(texts)
}

/// How many bytes of UTF-8 the first so many units of UTF-16 are.
fn bytes(text: &str, units: u32) -> Option<usize> {
    let mut left = units as usize;
    for (at, one) in text.char_indices() {
        if left == 0 {
            return Some(at);
        }
        left = left.checked_sub(one.len_utf16())?;
    }
    (left == 0).then_some(text.len())
}

fn read_all(field: &'static str, texts: Vec<JsString<'_>>) -> Result<Vec<String>> {
    texts.into_iter().map(|text| Ok(Text::read(field, text)?.as_str()?.to_owned())).collect()
}
