//! What is not known, in sentences: the part of a report that keeps it honest.

use crate::assessment::{Assessment, Counting, Severity};
use crate::leaf::Level;
use crate::scale::{Credibility, Reliability};

/// Says what the assessment does not rest on.
pub(crate) fn unknown(assessment: &Assessment) -> Vec<String> {
    let mut lines = Vec::new();
    let missing = |covered: &[crate::assessment::Covered]| -> Vec<String> {
        covered.iter().filter(|kind| kind.diagnostic == 0).map(|kind| kind.id.replace('-', " ")).collect()
    };
    let aspects = missing(&assessment.coverage.aspects);
    if !aspects.is_empty() {
        lines.push(format!("No diagnostic evidence from these MICTIC aspects: {}.", aspects.join(", ")));
    }
    let open: Vec<&str> = assessment
        .claims
        .iter()
        .filter(|claim| claim.level == Level::Sponsor && claim.low <= 0.5)
        .map(|claim| claim.statement.as_str())
        .collect();
    for statement in open {
        lines.push(format!("Not established: that {statement}."));
    }
    let unjudged = assessment
        .items
        .iter()
        .filter(|item| item.reliability == Reliability::F || item.credibility == Credibility::CannotBeJudged);
    let unjudged: Vec<&str> = unjudged.map(|item| item.id.as_str()).collect();
    list(&mut lines, "Source or content cannot be judged (F or 6), which widens the intervals", &unjudged);
    let assumed: Vec<&str> =
        assessment.items.iter().filter(|item| item.assumed).map(|item| item.id.as_str()).collect();
    list(&mut lines, "Forgeability or shareability is assumed, not judged", &assumed);
    let silent = assessment
        .items
        .iter()
        .filter(|item| !item.diagnostic && !matches!(item.counting, Counting::CopyOf { .. }));
    let silent: Vec<&str> = silent.map(|item| item.id.as_str()).collect();
    list(&mut lines, "Tells no hypotheses apart", &silent);
    let copies =
        assessment.items.iter().filter(|item| matches!(item.counting, Counting::CopyOf { .. })).count();
    if copies > 0 {
        let repeat = if copies == 1 { "repeats" } else { "repeat" };
        lines.push(format!(
            "{copies} of {} items {repeat} what another item reports; both count as one observation.",
            assessment.counts.items
        ));
    }
    if assessment.counts.later > 0 {
        lines.push(match assessment.counts.later {
            1 => "1 item of the case was reported later and plays no part.".to_owned(),
            many => format!("{many} items of the case were reported later and play no part."),
        });
    }
    let warnings = assessment.findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
    if warnings > 0 {
        let noun = if warnings == 1 { "warning" } else { "warnings" };
        lines.push(format!("The case itself has {warnings} open {noun}; `cognate case check` lists them."));
    }
    lines
}

/// One sentence with a list, shortened where long.
fn list(lines: &mut Vec<String>, what: &str, ids: &[&str]) {
    const SHOWN: usize = 12;
    if ids.is_empty() {
        return;
    }
    let shown = ids.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    let more = ids.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    lines.push(format!("{what}: {shown}{tail}."));
}
