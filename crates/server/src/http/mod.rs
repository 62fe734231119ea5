//! HTTP itself: connections, their bounds, and what is said when a request does not reach an interface.

pub(crate) mod fault;
pub(crate) mod guard;
pub(crate) mod json;
pub(crate) mod listen;
pub(crate) mod query;
pub(crate) mod request_id;
pub(crate) mod tls;
pub(crate) mod traffic;
