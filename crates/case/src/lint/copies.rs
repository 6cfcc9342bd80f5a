//! Rules about items that may be one observation told several times.
//!
//! The engine counts reports of one `origin` once and discounts items of one
//! `group`. Whatever is joined by neither counts in full, so these rules look
//! for items that have something telling in common and are not joined.

use super::rules::*;
use super::view::{Unit, View};
use super::{At, Findings};
use crate::actors::fold;
use crate::model::{Item, Likelihood};
use crate::scale::{EvidenceKind, SourceKind};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

// All numbers here are judgement: they decide what is asked about, and nothing that is weighed.

/// Words of an observation that are compared.
const WORDS: usize = 512;
/// Words that overlap as one piece.
const PIECE: usize = 2;
/// Shorter observations are alike by chance.
const FEWEST_WORDS: usize = 6;
/// The share of common pieces from which two observations say nearly the same.
const NEARLY: f64 = 0.7;
/// Ways to pick one piece of an observation, so that alike ones meet in at least one: of those that share
/// [`NEARLY`] of their pieces, all but 0.3 to the sixth do.
const PICKS: u64 = 6;
/// Observations kept for each pick: more that are all alike say no more.
const KEPT: usize = 8;

pub(super) fn look(view: &View<'_>, findings: &mut Findings) {
    origins(view, findings);
    judged_apart(view, findings);
    echoes(view, findings);
    retold(view, findings);
    let mut said = HashSet::new();
    same_code(view, &mut said, findings);
    let artefacts = view.items().filter(|(_, item)| !item.artefacts.is_empty());
    let keyed = artefacts.map(|(place, item)| (place, (item.kind, folded(&item.artefacts))));
    let message = "is of the same kind and about the same artefacts as";
    meet(view, keyed, &mut said, SAME_ARTEFACTS, message, findings);
    same_words(view, &mut said, findings);
    // What a vendor says on one day of several things is no copy: only what stands for itself is asked.
    let alone = view.items().filter(|(place, _)| view.original(*place).is_none());
    let keyed = alone.map(|(place, item)| (place, (item.source.index(), item.reported, item.kind)));
    let message = "is of the same kind, source and day as";
    meet(view, keyed, &mut said, SAME_REPORT, message, findings);
}

/// Origins that lead nowhere, or in a circle.
fn origins(view: &View<'_>, findings: &mut Findings) {
    let ids: HashMap<&str, &Item> = view.items().map(|(_, item)| (item.id.as_str(), item)).collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    let mut names: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (_, item) in view.items() {
        names.entry(fold(&item.id)).or_default().push(&item.id);
        if let Some(origin) = item.origin.as_deref() {
            *uses.entry(origin).or_default() += 1;
            names.entry(fold(origin)).or_default().push(origin);
        }
    }
    for ((_, item), observation) in view.items().zip(&view.observation_of) {
        let Some(origin) = item.origin.as_deref() else { continue };
        if !ids.contains_key(origin) && uses.get(origin) == Some(&1) {
            let like = names.get(&fold(origin)).and_then(|all| all.iter().find(|name| **name != origin));
            let message = format!(
                "`{}` derives from `{}`, which is no item and no other item's origin",
                item.id,
                origin.escape_debug()
            );
            let hint = match like {
                Some(name) => format!("`{name}` is spelt almost the same: is it meant?"),
                None => "name an item's id, or the name that other items give for the same origin".to_owned(),
            };
            findings.add(LONE_ORIGIN, At::of(&item.id), message, hint);
        }
        // The end of a chain has no origin, unless the chain is a circle.
        if item.id == *observation {
            let message = format!(
                "`{}` derives from `{}`, which derives from it again",
                item.id,
                origin.escape_debug()
            );
            findings.add(
                CIRCULAR_ORIGIN,
                At::of(&item.id),
                message,
                "take the `origin` out of the item that came first",
            );
        }
    }
}

/// A copy's own judgements are not used, so other ones only mislead; equal ones and ones that say nothing do not.
fn judged_apart(view: &View<'_>, findings: &mut Findings) {
    for (place, item) in view.items() {
        let Some(original) = view.original(place) else { continue };
        let known = |likelihood: &Likelihood| {
            likelihood.on.is_empty()
                || original.judgements.iter().any(|judgement| judgement.likelihood == *likelihood)
        };
        if !item.judgements.iter().all(|judgement| known(&judgement.likelihood)) {
            let message = format!(
                "`{}` repeats `{}` and is judged otherwise: its likelihoods are not used",
                item.id, original.id
            );
            let hint = format!(
                "repeat a judgement of `{0}`, give `unlisted` alone, or put the other view beside `{0}` as a judgement",
                original.id
            );
            findings.add(COPY_JUDGED_APART, At::of(&item.id), message, hint);
        }
    }
}

/// Conclusions and statements about what other items show, without saying that they derive from them.
fn echoes(view: &View<'_>, findings: &mut Findings) {
    let said = |item: &Item| matches!(item.kind, EvidenceKind::Judgement | EvidenceKind::Statement);
    // Of each artefact two units are enough: one of them is another than the echo's own.
    let mut seen: HashMap<String, Vec<(Unit<'_>, &Item)>> = HashMap::new();
    for (place, item) in view.items().filter(|(_, item)| !said(item)) {
        for artefact in &item.artefacts {
            let units = seen.entry(artefact.trim().to_lowercase()).or_default();
            let unit = view.unit(place);
            if units.len() < 2 && units.iter().all(|(other, _)| *other != unit) {
                units.push((unit, item));
            }
        }
    }
    for ((place, item), worth) in view.items().zip(&view.worth) {
        if !said(item) || item.origin.is_some() || !worth.tells() {
            continue;
        }
        let unit = view.unit(place);
        let repeated = item.artefacts.iter().find_map(|artefact| {
            let units = seen.get(&artefact.trim().to_lowercase())?;
            units.iter().find(|(other, _)| *other != unit).map(|(_, item)| *item)
        });
        if let Some(other) = repeated {
            let message = format!(
                "`{}` concludes from an artefact of `{}` and counts as evidence of its own",
                item.id, other.id
            );
            let hint = format!("give it `origin = \"{}\"`, or say what it knows besides", other.id);
            findings.add(ECHO, At::of(&item.id), message, hint);
        }
    }
}

/// What the press tells of one kind of thing, or somebody concludes, after another source has said as much: whatever the
/// words, it is most often the same thing told again.
fn retold(view: &View<'_>, findings: &mut Findings) {
    let mut first: BTreeMap<usize, Vec<(Unit<'_>, &Item)>> = BTreeMap::new();
    let mut told: Vec<(usize, &Item, usize)> = Vec::new();
    for (place, item, worth) in view.observations() {
        let Some(favoured) = worth.favoured() else { continue };
        let press = item.source.of(&view.case.sources).is_some_and(|source| source.kind == SourceKind::Press);
        if press || item.kind == EvidenceKind::Judgement {
            told.push((place, item, favoured));
        }
        first.entry(favoured).or_default().push((view.unit(place), item));
    }
    for items in first.values_mut() {
        items.sort_by_key(|(_, item)| (item.reported, item.id.to_string()));
        items.truncate(KEPT);
    }
    for (place, item, favoured) in told.into_iter().filter(|(_, item, _)| item.origin.is_none()) {
        let unit = view.unit(place);
        // What somebody concludes or says may repeat anything; other kinds repeat their own.
        let says = matches!(
            item.kind,
            EvidenceKind::Judgement | EvidenceKind::Statement | EvidenceKind::Intelligence
        );
        let earlier = first.get(&favoured).and_then(|items| {
            items.iter().find(|(other, one)| {
                let alike = one.kind == item.kind || says;
                alike && *other != unit && one.source != item.source && one.reported <= item.reported
            })
        });
        let Some((_, earlier)) = earlier else { continue };
        let message = format!(
            "`{}` says what `{}` said before, on another's word, and counts as evidence of its own",
            item.id, earlier.id
        );
        let hint = format!(
            "give it `origin = \"{}\"`; where it has something of its own, give that as the `origin` and a name",
            earlier.id
        );
        findings.add(RETOLD, At::of(&item.id), message, hint);
    }
}

/// Matches of one sample, or with one relative, rest on the same code.
fn same_code(view: &View<'_>, said: &mut HashSet<usize>, findings: &mut Findings) {
    let measured =
        || view.items().filter_map(|(place, item)| item.measured.as_ref().map(|measured| (place, measured)));
    let by_query = measured().map(|(place, measured)| (place, measured.query.to_lowercase()));
    meet(view, by_query, said, SAME_CODE, "is a match of the same sample as", findings);
    let by_relative = measured().map(|(place, measured)| (place, measured.relative.to_lowercase()));
    meet(view, by_relative, said, SAME_CODE, "is a match with the same relative as", findings);
}

/// Reports items that share a key with an earlier one and are not joined with any that has it.
fn meet<K: Eq + Hash>(
    view: &View<'_>,
    keyed: impl Iterator<Item = (usize, K)>,
    said: &mut HashSet<usize>,
    rule: Rule,
    how: &str,
    findings: &mut Findings,
) {
    let mut met: HashMap<K, (usize, HashSet<Unit<'_>>)> = HashMap::new();
    for (place, key) in keyed.filter(|(place, _)| tells(view, *place)) {
        let (first, units) = met.entry(key).or_insert_with(|| (place, HashSet::new()));
        if units.insert(view.unit(place)) && *first != place {
            report(view, (*first, place), said, rule, how, findings);
        }
    }
}

/// An item that tells nothing apart counts for nothing, and cannot count twice.
fn tells(view: &View<'_>, place: usize) -> bool {
    view.worth.get(place).is_some_and(super::view::Worth::tells)
}

fn report(
    view: &View<'_>,
    (first, second): (usize, usize),
    said: &mut HashSet<usize>,
    rule: Rule,
    how: &str,
    findings: &mut Findings,
) {
    let (Some(first), Some(item)) = (view.case.evidence.get(first), view.case.evidence.get(second)) else {
        return;
    };
    if said.insert(second) {
        let message =
            format!("`{}` {how} `{}`, and neither `origin` nor `group` joins them", item.id, first.id);
        let hint = "one observation told twice: give the `origin`; two that hang together: one `group`";
        findings.add(rule, At::of(&item.id), message, hint);
    }
}

/// Observations that share most of their wording.
///
/// Of each observation, the pairs of words that are least by a few
/// different hashes are kept; observations that are alike meet in at least one
/// of them almost surely, and only those that meet are compared.
fn same_words(view: &View<'_>, said: &mut HashSet<usize>, findings: &mut Findings) {
    let mut met: HashMap<(u64, u64), Vec<usize>> = HashMap::new();
    let pieces: Vec<Vec<u64>> = view.items().map(|(_, item)| pieces(&item.observation)).collect();
    for (place, own) in pieces.iter().enumerate() {
        if own.is_empty() || !tells(view, place) {
            continue;
        }
        let mut like = None;
        for pick in 0..PICKS {
            let Some(least) = own.iter().map(|&piece| mixed(piece, pick)).min() else { continue };
            let others = met.entry((pick, least)).or_default();
            let apart = |other: &&usize| {
                view.unit(**other) != view.unit(place)
                    && pieces.get(**other).is_some_and(|other| common(own, other) >= NEARLY)
            };
            like = like.or_else(|| others.iter().find(apart).copied());
            if others.len() < KEPT {
                others.push(place);
            }
        }
        if let Some(other) = like {
            report(view, (other, place), said, SAME_WORDS, "says nearly the same as", findings);
        }
    }
}

/// Hashes of every two words in a row, ascending, each once.
fn pieces(text: &str) -> Vec<u64> {
    let words: Vec<u64> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(WORDS)
        .map(|word| {
            word.chars().flat_map(char::to_lowercase).fold(FNV, |hash, letter| step(hash, u64::from(letter)))
        })
        .collect();
    if words.len() < FEWEST_WORDS {
        return Vec::new();
    }
    let mut pieces: Vec<u64> =
        words.windows(PIECE).map(|piece| piece.iter().fold(FNV, |hash, &word| step(hash, word))).collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

/// Start and step of a Fowler-Noll-Vo hash: the same on every machine and in every version.
const FNV: u64 = 0xcbf2_9ce4_8422_2325;

fn step(hash: u64, value: u64) -> u64 {
    (hash ^ value).wrapping_mul(0x0000_0100_0000_01b3)
}

/// Another order of all hashes for each pick.
fn mixed(piece: u64, pick: u64) -> u64 {
    let mut hash = piece ^ pick.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
    hash ^ (hash >> 29)
}

/// The share of pieces in common, of all in either.
fn common(one: &[u64], other: &[u64]) -> f64 {
    let (mut left, mut right, mut both) = (0, 0, 0_usize);
    while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
        both += usize::from(a == b);
        left += usize::from(a <= b);
        right += usize::from(b <= a);
    }
    both as f64 / (one.len() + other.len() - both).max(1) as f64
}

fn folded(artefacts: &[String]) -> Vec<String> {
    let mut all: Vec<String> = artefacts.iter().map(|one| one.trim().to_lowercase()).collect();
    all.sort_unstable();
    all.dedup();
    all
}
