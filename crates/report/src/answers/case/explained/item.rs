//! One item: what was judged, what counts of it, what it tells apart, and the answers without it.

use super::lines::{FORMULAS, classes, heading, say};
use super::observation::observation_text;
use crate::Style;
use crate::products::numbers::{fine_percent, safe, word};
use crate::text::{Align, Table, wrap};
use cognate_case::Explanation;
use cognate_case::assessment::Counting;
use cognate_case::explanation::{ItemExplained, JudgementSteps, LeftOut};
use cognate_case::prose::figure;
use std::collections::BTreeMap;

/// An item down to its inputs.
pub fn item_text(document: &Explanation, item: &ItemExplained, style: &Style) -> String {
    let mut out = format!("\n{}\n", style.finding(&format!("{}: {}", item.id, safe(&item.title))));
    say(&mut out, style, &safe(&item.observation));
    facts(&mut out, item, style);
    heading(&mut out, style, "1. what was judged");
    for judgement in &item.judgements {
        out.push_str(&judgement_text(judgement, style));
    }
    heading(&mut out, style, "2. what is let through, and what counts");
    say(&mut out, style, FORMULAS);
    out.push_str(&observation_text(&item.steps, style));
    if !item.beside.is_empty() {
        say(&mut out, style, &format!("In the same group: {}.", item.beside.join(", ")));
    }
    heading(&mut out, style, "3. what it tells apart");
    ach(&mut out, document, item, style);
    heading(&mut out, style, "4. without it");
    match &item.left_out {
        Some(claims) => out.push_str(&left_out(claims)),
        None => say(&mut out, style, "A hundred other things weigh more; its effect is not listed."),
    }
    out
}

fn facts(out: &mut String, item: &ItemExplained, style: &Style) {
    let vertex = item.vertex.map(|vertex| format!(", {}", word(vertex))).unwrap_or_default();
    say(out, style, &format!("{}; {}{vertex}", word(item.kind), word(item.aspect)));
    let observed = item.observed.map(|day| format!("observed {day}, ")).unwrap_or_default();
    say(out, style, &format!("{observed}reported {}", item.reported));
    let assumed = if item.assumed { "; at least one of them assumed, not judged" } else { "" };
    let shares = format!(
        "forgeability {} (f = {}), shareability {} (s = {}){assumed}",
        word(item.forgeability),
        figure(item.forgeability_share),
        word(item.shareability),
        figure(item.shareability_share)
    );
    say(out, style, &shares);
    let counting = match &item.counting {
        Counting::Alone => "the only report of its observation".to_owned(),
        Counting::Represents { copies } => {
            format!("stands for its observation, which these repeat: {}", copies.join(", "))
        }
        Counting::CopyOf { item } => {
            format!("repeats the observation of {item}, and counts with it; likelihoods are taken from there")
        }
    };
    say(out, style, &counting);
    if let Some(measured) = &item.measured {
        let unrelated = format!(
            "measured: {} functions shared with {}; unrelated with probability {} ({} of {} other families, at \
             least 3 / {})",
            measured.functions,
            safe(&measured.relative),
            figure(measured.unrelated),
            measured.other_families,
            measured.families,
            measured.families
        );
        say(out, style, &unrelated);
    }
}

fn judgement_text(judgement: &JudgementSteps, style: &Style) -> String {
    let by = judgement.by.as_deref().unwrap_or("the authors of the case");
    let mut out = format!("  {} ({})\n", style.heading(by), judgement.date);
    out.push_str(&wrap(&safe(&judgement.rationale), 6, style.width));
    let factor = format!(
        "Stated odds hold within a factor of {} either way, with 90 %.",
        figure(judgement.uncertainty)
    );
    out.push_str(&wrap(&factor, 6, style.width));
    let columns = [("P(e|h)", Align::Right), ("hypotheses", Align::Left), ("how", Align::Left)];
    let mut table = Table::new(6, &columns);
    let width = style.width.saturating_sub(66).max(24);
    let rows = classes(
        &judgement.likelihood,
        |row| vec![row.value.to_bits(), cognate_base::hash_bytes(0, row.how.as_bytes())],
        |row| &row.hypothesis,
    );
    for (label, row) in rows {
        let mut cells = [figure(row.value), row.how.clone()];
        for part in wrap(&label, 0, width).lines() {
            let [value, how] = std::mem::take(&mut cells);
            table.row([value, part.to_owned(), how]);
        }
    }
    out.push_str(&table.render());
    out
}

fn ach(out: &mut String, document: &Explanation, item: &ItemExplained, style: &Style) {
    let ratio = figure(item.diagnosticity.exp());
    let verdict = if item.diagnostic { "it is diagnostic" } else { "it is not diagnostic" };
    let text = format!("Greatest ratio of effective likelihoods: {ratio}; {verdict} (the bar is 1.5).");
    say(out, style, &text);
    let mut by_mark: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (mark, hypothesis) in item.ach.iter().zip(&document.hypotheses) {
        by_mark.entry(mark.mark()).or_default().push(&hypothesis.id);
    }
    for (mark, meaning) in
        [("C", "consistent"), ("N", "neutral"), ("I", "inconsistent"), ("II", "very inconsistent")]
    {
        if let Some(ids) = by_mark.get(mark) {
            say(out, style, &format!("{mark} ({meaning}): {}", ids.join(", ")));
        }
    }
}

fn left_out(claims: &[LeftOut]) -> String {
    let columns =
        [("claim", Align::Left), ("with", Align::Right), ("without", Align::Right), ("change", Align::Right)];
    let mut table = Table::new(2, &columns);
    for claim in claims {
        let points = (claim.without - claim.probability) * 100.0;
        let change = if points.abs() < 0.05 { "0".to_owned() } else { format!("{points:+.1} points") };
        table.row([
            claim.claim.clone(),
            fine_percent(claim.probability),
            fine_percent(claim.without),
            change,
        ]);
    }
    table.render()
}
