//! The functions nearest to one: partner, near-copies, functions that say too little.

mod support;

use cognate_base::mix;
use cognate_documents::{AnchorKind, Nearest, Side};
use cognate_fingerprint::{
    Anchor, BANDS, Fingerprint, FunctionFingerprint, MAX_ANCHORS, MinHash, ROWS, SampleFingerprint,
};
use cognate_matching::{AskedFunction, compare, nearest};
use support::sample;

/// A function of which so many rows of the MinHash are those of `kind`, the others its own.
fn function(kind: u64, rows: usize, seed: u64, information: u16) -> FunctionFingerprint {
    let word = |of: u64, salt: u64| mix(of ^ (salt << 40));
    let row = |row: usize| word(if row < rows { kind } else { seed }, row as u64) as u8;
    let tokens = MinHash(std::array::from_fn::<u8, ROWS, _>(row));
    let fingerprint = Fingerprint {
        exact: word(seed, 2000),
        tokens: Some((tokens, std::array::from_fn::<u64, BANDS, _>(|band| word(seed, 1000 + band as u64)))),
        instructions: 40,
        block_count: 8,
        edge_count: 10,
        information,
        ..Fingerprint::default()
    };
    FunctionFingerprint { bytes: 200, fingerprint, ..FunctionFingerprint::default() }
}

fn referring(mut function: FunctionFingerprint, numbers: std::ops::Range<u64>) -> FunctionFingerprint {
    let anchor = |number| Anchor { kind: AnchorKind::String, hash: number };
    function.fingerprint.anchors = numbers.clone().map(anchor).collect();
    function.anchor_texts = numbers.map(|number| format!("text {number}")).collect();
    function
}

fn ask(a: &SampleFingerprint, b: &SampleFingerprint, side: Side, index: u32) -> Nearest {
    nearest((a, b), &compare(a, b), AskedFunction { side, index }, 5, None).expect("there is such a function")
}

/// One function, and a sample of one partner for it and others that are less alike.
fn pair() -> (SampleFingerprint, SampleFingerprint) {
    let own = sample("own", [function(1, 64, 1, 300), function(7, 64, 7, 300)]);
    let others = [function(9, 64, 9, 300), function(1, 30, 2, 300), function(1, 64, 3, 300)];
    (own, sample("other", others))
}

#[test]
fn the_likest_function_comes_first_and_is_said_to_be_the_partner() {
    let (own, other) = pair();
    let mut other = other;
    // Found by its bands.
    let bands = own.functions[0].fingerprint.tokens;
    other.functions[2].fingerprint.tokens = bands;
    let found = ask(&own, &other, Side::A, 0);
    let order: Vec<(u32, bool)> =
        found.functions.iter().map(|near| (near.function.index, near.partner.is_some())).collect();
    assert_eq!(order.first(), Some(&(2, true)));
    assert_eq!(order.get(1), Some(&(1, false)));
    assert_eq!((found.compared, found.as_alike, found.alike_enough), (3, 1, true));
    let back = ask(&own, &other, Side::B, 2);
    assert_eq!(back.functions.first().map(|near| near.function.index), Some(0));
    let beside = ask(&own, &other, Side::B, 1);
    let taken = beside.functions.first().and_then(|near| near.partner_of.as_ref()).map(|own| own.index);
    assert_eq!(taken, Some(2), "the likest is another's partner");
}

#[test]
fn a_function_without_a_partner_has_nearest_ones() {
    let (own, other) = pair();
    let found = ask(&own, &other, Side::A, 1);
    assert!(found.functions.iter().all(|near| near.partner.is_none()));
    assert!(!found.alike_enough);
}

#[test]
fn copies_that_cannot_be_told_apart_are_counted() {
    let own = sample("own", [function(1, 64, 1, 300)]);
    let copies = (0..9).map(|seed| function(1, if seed < 4 { 60 } else { 40 }, 100 + seed, 300));
    let found = ask(&own, &sample("other", copies), Side::A, 0);
    assert_eq!((found.as_alike, found.functions.len()), (4, 5));
}

#[test]
fn a_function_that_says_little_says_so() {
    let own = sample("own", [function(1, 64, 1, 12)]);
    let found = ask(&own, &sample("other", [function(1, 64, 2, 12)]), Side::A, 0);
    assert_eq!((found.information, found.telling), (12, false));
}

#[test]
fn what_only_one_refers_to_is_told_unless_it_may_have_been_lost() {
    let own = sample("own", [referring(function(1, 64, 1, 300), 0..3)]);
    let few = sample("few", [referring(function(1, 64, 2, 300), 2..5)]);
    let found = ask(&own, &few, Side::A, 0);
    let near = found.functions.first().expect("one");
    assert_eq!((near.references_only_a.len(), near.references_only_b.len()), (2, 2));
    assert_eq!(near.references_only_a[0].text.as_deref(), Some("text 0"));
    let many = sample("many", [referring(function(1, 64, 2, 300), 2..2 + MAX_ANCHORS as u64)]);
    let found = ask(&own, &many, Side::B, 0);
    let near = found.functions.first().expect("one");
    assert_eq!(near.references_only_a.len(), 0, "the other list is full");
    assert_eq!(near.references_only_b.len(), MAX_ANCHORS - 1);
}

#[test]
fn there_is_no_answer_about_a_function_that_is_not_there() {
    let (own, other) = pair();
    let asked = AskedFunction { side: Side::A, index: 9 };
    assert_eq!(nearest((&own, &other), &compare(&own, &other), asked, 5, None), None);
}
