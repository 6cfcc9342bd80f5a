//! What must hold of a case as a whole.

use crate::leaf::leaves;
use crate::model::{Case, MAX_ANALYSTS, MAX_HYPOTHESES, MAX_JUDGED};
use cognate_base::{Error, ErrorKind};

/// A case has to be of a size that can be assessed.
pub(super) fn assessable(case: &Case) -> Result<(), Error> {
    let hypotheses = leaves(case).len();
    let judgements: usize = case.evidence.iter().map(|item| item.judgements.len()).sum();
    let limits = [
        ("hypotheses", hypotheses, MAX_HYPOTHESES),
        ("analysts", case.analysts.len(), MAX_ANALYSTS),
        ("judgements times hypotheses", judgements.saturating_mul(hypotheses), MAX_JUDGED),
    ];
    let Some((what, count, most)) = limits.into_iter().find(|(_, count, most)| count > most) else {
        return Ok(());
    };
    let message = format!("the case has {count} {what}, more than {most}");
    let hint = "split the case, or leave out candidates and items that say nothing";
    Err(Error::new(ErrorKind::TooLarge, message).hint(hint))
}

/// The priors of all hypotheses must add up to one.
pub(super) fn add_up(case: &Case) -> Result<(), Error> {
    let sum: f64 = leaves(case).iter().map(|leaf| leaf.prior).sum();
    if (sum - 1.0).abs() <= 1e-6 {
        return Ok(());
    }
    let message = format!("the priors add up to {sum:.6}, not to 1");
    let rest = *case.unlisted.prior + 1.0 - sum;
    let hint = if rest > 0.0 {
        format!("with `unlisted` at {rest:.6} they would")
    } else {
        "lower the priors of the candidates".to_owned()
    };
    Err(Error::meaning(message).at(case.unlisted.prior.place).hint(hint))
}
