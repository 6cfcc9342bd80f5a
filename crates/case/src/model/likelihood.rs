//! How probable an item is, by hypothesis, and how that is written:
//! `{ unlisted = 0.02, lazarus = 0.5, other = { tasked = "for", untasked = "neutral" } }`.
//!
//! A word stands for a number that depends on `unlisted` alone, so that it means the same
//! beside any other ([`Scale`]). A table with nothing in it is a judgement that is still to be made.

use super::value::{Probability, Refused};
use super::words::{Scale, Step};
use super::written::{Name, Placed};
use crate::leaf::Role;
use cognate_base::{Error, Lines};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How probable an item is, by hypothesis; every number strictly between 0 and 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Likelihood {
    /// When nobody on the list has to do with it.
    pub unlisted: f64,
    /// For candidates about whom the item says anything; for all others it is as under `unlisted`.
    pub on: BTreeMap<usize, Roles>,
    /// Where a word is written for the number: by candidate (none is `unlisted`) and role.
    words: BTreeMap<(Option<usize>, Role), String>,
    /// Nobody has judged the item yet; every hypothesis is given the same.
    blank: bool,
    /// As it is written, until candidates and words are looked up.
    written: Option<Box<Written>>,
}

/// How probable an item is when this candidate has to do with the incident.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roles {
    /// The group, tasked.
    pub tasked: f64,
    /// The group or its members, not tasked.
    pub untasked: f64,
    /// Contractors and former members.
    pub contractor: f64,
    /// Others with the group's code; none to derive it from the shareability.
    pub reuse: Option<f64>,
    /// A false flag on the group; none to derive it from the forgeability.
    pub false_flag: Option<f64>,
}

/// Whom a name means: places in the list of candidates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Whom {
    One(usize),
    /// The members of a set.
    Each(Vec<usize>),
}

/// Looks up whom a name means.
pub(crate) type Find<'f> = &'f dyn Fn(&mut Name) -> Result<Whom, Error>;

impl Likelihood {
    /// Nobody has judged the item yet: it counts as nothing.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.blank
    }

    /// The word that is written for the number of a role, where one is; of `unlisted` without a candidate.
    #[must_use]
    pub fn word(&self, candidate: Option<usize>, role: Role) -> Option<&str> {
        self.words.get(&(candidate, role)).map(String::as_str)
    }

    /// A number counts against a word for `unlisted`, and so against a number that nobody wrote.
    pub(crate) fn mixes_badly(&self) -> bool {
        let said = |candidate, role| self.words.contains_key(&(Some(candidate), role));
        let number = |(candidate, roles): (&usize, &Roles)| {
            let derived = |role, value: Option<f64>| value.is_some() && !said(*candidate, role);
            !said(*candidate, Role::Tasked)
                || !said(*candidate, Role::Untasked)
                || !said(*candidate, Role::Contractor)
                || derived(Role::Reuse, roles.reuse)
                || derived(Role::FalseFlag, roles.false_flag)
        };
        self.words.contains_key(&(None, Role::Unlisted)) && self.on.iter().any(number)
    }

    /// Looks up candidates and words; returns what is wrong, each with its place.
    pub(crate) fn settle(&mut self, lines: &Lines<'_>, scale: &Scale, find: Find<'_>) -> Vec<Error> {
        let Some(written) = self.written.take() else { return Vec::new() };
        let mut look = LookUp { lines, scale, neutral: scale.base(), errors: Vec::new() };
        let Some(unlisted) = written.unlisted else {
            self.blank = written.named.is_empty();
            self.unlisted = scale.base();
            return Vec::new();
        };
        // What is no ratio is what the ratios are of.
        if let Some(number) = look.plain(&unlisted) {
            look.neutral = number;
        }
        self.unlisted = look.number(unlisted, (None, Role::Unlisted), &mut self.words);
        let mut of_sets = Vec::new();
        for (mut name, entry) in written.named {
            match find(&mut name) {
                Ok(Whom::One(candidate)) => {
                    let roles = look.roles(&name, entry, candidate, &mut self.words);
                    self.on.extend(roles.map(|roles| (candidate, roles)));
                }
                Ok(Whom::Each(members)) => of_sets.push((name, entry, members)),
                Err(error) => look.errors.push(error),
            }
        }
        // What is said of a set is said of each of its members that is not named by itself.
        let by_name: BTreeSet<usize> = self.on.keys().copied().collect();
        let mut by_set: BTreeMap<usize, Name> = BTreeMap::new();
        for (name, entry, members) in of_sets {
            for candidate in members.into_iter().filter(|candidate| !by_name.contains(candidate)) {
                let Some(roles) = look.roles(&name, entry.clone(), candidate, &mut self.words) else {
                    continue;
                };
                // A value for which the order of the file decides would be nobody's.
                match by_set.get(&candidate) {
                    Some(other) if self.on.get(&candidate) != Some(&roles) => {
                        let message = format!(
                            "`{other}` and `{name}` have a candidate in common and say otherwise of it"
                        );
                        let hint = "name that candidate by itself as well";
                        look.errors.push(Error::meaning(message).at(name.place).hint(hint));
                    }
                    Some(_) => {}
                    None => {
                        self.on.insert(candidate, roles);
                        by_set.insert(candidate, name.clone());
                    }
                }
            }
        }
        look.errors
    }
}

/// A likelihood as it stands in the file.
#[derive(Clone, Debug, PartialEq)]
struct Written {
    unlisted: Option<Placed<Stated>>,
    named: Vec<(Name, Placed<Entry>)>,
}

/// A number, or a word for one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stated {
    Number(f64),
    Word(Box<str>),
}

/// What is stated of one candidate: the group's own doing, or role by role.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Group(Stated),
    Roles(Box<Table>),
}

/// Roles by name, none of which has to be there by itself.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Table {
    /// The group, tasked by its sponsor; as `untasked` unless told.
    tasked: Option<Placed<Stated>>,
    /// The group or its members, not tasked; as `tasked` unless told.
    untasked: Option<Placed<Stated>>,
    /// Contractors and former members; as `untasked` unless told.
    contractor: Option<Placed<Stated>>,
    /// Derived from the shareability unless told.
    reuse: Option<Placed<Stated>>,
    /// Derived from the forgeability unless told.
    false_flag: Option<Placed<Stated>>,
}

/// Words as they are found out.
type Words = BTreeMap<(Option<usize>, Role), String>;

/// From what is written to numbers.
struct LookUp<'l> {
    lines: &'l Lines<'l>,
    scale: &'l Scale,
    /// What `neutral` is: the number of `unlisted`, or one of the scale's.
    neutral: f64,
    errors: Vec<Error>,
}

impl LookUp<'_> {
    /// What is a number by itself, and no ratio.
    fn plain(&self, stated: &Stated) -> Option<f64> {
        match stated {
            Stated::Number(number) => Some(*number),
            Stated::Word(word) => match self.scale.step(word) {
                Some(Step::Likelihood(number)) => Some(number),
                Some(Step::Ratio(_)) | None => None,
            },
        }
    }

    /// The number; where there is none, that is an error, and nobody reads what is returned.
    fn number(&mut self, mut stated: Placed<Stated>, at: (Option<usize>, Role), words: &mut Words) -> f64 {
        stated.locate(self.lines);
        let number = match &*stated {
            Stated::Number(number) => return *number,
            Stated::Word(word) => {
                words.insert(at, word.to_string());
                match self.scale.step(word) {
                    Some(Step::Likelihood(number)) => Ok(number),
                    Some(Step::Ratio(ratio)) => self.times(word, ratio),
                    None => Err(self.scale.unknown(word)),
                }
            }
        };
        number.unwrap_or_else(|error| {
            self.errors.push(error.at(stated.place));
            self.neutral
        })
    }

    fn times(&self, word: &str, ratio: f64) -> Result<f64, Error> {
        let number = self.neutral * ratio;
        Probability::try_from(number).map(f64::from).map_err(|_| {
            let message = format!(
                "`{word}` is {ratio} times `unlisted`, and {ratio} times {} is no probability",
                self.neutral
            );
            Error::meaning(message).hint(format!(
                "write `unlisted = \"neutral\"`, a number for it that leaves room (at most {:.3}), or a number instead of the word",
                (1.0 / ratio).min(1.0) * 0.99
            ))
        })
    }

    fn roles(
        &mut self,
        name: &Name,
        entry: Placed<Entry>,
        candidate: usize,
        words: &mut Words,
    ) -> Option<Roles> {
        let place = entry.with(());
        let table = match entry.into_inner() {
            Entry::Group(stated) => Table::of_group(place.with(stated)),
            Entry::Roles(table) => *table,
        };
        let Some(group) = table.untasked.clone().or_else(|| table.tasked.clone()) else {
            let message = format!("neither `tasked` nor `untasked` for `{name}`");
            let hint = "say how probable the item is when the group itself is behind it";
            self.errors.push(Error::meaning(message).at(place.located(self.lines)).hint(hint));
            return None;
        };
        let mut number = |role, stated| self.number(stated, (Some(candidate), role), words);
        Some(Roles {
            tasked: number(Role::Tasked, table.tasked.unwrap_or_else(|| group.clone())),
            contractor: number(Role::Contractor, table.contractor.unwrap_or_else(|| group.clone())),
            untasked: number(Role::Untasked, group),
            reuse: table.reuse.map(|stated| number(Role::Reuse, stated)),
            false_flag: table.false_flag.map(|stated| number(Role::FalseFlag, stated)),
        })
    }
}

impl Table {
    fn of_group(stated: Placed<Stated>) -> Self {
        Table { tasked: None, untasked: Some(stated), contractor: None, reuse: None, false_flag: None }
    }
}

impl<'de> Deserialize<'de> for Likelihood {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Likelihood;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with `unlisted` and candidate ids")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Likelihood, A::Error> {
                let (mut unlisted, mut named) = (None, Vec::new());
                while let Some(key) = map.next_key::<Name>()? {
                    if key == *"unlisted" {
                        unlisted = Some(map.next_value()?);
                    } else {
                        named.push((key, map.next_value()?));
                    }
                }
                if unlisted.is_none() && !named.is_empty() {
                    return Err(de::Error::custom(Refused {
                        message: "missing `unlisted`".to_owned(),
                        hint: "how probable is this when nobody on the list is behind it?",
                    }));
                }
                let written = Some(Box::new(Written { unlisted, named }));
                Ok(Likelihood { written, ..Likelihood::default() })
            }
        }
        from.deserialize_map(Visit)
    }
}

/// Reads a number or a word.
struct StatedVisit;

impl<'de> Visitor<'de> for StatedVisit {
    type Value = Stated;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a probability, or a word such as \"for\"")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Stated, E> {
        Probability::try_from(value).map(|number| Stated::Number(number.into())).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Stated, E> {
        self.visit_f64(value as f64)
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Stated, E> {
        Ok(Stated::Word(word.into()))
    }
}

impl<'de> Deserialize<'de> for Stated {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(StatedVisit)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Entry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a probability, a word such as \"for\", or a table of `tasked`, `untasked`, `contractor`, `reuse`, `false-flag`",
                )
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Entry, E> {
                StatedVisit.visit_f64(value).map(Entry::Group)
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Entry, E> {
                StatedVisit.visit_i64(value).map(Entry::Group)
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<Entry, E> {
                StatedVisit.visit_str(word).map(Entry::Group)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                let table = Table::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Entry::Roles(Box::new(table)))
            }
        }
        from.deserialize_any(Visit)
    }
}
