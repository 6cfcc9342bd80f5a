//! What falls if something is wrong: an observation, a group, everything of a source.

use super::work::{MOST_LISTED, Work};
use crate::assessment::{ClaimView, Linchpin, Pillar};
use crate::draw::points;
use crate::weigh::{Selection, posterior};

/// Most sources that are left out in turn: those with most items.
const MOST_SOURCES: usize = 200;

impl Work<'_> {
    pub(super) fn linchpins(&self, claims: &[ClaimView]) -> Vec<Linchpin> {
        let mut found = Vec::new();
        for (observation, seat) in self.weighed.observations.iter().zip(&self.seat) {
            let items = self.item_ids(observation.reports.iter().copied());
            let without = self.without_observation(*seat);
            found.push(self.linchpin(
                Pillar::Observation,
                self.standing(observation),
                items,
                &without,
                claims,
            ));
        }
        for (place, unit) in self.weighed.units.iter().enumerate().filter(|(_, unit)| unit.members.len() > 1)
        {
            let Some(group) = unit.group.and_then(|group| self.frame.case.groups.get(group)) else {
                continue;
            };
            let members = unit.members.iter().filter_map(|&member| self.weighed.observations.get(member));
            let items = self.item_ids(members.flat_map(|observation| observation.reports.iter().copied()));
            found.push(self.linchpin(
                Pillar::Group,
                group.id.to_string(),
                items,
                &self.without_unit(place),
                claims,
            ));
        }
        let mut sources = self.sources_with_items();
        sources.sort_by_key(|(source, items)| (std::cmp::Reverse(items.len()), *source));
        for (place, items) in sources.into_iter().take(MOST_SOURCES).filter(|(_, items)| items.len() > 1) {
            let Some(source) = self.frame.case.sources.get(place) else { continue };
            let without =
                self.frame.weigh(Selection { without_source: Some(place), ..self.selection }).support;
            found.push(self.linchpin(
                Pillar::Source,
                source.id.to_string(),
                self.item_ids(items),
                &without,
                claims,
            ));
        }
        found.sort_by(|one, other| {
            other
                .greatest_change
                .total_cmp(&one.greatest_change)
                .then_with(|| (one.pillar, &one.id).cmp(&(other.pillar, &other.id)))
        });
        found.truncate(MOST_LISTED);
        found
    }

    fn linchpin(
        &self,
        pillar: Pillar,
        id: String,
        items: Vec<String>,
        support: &[f64],
        claims: &[ClaimView],
    ) -> Linchpin {
        let probabilities = points(&self.frame.claims, &posterior(&self.prior, support));
        let pairs = || claims.iter().zip(&probabilities);
        let greatest_change =
            pairs().map(|(claim, value)| (claim.probability - value).abs()).fold(0.0, f64::max);
        let reworded =
            pairs().filter(|(claim, value)| self.options.scheme.term(**value) != claim.wording.term);
        let rewords = reworded.map(|(claim, _)| claim.id.clone()).collect();
        Linchpin { pillar, id, items, greatest_change, rewords, probabilities }
    }
}
