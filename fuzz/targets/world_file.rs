//! See `grantrie_testkit::fuzz::world_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| grantrie_testkit::fuzz::world_file(data));
