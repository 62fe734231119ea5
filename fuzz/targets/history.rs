//! See `grantrie_testkit::fuzz::history`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| grantrie_testkit::fuzz::history(data));
