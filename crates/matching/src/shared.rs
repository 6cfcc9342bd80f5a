//! What two functions do alike and what one does alone, expression by expression.

use crate::document::{ExpressionDifference, OwnExpression, SharedExpression};
use crate::lists::{Found, side_by_side};
use cognate_fingerprint::{Expression, MAX_FLOW};

/// What both lists (ascending by feature) hold, and each alone, the rarest first.
///
/// Of a long function only the rarest [`MAX_FLOW`] expressions are known. What
/// it may have lost so is not told to be the other's alone.
pub fn expression_difference(a: Vec<Expression>, b: Vec<Expression>) -> ExpressionDifference {
    let (known_of_a, known_of_b) = (known_above(&a), known_above(&b));
    let keyed = |list: Vec<Expression>| list.into_iter().map(|own| (own.feature, own));
    let mut difference = ExpressionDifference::default();
    for found in side_by_side(keyed(a), keyed(b)) {
        match found {
            Found::Both(own, other) => difference.both.push(SharedExpression {
                text: own.text,
                address_a: own.address,
                address_b: other.address,
                bits: f64::from(own.bits),
                rough: own.rough,
            }),
            Found::First(own) if own.bits > known_of_b => difference.only_a.push(alone(own)),
            Found::Second(own) if own.bits > known_of_a => difference.only_b.push(alone(own)),
            Found::First(_) | Found::Second(_) => {}
        }
    }
    difference.both.sort_by(|a, b| {
        let rarer = b.bits.total_cmp(&a.bits).then(a.rough.cmp(&b.rough));
        rarer.then_with(|| (a.address_a, &a.text).cmp(&(b.address_a, &b.text)))
    });
    for list in [&mut difference.only_a, &mut difference.only_b] {
        list.sort_by(|a, b| {
            let rarer = b.bits.total_cmp(&a.bits).then(a.rough.cmp(&b.rough));
            rarer.then_with(|| (a.address, &a.text).cmp(&(b.address, &b.text)))
        });
    }
    difference
}

/// The bits above which a function has no expression that its list lacks.
fn known_above(list: &[Expression]) -> f32 {
    match list.len() < MAX_FLOW {
        true => f32::NEG_INFINITY,
        false => list.iter().map(|own| own.bits).fold(f32::INFINITY, f32::min),
    }
}

fn alone(own: Expression) -> OwnExpression {
    OwnExpression { text: own.text, address: own.address, bits: f64::from(own.bits), rough: own.rough }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(features: impl Iterator<Item = (u32, f32)>) -> Vec<Expression> {
        let expression = |(feature, bits)| Expression {
            feature,
            text: format!("e{feature}"),
            address: 0,
            bits,
            rough: false,
        };
        features.map(expression).collect()
    }

    fn texts(list: &[OwnExpression]) -> Vec<&str> {
        list.iter().map(|own| own.text.as_str()).collect()
    }

    #[test]
    fn what_one_has_alone_stands_apart_the_rarest_first() {
        let a = list([(1, 2.0), (2, 9.0), (3, 5.0)].into_iter());
        let b = list([(3, 5.0), (4, 1.0)].into_iter());
        let difference = expression_difference(a, b);
        assert_eq!(difference.both.len(), 1);
        assert_eq!(texts(&difference.only_a), ["e2", "e1"]);
        assert_eq!(texts(&difference.only_b), ["e4"]);
    }

    #[test]
    fn what_a_long_function_may_have_lost_is_nobodys_alone() {
        let a = list([(1_000, 3.0), (1_001, 8.0)].into_iter());
        let b = list((0..MAX_FLOW as u32).map(|feature| (feature, 3.0)));
        let difference = expression_difference(a, b);
        assert_eq!(texts(&difference.only_a), ["e1001"]);
        assert_eq!(difference.only_b.len(), MAX_FLOW);
    }
}
