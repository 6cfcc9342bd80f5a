//! The relatives that are listed: samples, families and actors, strongest first.

use super::{alignment::alignment, reference};
use crate::document::{ActorRelative, FamilyRelative, SampleRelative, Share};
use crate::evidence::{Group, Link, links};
use crate::facts::Matched;
use crate::indices::{ActorIndex, CandidateIndex, FamilyIndex, QueryFunction, SampleIndex};
use crate::provenance::unsettled;
use crate::relation::{MOST_BITS, is_enough};
use crate::standing::{Ranked, Shared, rank};
use crate::telling::{StoredFunctions, telling};
use cognate_index::Store;
use std::collections::{BTreeSet, HashMap};

/// Families that are weighed for the verdict, however few are to be shown.
const MOST_JUDGED: usize = 1_000;

/// The samples that share most; how the query came to agree with one is told where the two are held to be related.
pub(super) fn samples<S: Store + ?Sized>(
    shared: &Shared<'_>,
    near_copy: Option<SampleIndex>,
    store: &S,
    stored: &mut StoredFunctions<'_, S>,
) -> Result<Vec<SampleRelative>, S::Error> {
    let (matched, links) = (shared.matched, &shared.by_sample);
    let (options, catalogue) = (matched.options, matched.catalogue);
    let ranked = rank(shared, links, options.relatives);
    let mut relatives = Vec::with_capacity(ranked.len());
    for (Ranked { group: sample, standing, pieces, .. }, at) in ranked.into_iter().zip(0usize..) {
        let links = &links[sample];
        let is_aligned = at < options.alignments && matched.time.holds();
        let mut aligned = match is_aligned {
            true => Some(alignment(matched, sample, links, store, stored)?),
            false => None,
        };
        let is_settled = standing.significant || near_copy == Some(sample);
        if let Some(aligned) = aligned.as_mut().filter(|_| !is_settled) {
            aligned.provenance = unsettled(std::mem::take(&mut aligned.provenance));
        }
        relatives.push(SampleRelative {
            sample: reference(&catalogue.samples[sample].info),
            standing,
            one_to_one: one_to_one(matched, sample, links),
            alignment: aligned,
            telling: telling(matched, &pieces, sample, sample, stored)?,
        });
    }
    Ok(relatives)
}

/// The stored sample that the query is a near-copy of, whatever the code is: nearly all that says anything of either is, function for
/// function, in the other, and so is nearly all of what is the query's own, which is much, or enough for a relative. Where little is
/// its own, it is nobody's copy: two programs that only share what they link are as alike.
pub(super) fn near_copy(shared: &Shared<'_>) -> Option<SampleIndex> {
    let matched = shared.matched;
    let comparable = matched.query.share(matched.query.comparable()).bytes as f64;
    shared.most_matched(COPIES_LOOKED_AT).into_iter().find(|&sample| {
        let info = &matched.catalogue.samples[sample].info;
        let Some(grounds) = shared.grounds(sample) else { return false };
        let both = one_to_one(matched, sample, &shared.by_sample[sample]).bytes as f64;
        let is_much = grounds.placed_bits >= MOST_BITS || is_enough(&grounds, matched.catalogue.projects());
        let is_own = is_much && grounds.of_own >= NEARLY_ALL_OWN;
        is_own && both >= NEARLY_ALL * comparable && both >= NEARLY_ALL_THERE * info.code_bytes as f64
    })
}

/// Samples that are looked at for a near-copy, those of most bytes in common first (judgement: a copy is among the first).
const COPIES_LOOKED_AT: usize = 8;
/// Shares of a near-copy, 0 to 1: of what says anything in the query, of all code of the sample (a tenth of which says
/// too little to be looked up), of what the query's own code says. Judgement.
const NEARLY_ALL: f64 = 0.9;
const NEARLY_ALL_THERE: f64 = 0.8;
const NEARLY_ALL_OWN: f64 = 0.8;

/// The query's code when each stored function explains at most one of its functions.
fn one_to_one(matched: &Matched<'_>, sample: SampleIndex, links: &[Link]) -> Share {
    let mut offers: Vec<(f64, QueryFunction, CandidateIndex)> = Vec::new();
    let mut left: HashMap<CandidateIndex, u32> = HashMap::new();
    for &Link { function, rank } in links {
        for (kept, presence) in matched.pool.places(function).skip(rank as usize) {
            let Ok(at) = presence.binary_search_by_key(&sample, |place| place.sample) else { continue };
            left.insert(kept.candidate, presence.get(at).map_or(0, |place| place.count));
            offers.push((kept.similarity, function, kept.candidate));
        }
    }
    // The best offers are taken first; of equals the function that comes first, and its best.
    offers.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut explained = BTreeSet::new();
    for (_, function, candidate) in offers {
        let Some(count) = left.get_mut(&candidate) else { continue };
        if *count > 0 && explained.insert(function) {
            *count -= 1;
        }
    }
    matched.query.share(explained.into_iter())
}

/// The families that share most; as many as the verdict needs, of which only those to be shown are described.
pub(super) fn families<S: Store + ?Sized>(
    shared: &Shared<'_>,
    stored: &mut StoredFunctions<'_, S>,
) -> Result<Vec<FamilyRelative>, S::Error> {
    let matched = shared.matched;
    let catalogue = matched.catalogue;
    let links = links(matched, |sample| FamilyIndex::of_sample(sample, catalogue));
    let shown = matched.options.relatives;
    let ranked = rank(shared, &links, shown.max(MOST_JUDGED));
    let mut relatives = Vec::with_capacity(ranked.len());
    for Ranked { group, best: sample, sharing, standing, pieces } in ranked {
        let family = &catalogue.families[group];
        relatives.push(FamilyRelative {
            family: family.name.clone(),
            kind: family.kind,
            actors: actors_of(matched, group),
            samples: sharing,
            best_sample: reference(&catalogue.samples[sample].info),
            standing,
            telling: match relatives.len() < shown {
                true => telling(matched, &pieces, group, sample, stored)?,
                false => Vec::new(),
            },
        });
    }
    Ok(relatives)
}

fn actors_of(matched: &Matched<'_>, family: FamilyIndex) -> Vec<String> {
    let members = matched.catalogue.members().filter(|(_, sample)| sample.family == family);
    let actors: BTreeSet<ActorIndex> = members.filter_map(|(_, sample)| sample.actor).collect();
    actors.iter().map(|&actor| matched.catalogue.actors[actor].clone()).collect()
}

/// The actors whose families share most.
pub(super) fn actors<S: Store + ?Sized>(
    shared: &Shared<'_>,
    stored: &mut StoredFunctions<'_, S>,
) -> Result<Vec<ActorRelative>, S::Error> {
    let matched = shared.matched;
    let catalogue = matched.catalogue;
    let links = links(matched, |sample| ActorIndex::of_sample(sample, catalogue));
    let ranked = rank(shared, &links, matched.options.relatives);
    let mut relatives = Vec::with_capacity(ranked.len());
    for Ranked { group, best: sample, sharing, standing, pieces } in ranked {
        let families = families_of(matched, group, &links[group]);
        relatives.push(ActorRelative {
            actor: catalogue.actors[group].clone(),
            families: families.iter().map(|&family| catalogue.families[family].name.clone()).collect(),
            samples: sharing,
            standing,
            telling: telling(matched, &pieces, group, sample, stored)?,
        });
    }
    Ok(relatives)
}

/// The families of an actor that share anything.
fn families_of(matched: &Matched<'_>, actor: ActorIndex, links: &[Link]) -> BTreeSet<FamilyIndex> {
    let catalogue = matched.catalogue;
    let members = catalogue.members().map(|(sample, _)| sample);
    let own = members.filter(|&sample| ActorIndex::of_sample(sample, catalogue) == Some(actor));
    let own: BTreeSet<FamilyIndex> = own.filter_map(|sample| catalogue.project(sample)).collect();
    let shared = links.iter().flat_map(|link| &matched.facts[link.function].families);
    shared.copied().filter(|family| own.contains(family)).collect()
}
