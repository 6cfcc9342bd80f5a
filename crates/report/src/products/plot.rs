//! Pictures of one line, in text.

/// Columns of a scale from 0 to 100 %.
const SCALE: usize = 31;
/// Columns to either side of the middle of a bar.
const SIDE: usize = 8;

/// A probability on a scale from 0 to 100 %: `○` before any evidence, `●` now, `├─┤` its interval.
pub(super) fn span(prior: Option<f64>, at: f64, low: f64, high: f64) -> String {
    let column = |value: f64| (value.clamp(0.0, 1.0) * (SCALE - 1) as f64).round() as usize;
    let (low, high) = (column(low), column(high));
    (0..SCALE)
        .map(|place| {
            if place == column(at) {
                '●'
            } else if prior.is_some_and(|prior| place == column(prior)) {
                '○'
            } else if place == low {
                '├'
            } else if place == high {
                '┤'
            } else if (low..high).contains(&place) {
                '─'
            } else {
                '·'
            }
        })
        .collect()
}

/// A bar from the middle: to the left against, to the right for.
pub(super) fn weight(log_odds: f64, most: f64) -> String {
    let share = if most > 0.0 { (log_odds.abs() / most).min(1.0) } else { 0.0 };
    let length = ((share * SIDE as f64).round() as usize).max(usize::from(log_odds != 0.0));
    let bar = "█".repeat(length);
    if log_odds < 0.0 {
        format!("{bar:>SIDE$}│{:SIDE$}", "")
    } else {
        format!("{:SIDE$}│{bar:<SIDE$}", "")
    }
}

#[cfg(test)]
mod tests {
    use super::{span, weight};

    #[test]
    fn a_span_shows_prior_point_and_interval() {
        assert_eq!(span(Some(0.1), 0.5, 0.3, 0.8), "···○·····├─────●────────┤······");
        assert_eq!(span(None, 1.0, 0.99, 1.0), "······························●");
    }

    #[test]
    fn the_least_weight_still_has_a_side() {
        assert_eq!(weight(-0.01, 4.0), "       █│        ");
        assert_eq!(weight(4.0, 4.0), "        │████████");
        assert_eq!(weight(0.0, 0.0), "        │        ");
    }
}
