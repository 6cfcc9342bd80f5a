//! Rules about what is said to be one, and is weighed as several; and about what is one under several names.

use super::rules::*;
use super::view::View;
use super::{At, Findings, HEAD};
use crate::actors::fold;
use crate::model::Source;
use crate::scale::SourceKind;
use crate::weigh::{Frame, Selection, Unit, Weighed, power};
use std::collections::HashMap;

// The numbers here are judgement: they decide what is asked about, and nothing that is weighed.

/// From this correlation on the items of a group are held to say mostly the same thing.
const MOSTLY_ONE: f64 = 0.5;
/// By how much more a group may move a hypothesis than its correlation would let it if its items agreed.
const SURPLUS: f64 = 2.0;

pub(super) fn look(view: &View<'_>, findings: &mut Findings) {
    parted(view, findings);
    one_source(view, findings);
    settled_before(view, findings);
}

/// Groups that are weighed as several things although their items are said to be nearly one: items that part the
/// hypotheses differently are not discounted between them, by however little they differ in whom they put first.
fn parted(view: &View<'_>, findings: &mut Findings) {
    if !view.case.groups.iter().any(|group| group.correlation >= MOSTLY_ONE) {
        return;
    }
    let frame = Frame::new(view.case);
    let weighed = frame.weigh(Selection::default());
    for unit in weighed.units.iter().filter(|unit| unit.correlation >= MOSTLY_ONE) {
        let Some(group) = unit.group.and_then(|group| view.case.groups.get(group)) else { continue };
        let surplus = libm::exp(surplus(&weighed, unit, frame.leaves.len()));
        if surplus < SURPLUS {
            continue;
        }
        let message = format!(
            "the items of `{}` hang together at {}, and speak for different hypotheses: together they move one of them {surplus:.1} \
             times as far as they would if they agreed",
            group.id, group.correlation
        );
        let hint = "what is one observation has one likelihood for each hypothesis: give them one `origin`, or judge what each shows by itself";
        findings.add(PARTED_GROUP, At::of(&group.id), message, hint);
    }
}

/// The greatest difference, over the hypotheses, between what a group counts and what its items would count if all of
/// them put that hypothesis above the same others; in log odds.
fn surplus(weighed: &Weighed, unit: &Unit, leaves: usize) -> f64 {
    let mut counted = vec![0.0; leaves];
    let mut alone: Vec<Vec<f64>> = vec![Vec::new(); leaves];
    for &member in &unit.members {
        for (sum, left) in counted.iter_mut().zip(weighed.groups.left(member, leaves)) {
            *sum += left;
        }
        let Some(observation) = weighed.observations.get(member) else { continue };
        for (all, support) in alone.iter_mut().zip(&observation.support) {
            all.push(support.max(0.0));
        }
    }
    let agreed = alone.into_iter().map(|mut all| {
        all.sort_by(|one, other| other.total_cmp(one));
        all.iter().enumerate().map(|(k, support)| support * power(1.0 - unit.correlation, k)).sum::<f64>()
    });
    counted.iter().zip(agreed).map(|(counted, agreed)| counted - agreed).fold(0.0, f64::max)
}

/// Sources of one kind whose names begin alike: what one party says counts once by its reliability, but only under one name.
fn one_source(view: &View<'_>, findings: &mut Findings) {
    let mut first: HashMap<(String, SourceKind), &Source> = HashMap::new();
    let words = |source: &Source| -> Vec<String> {
        source.name.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect()
    };
    let mut sources: Vec<(Vec<String>, &Source)> =
        view.case.sources.iter().map(|source| (words(source), source)).collect();
    // A name before the longer ones that begin with it.
    sources.sort_by_key(|(words, source)| (words.len(), source.id.place));
    for (words, source) in &sources {
        let kind = source.kind;
        let begins = (1..=words.len()).map(|length| (words.iter().take(length).cloned().collect(), kind));
        let other = begins.filter_map(|key: (String, SourceKind)| first.get(&key).copied()).next();
        if let Some(other) = other {
            let message = format!(
                "`{}` ({}) and `{}` ({}) may be one source, and count as two",
                source.id, source.name, other.id, other.name
            );
            let hint = "what one party says is true or false together: give its items one source";
            findings.add(ALIKE_SOURCES, At::of(&source.id), message, hint);
        }
        first.entry((words.concat(), kind)).or_insert(source);
    }
}

/// An outcome that was settled before anything happened.
fn settled_before(view: &View<'_>, findings: &mut Findings) {
    let (Some(outcome), Some(incident)) = (&view.case.outcome, view.case.header.incident) else { return };
    if outcome.date < incident {
        let message =
            format!("the outcome is settled on {}, before the incident of {incident}", outcome.date);
        let hint = "the day from which on it is settled is that of what settled it: an indictment, an admission, a finding";
        findings.add(
            SETTLED_BEFORE_INCIDENT,
            At { subject: &view.case.header.id, place: HEAD },
            message,
            hint,
        );
    }
}
