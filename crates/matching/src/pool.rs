//! Candidates: which stored functions might be the query's, and which are.
//!
//! In come a query and a store; out comes a [`Pool`]: for every query function
//! the stored signatures that are held to be the same, best first. One look-up
//! for all keys, one fetch for all candidates. What is kept and what is cut
//! depends on content only, never on the order in which samples were indexed:
//! where a cut falls among equals, all of them go.

use crate::catalogue::Catalogue;
use crate::document::{Completeness, MatchKind};
use crate::options::Options;
use crate::rerank;
use crate::similarity::{Similarity, Weighed};
use cognate_binary::Arch;
use cognate_fingerprint::{Fingerprint, Key, SampleFingerprint, Tier};
use cognate_index::{Hit, Lookup, Signature, SignatureId, Store};
use rayon::prelude::*;

/// Populations smaller than this tell nothing about rarity: the least `N` of a weight.
const LEAST_POPULATION: f64 = 16_384.0;

/// A stored signature held to be the same as a query function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted {
    /// Index into [`Pool::signatures`].
    pub signature: u32,
    /// How alike they are.
    pub similarity: Similarity,
    /// The log odds of the fitted model that both are one source: what the list is ranked by.
    pub odds: f64,
}

/// Where a signature occurs: sample by sample, the catalogue's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Presence {
    /// The sample's place in the catalogue.
    pub sample: u32,
    /// Functions of that signature in it.
    pub count: u32,
}

/// What the store has for a query.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    /// Candidate signatures.
    pub signatures: Vec<Signature>,
    /// The live occurrences of each signature that was accepted, ascending.
    pub presence: Vec<Vec<Presence>>,
    /// For each query function the signatures accepted, best first.
    pub accepted: Vec<Vec<Accepted>>,
    /// Rarity of every key of the query, ascending by key.
    pub rarity: Vec<(Key, KeyCount)>,
    /// How complete the answer is.
    pub completeness: Completeness,
}

/// How frequent a key is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyCount {
    /// Unique functions that hold it, in the store or in the query, whichever is more.
    pub occurs: u64,
    /// What that says, in bits.
    pub bits: f32,
}

impl Pool {
    /// Asks the store for a query's candidates and keeps those that are alike enough.
    pub fn gather<S: Store + ?Sized>(
        query: &SampleFingerprint,
        store: &S,
        catalogue: &Catalogue,
        options: &Options,
    ) -> Result<Pool, S::Error> {
        let mut asked = asked(query);
        let keys = unique(&asked);
        let lookup = store.lookup(&keys, options.key_cap)?;
        let rarity = rarity(&asked, &keys, &lookup, catalogue.functions());
        asked.sort_unstable_by_key(|&(key, function)| (function, key));
        let mut chosen = Chosen::new(query, &asked, &rarity, &lookup, options);
        let wanted = chosen.wanted();
        let signatures = store.signatures(&wanted, options.occurrence_cap)?;
        let mut pool = Pool {
            presence: vec![Vec::new(); signatures.len()],
            signatures,
            accepted: vec![Vec::new(); query.functions.len()],
            rarity,
            completeness: Completeness {
                coverage: lookup.coverage,
                keys: keys.len() as u64,
                truncated_keys: lookup.truncated as u64,
                capped_signatures: 0,
                capped_functions: chosen.capped,
            },
        };
        pool.accept(query, &mut chosen, &wanted, catalogue, options);
        pool.settle(catalogue);
        Ok(pool)
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
    }

    fn accept(
        &mut self,
        query: &SampleFingerprint,
        chosen: &mut Chosen,
        wanted: &[SignatureId],
        catalogue: &Catalogue,
        options: &Options,
    ) {
        let own = |signature: &Signature| is_of(signature, query.arch, catalogue);
        let own: Vec<bool> = self.signatures.iter().map(own).collect();
        let functions = query.functions.par_iter().zip(chosen.lists.par_iter()).with_min_len(32);
        self.accepted = functions
            .map(|(function, ids)| {
                let weighed = self.weigh(&function.fingerprint);
                let likes = ids.iter().filter_map(|id| {
                    let at = wanted.binary_search(id).ok()?;
                    let stored = &self.signatures.get(at)?.fingerprint;
                    let similarity = weighed.similarity(stored);
                    let signature = u32::try_from(at).ok()?;
                    let alike = similarity.value >= options.accept;
                    let other_arch = own.get(at) == Some(&false);
                    alike.then(|| Accepted {
                        signature,
                        similarity,
                        odds: odds(&weighed, stored, other_arch, &similarity),
                    })
                });
                likes.collect()
            })
            .collect();
    }

    /// Resolves the occurrences of what was accepted and drops what occurs nowhere any more.
    fn settle(&mut self, catalogue: &Catalogue) {
        let mut used = vec![false; self.signatures.len()];
        for accepted in self.accepted.iter().flatten() {
            if let Some(used) = used.get_mut(accepted.signature as usize) {
                *used = true;
            }
        }
        for ((signature, presence), used) in self.signatures.iter().zip(&mut self.presence).zip(used) {
            if used {
                *presence = present(signature, catalogue);
                self.completeness.capped_signatures +=
                    u64::from(signature.total > signature.occurrences.len() as u64);
            }
        }
        let (presence, signatures) = (&self.presence, &self.signatures);
        let content = |accepted: &Accepted| {
            signatures.get(accepted.signature as usize).map(|signature| signature.fingerprint.signature())
        };
        for accepted in &mut self.accepted {
            accepted
                .retain(|kept| presence.get(kept.signature as usize).is_some_and(|list| !list.is_empty()));
            accepted.sort_by(|a, b| {
                let by_odds = b.odds.total_cmp(&a.odds);
                by_odds
                    .then(b.similarity.value.total_cmp(&a.similarity.value))
                    .then_with(|| content(a).cmp(&content(b)))
            });
        }
    }
}

/// Whether a signature occurs in a sample of the same kind of instruction set, x86 of any width or not.
///
/// Signatures are made of masked bytes: one that occurs in both kinds is hardly to be had.
fn is_of(signature: &Signature, arch: Arch, catalogue: &Catalogue) -> bool {
    let places = signature.occurrences.iter().filter_map(|occurrence| catalogue.place(occurrence.sample));
    let mut samples = places.filter_map(|place| catalogue.samples.get(place as usize));
    samples.any(|sample| sample.arch.is_x86() == arch.is_x86())
}

/// The log odds that two functions are one source; equal bytes are beyond odds.
///
/// What the functions call is not looked at, of any candidate (`callees unknown`): it would
/// have to be fetched for all. Everything else is given to the model as when it was fitted.
fn odds(query: &Weighed<'_>, stored: &Fingerprint, other_arch: bool, similarity: &Similarity) -> f64 {
    if similarity.kind == MatchKind::Exact {
        return f64::INFINITY;
    }
    let context = rerank::Context { other_arch, callees: None };
    let features = rerank::features_with(query, stored, &context, &similarity.flow);
    rerank::Model::fitted().logit(&features)
}

fn present(signature: &Signature, catalogue: &Catalogue) -> Vec<Presence> {
    let mut places: Vec<u32> =
        signature.occurrences.iter().filter_map(|occurrence| catalogue.place(occurrence.sample)).collect();
    places.sort_unstable();
    let runs = places.chunk_by(|a, b| a == b);
    runs.filter_map(|run| Some(Presence { sample: *run.first()?, count: run.len() as u32 })).collect()
}

/// Every key of every function, ascending by key.
fn asked(query: &SampleFingerprint) -> Vec<(Key, u32)> {
    let functions = query.functions.iter().zip(0u32..);
    let mut asked: Vec<(Key, u32)> = functions
        .flat_map(|(function, at)| function.fingerprint.asked_keys().into_iter().map(move |key| (key, at)))
        .collect();
    asked.sort_unstable();
    asked.dedup();
    asked
}

fn unique(asked: &[(Key, u32)]) -> Vec<Key> {
    let mut keys: Vec<Key> = asked.iter().map(|&(key, _)| key).collect();
    keys.dedup();
    keys
}

fn rarity(asked: &[(Key, u32)], keys: &[Key], lookup: &Lookup, functions: u64) -> Vec<(Key, KeyCount)> {
    let population = (functions as f64).max(LEAST_POPULATION);
    let groups = asked.chunk_by(|a, b| a.0 == b.0);
    let counted = keys.iter().zip(groups).enumerate().map(|(at, (&key, group))| {
        let stored = lookup.hits.get(at).map_or(0, |hit| hit.total);
        let occurs = stored.max(group.len() as u64).max(1);
        let bits = (population / occurs as f64).log2().max(0.0) as f32;
        (key, KeyCount { occurs, bits })
    });
    counted.collect()
}

/// The candidates chosen for each query function.
#[derive(Debug, Default)]
struct Chosen {
    lists: Vec<Vec<SignatureId>>,
    capped: u64,
}

impl Chosen {
    /// Adds up votes, the rarity of each key in common, and keeps the best.
    fn new(
        query: &SampleFingerprint,
        asked: &[(Key, u32)],
        rarity: &[(Key, KeyCount)],
        lookup: &Lookup,
        options: &Options,
    ) -> Self {
        let mut chosen = Chosen { lists: vec![Vec::new(); query.functions.len()], capped: 0 };
        let mut votes: Vec<(SignatureId, u32)> = Vec::new();
        let equal = (MOST_EQUAL / query.functions.len().max(1)).max(LEAST_EQUAL);
        for group in asked.chunk_by(|a, b| a.1 == b.1) {
            votes.clear();
            count(group, rarity, lookup, &mut votes);
            let Some(list) = group.first().and_then(|first| chosen.lists.get_mut(first.1 as usize)) else {
                continue;
            };
            chosen.capped += u64::from(elect(&mut votes, options.candidates, equal, list));
        }
        chosen
    }

    /// Every candidate of every function, ascending, each once.
    fn wanted(&self) -> Vec<SignatureId> {
        let mut wanted: Vec<SignatureId> = self.lists.iter().flatten().copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }
}

/// Adds what each key of one function votes for.
fn count(
    group: &[(Key, u32)],
    rarity: &[(Key, KeyCount)],
    lookup: &Lookup,
    votes: &mut Vec<(SignatureId, u32)>,
) {
    for &(key, _) in group {
        let Ok(at) = rarity.binary_search_by_key(&key, |(key, _)| *key) else { continue };
        let (Some(hit), Some((_, count))) = (lookup.hits.get(at), rarity.get(at)) else { continue };
        if let Some(vote) = vote(key.tier, hit, count.bits) {
            votes.extend(hit.signatures.iter().map(|&id| (id, vote)));
        }
    }
}

/// The stored signatures that share a key with each function of a query, each
/// with its votes, most votes first: what [`crate::match_sample`] chooses candidates by.
///
/// Only keys of the tiers that `asks` allows are looked up. For measurements.
pub fn votes<S: Store + ?Sized>(
    query: &SampleFingerprint,
    store: &S,
    options: &Options,
    asks: impl Fn(Tier) -> bool,
) -> Result<Vec<Vec<(SignatureId, u32)>>, S::Error> {
    let mut asked = asked(query);
    asked.retain(|(key, _)| asks(key.tier));
    let keys = unique(&asked);
    let lookup = store.lookup(&keys, options.key_cap)?;
    let rarity = rarity(&asked, &keys, &lookup, store.stats()?.functions);
    asked.sort_unstable_by_key(|&(key, function)| (function, key));
    let mut all = vec![Vec::new(); query.functions.len()];
    for group in asked.chunk_by(|a, b| a.1 == b.1) {
        let Some(votes) = group.first().and_then(|first| all.get_mut(first.1 as usize)) else { continue };
        count(group, &rarity, &lookup, votes);
        add_up(votes);
        votes.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    Ok(all)
}

/// Equal functions that are followed for all functions of a query together, and for one at the least.
///
/// One body under thousands of signatures (each function refers to a text of its own) would else be
/// held against itself in every combination.
const MOST_EQUAL: usize = 2_000_000;
const LEAST_EQUAL: usize = 16;

/// The vote of an equal function outweighs all others together.
const EXACT_VOTE: u32 = 1 << 20;

/// What a key's signatures gain by it, in 1/16 bits; none where the list is capped.
///
/// A capped list holds the first to come, so following it would make the
/// answer depend on the order of indexing. Equal functions are always followed.
fn vote(tier: Tier, hit: &Hit, bits: f32) -> Option<u32> {
    if tier == Tier::Exact {
        return Some(EXACT_VOTE);
    }
    let capped = hit.total > hit.signatures.len() as u64;
    (!capped).then_some((bits * 16.0) as u32 + 1)
}

/// Takes the `most` candidates with most votes; says whether any were left out.
///
/// Where the cut falls among equals they stay, up to twice `most`, or all go; equal functions stay, up to `equal`.
fn elect(
    votes: &mut Vec<(SignatureId, u32)>,
    most: usize,
    equal: usize,
    list: &mut Vec<SignatureId>,
) -> bool {
    add_up(votes);
    if votes.len() <= most {
        list.extend(votes.iter().map(|&(id, _)| id));
        return false;
    }
    votes.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let bar = votes.get(most).map_or(0, |&(_, vote)| vote);
    let with_equals = votes.partition_point(|&(_, vote)| vote >= bar);
    let above = votes.partition_point(|&(_, vote)| vote > bar);
    let equal_functions = votes.partition_point(|&(_, vote)| vote >= EXACT_VOTE).min(equal);
    let keep = if with_equals <= most.saturating_mul(2) { with_equals } else { above };
    list.extend(votes.iter().take(keep.max(equal_functions)).map(|&(id, _)| id));
    keep.max(equal_functions) < votes.len()
}

/// One entry for each signature, with the sum of its votes.
fn add_up(votes: &mut Vec<(SignatureId, u32)>) {
    votes.sort_unstable();
    votes.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1.saturating_add(next.1);
        }
        same
    });
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn check(query: Arch, samples: &[Arch], own: bool) {
        let infos = (0u32..).zip(samples).map(|(key, &arch)| stored(key, arch)).collect();
        let catalogue = Catalogue::new(infos, &SampleId([255; 32]));
        let occurrences: Vec<Occurrence> =
            (0..samples.len() as u32).map(|key| Occurrence { sample: SampleKey(key), function: 0 }).collect();
        let total = occurrences.len() as u64;
        let signature = Signature { id: SignatureId(0), fingerprint: fingerprint(1), occurrences, total };
        assert_eq!(is_of(&signature, query, &catalogue), own);
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
            let context = rerank::Context { other_arch, callees: None };
            rerank::features_with(&weighed, &other, &context, &similarity.flow)
        };
        assert_eq!(features(false).get("tokens"), 1.0);
        assert_eq!((features(true).get("tokens"), features(true).get("tokens absent")), (0.0, 1.0));
        for other_arch in [false, true] {
            let served = odds(&weighed, &other, other_arch, &similarity);
            assert_eq!(served, rerank::Model::fitted().logit(&features(other_arch)));
        }
    }
}
