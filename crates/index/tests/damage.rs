//! Damaged files give errors that `verify` sees as well, never a panic and never another answer.

use cognate_fingerprint::Key;
use cognate_index::synthetic::{fingerprint, label, sample};
use cognate_index::{Embedded, ErrorKind, Lookup, SampleInfo, Signature, SignatureId, Store, read_all};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
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

/// Bytes of a segment's header, its checksum included.
const HEADER: usize = 144;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bytes_are_told(flips in proptest::collection::vec((HEADER..200_000, 1u8..), 1..6)) {
        let mut bytes = SEGMENT.clone();
        let body = bytes.len() - HEADER;
        for (place, flip) in flips {
            bytes[HEADER + place % body] ^= flip;
        }
        prop_assume!(bytes != *SEGMENT);
        prop_assert!(!read_all(bytes).is_ok_and(|found| found == 0));
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

/// Contents that every sample of the store below is drawn from.
const CONTENTS: u64 = 60;

/// A store with a removed sample, several labels, and two segments.
fn store(dir: &Path) -> Embedded {
    let mut store = Embedded::open(dir).expect("a store");
    for number in 0..6 {
        store.add(&sample(number, number * 5..number * 5 + 25), "näme", &label(number)).expect("add");
        if number % 3 == 2 {
            store.commit().expect("commit");
        }
    }
    store.relabel(&sample(1, []).id, &label(4)).expect("relabel");
    store.remove(&sample(2, []).id).expect("remove");
    store
}

/// Everything that anybody can ask a store.
type Answer = (Vec<SampleInfo>, Lookup, Vec<Signature>, Vec<String>);

fn ask(store: &Embedded) -> Result<Answer, cognate_index::Error> {
    let samples = store.samples()?;
    let keys: Vec<Key> = (0..CONTENTS).flat_map(|content| fingerprint(content).keys()).collect();
    let lookup = store.lookup(&keys, 100)?;
    let mut ids: Vec<SignatureId> = lookup.hits.iter().flat_map(|hit| hit.signatures.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let signatures = store.signatures(&ids, 100)?;
    let mut texts = Vec::new();
    for sample in &samples {
        assert_eq!(store.find(&sample.id)?.as_ref(), Some(sample));
        texts.push(format!("{:?} {:?}", store.functions(sample.key)?, store.history(&sample.id)?));
    }
    Ok((samples, lookup, signatures, texts))
}

/// The files of a store at rest.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(dir).expect("the folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| (path.clone(), fs::read(&path).expect("a file"))).collect()
}

/// What a store with this damage says: it must refuse, or answer as it did before.
fn check_answer(dir: &Path, before: &Answer, what: &str) -> bool {
    let answer = Embedded::open_read_only(dir).and_then(|store| ask(&store));
    match answer {
        Ok(answer) => assert!(answer == *before, "{what}: another answer"),
        Err(error) => {
            let kind = error.kind();
            assert!(matches!(kind, ErrorKind::Damaged | ErrorKind::Version), "{what}: {kind:?} {error}");
            return true;
        }
    }
    false
}

fn is_seen(dir: &Path) -> bool {
    Embedded::verify_at(dir).map_or(true, |problems| !problems.is_empty())
}

#[test]
fn every_flipped_bit_of_every_file_is_seen() {
    let dir = tempfile::tempdir().expect("a directory");
    let before = ask(&store(dir.path())).expect("an answer");
    let files = files(dir.path());
    let names: Vec<_> = files.keys().map(|path| path.extension().expect("one").to_owned()).collect();
    assert_eq!(names, ["segment", "segment", "catalogue", "store", "lock"].map(std::ffi::OsString::from));
    let mut flipped = 0;
    for (path, bytes) in &files {
        // At rest the lock holds nothing; its content is shown and never believed.
        assert!(!path.ends_with("writer.lock") || bytes.is_empty());
        // All bits of what is small and a spread of the rest: every byte of the first and last kilobyte.
        let places = (0..bytes.len()).filter(|place| {
            bytes.len() < 1000 || *place < 300 || bytes.len() - place < 300 || place.is_multiple_of(37)
        });
        for place in places {
            let bit = if bytes.len() < 300 { 0..8 } else { place % 8..place % 8 + 1 };
            for bit in bit {
                let mut damaged = bytes.clone();
                damaged[place] ^= 1 << bit;
                fs::write(path, damaged).expect("write");
                let what = format!("bit {bit} of byte {place} of {}", path.display());
                assert!(is_seen(dir.path()), "{what} was not seen");
                check_answer(dir.path(), &before, &what);
                flipped += 1;
            }
        }
        fs::write(path, bytes).expect("write");
    }
    assert!(flipped > 4000, "{flipped} bits were tried");
    assert!(!is_seen(dir.path()), "all was put back");
}

#[test]
fn whatever_is_overwritten_or_cut_the_answer_is_the_same_or_an_error() {
    let dir = tempfile::tempdir().expect("a directory");
    let before = ask(&store(dir.path())).expect("an answer");
    let mut random = 0x5eed_u64;
    let mut next = |below: usize| {
        random = cognate_base::mix(random);
        random as usize % below.max(1)
    };
    let mut refused = 0;
    for (path, bytes) in files(dir.path()).into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
        for round in 0..150 {
            let mut damaged = bytes.clone();
            if round % 3 == 0 {
                damaged.truncate(next(bytes.len()));
            } else {
                let at = next(bytes.len());
                let end = (at + 64).min(bytes.len());
                damaged[at..end].iter_mut().for_each(|byte| *byte = next(256) as u8);
            }
            let same = damaged == bytes;
            fs::write(&path, damaged).expect("write");
            let what = format!("round {round} of {}", path.display());
            refused += usize::from(check_answer(dir.path(), &before, &what));
            assert!(same || is_seen(dir.path()), "{what} was not seen");
        }
        fs::write(&path, bytes).expect("write");
    }
    assert!(refused > 400, "{refused} of 600 were refused");
}

#[test]
fn a_segment_that_is_cut_under_a_reader_is_an_error_and_not_a_signal() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(store(dir.path()));
    let reader = Embedded::open_read_only(dir.path()).expect("open");
    for (path, _) in
        files(dir.path()).iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "segment"))
    {
        fs::File::options().write(true).open(path).expect("open").set_len(HEADER as u64).expect("cut");
    }
    let error = ask(&reader).expect_err("it cannot be read any more");
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
}

#[test]
fn another_segment_under_the_right_name_is_not_taken_for_it() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(store(dir.path()));
    fs::write(dir.path().join("0000000001.segment"), &*SEGMENT).expect("write");
    let error = Embedded::open_read_only(dir.path()).err().expect("refused");
    assert!(error.to_string().contains("not the one that the catalogue names"), "{error}");
}

#[test]
fn verify_names_what_is_damaged() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut store = Embedded::open(dir.path()).expect("a store");
    store.add(&sample(1, 0..20), "name", &label(1)).expect("add");
    store.commit().expect("commit");
    drop(store);
    let path = dir.path().join("0000000001.segment");
    let mut bytes = fs::read(&path).expect("the segment");
    bytes[HEADER + 3] ^= 1;
    fs::write(&path, bytes).expect("write");
    let problems = Embedded::verify_at(dir.path()).expect("verify");
    assert_eq!(
        problems,
        [
            format!("segment 1: Hashes: `{}` is damaged: checksum of the 4096 bytes at 144", path.display()),
            format!("sample {}: in no sound segment", sample(1, []).id),
        ]
    );
}

#[test]
fn labels_are_saved_from_whatever_is_left() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(store(dir.path()));
    let rows = Embedded::export_manifest(dir.path()).expect("export");
    assert_eq!((rows.rows.len(), &rows.doubt), (5, &None));
    let files = files(dir.path());
    let (catalogue, bytes) =
        files.iter().find(|(path, _)| path.extension().is_some_and(|end| end == "catalogue")).expect("one");
    let mut damaged = bytes.clone();
    // A free byte of the first page: SQLite reads all the same, and the hash does not agree.
    damaged[92] ^= 1;
    fs::write(catalogue, damaged).expect("write");
    let saved = Embedded::export_manifest(dir.path()).expect("export");
    assert_eq!(saved.rows, rows.rows);
    assert!(saved.doubt.is_some_and(|doubt| doubt.contains("could not be checked")));
    fs::write(catalogue, bytes).expect("write");
    fs::remove_file(dir.path().join("cognate.store")).expect("remove");
    let saved = Embedded::export_manifest(dir.path()).expect("export");
    assert_eq!(saved.rows, rows.rows);
    assert!(saved.doubt.is_some_and(|doubt| doubt.contains("has lost its file `cognate.store`")));
}
