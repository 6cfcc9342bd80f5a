//! One observation: how much the grades let through, and what counts of it under each hypothesis.

use super::lines::{classes, signed, together};
use crate::Style;
use crate::products::numbers::safe;
use crate::text::{Align, Table, wrap};
use cognate_case::explanation::{GradedReport, ObservationSteps, Step};
use cognate_case::prose::figure;

/// The steps of an observation.
pub fn observation_text(observation: &ObservationSteps, style: &Style) -> String {
    let mut out = format!("  {}  {}\n", style.heading(&observation.item), safe(&observation.title));
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
        let text = format!("group {group}, r = {}: of each rung of s is left {kept}^k", figure(correlation));
        sentence(&mut out, &text);
        out.push_str(&rungs(observation, style));
    }
    let (source, rho) = (&observation.source, figure(observation.reliability));
    sentence(&mut out, &format!("counted: what is left if {source} is reliable (rho = {rho})"));
    out.push_str(&steps(observation, style));
    out
}

/// Which hypotheses an observation puts above all others, by how much, and what the group leaves of it.
fn rungs(observation: &ObservationSteps, style: &Style) -> String {
    let columns = [
        ("rung", Align::Right),
        ("k", Align::Right),
        ("left", Align::Right),
        ("puts above all others", Align::Left),
    ];
    let mut table = Table::new(6, &columns);
    for rung in &observation.rungs {
        let height = rung.up - rung.down;
        let mut cells = [signed(height), rung.before.to_string(), signed(rung.factor * height)];
        let above = together(rung.above.iter().map(String::as_str));
        for part in wrap(&above, 0, style.width.saturating_sub(36).max(24)).lines() {
            let [height, before, counts] = std::mem::take(&mut cells);
            table.row([height, before, counts, part.to_owned()]);
        }
    }
    table.render()
}

fn report_text(report: &GradedReport, several: bool) -> String {
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
        safe(&report.source_name),
        report.reliability,
        share(report.reliability_share),
        share(report.credibility_share),
        figure(report.share)
    )
}

fn steps(observation: &ObservationSteps, style: &Style) -> String {
    let columns = [
        ("P(e|h)", Align::Right),
        ("P'(e|h)", Align::Right),
        ("s", Align::Right),
        ("left", Align::Right),
        ("counted", Align::Right),
        ("hypotheses", Align::Left),
    ];
    let mut table = Table::new(6, &columns);
    let same = |step: &Step| {
        vec![step.judged.to_bits(), step.support.to_bits(), step.left.to_bits(), step.counted.to_bits()]
    };
    for (label, step) in classes(&observation.steps, same, |step| &step.hypothesis) {
        let mut cells = [
            figure(step.judged),
            figure(step.effective),
            signed(step.support),
            signed(step.left),
            signed(step.counted),
        ];
        for part in wrap(&label, 0, style.width.saturating_sub(60).max(20)).lines() {
            let [judged, effective, support, left, counted] = std::mem::take(&mut cells);
            table.row([judged, effective, support, left, counted, part.to_owned()]);
        }
    }
    table.render()
}
