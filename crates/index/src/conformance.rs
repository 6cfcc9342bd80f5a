//! What every store must do, with fixed answers.
//!
//! A new store calls [`check`] with a function that makes an empty one, and
//! passes when it returns. A failed expectation panics and says which.

use crate::store::{Added, SampleKey, SignatureId, Store};
use crate::synthetic::{fingerprint, label, sample};
use cognate_base::SampleId;
use cognate_fingerprint::{Key, Tier};

/// Runs all cases, each on an empty store of its own.
pub fn check<S: Store>(make: impl Fn() -> S) {
    an_empty_store_answers(make());
    nothing_is_visible_before_commit(make());
    the_same_file_is_stored_once(make());
    a_sample_comes_back_as_it_was(make());
    equal_functions_share_a_signature(make());
    a_long_list_is_capped_and_says_so(make());
    a_removed_sample_is_in_no_answer(make());
    a_removed_sample_can_come_back_under_a_new_number(make());
    a_new_label_is_in_force_at_once(make());
    order_and_batches_do_not_matter(make(), make());
    weak_functions_are_stored_but_not_found(make());
}

fn exact(number: u64) -> Key {
    Key { tier: Tier::Exact, hash: fingerprint(number).exact }
}

fn id(number: u64) -> SignatureId {
    SignatureId(fingerprint(number).signature())
}

/// Adds sample `number` with these functions; `commit` is up to the caller.
fn add(store: &mut impl Store, number: u64, functions: impl IntoIterator<Item = u64>) -> Added {
    store.add(&sample(number, functions), &format!("sample {number}"), &label(number)).expect("add")
}

/// A content number whose fingerprint has keys, from a place on.
fn keyed(from: u64) -> u64 {
    (from..).find(|&number| !fingerprint(number).keys().is_empty()).unwrap_or(from)
}

fn an_empty_store_answers(store: impl Store) {
    let lookup = store.lookup(&[exact(1)], 10).expect("lookup");
    assert_eq!(lookup.hits.len(), 1, "one hit per key asked");
    assert_eq!((lookup.hits[0].total, lookup.truncated), (0, 0));
    assert!(store.samples().expect("samples").is_empty());
    assert!(store.find(&SampleId::of(b"x")).expect("find").is_none());
    assert!(store.functions(SampleKey(0)).is_err(), "an unknown sample is an error");
    assert!(store.signatures(&[id(1)], 1).is_err(), "an unknown signature is an error");
    assert_eq!(store.stats().expect("stats").functions, 0);
}

fn nothing_is_visible_before_commit(mut store: impl Store) {
    let content = keyed(0);
    add(&mut store, 1, [content]);
    assert_eq!(store.lookup(&[exact(content)], 10).expect("lookup").hits[0].total, 0);
    assert!(store.samples().expect("samples").is_empty());
    store.commit().expect("commit");
    assert_eq!(store.lookup(&[exact(content)], 10).expect("lookup").hits[0].signatures, [id(content)]);
    assert_eq!(store.samples().expect("samples").len(), 1);
}

fn the_same_file_is_stored_once(mut store: impl Store) {
    assert_eq!(add(&mut store, 1, 0..5), Added::New(SampleKey(0)));
    assert_eq!(add(&mut store, 1, 0..5), Added::Known(SampleKey(0)), "known before the commit");
    store.commit().expect("commit");
    assert_eq!(add(&mut store, 1, 0..5), Added::Known(SampleKey(0)), "known after the commit");
    assert_eq!(add(&mut store, 2, 0..5), Added::New(SampleKey(1)));
    store.commit().expect("commit");
    let stats = store.stats().expect("stats");
    assert_eq!((stats.samples, stats.functions), (2, 10));
}

fn a_sample_comes_back_as_it_was(mut store: impl Store) {
    let given = sample(6, 100..140);
    store.add(&given, "naïve \u{202e}name", &label(6)).expect("add");
    store.commit().expect("commit");
    let info = store.find(&given.id).expect("find").expect("it is there");
    assert_eq!(store.samples().expect("samples"), std::slice::from_ref(&info));
    assert_eq!((info.name.as_str(), info.label), ("naïve \u{202e}name", label(6)));
    assert_eq!((info.size, info.functions, info.components), (4102, 40, given.components.clone()));
    let functions = store.functions(info.key).expect("functions");
    assert_eq!(functions.len(), given.functions.len());
    for (found, given) in functions.iter().zip(&given.functions) {
        assert_eq!((found.address, found.bytes, &found.name), (given.address, given.bytes, &given.name));
        assert_eq!((&found.callees, found.thunk), (&given.callees, given.thunk));
        let mut expected = given.fingerprint.clone();
        if let Some((_, bands)) = &mut expected.tokens {
            *bands = Default::default();
        }
        expected.flow.keys.clear();
        let signatures = store.signatures(&[found.signature], 10).expect("signatures");
        assert_eq!(signatures[0].fingerprint, expected);
    }
}

fn equal_functions_share_a_signature(mut store: impl Store) {
    let content = keyed(10);
    add(&mut store, 1, [content, 500, content]);
    store.commit().expect("commit");
    add(&mut store, 2, [600, content]);
    store.commit().expect("commit");
    let lookup = store.lookup(&[exact(content), exact(content), exact(1)], 10).expect("lookup");
    assert_eq!(lookup.hits[0].signatures, [id(content)]);
    assert_eq!((lookup.hits[0].total, lookup.hits[1].total, lookup.hits[2].total), (1, 1, 0));
    let found = &store.signatures(&[id(content)], 10).expect("signatures")[0];
    let places: Vec<_> = found.occurrences.iter().map(|place| (place.sample.0, place.function)).collect();
    assert_eq!((places.as_slice(), found.total), ([(0, 0), (0, 2), (1, 1)].as_slice(), 3));
    let capped = &store.signatures(&[id(content)], 2).expect("signatures")[0];
    assert_eq!((capped.occurrences.len(), capped.total), (2, 3));
}

fn a_long_list_is_capped_and_says_so(mut store: impl Store) {
    let mut given = sample(1, (0..40).map(|index| keyed(index * 100)));
    let shared = 0x0123_4567_89ab_cdef;
    given.functions.iter_mut().for_each(|function| function.fingerprint.blocks = vec![shared]);
    store.add(&given, "many", &label(1)).expect("add");
    store.commit().expect("commit");
    let key = Key { tier: Tier::Block, hash: shared };
    let mut all: Vec<u64> = given.functions.iter().map(|function| function.fingerprint.signature()).collect();
    all.sort_unstable();
    let lookup = store.lookup(&[key], 3).expect("lookup");
    let first: Vec<_> = all.iter().take(3).map(|&hash| SignatureId(hash)).collect();
    assert_eq!((&lookup.hits[0].signatures, lookup.hits[0].total, lookup.truncated), (&first, 40, 1));
    let whole = store.lookup(&[key], 40).expect("lookup");
    assert_eq!((whole.hits[0].signatures.len(), whole.truncated, whole.coverage), (40, 0, 1.0));
}

fn a_removed_sample_is_in_no_answer(mut store: impl Store) {
    let (shared, private) = (keyed(0), keyed(5000));
    add(&mut store, 1, [shared, private]);
    add(&mut store, 2, [shared]);
    store.commit().expect("commit");
    assert!(store.remove(&sample(1, []).id).expect("remove"));
    assert!(!store.remove(&sample(1, []).id).expect("remove"), "it is gone already");
    let lookup = store.lookup(&[exact(shared), exact(private)], 10).expect("lookup");
    assert_eq!((lookup.hits[0].total, lookup.hits[1].total), (1, 0));
    let found = &store.signatures(&[id(shared)], 10).expect("signatures")[0];
    assert_eq!((found.occurrences.len(), found.total, found.occurrences[0].sample), (1, 1, SampleKey(1)));
    assert!(store.signatures(&[id(private)], 10).is_err());
    assert!(store.functions(SampleKey(0)).is_err());
    assert!(store.find(&sample(1, []).id).expect("find").is_none());
    let stats = store.stats().expect("stats");
    assert_eq!((stats.samples, stats.functions, stats.families), (1, 1, 1));
}

fn a_removed_sample_can_come_back_under_a_new_number(mut store: impl Store) {
    let content = keyed(0);
    add(&mut store, 1, [content]);
    store.remove(&sample(1, []).id).expect("remove");
    assert_eq!(add(&mut store, 1, [content]), Added::New(SampleKey(1)));
    store.commit().expect("commit");
    let found = &store.signatures(&[id(content)], 10).expect("signatures")[0];
    assert_eq!((found.total, found.occurrences[0].sample), (1, SampleKey(1)));
}

fn a_new_label_is_in_force_at_once(mut store: impl Store) {
    add(&mut store, 1, [3]);
    let id = sample(1, []).id;
    assert!(store.relabel(&id, &label(5)).expect("relabel"));
    assert!(!store.relabel(&SampleId::of(b"x"), &label(5)).expect("relabel"));
    assert_eq!(store.find(&id).expect("find").expect("there").label, label(5));
    assert_eq!(store.samples().expect("samples")[0].label, label(5));
}

fn order_and_batches_do_not_matter(mut one: impl Store, mut other: impl Store) {
    let contents = |number: u64| (0..30).map(move |index| (number * 13 + index * index) % 200);
    for number in 0..20 {
        add(&mut one, number, contents(number));
    }
    one.commit().expect("commit");
    for number in (0..20).rev() {
        add(&mut other, number, contents(number));
        other.commit().expect("commit");
    }
    let keys: Vec<Key> = (0..200).flat_map(|number| fingerprint(number).keys()).collect();
    for cap in [1, 5, 100] {
        let (a, b) = (one.lookup(&keys, cap).expect("lookup"), other.lookup(&keys, cap).expect("lookup"));
        assert_eq!(a, b, "the same keys find the same signatures");
        let mut ids: Vec<SignatureId> = a.hits.iter().flat_map(|hit| hit.signatures.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        let (a, b) = (one.signatures(&ids, cap).expect("get"), other.signatures(&ids, cap).expect("get"));
        for (a, b) in a.iter().zip(&b) {
            assert_eq!((a.id, &a.fingerprint, a.total), (b.id, &b.fingerprint, b.total));
            assert_eq!(names(&one, a), names(&other, b), "and those occur in the same samples");
        }
    }
}

/// Where a signature occurs, by sample id, as the numbers differ with the order of adding.
fn names(store: &impl Store, signature: &crate::store::Signature) -> Vec<(SampleId, u32)> {
    let samples = store.samples().expect("samples");
    let name = |key: SampleKey| samples.iter().find(|sample| sample.key == key).expect("known").id;
    let places = signature.occurrences.iter();
    let mut names: Vec<_> = places.map(|place| (name(place.sample), place.function)).collect();
    names.sort_unstable();
    names
}

fn weak_functions_are_stored_but_not_found(mut store: impl Store) {
    let weak = (0..).find(|&number| fingerprint(number).keys().is_empty()).unwrap_or(0);
    add(&mut store, 1, [weak]);
    store.commit().expect("commit");
    assert_eq!(store.lookup(&[exact(weak)], 10).expect("lookup").hits[0].total, 0);
    assert_eq!(store.functions(SampleKey(0)).expect("functions")[0].signature, id(weak));
    assert_eq!(store.signatures(&[id(weak)], 10).expect("signatures")[0].total, 1);
}
