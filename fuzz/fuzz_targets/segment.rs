//! A segment of any bytes is read whole or refused: no panic, no endless loop.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    drop(cognate_index::read_all(bytes.to_vec()));
});
