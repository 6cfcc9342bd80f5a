//! Rules about how likelihoods are written.

use super::rules::*;
use super::view::View;
use super::{At, Findings};
use crate::leaf::Role;
use crate::model::{Item, WORDS};

/// Likelihoods so many times as large outweigh others in a mean. Judgement.
const OUTWEIGHS: f64 = 3.0;

pub(super) fn look(view: &View<'_>, findings: &mut Findings) {
    for (place, item) in view.items() {
        outweighed(item, findings);
        for judgement in &item.judgements {
            let at = At { subject: &item.id, place: judgement.place };
            // Of a report of what another item stands for, the likelihoods are not used.
            if judgement.likelihood.is_blank() && view.original(place).is_none() {
                let message = format!("`{}` is not judged yet, and counts as nothing", item.id);
                let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
                let hint = format!(
                    "give `unlisted` and every candidate it speaks of a probability or a word ({}), and say why",
                    words.join(", ")
                );
                findings.add(NOT_JUDGED, at, message, hint);
            }
            if judgement.likelihood.mixes_badly() {
                let base = judgement.likelihood.unlisted;
                let message = format!(
                    "`{}` has a word for `unlisted` and a number beside it: the number counts against {base}, which nobody wrote",
                    item.id
                );
                let hint = "write a number for `unlisted` too: words for candidates then count against that";
                findings.add(WORD_BESIDE_NUMBER, at, message, hint);
            }
        }
    }
    for indicator in &view.case.indicators {
        if indicator.likelihood.mixes_badly() {
            let message = format!("`{}` has a word for `unlisted` and a number beside it", indicator.id);
            let hint = "write a number for `unlisted` too: words for candidates then count against that";
            findings.add(WORD_BESIDE_NUMBER, At::of(&indicator.id), message, hint);
        }
    }
}

/// Judgements of one item are averaged, so that one in words counts little beside one in large numbers.
fn outweighed(item: &Item, findings: &mut Findings) {
    let judgements = item.judgements.iter().filter(|judgement| !judgement.likelihood.is_blank());
    let (words, numbers): (Vec<_>, Vec<_>) =
        judgements.partition(|judgement| judgement.likelihood.word(None, Role::Unlisted).is_some());
    let largest = numbers.iter().map(|judgement| judgement.likelihood.unlisted).fold(0.0, f64::max);
    for judgement in words {
        let times = largest / judgement.likelihood.unlisted;
        if times > OUTWEIGHS {
            let message = format!(
                "`{}` is judged in words by one and in numbers by another, whose `unlisted` is {times:.0} times as large: the mean is mostly theirs",
                item.id
            );
            let hint = "write a number for `unlisted` beside the words as well";
            findings.add(WORD_BESIDE_NUMBER, At { subject: &item.id, place: judgement.place }, message, hint);
        }
    }
}
