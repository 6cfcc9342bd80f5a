//! Whether the numbers that are told hold: E-values against what is counted, and ratios against what they claim.

use super::Answer;
use super::chance::{cllr, isotonic};
use super::presence::Presence;
use super::tables::grouped;
use crate::report::Table;
use std::collections::BTreeMap;

/// E-values at which families are counted.
const EXPECTED: [f64; 10] = [1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];
/// Decimal logarithms of ratios at which pairs are counted.
const RATIOS: [f64; 9] = [-0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5];

/// All tables of calibration.
pub fn tables(answers: &[Answer<'_>]) -> Vec<Table> {
    let groups = grouped(answers);
    let nothing = answers.iter().flat_map(|answer| &answer.ranked).map(|one| one.score);
    let nothing = nothing.fold(0.0, f64::min);
    vec![expected(&groups), ratios(&groups), cost(&groups, nothing)]
}

/// Unrelated families a question has at an E-value or below, where nothing of its own is in the store.
fn expected(groups: &BTreeMap<Presence, Vec<&Answer<'_>>>) -> Table {
    let columns: Vec<String> = EXPECTED.iter().map(|value| format!("E <= {value}")).collect();
    let columns: Vec<&str> =
        ["in the store", "questions"].into_iter().chain(columns.iter().map(String::as_str)).collect();
    let mut table = Table::new("Unrelated families a question: expected and counted", &columns);
    for (presence, answers) in groups.iter().filter(|(presence, _)| !presence.has_own()) {
        let counted = EXPECTED.map(|most| {
            let strangers = answers.iter().flat_map(|answer| answer.ranked_strangers());
            let count = strangers.filter(|one| one.expected <= most).count();
            format!("{:.4}", count as f64 / answers.len().max(1) as f64)
        });
        let start = [presence.title().to_owned(), answers.len().to_string()];
        table.row(start.into_iter().chain(counted).collect());
    }
    table
}

/// Shares of pairs that reach a ratio.
fn ratios(groups: &BTreeMap<Presence, Vec<&Answer<'_>>>) -> Table {
    let columns: Vec<String> = RATIOS.iter().map(|ratio| format!("10^{ratio}")).collect();
    let columns: Vec<&str> =
        ["in the store", "pairs", "number"].into_iter().chain(columns.iter().map(String::as_str)).collect();
    let mut table = Table::new("Pairs that reach a ratio", &columns);
    for (presence, answers) in groups {
        let own: Vec<f64> = answers.iter().map(|answer| answer.own_score()).collect();
        let strangers: Vec<f64> = answers.iter().flat_map(|answer| answer.stranger_scores()).collect();
        for (kind, scores) in [("own", own), ("strangers", strangers)] {
            if kind == "own" && !presence.has_own() {
                continue;
            }
            let reached = RATIOS.map(|ratio| {
                let count = scores.iter().filter(|&&score| score >= ratio).count();
                format!("{:.5}", count as f64 / scores.len().max(1) as f64)
            });
            let start = [presence.title().to_owned(), kind.to_owned(), scores.len().to_string()];
            table.row(start.into_iter().chain(reached).collect());
        }
    }
    table
}

/// What the ratios that are told cost; `nothing` stands for families that share nothing.
fn cost(groups: &BTreeMap<Presence, Vec<&Answer<'_>>>, nothing: f64) -> Table {
    let mut table = Table::new("What the told ratios cost", &["in the store", "Cllr", "min"]);
    for (presence, answers) in groups.iter().filter(|(presence, _)| presence.has_own()) {
        let own = answers.iter().map(|answer| (answer.own_score(), true));
        let strangers =
            answers.iter().flat_map(|answer| answer.stranger_scores()).map(|score| (score, false));
        let pairs: Vec<(f64, bool, f64)> =
            own.chain(strangers).map(|(score, is_own)| (score.max(nothing), is_own, 1.0)).collect();
        table.row(vec![
            presence.title().to_owned(),
            format!("{:.3}", cllr(&pairs)),
            format!("{:.3}", cllr(&isotonic(pairs.clone()))),
        ]);
    }
    table
}
