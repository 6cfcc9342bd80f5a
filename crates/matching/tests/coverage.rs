//! A store of which only a part answers, as a distributed one may: the answer says so, and claims less.

mod support;

use cognate_base::{Gap, SampleId};
use cognate_documents::{MatchReport, Origin, Verdict};
use cognate_fingerprint::{Fingerprint, FunctionFingerprint, Key, SampleFingerprint};
use cognate_index::{
    Added, Error, FunctionInfo, Kind, Label, Lookup, Memory, SampleInfo, SampleKey, Signature, SignatureId,
    Stats, Store,
};
use cognate_matching::{MatchOptions, match_sample};
use std::collections::BTreeSet;
use support::{Stored, sample, store_of};

/// A store whose catalogue is whole, and whose segments with some of the samples do not answer.
struct Partly {
    whole: Memory,
    silent: BTreeSet<SampleKey>,
}

impl Partly {
    /// Nobody answers for the samples of these families.
    fn new(whole: Memory, families: &[&str]) -> Self {
        let all = whole.samples().expect("in memory").into_iter();
        let silent = all.filter(|info| families.contains(&info.label.family.as_str())).map(|info| info.key);
        Partly { silent: silent.collect(), whole }
    }

    /// The share of all functions that answers.
    fn coverage(&self) -> f64 {
        let (mut all, mut answering) = (0u32, 0u32);
        for info in self.whole.samples().expect("in memory") {
            all += info.functions;
            answering += if self.silent.contains(&info.key) { 0 } else { info.functions };
        }
        f64::from(answering) / f64::from(all)
    }
}

impl Store for Partly {
    type Error = Error;

    fn add(&mut self, sample: &SampleFingerprint, name: &str, label: &Label) -> Result<Added, Error> {
        self.whole.add(sample, name, label)
    }

    fn commit(&mut self) -> Result<(), Error> {
        self.whole.commit()
    }

    fn relabel(&mut self, id: &SampleId, label: &Label) -> Result<bool, Error> {
        self.whole.relabel(id, label)
    }

    fn remove(&mut self, id: &SampleId) -> Result<bool, Error> {
        self.whole.remove(id)
    }

    fn samples(&self) -> Result<Vec<SampleInfo>, Error> {
        self.whole.samples()
    }

    fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>, Error> {
        self.whole.find(id)
    }

    fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>, Error> {
        assert!(!self.silent.contains(&sample), "nobody asks for a sample that did not answer");
        self.whole.functions(sample)
    }

    fn lookup(&self, keys: &[Key], cap: usize) -> Result<Lookup, Error> {
        let mut found = self.whole.lookup(keys, usize::MAX)?;
        for hit in &mut found.hits {
            let there = self.signatures(&hit.signatures, usize::MAX)?;
            hit.signatures = there.iter().filter(|one| one.total > 0).map(|one| one.id).collect();
            hit.total = hit.signatures.len() as u64;
            hit.signatures.truncate(cap);
        }
        Ok(Lookup { coverage: self.coverage(), ..found })
    }

    fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>, Error> {
        let mut found = self.whole.signatures(ids, usize::MAX)?;
        for signature in &mut found {
            signature.occurrences.retain(|place| !self.silent.contains(&place.sample));
            signature.total = signature.occurrences.len() as u64;
            signature.occurrences.truncate(cap);
        }
        Ok(found)
    }

    fn stats(&self) -> Result<Stats, Error> {
        self.whole.stats()
    }
}

/// A function that is like no other.
fn function(seed: u64) -> FunctionFingerprint {
    let exact = cognate_base::mix(seed);
    let fingerprint = Fingerprint { exact, instructions: 50, information: 300, ..Fingerprint::default() };
    FunctionFingerprint { bytes: 200, fingerprint, ..FunctionFingerprint::default() }
}

fn program(name: &str, seeds: std::ops::Range<u64>) -> SampleFingerprint {
    sample(name, seeds.map(function))
}

/// What a query of twenty functions has in common with a store of which these families do not answer.
fn ask(silent: &[&str]) -> MatchReport {
    let mut stored: Vec<Stored<'_>> =
        vec![("wolf", Kind::Malware, program("a", 0..20)), ("zlib", Kind::Library, program("z", 15..35))];
    for (family, at) in ["alder", "birch", "cedar", "elm", "fir"].into_iter().zip(1000u64..) {
        stored.push((family, Kind::Goodware, program(family, at * 100..at * 100 + 12)));
    }
    let store = Partly::new(store_of(&stored), silent);
    match_sample(&program("q", 0..20), &store, &MatchOptions::default()).expect("in memory")
}

fn reasons(gaps: &[Gap]) -> Vec<&str> {
    gaps.iter().map(|gap| gap.reason.as_str()).collect()
}

#[test]
fn a_store_that_answers_in_full_says_nothing_of_it() {
    let whole = ask(&[]);
    assert_eq!((whole.outcome.verdict, whole.completeness.coverage), (Verdict::NearCopy, 1.0));
    assert!(
        whole.outcome.reason.ends_with("of wolf (malware), its own code too"),
        "{}",
        whole.outcome.reason
    );
    assert!(whole.left_out.is_empty());
}

#[test]
fn what_the_silent_part_holds_leaves_it_open_whether_there_is_anything() {
    let partly = ask(&["wolf", "zlib"]);
    assert_eq!(partly.outcome.verdict, Verdict::CannotTell);
    let reason = &partly.outcome.reason;
    assert!(reason.starts_with("only 60.0 % of the store answered; 100 % of what says anything"), "{reason}");
    assert_eq!(partly.completeness.coverage, 0.6);
    let said = reasons(&partly.left_out);
    assert!(said.len() == 1 && said[0].starts_with("only 60.0 % of the store answered"), "{said:?}");
}

#[test]
fn a_library_alone_is_no_answer_where_somebody_may_be_silent() {
    let partly = ask(&["wolf"]);
    assert_eq!(partly.libraries[0].name, "zlib");
    assert_eq!(partly.outcome.verdict, Verdict::CannotTell, "{}", partly.outcome.reason);
}

#[test]
fn a_relative_that_answers_is_one_and_the_doubt_is_said() {
    let partly = ask(&["zlib"]);
    let wolf = &partly.families[0].standing;
    assert_eq!(partly.outcome.verdict, Verdict::NearCopy);
    let reason = &partly.outcome.reason;
    assert!(reason.ends_with("its own code too (only 80.0 % of the store answered)"), "{reason}");
    assert_eq!(wolf.library.functions, 0, "nobody can know that five of them are zlib's");
    let said = reasons(&partly.left_out);
    assert!(said.iter().any(|reason| reason.contains("may look private")), "{said:?}");
    let alignment = partly.samples[0].alignment.as_ref().expect("aligned");
    assert_eq!(alignment.provenance.origin, Origin::Withheld);
}

#[test]
fn most_of_a_store_is_never_rounded_to_all_of_it() {
    let stored: Vec<Stored<'_>> =
        vec![("wolf", Kind::Malware, program("a", 0..3)), ("elm", Kind::Goodware, program("b", 100..5000))];
    let store = Partly::new(store_of(&stored), &["wolf"]);
    let report = match_sample(&program("q", 0..3), &store, &MatchOptions::default()).expect("in memory");
    assert!(report.outcome.reason.starts_with("only 99.9 % of the store answered"), "{:?}", report.outcome);
}
