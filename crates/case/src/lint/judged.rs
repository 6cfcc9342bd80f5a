//! Rules about what the judgements come to together.

use super::rules::*;
use super::view::{Unit, View};
use super::{At, Findings};
use crate::model::{Candidate, Item};
use crate::scale::Forgeability;
use std::collections::BTreeMap;

/// With fewer telling observations than this, that none speaks against is no sign of anything. Judgement.
const FEW: usize = 3;

pub(super) fn look(view: &View<'_>, findings: &mut Findings) {
    forgeable_strongest(view, findings);
    one_sided(view, findings);
}

/// For each candidate, the strongest support that is easily forged against the strongest that is not.
fn forgeable_strongest(view: &View<'_>, findings: &mut Findings) {
    let mut easy: BTreeMap<usize, (f64, &Item)> = BTreeMap::new();
    let mut hard: BTreeMap<usize, f64> = BTreeMap::new();
    for (_, item, worth) in view.observations() {
        let forgeable = matches!(item.forgeability, Some(Forgeability::Trivial | Forgeability::Low));
        for &candidate in worth.own.keys() {
            let support = worth.support(candidate);
            if support < crate::NOT_DIAGNOSTIC {
                continue;
            }
            if !forgeable {
                let most = hard.entry(candidate).or_insert(support);
                *most = most.max(support);
            } else if easy.get(&candidate).is_none_or(|&(most, _)| support > most) {
                easy.insert(candidate, (support, item));
            }
        }
    }
    for (candidate, (support, item)) in easy {
        if hard.get(&candidate).is_some_and(|&other| other >= support) {
            continue;
        }
        let name = view.case.candidates.get(candidate).map_or("a candidate", |one| one.name.as_str());
        let message = format!("`{}` speaks most for {name}, and is easily forged", item.id);
        let hint = "look for a trace that is harder to plant before anything rests on it";
        findings.add(FORGEABLE_STRONGEST, At::of(&item.id), message, hint);
    }
}

/// The candidate whose prior and support together are greatest; of each unit only the strongest counts.
fn leader<'c>(view: &View<'c>) -> Option<(usize, &'c Candidate)> {
    let mut best: BTreeMap<(Unit<'_>, usize, bool), f64> = BTreeMap::new();
    for (place, _, worth) in view.observations() {
        for &candidate in worth.own.keys() {
            let support = worth.support(candidate);
            let most = best.entry((view.unit(place), candidate, support > 0.0)).or_insert(support);
            if support.abs() > most.abs() {
                *most = support;
            }
        }
    }
    let mut sums: Vec<f64> = view.case.candidates.iter().map(|one| libm::log(one.prior.group())).collect();
    for ((_, candidate, _), support) in best {
        if let Some(sum) = sums.get_mut(candidate) {
            *sum += support;
        }
    }
    let most =
        sums.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1).then(other.0.cmp(&one.0)));
    most.and_then(|(place, _)| view.case.candidates.get(place).map(|one| (place, one)))
}

fn one_sided(view: &View<'_>, findings: &mut Findings) {
    let Some((leader, candidate)) = leader(view) else { return };
    let telling: Vec<_> = view.observations().filter(|(_, _, worth)| worth.tells()).collect();
    let against = telling.iter().any(|(_, _, worth)| {
        let own = worth.own.get(&leader).copied().unwrap_or(worth.unlisted);
        let best = worth.own.values().copied().fold(worth.unlisted, f64::max);
        libm::log(best / own) >= crate::NOT_DIAGNOSTIC
    });
    if telling.len() >= FEW && !against {
        let message =
            format!("none of {} telling observations speaks against {}", telling.len(), candidate.name);
        let hint = "look for what would not fit; a case without it has seldom been searched for it";
        let at = At::of(&candidate.id);
        findings.add(ONE_SIDED, at, message, hint);
    }
}
