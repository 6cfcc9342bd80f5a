//! A logistic regression by Newton's method: which of a list is the partner.
//!
//! The conditional (list-wise) form: the probability that a row is the partner
//! is its share of the exponentials of the whole list. It looks at differences
//! within a list only, which is what ranking a pool is about. Everything is in
//! a fixed order, so equal lists give equal weights.

use cognate_matching::rerank::{FEATURES, Model, PairFeatures};
use rayon::prelude::*;

/// The features of a partner (first) and of others it must outrank.
pub struct List {
    /// Row by row.
    pub rows: Vec<PairFeatures>,
}

/// Which features may be used.
pub type Active = [bool; FEATURES];

/// Lists summed up by one thread at a time.
const CHUNK: usize = 256;
const ROUNDS: usize = 25;

type Vector = [f64; FEATURES];
type Matrix = [[f64; FEATURES]; FEATURES];

/// Fits weights to lists; `ridge` is the penalty on a squared weight, for each list.
pub fn fit(lists: &[&List], active: &Active, ridge: f64) -> Model {
    let mut model = standard(lists);
    let penalty = ridge * lists.len() as f64;
    let mut now = sum(lists, &model, active, penalty);
    for _ in 0..ROUNDS {
        let step = solve(now.curve, now.gradient);
        // Newton's step overshoots where lists are nearly decided: halve it until it gains.
        let mut length = 1.0;
        let next = loop {
            let mut tried = model.clone();
            (0..FEATURES).for_each(|at| tried.weights[at] += length * step[at]);
            let sum = sum(lists, &tried, active, penalty);
            if sum.gain > now.gain {
                break Some((tried, sum));
            }
            length /= 2.0;
            if length < 1e-4 {
                break None;
            }
        };
        let Some((tried, sum)) = next else { break };
        let gained = sum.gain - now.gain;
        (model, now) = (tried, sum);
        if gained < 1e-7 * lists.len() as f64 {
            break;
        }
    }
    model
}

/// The log likelihood less the penalty, its slope, and its curvature with the sign turned.
struct Sum {
    gain: f64,
    gradient: Vector,
    curve: Matrix,
}

impl Sum {
    fn zero() -> Self {
        Sum { gain: 0.0, gradient: [0.0; FEATURES], curve: [[0.0; FEATURES]; FEATURES] }
    }
}

fn sum(lists: &[&List], model: &Model, active: &Active, penalty: f64) -> Sum {
    let parts: Vec<Sum> = lists.par_chunks(CHUNK).map(|chunk| slope(chunk, model, active)).collect();
    let mut whole = Sum::zero();
    for part in &parts {
        whole.gain += part.gain;
        for at in 0..FEATURES {
            whole.gradient[at] += part.gradient[at];
            (0..FEATURES).for_each(|to| whole.curve[at][to] += part.curve[at][to]);
        }
    }
    for at in 0..FEATURES {
        let weight = model.weights[at];
        whole.gain -= penalty * weight * weight / 2.0;
        whole.gradient[at] -= penalty * weight;
        whole.curve[at][at] += penalty + 1e-9;
    }
    whole
}

/// A model of zero weights with the mean and deviation of every feature.
fn standard(lists: &[&List]) -> Model {
    let mut model = Model::empty();
    let rows = || lists.iter().flat_map(|list| &list.rows);
    let count = rows().count().max(1) as f64;
    for row in rows() {
        (0..FEATURES).for_each(|at| model.means[at] += row.0[at] / count);
    }
    let mut squares = [0.0; FEATURES];
    for row in rows() {
        (0..FEATURES).for_each(|at| squares[at] += (row.0[at] - model.means[at]).powi(2) / count);
    }
    model.scales = squares.map(|square| if square > 1e-12 { square.sqrt() } else { 1.0 });
    model
}

fn slope(lists: &[&List], model: &Model, active: &Active) -> Sum {
    let mut sum = Sum::zero();
    for list in lists {
        let rows: Vec<Vector> = list.rows.iter().map(|row| scaled(row, model, active)).collect();
        let scores: Vec<f64> = rows.iter().map(|row| dot(row, &model.weights)).collect();
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let parts: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
        let whole: f64 = parts.iter().sum();
        let mut mean = [0.0; FEATURES];
        for (row, part) in rows.iter().zip(&parts) {
            (0..FEATURES).for_each(|at| mean[at] += row[at] * part / whole);
        }
        if let (Some(partner), Some(score)) = (rows.first(), scores.first()) {
            sum.gain += score - most - whole.ln();
            (0..FEATURES).for_each(|at| sum.gradient[at] += partner[at] - mean[at]);
        }
        for (row, part) in rows.iter().zip(&parts).filter(|(_, part)| **part > whole * 1e-7) {
            for at in 0..FEATURES {
                let weight = (row[at] - mean[at]) * part / whole;
                (0..FEATURES).for_each(|to| sum.curve[at][to] += weight * (row[to] - mean[to]));
            }
        }
    }
    sum
}

fn scaled(row: &PairFeatures, model: &Model, active: &Active) -> Vector {
    let mut out = [0.0; FEATURES];
    for at in (0..FEATURES).filter(|&at| active[at]) {
        out[at] = (row.0[at] - model.means[at]) / model.scales[at];
    }
    out
}

fn dot(a: &Vector, b: &Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Solves a symmetric positive definite system by Cholesky's method.
pub fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut vector: [f64; N]) -> [f64; N] {
    for at in 0..N {
        for to in 0..=at {
            let sum: f64 = (0..to).map(|k| matrix[at][k] * matrix[to][k]).sum();
            let rest = matrix[at][to] - sum;
            matrix[at][to] = if at == to { rest.max(1e-12).sqrt() } else { rest / matrix[to][to] };
        }
    }
    for at in 0..N {
        let sum: f64 = (0..at).map(|k| matrix[at][k] * vector[k]).sum();
        vector[at] = (vector[at] - sum) / matrix[at][at];
    }
    for at in (0..N).rev() {
        let sum: f64 = (at + 1..N).map(|k| matrix[k][at] * vector[k]).sum();
        vector[at] = (vector[at] - sum) / matrix[at][at];
    }
    vector
}

/// Slope and offset that turn scores into log odds of being right.
pub fn calibrate(scores: &[(f64, bool)]) -> (f64, f64) {
    let (mut slope, mut offset) = (1.0, 0.0);
    for _ in 0..50 {
        let (mut g, mut h) = ([0.0; 2], [[1e-6, 0.0], [0.0, 1e-6]]);
        for &(score, right) in scores {
            let p = 1.0 / (1.0 + (-(slope * score + offset)).exp());
            let miss = f64::from(u8::from(right)) - p;
            let (x, weight) = ([score, 1.0], p * (1.0 - p));
            for at in 0..2 {
                g[at] += miss * x[at];
                (0..2).for_each(|to| h[at][to] += weight * x[at] * x[to]);
            }
        }
        let whole = h[0][0] * h[1][1] - h[0][1] * h[1][0];
        let step = [(g[0] * h[1][1] - g[1] * h[0][1]) / whole, (g[1] * h[0][0] - g[0] * h[1][0]) / whole];
        slope += step[0].clamp(-1.0, 1.0);
        offset += step[1].clamp(-2.0, 2.0);
        if step.iter().all(|part| part.abs() < 1e-9) {
            break;
        }
    }
    (slope, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(partner: [f64; 2], others: &[[f64; 2]]) -> List {
        let row = |pair: &[f64; 2]| {
            let mut features = [0.0; FEATURES];
            features[..2].copy_from_slice(pair);
            PairFeatures(features)
        };
        List { rows: std::iter::once(&partner).chain(others).map(row).collect() }
    }

    #[test]
    fn weight_goes_to_what_tells_the_partner_and_none_to_what_does_not() {
        let lists =
            [list([1.0, 0.0], &[[0.0, 0.0], [0.2, 1.0]]), list([0.9, 1.0], &[[0.1, 0.0], [1.0, 1.0]])];
        let model = fit(&lists.iter().collect::<Vec<_>>(), &[true; FEATURES], 0.01);
        assert!(model.weights[0] > 5.0 * model.weights[1].abs(), "{:?}", &model.weights[..2]);
        assert_eq!(model.weights[2..], [0.0; FEATURES - 2]);
    }

    #[test]
    fn a_feature_that_is_not_active_gets_no_weight() {
        let lists = [list([1.0, 0.0], &[[0.0, 0.0]])];
        let mut active = [true; FEATURES];
        active[0] = false;
        assert_eq!(fit(&lists.iter().collect::<Vec<_>>(), &active, 0.01).weights, [0.0; FEATURES]);
    }

    #[test]
    fn calibrated_scores_give_the_share_that_is_right() {
        let scores: Vec<(f64, bool)> =
            (0..100).flat_map(|at| [(2.0, at % 10 != 0), (-1.0, at % 10 == 0)]).collect();
        let (slope, offset) = calibrate(&scores);
        let odds = |score: f64| 1.0 / (1.0 + (-(slope * score + offset)).exp());
        assert!((odds(2.0) - 0.9).abs() < 1e-3 && (odds(-1.0) - 0.1).abs() < 1e-3);
    }
}
