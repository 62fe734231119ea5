//! See `grantrie_histories::fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| grantrie_histories::fuzz(data));
