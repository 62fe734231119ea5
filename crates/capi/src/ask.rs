//! Asking an engine by names: each call says who asks and what.

use grantrie::{Code, explanation_json};

use crate::border::{Handle, HandleOut, In, Items, ItemsOut, Out, entry, entry_with_error};
use crate::engine::Engine;
use crate::error::Error;
use crate::names::{bad, refused};
use crate::output::OwnedText;
use crate::status::Status;
use crate::types::{Asker, Caller, Decision, GRANTRIE_MAX_ITEMS, Names, Question, Request, Wrong};

/// Whether a caller is allowed what it asks. A status that is not 0 says what is wrong with the call; `allowed` is false
/// then, and until the engine has answered.
///
/// # Safety
/// `engine` is null or an engine that was not freed, `caller` and `question` are null or begin with their size, with texts of
/// the caller's, `allowed` is null or room for a bool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_is_allowed(
    engine: *const Engine,
    caller: *const Caller,
    question: *const Question,
    allowed: *mut bool,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, request) = unsafe { (Handle::new(engine), (In::new(caller), In::new(question))) };
    // SAFETY: as above.
    let out = unsafe { Out::new(allowed) };
    let cleared = out.write(false);
    entry(|| {
        cleared?;
        // SAFETY: what this function demands of its caller.
        let answer = unsafe { ask(engine.get()?, request, grantrie::Engine::is_allowed) };
        out.write(answer.map_err(|wrong| wrong.code)?)
    })
}

/// Decides, with the reason. What is wrong with a text is in the decision, and in the status if the text could not even be
/// read; the decision is a deny then, and until the engine has answered.
///
/// # Safety
/// As `grantrie_engine_is_allowed`; `decision` is null or room for a decision that begins with its size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_check(
    engine: *const Engine,
    caller: *const Caller,
    question: *const Question,
    decision: *mut Decision,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, request) = unsafe { (Handle::new(engine), (In::new(caller), In::new(question))) };
    // SAFETY: as above.
    let out = unsafe { Out::new(decision) };
    let denied = out.fill(&Decision::DENY);
    entry(|| {
        denied?;
        // SAFETY: what this function demands of its caller.
        match unsafe { ask(engine.get()?, request, grantrie::Engine::check) } {
            Ok(decision) => out.fill(&Decision::from(&decision)),
            Err(wrong) => out.fill(&Decision::wrong(&wrong)).and(Err(wrong.code)),
        }
    })
}

/// Asks what C asks.
///
/// # Safety
/// The pointers are good, and what they point at is the caller's.
#[inline]
unsafe fn ask<T>(
    engine: &Engine,
    (caller, question): (In<'_, Caller>, In<'_, Question>),
    answer: impl FnOnce(&grantrie::Engine, &grantrie::Request<'_>) -> T,
) -> Result<T, Wrong> {
    let mut names = Names::default();
    // SAFETY: the caller of this function has what `read` demands.
    let (asker, question) = unsafe { (caller.read()?.read(&mut names)?, question.read()?.read()?) };
    Ok(answer(&engine.engine, &asker.asks(&question)))
}

/// Decides a batch on one snapshot and at one reading of the clock, in order, the same as one by one. All decisions are a deny
/// until then. An item that cannot be read has its code in its decision; the others are decided, and the status is 0.
/// `decision_size` is sizeof(grantrie_decision); the `size` of the items is not looked at.
///
/// # Safety
/// As `grantrie_engine_check` for each of the `count` requests; `decisions` is room for so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_check_many(
    engine: *const Engine,
    requests: *const Request,
    count: usize,
    decisions: *mut Decision,
    decision_size: usize,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, requests) = unsafe { (Handle::new(engine), Items::new(requests, count)) };
    // SAFETY: as above.
    let out = unsafe { ItemsOut::new(decisions, decision_size, count) };
    let denied = out.fill_all(&Decision::DENY, GRANTRIE_MAX_ITEMS);
    entry(|| {
        denied?;
        let Engine { engine, batch_items } = engine.get()?;
        let items = requests.get(GRANTRIE_MAX_ITEMS)?;
        if items.len() > *batch_items {
            return Err(Code::BatchTooLarge);
        }
        let mut names: Vec<Names<'_>> = Vec::new();
        names.resize_with(items.len(), Names::default);
        // Those that can be read, with their places.
        let (mut places, mut asked) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
        for (index, (item, names)) in items.iter().zip(&mut names).enumerate() {
            // SAFETY: what this function demands of its caller.
            match unsafe { read_item(item, names) } {
                Ok((asker, question)) => {
                    places.push(index);
                    asked.push(asker.asks(&question));
                }
                Err(wrong) => out.fill(index, &Decision::wrong(&wrong)),
            }
        }
        let mut answers = Vec::with_capacity(asked.len());
        engine.check_many(&asked, &mut answers).map_err(|error| error.code())?;
        places.iter().zip(&answers).for_each(|(place, answer)| out.fill(*place, &Decision::from(answer)));
        Ok(())
    })
}

/// # Safety
/// What the item points at is the caller's and valid for `'t`.
unsafe fn read_item<'a, 't: 'a>(
    item: &Request,
    names: &'a mut Names<'t>,
) -> Result<(Asker<'a>, grantrie::Question<'a>), Wrong> {
    // SAFETY: the caller of this function has what these demand.
    unsafe { Ok((In::new(item.caller).read()?.read(names)?, In::new(item.question).read()?.read()?)) }
}

/// Decides, and says in JSON what was considered: the keys are those of `grantrie check --explain --json`.
///
/// # Safety
/// As `grantrie_engine_is_allowed`; `json` is null or room for a pointer, `error` null or room for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_explain(
    engine: *const Engine,
    caller: *const Caller,
    question: *const Question,
    json: *mut *mut OwnedText,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, request) = unsafe { (Handle::new(engine), (In::new(caller), In::new(question))) };
    // SAFETY: as above.
    let (out, error) = unsafe { (HandleOut::new(json), HandleOut::new(error)) };
    out.clear();
    entry_with_error(error, || {
        out.check().map_err(bad("json"))?;
        let engine = engine.get().map_err(bad("engine"))?;
        // SAFETY: what this function demands of its caller.
        let explained = unsafe { ask(engine, request, grantrie::Engine::explain) };
        out.give(OwnedText::new(explanation_json(&explained.map_err(|wrong| refused(&wrong))?)));
        Ok(())
    })
}
