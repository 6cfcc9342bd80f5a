//! Every item, and the groups, sources and analysts behind the items.

use super::work::Work;
use crate::assessment::{
    AchMark, AnalystView, Counting, Coverage, Covered, GroupView, ItemView, JudgementView, SourceView,
};
use crate::confidence::NOT_DIAGNOSTIC;
use crate::draw::points;
use crate::model::Reference;
use crate::scale::{Aspect, Vertex};
use crate::weigh::{
    FORGEABILITY, Frame, Observation, SHAREABILITY, Selection, judgements, posterior, spread,
};

impl Work<'_> {
    pub(super) fn items(&self) -> Vec<ItemView> {
        let mut views: Vec<(usize, ItemView)> = Vec::new();
        for (observation, counted) in self.weighed.observations.iter().zip(&self.weighed.counted) {
            for &place in &observation.reports {
                if let Some(view) = self.item(place, observation, counted) {
                    views.push((place, view));
                }
            }
        }
        views.sort_by_key(|(place, _)| *place);
        views.into_iter().map(|(_, view)| view).collect()
    }

    fn item(&self, place: usize, observation: &Observation, counted: &[f64]) -> Option<ItemView> {
        let case = self.frame.case;
        let item = case.evidence.get(place)?;
        let first = observation.reports.first() == Some(&place);
        let counting = match observation.reports.as_slice() {
            [_] => Counting::Alone,
            [_, copies @ ..] if first => {
                Counting::Represents { copies: self.item_ids(copies.iter().copied()) }
            }
            _ => Counting::CopyOf { item: self.standing(observation) },
        };
        let diagnosticity = spread(&observation.support);
        let judged = judgements(item, self.selection).into_iter().map(|judgement| JudgementView {
            by: judgement.by.as_ref().map(|by| by.name.to_string()),
            date: judgement.date.unwrap_or(item.reported),
            rationale: judgement.rationale.clone(),
            likelihood: self.frame.laid_out(item, judgement),
            uncertainty: judgement.uncertainty,
        });
        Some(ItemView {
            item: item.clone(),
            reliability: item.source.of(&case.sources)?.reliability,
            observation_id: observation.id.clone(),
            forgeability: item.forgeability.unwrap_or(FORGEABILITY),
            shareability: item.shareability.unwrap_or(SHAREABILITY),
            assumed: item.forgeability.is_none() || item.shareability.is_none(),
            tlp: case.tlp_of(item),
            counting,
            weight: observation.weight.value,
            weight_range: observation.weight.range,
            judgements: judged.collect(),
            likelihood: observation.likelihood.clone(),
            expected: observation.expected,
            effective: observation.effective.clone(),
            support: observation.support.clone(),
            counted: counted.to_vec(),
            diagnosticity,
            diagnostic: diagnosticity >= NOT_DIAGNOSTIC,
            ach: ach(&observation.likelihood),
        })
    }

    pub(super) fn groups(&self) -> Vec<GroupView> {
        let view = |unit: &crate::weigh::Unit| {
            let group = self.frame.case.groups.get(unit.group?)?;
            let members = unit.members.iter().filter_map(|&member| self.weighed.observations.get(member));
            Some(GroupView {
                group: group.clone(),
                items: self.item_ids(members.flat_map(|observation| observation.reports.iter().copied())),
                observations: unit.members.len() as u64,
            })
        };
        self.weighed.units.iter().filter_map(view).collect()
    }

    pub(super) fn sources(&self) -> Vec<SourceView> {
        let view = |(place, items): (usize, Vec<usize>)| {
            let source = self.frame.case.sources.get(place)?;
            Some(SourceView { source: source.clone(), items: self.item_ids(items) })
        };
        self.sources_with_items().into_iter().filter_map(view).collect()
    }

    pub(super) fn analysts(&self) -> Vec<AnalystView> {
        let case = self.frame.case;
        let judged = |analyst: usize| -> Vec<String> {
            let counted = case.evidence.iter().filter(|item| Frame::counts(item, self.selection));
            let own = counted.filter(|item| {
                judgements(item, self.selection)
                    .iter()
                    .any(|judgement| judgement.by.as_ref().map(Reference::index) == Some(analyst))
            });
            own.map(|item| item.id.to_string()).collect()
        };
        let views = case.analysts.iter().enumerate().filter_map(|(place, analyst)| {
            let judged = judged(place);
            if judged.is_empty() {
                return None;
            }
            let own = self.frame.weigh(Selection { analyst: Some(place), ..self.selection });
            Some(AnalystView {
                analyst: analyst.clone(),
                judged,
                probabilities: points(&self.frame.claims, &posterior(&self.prior, &own.support)),
            })
        });
        views.collect()
    }
}

/// A row of the ACH matrix from the likelihoods as judged. That it is cut at ratios of 1.5 and 5 is judgement, as the
/// method notes propose.
fn ach(likelihood: &[f64]) -> Vec<AchMark> {
    let most = likelihood.iter().copied().fold(0.0, f64::max);
    let least = likelihood.iter().copied().fold(f64::INFINITY, f64::min);
    if most < 1.5 * least {
        return vec![AchMark::Neutral; likelihood.len()];
    }
    let mark = |value: &f64| match most / value {
        ratio if ratio >= 5.0 => AchMark::VeryInconsistent,
        ratio if ratio >= 1.5 => AchMark::Inconsistent,
        _ => AchMark::Consistent,
    };
    likelihood.iter().map(mark).collect()
}

pub(super) fn coverage(items: &[ItemView]) -> Coverage {
    let count = |id: &str, of: &dyn Fn(&ItemView) -> bool| {
        let held: Vec<&ItemView> = items.iter().filter(|item| of(item)).collect();
        let telling =
            held.iter().filter(|item| item.diagnostic && !matches!(item.counting, Counting::CopyOf { .. }));
        Covered { id: id.to_owned(), items: held.len() as u64, diagnostic: telling.count() as u64 }
    };
    let aspects = Aspect::ALL.iter().map(|aspect| count(aspect.id(), &|item| item.aspect == *aspect));
    let vertices = Vertex::ALL.iter().map(|vertex| count(vertex.id(), &|item| item.vertex == Some(*vertex)));
    Coverage { aspects: aspects.collect(), vertices: vertices.collect() }
}
