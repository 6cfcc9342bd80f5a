//! Rules about the names and ids of candidates.

use super::rules::*;
use super::view::View;
use super::{At, Findings};
use crate::actors::{Actors, IdForm, Standing};
use crate::model::Candidate;

pub(super) fn look(view: &View<'_>, findings: &mut Findings) {
    for candidate in &view.case.candidates {
        let at = At::of(&candidate.id);
        if let Some(id) = &candidate.attack {
            id_of(candidate, "ATT&CK", id, &[IdForm::Attack], at, findings);
        }
        if let Some(id) = &candidate.misp {
            id_of(candidate, "MISP", id, &[IdForm::Uuid], at, findings);
        }
        if candidate.attack.is_none() && candidate.misp.is_none() {
            name_of(candidate, at, findings);
        }
    }
}

/// The id has to be one of its kind, and of an entry that bears the candidate's name.
fn id_of(
    candidate: &Candidate,
    whose: &str,
    id: &str,
    forms: &[IdForm],
    at: At<'_>,
    findings: &mut Findings,
) {
    let actors = Actors::embedded();
    let answer = actors.resolve_id(id);
    let shown = id.escape_debug();
    let hint =
        format!("`cognate actor \"{}\"` lists who bears the name, with ids", candidate.name.escape_debug());
    if !forms.contains(&answer.form) {
        findings.add(FOREIGN_ID, at, format!("`{shown}` is no {whose} id"), hint);
        return;
    }
    let Some(actor) = &answer.actor else {
        let message = format!("{whose} id `{shown}` is not in the data of {}", actors.date());
        findings.add(UNKNOWN_ID, at, message, hint);
        return;
    };
    if actor.revoked {
        let message = format!("{whose} has withdrawn `{shown}` ({})", actor.name);
        findings.add(FOREIGN_ID, at, message, hint);
    } else if answer.bears(&candidate.name).is_none() {
        let message = format!("{whose} id `{shown}` belongs to {}, not to {}", actor.name, candidate.name);
        findings.add(FOREIGN_ID, at, message, hint);
    }
}

fn name_of(candidate: &Candidate, at: At<'_>, findings: &mut Findings) {
    let answer = Actors::embedded().find(&candidate.name);
    if answer.standing != Standing::Ambiguous {
        return;
    }
    let mut names: Vec<&str> = answer.candidates.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let message = format!("`{}` names several actors: {}", candidate.name, names.join(", "));
    findings.add(AMBIGUOUS_NAME, at, message, "say which one is meant by `attack` or `misp`");
}
