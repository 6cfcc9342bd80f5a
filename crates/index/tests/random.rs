//! Random operations on the embedded store and the reference give the same
//! answers, with reopening and merging in between; also when samples come
//! through another store.

use cognate_fingerprint::Key;
use cognate_index::synthetic::{fingerprint, label, sample};
use cognate_index::{Embedded, Memory, SignatureId, Store};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Add(u64),
    Commit,
    Relabel(u64, u64),
    Remove(u64),
    Reopen,
    Compact,
}

/// Contents overlap much between samples, so lists and doubles come about.
fn contents(number: u64) -> impl Iterator<Item = u64> {
    (0..10 + number % 7).map(move |index| (number * 5 + index * index) % 60)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0u64..30).prop_map(Step::Add),
        3 => Just(Step::Commit),
        1 => (0u64..30, 0u64..9).prop_map(|(number, other)| Step::Relabel(number, other)),
        2 => (0u64..30).prop_map(Step::Remove),
        1 => Just(Step::Reopen),
        1 => Just(Step::Compact),
    ]
}

fn take(step: &Step, store: &mut Embedded, reference: &mut Memory) {
    match step {
        Step::Add(number) => {
            let sample = sample(*number, contents(*number));
            let name = format!("sample {number}");
            let added = store.add(&sample, &name, &label(*number)).expect("add");
            assert_eq!(added, reference.add(&sample, &name, &label(*number)).expect("add"));
        }
        Step::Commit => {
            store.commit().expect("commit");
            reference.commit().expect("commit");
        }
        Step::Relabel(number, other) => {
            let id = sample(*number, []).id;
            let done = store.relabel(&id, &label(*other)).expect("relabel");
            assert_eq!(done, reference.relabel(&id, &label(*other)).expect("relabel"));
        }
        Step::Remove(number) => {
            let id = sample(*number, []).id;
            let done = store.remove(&id).expect("remove");
            assert_eq!(done, reference.remove(&id).expect("remove"));
        }
        Step::Reopen => {
            let dir = store.dir().to_owned();
            // The lock goes with the old store; what was not committed goes too.
            *store = Embedded::open_read_only(&dir).expect("reopen");
            *store = Embedded::open(&dir).expect("reopen");
            reference.forget_pending();
        }
        Step::Compact => {
            store.compact().expect("compact");
            reference.commit().expect("commit");
        }
    }
}

fn compare(store: &Embedded, reference: &Memory) {
    let keys: Vec<Key> = (0..62).flat_map(|content| fingerprint(content).keys()).collect();
    let samples = reference.samples().expect("samples");
    assert_eq!(store.samples().expect("samples"), samples);
    for cap in [2, 1000] {
        let lookup = reference.lookup(&keys, cap).expect("lookup");
        assert_eq!(store.lookup(&keys, cap).expect("lookup"), lookup);
        let ids: Vec<SignatureId> = lookup.hits.into_iter().flat_map(|hit| hit.signatures).collect();
        let signatures = reference.signatures(&ids, cap).expect("signatures");
        assert_eq!(store.signatures(&ids, cap).expect("signatures"), signatures);
    }
    for sample in &samples {
        let functions = reference.functions(sample.key).expect("functions");
        assert_eq!(store.functions(sample.key).expect("functions"), functions);
        assert_eq!(store.find(&sample.id).expect("find").as_ref(), Some(sample));
    }
    let (found, expected) = (store.stats().expect("stats"), reference.stats().expect("stats"));
    assert_eq!(
        (found.samples, found.families, found.functions),
        (expected.samples, expected.families, expected.functions)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_embedded_store_answers_like_the_reference(steps in proptest::collection::vec(step(), 1..40)) {
        let dir = tempfile::tempdir().expect("a directory");
        let mut store = Embedded::open(dir.path()).expect("a store");
        let mut reference = Memory::new();
        for step in &steps {
            take(step, &mut store, &mut reference);
            if !matches!(step, Step::Add(_)) {
                compare(&store, &reference);
            }
        }
        prop_assert_eq!(store.verify().expect("verify"), Vec::<String>::new());
    }
}

#[test]
fn what_comes_through_another_store_is_the_same() {
    let dirs = [(); 2].map(|()| tempfile::tempdir().expect("a directory"));
    let [mut one, mut other] =
        [0, 1].map(|index: usize| Embedded::open(dirs[index].path()).expect("a store"));
    let mut reference = Memory::new();
    for number in 0..20 {
        let (made, name) = (sample(number, contents(number)), format!("sample {number}"));
        reference.add(&made, &name, &label(number)).expect("add");
        let stores: &mut [&mut Embedded] = match number {
            0..5 => &mut [&mut one, &mut other],
            5..10 => &mut [&mut one],
            _ => &mut [&mut other],
        };
        for store in stores {
            store.add(&made, &name, &label(number)).expect("add");
            store.commit().expect("commit");
        }
    }
    reference.commit().expect("commit");
    let absorbed = one.absorb(&other).expect("absorb");
    assert_eq!((absorbed.added, absorbed.known), (10, 5));
    compare(&one, &reference);
    assert_eq!(one.verify().expect("verify"), Vec::<String>::new());
    assert_eq!(one.absorb(&other).expect("absorb").added, 0);
}
