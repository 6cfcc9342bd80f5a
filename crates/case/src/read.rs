//! From a case file to a case: what its parts mean together.
//!
//! TOML, keys, types and ranges are settled by the types of [`crate::model`];
//! here ids are defined once, references find what they name, priors add up.

use crate::model::value::refused;
use crate::model::{
    Candidate, CandidateSet, Case, CaseFile, Item, Judgement, Likelihood, MAX_ANALYSTS, MAX_BYTES,
    MAX_HYPOTHESES, MAX_ITEMS, MAX_JUDGED, Name, Reference,
};
use cognate_base::{Error, ErrorKind, Hint, Lines, Position};
use std::collections::{BTreeMap, BTreeSet};

impl Case {
    /// Reads a case file.
    ///
    /// # Errors
    /// Says where and what was expected: not TOML, an unknown key, an id that
    /// is defined twice or nowhere, a probability that is none, priors that do
    /// not add up to one, more than [`MAX_ITEMS`], [`MAX_HYPOTHESES`],
    /// [`MAX_ANALYSTS`] or [`MAX_JUDGED`].
    pub fn parse(text: &str) -> Result<Case, Error> {
        if text.len() > MAX_BYTES {
            let message = format!("the case file has {} bytes, more than {MAX_BYTES}", text.len());
            return Err(Error::new(ErrorKind::TooLarge, message)
                .hint("split the case, or leave out what says nothing"));
        }
        let file = toml::from_str::<CaseFile>(text).map_err(|error| unreadable(text, &error))?;
        let mut case = Case {
            header: file.case,
            unlisted: file.unlisted,
            candidates: file.candidate,
            sets: file.set,
            sources: file.source,
            analysts: file.analyst,
            groups: file.group,
            evidence: file.evidence,
            indicators: file.indicator,
        };
        if case.evidence.len() > MAX_ITEMS {
            let message = format!("the case has {} items, more than {MAX_ITEMS}", case.evidence.len());
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        Reading { lines: Lines::of(text) }.settle(&mut case)?;
        assessable(&case)?;
        exhaustive(&case)?;
        one_group_each(&case)?;
        Ok(case)
    }
}

/// What TOML, or a type of the model, found wrong.
fn unreadable(text: &str, error: &toml::de::Error) -> Error {
    let made = match refused(error.message()) {
        Some((message, hint)) => Error::meaning(message).hint(hint),
        None => {
            Error::new(ErrorKind::Syntax, error.message().replace('\n', ": ")).hint(Hint::SeeCaseSkeleton)
        }
    };
    match error.span() {
        Some(span) => made.at(Position::of(text, span.start)),
        None => made,
    }
}

/// A case on its way: places become lines and columns, names become references.
struct Reading<'t> {
    lines: Lines<'t>,
}

/// The ids of one kind of thing, each with its place in the list.
struct Ids {
    kind: &'static str,
    known: BTreeMap<String, usize>,
}

impl Reading<'_> {
    fn settle(&self, case: &mut Case) -> Result<(), Error> {
        case.unlisted.prior.locate(&self.lines);
        self.id(&mut case.header.id)?;
        self.ids("evidence", case.evidence.iter_mut().map(|item| &mut item.id))?;
        self.ids("indicator", case.indicators.iter_mut().map(|indicator| &mut indicator.id))?;
        let candidates =
            self.ids("candidate", case.candidates.iter_mut().map(|candidate| &mut candidate.id))?;
        let sources = self.ids("source", case.sources.iter_mut().map(|source| &mut source.id))?;
        let analysts = self.ids("analyst", case.analysts.iter_mut().map(|analyst| &mut analyst.id))?;
        let groups = self.ids("group", case.groups.iter_mut().map(|group| &mut group.id))?;
        let sets = self.ids("set", case.sets.iter_mut().map(|set| &mut set.id))?;
        for candidate in &mut case.candidates {
            self.prior(candidate, &candidates)?;
        }
        for set in &mut case.sets {
            self.set(set, &candidates)?;
        }
        let names = Names { candidates, sets: members(&case.sets, &sets) };
        case.sets.extend(of_one_sponsor(case));
        for source in case.analysts.iter_mut().filter_map(|analyst| analyst.source.as_mut()) {
            self.find(source, &sources)?;
        }
        for item in &mut case.evidence {
            self.find(&mut item.source, &sources)?;
            item.group.as_mut().map(|group| self.find(group, &groups)).transpose()?;
            self.judgements(item, &analysts, &names)?;
        }
        for indicator in &mut case.indicators {
            self.likelihood(&mut indicator.likelihood, &names)?;
        }
        Ok(())
    }

    fn ids<'i>(&self, kind: &'static str, ids: impl Iterator<Item = &'i mut Name>) -> Result<Ids, Error> {
        let mut known = BTreeMap::new();
        for (index, id) in ids.enumerate() {
            self.id(id)?;
            if known.insert(id.to_string(), index).is_some() {
                let message = format!("{kind} `{id}` is defined twice");
                return Err(Error::meaning(message).at(id.place).hint("give one of them another id"));
            }
        }
        Ok(Ids { kind, known })
    }

    fn id(&self, id: &mut Name) -> Result<(), Error> {
        id.locate(&self.lines);
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !id.is_empty() && id.len() <= 80 && id.bytes().all(fits) && *id != *"unlisted" {
            return Ok(());
        }
        let message = format!("`{}` is no id", id.escape_debug());
        Err(Error::meaning(message)
            .at(id.place)
            .hint("ids are lower-case letters, digits and hyphens, at most 80, and not `unlisted`"))
    }

    fn find<T>(&self, reference: &mut Reference<T>, ids: &Ids) -> Result<(), Error> {
        reference.name.locate(&self.lines);
        let index = self.index(&reference.name, ids)?;
        reference.resolve(index);
        Ok(())
    }

    fn index(&self, name: &Name, Ids { kind, known }: &Ids) -> Result<usize, Error> {
        known.get(name.as_str()).copied().ok_or_else(|| {
            let names: Vec<&str> = known.keys().map(String::as_str).take(12).collect();
            let hint = if names.is_empty() {
                format!("the case defines no {kind}; add `[[{kind}]]`")
            } else {
                format!("defined are: {}", names.join(", "))
            };
            let message = format!("no {kind} is called `{}`", name.escape_debug());
            Error::meaning(message).at(name.place).hint(hint)
        })
    }

    fn prior(&self, candidate: &mut Candidate, candidates: &Ids) -> Result<(), Error> {
        let Candidate { id, sponsor, prior, .. } = candidate;
        prior.locate(&self.lines);
        if prior.tasked.is_some() != sponsor.is_some() {
            let has = match sponsor {
                Some(_) => "a sponsor and no prior for `tasked`",
                None => "a prior for `tasked` and no sponsor",
            };
            return Err(Error::meaning(format!("candidate `{id}` has {has}")).at(prior.place).hint(
                "name the `sponsor` that would task it, and give `tasked` a prior; or leave both out",
            ));
        }
        if prior.group() == 0.0 {
            let message = format!("candidate `{id}` has neither a prior for `tasked` nor for `untasked`");
            return Err(Error::meaning(message)
                .at(prior.place)
                .hint("give `untasked` a prior, or `tasked` where the group is the sponsor's own"));
        }
        for (by, _) in prior.others_mut() {
            self.find(by, candidates)?;
            if by.name == *id {
                return Err(Error::meaning("a false flag on oneself, or one's own code borrowed")
                    .at(by.name.place)
                    .hint("name the other candidate that would do it"));
            }
        }
        Ok(())
    }

    fn set(&self, set: &mut CandidateSet, candidates: &Ids) -> Result<(), Error> {
        if candidates.known.contains_key(set.id.as_str()) {
            let message = format!("`{}` is the id of a candidate as well", set.id);
            return Err(Error::meaning(message).at(set.id.place).hint("give the set another id"));
        }
        if set.members.is_empty() {
            return Err(Error::meaning(format!("the set `{}` has no members", set.id))
                .at(set.id.place)
                .hint("name the candidates in it by their ids, or take the set out"));
        }
        set.members.iter_mut().try_for_each(|member| self.find(member, candidates))
    }

    /// Puts the judgement that stands in the item itself before those of other analysts.
    fn judgements(&self, item: &mut Item, analysts: &Ids, names: &Names) -> Result<(), Error> {
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
                self.find(by, analysts)?;
            }
            self.likelihood(&mut judgement.likelihood, names)?;
        }
        for judgement in item.judgements.iter_mut().skip(1) {
            judgement.place = judgement.by.as_ref().map_or(judgement.place, |by| by.name.place);
        }
        let by = |judgement: &&Judgement| judgement.by.as_ref().map(Reference::index);
        let Some(twice) = item.judgements.iter().find(|judgement| !seen.insert(by(judgement))) else {
            return Ok(());
        };
        let message = format!("item `{}` is judged twice by the same analyst", item.id);
        Err(Error::meaning(message).at(twice.place).hint("keep the later judgement, or name another analyst"))
    }

    /// What is said of a set is said of each of its members that is not named by itself.
    fn likelihood(&self, likelihood: &mut Likelihood, names: &Names) -> Result<(), Error> {
        let mut of_sets = BTreeMap::new();
        for (mut name, roles) in std::mem::take(&mut likelihood.named) {
            name.locate(&self.lines);
            match names.sets.get(name.as_str()) {
                Some(members) => of_sets.extend(members.iter().map(|member| (*member, roles))),
                None => drop(likelihood.on.insert(self.index(&name, &names.candidates)?, roles)),
            }
        }
        for (member, roles) in of_sets {
            likelihood.on.entry(member).or_insert(roles);
        }
        Ok(())
    }
}

/// Whom a likelihood may name.
struct Names {
    candidates: Ids,
    /// The places of the members, by the id of the set.
    sets: BTreeMap<String, Vec<usize>>,
}

fn members(sets: &[CandidateSet], ids: &Ids) -> BTreeMap<String, Vec<usize>> {
    let of = |set: &CandidateSet| set.members.iter().map(Reference::index).collect();
    let known = ids.known.iter().filter_map(|(id, &place)| Some((id.clone(), of(sets.get(place)?))));
    known.collect()
}

/// A set for each sponsor that several candidates share, unless the case has a set of the same members.
fn of_one_sponsor(case: &Case) -> Vec<CandidateSet> {
    let mut by_sponsor: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, candidate) in case.candidates.iter().enumerate() {
        if let Some(sponsor) = &candidate.sponsor {
            by_sponsor.entry(sponsor).or_default().push(place);
        }
    }
    let is_new = |members: &[usize]| {
        let same = |set: &CandidateSet| {
            let other: BTreeSet<usize> = set.members.iter().map(Reference::index).collect();
            other.into_iter().eq(members.iter().copied())
        };
        !case.sets.iter().any(same)
    };
    let several = by_sponsor.into_iter().filter(|(_, members)| members.len() > 1 && is_new(members));
    several
        .enumerate()
        .map(|(number, (sponsor, members))| CandidateSet {
            id: Name::written(free_id(case, sponsor, number)),
            name: format!("the groups that {sponsor} is said to direct"),
            members: members
                .into_iter()
                .filter_map(|place| Some(Reference::to(case.candidates.get(place)?.id.clone(), place)))
                .collect(),
            reason: format!("the case gives them one sponsor, {sponsor}"),
        })
        .collect()
}

/// An id made of a sponsor's name that no set and no candidate has.
fn free_id(case: &Case, sponsor: &str, number: usize) -> String {
    let letters = sponsor.chars().map(|letter| match letter.to_ascii_lowercase() {
        fits @ ('a'..='z' | '0'..='9') => fits,
        _ => '-',
    });
    let slug: String = letters.take(60).collect();
    let slug = slug.trim_matches('-');
    let taken = |id: &str| {
        case.sets.iter().any(|set| set.id == *id) || case.candidates.iter().any(|one| one.id == *id)
    };
    if slug.is_empty() || taken(slug) { format!("sponsor-{}", number + 1) } else { slug.to_owned() }
}

/// A case has to be of a size that can be assessed.
fn assessable(case: &Case) -> Result<(), Error> {
    let hypotheses = crate::leaf::leaves(case).len();
    let judgements: usize = case.evidence.iter().map(|item| item.judgements.len()).sum();
    let limits = [
        ("hypotheses", hypotheses, MAX_HYPOTHESES),
        ("analysts", case.analysts.len(), MAX_ANALYSTS),
        ("judgements times hypotheses", judgements.saturating_mul(hypotheses), MAX_JUDGED),
    ];
    let Some((what, count, most)) = limits.into_iter().find(|(_, count, most)| count > most) else {
        return Ok(());
    };
    let message = format!("the case has {count} {what}, more than {most}");
    let hint = "split the case, or leave out candidates and items that say nothing";
    Err(Error::new(ErrorKind::TooLarge, message).hint(hint))
}

/// The priors of all hypotheses must add up to one.
fn exhaustive(case: &Case) -> Result<(), Error> {
    let sum: f64 = crate::leaf::leaves(case).iter().map(|leaf| leaf.prior).sum();
    if (sum - 1.0).abs() <= 1e-6 {
        return Ok(());
    }
    let message = format!("the priors add up to {sum:.6}, not to 1");
    let rest = *case.unlisted.prior + 1.0 - sum;
    let hint = if rest > 0.0 {
        format!("with `unlisted` at {rest:.6} they would")
    } else {
        "lower the priors of the candidates".to_owned()
    };
    Err(Error::meaning(message).at(case.unlisted.prior.place).hint(hint))
}

/// Reports of one observation belong to one dependence group.
fn one_group_each(case: &Case) -> Result<(), Error> {
    let mut groups: BTreeMap<String, &Item> = BTreeMap::new();
    for (item, observation) in case.evidence.iter().zip(case.observations()) {
        let first = groups.entry(observation.clone()).or_insert(item);
        if first.group != item.group {
            let message = format!(
                "`{}` and `{}` report one observation (`{observation}`) and stand in different groups",
                item.id, first.id
            );
            return Err(Error::meaning(message)
                .at(item.id.place)
                .hint("give both the same `group`, or none"));
        }
    }
    Ok(())
}
