//! The ground of an answer: what could still be found, how it moved, what kinds of evidence there are, and the evidence itself.

use super::answer::at;
use super::days::{on_day, telling_days};
use super::numbers::{candidate, factor, few, grade, interval, source, word};
use super::outline::{Block, Cell, Course, Grid, Lean, Limits, Series, Tone, left_out};
use crate::text::{count, plural};
use cognate_case::Assessment;
use cognate_case::assessment::{Counting, ItemView, Moment, Prospect};
use cognate_case::prose::{day, percent};
use cognate_case::scale::Forgeability;

/// Bits: what is expected to tell less would read as 0.00, and is left to the JSON document.
pub(super) const LEAST_BITS: f64 = 0.005;

/// What would change the answer most, if it were found.
pub(super) fn prospects(assessment: &Assessment, limits: &Limits) -> Vec<Block> {
    let telling = || assessment.prospects.iter().filter(|one| one.information >= LEAST_BITS);
    if telling().next().is_none() {
        return Vec::new();
    }
    let mut grid = Grid::new([
        ("bits", Lean::Right),
        ("chance", Lean::Right),
        ("moves", Lean::Left),
        ("found", Lean::Right),
        ("not found", Lean::Right),
        ("what, and why it would tell", Lean::Wide),
    ]);
    grid.rows = telling().take(limits.list).map(|one| prospect(assessment, one)).collect();
    let shown = grid.rows.len();
    let how = "Bits: expected information about the hypotheses, found or not. Chance: of its being found, by what \
               is known. Kinds that the case does not name come from a list with likelihoods of our judgement.";
    let mut blocks = vec![Block::Grid(grid), Block::Say(Tone::Faint, how.to_owned())];
    left_out(&mut blocks, assessment.prospects.len(), shown, "kinds of evidence");
    blocks
}

fn prospect(assessment: &Assessment, one: &Prospect) -> Vec<Cell> {
    let about = one.candidate.as_deref().map(|id| candidate(assessment, Some(id)));
    let about = about.filter(|name| !one.title.contains(name)).map(|name| format!(" ({name})"));
    let from = if one.from_case { "" } else { "; kind from our list" };
    vec![
        format!("{:.2}", one.information).into(),
        percent(one.probability).into(),
        one.claim.as_str().into(),
        percent(one.if_found).into(),
        percent(one.if_not_found).into(),
        format!("{}{}: {}{from}", one.title, about.unwrap_or_default(), one.reason).into(),
    ]
}

/// The judgement at every day on which something was reported.
pub(super) fn timeline(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Block> {
    let all = &assessment.timeline;
    if all.len() < 2 {
        return Vec::new();
    }
    let shown = telling_days(assessment, keys, limits);
    let mut blocks = vec![Block::Course(course(assessment, keys, &shown))];
    for (place, claim) in at(assessment, keys).take(2) {
        blocks.push(Block::Heading(claim.id.clone()));
        let mut grid = Grid::new([
            ("day", Lean::Right),
            ("0 to 100 %", Lean::Picture),
            ("then", Lean::Right),
            ("90 % interval", Lean::Right),
            ("reported", Lean::Wide),
        ]);
        grid.rows = shown.iter().map(|moment| moment_row(moment, place)).collect();
        blocks.push(Block::Grid(grid));
    }
    left_out(&mut blocks, all.len(), shown.len(), "days, on which little moved,");
    blocks
}

fn moment_row(moment: &Moment, claim: usize) -> Vec<Cell> {
    let (at, low, high) = on_day(moment, claim);
    vec![
        day(moment.date).into(),
        Cell::Span { prior: None, at, low, high },
        percent(at).into(),
        interval(low, high).into(),
        few(&moment.reported, 6).into(),
    ]
}

fn course(assessment: &Assessment, keys: &[usize], shown: &[&Moment]) -> Course {
    let series = at(assessment, keys).take(3).map(|(place, claim)| {
        let points = shown.iter().map(|moment| on_day(moment, place));
        Series { claim: claim.id.clone(), statement: claim.statement.clone(), points: points.collect() }
    });
    Course { days: shown.iter().map(|moment| day(moment.date)).collect(), series: series.collect() }
}

/// Kinds of evidence that there are, and are not.
pub(super) fn coverage(assessment: &Assessment) -> Vec<Block> {
    let mut grid = Grid::new([
        ("scheme", Lean::Left),
        ("kind", Lean::Left),
        ("items", Lean::Right),
        ("diagnostic observations", Lean::Right),
    ]);
    let schemes = [("MICTIC", &assessment.coverage.aspects), ("diamond", &assessment.coverage.vertices)];
    for (scheme, kinds) in schemes {
        for kind in kinds {
            grid.rows.push(vec![
                scheme.into(),
                kind.id.replace('-', " ").into(),
                count(kind.items).into(),
                if kind.diagnostic == 0 { "none".into() } else { count(kind.diagnostic).into() },
            ]);
        }
    }
    vec![Block::Grid(grid)]
}

/// Every item in full.
pub(super) fn evidence(assessment: &Assessment, limits: &Limits) -> Vec<Block> {
    let shown = assessment.items.iter().take(limits.annex);
    let mut blocks: Vec<Block> = shown.flat_map(|item| item_in_full(assessment, item)).collect();
    if !blocks.is_empty() {
        left_out(&mut blocks, assessment.items.len(), limits.annex, "items");
    }
    blocks
}

fn item_in_full(assessment: &Assessment, item: &ItemView) -> Vec<Block> {
    let counts = match &item.counting {
        Counting::Alone => String::new(),
        Counting::Represents { copies } => format!("; stands for {} too", few(copies, 6)),
        Counting::CopyOf { item } => format!("; counts with {item}, which reports the same"),
    };
    let group = item.group.as_ref().map(|group| format!("; group {group}")).unwrap_or_default();
    let facts = format!(
        "{}; {}; reported {} by {}; {} ({}, {}), which lets {} of its effect through; tells apart {}; forging it is \
         {}, its means are {}{}{group}{counts}.",
        word(item.kind),
        word(item.aspect),
        day(item.reported),
        source(assessment, &item.source).map_or(&*item.source, |source| &source.name),
        grade(item),
        item.reliability.words(),
        item.credibility.words(),
        percent(item.weight),
        factor(item.diagnosticity),
        forging(item.forgeability),
        word(item.shareability),
        if item.assumed { " (assumed where the case does not say)" } else { "" },
    );
    let judged = item.judgements.iter().map(|judgement| {
        let id = judgement.by.as_deref();
        let name = assessment.analysts.iter().find(|analyst| Some(analyst.id.as_str()) == id);
        let by = name.map(|analyst| analyst.name.as_str()).or(id).unwrap_or("the authors of the case");
        format!("Judged by {by}: \u{201c}{}\u{201d}", stop(&judgement.rationale))
    });
    vec![
        Block::Heading(format!("{}: {}", item.id, item.title)),
        Block::Say(Tone::Plain, stop(&item.observation)),
        Block::List(judged.collect()),
        Block::Say(Tone::Faint, facts),
    ]
}

fn forging(forgeability: Forgeability) -> &'static str {
    match forgeability {
        Forgeability::Trivial => "trivial",
        Forgeability::Low => "little work",
        Forgeability::Moderate => "skilled work",
        Forgeability::High => "possible with private access only",
        Forgeability::Prohibitive => "practically out of reach",
    }
}

/// A text with a full stop.
fn stop(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Every source in full.
pub(super) fn sources(assessment: &Assessment, limits: &Limits) -> Vec<Block> {
    if limits.annex == 0 || assessment.sources.is_empty() {
        return Vec::new();
    }
    let mut grid = Grid::new([
        ("source", Lean::Left),
        ("kind", Lean::Left),
        ("grade", Lean::Left),
        ("items", Lean::Right),
        ("name, and why the grade", Lean::Wide),
    ]);
    for source in assessment.sources.iter().take(limits.annex) {
        let url = source.url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
        grid.rows.push(vec![
            source.id.as_str().into(),
            word(source.kind).into(),
            format!("{:?}", source.reliability).into(),
            source.items.len().to_string().into(),
            format!("{}: {}{url}", source.name, stop(&source.reason)).into(),
        ]);
    }
    let shown = grid.rows.len();
    let mut blocks = vec![Block::Grid(grid)];
    left_out(&mut blocks, assessment.sources.len(), shown, "sources");
    blocks
}

/// What is doubtful about the case itself.
pub(super) fn findings(assessment: &Assessment, limits: &Limits) -> Vec<Block> {
    let all = &assessment.findings;
    if limits.annex == 0 || all.is_empty() {
        return Vec::new();
    }
    let lines = all
        .iter()
        .take(limits.list)
        .map(|finding| format!("{}: {} ({})", word(finding.severity), finding.message, finding.rule));
    let lines: Vec<String> = lines.collect();
    let shown = lines.len();
    let mut blocks = vec![Block::List(lines)];
    left_out(&mut blocks, all.len(), shown, "findings");
    blocks
}

/// How the numbers came about.
pub(super) fn method(assessment: &Assessment) -> Vec<Block> {
    let method = &assessment.method;
    let grades: Vec<String> = method.grades.iter().map(|share| percent(*share)).collect();
    let mut lines = vec![
        format!(
            "cognate {}; wording by {}; intervals from {} with seed {}.",
            method.version,
            method.scheme.name(),
            plural(u64::from(method.draws), "draw"),
            method.seed
        ),
        format!(
            "Priors are held to lie within a factor of {} with 90 %; the grades A to E and 1 to 5 let through {} of \
             an effect; an item that changes no odds by a factor of {:.1} is not diagnostic.",
            method.prior_uncertainty,
            grades.join(", "),
            libm::exp(method.not_diagnostic_below)
        ),
        "These figures are judgement, not measurement; \u{201c}cognate case explain\u{201d} shows every number down to its inputs."
            .to_owned(),
    ];
    if !assessment.case.sha256.is_empty() {
        lines.push(format!("Case {}, sha256 {}.", assessment.case.id, assessment.case.sha256));
    }
    vec![Block::List(lines)]
}
