//! The hypotheses by letter, and the matrix of analysis of competing hypotheses (Heuer 1999).

use super::numbers::{interval, letter};
use super::outline::{Block, Grid, Lean, Limits, Matrix, MatrixRow, Tone, left_out};
use cognate_case::Assessment;
use cognate_case::assessment::{Counting, HypothesisView, ItemView};
use cognate_case::prose::percent;

pub(super) fn matrix(assessment: &Assessment, limits: &Limits) -> Vec<Block> {
    let order = by_probability(&assessment.hypotheses);
    let shown = order.get(..limits.columns.min(order.len())).unwrap_or(&order);
    let mut blocks = vec![Block::Grid(legend(assessment, shown))];
    left_out(&mut blocks, order.len(), shown.len(), "hypotheses, less probable than these,");
    let mut items: Vec<&ItemView> =
        assessment.items.iter().filter(|item| !matches!(item.counting, Counting::CopyOf { .. })).collect();
    if items.is_empty() {
        return blocks;
    }
    items.sort_by(|one, other| other.diagnosticity.total_cmp(&one.diagnosticity));
    let hypotheses = || shown.iter().filter_map(|place| assessment.hypotheses.get(*place));
    let rows: Vec<MatrixRow> = items.iter().take(limits.rows).map(|item| row(item, shown)).collect();
    let count = rows.len();
    blocks.push(Block::Matrix(Matrix {
        letters: (0..shown.len()).map(letter).collect(),
        rows,
        inconsistency: hypotheses().map(|hypothesis| hypothesis.inconsistency).collect(),
        ranks: hypotheses().map(|hypothesis| hypothesis.ach_rank).collect(),
    }));
    left_out(&mut blocks, items.len(), count, "observations, less diagnostic than these,");
    let marks = "II: less than a fifth as probable as under the best hypothesis; I: less than two thirds; \
                 C: as probable, or nearly; N: tells no hypotheses apart. \u{201c}tells apart\u{201d} is the greatest \
                 ratio of likelihoods. The sum weighs inconsistencies: the lower the better, and rank 1 is the \
                 hypothesis least contradicted, which need not be the most probable.";
    blocks.push(Block::Say(Tone::Faint, marks.to_owned()));
    blocks
}

/// Places of the hypotheses, the most probable first.
fn by_probability(hypotheses: &[HypothesisView]) -> Vec<usize> {
    let probability = |place: &usize| hypotheses.get(*place).map_or(0.0, |hypothesis| hypothesis.probability);
    let mut order: Vec<usize> = (0..hypotheses.len()).collect();
    order.sort_by(|one, other| probability(other).total_cmp(&probability(one)));
    order
}

fn legend(assessment: &Assessment, shown: &[usize]) -> Grid {
    let mut grid = Grid::new([
        ("", Lean::Left),
        ("prior", Lean::Right),
        ("now", Lean::Right),
        ("90 % interval", Lean::Right),
        ("ACH rank", Lean::Right),
        ("hypothesis", Lean::Wide),
    ]);
    for (place, hypothesis) in shown.iter().filter_map(|place| assessment.hypotheses.get(*place)).enumerate()
    {
        grid.rows.push(vec![
            letter(place).into(),
            percent(hypothesis.prior).into(),
            percent(hypothesis.probability).into(),
            interval(hypothesis.low, hypothesis.high).into(),
            hypothesis.ach_rank.to_string().into(),
            hypothesis.statement.clone().into(),
        ]);
    }
    grid
}

fn row(item: &ItemView, shown: &[usize]) -> MatrixRow {
    MatrixRow {
        item: item.id.to_string(),
        title: item.title.clone(),
        diagnosticity: item.diagnosticity,
        marks: shown.iter().filter_map(|place| item.ach.get(*place).copied()).collect(),
    }
}
