//! Rules about one item at a time.

use super::rules::*;
use super::view::{View, Worth};
use super::{At, Findings};

use crate::model::{Item, Judgement};
use crate::scale::{EvidenceKind, SourceKind};

/// A greater ratio of likelihoods than this is more than anybody can know of one item. Judgement.
const OVERCLAIMED: f64 = 1000.0;
/// A search that misses in fewer than one of ten cases is a rare one. Judgement.
const SURE_SEARCH: f64 = 10.0;
/// Likelihoods closer than this are meant to be equal: a rounding. Judgement.
const EQUAL: f64 = 1.01;

pub(super) fn look(view: &View<'_>, findings: &mut Findings) {
    for ((place, item), worth) in view.items().zip(&view.worth) {
        dates(view, item, findings);
        marking(view, item, findings);
        if view.original(place).is_none() {
            likelihoods(view, item, worth, findings);
            false_flag(item, worth, findings);
            measured(item, findings);
            judges(view, item, findings);
        }
    }
}

fn dates(view: &View<'_>, item: &Item, findings: &mut Findings) {
    if let Some(observed) = item.observed.filter(|&observed| observed > item.reported) {
        let message =
            format!("`{}` was reported on {} and observed on {observed}, later", item.id, item.reported);
        findings.add(OBSERVED_AFTER_REPORT, At::of(&item.id), message, "one of the two dates is wrong");
    }
    if let Some(incident) =
        view.case.header.incident.filter(|&day| item.reported < day && item.observed.is_none())
    {
        let message =
            format!("`{}` was reported on {}, before the incident of {incident}", item.id, item.reported);
        let hint = "give `observed` where it is about something earlier; otherwise correct the date";
        findings.add(BEFORE_INCIDENT, At::of(&item.id), message, hint);
    }
    for judgement in &item.judgements {
        if let Some(day) = judgement.date.filter(|&day| day < item.reported) {
            let message =
                format!("`{}` was reported on {} and judged on {day}, earlier", item.id, item.reported);
            findings.add(JUDGED_BEFORE_REPORT, At::of(&item.id), message, "one of the two dates is wrong");
        }
    }
}

fn marking(view: &View<'_>, item: &Item, findings: &mut Findings) {
    let (own, case) = (view.case.tlp_of(item), view.case.tlp());
    if own > case {
        let message = format!("`{}` is {}, the case {}", item.id, own.label(), case.label());
        let hint = format!("every product becomes {}; mark the case so, or leave the item out", own.label());
        findings.add(STRICTER_TLP, At::of(&item.id), message, hint);
    }
}

fn likelihoods(view: &View<'_>, item: &Item, worth: &Worth, findings: &mut Findings) {
    let is_judged = item.judgements.iter().any(|judgement| !judgement.likelihood.is_blank());
    if is_judged && !worth.tells() {
        let message = format!("`{}` is about as probable under every hypothesis", item.id);
        let hint = "keep it if readers would miss it; it changes nothing";
        findings.add(NOT_DIAGNOSTIC, At::of(&item.id), message, hint);
    }
    if worth.ratio > OVERCLAIMED {
        let message = format!(
            "`{}` is judged {:.0} times as probable under one hypothesis as under another",
            item.id, worth.ratio
        );
        let hint = "ask how often you would be wrong about such an item; beyond 1000 to 1 nobody has counted";
        findings.add(OVERCLAIM, At::of(&item.id), message, hint);
    }
    if item.kind == EvidenceKind::NotFound && worth.ratio > SURE_SEARCH {
        let message = format!(
            "`{}` was not found, and that is judged {:.0} times as probable under one hypothesis as under another",
            item.id, worth.ratio
        );
        let hint = "its likelihood is one less the chance that the search would have found it: seldom above nine in ten";
        findings.add(NOT_FOUND, At::of(&item.id), message, hint);
    }
    let build =
        matches!(item.kind, EvidenceKind::Language | EvidenceKind::Toolchain | EvidenceKind::Metadata);
    if build && item.judgements.iter().any(tells_the_task) {
        let message = format!("`{}` has other likelihoods for `tasked` than for `untasked`", item.id);
        let hint =
            "how people write and build tells at most who they are, not who sent them: give both the same";
        findings.add(NAMES_A_STATE, At::of(&item.id), message, hint);
    }
    let source = item.source.of(&view.case.sources);
    let accused = source.is_some_and(|source| source.kind == SourceKind::Accused);
    if accused && item.kind == EvidenceKind::Statement && worth.tells() {
        let message = format!("`{}` is a statement of the accused party and is treated as telling", item.id);
        let hint = "guilty and innocent parties deny alike: give equal likelihoods";
        findings.add(DIAGNOSTIC_DENIAL, At::of(&item.id), message, hint);
    }
}

fn tells_the_task(judgement: &Judgement) -> bool {
    let equal = 1.0 / EQUAL..=EQUAL;
    judgement.likelihood.on.values().any(|roles| !equal.contains(&(roles.tasked / roles.untasked)))
}

/// Where neither the grade nor an explicit likelihood says what a forger could do.
fn false_flag(item: &Item, worth: &Worth, findings: &mut Findings) {
    let is_judged = item.judgements.iter().any(|judgement| !judgement.likelihood.is_blank());
    if is_judged && !worth.tells() {
        return;
    }
    let unsaid = |said: fn(&crate::model::Roles) -> bool| {
        item.judgements
            .iter()
            .flat_map(|judgement| judgement.likelihood.on.values())
            .any(|roles| !said(roles))
    };
    let forged = item.forgeability.is_none() && unsaid(|roles| roles.false_flag.is_some());
    let shared = item.shareability.is_none() && unsaid(|roles| roles.reuse.is_some());
    let missing = match (forged, shared) {
        (true, true) => "neither `forgeability` nor `shareability`",
        (true, false) => "no `forgeability`",
        (false, true) => "no `shareability`",
        (false, false) => return,
    };
    let message = format!("`{}` has {missing}: `low` and `leaked` are assumed", item.id);
    let hint = "judge what it takes to plant it and who else has the means, or give `false-flag` and `reuse` likelihoods";
    findings.add(NO_FALSE_FLAG_JUDGEMENT, At::of(&item.id), message, hint);
}

fn measured(item: &Item, findings: &mut Findings) {
    let Some(measured) = &item.measured else { return };
    let least = item.judgements.iter().map(|judgement| judgement.likelihood.unlisted).fold(1.0, f64::min);
    if least < measured.unrelated * (1.0 - 1e-9) {
        let message = format!(
            "`{}` is judged {least} under `unlisted`; measured is {}, {} of {} families and never below 3",
            item.id, measured.unrelated, measured.other_families, measured.families
        );
        let hint = "raise `unlisted` to what was measured; a larger store can show that code is rarer";
        findings.add(BELOW_MEASURED, At::of(&item.id), message, hint);
    }
    let default =
        |judgement: &Judgement| judgement.rationale.starts_with(crate::add_match::DEFAULT_RATIONALE);
    if item.judgements.iter().any(default) {
        let message = format!("nobody has judged the likelihoods of `{}` yet", item.id);
        let hint =
            "say how probable such sharing is when the candidate did it, and why; then rewrite the rationale";
        findings.add(DEFAULT_LIKELIHOOD, At::of(&item.id), message, hint);
    }
}

/// Somebody has to judge a source's reports who does not speak for it.
fn judges(view: &View<'_>, item: &Item, findings: &mut Findings) {
    let speaks = |judgement: &Judgement| {
        let analyst = judgement.by.as_ref().and_then(|by| by.of(&view.case.analysts));
        analyst.is_some_and(|analyst| analyst.source.as_ref() == Some(&item.source))
    };
    if item.judgements.iter().all(speaks) {
        let source = item.source.of(&view.case.sources).map_or("its source", |source| source.name.as_str());
        let message = format!("`{}` is reported by {source} and judged by nobody else", item.id);
        findings.add(
            SELF_JUDGED,
            At::of(&item.id),
            message,
            "add a judgement by somebody who does not speak for the source",
        );
    }
}
