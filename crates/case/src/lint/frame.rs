//! Rules about hypotheses, sources, analysts and groups.

use super::rules::*;
use super::view::View;
use super::{At, Findings, HEAD};
use crate::model::Reference;
use crate::scale::EvidenceKind;
use std::collections::BTreeSet;

/// A prior of "someone not listed" below this claims to know nearly everybody. Judgement.
const LEAST_UNLISTED: f64 = 0.05;

pub(super) fn look(view: &View<'_>, findings: &mut Findings) {
    marked(view, findings);
    candidates(view, findings);
    mentioned(view, findings);
    not_asked(view, findings);
    sponsors(view, findings);
    unused(view, findings);
    groups(view, findings);
    self_graded(view, findings);
}

/// Whether the case says who may read it.
fn marked(view: &View<'_>, findings: &mut Findings) {
    if view.case.header.tlp.is_none() {
        let message = "the case has no `tlp`: its products are marked TLP:AMBER";
        let hint = "write `tlp = \"amber\"` below `[case]`, or what else holds: `tlp = \"clear\"` where anybody may have it";
        findings.add(NO_TLP, At { subject: &view.case.header.id, place: HEAD }, message, hint);
    }
}

fn candidates(view: &View<'_>, findings: &mut Findings) {
    let case = view.case;
    if case.candidates.len() < 2 {
        let place = case.candidates.first().map_or(HEAD, |one| one.id.place);
        let message = match case.candidates.len() {
            0 => "the case has no candidate",
            _ => "the case has one candidate: nothing competes with it but `unlisted`",
        };
        let hint = "add who else could have done it, above all whom you hold to be innocent";
        findings.add(FEW_CANDIDATES, At { subject: &case.header.id, place }, message, hint);
    }
    if *case.unlisted.prior < LEAST_UNLISTED {
        let message = format!("`unlisted` has a prior of {}, below {LEAST_UNLISTED}", case.unlisted.prior);
        let hint =
            "leave more room for somebody nobody thought of, or say in the reason why that is excluded";
        findings.add(UNLISTED_LOW, At { subject: "unlisted", place: HEAD }, message, hint);
    }
}

/// Whom code speaks of, and whom nothing speaks of.
fn mentioned(view: &View<'_>, findings: &mut Findings) {
    let (mut any, mut by_code) = (BTreeSet::new(), BTreeSet::new());
    for ((_, item), worth) in view.items().zip(&view.worth) {
        any.extend(worth.own.keys().copied());
        if matches!(item.kind, EvidenceKind::Code | EvidenceKind::Tool) {
            by_code.extend(worth.own.keys().copied());
        }
    }
    for (place, candidate) in view.case.candidates.iter().enumerate() {
        let at = At::of(&candidate.id);
        if candidate.prior.contractor.is_none() && by_code.contains(&place) {
            let message =
                format!("code speaks of {}, and its contractors have no hypothesis", candidate.name);
            let hint = "give `contractor` a prior, small where nobody is known to work for them";
            findings.add(NO_CONTRACTOR, at, message, hint);
        }
        if !any.contains(&place) && !view.case.evidence.is_empty() {
            let message = format!("no item says anything about {}", candidate.name);
            let hint = "say in at least one item how probable it is when they did it, or why they are listed";
            findings.add(UNMENTIONED_CANDIDATE, at, message, hint);
        }
    }
}

/// Hypotheses that most candidates have, and what it means to leave them out.
fn not_asked(view: &View<'_>, findings: &mut Findings) {
    for candidate in &view.case.candidates {
        let prior = &candidate.prior;
        let missing = [
            (prior.untasked, "`untasked`", "it acts on orders only"),
            (prior.reuse, "`reuse`", "nobody else can have its code"),
            (prior.false_flag, "`false-flag`", "nobody unlisted would plant its traces"),
        ];
        for (_, name, takes) in missing.into_iter().filter(|(prior, ..)| prior.is_none()) {
            let message =
                format!("{} has no prior for {name}: the case takes it that {takes}", candidate.name);
            findings.add(
                NOT_ASKED,
                At::of(&candidate.id),
                message,
                "say so in the `reason`, or give it a prior",
            );
        }
    }
}

/// Sponsors for whose tasking nothing speaks but the prior.
fn sponsors(view: &View<'_>, findings: &mut Findings) {
    let telling: BTreeSet<usize> = view
        .case
        .evidence
        .iter()
        .flat_map(|item| &item.judgements)
        .flat_map(|judgement| &judgement.likelihood.on)
        .filter(|(_, roles)| libm::log(roles.tasked / roles.untasked) >= crate::NOT_DIAGNOSTIC)
        .map(|(candidate, _)| *candidate)
        .collect();
    for (place, candidate) in view.case.candidates.iter().enumerate() {
        let asked = candidate.prior.tasked.is_some() && candidate.prior.untasked.is_some();
        let (Some(sponsor), true, false) = (&candidate.sponsor, asked, telling.contains(&place)) else {
            continue;
        };
        let message = format!("no item speaks for {} having been tasked by {sponsor}", candidate.name);
        let hint = "whatever the case says of the sponsor is its prior: add what would tell, or leave out `sponsor` and `tasked`";
        findings.add(SPONSOR_ON_PRIOR, At::of(&candidate.id), message, hint);
    }
}

fn unused(view: &View<'_>, findings: &mut Findings) {
    let case = view.case;
    let mut sources: BTreeSet<usize> = case.evidence.iter().map(|item| item.source.index()).collect();
    sources.extend(case.analysts.iter().filter_map(|analyst| analyst.source.as_ref()).map(Reference::index));
    let graders: BTreeSet<&str> =
        case.sources.iter().filter_map(|source| source.rated_by.as_deref()).collect();
    let judges: BTreeSet<usize> = case
        .evidence
        .iter()
        .flat_map(|item| &item.judgements)
        .filter_map(|judgement| judgement.by.as_ref())
        .map(Reference::index)
        .collect();
    let mut say = |kind: &str, id: &str, place| {
        let message = format!("nothing refers to the {kind} `{id}`");
        findings.add(UNUSED, At { subject: id, place }, message, "take it out, or add what it is there for");
    };
    for (place, source) in case.sources.iter().enumerate() {
        if !sources.contains(&place) && !graders.contains(source.id.as_str()) {
            say("source", &source.id, source.id.place);
        }
    }
    for (place, analyst) in case.analysts.iter().enumerate() {
        if !judges.contains(&place) && !graders.contains(analyst.id.as_str()) {
            say("analyst", &analyst.id, analyst.id.place);
        }
    }
}

fn groups(view: &View<'_>, findings: &mut Findings) {
    let mut members = vec![0_usize; view.case.groups.len()];
    for group in view.case.evidence.iter().filter_map(|item| item.group.as_ref()) {
        if let Some(count) = members.get_mut(group.index()) {
            *count += 1;
        }
    }
    for (group, count) in view.case.groups.iter().zip(members) {
        let at = At::of(&group.id);
        match count {
            0 => findings.add(
                UNUSED,
                at,
                format!("nothing refers to the group `{}`", group.id),
                "take it out, or name it in the items that hang together",
            ),
            1 => findings.add(
                LONE_GROUP,
                at,
                format!("the group `{}` has one item: nothing hangs together", group.id),
                "name the group in the other items too, or take it out",
            ),
            _ => {}
        }
    }
}

/// A grade counts as given by the source where its name, or that of somebody who speaks for it, stands as the grader.
fn self_graded(view: &View<'_>, findings: &mut Findings) {
    for (place, source) in view.case.sources.iter().enumerate() {
        let Some(grader) = &source.rated_by else { continue };
        let is = |name: &str| name.trim().to_lowercase() == grader.trim().to_lowercase();
        let speaker = view.case.analysts.iter().find(|analyst| {
            analyst.source.as_ref().map(Reference::index) == Some(place)
                && (is(&analyst.id) || is(&analyst.name))
        });
        if is(&source.id) || is(&source.name) || speaker.is_some() {
            let message =
                format!("the reliability of {} is graded by {}", source.name, grader.escape_debug());
            let at = At::of(&source.id);
            findings.add(SELF_GRADED, at, message, "let somebody grade it who does not speak for it");
        }
    }
}
