//! The days of the timeline that a product shows, and how claims stood on them.

use super::outline::Limits;
use cognate_case::Assessment;
use cognate_case::assessment::Moment;

/// The first and the last day, and those on which the leading claim moved most, in order.
pub(super) fn telling_days<'a>(
    assessment: &'a Assessment,
    keys: &[usize],
    limits: &Limits,
) -> Vec<&'a Moment> {
    let (all, claim) = (&assessment.timeline, keys.first().copied().unwrap_or_default());
    let value = |moment: &Moment| on_day(moment, claim).0;
    let moves =
        all.iter().zip(all.iter().skip(1)).map(|(before, after)| (value(after) - value(before)).abs());
    let mut ranked: Vec<(usize, f64)> = std::iter::once(f64::INFINITY).chain(moves).enumerate().collect();
    if let Some(last) = ranked.last_mut() {
        last.1 = f64::INFINITY;
    }
    ranked.sort_by(|one, other| other.1.total_cmp(&one.1));
    ranked.truncate(limits.days);
    ranked.sort_by_key(|(place, _)| *place);
    ranked.into_iter().filter_map(|(place, _)| all.get(place)).collect()
}

/// Probability, 5th and 95th percentile of a claim on a day, by its place in the assessment.
pub(super) fn on_day(moment: &Moment, claim: usize) -> (f64, f64, f64) {
    let read = |values: &[f64]| values.get(claim).copied().unwrap_or_default();
    (read(&moment.probabilities), read(&moment.low), read(&moment.high))
}
