//! Candidates: which stored functions might be the query's, and which are.
//!
//! In come a query and a store; out comes a [`Pool`]: for every query function
//! the stored signatures that are held to be the same, best first. One look-up
//! for all keys, one fetch for all candidates. What is kept and what is cut
//! depends on content only, never on the order in which samples were indexed:
//! where a cut falls among equals, all of them go.

use crate::catalogue::Catalogue;
use crate::document::{Completeness, MatchKind};
use crate::facts::Fact;
use crate::options::Options;
use crate::rerank;
use crate::similarity::{Similarity, Weighed};
use cognate_base::Deadline;
use cognate_binary::Arch;
use cognate_fingerprint::{Fingerprint, INFORMATION_FLOOR, Key, SampleFingerprint, Tier};
use cognate_index::{Hit, Lookup, Signature, SignatureId, Store};
use rayon::prelude::*;

/// Populations smaller than this tell nothing about rarity: the least `N` of a weight.
const LEAST_POPULATION: f64 = 16_384.0;

/// A stored signature held to be the same as a query function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted {
    /// Index into [`Pool::signatures`].
    pub signature: u32,
    /// How alike they are, 0 to 1.
    pub value: f64,
    /// The strongest kind of evidence.
    pub kind: MatchKind,
    /// What the anchors in common say, in bits, or the data flow, where only that speaks.
    pub said: f64,
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
    /// Functions that could have been looked up, but were not, or in part: time was up. They have no candidates.
    pub left: u64,
}

/// Keys and signatures that are asked of a store at once: between them the clock is looked at.
const AT_ONCE: usize = 1 << 15;

/// Looks up keys as [`Store::lookup`] does; nothing where time is up before all are.
fn look_up<S: Store + ?Sized>(
    store: &S,
    keys: &[Key],
    cap: usize,
    deadline: &Deadline,
) -> Result<Option<Lookup>, S::Error> {
    let mut all = Lookup { coverage: 1.0, ..Lookup::default() };
    for chunk in keys.chunks(AT_ONCE) {
        if !deadline.holds() {
            return Ok(None);
        }
        let Lookup { hits, coverage, truncated } = store.lookup(chunk, cap)?;
        all.hits.extend(hits);
        // of equal chunks, but for the last
        all.coverage = all.coverage.min(coverage);
        all.truncated += truncated;
    }
    Ok(Some(all))
}

/// Fetches signatures as [`Store::signatures`] does: the first of them where time is up before all are there.
pub(crate) fn fetch<S: Store + ?Sized>(
    store: &S,
    ids: &[SignatureId],
    cap: usize,
    deadline: &Deadline,
) -> Result<Vec<Signature>, S::Error> {
    let mut all = Vec::new();
    for chunk in ids.chunks(AT_ONCE) {
        if !deadline.holds() {
            break;
        }
        all.extend(store.signatures(chunk, cap)?);
    }
    Ok(all)
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
        catalogue: &Catalogue<'_>,
        options: &Options,
        deadline: &Deadline,
    ) -> Result<(Pool, Vec<Fact>), S::Error> {
        let mut asked = asked(query);
        let keys = unique(&asked);
        let Some(lookup) = look_up(store, &keys, options.key_cap, deadline)? else {
            return Ok(Pool::of_nothing(query, &keys));
        };
        let rarity = rarity(&asked, &keys, &lookup, catalogue.functions());
        asked.sort_unstable_by_key(|&(key, function)| (function, key));
        let mut chosen = Chosen::new(query, &asked, &rarity, &lookup, options, deadline);
        drop(asked);
        let (coverage, truncated) = (lookup.coverage, lookup.truncated as u64);
        drop(lookup);
        let wanted = chosen.wanted();
        let signatures = fetch(store, &wanted, options.occurrence_cap, deadline)?;
        let mut pool = Pool {
            presence: vec![Vec::new(); signatures.len()],
            signatures,
            accepted: vec![Vec::new(); query.functions.len()],
            rarity,
            completeness: Completeness {
                coverage,
                keys: keys.len() as u64,
                truncated_keys: truncated,
                capped_signatures: 0,
                capped_functions: chosen.capped,
            },
            left: 0,
        };
        pool.accept(query, &mut chosen, &wanted, catalogue, (options, deadline));
        drop(wanted);
        pool.settle(catalogue, &mut chosen, deadline);
        let facts = pool.facts(catalogue, &mut chosen, deadline);
        pool.left = chosen.left.iter().map(|&left| u64::from(left)).sum();
        Ok((pool, facts))
    }

    /// Nothing was looked up.
    fn of_nothing(query: &SampleFingerprint, keys: &[Key]) -> (Pool, Vec<Fact>) {
        let asking = query.functions.iter().filter(|own| own.fingerprint.information >= INFORMATION_FLOOR);
        let pool = Pool {
            accepted: vec![Vec::new(); query.functions.len()],
            completeness: Completeness { keys: keys.len() as u64, ..Completeness::default() },
            left: asking.count() as u64,
            ..Pool::default()
        };
        (pool, vec![Fact::default(); query.functions.len()])
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
        catalogue: &Catalogue<'_>,
        (options, deadline): (&Options, &Deadline),
    ) {
        let own = |signature: &Signature| {
            deadline.spend(signature.occurrences.len() as u64) && is_of(signature, query.arch, catalogue)
        };
        let own: Vec<bool> = self.signatures.par_iter().with_min_len(1024).map(own).collect();
        let last = self.signatures.last().map(|signature| signature.id);
        let functions = query.functions.par_iter().zip(chosen.lists.par_iter()).with_min_len(32);
        let accepted: Vec<Option<Vec<Accepted>>> = functions
            .map(|(function, ids)| {
                // all candidates or none: one that is missing may be the library that it comes from
                let fetched = ids.iter().max().is_none_or(|most| Some(*most) <= last);
                if !ids.is_empty() && (!fetched || !deadline.spend(COMPARISON * ids.len() as u64)) {
                    return None;
                }
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
                        value: similarity.value,
                        kind: similarity.kind,
                        said: match similarity.kind {
                            MatchKind::DataFlow => similarity.flow.bits,
                            _ => similarity.anchor_bits,
                        },
                        odds: odds(&weighed, stored, other_arch, &similarity),
                    })
                });
                let mut likes: Vec<Accepted> = likes.collect();
                likes.shrink_to_fit();
                Some(likes)
            })
            .collect();
        for (accepted, at) in accepted.iter().zip(0..) {
            if accepted.is_none() {
                chosen.leave(at);
            }
        }
        chosen.lists = Vec::new();
        self.accepted = accepted.into_iter().map(Option::unwrap_or_default).collect();
    }

    /// Resolves the occurrences of what was accepted and drops what occurs nowhere any more.
    fn settle(&mut self, catalogue: &Catalogue<'_>, chosen: &mut Chosen, deadline: &Deadline) {
        let mut used = vec![false; self.signatures.len()];
        for accepted in self.accepted.iter().flatten() {
            if let Some(used) = used.get_mut(accepted.signature as usize) {
                *used = true;
            }
        }
        let mut resolved = 0;
        for ((signature, presence), used) in self.signatures.iter().zip(&mut self.presence).zip(used) {
            if !deadline.spend(1 + signature.occurrences.len() as u64) {
                break;
            }
            resolved += 1;
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
        for (accepted, at) in self.accepted.iter_mut().zip(0..) {
            let whole = accepted.iter().all(|kept| kept.signature < resolved);
            if accepted.is_empty() {
                continue;
            }
            if !whole || !deadline.spend(COMPARISON * accepted.len() as u64) {
                accepted.clear();
                chosen.leave(at);
                continue;
            }
            accepted
                .retain(|kept| presence.get(kept.signature as usize).is_some_and(|list| !list.is_empty()));
            accepted.sort_by(|a, b| {
                let by_odds = b.odds.total_cmp(&a.odds);
                by_odds.then(b.value.total_cmp(&a.value)).then_with(|| content(a).cmp(&content(b)))
            });
            accepted.shrink_to_fit();
        }
    }

    /// In how many families each function occurs; what time does not reach is left out.
    fn facts(&mut self, catalogue: &Catalogue<'_>, chosen: &mut Chosen, deadline: &Deadline) -> Vec<Fact> {
        let projects = catalogue.projects();
        let mut facts = vec![Fact::default(); self.accepted.len()];
        for ((accepted, fact), at) in self.accepted.iter_mut().zip(&mut facts).zip(0..) {
            let lists = accepted.iter().filter_map(|kept| self.presence.get(kept.signature as usize));
            if deadline.spend(1 + lists.map(|list| list.len() as u64).sum::<u64>()) {
                *fact = Fact::new(accepted, &self.presence, catalogue, projects);
            } else if !accepted.is_empty() {
                accepted.clear();
                chosen.leave(at);
            }
        }
        facts
    }
}

/// Work of comparing two functions.
const COMPARISON: u64 = 16;

/// Whether a signature occurs in a sample of the same kind of instruction set, x86 of any width or not.
///
/// Signatures are made of masked bytes: one that occurs in both kinds is hardly to be had.
fn is_of(signature: &Signature, arch: Arch, catalogue: &Catalogue<'_>) -> bool {
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

fn present(signature: &Signature, catalogue: &Catalogue<'_>) -> Vec<Presence> {
    let mut places: Vec<u32> =
        signature.occurrences.iter().filter_map(|occurrence| catalogue.place(occurrence.sample)).collect();
    places.sort_unstable();
    let runs = places.chunk_by(|a, b| a == b);
    runs.filter_map(|run| Some(Presence { sample: *run.first()?, count: run.len() as u32 })).collect()
}

/// Every key of every function, ascending by key.
fn asked(query: &SampleFingerprint) -> Vec<(Key, u32)> {
    // room is made once: a list that grows takes up to three times as much while it does
    let keys = query.functions.iter().map(|function| function.fingerprint.asked_keys().len());
    let mut asked: Vec<(Key, u32)> = Vec::with_capacity(keys.sum());
    for (function, at) in query.functions.iter().zip(0u32..) {
        asked.extend(function.fingerprint.asked_keys().into_iter().map(|key| (key, at)));
    }
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
    /// Functions that were not looked at whole.
    left: Vec<bool>,
}

impl Chosen {
    /// Adds up votes, the rarity of each key in common, and keeps the best.
    fn new(
        query: &SampleFingerprint,
        asked: &[(Key, u32)],
        rarity: &[(Key, KeyCount)],
        lookup: &Lookup,
        options: &Options,
        deadline: &Deadline,
    ) -> Self {
        let functions = query.functions.len();
        let (lists, left) = (vec![Vec::new(); functions], vec![false; functions]);
        let mut chosen = Chosen { lists, capped: 0, left };
        let mut votes: Vec<(SignatureId, u32)> = Vec::new();
        let equal = (MOST_EQUAL / query.functions.len().max(1)).max(LEAST_EQUAL);
        for group in asked.chunk_by(|a, b| a.1 == b.1) {
            let Some(&(_, function)) = group.first() else { continue };
            if !deadline.spend((group.len() + votes.len()) as u64) {
                chosen.leave(function);
                continue;
            }
            votes.clear();
            count(group, rarity, lookup, &mut votes);
            let Some(list) = chosen.lists.get_mut(function as usize) else { continue };
            chosen.capped += u64::from(elect(&mut votes, options.candidates, equal, list));
        }
        chosen
    }

    /// A function is not looked at whole.
    fn leave(&mut self, function: u32) {
        if let Some(left) = self.left.get_mut(function as usize) {
            *left = true;
        }
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
    use crate::catalogue::Directory;
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
        let directory = Directory::new(infos);
        let catalogue = Catalogue::new(&directory, &SampleId([255; 32]));
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
