//! Large pages for a process that measures.

use std::process::Command;

/// Where the GNU C library (2.35 or newer) looks for what its `malloc` is to do, and what has the heap on transparent huge
/// pages, if the system gives them to whoever asks.
const TUNABLES: &str = "GLIBC_TUNABLES";
const HUGE_PAGES: &str = "glibc.malloc.hugetlb=1";

/// Has a process keep its heap on large pages, as a service with a large world should: on small ones a check of a million
/// permissions waits longer for where memory is than for what is in it. If the environment says something of the kind, that
/// counts: `GLIBC_TUNABLES=glibc.malloc.hugetlb=0` measures without.
pub fn on_large_pages(command: &mut Command) -> &mut Command {
    if std::env::var_os(TUNABLES).is_none() {
        command.env(TUNABLES, HUGE_PAGES);
    }
    command
}
