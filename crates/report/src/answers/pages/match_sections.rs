//! What a page and a Markdown of `match` say of one file.

use super::super::match_details::power;
use super::super::matched::{against_it, expected, is_named, named, provenance, title};
use super::match_code::{bundles, code, libraries, telling};
use super::sheet::{MOST_OF_NAME, Made, Sheet, not_shown, part};
use crate::products::outline::{Block, Grid, Lean, Section, Tone};
use crate::text::{bytes, count, file_name, name, percent, plural};
use cognate_documents::{FamilyRelative, Kind, MatchAnswer, MatchReport, Verdict};

/// Most of each list that a page shows.
const MOST_FAMILIES: usize = 20;
const MOST_GAPS: usize = 100;

/// All that is said of one file; what labels say of actors only where `actors` asks for it: programs that read a document
/// take a name for an attribution.
pub(super) fn sheet(answer: &MatchAnswer, made: &Made, actors: bool) -> Sheet {
    let report = &answer.report;
    let sections = [
        verdict(answer),
        who(report, actors),
        against(answer),
        code(report),
        bundles(report),
        telling(report),
        libraries(report),
        beside(report),
        gaps(answer),
        compared(report, made),
    ];
    let sections = sections.into_iter().filter(|section| !section.blocks.is_empty()).collect();
    Sheet { title: name(&answer.name, MOST_OF_NAME * 2), facts: facts(report), sections }
}

fn facts(report: &MatchReport) -> Vec<(&'static str, String)> {
    let query = &report.query;
    let functions =
        format!("{} with {} of code", plural(query.functions, "function"), bytes(query.code_bytes));
    vec![
        ("File", format!("{} {}, {}", query.format, query.arch, bytes(query.size))),
        ("Code", functions),
        ("SHA-256", query.id.to_string()),
    ]
}

/// A sentence with its first letter as at a beginning.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The verdict in a sentence, as it is told in all products.
pub(crate) fn headline(report: &MatchReport) -> String {
    format!("{}: {}.", title(report.outcome.verdict), report.outcome.reason)
}

fn verdict(answer: &MatchAnswer) -> Section {
    let report = &answer.report;
    let mut blocks = vec![
        Block::Say(Tone::Answer, title(report.outcome.verdict).to_owned()),
        Block::Say(Tone::Plain, format!("{}.", capital(&report.outcome.reason))),
    ];
    if let Some(next) = &report.outcome.next {
        blocks.push(Block::Say(Tone::Plain, format!("What to do: {next}.")));
    }
    if report.query.partial {
        let first = answer.gaps.iter().find(|gap| gap.code_lost);
        let first = first.map(|gap| format!(" ({}: {})", gap.subject, gap.reason)).unwrap_or_default();
        blocks.push(Block::Say(Tone::Doubt, format!("Read in part: functions may be missing{first}.")));
    }
    part("verdict", "The answer", true, blocks)
}

/// Who is named, and how surely; nothing where nobody is.
fn who(report: &MatchReport, actors: bool) -> Section {
    let mut blocks = Vec::new();
    let families: Vec<&FamilyRelative> = named(report).collect();
    if let (Verdict::KnownFile, Some(known)) = (report.outcome.verdict, &report.query.known) {
        let label = &known.label;
        let text = format!(
            "The very file is stored as {} ({}); {} says so. This is a label, and no finding.",
            label.family, label.kind, label.source
        );
        blocks.push(Block::Say(Tone::Plain, text));
    }
    if !families.is_empty() {
        blocks.push(Block::Grid(standings(&families, report)));
        not_shown(&mut blocks, families.len(), MOST_FAMILIES);
        blocks.push(Block::List(
            families.iter().take(MOST_FAMILIES).map(|it| agreed(it, report, actors)).collect(),
        ));
        blocks.push(Block::Say(Tone::Faint, LIKELIHOOD_RATIO.to_owned()));
    }
    if actors && families.iter().any(|family| !family.actors.is_empty()) {
        blocks.push(Block::Say(Tone::Faint, NO_ATTRIBUTION.to_owned()));
    }
    part("who", "Who, and how surely", true, blocks)
}

/// What the number means, and what not.
const LIKELIHOOD_RATIO: &str = "The likelihood ratio says how much more frequent such figures are among files of one \
                                private code base than among unrelated ones. It is not the probability that they are \
                                related.";
/// Said wherever a label names an actor.
pub(crate) const NO_ATTRIBUTION: &str = "Actors are what the labels in the store say of families. Code in common attributes \
                                         nothing to anybody: it can be bought, published, stolen or planted.";

fn standings(families: &[&FamilyRelative], report: &MatchReport) -> Grid {
    let mut grid = Grid::new([
        ("family", Lean::Left),
        ("kind", Lean::Left),
        ("likelihood ratio", Lean::Right),
        ("interval", Lean::Right),
        ("for one code base", Lean::Left),
        ("unrelated expected", Lean::Right),
        ("of its own code", Lean::Right),
        ("most like", Lean::Wide),
    ]);
    for family in families.iter().take(MOST_FAMILIES) {
        let standing = &family.standing;
        let (low, high) = standing.log10_lr_range;
        grid.rows.push(vec![
            name(&family.family, MOST_OF_NAME).into(),
            if report.outcome.is_copy_of(&family.family) {
                "near-copy".into()
            } else {
                family.kind.to_string().into()
            },
            power(standing.log10_lr).into(),
            format!("{} to {}", power(low), power(high)).into(),
            standing.words().into(),
            standing.e_value.map_or_else(|| "not told".to_owned(), expected).into(),
            percent(standing.grounds.of_own).into(),
            file_name(&family.best_sample.name, MOST_OF_NAME).into(),
        ]);
    }
    grid
}

/// How a file and a family came to agree, in a sentence.
fn agreed(family: &FamilyRelative, report: &MatchReport, actors: bool) -> String {
    let mut text = match family.actors.as_slice() {
        family_actors if family_actors.is_empty() || !actors => name(&family.family, MOST_OF_NAME),
        actors => format!(
            "{} (labelled as {}'s)",
            name(&family.family, MOST_OF_NAME),
            name(&actors.join(", "), MOST_OF_NAME)
        ),
    };
    if !family.standing.significant {
        text.push_str(": what they share of their own is too little without the likeness of the whole file");
    }
    if let Some(told) = provenance(family, report) {
        text.push_str(&format!(": {}", told.origin.words_of_relatives()));
    }
    text + "."
}

fn against(answer: &MatchAnswer) -> Section {
    let mut said = against_it(&answer.report);
    for limit in
        named(&answer.report).filter_map(|it| provenance(it, &answer.report)).flat_map(|it| &it.limits)
    {
        if !said.contains(limit) {
            said.push(limit.clone());
        }
    }
    if !answer.gaps.is_empty() {
        said.push(format!("{} in what was read", plural(answer.gaps.len() as u64, "gap")));
    }
    said.push(answer.report.caveat.clone());
    said.retain(|text| !text.is_empty());
    part("against", "What speaks against it, and what was not seen", true, vec![Block::List(said)])
}

/// Who else shares code and is not named, closed until it is opened: nobody is to take it for a finding.
fn beside(report: &MatchReport) -> Section {
    let others: Vec<_> = report.families.iter().filter(|family| !is_named(family, report)).collect();
    let mut blocks = Vec::new();
    if !others.is_empty() {
        let said = others.iter().take(MOST_FAMILIES).map(|family| {
            let malware = if family.kind == Kind::Malware { "" } else { &format!(" ({})", family.kind) };
            format!("{}{malware}: {}", name(&family.family, MOST_OF_NAME), family.standing.reason)
        });
        blocks.push(Block::List(said.collect()));
        not_shown(&mut blocks, others.len(), MOST_FAMILIES);
    }
    part("beside", "Who else shares code, and is not held to be related", false, blocks)
}

fn gaps(answer: &MatchAnswer) -> Section {
    let mut gaps: Vec<_> = answer.gaps.iter().collect();
    gaps.sort_by_key(|gap| !gap.code_lost);
    let said = gaps.iter().take(MOST_GAPS).map(|gap| name(&gap.to_string(), 400)).collect::<Vec<_>>();
    let mut blocks = if said.is_empty() { Vec::new() } else { vec![Block::List(said)] };
    not_shown(&mut blocks, gaps.len(), MOST_GAPS);
    part("gaps", "What could not be read or followed", false, blocks)
}

fn compared(report: &MatchReport, made: &Made) -> Section {
    let population = &report.population;
    let store = [
        plural(population.samples, "sample"),
        format!("{}, {} of them goodware", plural(population.families, "family"), count(population.goodware)),
        plural(population.libraries, "library"),
        plural(population.functions, "function"),
    ];
    let mut said = vec![format!("Store: {}.", store.join("; "))];
    said.extend(made.facts().into_iter().map(|(what, value)| format!("{what}: {value}.")));
    part("compared", "What it was compared with", true, vec![Block::List(said)])
}
