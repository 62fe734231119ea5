//! How an engine is set up.

use std::ffi::c_void;
use std::mem::offset_of;

use grantrie::{AuditEntry, ChangeSet, Code, EngineBuilder, GroupConflict, Limits, changes_json};

use crate::border::{Growable, Text};

/// Any group that is disabled wins over any that is enabled.
pub const GRANTRIE_DISABLED_WINS: u32 = 0;
/// Any group that is enabled wins over any that is disabled.
pub const GRANTRIE_ENABLED_WINS: u32 = 1;

/// What one change set did. Its texts end with the call that it is handed to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Audit {
    /// How many bytes of this struct there are.
    pub size: u32,
    /// How many effects the change set had.
    pub effects: u64,
    /// The revision that shows it.
    pub revision: u64,
    /// The engine's clock when it was applied: microseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// Who asked for it, as it said; absent: nobody named.
    pub actor: Text,
    /// The effects as a change file (JSON): what was added has its id.
    pub changes: Text,
}

/// Who is told what every change set did: called on the thread that applies it, after the change is visible and before
/// `apply` returns, in the order of revisions. It may ask the engine, but must not change it, and must neither throw nor jump.
pub type AuditSink = Option<unsafe extern "C" fn(context: *mut c_void, audit: *const Audit)>;

/// How an engine is set up. Begin with `GRANTRIE_OPTIONS_INIT`. A limit of 0 is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Options {
    /// sizeof(grantrie_options).
    pub size: u32,
    /// `GRANTRIE_DISABLED_WINS` or `GRANTRIE_ENABLED_WINS`.
    pub group_conflict: u32,
    /// Who is told of changes; null: nobody.
    pub audit: AuditSink,
    /// Handed to `audit`, which any thread may call; it must stay good until the last handle of the engine is freed.
    pub audit_context: *mut c_void,
    /// Changes in one change set (default 2,000,000).
    pub changes_per_set: usize,
    /// Attributes in one permission's criteria (default 16).
    pub criteria_per_permission: usize,
    /// Bytes of one attribute's name or text (default 1,024).
    pub attribute_bytes: usize,
    /// Groups and profiles of one caller, and direct memberships of one principal (default 4,096).
    pub memberships_per_principal: usize,
    /// Items in one batch (default 100,000).
    pub batch_items: usize,
    /// Permissions that one explanation lists (default 10,000).
    pub explained_permissions: usize,
    /// Problems that one error lists (default 100).
    pub reported_problems: usize,
}

// SAFETY: the size comes first, zero is a value of every field, `repr(C)`. A version that adds fields keeps this
// field, the last of the first version.
unsafe impl Growable for Options {
    const FIRST_SIZE: usize = offset_of!(Self, reported_problems) + size_of::<usize>();
}

/// The host's audit, which it has said any thread may call.
struct Sink {
    call: unsafe extern "C" fn(context: *mut c_void, audit: *const Audit),
    context: *mut c_void,
}

// SAFETY: `Options` demands that the context may be used by any thread until the engine ends.
unsafe impl Send for Sink {}
// SAFETY: as above; and the engine calls it from one thread at a time.
unsafe impl Sync for Sink {}

impl Sink {
    fn tell(&self, entries: &[AuditEntry]) {
        let Some(first) = entries.first() else { return };
        let set = ChangeSet::new(entries.iter().map(|entry| entry.effected.to_change()).collect());
        let changes = changes_json(&ChangeSet { actor: first.actor.clone(), ..set });
        let audit = Audit {
            size: u32::try_from(size_of::<Audit>()).unwrap_or(0),
            effects: entries.len() as u64,
            revision: first.revision.0,
            at: first.at.as_micros(),
            actor: first.actor.as_deref().map_or(Text::ABSENT, Text::of),
            changes: Text::of(&changes),
        };
        // SAFETY: the host gave the two to go together, for as long as the engine is there.
        unsafe { (self.call)(self.context, &raw const audit) };
    }
}

impl Options {
    /// The limits, with the defaults where they are 0.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        let set = |limit: &mut usize, asked: usize| {
            if asked != 0 {
                *limit = asked;
            }
        };
        set(&mut limits.changes_per_set, self.changes_per_set);
        set(&mut limits.criteria_per_permission, self.criteria_per_permission);
        set(&mut limits.attribute_bytes, self.attribute_bytes);
        set(&mut limits.memberships_per_principal, self.memberships_per_principal);
        set(&mut limits.batch_items, self.batch_items);
        set(&mut limits.explained_permissions, self.explained_permissions);
        set(&mut limits.reported_problems, self.reported_problems);
        limits
    }

    /// The engine that is asked for, to be built.
    pub(crate) fn builder(&self) -> Result<EngineBuilder, Code> {
        let conflict = match self.group_conflict {
            GRANTRIE_DISABLED_WINS => GroupConflict::DisabledWins,
            GRANTRIE_ENABLED_WINS => GroupConflict::EnabledWins,
            _ => return Err(Code::InvalidArgument),
        };
        let builder = grantrie::Engine::builder().limits(self.limits()).group_conflict(conflict);
        Ok(match self.audit {
            None => builder,
            Some(call) => {
                let sink = Sink { call, context: self.audit_context };
                builder.audit(move |entries| sink.tell(entries))
            }
        })
    }
}
