//! The judgement at every day on which something was reported or judged.

use super::work::Work;
use crate::assessment::Moment;
use crate::draw::{self, intervals, points};
use crate::weigh::{Frame, Selection, judgements, posterior};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Most days of a timeline.
const MOST_DAYS: usize = 60;
/// Fewest, where there are as many.
const LEAST_DAYS: usize = 8;

impl Work<'_> {
    pub(super) fn timeline(&self) -> Vec<Moment> {
        let case = self.frame.case;
        let mut days: BTreeMap<Date, Vec<String>> = BTreeMap::new();
        for item in case.evidence.iter().filter(|item| Frame::counts(item, self.selection)) {
            days.entry(item.reported).or_default().push(item.id.to_string());
            let later = judgements(item, self.selection).into_iter().filter_map(|judgement| judgement.date);
            for date in later.filter(|date| *date > item.reported) {
                days.entry(date).or_default();
            }
        }
        let each = (self.weighed.observations.len() * self.frame.leaves.len()).max(1);
        let most = draw::affordable_days(each).clamp(LEAST_DAYS, MOST_DAYS);
        let step = days.len().div_ceil(most).max(1);
        let last = days.len().saturating_sub(1);
        let chosen: Vec<(usize, Date)> = days
            .keys()
            .copied()
            .enumerate()
            .filter(|(place, _)| place % step == 0 || *place == last)
            .collect();
        let mut before = None;
        let chosen_days = chosen.len();
        let mut moments = Vec::with_capacity(chosen_days);
        for (_, date) in chosen {
            let selection = Selection { as_of: Some(date), ..self.selection };
            let weighed = self.frame.weigh(selection);
            let draws =
                draw::draws_of_a_day(weighed.observations.len() * self.frame.leaves.len(), chosen_days);
            let bounds = intervals(self.frame, &weighed, selection, self.options.seed, draws);
            let since = days.range(..=date).filter(|(day, _)| before.is_none_or(|before| **day > before));
            moments.push(Moment {
                date,
                reported: since.flat_map(|(_, items)| items.iter().cloned()).collect(),
                probabilities: points(&self.frame.claims, &posterior(&self.prior, &weighed.support)),
                low: bounds.claims.iter().map(|bounds| bounds.0).collect(),
                high: bounds.claims.iter().map(|bounds| bounds.1).collect(),
            });
            before = Some(date);
        }
        moments
    }
}
