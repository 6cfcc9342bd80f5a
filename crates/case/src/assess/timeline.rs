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
/// A day is drawn with fewer draws than its own assessment was: what lies so close to the bar may have passed it then
/// (judgement: the percentiles of a day's draws hold still within it).
const DRAWN: f64 = 0.02;

impl Work<'_> {
    pub(super) fn timeline(&self) -> Vec<Moment> {
        let days = self.days();
        let chosen = self.chosen(&days);
        let mut before = None;
        let mut moments = Vec::with_capacity(chosen.len());
        for &date in &chosen {
            let since = days.range(..=date).filter(|(day, _)| before.is_none_or(|before| **day > before));
            let reported = since.flat_map(|(_, items)| items.iter().cloned()).collect();
            moments.push(self.moment(date, reported, chosen.len()));
            before = Some(date);
        }
        moments
    }

    /// Every day on which something was reported or judged, with the items reported that day.
    fn days(&self) -> BTreeMap<Date, Vec<String>> {
        let mut days: BTreeMap<Date, Vec<String>> = BTreeMap::new();
        for item in self.frame.case.evidence.iter().filter(|item| Frame::counts(item, self.selection)) {
            days.entry(item.reported).or_default().push(item.id.to_string());
            let later = judgements(item, self.selection).into_iter().filter_map(|judgement| judgement.date);
            for date in later.filter(|date| *date > item.reported) {
                days.entry(date).or_default();
            }
        }
        days
    }

    /// As many days as can be afforded, evenly spread, the last among them.
    fn chosen(&self, days: &BTreeMap<Date, Vec<String>>) -> Vec<Date> {
        let each = (self.weighed.observations.len() * self.frame.leaves.len()).max(1);
        let most = draw::affordable_days(each).clamp(LEAST_DAYS, MOST_DAYS);
        let step = days.len().div_ceil(most).max(1);
        let last = days.len().saturating_sub(1);
        let spread = days.keys().enumerate().filter(|(place, _)| place % step == 0 || *place == last);
        spread.map(|(_, date)| *date).collect()
    }

    fn moment(&self, date: Date, reported: Vec<String>, days: usize) -> Moment {
        let selection = Selection { as_of: Some(date), ..self.selection };
        let weighed = self.frame.weigh(selection);
        let draws = draw::draws_of_a_day(weighed.observations.len() * self.frame.leaves.len(), days);
        let bounds = intervals(self.frame, &weighed, selection, self.options.seed, draws);
        Moment {
            date,
            reported,
            probabilities: points(&self.frame.claims, &posterior(&self.prior, &weighed.support)),
            low: bounds.claims.iter().map(|bounds| bounds.0).collect(),
            high: bounds.claims.iter().map(|bounds| bounds.1).collect(),
            established: self.established(&weighed, &bounds, DRAWN),
        }
    }
}
