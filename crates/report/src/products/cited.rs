//! The sources of the first page: numbered citations, a summary of all sources (ICD 206), and the key assumptions.

use super::numbers::{candidate, few, item, source, word};
use super::outline::Block;
use crate::text::plural;
use cognate_case::assessment::{ClaimView, Counting};
use cognate_case::leaf::{Level, Role};
use cognate_case::prose::{day, percent};
use cognate_case::{Assessment, ONE_SOURCE};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Names in one sentence at most.
const NAMED: usize = 6;

/// Reports in the order in which they were first cited.
pub(super) struct Cited {
    /// The source's id and the day of its report: what it says on one day is one report.
    reports: Vec<(String, Date)>,
    /// Whether marks are set at all.
    marks: bool,
}

impl Cited {
    /// Nothing cited yet; without `marks` nothing ever is.
    pub(super) fn new(marks: bool) -> Self {
        Cited { reports: Vec::new(), marks }
    }

    /// ` [2]`: the mark behind what rests on this item.
    pub(super) fn mark(&mut self, assessment: &Assessment, id: &str) -> String {
        let Some(item) = item(assessment, id).filter(|_| self.marks) else { return String::new() };
        let report = (item.source.to_string(), item.reported);
        let known = self.reports.iter().position(|cited| *cited == report);
        let place = known.unwrap_or_else(|| {
            self.reports.push(report);
            self.reports.len() - 1
        });
        format!(" [{}]", place + 1)
    }

    /// The citations, by number.
    pub(super) fn list(&self, assessment: &Assessment) -> Vec<Block> {
        let lines: Vec<String> =
            self.reports.iter().map(|(id, day)| citation(assessment, id, *day)).collect();
        if lines.is_empty() { Vec::new() } else { vec![Block::Numbered(lines)] }
    }
}

/// Who, when, how reliable, where.
fn citation(assessment: &Assessment, id: &str, reported: Date) -> String {
    let Some(source) = source(assessment, id) else { return id.to_owned() };
    let url = source.url.as_ref().map(|url| format!(" {url}")).unwrap_or_default();
    let (kind, grade) = (word(source.kind), source.reliability);
    format!("{}, reported {}; {kind}, reliability {grade:?}.{url}", source.name, day(reported))
}

/// Number, kinds and reliability of the sources, how much hangs on one of them, and what is missing.
pub(super) fn summary(assessment: &Assessment, lead: Option<&ClaimView>) -> Vec<Block> {
    if assessment.items.is_empty() {
        return Vec::new();
    }
    let sources = &assessment.sources;
    let kinds = counted(sources.iter().map(|source| word(source.kind)), true);
    let grades = counted(sources.iter().map(|source| format!("{:?}", source.reliability)), false);
    let repeats =
        assessment.items.iter().filter(|item| matches!(item.counting, Counting::CopyOf { .. })).count();
    let repeats = match repeats {
        0 => String::new(),
        1 => "; 1 of them retells another and counts with it".to_owned(),
        many => format!("; {many} of them retell others and count with them"),
    };
    let mut lines = vec![
        format!(
            "{} from {} ({kinds}){}{repeats}.",
            plural(assessment.items.len() as u64, "report"),
            plural(sources.len() as u64, "source"),
            period(assessment),
        ),
        format!(
            "Reliability of the sources, from A (completely reliable) to E (unreliable), F cannot be judged: {grades}."
        ),
    ];
    lines.extend(lead.and_then(foremost));
    let missing = assessment.coverage.aspects.iter().filter(|kind| kind.diagnostic == 0);
    let missing: Vec<String> = missing.map(|kind| kind.id.replace('-', " ")).collect();
    if !missing.is_empty() {
        lines.push(format!("Missing: anything that tells hypotheses apart about {}.", missing.join(", ")));
    }
    vec![Block::List(lines)]
}

/// When they were reported.
fn period(assessment: &Assessment) -> String {
    let days = || assessment.items.iter().map(|item| item.reported);
    match days().min().zip(days().max()) {
        Some((first, last)) if first == last => format!(", all of {}", day(first)),
        Some((first, last)) => format!(", from {} to {}", day(first), day(last)),
        None => String::new(),
    }
}

/// `5 vendors, 2 press`, or `8 B, 4 C`.
fn counted(words: impl Iterator<Item = String>, nouns: bool) -> String {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let some = |(word, count): (&String, &u64)| match word.as_str() {
        "vendor" | "researcher" | "government" | "court" if nouns => plural(*count, word),
        _ => format!("{count} {word}"),
    };
    counts.iter().map(some).collect::<Vec<_>>().join(", ")
}

/// How much of what speaks for a claim comes from one source: as the rule of confidence found it.
fn foremost(claim: &ClaimView) -> Option<String> {
    let rule = claim.confidence.rules.iter().find(|rule| rule.id == ONE_SOURCE)?;
    (!claim.speaks_for.is_empty()).then(|| format!("Of what speaks for the answer, {}.", rule.found))
}

/// What is taken for granted: by the analyst, then by the engine.
pub(super) fn assumptions(assessment: &Assessment) -> Vec<Block> {
    let mut lines = assessment.case.assumptions.clone();
    lines.push(priors(assessment));
    let assumed = assessment.items.iter().filter(|item| item.assumed).count();
    if assumed > 0 {
        lines.push(format!(
            "Of {} the case does not say how easily they are forged or shared: taken as forged with little work \
             and of leaked means.",
            plural(assumed as u64, "report")
        ));
    }
    lines.extend(left_out(assessment));
    if assessment.counts.independent > 1 {
        lines.push(
            "Observations that the case puts in no group are taken as independent of each other.".to_owned(),
        );
    }
    vec![Block::List(lines)]
}

fn priors(assessment: &Assessment) -> String {
    let at = |level: Level| assessment.claims.iter().filter(move |claim| claim.level == level);
    let stated = at(Level::Unlisted).chain(at(Level::Group));
    let stated: Vec<String> = stated
        .map(|claim| {
            format!("{} {}", candidate(assessment, claim.candidate.as_deref()), percent(claim.prior))
        })
        .collect();
    format!(
        "Before any evidence: {}; each within a factor of {}.",
        few(&stated, NAMED),
        assessment.method.prior_uncertainty
    )
}

/// Ways in which a candidate may have to do with it that the case does not look at.
fn left_out(assessment: &Assessment) -> Vec<String> {
    const ROLES: [(Role, &str); 4] = [
        (Role::Contractor, "contractors or former members of"),
        (Role::Reuse, "others with the code of"),
        (Role::FalseFlag, "planted traces of"),
        (Role::Untasked, "operations on their own account by"),
    ];
    let lacks = |id: &str, role: Role| {
        !assessment.hypotheses.iter().any(|one| one.candidate.as_deref() == Some(id) && one.role == role)
    };
    let lines = ROLES.into_iter().filter_map(|(role, what)| {
        let names = assessment.candidates.iter().filter(|candidate| lacks(&candidate.id, role));
        let names: Vec<String> = names.map(|candidate| candidate.name.clone()).collect();
        (!names.is_empty()).then(|| format!("Held to be out of the question: {what} {}.", few(&names, NAMED)))
    });
    lines.collect()
}
