//! Observations on one artefact that point opposite ways.

use super::work::{MOST_LISTED, Work};
use crate::assessment::Contradiction;
use crate::confidence::NOT_DIAGNOSTIC;
use crate::leaf::{Claim, Level};
use crate::weigh::{FORGEABILITY, Observation, log_odds};
use std::collections::{BTreeMap, BTreeSet};

impl Work<'_> {
    /// Pairs of observations on one artefact that point opposite ways.
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        let mut by_artefact: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, observation) in self.weighed.observations.iter().enumerate() {
            let items = observation.reports.iter().filter_map(|&place| self.frame.case.evidence.get(place));
            let artefacts: BTreeSet<String> =
                items.flat_map(|item| item.artefacts.iter().map(|a| a.to_lowercase())).collect();
            for artefact in artefacts {
                by_artefact.entry(artefact).or_default().push(place);
            }
        }
        let groups: Vec<&Claim> =
            self.frame.claims.iter().filter(|claim| claim.level == Level::Group).collect();
        by_artefact.retain(|_, places| places.len() > 1);
        // Once an observation: many artefacts may join the same ones.
        let shared: BTreeSet<usize> = by_artefact.values().flatten().copied().collect();
        let towards: BTreeMap<usize, Vec<f64>> = shared
            .into_iter()
            .map(|place| (place, groups.iter().map(|claim| self.towards(claim, place)).collect()))
            .collect();
        let mut found: BTreeMap<(usize, usize, String), Contradiction> = BTreeMap::new();
        'all: for (artefact, places) in &by_artefact {
            for (group, place, other) in opposed(groups.len(), places, &towards) {
                if found.len() >= MOST_LISTED {
                    break 'all;
                }
                let Some(claim) = groups.get(group) else { continue };
                let key = (place, other, claim.id.clone());
                if let Some(known) = found.get_mut(&key) {
                    known.artefacts.push(artefact.clone());
                } else if let Some(made) = self.contradiction(claim, place, other, artefact) {
                    found.insert(key, made);
                }
            }
        }
        found.into_values().collect()
    }

    /// The log ratio of likelihoods of one observation for a claim against the rest, after its weight.
    fn towards(&self, claim: &Claim, place: usize) -> f64 {
        let support = self.weighed.observations.get(place).map(|observation| observation.support.as_slice());
        let none = vec![0.0; self.prior.len()];
        support.map_or(0.0, |support| {
            log_odds(claim, &self.prior, support) - log_odds(claim, &self.prior, &none)
        })
    }

    fn contradiction(
        &self,
        claim: &Claim,
        place: usize,
        other: usize,
        artefact: &str,
    ) -> Option<Contradiction> {
        let (one, two) = (self.weighed.observations.get(place)?, self.weighed.observations.get(other)?);
        let effort = |observation: &Observation| {
            let item = self.frame.case.evidence.get(*observation.reports.first()?)?;
            Some(item.forgeability.unwrap_or(FORGEABILITY))
        };
        Some(Contradiction {
            candidate: self.candidate_id(claim.candidate)?,
            speaks_for: self.standing(one),
            speaks_against: self.standing(two),
            artefacts: vec![artefact.to_owned()],
            suggests_deception: effort(one)? < effort(two)?,
            support_for: self.towards(claim, place),
            support_against: self.towards(claim, other),
        })
    }
}

/// Pairs of observations that point opposite ways on a claim, by the claim's place, the one that speaks for it first.
/// `towards` holds for each observation its log ratio of likelihoods for each claim.
fn opposed(
    claims: usize,
    places: &[usize],
    towards: &BTreeMap<usize, Vec<f64>>,
) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    for claim in 0..claims {
        let value = |place: &usize| towards.get(place).and_then(|row| row.get(claim)).copied().unwrap_or(0.0);
        let pro = places.iter().filter(|place| value(place) >= NOT_DIAGNOSTIC);
        let contra: Vec<&usize> =
            places.iter().filter(|place| value(place) <= -NOT_DIAGNOSTIC).take(MOST_LISTED).collect();
        for one in pro {
            for other in &contra {
                if found.len() >= MOST_LISTED {
                    return found;
                }
                found.push((claim, *one, **other));
            }
        }
    }
    found
}
