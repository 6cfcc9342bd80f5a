//! Whether one private code base is behind a query and a stored sample, by the figures of what they share.
//!
//! Two propositions are weighed against each other: the own code of both comes *from one private code base*, and it
//! comes *from different ones, with whatever public code in common*, also such as nobody here knows. A logistic model of
//! a few figures ([`Grounds`]) gives the likelihood ratio. How often unrelated pairs reach such a ratio was counted; times the
//! families of the store that is the expected number of unrelated families that reach it (E-value), which the bar is set
//! on. What the figures and their weights are worth on software of known lineage: `cognate-bench open-set`, `relation`.

use crate::document::{Grounds, Standing};
use crate::provenance::percent;

/// Bits beyond which more say no more: a library that nobody knows is as large as a program. Judgement, on the development part.
pub(crate) const MOST_BITS: f64 = 1600.0;
/// Bits of one piece of ordinary size. Judgement.
const PIECE: f64 = 64.0;

/// How many figures the ratio is made of.
pub const FIGURES: usize = 5;
/// Weights in nats.
type Weights = [f64; FIGURES];

/// Fitted to 26 and 58 lineages of PyPI and 196 packages of Debian before the share of the query counted what of a library
/// is missed; the last is judgement. A fit to the final figures of the first 24 alone ranks worse where the bar stands
/// (`bench/results/relation.md`).
const FITTED: Weights = [-1.94, 1.36, 6.93, 0.26, 2.3];
/// The same moved by as much as fits to lineages drawn with replacement differ from the fit to all of them: how far the
/// ratio hangs on which software it was fitted to.
const REDRAWN: [Weights; 8] = [
    [-1.80, 1.42, 6.52, -0.11, 2.04],
    [-1.64, 1.27, 7.56, -0.10, 2.61],
    [-1.98, 1.52, 5.72, 0.19, 2.38],
    [-1.47, 1.25, 7.27, 0.65, 2.03],
    [-1.80, 1.31, 7.24, 0.44, 2.39],
    [-1.62, 1.04, 8.11, -0.55, 3.04],
    [-2.03, 1.46, 7.01, 0.23, 2.22],
    [-2.52, 1.42, 8.23, 0.38, 2.21],
];

/// Unrelated pairs of lineages behind the fit: no ratio is told beyond their number.
const PAIRS: f64 = 40_000.0;
/// Share of unrelated pairs that reach a ratio, as `10^(level - slope log10(LR))`, read off the development part (24
/// lineages; none beyond what came out): in a store where what three families hold is common, for each of them; and in any
/// store, where nothing tells public code which neither it nor the base knows.
const EACH: (f64, f64) = (-1.4, 1.0);
const ANY: (f64, f64) = (0.2, 0.87);
/// The latter of two programs that are mostly public code compiled anew (Rust): four times as many, from 20 lineages.
const OPEN: (f64, f64) = (0.78, 0.87);

/// Unrelated families that may be expected to reach what a relative has: of queries without a relative so many may name
/// somebody, on software like that which was counted. Judgement: one of a hundred.
const MOST_EXPECTED: f64 = 0.01;
/// Pieces that a relative needs. Judgement.
const LEAST_PIECES: u64 = 3;
/// The decimal logarithm of the ratio from which a family may be related: moderate support in the words of ENFSI.
const MAY_BE: f64 = 1.0;

/// The decimal logarithm of the likelihood ratio.
pub(crate) fn log10_lr(grounds: &Grounds) -> f64 {
    by(&FITTED, grounds)
}

/// The figures that are weighed: one, `ln(1 + bits / 64)` of at most 1,600 bits, the share of the query, the share of the
/// sample, and whether they are of another format or instruction set.
pub fn figures(grounds: &Grounds) -> [f64; FIGURES] {
    let bits = (grounds.placed_bits.min(MOST_BITS) / PIECE).ln_1p();
    let other_machine = f64::from(u8::from(!grounds.same_machine && grounds.placed > 0));
    [1.0, bits, grounds.of_query, grounds.of_sample, other_machine]
}

fn by(weights: &Weights, grounds: &Grounds) -> f64 {
    let nats: f64 = weights.iter().zip(figures(grounds)).map(|(weight, figure)| weight * figure).sum();
    let most = PAIRS.log10();
    (nats / std::f64::consts::LN_10).clamp(-most, most)
}

/// How many of so many unrelated families are expected to reach a ratio.
fn expected(log10_lr: f64, families: usize, grounds: &Grounds) -> f64 {
    (families as f64 * share(EACH, log10_lr)).max(public(log10_lr, grounds))
}

fn share((level, slope): (f64, f64), log10_lr: f64) -> f64 {
    10f64.powf(level - slope * log10_lr).min(1.0)
}

/// How often public code that nobody here knows makes as much of two unrelated programs.
fn public(log10_lr: f64, grounds: &Grounds) -> f64 {
    share(if grounds.open_language { OPEN } else { ANY }, log10_lr)
}

/// Whether such figures make a relative among so many families.
pub(crate) fn is_enough(grounds: &Grounds, families: usize) -> bool {
    expected(log10_lr(grounds), families, grounds) <= MOST_EXPECTED && grounds.placed >= LEAST_PIECES
}

/// Says what a standing is worth among so many families.
pub(crate) fn judge(standing: &mut Standing, families: usize) {
    let grounds = &standing.grounds;
    let ratio = log10_lr(grounds);
    let e_value = expected(ratio, families, grounds);
    // what a share of unrelated pairs reaches says no more than the inverse of that share
    let most = -public(ratio, grounds).log10();
    let redrawn = REDRAWN.iter().map(|weights| by(weights, grounds));
    let range = redrawn.fold((ratio, ratio), |(low, high), other| (low.min(other), high.max(other)));
    let (ratio, range) = (ratio.min(most), (range.0.min(most), range.1.min(most)));
    standing.significant = is_enough(grounds, families);
    standing.unsettled = !standing.significant && ratio >= MAY_BE;
    (standing.log10_lr, standing.log10_lr_range, standing.e_value) = (ratio, range, Some(e_value));
    standing.reason = reason(standing, families);
}

/// The figures, in words.
fn reason(standing: &Standing, families: usize) -> String {
    let Grounds { placed, placed_bits, of_own, of_sample, .. } = standing.grounds;
    if standing.private.functions == 0 && standing.doubtful.functions > 0 {
        return "only code that may be a library's is shared".to_owned();
    }
    if standing.private.functions == 0 {
        let libraries =
            standing.libraries.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        return match (standing.library.functions, standing.common.functions) {
            (0, _) => "only common code is shared".to_owned(),
            (_, 0) => format!("only library code is shared: {libraries}"),
            _ => format!("only common code and libraries are shared: {libraries}"),
        };
    }
    let pieces = if placed == 1 { "piece" } else { "pieces" };
    format!(
        "{placed} {pieces} of private code that lie together in both ({placed_bits:.0} bits), {} of the own code here and \
         {} there; likelihood ratio 10^{:.1}, {:.3} unrelated families of {families} expected to reach it (bar: \
         {MOST_EXPECTED} and {LEAST_PIECES} pieces)",
        percent(of_own),
        percent(of_sample),
        standing.log10_lr,
        standing.e_value.unwrap_or_default(),
    )
}

/// Libraries that a reason names.
const MOST_NAMED: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn grounds(placed_bits: f64, of_query: f64) -> Grounds {
        Grounds { placed_bits, of_query, of_sample: 0.5, placed: 9, same_machine: true, ..Grounds::default() }
    }

    #[track_caller]
    fn check(grounds: Grounds, families: usize, expected: bool) {
        assert_eq!(is_enough(&grounds, families), expected, "{}", log10_lr(&grounds));
    }

    #[test]
    fn the_bar_rises_with_the_families_that_are_asked() {
        check(grounds(1600.0, 0.6), 1, true);
        check(grounds(1600.0, 0.6), 30, true);
        check(grounds(1600.0, 0.6), 3_000, false);
        check(grounds(1600.0, 1.0), 3_000, true);
    }

    #[test]
    fn no_number_of_bits_makes_a_relative_of_a_small_part() {
        check(grounds(1e9, 0.1), 30, false);
    }

    #[test]
    fn public_code_compiled_anew_takes_more() {
        check(grounds(1600.0, 0.35), 1, false);
        check(grounds(1600.0, 0.35), 30, false);
        check(grounds(1600.0, 0.5), 30, true);
        check(Grounds { open_language: true, ..grounds(1600.0, 0.5) }, 30, false);
    }

    #[test]
    fn two_pieces_are_never_enough() {
        check(Grounds { placed: 2, ..grounds(1600.0, 1.0) }, 1, false);
    }

    #[test]
    fn a_ratio_lies_in_its_interval_and_below_what_was_counted() {
        for of_query in [0.0, 0.2, 0.6, 1.0] {
            let mut standing = Standing { grounds: grounds(900.0, of_query), ..Standing::default() };
            judge(&mut standing, 12);
            let (low, high) = standing.log10_lr_range;
            assert!(low <= standing.log10_lr && standing.log10_lr <= high, "{standing:?}");
            assert!(
                standing.log10_lr <= -public(log10_lr(&standing.grounds), &standing.grounds).log10() + 1e-9
            );
        }
    }
}
