//! The steps as formulas with the numbers put in, so that a reader with a calculator can follow.

use super::super::numbers::word;
use super::{
    ClaimExplained, ExplainDocument, HypothesisSteps, ItemExplained, LaidOut, LeftOut, ObservationSteps,
    Report, Step,
};
use crate::text::{Align, Table, name, wrap};
use crate::{Document, Style};
use cognate_base::escape;
use cognate_case::assessment::{Contribution, Counting};
use cognate_case::prose::confidence_word;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Hypotheses named in one row at most, before the largest row says "all others".
const NAMED: usize = 3;
/// Contributions listed of each side.
const LISTED: usize = 12;

impl Document for ExplainDocument {
    const NAME: &'static str = "case-explain";

    fn text(&self, style: &Style) -> String {
        let day = self.as_of.as_deref().map(|day| format!(", as of {day}")).unwrap_or_default();
        let mut out = format!("{}\n", style.heading(&format!("{}{day}", line(&self.title))));
        for claim in &self.claims {
            out.push_str(&claim_text(self, claim, style));
        }
        for item in &self.items {
            out.push_str(&item_text(self, item, style));
        }
        let more = format!("Claims to ask for: {}; or any item's id.", self.known_claims.join(", "));
        let _ = write!(out, "\n{}", wrap(&style.faint(&more), 0, style.width));
        out
    }
}

/// A number with four significant digits: `0.4025`, `12.35`, `1.230e-7`.
pub(in crate::case) fn figure(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.3e}");
    let exponent = scientific.rsplit('e').next().and_then(|digits| digits.parse::<i32>().ok());
    let digits = match exponent {
        Some(exponent @ -4..=5) => usize::try_from(3 - exponent.min(3)).unwrap_or(0),
        _ => return scientific,
    };
    let plain = format!("{value:.digits$}");
    if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.').to_owned() } else { plain }
}

/// `88.1 %`; what is not certain never reads `100.0 %`.
fn percent(probability: f64) -> String {
    if probability < 1.0 && probability > 0.9995 {
        ">99.9 %".to_owned()
    } else {
        crate::text::percent(probability)
    }
}

/// Text from a case in one line, safe for a terminal.
fn line(text: &str) -> String {
    escape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn heading(out: &mut String, style: &Style, text: &str) {
    let _ = write!(out, "\n{}\n", style.heading(text));
}

fn say(out: &mut String, style: &Style, text: &str) {
    out.push_str(&wrap(text, 2, style.width));
}

fn claim_text(document: &ExplainDocument, claim: &ClaimExplained, style: &Style) -> String {
    let mut out = format!("\n{}\n", style.finding(&format!("{}: {}", claim.id, line(&claim.statement))));
    let interval = format!("{} to {}", percent(claim.low), percent(claim.high));
    let answer = format!("{}, 90 % interval {interval}: {}.", percent(claim.probability), claim.wording.term);
    say(&mut out, style, &answer);
    heading(&mut out, style, "1. before any evidence");
    priors(&mut out, document, claim, style);
    heading(&mut out, style, "2. what each observation says");
    say(&mut out, style, FORMULAS);
    for observation in &document.observations {
        out.push('\n');
        out.push_str(&observation_text(observation, style));
    }
    heading(&mut out, style, "3. from priors and sums to probabilities");
    out.push_str(&sums(document, claim));
    heading(&mut out, style, "4. the claim");
    answer_text(&mut out, document, claim, style);
    heading(&mut out, style, "5. how firm the ground is");
    confidence(&mut out, claim, style);
    out
}

const FORMULAS: &str = "P(e|h) as judged; P(e) = sum of prior x P(e|h); w = share that the grades let through. \
     Effective P'(e|h) = w P(e|h) + (1 - w) P(e). Support s = ln(P'(e|h) / P(e)). Counted = (1 - r)^k s in a \
     dependence group of correlation r, with k greater supports of the same sign before it.";

/// The mark of a hypothesis that belongs to the claim.
fn mark(claim: &ClaimExplained, id: &str) -> &'static str {
    if claim.holds.iter().any(|held| held == id) { "*" } else { "" }
}

fn priors(out: &mut String, document: &ExplainDocument, claim: &ClaimExplained, style: &Style) {
    let columns =
        [("", Align::Left), ("hypothesis", Align::Left), ("prior", Align::Right), ("", Align::Left)];
    let mut table = Table::new(2, &columns);
    let width = style.width.saturating_sub(50).max(24);
    for row in &document.hypotheses {
        let statement = name(&line(&row.statement), width);
        table.row([mark(claim, &row.id).to_owned(), row.id.clone(), figure(row.prior), statement]);
    }
    out.push_str(&table.render());
    let held = held(document, claim, |row| row.prior);
    say(out, style, &format!("The claim holds under those marked *: {held} = {}.", figure(claim.prior)));
}

/// `0.1 + 0.05`.
fn held(
    document: &ExplainDocument,
    claim: &ClaimExplained,
    value: impl Fn(&HypothesisSteps) -> f64,
) -> String {
    let rows = document.hypotheses.iter().filter(|row| claim.holds.contains(&row.id));
    rows.map(|row| figure(value(row))).collect::<Vec<_>>().join(" + ")
}

fn observation_text(observation: &ObservationSteps, style: &Style) -> String {
    let mut out = format!("  {}  {}\n", style.heading(&observation.item), line(&observation.title));
    let sentence = |out: &mut String, text: &str| out.push_str(&wrap(text, 6, style.width));
    for report in &observation.reports {
        sentence(&mut out, &report_text(report, observation.reports.len() > 1));
    }
    let range = observation.weight_range.map(|(low, high)| {
        format!("; a grade cannot be judged, so the draws take w from {} to {}", figure(low), figure(high))
    });
    let best = if observation.reports.len() > 1 { ", that of the best report" } else { "" };
    sentence(&mut out, &format!("w = {}{best}{}", figure(observation.weight), range.unwrap_or_default()));
    let mean = match observation.judgements {
        0 | 1 => String::new(),
        many => format!("; P(e|h) is the mean of {many} judgements"),
    };
    sentence(&mut out, &format!("P(e) = {}{mean}", figure(observation.expected)));
    let (w, expected) = (observation.weight, figure(observation.expected));
    let formulas = format!(
        "P'(e|h) = {} P(e|h) + {} x {expected}; s = ln(P'(e|h) / {expected})",
        figure(w),
        figure(1.0 - w)
    );
    sentence(&mut out, &formulas);
    if let (Some(group), Some(correlation)) = (&observation.group, observation.correlation) {
        let kept = figure(1.0 - correlation);
        sentence(&mut out, &format!("group {group}, r = {}: counted = {kept}^k s", figure(correlation)));
    }
    out.push_str(&steps(observation, style));
    out
}

fn report_text(report: &Report, several: bool) -> String {
    let share = |share: Option<f64>| share.map_or("cannot be judged".to_owned(), figure);
    let credibility = u8::from(report.credibility);
    let which = if several { format!("{}: ", report.item) } else { String::new() };
    let rule = match (report.reliability_share, report.credibility_share) {
        (Some(_), Some(_)) => "the lesser",
        (None, None) => "half, where neither can be judged",
        _ => "the one that can be judged",
    };
    format!(
        "{which}{} {:?} ({}), credibility {credibility} ({}): {rule}, {}",
        line(&report.source_name),
        report.reliability,
        share(report.reliability_share),
        share(report.credibility_share),
        figure(report.share)
    )
}

/// Hypotheses of which the same is said, in one row.
fn classes<T>(rows: &[T], same: impl Fn(&T) -> Vec<u64>, id: impl Fn(&T) -> &str) -> Vec<(String, &T)> {
    let mut found: Vec<(Vec<u64>, Vec<usize>)> = Vec::new();
    let mut known: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let bits = same(row);
        let class = *known.entry(bits.clone()).or_insert_with(|| {
            found.push((bits, Vec::new()));
            found.len() - 1
        });
        if let Some((_, members)) = found.get_mut(class) {
            members.push(place);
        }
    }
    let largest = found.iter().map(|(_, members)| members.len()).max().unwrap_or_default();
    let mut spared = false;
    let label = |members: &[usize], all: bool| {
        if all && members.len() == rows.len() {
            return "all hypotheses".to_owned();
        }
        if all {
            return format!("all {} others", members.len());
        }
        together(members.iter().filter_map(|&place| rows.get(place)).map(&id))
    };
    let mut out = Vec::new();
    for (_, members) in &found {
        let all = !spared && members.len() == largest && members.len() > NAMED;
        spared |= all;
        if let Some(row) = members.first().and_then(|&place| rows.get(place)) {
            out.push((label(members, all), row));
        }
    }
    out
}

/// `x/tasked, /untasked, y/reuse`: a candidate is named once in a row.
fn together<'i>(ids: impl Iterator<Item = &'i str>) -> String {
    let mut parts = Vec::new();
    let mut last = "";
    for id in ids {
        match id.split_once('/') {
            Some((candidate, role)) if candidate == last => parts.push(format!("/{role}")),
            _ => parts.push(id.to_owned()),
        }
        last = id.split_once('/').map_or("", |(candidate, _)| candidate);
    }
    parts.join(", ")
}

fn steps(observation: &ObservationSteps, style: &Style) -> String {
    let columns = [
        ("P(e|h)", Align::Right),
        ("P'(e|h)", Align::Right),
        ("s", Align::Right),
        ("k", Align::Right),
        ("counted", Align::Right),
        ("hypotheses", Align::Left),
    ];
    let mut table = Table::new(6, &columns);
    let same = |step: &Step| {
        vec![step.judged.to_bits(), step.support.to_bits(), u64::from(step.before), step.counted.to_bits()]
    };
    let grouped = observation.group.is_some();
    for (label, step) in classes(&observation.steps, same, |step| &step.hypothesis) {
        let before = if grouped { step.before.to_string() } else { String::new() };
        let (support, counted) = (signed(step.support), signed(step.counted));
        let mut cells = [figure(step.judged), figure(step.effective), support, before, counted];
        for part in wrap(&label, 0, style.width.saturating_sub(56).max(24)).lines() {
            let [judged, effective, support, before, counted] = std::mem::take(&mut cells);
            table.row([judged, effective, support, before, counted, part.to_owned()]);
        }
    }
    table.render()
}

fn signed(value: f64) -> String {
    format!("{value:+.4}").replace("-0.0000", "0").replace("+0.0000", "0")
}

fn sums(document: &ExplainDocument, claim: &ClaimExplained) -> String {
    let columns = [
        ("", Align::Left),
        ("hypothesis", Align::Left),
        ("ln prior + counted = a", Align::Left),
        ("exp(a - max a)", Align::Right),
        ("posterior", Align::Right),
    ];
    let mut table = Table::new(2, &columns);
    for row in &document.hypotheses {
        let sum = format!("{:.4} {} = {:.4}", row.log_prior, plus(row.support), row.log_weight);
        let (relative, probability) = (figure(row.relative), figure(row.probability));
        table.row([mark(claim, &row.id).to_owned(), row.id.clone(), sum, relative, probability]);
    }
    let all: f64 = document.hypotheses.iter().map(|row| row.relative).sum();
    format!("{}  Posterior: exp(a - max a) over the sum of all, {}\n", table.render(), figure(all))
}

/// `+ 1.2345`, `- 0.5`.
fn plus(value: f64) -> String {
    format!("{} {:.4}", if value < 0.0 { '-' } else { '+' }, value.abs())
}

fn answer_text(out: &mut String, document: &ExplainDocument, claim: &ClaimExplained, style: &Style) {
    let held = held(document, claim, |row| row.probability);
    say(out, style, &format!("Sum of those marked *: {held} = {}.", figure(claim.probability)));
    let odds = format!(
        "Odds before: {} / (1 - {}) = {}. The evidence multiplies them by {}, which makes {}.",
        figure(claim.prior),
        figure(claim.prior),
        figure(claim.prior_odds),
        figure(claim.odds_multiplier),
        figure(claim.odds)
    );
    say(out, style, &odds);
    let other = |other: &cognate_case::assessment::OtherPrior| {
        format!("{} becomes {}", percent(other.prior), percent(other.probability))
    };
    let others: Vec<String> = claim.other_priors.iter().map(other).collect();
    say(out, style, &format!("With another prior of the claim: {}.", others.join(", ")));
    let wording = format!(
        "In words: {} ({}, {}); at the ends of the interval {} and {}.",
        claim.wording.term,
        claim.wording.scheme.name(),
        claim.wording.band,
        claim.wording.at_low,
        claim.wording.at_high
    );
    say(out, style, &wording);
    let interval = format!(
        "The interval {} to {} is the 5th and 95th percentile of {} draws over priors, likelihoods, shares and \
         correlations, seed {}.",
        percent(claim.low),
        percent(claim.high),
        document.draws,
        document.seed
    );
    say(out, style, &interval);
    let independent = percent(claim.if_independent);
    say(out, style, &format!("If every item were independent of every other: {independent}."));
    say(out, style, "By how much the log odds would drop without an observation, all else staying:");
    say(out, style, &format!("for: {}", contributions(&claim.speaks_for)));
    say(out, style, &format!("against: {}", contributions(&claim.speaks_against)));
}

fn contributions(all: &[Contribution]) -> String {
    let shown = all.iter().take(LISTED).map(|one| format!("{} {}", one.item, signed(one.log_odds)));
    let mut parts: Vec<String> = shown.collect();
    if all.len() > LISTED {
        parts.push(format!("and {} more", all.len() - LISTED));
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn confidence(out: &mut String, claim: &ClaimExplained, style: &Style) {
    let columns = [("rule", Align::Left), ("allows", Align::Left), ("found", Align::Left)];
    let mut table = Table::new(2, &columns);
    for rule in &claim.confidence.rules {
        let found = line(&rule.found);
        table.row([rule.id.clone(), confidence_word(rule.allows).to_owned(), found]);
    }
    out.push_str(&table.render());
    let level = confidence_word(claim.confidence.level);
    let bound = match &claim.confidence.bound_by[..] {
        [] => "no rule allows less".to_owned(),
        rules => format!("bound by {}", rules.join(", ")),
    };
    say(out, style, &format!("The least that any rule allows: {level}, {bound}."));
    for rule in claim.confidence.rules.iter().filter(|rule| claim.confidence.bound_by.contains(&rule.id)) {
        say(out, style, &format!("{} demands: {}", rule.id, rule.demands));
    }
}

fn item_text(document: &ExplainDocument, item: &ItemExplained, style: &Style) -> String {
    let mut out = format!("\n{}\n", style.finding(&format!("{}: {}", item.id, line(&item.title))));
    say(&mut out, style, &line(&item.observation));
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
    let observed = item.observed.as_deref().map(|day| format!("observed {day}, ")).unwrap_or_default();
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
            line(&measured.relative),
            figure(measured.unrelated),
            measured.other_families,
            measured.families,
            measured.families
        );
        say(out, style, &unrelated);
    }
}

fn judgement_text(judgement: &LaidOut, style: &Style) -> String {
    let by = judgement.by.as_deref().unwrap_or("the authors of the case");
    let mut out = format!("  {} ({})\n", style.heading(by), judgement.date);
    out.push_str(&wrap(&line(&judgement.rationale), 6, style.width));
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

fn ach(out: &mut String, document: &ExplainDocument, item: &ItemExplained, style: &Style) {
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
        table.row([claim.claim.clone(), percent(claim.probability), percent(claim.without), change]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn figures_have_four_significant_digits() {
        let cases = [0.0, 0.5, 0.12345, 12.3456, 123456.7, 1_234_567.0, 0.000_012_346, -0.25, 1.0, 2000.0];
        let expected = "0 0.5 0.1235 12.35 123457 1.235e6 1.235e-5 -0.25 1 2000";
        assert_eq!(cases.map(figure).join(" "), expected);
    }
}
