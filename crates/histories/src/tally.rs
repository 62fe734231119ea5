//! What histories have done, for their report.

use std::fmt;

/// What a history has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Change sets that took effect.
    pub applied: u64,
    /// Change sets that were refused.
    pub refused: u64,
    /// Crashes, each with all handles gone.
    pub crashes: u64,
    /// Crashes in the middle of a commit.
    pub torn: u64,
    /// Openings, those after crashes included.
    pub opened: u64,
    /// Compactions.
    pub compacted: u64,
    /// Change sets that were trimmed from the audit.
    pub trimmed: u64,
    /// Backups.
    pub backups: u64,
    /// Backups that took the store's place.
    pub restored: u64,
    /// Stores that were damaged, and made anew of what was good.
    pub last_good: u64,
    /// Permissions that expired and were removed.
    pub purged: u64,
    /// Exports, each imported into an empty store.
    pub exported: u64,
    /// Entries of the audit that were compared.
    pub audited: u64,
    /// Requests, each asked in every form.
    pub checks: u64,
}

impl Tally {
    /// Adds another's numbers to these.
    pub const fn add(&mut self, other: &Self) {
        let Self {
            applied,
            refused,
            crashes,
            torn,
            opened,
            compacted,
            trimmed,
            backups,
            restored,
            last_good,
            purged,
            exported,
            audited,
            checks,
        } = other;
        self.applied += *applied;
        self.refused += *refused;
        self.crashes += *crashes;
        self.torn += *torn;
        self.opened += *opened;
        self.compacted += *compacted;
        self.trimmed += *trimmed;
        self.backups += *backups;
        self.restored += *restored;
        self.last_good += *last_good;
        self.purged += *purged;
        self.exported += *exported;
        self.audited += *audited;
        self.checks += *checks;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} change sets ({} refused), {} crashes ({} in the middle of a commit), {} openings, {} compactions ({} \
             change sets trimmed), {} backups ({} restored), {} last good revisions, {} permissions purged, {} worlds \
             exported and imported, {} entries of the audit, {} checks",
            self.applied,
            self.refused,
            self.crashes,
            self.torn,
            self.opened,
            self.compacted,
            self.trimmed,
            self.backups,
            self.restored,
            self.last_good,
            self.purged,
            self.exported,
            self.audited,
            self.checks
        )
    }
}
