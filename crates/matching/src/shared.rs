//! What two functions do alike, expression by expression.

use crate::document::SharedExpression;
use cognate_fingerprint::Expression;

/// What both lists (ascending by feature) hold, the rarest first.
pub fn shared_expressions(a: Vec<Expression>, b: &[Expression]) -> Vec<SharedExpression> {
    let find = |feature: u32| {
        let at = b.binary_search_by_key(&feature, |expression| expression.feature).ok()?;
        b.get(at)
    };
    let both = a.into_iter().filter_map(|mine| Some((find(mine.feature)?.address, mine)));
    let mut shared: Vec<SharedExpression> = both
        .map(|(address_b, mine)| SharedExpression {
            text: mine.text,
            address_a: mine.address,
            address_b,
            bits: f64::from(mine.bits),
            rough: mine.rough,
        })
        .collect();
    shared.sort_by(|a, b| {
        let rarer = b.bits.total_cmp(&a.bits).then(a.rough.cmp(&b.rough));
        rarer.then_with(|| (a.address_a, &a.text).cmp(&(b.address_a, &b.text)))
    });
    shared
}
