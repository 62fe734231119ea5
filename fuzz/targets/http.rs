//! See `grantrie_server::fuzz::http`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| grantrie_server::fuzz::http(data));
