//! One claim: priors, observations, sums, the answer, and how firm its ground is.

use super::lines::{FORMULAS, classes, heading, say, signed};
use super::observation::observation_text;
use crate::Style;
use crate::products::numbers::{fine_percent, safe};
use crate::text::{Align, Table, name, wrap};
use cognate_case::Explanation;
use cognate_case::assessment::{Contribution, OtherPrior};
use cognate_case::explanation::{ClaimExplained, HypothesisSteps};
use cognate_case::prose::{confidence_word, figure};

/// Contributions listed of each side.
const LISTED: usize = 12;

/// A claim down to its inputs.
pub fn claim_text(document: &Explanation, claim: &ClaimExplained, style: &Style) -> String {
    let mut out = format!("\n{}\n", style.finding(&format!("{}: {}", claim.id, safe(&claim.statement))));
    let interval = format!("{} to {}", fine_percent(claim.low), fine_percent(claim.high));
    let in_words = claim.rests_on_prior.as_deref().unwrap_or(&claim.wording.term);
    let answer = format!("{}, 90 % interval {interval}: {in_words}.", fine_percent(claim.probability));
    say(&mut out, style, &answer);
    heading(&mut out, style, "1. before any evidence");
    priors(&mut out, document, claim, style);
    heading(&mut out, style, "2. what each observation says");
    say(&mut out, style, FORMULAS);
    for observation in &document.observations {
        out.push('\n');
        out.push_str(&observation_text(observation, style));
    }
    heading(&mut out, style, "3. what each source says together");
    say(&mut out, style, OF_A_SOURCE);
    out.push_str(&sources(document, style));
    heading(&mut out, style, "4. from priors and sums to probabilities");
    out.push_str(&sums(document, claim));
    heading(&mut out, style, "5. the claim");
    answer_text(&mut out, document, claim, style);
    heading(&mut out, style, "6. how firm the ground is");
    confidence(&mut out, claim, style);
    out
}

/// The mark of a hypothesis that belongs to the claim.
fn mark(claim: &ClaimExplained, id: &str) -> &'static str {
    if claim.holds.iter().any(|hypothesis| hypothesis == id) { "*" } else { "" }
}

fn priors(out: &mut String, document: &Explanation, claim: &ClaimExplained, style: &Style) {
    let columns =
        [("", Align::Left), ("hypothesis", Align::Left), ("prior", Align::Right), ("", Align::Left)];
    let mut table = Table::new(2, &columns);
    let width = style.width.saturating_sub(50).max(24);
    for row in &document.hypotheses {
        let statement = name(&safe(&row.statement), width);
        table.row([mark(claim, &row.id).to_owned(), row.id.clone(), figure(row.prior), statement]);
    }
    out.push_str(&table.render());
    let sum = sum_of(document, claim, |row| row.prior);
    say(out, style, &format!("The claim holds under those marked *: {sum} = {}.", figure(claim.prior)));
}

/// `0.1 + 0.05`.
fn sum_of(document: &Explanation, claim: &ClaimExplained, value: impl Fn(&HypothesisSteps) -> f64) -> String {
    let rows = document.hypotheses.iter().filter(|row| claim.holds.contains(&row.id));
    rows.map(|row| figure(value(row))).collect::<Vec<_>>().join(" + ")
}

fn sums(document: &Explanation, claim: &ClaimExplained) -> String {
    let columns = [
        ("", Align::Left),
        ("hypothesis", Align::Left),
        ("ln prior + sources = a", Align::Left),
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

/// What the columns of the sources mean.
const OF_A_SOURCE: &str = "ln J(h) = sum of what its observations count; J = sum of prior x J(h). A source is reliable \
     for all that it says or for none: heard = ln(rho J(h) / J + 1 - rho).";

/// Each source with what it says under each hypothesis.
fn sources(document: &Explanation, style: &Style) -> String {
    let mut out = String::new();
    for source in &document.sources {
        let line =
            format!("{} (rho = {}): {}", source.source, figure(source.reliability), source.items.join(", "));
        out.push_str(&wrap(&line, 4, style.width));
        let columns = [("ln J(h)", Align::Right), ("heard", Align::Right), ("hypotheses", Align::Left)];
        let mut table = Table::new(6, &columns);
        let rows: Vec<(&str, f64, f64)> = document
            .hypotheses
            .iter()
            .zip(source.joint.iter().zip(&source.support))
            .map(|(row, (joint, support))| (row.id.as_str(), *joint, *support))
            .collect();
        let same = |row: &(&str, f64, f64)| vec![row.1.to_bits(), row.2.to_bits()];
        for (label, (_, joint, support)) in classes(&rows, same, |row| row.0) {
            let mut cells = [signed(*joint), signed(*support)];
            for part in wrap(&label, 0, style.width.saturating_sub(32).max(24)).lines() {
                let [joint, support] = std::mem::take(&mut cells);
                table.row([joint, support, part.to_owned()]);
            }
        }
        out.push_str(&table.render());
    }
    out
}

/// `+ 1.2345`, `- 0.5`.
fn plus(value: f64) -> String {
    format!("{} {:.4}", if value < 0.0 { '-' } else { '+' }, value.abs())
}

fn answer_text(out: &mut String, document: &Explanation, claim: &ClaimExplained, style: &Style) {
    let sum = sum_of(document, claim, |row| row.probability);
    say(out, style, &format!("Sum of those marked *: {sum} = {}.", figure(claim.probability)));
    let odds = format!(
        "Odds before: {} / (1 - {}) = {}. The evidence multiplies them by {}, which makes {}.",
        figure(claim.prior),
        figure(claim.prior),
        figure(claim.prior_odds),
        figure(claim.odds_multiplier),
        figure(claim.odds)
    );
    say(out, style, &odds);
    let other = |other: &OtherPrior| {
        format!("{} becomes {}", fine_percent(other.prior), fine_percent(other.probability))
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
        fine_percent(claim.low),
        fine_percent(claim.high),
        document.draws,
        document.seed
    );
    say(out, style, &interval);
    let independent = fine_percent(claim.if_independent);
    say(out, style, &format!("If every item were independent of every other: {independent}."));
    say(
        out,
        style,
        "The part of each observation in the change of the log odds (Shapley); all add up to the whole:",
    );
    say(out, style, &format!("for: {}", contributions(&claim.speaks_for)));
    say(out, style, &format!("against: {}", contributions(&claim.speaks_against)));
}

fn contributions(all: &[Contribution]) -> String {
    let shown = all.iter().take(LISTED).map(|one| format!("{} {}", one.item, signed(one.share)));
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
        let found = safe(&rule.found);
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
