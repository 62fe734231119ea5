//! See `grantrie_server::fuzz::configuration`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| grantrie_server::fuzz::configuration(data));
