//! Candidates: which stored functions might be the query's, and which are.
//!
//! In come a query and a store; out comes a [`Pool`]: for every query function
//! the stored signatures that are held to be the same, best first. One look-up
//! for all keys (`lookup`), candidates elected by the keys in common (`votes`),
//! one fetch for all candidates, each compared with its function. What is kept and
//! what is cut depends on content only, never on the order in which samples were
//! indexed: where a cut falls among equals, all of them go.

mod lookup;
mod votes;

pub use lookup::{KEY_CAP, OCCURRENCE_CAP};
pub(crate) use lookup::{KeyCount, fetch};
pub use votes::votes;

use crate::catalogue::Catalogue;
use crate::document::{Completeness, MatchKind};
use crate::grade::{content_odds, is_accepted};
use crate::habits::Habits;
use crate::indices::{CandidateIndex, QueryFunction, SampleIndex};
use crate::options::MatchOptions;
use crate::program::Query;
use crate::similarity::{Similarity, Weighed};
use cognate_base::{Deadline, TypedIndex, TypedVec};
use cognate_binary::Arch;
use cognate_fingerprint::{Fingerprint, Key, Tier};
use cognate_index::{Signature, SignatureId, Store};
use lookup::{Asked, look_up};
use rayon::prelude::*;
use votes::Elected;

/// A stored signature held to be the same as a query function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted {
    /// The signature.
    pub candidate: CandidateIndex,
    /// How alike they are, 0 to 1.
    pub similarity: f64,
    /// The strongest kind of evidence.
    pub kind: MatchKind,
    /// What the anchors in common say, in bits, or the data flow, where only that speaks.
    pub bits_in_common: f64,
}

/// Where a signature occurs, sample by sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Presence {
    /// The sample.
    pub sample: SampleIndex,
    /// Functions of that signature in it.
    pub count: u32,
}

/// What the store has for a query.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    /// Candidate signatures, ascending by number.
    pub signatures: TypedVec<CandidateIndex, Signature>,
    /// The live occurrences of each signature that was accepted, ascending.
    pub presence: TypedVec<CandidateIndex, Vec<Presence>>,
    /// For each query function the signatures accepted, best first.
    pub accepted: TypedVec<QueryFunction, Vec<Accepted>>,
    /// Functions that could have been looked up, but were not, or in part: time was up. They have no candidates.
    pub skipped: TypedVec<QueryFunction, bool>,
    /// What the query does nearly everywhere.
    habits: Habits,
    /// Rarity of every key of the query, ascending by key.
    rarity: Vec<(Key, KeyCount)>,
    /// How complete the answer is.
    pub completeness: Completeness,
}

impl Pool {
    /// Asks the store for a query's candidates and keeps those that are alike enough.
    pub fn gather<S: Store + ?Sized>(
        query: &Query<'_>,
        store: &S,
        catalogue: &Catalogue<'_>,
        options: &MatchOptions,
        deadline: &Deadline,
    ) -> Result<Pool, S::Error> {
        let asked = Asked::by_key(query);
        let keys = asked.keys();
        let Some(lookup) = look_up(store, &keys, KEY_CAP, deadline)? else {
            return Ok(Pool::of_nothing(query, keys.len()));
        };
        let rarity = asked.rarity(&keys, &lookup, catalogue.functions());
        let completeness = Completeness {
            coverage: lookup.coverage,
            keys: keys.len() as u64,
            truncated_keys: lookup.truncated as u64,
            ..Completeness::default()
        };
        let elected = Elected::new(asked, query.functions.len(), &rarity, &lookup, deadline);
        drop((lookup, keys));
        let wanted = elected.wanted();
        let signatures = fetch(store, &wanted, OCCURRENCE_CAP, deadline)?;
        let Elected { lists, capped, skipped } = elected;
        let mut pool = Pool {
            presence: vec![Vec::new(); signatures.len()].into(),
            signatures: signatures.into(),
            accepted: TypedVec::default(),
            skipped,
            habits: Habits::of(query.functions.items().iter().map(|own| &own.fingerprint)),
            rarity,
            completeness: Completeness { capped_functions: capped, ..completeness },
        };
        pool.accept(query, lists, &wanted, catalogue, (options, deadline));
        drop(wanted);
        pool.settle(catalogue, deadline);
        Ok(pool)
    }

    /// Nothing was looked up.
    fn of_nothing(query: &Query<'_>, keys: usize) -> Pool {
        let asking = query.functions.indices().map(|function| query.is_comparable(function));
        Pool {
            accepted: vec![Vec::new(); query.functions.len()].into(),
            completeness: Completeness { keys: keys as u64, ..Completeness::default() },
            skipped: asking.collect(),
            ..Pool::default()
        }
    }

    /// How frequent a key of the query is.
    pub fn count(&self, key: Key) -> KeyCount {
        let at = self.rarity.binary_search_by_key(&key, |(key, _)| *key);
        at.ok().and_then(|at| self.rarity.get(at)).map(|(_, count)| *count).unwrap_or_default()
    }

    /// A function of the query with the rarity of what it refers to.
    pub fn weigh<'a>(&self, fingerprint: &'a Fingerprint) -> Weighed<'a> {
        let bits = |tier: Tier, hash: u64| self.count(Key { tier, hash }).bits;
        Weighed::new(fingerprint, |hash| bits(Tier::Block, hash), |hash| bits(Tier::Anchor, hash))
            .without(&self.habits)
    }

    /// How many functions were skipped.
    pub fn skipped(&self) -> u64 {
        self.skipped.items().iter().map(|&skipped| u64::from(skipped)).sum()
    }

    /// Takes back what was accepted of a function: there is no time to look at all of it.
    pub fn skip(&mut self, function: QueryFunction) {
        self.accepted[function] = Vec::new();
        self.skipped[function] = true;
    }

    /// The signatures accepted of a function, each with the samples in which it occurs.
    pub fn places(&self, function: QueryFunction) -> impl Iterator<Item = (&Accepted, &[Presence])> {
        self.accepted[function].iter().map(|kept| (kept, self.presence[kept.candidate].as_slice()))
    }

    /// Compares each function with its candidates.
    fn accept(
        &mut self,
        query: &Query<'_>,
        lists: TypedVec<QueryFunction, Vec<SignatureId>>,
        wanted: &[SignatureId],
        catalogue: &Catalogue<'_>,
        (options, deadline): (&MatchOptions, &Deadline),
    ) {
        let arch = query.sample.arch;
        let is_alike = |signature: &Signature| {
            deadline.spend(signature.occurrences.len() as u64) && is_of(signature, arch, catalogue)
        };
        let bars = (options.accept, catalogue.functions() as usize);
        let signatures = self.signatures.items();
        let of_this_arch: Vec<bool> = signatures.par_iter().with_min_len(1024).map(is_alike).collect();
        let of_this_arch: TypedVec<CandidateIndex, bool> = of_this_arch.into();
        let last = signatures.last().map(|signature| signature.id);
        let functions = query.functions.items().par_iter().zip(lists.items().par_iter()).with_min_len(32);
        let accepted: Vec<Option<Vec<Accepted>>> = functions
            .map(|(function, ids)| {
                // All candidates or none: one that is missing may be the library that it comes from.
                let fetched = ids.iter().max().is_none_or(|most| Some(*most) <= last);
                if !ids.is_empty() && (!fetched || !deadline.spend(COMPARISON * ids.len() as u64)) {
                    return None;
                }
                let weighed = self.weigh(&function.fingerprint);
                let candidates = ids.iter().filter_map(|id| {
                    let position = wanted.binary_search(id).ok()?;
                    self.signatures.checked(u32::try_from(position).ok()?)
                });
                let alike = candidates.filter_map(|candidate| {
                    let stored = &self.signatures[candidate].fingerprint;
                    compare(&weighed, (candidate, stored), !of_this_arch[candidate], bars)
                });
                Some(self.ranked(alike.collect()))
            })
            .collect();
        for ((_, skipped), accepted) in self.skipped.entries_mut().zip(&accepted) {
            *skipped |= accepted.is_none();
        }
        self.accepted = accepted.into_iter().map(Option::unwrap_or_default).collect();
    }

    /// Resolves the occurrences of what was accepted and drops what occurs nowhere any more.
    fn settle(&mut self, catalogue: &Catalogue<'_>, deadline: &Deadline) {
        let mut used: TypedVec<CandidateIndex, bool> = vec![false; self.signatures.len()].into();
        for accepted in self.accepted.items().iter().flatten() {
            used[accepted.candidate] = true;
        }
        // Where time is up, candidates from here on are not resolved.
        let mut resolved = 0;
        for (candidate, signature) in self.signatures.entries() {
            if !deadline.spend(1 + signature.occurrences.len() as u64) {
                break;
            }
            resolved += 1;
            if used[candidate] {
                self.presence[candidate] = present(signature, catalogue);
                self.completeness.capped_signatures +=
                    u64::from(signature.total > signature.occurrences.len() as u64);
            }
        }
        // what was only compared is not needed any more
        for (candidate, signature) in self.signatures.entries_mut() {
            if !used[candidate] {
                *signature = Signature { id: signature.id, ..Signature::default() };
            }
        }
        for function in self.accepted.indices() {
            let accepted = &self.accepted[function];
            if accepted.is_empty() {
                continue;
            }
            let whole = accepted.iter().all(|kept| kept.candidate.position() < resolved);
            if !whole || !deadline.spend(COMPARISON * accepted.len() as u64) {
                self.skip(function);
                continue;
            }
            let presence = &self.presence;
            let accepted = &mut self.accepted[function];
            accepted.retain(|kept| !presence[kept.candidate].is_empty());
            accepted.shrink_to_fit();
        }
    }

    /// What is alike enough, by odds, similarity and, among equals, by content.
    fn ranked(&self, mut alike: Vec<(f64, Accepted)>) -> Vec<Accepted> {
        let content = |kept: &Accepted| self.signatures[kept.candidate].fingerprint.signature();
        alike.sort_by(|(odds, a), (other_odds, b)| {
            let by_odds = other_odds.total_cmp(odds);
            by_odds.then(b.similarity.total_cmp(&a.similarity)).then_with(|| content(a).cmp(&content(b)))
        });
        // The odds have done their work: without them a list is a quarter smaller.
        alike.iter().map(|(_, accepted)| *accepted).collect()
    }
}

/// Work of comparing two functions.
const COMPARISON: u64 = 16;

/// Compares a function with a candidate; with the log odds of the fitted model that both are one source.
/// None where they are less alike than `least`, or than chance makes them `among` so many functions.
fn compare(
    query: &Weighed<'_>,
    (candidate, stored): (CandidateIndex, &Fingerprint),
    other_arch: bool,
    (least, among): (f64, usize),
) -> Option<(f64, Accepted)> {
    let similarity = query.similarity(stored);
    let Similarity { value, kind, .. } = similarity;
    let bits_in_common = match kind {
        MatchKind::DataFlow => similarity.flow.bits,
        _ => similarity.anchor_bits,
    };
    let accepted = Accepted { candidate, similarity: value, kind, bits_in_common };
    if value < least {
        return None;
    }
    let odds = content_odds(query, stored, other_arch, &similarity);
    is_accepted(query, stored, &similarity, odds, (least, among)).then_some((odds, accepted))
}

/// Whether a signature occurs in a sample of the same kind of instruction set, x86 of any width or not.
///
/// Signatures are made of masked bytes: one that occurs in both kinds is hardly to be had.
fn is_of(signature: &Signature, arch: Arch, catalogue: &Catalogue<'_>) -> bool {
    let mut samples = signature.occurrences.iter().filter_map(|at| catalogue.sample(at.sample));
    samples.any(|sample| catalogue.samples[sample].info.arch.is_x86() == arch.is_x86())
}

fn present(signature: &Signature, catalogue: &Catalogue<'_>) -> Vec<Presence> {
    let live = signature.occurrences.iter().filter_map(|at| catalogue.sample(at.sample));
    let mut samples: Vec<SampleIndex> = live.collect();
    samples.sort_unstable();
    let runs = samples.chunk_by(|a, b| a == b);
    runs.filter_map(|run| Some(Presence { sample: *run.first()?, count: run.len() as u32 })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Directory;
    use crate::rerank;
    use cognate_base::SampleId;
    use cognate_binary::Format;
    use cognate_fingerprint::{Flow, MinHash, ROWS};
    use cognate_index::{Kind, Label, Occurrence, SampleInfo, SampleKey};

    fn stored(key: u32, arch: Arch) -> SampleInfo {
        let label = Label {
            family: "f".into(),
            version: None,
            actor: None,
            kind: Kind::Malware,
            source: "test".into(),
        };
        SampleInfo {
            partial: false,
            key: SampleKey(key),
            id: SampleId([key as u8; 32]),
            name: "s".into(),
            size: 1,
            format: Format::Elf,
            arch,
            functions: 1,
            code_bytes: 1,
            label,
            components: Vec::new(),
            hashes: None,
        }
    }

    fn fingerprint(exact: u64) -> Fingerprint {
        Fingerprint {
            exact,
            tokens: Some((MinHash([7; ROWS]), Default::default())),
            blocks: Vec::new(),
            anchors: Vec::new(),
            instructions: 10,
            block_count: 2,
            edge_count: 2,
            information: 100,
            flow: Flow::default(),
        }
    }

    /// Checks whether what occurs in samples of these instruction sets is of the query's kind.
    #[track_caller]
    fn check(query: Arch, samples: &[Arch], expected: bool) {
        let infos = (0u32..).zip(samples).map(|(key, &arch)| stored(key, arch)).collect();
        let directory = Directory::new(infos);
        let catalogue = Catalogue::new(&directory, &SampleId([255; 32]));
        let occurrences: Vec<Occurrence> =
            (0..samples.len() as u32).map(|key| Occurrence { sample: SampleKey(key), function: 0 }).collect();
        let total = occurrences.len() as u64;
        let signature = Signature { id: SignatureId(0), fingerprint: fingerprint(1), occurrences, total };
        assert_eq!(is_of(&signature, query, &catalogue), expected);
    }

    #[test]
    fn widths_of_x86_are_one_kind_of_instruction_set_and_a64_is_another() {
        check(Arch::X86_64, &[Arch::X86_64], true);
        check(Arch::X86_64, &[Arch::X86], true);
        check(Arch::X86, &[Arch::Aarch64], false);
        check(Arch::Aarch64, &[Arch::X86_64, Arch::X86], false);
        check(Arch::Aarch64, &[Arch::X86_64, Arch::Aarch64], true);
    }

    #[test]
    fn tokens_of_another_instruction_set_are_not_taken_for_likeness() {
        let (one, other) = (fingerprint(1), fingerprint(2));
        let weighed = Weighed::new(&one, |_| 8.0, |_| 8.0);
        let similarity = weighed.similarity(&other);
        let features = |other_arch| {
            let context = rerank::Context { other_arch, ..rerank::Context::default() };
            rerank::features_with(&weighed, &other, &context, &similarity.flow)
        };
        assert_eq!(features(false).get("tokens"), 1.0);
        assert_eq!((features(true).get("tokens"), features(true).get("tokens absent")), (0.0, 1.0));
        for other_arch in [false, true] {
            let served = content_odds(&weighed, &other, other_arch, &similarity);
            assert_eq!(served, rerank::Model::content().logit(&features(other_arch)));
        }
    }
}
