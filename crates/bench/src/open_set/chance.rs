//! How far counts reach, and how scores tell one thing from another.

/// The share that `errors` of `trials` may stand for at most: of a larger one, as few errors come up less than once in 20 times.
///
/// The one-sided bound of Clopper and Pearson: no error in 299 trials is at most 1 %, one in 473 as well.
pub fn upper_bound(errors: usize, trials: usize) -> f64 {
    if errors >= trials {
        return 1.0;
    }
    let (mut low, mut high) = (errors as f64 / trials as f64, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if at_most(errors, trials, middle) > 0.05 { low = middle } else { high = middle }
    }
    high
}

/// How probable at most so many errors are where each trial errs with this probability, 0 < `share` < 1.
fn at_most(errors: usize, trials: usize, share: f64) -> f64 {
    let mut term = trials as f64 * (1.0 - share).ln();
    let mut sum = 0.0;
    for count in 0..=errors {
        sum += term.exp();
        term += ((trials - count) as f64 / (count + 1) as f64).ln() + (share / (1.0 - share)).ln();
    }
    sum
}

/// How often a score of the first kind is above one of the second; equal ones count half.
pub fn area_under_curve(own: &[f64], others: &[f64]) -> f64 {
    let mut others = others.to_vec();
    others.sort_by(f64::total_cmp);
    let below = |score: f64| {
        let less = others.partition_point(|&other| other < score);
        let equal = others.partition_point(|&other| other <= score) - less;
        less as f64 + equal as f64 / 2.0
    };
    own.iter().map(|&score| below(score)).sum::<f64>() / (own.len() * others.len()) as f64
}

/// The bar that this share of scores reaches.
pub fn bar(scores: &[f64], recall: f64) -> f64 {
    let mut scores = scores.to_vec();
    scores.sort_by(|a, b| b.total_cmp(a));
    let needed = (scores.len() as f64 * recall).ceil() as usize;
    scores.get(needed.saturating_sub(1)).copied().unwrap_or(f64::INFINITY)
}

/// Cost of log likelihood ratios in bits, both kinds with the same weight: decimal logarithm, whether own, weight.
pub fn cllr(pairs: &[(f64, bool, f64)]) -> f64 {
    let mean = |own: bool| {
        let of = pairs.iter().filter(|(_, is_own, _)| *is_own == own);
        let (cost, all) = of.fold((0.0, 0.0), |(cost, all), &(ratio, _, weight)| {
            let odds = 10f64.powf(if own { -ratio } else { ratio });
            (cost + weight * odds.ln_1p() / std::f64::consts::LN_2, all + weight)
        });
        if all > 0.0 { cost / all } else { 0.0 }
    };
    (mean(true) + mean(false)) / 2.0
}

/// The best ratios that keep the order: pool adjacent violators.
pub fn isotonic(mut pairs: Vec<(f64, bool, f64)>) -> Vec<(f64, bool, f64)> {
    let total = |own: bool| {
        pairs.iter().filter(|(_, is_own, _)| *is_own == own).map(|(.., weight)| weight).sum::<f64>()
    };
    let all = [total(false), total(true)];
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    // weight of own and of strangers, and how many pairs, in each block
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for &(_, own, weight) in &pairs {
        let weight = weight / all[usize::from(own)].max(1e-12);
        blocks.push(if own { (weight, 0.0, 1) } else { (0.0, weight, 1) });
        while let [.., before, last] = blocks.as_slice()
            && before.0 * (last.0 + last.1) >= last.0 * (before.0 + before.1)
        {
            let joined = (before.0 + last.0, before.1 + last.1, before.2 + last.2);
            blocks.truncate(blocks.len() - 2);
            blocks.push(joined);
        }
    }
    let ratios = blocks.iter().flat_map(|&(own, strangers, count)| {
        let ratio = (own.max(1e-9) / strangers.max(1e-9)).log10();
        std::iter::repeat_n(ratio, count)
    });
    pairs.iter().zip(ratios).map(|(&(_, own, weight), ratio)| (ratio, own, weight)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_one_percent_takes_299_trials_without_an_error_or_473_with_one() {
        let reached = [(0, 298), (0, 299), (1, 472), (1, 473)]
            .map(|(errors, trials)| upper_bound(errors, trials) <= 0.01);
        assert_eq!(reached, [false, true, false, true]);
        assert_eq!((upper_bound(3, 3), upper_bound(0, 0)), (1.0, 1.0));
    }

    #[test]
    fn scores_that_do_not_overlap_are_told_apart_wholly_and_equal_ones_by_half() {
        assert_eq!(area_under_curve(&[3.0, 2.0], &[1.0, 0.0]), 1.0);
        assert_eq!(area_under_curve(&[1.0], &[1.0]), 0.5);
    }

    #[test]
    fn ratios_that_say_nothing_cost_a_bit_and_the_best_cost_no_more_than_any() {
        let of = |ratios: [f64; 4]| -> Vec<(f64, bool, f64)> {
            ratios.into_iter().zip([false, true, false, true]).map(|(ratio, own)| (ratio, own, 1.0)).collect()
        };
        assert!((cllr(&of([0.0; 4])) - 1.0).abs() < 1e-12);
        assert!(cllr(&of([-3.0, 3.0, -3.0, 3.0])) < 0.01);
        let crossed = of([-1.0, 0.5, 1.0, 2.0]);
        assert!(cllr(&isotonic(crossed.clone())) < cllr(&crossed));
    }

    #[test]
    fn a_bar_is_reached_by_its_share_of_the_scores() {
        assert_eq!(bar(&[5.0, 1.0, 4.0, 3.0, 2.0], 0.8), 2.0);
        assert_eq!(bar(&[], 0.8), f64::INFINITY);
    }
}
