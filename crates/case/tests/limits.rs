//! Cases too large to be assessed are refused when they are read, and say what to do.
#![allow(clippy::unwrap_used)]

use cognate_case::{Case, ErrorKind};
use std::fmt::Write;

/// A case of so many candidates, analysts and items, each judged once.
fn case(candidates: usize, analysts: usize, items: usize) -> String {
    let mut text = String::from(
        "[case]\nid = \"c\"\ntitle = \"t\"\nquestion = \"q\"\n[unlisted]\nprior = 0.4\nreason = \"r\"\n\
         [[source]]\nid = \"s\"\nname = \"S\"\nkind = \"vendor\"\nreliability = \"B\"\nreason = \"r\"\n",
    );
    let prior = 0.6 / (3 * candidates) as f64;
    for at in 0..candidates {
        let ways = format!("untasked = {prior}, reuse = {prior}, false-flag = {prior}");
        writeln!(text, "[[candidate]]\nid = \"c{at}\"\nname = \"C\"\nprior = {{ {ways}, reason = \"r\" }}")
            .unwrap();
    }
    for at in 0..analysts {
        writeln!(text, "[[analyst]]\nid = \"a{at}\"\nname = \"A\"").unwrap();
    }
    for at in 0..items {
        writeln!(
            text,
            "[[evidence]]\nid = \"e{at}\"\ntitle = \"t\"\nkind = \"code\"\naspect = \"malware\"\n\
             observation = \"o{at}\"\nsource = \"s\"\ncredibility = 2\nreported = 2017-05-01\n\
             rationale = \"r\"\nlikelihood = {{ unlisted = 0.1, c0 = 0.3 }}"
        )
        .unwrap();
    }
    text
}

fn check(text: &str, refused: Option<&str>) {
    let read = Case::parse(text);
    match refused {
        None => assert!(read.is_ok(), "{:?}", read.err()),
        Some(what) => {
            let error = read.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
            assert!(error.to_string().contains(what), "{error}");
        }
    }
}

#[test]
fn hypotheses() {
    check(&case(62, 0, 1), None);
    check(&case(100, 0, 1), Some("hypotheses"));
}

#[test]
fn analysts() {
    check(&case(1, 200, 1), None);
    check(&case(1, 201, 1), Some("analysts"));
}

#[test]
fn judgements_times_hypotheses() {
    check(&case(50, 0, 9_000), None);
    check(&case(50, 0, 14_000), Some("judgements"));
}
