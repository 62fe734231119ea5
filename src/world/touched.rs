//! What changed since the seats were last brought in step.

use crate::index::Filing;

/// Noted while a change is made, where anybody holds a seat; read and emptied before the change is published.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    /// Whether to note anything.
    pub(crate) noted: bool,
    /// Grants that came, went or changed.
    pub(crate) grants: Vec<TouchedGrant>,
    /// Principals that have other principals above them than before.
    pub(crate) principals: Vec<u32>,
    /// Principals whose number was given up.
    pub(crate) released: Vec<u32>,
    /// Namespaces whose number was given up.
    pub(crate) namespaces: Vec<u32>,
    /// Ids of principals and namespaces that became known.
    pub(crate) names: Vec<Box<str>>,
}

/// A grant that came, went or changed, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TouchedGrant {
    pub(crate) number: u32,
    pub(crate) principal: u32,
    pub(crate) namespace: u32,
    /// How it is filed, or was.
    pub(crate) filing: Filing,
}

impl Touched {
    /// What was noted, which is forgotten here.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self { noted: self.noted, ..Self::default() })
    }

    pub(crate) fn clear(&mut self) {
        drop(self.take());
    }

    pub(super) fn grant(&mut self, grant: impl FnOnce() -> TouchedGrant) {
        if self.noted {
            self.grants.push(grant());
        }
    }

    pub(super) fn principal(&mut self, principal: u32) {
        if self.noted {
            self.principals.push(principal);
        }
    }

    pub(super) fn release(&mut self, principal: u32) {
        if self.noted {
            self.released.push(principal);
        }
    }

    pub(super) fn namespace(&mut self, namespace: u32) {
        if self.noted {
            self.namespaces.push(namespace);
        }
    }

    pub(super) fn name(&mut self, text: &str) {
        if self.noted {
            self.names.push(text.into());
        }
    }
}
