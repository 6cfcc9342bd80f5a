//! A judgement laid out over all hypotheses, with the rule behind each number.

use super::text::figure;
use cognate_case::Case;
use cognate_case::assessment::{ItemView, JudgementView};
use cognate_case::leaf::{Leaf, Role, leaves};
use cognate_case::model::{Judgement, Likelihood};
use serde::Serialize;

/// One judgement of one item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaidOut {
    /// The analyst's id; none for the authors of the case.
    pub by: Option<String>,
    /// From when on.
    pub date: String,
    /// Why.
    pub rationale: String,
    /// The factor within which the stated odds lie with 90 %.
    pub uncertainty: f64,
    /// By hypothesis.
    pub likelihood: Vec<Laid>,
}

/// The likelihood under one hypothesis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Laid {
    /// The hypothesis.
    pub hypothesis: String,
    /// How probable the item is under it.
    pub value: f64,
    /// `stated`, or how it follows from what is stated.
    pub how: String,
}

/// Every judgement of an item that counts.
pub(super) fn laid_out(case: &Case, item: &ItemView) -> Vec<LaidOut> {
    let leaves = leaves(case);
    let stated = case.item(&item.id).map(|item| item.judgements.as_slice()).unwrap_or_default();
    let by = |judgement: &Judgement| judgement.by.as_ref().map(|by| by.to_string());
    let lay = |view: &JudgementView| {
        let likelihood =
            stated.iter().find(|judgement| by(judgement) == view.by).map(|found| &found.likelihood);
        let rows = leaves.iter().zip(&view.likelihood).map(|(leaf, value)| Laid {
            hypothesis: leaf.id.clone(),
            value: *value,
            how: likelihood.map(|likelihood| how(case, leaf, likelihood, item)).unwrap_or_default(),
        });
        LaidOut {
            by: view.by.clone(),
            date: view.date.to_string(),
            rationale: view.rationale.clone(),
            uncertainty: view.uncertainty,
            likelihood: rows.collect(),
        }
    };
    item.judgements.iter().map(lay).collect()
}

/// How the likelihood under one hypothesis follows from what is stated.
fn how(case: &Case, leaf: &Leaf, likelihood: &Likelihood, item: &ItemView) -> String {
    let own = |candidate: Option<usize>| {
        let roles = candidate.and_then(|candidate| likelihood.on.get(&candidate))?;
        Some((roles.tasked + roles.untasked) / 2.0)
    };
    let planter = leaf.by.and_then(|by| case.candidates.get(by)).map_or("", |by| by.id.as_str());
    let roles = leaf.candidate.and_then(|candidate| likelihood.on.get(&candidate));
    let Some(roles) = roles else {
        return match (leaf.role, own(leaf.by)) {
            (Role::Unlisted, _) => "stated".to_owned(),
            (_, Some(_)) => format!("as {planter} itself would: the mean of its tasked and untasked"),
            _ => "not mentioned: as under `unlisted`".to_owned(),
        };
    };
    let p = own(leaf.candidate).unwrap_or(likelihood.unlisted);
    let mixed = |share: f64, otherwise: f64| {
        format!("{} x {} + {} x {}", figure(share), figure(p), figure(1.0 - share), figure(otherwise))
    };
    match (leaf.role, roles.reuse, roles.false_flag) {
        (Role::Reuse, None, _) => {
            format!("from the shareability: {}", mixed(item.shareability.share(), likelihood.unlisted))
        }
        (Role::FalseFlag, _, None) => {
            let otherwise = own(leaf.by).unwrap_or(likelihood.unlisted);
            format!("from the forgeability: {}", mixed(item.forgeability.share(), otherwise))
        }
        _ => "stated".to_owned(),
    }
}
