//! A catalogue, or a marker, of any bytes is read whole or refused: no panic, no endless loop.
//!
//! The first byte says which. Start it on real ones: `*.catalogue` and `cognate.store` of a store, each with a byte
//! put before it.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((&choice, bytes)) = input.split_first() else { return };
    if choice.is_multiple_of(2) {
        drop(cognate_index::read_catalogue(bytes));
    } else {
        drop(cognate_index::read_marker(bytes));
    }
});
