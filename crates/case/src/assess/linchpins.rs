//! What falls if something is wrong: an observation, a group, everything of a source.

use super::work::{MOST_LISTED, Work};
use crate::assessment::{ClaimView, Linchpin, Pillar};
use crate::draw::points;
use crate::weigh::{Selection, posterior};

/// Most sources that are left out in turn: those with most items.
const MOST_SOURCES: usize = 200;

/// What is left out, and what all the rest supports.
struct Without {
    pillar: Pillar,
    id: String,
    items: Vec<String>,
    support: Vec<f64>,
}

impl Work<'_> {
    /// The greatest fall first.
    pub(super) fn linchpins(&self, claims: &[ClaimView]) -> Vec<Linchpin> {
        let all = self.observations_left_out().chain(self.groups_left_out()).chain(self.sources_left_out());
        let mut found: Vec<Linchpin> = all.map(|without| self.linchpin(without, claims)).collect();
        found.sort_by(|one, other| {
            other
                .greatest_change
                .total_cmp(&one.greatest_change)
                .then_with(|| (one.pillar, &one.id).cmp(&(other.pillar, &other.id)))
        });
        found.truncate(MOST_LISTED);
        found
    }

    fn observations_left_out(&self) -> impl Iterator<Item = Without> {
        self.weighed.observations.iter().enumerate().map(|(place, observation)| Without {
            pillar: Pillar::Observation,
            id: self.standing(observation),
            items: self.item_ids(observation.reports.iter().copied()),
            support: self.weighed.without(place),
        })
    }

    /// A group of one observation falls with the observation.
    fn groups_left_out(&self) -> impl Iterator<Item = Without> {
        let several = self.weighed.units.iter().filter(|unit| unit.members.len() > 1);
        several.filter_map(|unit| {
            let group = self.frame.case.groups.get(unit.group?)?;
            let members = unit.members.iter().filter_map(|&member| self.weighed.observations.get(member));
            Some(Without {
                pillar: Pillar::Group,
                id: group.id.to_string(),
                items: self.item_ids(members.flat_map(|observation| observation.reports.iter().copied())),
                support: self.weighed.without_unit(unit),
            })
        })
    }

    /// A source of one item falls with the item's observation.
    fn sources_left_out(&self) -> impl Iterator<Item = Without> {
        let mut sources = self.sources_with_items();
        sources.sort_by_key(|(source, items)| (std::cmp::Reverse(items.len()), *source));
        let several = sources.into_iter().take(MOST_SOURCES).filter(|(_, items)| items.len() > 1);
        several.filter_map(|(place, items)| {
            let selection = Selection { without_source: Some(place), ..self.selection };
            Some(Without {
                pillar: Pillar::Source,
                id: self.frame.case.sources.get(place)?.id.to_string(),
                items: self.item_ids(items),
                support: self.frame.weigh(selection).support,
            })
        })
    }

    fn linchpin(&self, without: Without, claims: &[ClaimView]) -> Linchpin {
        let Without { pillar, id, items, support } = without;
        let probabilities = points(&self.frame.claims, &posterior(&self.prior, &support));
        let pairs = || claims.iter().zip(&probabilities);
        let greatest_change =
            pairs().map(|(claim, value)| (claim.probability - value).abs()).fold(0.0, f64::max);
        let reworded =
            pairs().filter(|(claim, value)| self.options.scheme.term(**value) != claim.wording.term);
        let rewords = reworded.map(|(claim, _)| claim.id.clone()).collect();
        Linchpin { pillar, id, items, greatest_change, rewords, probabilities }
    }
}
