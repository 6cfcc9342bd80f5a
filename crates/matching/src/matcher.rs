//! From a query and a store to a [`MatchReport`]: the order of the steps.

use crate::align::{Node, Pair, Seed, Side, align};
use crate::catalogue::{Catalogue, Directory};
use crate::compare::{components, libraries as libraries_of_both, room_for_seeds, side, window};
use crate::document::*;
use crate::facts::{Matched, code_bytes};
use crate::library;
use crate::options::Options;
use crate::pool::{Pool, fetch};
use crate::provenance::{Provenance, Question, provenance};
use crate::standing::{Link, Ranked, links, own_information, rank};
use crate::telling::{Shelf, own_ref, reasons, stored_ref, telling};
use crate::time::{Time, left_out};
use cognate_base::Gap;
use cognate_fingerprint::{Fingerprint, INFORMATION_FLOOR, SampleFingerprint};
use cognate_index::{FunctionInfo, Kind, SampleInfo, SignatureId, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What every report says of its ranks.
const CAVEAT: &str = "Ranks and bits are not probabilities: they order relatives by how much rare code they \
share, and say nothing of how often unrelated code would share as much.";

/// Families that are weighed for the verdict, however few are to be shown.
const MOST_JUDGED: usize = 1_000;
/// Work of telling why two functions are alike.
pub(crate) const REASONS: u64 = 64;
/// Families that the verdict names; the rest is counted.
const MOST_NAMED: usize = 10;

/// Asks a store what a query shares with everything in it.
///
/// The answer depends on what the store holds, not on the order in which it
/// was added. A stored sample with the query's SHA-256 is left out. Fails only
/// when the store does.
pub fn match_sample<S: Store + ?Sized>(
    query: &SampleFingerprint,
    store: &S,
    options: &Options,
) -> Result<MatchReport, S::Error> {
    match_known(query, store, &Directory::of(store)?, options)
}

/// The same for one of many queries: `directory` is what the store has, read once for all of them.
pub fn match_known<S: Store + ?Sized>(
    query: &SampleFingerprint,
    store: &S,
    directory: &Directory,
    options: &Options,
) -> Result<MatchReport, S::Error> {
    let time = Time::start(options.time);
    let catalogue = Catalogue::new(directory, &query.id);
    let (pool, facts) = Pool::gather(query, store, &catalogue, options, &time.gather)?;
    let mut matched = Matched::new(query, &catalogue, (&pool, facts), options, &time.whole);
    library::attribute(&mut matched);
    if !matched.time.holds() {
        // Not knowing whose code it is, nobody may be called a relative for it.
        matched.libraries.clear();
    }
    matched.own_information = own_information(&matched);
    let mut shelf = Shelf::new(store);
    // What the verdict hangs on comes first.
    let mut families = families(&matched, &mut shelf)?;
    let libraries = libraries(&matched);
    let code = split(&matched);
    let unread = unread(query, options).or_else(|| unlooked(&matched));
    // What is judged does not hang on how much is shown.
    let outcome = outcome(unread, &code, &families, &libraries, options);
    families.truncate(options.relatives);
    let samples = samples(&matched, store, &mut shelf)?;
    let actors = actors(&matched, &mut shelf)?;
    Ok(MatchReport {
        schema: SCHEMA,
        outcome,
        query: summary(&matched),
        population: Population {
            samples: catalogue.count() as u64,
            families: catalogue.projects() as u64,
            libraries: catalogue.libraries() as u64,
            functions: catalogue.functions(),
            fingerprint_version: directory.fingerprint_version(),
        },
        completeness: pool.completeness.clone(),
        caveat: CAVEAT.to_owned(),
        code,
        libraries,
        families,
        actors,
        samples,
        left_out: left_out_of(&matched),
    })
}

/// What was not looked at, for want of time.
fn left_out_of(matched: &Matched<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let left = matched.pool.left;
    if left > 0 {
        let what = format!("{left} functions were not looked up, or in part, and count as unmatched");
        gaps.push(left_out("matching", &what));
    }
    if matched.time.passed() {
        gaps.push(left_out("matching", "relatives were weighed and described in part"));
    }
    gaps
}

/// Why not enough was looked at to say that the query shares nothing, where that is so.
fn unlooked(matched: &Matched<'_>) -> Option<String> {
    let left = matched.pool.left;
    if left > 0 {
        return Some(format!("time was up before {left} functions were looked up"));
    }
    matched.time.passed().then(|| "time was up before all relatives were weighed".to_owned())
}

fn summary(matched: &Matched<'_>) -> QuerySummary {
    let query = matched.query;
    let comparable = query.functions.iter().filter(|own| own.fingerprint.information >= INFORMATION_FLOOR);
    let numbered = query.functions.iter().zip(0u32..);
    let distinct: BTreeSet<Option<u32>> = numbered
        .filter(|(own, _)| own.fingerprint.information >= INFORMATION_FLOOR)
        .map(|(_, at)| matched.repetition.piece(at))
        .collect();
    QuerySummary {
        id: query.id,
        size: query.size,
        format: query.format,
        arch: query.arch,
        functions: query.functions.len() as u64,
        code_bytes: code_bytes(query),
        comparable_functions: comparable.clone().count() as u64,
        comparable_bytes: comparable.map(|own| u64::from(own.bytes)).sum(),
        distinct_functions: distinct.len() as u64,
        components: components(query),
        partial: query.partial,
        known: matched.catalogue.known().map(reference),
    }
}

fn reference(info: &SampleInfo) -> SampleRef {
    SampleRef {
        id: info.id,
        name: info.name.clone(),
        label: info.label.clone(),
        format: info.format,
        arch: info.arch,
        functions: u64::from(info.functions),
        code_bytes: info.code_bytes,
    }
}

/// What a function is to whichever relative it means most to.
fn split(matched: &Matched<'_>) -> CodeSplit {
    let all = || 0..matched.query.functions.len() as u32;
    let with = |class: CodeClass| {
        let known = |at: &u32| matched.is_matched(*at) && matched.class(*at, Kind::Goodware) == class;
        matched.share(all().filter(known))
    };
    let is_comparable = |at: u32| {
        let own = matched.query.functions.get(at as usize);
        own.is_some_and(|own| own.fingerprint.information >= INFORMATION_FLOOR)
    };
    let unknown = |comparable: bool| {
        let unknown = all().filter(|at| !matched.is_matched(*at));
        matched.share(unknown.filter(|at| is_comparable(*at) == comparable))
    };
    CodeSplit {
        matched: matched.share(all().filter(|at| matched.is_matched(*at))),
        private: with(CodeClass::Private),
        library: with(CodeClass::Library),
        common: with(CodeClass::Common),
        unmatched: unknown(true),
        below_floor: unknown(false),
    }
}

fn outcome(
    unread: Option<String>,
    code: &CodeSplit,
    families: &[FamilyRelative],
    libraries: &[LibraryShare],
    options: &Options,
) -> Outcome {
    let names = |names: Vec<&str>| names.join(", ");
    let significant: Vec<&str> = families
        .iter()
        .filter(|relative| relative.standing.significant)
        .map(|relative| relative.family.as_str())
        .collect();
    if !significant.is_empty() {
        let more = significant.len().saturating_sub(MOST_NAMED);
        let named = names(significant.into_iter().take(MOST_NAMED).collect());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let reason = format!("shares private code with {named}{more}");
        return Outcome { verdict: Verdict::Related, reason };
    }
    let carried = libraries.iter().filter(|library| library.carried);
    let named: Vec<&str> = carried.map(|library| library.name.as_str()).collect();
    if !named.is_empty() {
        let doubted =
            families.iter().map(|relative| (&relative.family, &relative.standing)).find(|(_, all)| {
                all.distinct >= options.least_distinct as u64 && all.evidence_bits >= options.least_bits
            });
        let reason = match doubted {
            Some((family, standing)) => {
                format!("carries library code: {}; nearest is {family}: {}", names(named), standing.reason)
            }
            None => format!("no private code of note; carries library code: {}", names(named)),
        };
        return match unread {
            Some(unread) => Outcome { verdict: Verdict::CannotTell, reason: format!("{unread}; {reason}") },
            None => Outcome { verdict: Verdict::LibraryOnly, reason },
        };
    }
    let reason = match families.first() {
        Some(relative) => format!("nearest is {}: {}", relative.family, relative.standing.reason),
        None if code.matched.functions > 0 => "only traces of indexed libraries were found".to_owned(),
        None => "no function is like any in the store".to_owned(),
    };
    match unread {
        Some(unread) => Outcome { verdict: Verdict::CannotTell, reason: format!("{unread}; {reason}") },
        None => Outcome { verdict: Verdict::NothingSignificant, reason },
    }
}

/// Why too little of the query was read to say that it shares nothing, where that is so.
///
/// A query with fewer functions that say anything than a relative needs could not come out as related to anybody.
fn unread(query: &SampleFingerprint, options: &Options) -> Option<String> {
    let telling = query.functions.iter().filter(|own| own.fingerprint.information >= INFORMATION_FLOOR);
    match telling.count() {
        _ if query.functions.is_empty() => Some("no function of the file was read".to_owned()),
        _ if query.partial => Some("the file was read in part, and functions may be missing".to_owned()),
        telling if telling < options.least_distinct => Some(format!(
            "the file has {telling} functions that are long enough to be compared, and a relative needs {}",
            options.least_distinct
        )),
        _ => None,
    }
}

fn kind_of(matched: &Matched<'_>, family: u32) -> Kind {
    matched.catalogue.families.get(family as usize).map_or(Kind::Library, |family| family.kind)
}

/// The family of a sample, unless it is a library.
fn project_of(matched: &Matched<'_>, sample: u32) -> Option<u32> {
    let family = *matched.catalogue.family.get(sample as usize)?;
    (kind_of(matched, family) != Kind::Library).then_some(family)
}

fn samples<S: Store + ?Sized>(
    matched: &Matched<'_>,
    store: &S,
    shelf: &mut Shelf<'_, S>,
) -> Result<Vec<SampleRelative>, S::Error> {
    let options = matched.options;
    let catalogue = matched.catalogue;
    let is_project = |sample: u32| project_of(matched, sample).map(|_| sample);
    let links = links(matched, catalogue.samples.len(), is_project);
    let kind = |sample: u32| project_of(matched, sample).map_or(Kind::Library, |at| kind_of(matched, at));
    let ranked = rank(matched, &links, options.relatives, kind, is_project, |sample| sample);
    let mut relatives = Vec::with_capacity(ranked.len());
    for (Ranked { group, standing, pieces }, at) in ranked.into_iter().zip(0usize..) {
        let Some(info) = catalogue.samples.get(group as usize) else { continue };
        let own = links.get(group as usize).map(Vec::as_slice).unwrap_or_default();
        let alignment = if at < options.alignments && matched.time.holds() {
            Some(alignment(matched, group, info, own, store, shelf)?)
        } else {
            None
        };
        relatives.push(SampleRelative {
            sample: reference(info),
            standing,
            one_to_one: one_to_one(matched, group, own),
            telling: telling(matched, &pieces, group, |sample| sample == group, shelf)?,
            alignment,
        });
    }
    Ok(relatives)
}

/// The query's code when each stored function explains at most one of its functions.
fn one_to_one(matched: &Matched<'_>, sample: u32, links: &[Link]) -> Share {
    let mut offers: Vec<(f64, u32, u32, u32)> = Vec::new();
    let mut left: HashMap<u32, u32> = HashMap::new();
    for link in links {
        let accepted = matched.pool.accepted.get(link.function as usize).into_iter().flatten();
        for kept in accepted.skip(link.rank as usize) {
            let presence = matched.pool.presence.get(kept.signature as usize).map(Vec::as_slice);
            let presence = presence.unwrap_or_default();
            let Ok(at) = presence.binary_search_by_key(&sample, |place| place.sample) else { continue };
            let count = presence.get(at).map_or(0, |place| place.count);
            left.insert(kept.signature, count);
            offers.push((kept.value, link.function, kept.signature, link.rank));
        }
    }
    offers.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.3).cmp(&(b.1, b.3))));
    let mut explained = BTreeSet::new();
    for (_, function, signature, _) in offers {
        let Some(count) = left.get_mut(&signature) else { continue };
        if *count > 0 && explained.insert(function) {
            *count -= 1;
        }
    }
    matched.share(explained.into_iter())
}

fn families<S: Store + ?Sized>(
    matched: &Matched<'_>,
    shelf: &mut Shelf<'_, S>,
) -> Result<Vec<FamilyRelative>, S::Error> {
    let catalogue = matched.catalogue;
    let grouped = links(matched, catalogue.families.len(), |sample| project_of(matched, sample));
    let name = |family: u32| catalogue.families.get(family as usize).map(|family| family.name.clone());
    let kind = |family: u32| kind_of(matched, family);
    let shown = matched.options.relatives;
    let judged = shown.max(MOST_JUDGED);
    let ranked = rank(matched, &grouped, judged, kind, |sample| project_of(matched, sample), name);
    let best = best_samples(matched, &ranked, |sample| project_of(matched, sample));
    let mut relatives = Vec::with_capacity(ranked.len());
    for Ranked { group, standing, pieces } in ranked {
        let Some((family, &(place, sharing))) = catalogue.families.get(group as usize).zip(best.get(&group))
        else {
            continue;
        };
        let Some(best) = catalogue.samples.get(place as usize) else { continue };
        let of_family = |sample: u32| catalogue.family.get(sample as usize) == Some(&group);
        relatives.push(FamilyRelative {
            family: family.name.clone(),
            kind: family.kind,
            actors: actors_of(matched, group),
            samples: sharing,
            best_sample: reference(best),
            standing,
            telling: if relatives.len() < shown {
                telling(matched, &pieces, place, of_family, shelf)?
            } else {
                Vec::new()
            },
        });
    }
    Ok(relatives)
}

fn actors_of(matched: &Matched<'_>, family: u32) -> Vec<String> {
    let placed = matched.catalogue.members().filter(|(_, _, other)| *other == family);
    let actors: BTreeSet<u32> =
        placed.filter_map(|(at, _, _)| *matched.catalogue.actor.get(at as usize)?).collect();
    actors.iter().filter_map(|actor| matched.catalogue.actors.get(*actor as usize).cloned()).collect()
}

fn actors<S: Store + ?Sized>(
    matched: &Matched<'_>,
    shelf: &mut Shelf<'_, S>,
) -> Result<Vec<ActorRelative>, S::Error> {
    let catalogue = matched.catalogue;
    let actor_of = |sample: u32| {
        project_of(matched, sample)?;
        catalogue.actor.get(sample as usize).copied().flatten()
    };
    let grouped = links(matched, catalogue.actors.len(), actor_of);
    let ranked =
        rank(matched, &grouped, matched.options.relatives, |_| Kind::Malware, actor_of, |actor| actor);
    let best = best_samples(matched, &ranked, actor_of);
    let mut relatives = Vec::with_capacity(ranked.len());
    for Ranked { group, standing, pieces } in ranked {
        let Some(actor) = catalogue.actors.get(group as usize) else { continue };
        let (place, sharing) = best.get(&group).copied().unwrap_or_default();
        let held = grouped.get(group as usize).into_iter().flatten();
        let facts = held.filter_map(|link| matched.facts.get(link.function as usize));
        let of_actor: BTreeSet<u32> = catalogue
            .members()
            .filter(|(sample, _, _)| actor_of(*sample) == Some(group))
            .filter_map(|(sample, _, _)| project_of(matched, sample))
            .collect();
        let families: BTreeSet<u32> = facts
            .flat_map(|fact| &fact.families)
            .copied()
            .filter(|family| of_actor.contains(family))
            .collect();
        let named = |family: &u32| Some(catalogue.families.get(*family as usize)?.name.clone());
        relatives.push(ActorRelative {
            actor: actor.clone(),
            families: families.iter().filter_map(named).collect(),
            samples: sharing,
            standing,
            telling: telling(matched, &pieces, place, |sample| actor_of(sample) == Some(group), shelf)?,
        });
    }
    Ok(relatives)
}

/// For each ranked group the sample with most private evidence, and how many samples share anything.
fn best_samples(
    matched: &Matched<'_>,
    ranked: &[Ranked],
    group_of: impl Fn(u32) -> Option<u32>,
) -> BTreeMap<u32, (u32, u64)> {
    let groups: BTreeSet<u32> = ranked.iter().map(|ranked| ranked.group).collect();
    let mut sums: BTreeMap<(u32, u32), (f64, u64)> = BTreeMap::new();
    let of_ranked = |sample: u32| group_of(sample).filter(|group| groups.contains(group)).map(|_| sample);
    let by_sample = links(matched, matched.catalogue.samples.len(), of_ranked);
    for (list, sample) in by_sample.iter().zip(0u32..).filter(|(list, _)| !list.is_empty()) {
        let Some(group) = group_of(sample) else { continue };
        let kind = project_of(matched, sample).map_or(Kind::Library, |family| kind_of(matched, family));
        let (bits, bytes, _) = crate::standing::bound(matched, list, kind, group);
        sums.insert((group, sample), (bits, bytes));
    }
    let mut best: BTreeMap<u32, (u32, u64)> = BTreeMap::new();
    let mut marks: BTreeMap<u32, (f64, u64)> = BTreeMap::new();
    for ((group, sample), mark) in sums {
        let entry = best.entry(group).or_insert((sample, 0));
        entry.1 += 1;
        let top = marks.entry(group).or_insert(mark);
        if mark > *top {
            (entry.0, *top) = (sample, mark);
        }
    }
    best
}

fn libraries(matched: &Matched<'_>) -> Vec<LibraryShare> {
    let mut shares: Vec<LibraryShare> = Vec::new();
    for (library, number) in matched.libraries.iter().zip(0u32..) {
        let own: Vec<u32> = (0u32..)
            .zip(&matched.facts)
            .filter(|(_, fact)| fact.library == Some(number))
            .map(|(at, _)| at)
            .collect();
        let mut named = Vec::new();
        if library.indexed {
            named.push(Naming::Indexed);
        }
        named.extend(library.mark.clone().map(|mark| Naming::Marks { mark }));
        named.extend(
            library
                .stored_mark
                .as_ref()
                .map(|mark| Naming::Marks { mark: format!("{mark} (in stored samples only)") }),
        );
        let marks = matched.query.components.iter().filter(|component| component.name == library.name);
        let families = library_families(matched, &own);
        let code = matched.share(own.iter().copied());
        shares.push(LibraryShare {
            name: library.name.clone(),
            named,
            carried: library.mark.is_some() || is_carried(&code, matched.options),
            code,
            query_versions: marks.filter_map(|component| component.version.clone()).collect(),
            stored_versions: stored_versions(matched, &library.name, &families),
            families: families.into_iter().map(|(family, code)| LibraryFamily { family, code }).collect(),
        });
    }
    shares.retain(|share| share.code.functions > 0);
    shares.sort_by(|a, b| b.code.bytes.cmp(&a.code.bytes).then_with(|| a.name.cmp(&b.name)));
    shares
}

/// Whether so much of a library is no chance. A handful of small functions is.
fn is_carried(code: &Share, options: &Options) -> bool {
    code.functions >= options.least_library
        || code.functions >= options.least_library / 6 && code.of_bytes >= options.least_library_share
}

fn library_families(matched: &Matched<'_>, own: &[u32]) -> Vec<(String, Share)> {
    let mut by_family: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &function in own {
        let fact = matched.facts.get(function as usize);
        for &family in fact.map(|fact| fact.families.as_slice()).unwrap_or_default() {
            by_family.entry(family).or_default().push(function);
        }
    }
    let named = by_family.into_iter().filter_map(|(family, functions)| {
        let name = matched.catalogue.families.get(family as usize)?.name.clone();
        Some((name, matched.share(functions.into_iter())))
    });
    let mut families: Vec<(String, Share)> = named.collect();
    families.sort_by(|a, b| b.1.bytes.cmp(&a.1.bytes).then_with(|| a.0.cmp(&b.0)));
    families
}

/// Versions that the marks of sharing samples tell, and the labels of indexed libraries.
fn stored_versions(matched: &Matched<'_>, library: &str, families: &[(String, Share)]) -> Vec<String> {
    let sharing: BTreeSet<&str> = families.iter().map(|(name, _)| name.as_str()).collect();
    let mut versions = BTreeSet::new();
    for (_, info, _) in matched.catalogue.members() {
        if info.label.kind == Kind::Library && info.label.family == library {
            versions.extend(info.label.version.clone());
        } else if sharing.contains(info.label.family.as_str()) {
            let same = info.components.iter().filter(|component| component.name == library);
            versions.extend(same.filter_map(|component| component.version.clone()));
        }
    }
    versions.into_iter().collect()
}

/// Puts the query and one stored sample side by side.
fn alignment<S: Store + ?Sized>(
    matched: &Matched<'_>,
    place: u32,
    info: &SampleInfo,
    links: &[Link],
    store: &S,
    shelf: &mut Shelf<'_, S>,
) -> Result<Alignment, S::Error> {
    let functions = shelf.functions(info)?;
    let mut ids: Vec<SignatureId> = functions.iter().map(|stored| stored.signature).collect();
    ids.sort_unstable();
    ids.dedup();
    let signatures = fetch(store, &ids, 1, matched.time)?;
    let fingerprint = |stored: &FunctionInfo| -> Option<&Fingerprint> {
        let at = ids.binary_search(&stored.signature).ok()?;
        signatures.get(at).map(|signature| &signature.fingerprint)
    };
    let nodes: Option<Vec<Node<'_>>> = functions
        .iter()
        .map(|stored| Some(Node { fingerprint: fingerprint(stored)?, callees: &stored.callees }))
        .collect();
    let Some(nodes) = nodes else { return Ok(Alignment::default()) };
    let seeds = seeds(matched, place, info);
    let pairs = align(&side(matched.query), &Side::new(nodes), seeds, matched.time);
    let shown = |pair: &Pair| {
        let own = matched.query.functions.get(pair.query as usize)?;
        let other = functions.get(pair.stored as usize)?;
        let weighed = matched.pool.weigh(&own.fingerprint);
        Some(AlignedPair {
            query: own_ref(own, pair.query),
            stored: stored_ref(other, pair.stored),
            similarity: pair.similarity,
            how: pair.how,
            reasons: if matched.time.spend(REASONS) {
                reasons(&weighed, &own.anchor_texts, fingerprint(other)?, |key| {
                    matched.pool.count(key).occurs
                })
            } else {
                Vec::new()
            },
        })
    };
    let pairs: Vec<AlignedPair> = pairs.iter().filter_map(shown).collect();
    let traced = |function: &FunctionRef| {
        let stored = functions.get(function.index as usize).and_then(fingerprint);
        stored.is_some_and(|stored| !stored.flow.features.is_empty())
    };
    let content: BTreeSet<u32> = links.iter().map(|link| link.function).collect();
    let covered: BTreeSet<u32> =
        pairs.iter().map(|pair| pair.query.index).chain(content.iter().copied()).collect();
    Ok(Alignment {
        matched: matched.share(content.into_iter()),
        matched_and_aligned: matched.share(covered.into_iter()),
        provenance: how_it_agrees(matched, place, info, &pairs, &traced),
        pairs,
    })
}

/// Tells how the query came to agree with a sample, from what is neither library nor common code.
fn how_it_agrees(
    matched: &Matched<'_>,
    place: u32,
    info: &SampleInfo,
    pairs: &[AlignedPair],
    stored_traced: &dyn Fn(&FunctionRef) -> bool,
) -> Provenance {
    let kind = project_of(matched, place).map_or(Kind::Library, |at| kind_of(matched, at));
    let is_private = |pair: &&AlignedPair| matched.class(pair.query.index, kind) == CodeClass::Private;
    let (private, public): (Vec<&AlignedPair>, Vec<&AlignedPair>) = pairs.iter().partition(is_private);
    let bytes = |of: fn(&AlignedPair) -> u32| public.iter().map(|pair| u64::from(of(pair))).sum::<u64>();
    let own = code_bytes(matched.query).saturating_sub(bytes(|pair| pair.query.bytes));
    let stored = info.code_bytes.saturating_sub(bytes(|pair| pair.stored.bytes));
    let own_traced = |function: &FunctionRef| {
        let own = matched.query.functions.get(function.index as usize);
        own.is_some_and(|own| !own.fingerprint.flow.features.is_empty())
    };
    provenance(&Question {
        pairs: private,
        traced: &|pair| own_traced(&pair.query) && stored_traced(&pair.stored),
        same_machine: matched.query.arch == info.arch,
        code_bytes: own.min(stored),
        libraries: libraries_of_both(&matched.query.components, &info.components),
        private_only: true,
        partial: matched.query.partial || info.partial || matched.pool.left > 0 || matched.time.passed(),
    })
}

/// The pairs of the query with one sample that match by their own content.
fn seeds(matched: &Matched<'_>, place: u32, info: &SampleInfo) -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut turns: HashMap<u32, usize> = HashMap::new();
    for (accepted, query) in matched.pool.accepted.iter().zip(0u32..) {
        let mut room = room_for_seeds(seeds.len());
        for kept in accepted {
            let held = matched.pool.presence.get(kept.signature as usize).map(Vec::as_slice);
            if held.unwrap_or_default().binary_search_by_key(&place, |place| place.sample).is_err() {
                continue;
            }
            let Some(signature) = matched.pool.signatures.get(kept.signature as usize) else { continue };
            let there: Vec<u32> = signature
                .occurrences
                .iter()
                .filter(|at| at.sample == info.key)
                .map(|at| at.function)
                .collect();
            if !matched.time.spend(signature.occurrences.len() as u64) {
                return seeds;
            }
            let turn = turns.entry(kept.signature).or_default();
            let before = seeds.len();
            seeds.extend(window(&there, *turn).take(room).map(|&stored| Seed {
                query,
                stored,
                similarity: kept.value,
                kind: kept.kind,
            }));
            room -= seeds.len() - before;
            *turn += 1;
        }
    }
    seeds
}
