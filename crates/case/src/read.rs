//! From a case file to a case: what its parts mean together.
//!
//! TOML, keys, types and ranges are settled by the types of [`crate::model`];
//! here ids are defined once, references find what they name, priors add up.

mod ids;
mod mend;
mod sets;
#[cfg(test)]
mod tests;
mod whole;
mod words;

pub(crate) use words::in_words;

use crate::model::{
    Candidate, CandidateSet, Case, CaseFile, Item, Judgement, Likelihood, MAX_BYTES, MAX_ITEMS, Name,
    Outcome, Reference, Scale, Settled,
};
use cognate_base::{Error, ErrorKind, Lines};
use ids::Ids;
use mend::{MOST_ERRORS, Mended, has_error_at, mend};
use sets::{Names, members, of_one_sponsor};
use std::collections::{BTreeMap, BTreeSet};
use whole::{add_up, assessable};

impl Case {
    /// Reads a case file.
    ///
    /// # Errors
    /// The first of those of [`Case::parse_all`].
    pub fn parse(text: &str) -> Result<Case, Error> {
        Case::parse_all(text).map_err(|errors| {
            let nothing = || Error::meaning("the case cannot be read");
            errors.into_iter().next().unwrap_or_else(nothing)
        })
    }

    /// Reads a case file, and tells all that is wrong with it, in the order of the file.
    ///
    /// # Errors
    /// At least one and at most 50, each with where and what was expected: not
    /// TOML (then that alone), an unknown key, an id that is defined twice or
    /// nowhere, a probability that is none, priors that do not add up to one,
    /// more of something than [`crate::model`] allows.
    pub fn parse_all(text: &str) -> Result<Case, Vec<Error>> {
        if text.len() > MAX_BYTES {
            let message = format!("the case file has {} bytes, more than {MAX_BYTES}", text.len());
            return Err(vec![
                Error::new(ErrorKind::TooLarge, message)
                    .hint("split the case, or leave out what says nothing"),
            ]);
        }
        let read = match toml::from_str::<CaseFile>(text) {
            Ok(file) => Mended { file: Some(file), errors: Vec::new(), hypotheses: false },
            Err(_) => mend(text),
        };
        let Some(file) = read.file else { return Err(read.errors) };
        let mut reading = Reading { lines: Lines::of(text), errors: read.errors };
        let case = reading.case(file, !read.hypotheses);
        let mut errors = reading.errors;
        if errors.is_empty() {
            return Ok(case);
        }
        errors.sort_by_key(Error::place);
        errors.truncate(MOST_ERRORS);
        Err(errors)
    }
}

/// A case on its way: places become lines and columns, names become references.
struct Reading<'t> {
    lines: Lines<'t>,
    errors: Vec<Error>,
}

impl Reading<'_> {
    /// Settles what the parts mean; `exhaustive` says that the priors have to add up.
    fn case(&mut self, file: CaseFile, exhaustive: bool) -> Case {
        let mut case = Case {
            header: file.case,
            scale: file.scale,
            unlisted: file.unlisted,
            candidates: file.candidate,
            sets: file.set,
            sources: file.source,
            analysts: file.analyst,
            groups: file.group,
            evidence: file.evidence,
            indicators: file.indicator,
            outcome: file.outcome,
        };
        if case.evidence.len() > MAX_ITEMS {
            let message = format!("the case has {} items, more than {MAX_ITEMS}", case.evidence.len());
            self.errors.push(Error::new(ErrorKind::TooLarge, message));
            return case;
        }
        self.settle(&mut case);
        if let Err(error) = assessable(&case) {
            self.errors.push(error);
            return case;
        }
        if exhaustive && let Err(error) = add_up(&case) {
            self.add(error);
        }
        self.one_group_each(&case);
        case
    }

    /// Keeps an error, where it does not follow from another at the same place.
    fn add(&mut self, error: Error) {
        if !has_error_at(&self.errors, error.place()) && self.errors.len() < MOST_ERRORS {
            self.errors.push(error);
        }
    }

    fn settle(&mut self, case: &mut Case) {
        case.unlisted.prior.locate(&self.lines);
        self.scale(&mut case.scale);
        self.id(&mut case.header.id);
        self.ids("evidence", case.evidence.iter_mut().map(|item| &mut item.id));
        self.ids("indicator", case.indicators.iter_mut().map(|indicator| &mut indicator.id));
        let candidates = self.ids("candidate", case.candidates.iter_mut().map(|candidate| &mut candidate.id));
        let sources = self.ids("source", case.sources.iter_mut().map(|source| &mut source.id));
        let analysts = self.ids("analyst", case.analysts.iter_mut().map(|analyst| &mut analyst.id));
        let groups = self.ids("group", case.groups.iter_mut().map(|group| &mut group.id));
        let sets = self.ids("set", case.sets.iter_mut().map(|set| &mut set.id));
        for candidate in &mut case.candidates {
            self.prior(candidate, &candidates);
        }
        for set in &mut case.sets {
            self.set(set, &candidates);
        }
        let names = Names { candidates, sets: members(&case.sets, &sets) };
        case.sets.extend(of_one_sponsor(case));
        for source in case.analysts.iter_mut().filter_map(|analyst| analyst.source.as_mut()) {
            self.find(source, &sources);
        }
        for item in &mut case.evidence {
            self.find(&mut item.source, &sources);
            if let Some(group) = &mut item.group {
                self.find(group, &groups);
            }
            self.judgements(item, &analysts, &names, &case.scale);
        }
        for indicator in &mut case.indicators {
            self.likelihood(&mut indicator.likelihood, &names, &case.scale);
            if indicator.likelihood.is_blank() {
                let message = format!("the indicator `{}` has no likelihoods", indicator.id);
                self.add(Error::meaning(message).at(indicator.id.place).hint(
                    "say how probable it is to be found under `unlisted`, and under candidates by their ids",
                ));
            }
        }
        if let Some(outcome) = &mut case.outcome {
            self.outcome(outcome, &case.candidates, &names.candidates);
        }
    }

    fn scale(&mut self, scale: &mut Scale) {
        scale.reason.locate(&self.lines);
        if let Some(message) = scale.wrong() {
            self.add(Error::meaning(message).at(scale.reason.place).hint(
                "words are letters, digits, `-` and `+`, at most 40, and not those that have a meaning already",
            ));
        }
    }

    fn ids<'i>(&mut self, kind: &'static str, ids: impl Iterator<Item = &'i mut Name>) -> Ids {
        let mut known = BTreeMap::new();
        for (index, id) in ids.enumerate() {
            self.id(id);
            if known.contains_key(id.as_str()) {
                let message = format!("{kind} `{}` is defined twice", id.escape_debug());
                self.add(Error::meaning(message).at(id.place).hint("give one of them another id"));
            } else {
                known.insert(id.to_string(), index);
            }
        }
        Ids { kind, known }
    }

    fn id(&mut self, id: &mut Name) {
        id.locate(&self.lines);
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !id.is_empty() && id.len() <= 80 && id.bytes().all(fits) && *id != *"unlisted" {
            return;
        }
        let message = format!("`{}` is no id", id.escape_debug());
        self.add(
            Error::meaning(message)
                .at(id.place)
                .hint("ids are lower-case letters, digits and hyphens, at most 80, and not `unlisted`"),
        );
    }

    fn find<T>(&mut self, reference: &mut Reference<T>, ids: &Ids) {
        match ids.index(&mut reference.name, &self.lines) {
            Ok(index) => reference.resolve(index),
            Err(error) => self.add(error),
        }
    }

    fn prior(&mut self, candidate: &mut Candidate, candidates: &Ids) {
        let Candidate { id, sponsor, prior, .. } = candidate;
        prior.locate(&self.lines);
        if prior.tasked.is_some() != sponsor.is_some() {
            let has = match sponsor {
                Some(_) => "a sponsor and no prior for `tasked`",
                None => "a prior for `tasked` and no sponsor",
            };
            self.add(
                Error::meaning(format!("candidate `{id}` has {has}")).at(prior.place).hint(
                    "name the `sponsor` that would task it, and give `tasked` a prior; or leave both out",
                ),
            );
        }
        if prior.group() == 0.0 {
            let message = format!("candidate `{id}` has neither a prior for `tasked` nor for `untasked`");
            let hint = "give `untasked` a prior, or `tasked` where the group is the sponsor's own";
            self.add(Error::meaning(message).at(prior.place).hint(hint));
        }
        for (by, _) in prior.others_mut() {
            self.find(by, candidates);
            if by.name == *id {
                self.add(
                    Error::meaning("a false flag on oneself, or one's own code borrowed")
                        .at(by.name.place)
                        .hint("name the other candidate that would do it"),
                );
            }
        }
    }

    fn set(&mut self, set: &mut CandidateSet, candidates: &Ids) {
        if candidates.known.contains_key(set.id.as_str()) {
            let message = format!("`{}` is the id of a candidate as well", set.id);
            self.add(Error::meaning(message).at(set.id.place).hint("give the set another id"));
        }
        if set.members.is_empty() {
            let message = format!("the set `{}` has no members", set.id);
            let hint = "name the candidates in it by their ids, or take the set out";
            self.add(Error::meaning(message).at(set.id.place).hint(hint));
        }
        set.members.iter_mut().for_each(|member| self.find(member, candidates));
    }

    /// Puts the judgement that stands in the item itself before those of other analysts.
    fn judgements(&mut self, item: &mut Item, analysts: &Ids, names: &Names, scale: &Scale) {
        let first = Judgement {
            by: item.judged_by.take(),
            date: None,
            rationale: std::mem::take(&mut item.rationale),
            uncertainty: item.uncertainty,
            likelihood: std::mem::take(&mut item.likelihood),
            place: item.id.place,
        };
        item.judgements.insert(0, first);
        let mut seen = BTreeSet::new();
        for judgement in &mut item.judgements {
            if let Some(by) = &mut judgement.by {
                self.find(by, analysts);
            }
            self.likelihood(&mut judgement.likelihood, names, scale);
        }
        for judgement in item.judgements.iter_mut().skip(1) {
            judgement.place = judgement.by.as_ref().map_or(judgement.place, |by| by.name.place);
        }
        let by = |judgement: &&Judgement| judgement.by.as_ref().map(Reference::index);
        if let Some(twice) = item.judgements.iter().find(|judgement| !seen.insert(by(judgement))) {
            let message = format!("item `{}` is judged twice by the same analyst", item.id);
            let hint = "keep the later judgement, or name another analyst";
            self.add(Error::meaning(message).at(twice.place).hint(hint));
        }
        // What nobody has judged yet is no opinion beside what somebody has.
        if item.judgements.iter().any(|judgement| !judgement.likelihood.is_blank()) {
            item.judgements.retain(|judgement| !judgement.likelihood.is_blank());
        }
    }

    fn likelihood(&mut self, likelihood: &mut Likelihood, names: &Names, scale: &Scale) {
        let lines = &self.lines;
        let wrong = likelihood.settle(lines, scale, &|name| names.whom(name, lines));
        wrong.into_iter().for_each(|error| self.add(error));
    }

    fn outcome(&mut self, outcome: &mut Outcome, candidates: &[Candidate], ids: &Ids) {
        outcome.actor.locate(&self.lines);
        let named = ids.known.get(outcome.actor.as_str());
        let candidate = named.and_then(|place| candidates.get(*place));
        let open = ["unlisted", "unknown"].iter().any(|word| outcome.actor == *word);
        if candidate.is_none() && !open {
            let known = ids.names();
            let message =
                format!("the outcome names `{}`, who is no candidate", outcome.actor.escape_debug());
            let hint =
                format!("write a candidate's id ({known}), `unlisted`, or `unknown` where it stayed open");
            self.add(Error::meaning(message).at(outcome.actor.place).hint(hint));
        }
        let is_whole = outcome.level == Settled::Group && candidate.is_some();
        let has_sponsor = candidate.is_some_and(|candidate| candidate.sponsor.is_some());
        if outcome.tasked.is_some() && !(is_whole && has_sponsor) {
            let message = "the outcome says whether it was tasked, and names no group with a sponsor";
            self.add(Error::meaning(message).at(outcome.actor.place).hint("leave `tasked` out"));
        }
        for planted in outcome.planted.iter_mut().flatten() {
            self.find(planted, ids);
            if planted.name == *outcome.actor {
                let message = "the outcome says that somebody planted traces of oneself";
                self.add(
                    Error::meaning(message).at(planted.name.place).hint("name whose traces were planted"),
                );
            }
        }
    }

    /// Reports of one observation belong to one dependence group.
    fn one_group_each(&mut self, case: &Case) {
        let mut groups: BTreeMap<String, &Item> = BTreeMap::new();
        for (item, observation) in case.evidence.iter().zip(case.observations()) {
            let first = groups.entry(observation.clone()).or_insert(item);
            if first.group != item.group {
                let message = format!(
                    "`{}` and `{}` report one observation (`{observation}`) and stand in different groups",
                    item.id, first.id
                );
                let hint = "give both the same `group`, or none";
                self.add(Error::meaning(message).at(item.id.place).hint(hint));
            }
        }
    }
}
