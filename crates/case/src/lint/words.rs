//! Rules about how likelihoods are written.

use super::rules::*;
use super::view::View;
use super::{At, Findings};
use crate::model::WORDS;

pub(super) fn look(view: &View<'_>, findings: &mut Findings) {
    for (_, item) in view.items() {
        for judgement in &item.judgements {
            let at = At { subject: &item.id, place: judgement.place };
            if judgement.likelihood.is_blank() {
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
