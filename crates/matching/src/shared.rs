//! What two functions do alike, expression by expression.

use crate::lists::{Found, side_by_side};
use cognate_fingerprint::Expression;
use serde::Serialize;

/// An expression that two functions share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SharedExpression {
    /// What it says in the first function; names and texts as they are in the file.
    pub text: String,
    /// The instruction that makes it there.
    pub address_a: u64,
    /// The instruction that makes it in the second.
    pub address_b: u64,
    /// How rare it is in goodware, in bits.
    pub bits: f32,
    /// It is shared but for its numbers.
    pub rough: bool,
}

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
                bits: own.bits,
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
