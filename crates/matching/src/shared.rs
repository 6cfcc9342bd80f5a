//! What two functions do alike, expression by expression.

use crate::document::SharedExpression;
use crate::lists::{Found, side_by_side};
use cognate_fingerprint::Expression;

/// What both lists (ascending by feature) hold, the rarest first.
pub fn shared_expressions(a: Vec<Expression>, b: &[Expression]) -> Vec<SharedExpression> {
    let own = a.into_iter().map(|expression| (expression.feature, expression));
    let other = b.iter().map(|expression| (expression.feature, expression.address));
    let mut shared: Vec<SharedExpression> = side_by_side(own, other)
        .filter_map(|found| match found {
            Found::Both(own, address_b) => Some(SharedExpression {
                text: own.text,
                address_a: own.address,
                address_b,
                bits: f64::from(own.bits),
                rough: own.rough,
            }),
            Found::First(_) | Found::Second(_) => None,
        })
        .collect();
    shared.sort_by(|a, b| {
        let rarer = b.bits.total_cmp(&a.bits).then(a.rough.cmp(&b.rough));
        rarer.then_with(|| (a.address_a, &a.text).cmp(&(b.address_a, &b.text)))
    });
    shared
}
