//! Prepared subjects: the calls that are made often.

use grantrie::{Code, PreparedSubject};

use crate::border::{Flags, Handle, HandleOut, In, Items, ItemsOut, Out, Text, entry, free};
use crate::status::Status;
use crate::types::{Decision, GRANTRIE_MAX_ITEMS, Question, Wrong};

/// A prepared caller, and the engine that it asks. To be freed; may be used by any number of threads at once.
pub struct Subject {
    engine: grantrie::Engine,
    prepared: PreparedSubject,
    batch_items: usize,
}

impl Subject {
    pub(crate) const fn new(engine: grantrie::Engine, prepared: PreparedSubject, batch_items: usize) -> Self {
        Self { engine, prepared, batch_items }
    }
}

/// Gives the same subject out once more, to be freed by itself.
///
/// # Safety
/// `subject` is null or a subject that was not freed; `copy` is null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_subject_clone(subject: *const Subject, copy: *mut *mut Subject) -> Status {
    // SAFETY: what this function demands of its caller.
    let (subject, copy) = unsafe { (Handle::new(subject), HandleOut::new(copy)) };
    entry(|| subject.share(copy))
}

/// Frees a subject; null is left alone.
///
/// # Safety
/// `subject` is null or a subject that was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_subject_free(subject: *mut Subject) {
    // SAFETY: what this function demands of its caller.
    unsafe { free(subject) };
}

/// Whether the subject is allowed an action on a name, now. `allowed` is false until the engine has answered, and stays so if
/// the status is not 0. Allocates nothing, and takes no lock.
///
/// # Safety
/// `subject` is null or a subject that was not freed; the texts are the caller's; `allowed` is null or room for a bool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_subject_is_allowed(
    subject: *const Subject,
    action: Text,
    irn: Text,
    allowed: *mut bool,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (subject, out) = unsafe { (Handle::new(subject), Out::new(allowed)) };
    let cleared = out.write(false);
    entry(|| {
        cleared?;
        let Subject { engine, prepared, .. } = subject.get()?;
        // SAFETY: what this function demands of its caller.
        let question = unsafe { grantrie::Question::new(action.read()?, irn.read()?) };
        out.write(engine.is_allowed_for(prepared, &question))
    })
}

/// Decides, with the reason. What is wrong with a text is in the decision, and in the status if the text could not even be
/// read; the decision is a deny then, and until the engine has answered. Allocates nothing, and takes no lock.
///
/// # Safety
/// `subject` is null or a subject that was not freed, `question` null or begins with its size, with texts of the caller's,
/// `decision` null or room for a decision that begins with its size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_subject_check(
    subject: *const Subject,
    question: *const Question,
    decision: *mut Decision,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (subject, question, out) = unsafe { (Handle::new(subject), In::new(question), Out::new(decision)) };
    let denied = out.fill(&Decision::DENY);
    entry(|| {
        denied?;
        let Subject { engine, prepared, .. } = subject.get()?;
        // SAFETY: what this function demands of its caller.
        match unsafe { read(question) } {
            Ok(question) => out.fill(&Decision::from(&engine.check_for(prepared, &question))),
            Err(wrong) => out.fill(&Decision::wrong(&wrong)).and(Err(wrong.code)),
        }
    })
}

/// # Safety
/// As [`Question::read`].
#[inline]
unsafe fn read<'a>(question: In<'a, Question>) -> Result<grantrie::Question<'a>, Wrong> {
    // SAFETY: the caller of this function has what `read` demands.
    unsafe { question.read()?.read() }
}

/// Decides a batch on one snapshot and at one reading of the clock, in order, the same as one by one. All decisions are a deny
/// until then. An item that cannot be read has its code in its decision; the others are decided, and the status is 0. The
/// sizes are sizeof(grantrie_question) and sizeof(grantrie_decision); the `size` of the items is not looked at.
///
/// # Safety
/// As `grantrie_subject_check` for each of the `count` questions; `decisions` is room for so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_subject_check_many(
    subject: *const Subject,
    questions: *const Question,
    question_size: usize,
    count: usize,
    decisions: *mut Decision,
    decision_size: usize,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (subject, out) = unsafe { (Handle::new(subject), ItemsOut::new(decisions, decision_size, count)) };
    let denied = out.fill_all(&Decision::DENY, GRANTRIE_MAX_ITEMS);
    entry(|| {
        denied?;
        let Subject { engine, prepared, batch_items } = subject.get()?;
        // SAFETY: what this function demands of its caller.
        let items = unsafe { Items::read_all(questions, question_size, count, GRANTRIE_MAX_ITEMS)? };
        if items.len() > *batch_items {
            return Err(Code::BatchTooLarge);
        }
        let (mut places, mut asked) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for (index, item) in items.into_iter().enumerate() {
            // SAFETY: what this function demands of its caller.
            match unsafe { item.read() } {
                Ok(question) => {
                    places.push(index);
                    asked.push(question);
                }
                Err(wrong) => out.fill(index, &Decision::wrong(&wrong)),
            }
        }
        let mut answers = Vec::with_capacity(asked.len());
        engine.check_many_for(prepared, &asked, &mut answers).map_err(|error| error.code())?;
        places.iter().zip(&answers).for_each(|(place, answer)| out.fill(*place, &Decision::from(answer)));
        Ok(())
    })
}

/// Whether the subject is allowed an action on each of the names, on one snapshot and at one reading of the clock: a bool for
/// each, in order, all false until the engine has answered. Where a text cannot be read its answer is false, and the status says
/// why the first could not; the others are answered.
///
/// # Safety
/// `subject` is null or a subject that was not freed; the texts are the caller's; `allowed` is null or room for `count` bools.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_subject_are_allowed(
    subject: *const Subject,
    action: Text,
    irns: *const Text,
    count: usize,
    allowed: *mut bool,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (subject, irns, out) = unsafe { (Handle::new(subject), Items::new(irns, count), Flags::new(allowed, count)) };
    let denied = out.clear(GRANTRIE_MAX_ITEMS);
    entry(|| {
        denied?;
        let Subject { engine, prepared, batch_items } = subject.get()?;
        let items = irns.get(GRANTRIE_MAX_ITEMS)?;
        if items.len() > *batch_items {
            return Err(Code::BatchTooLarge);
        }
        // SAFETY: what this function demands of its caller.
        let action = unsafe { action.read()? };
        let mut first_wrong = Ok(());
        let texts: Vec<&str> = items
            .iter()
            .map(|irn| {
                // SAFETY: what this function demands of its caller.
                unsafe { irn.read() }.unwrap_or_else(|code| {
                    first_wrong = first_wrong.and(Err(code));
                    // No name: denied.
                    ""
                })
            })
            .collect();
        let mut answers = Vec::with_capacity(count);
        let questions = texts.iter().map(|irn| grantrie::Question::new(action, irn));
        engine.are_allowed_for(prepared, questions, &mut answers).map_err(|error| error.code())?;
        out.write(&answers);
        first_wrong
    })
}
