//! See `crates/capi/tests/support/fuzz.rs`.
#![no_main]

#[path = "../../crates/capi/tests/support/fuzz.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::capi(data));
