//! Damaged segments give errors or wrong answers that `verify` sees, never a panic.

use cognate_index::synthetic::{label, sample};
use cognate_index::{Embedded, Store, read_all};
use proptest::prelude::*;
use std::fs;
use std::sync::LazyLock;

static SEGMENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let mut store = Embedded::open(dir.path()).expect("a store");
    for number in 0..5 {
        store.add(&sample(number, number * 7..number * 7 + 30), "name", &label(number)).expect("add");
    }
    store.commit().expect("commit");
    fs::read(dir.path().join("0000000001.segment")).expect("the segment")
});

/// Bytes of the header, checksum included: flips there are refused as such.
const HEADER: usize = 256;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bytes_do_not_panic(flips in proptest::collection::vec((HEADER..200_000, 1u8..), 1..6)) {
        let mut bytes = SEGMENT.clone();
        let body = bytes.len() - HEADER;
        for (place, flip) in flips {
            bytes[HEADER + place % body] ^= flip;
        }
        // Whatever it says: it comes back.
        drop(read_all(bytes));
    }

    #[test]
    fn a_damaged_header_is_refused(place in 0..HEADER, flip in 1u8..) {
        let mut bytes = SEGMENT.clone();
        bytes[place] ^= flip;
        prop_assert!(read_all(bytes).is_err());
    }

    #[test]
    fn a_cut_segment_is_refused(length in 0..200_000usize) {
        let bytes = SEGMENT[..length % SEGMENT.len()].to_vec();
        prop_assert!(read_all(bytes).is_err());
    }
}

#[test]
fn verify_names_the_damaged_section() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut store = Embedded::open(dir.path()).expect("a store");
    store.add(&sample(1, 0..20), "name", &label(1)).expect("add");
    store.commit().expect("commit");
    drop(store);
    let path = dir.path().join("0000000001.segment");
    let mut bytes = fs::read(&path).expect("the segment");
    bytes[HEADER + 3] ^= 1;
    fs::write(&path, bytes).expect("write");
    let problems = Embedded::open_read_only(dir.path()).expect("open").verify().expect("verify");
    assert_eq!(problems, ["segment 1: checksum of [Hashes]"]);
}
