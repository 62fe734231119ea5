//! A prepared subject: where nearly all checks are asked.

use std::sync::Arc;

use grantrie::{Attributes, PreparedSubject, Question, RequestDocument, Timestamp, explanation_json};
use grantrie_host::{Fault, Shared};
use memchr::{memchr_iter, memmem};
use napi::bindgen_prelude::Uint8Array;
use napi::{JsString, Result};
use napi_derive::napi;

use super::decision::NativeDecision;
use super::errors::{throwing, thrown};
use super::texts::{Known, REPLACEMENT, Text, known};

/// What parts the texts of a batch: no name and no action has one.
const SEPARATOR: u8 = b'\n';

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

    /// Decides a batch whose names are joined by line feeds, in UTF-8; `which` of the actions is for
    /// each item, if there are several. A byte for each, 1 where it is allowed. One text goes
    /// over the border for a fraction of what many cost. Nothing, if the names are not as many as the caller says, or may have
    /// been no Unicode: then they must come one by one.
    #[napi]
    pub fn check_joined(
        &self,
        names: &[u8],
        count: u32,
        actions: Vec<JsString<'_>>,
        which: Option<&[u8]>,
        attributes: Option<Known>,
        at: Option<String>,
    ) -> Result<Option<Uint8Array>> {
        let actions = read_all("action", actions)?;
        let (attributes, at) = known(attributes, at)?;
        let count = count as usize;
        let Ok(names) = std::str::from_utf8(names) else { return Ok(None) };
        if memmem::find(names.as_bytes(), REPLACEMENT.encode_utf8(&mut [0; 4]).as_bytes()).is_some() {
            return Ok(None);
        }
        let irns = parts(names, count);
        if irns.len() != count || which.map_or(actions.len() != 1, |which| which.len() != count) {
            return Ok(None);
        }
        // One that is out of range would be an empty action, which nobody holds.
        let action = |index: usize| {
            let place = which.map_or(0, |which| which.get(index).map_or(usize::MAX, |place| usize::from(*place)));
            actions.get(place).map_or("", String::as_str)
        };
        let questions = irns.iter().enumerate().map(|(index, irn)| (action(index), *irn));
        self.bytes(questions, attributes.as_ref(), at).map(Some)
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
        self.bytes(questions, attributes.as_ref(), at)
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

    fn bytes<'q>(
        &self,
        questions: impl ExactSizeIterator<Item = (&'q str, &'q str)>,
        attributes: Option<&'q Attributes>,
        at: Option<Timestamp>,
    ) -> Result<Uint8Array> {
        let Held { shared, prepared, .. } = self.held().map_err(|fault| thrown(&fault))?;
        let questions = questions.map(|(action, irn)| Question { action, irn, attributes, at });
        throwing(|| {
            let mut answers = Vec::with_capacity(questions.len());
            shared.engine()?.are_allowed_for(prepared, questions, &mut answers)?;
            Ok(answers.into_iter().map(u8::from).collect::<Vec<u8>>().into())
        })
    }
}

/// The texts between separators, of which about so many are expected. A separator is no part of another character.
fn parts(joined: &str, expected: usize) -> Vec<&str> {
    let mut parts = Vec::with_capacity(expected);
    let mut from = 0;
    for at in memchr_iter(SEPARATOR, joined.as_bytes()) {
        parts.extend(joined.get(from..at));
        from = at + 1;
    }
    parts.extend(joined.get(from..));
    parts
}

fn read_all(field: &'static str, texts: Vec<JsString<'_>>) -> Result<Vec<String>> {
    texts.into_iter().map(|text| Ok(Text::read(field, text)?.as_str()?.to_owned())).collect()
}
