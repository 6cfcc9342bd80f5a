//! Reads a case file with errors in it as far as it goes, so that all of them are told at once.
//!
//! Each round reads the file until the first error, keeps that, and puts a sound value from
//! [`EXAMPLE`] in the place of the wrong one, or takes it out. What was put in is wrong no more
//! than once: whoever settles the case leaves out errors at places that have one already.

use super::words::{Fault, fault, told};
use crate::model::CaseFile;
use crate::nearest::nearest;
use cognate_base::{Error, Position};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Sound values, each under its key.
const EXAMPLE: &str = include_str!("example.toml");
/// Most errors that are told of one file.
pub(super) const MOST_ERRORS: usize = 50;
/// Most bytes that are read again for it, over all rounds: large files are mended in fewer.
const MOST_REREAD: usize = 128 << 20;

/// What could be read.
pub(super) struct Mended {
    /// The case file with sound values in the place of wrong ones; none where that cannot be had.
    pub file: Option<CaseFile>,
    /// What is wrong.
    pub errors: Vec<Error>,
    /// Something about hypotheses is wrong, so that priors need not add up.
    pub hypotheses: bool,
}

/// Reads a case file that has an error.
pub(super) fn mend(text: &str) -> Mended {
    let mut mended = Mended { file: None, errors: Vec::new(), hypotheses: false };
    let (document, example) = match (DeTable::parse(text), DeTable::parse(EXAMPLE)) {
        (Err(error), _) => {
            mended.errors.push(told(text, &error, None));
            return mended;
        }
        (Ok(document), Ok(example)) => (document, example.into_inner()),
        (Ok(_), Err(_)) => {
            debug_assert!(false, "the example is TOML");
            return mended;
        }
    };
    let span = document.span();
    let mut table = document.into_inner();
    let rounds = (MOST_REREAD / text.len().max(1)).clamp(1, MOST_ERRORS);
    for _ in 0..rounds {
        let root = Spanned::new(span.clone(), table.clone());
        let error = match CaseFile::deserialize(toml::de::Deserializer::from(root)) {
            Ok(file) => {
                mended.file = Some(file);
                return mended;
            }
            Err(error) => error,
        };
        let place = error.span().filter(|place| *place != span);
        let mut path = place.and_then(|place| in_table(&table, &place)).unwrap_or_default();
        path.reverse();
        mended.hypotheses |= match path.first() {
            Some(Step::Key(key)) => ["candidate", "set", "unlisted"].contains(&key.as_str()),
            _ => true,
        };
        let key = path.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Place(_) => None,
        });
        mended.errors.push(told(text, &error, key));
        let changed = match fault(error.message()) {
            Fault::Missing(field) => put_in(&mut table, &example, &path, field),
            Fault::UnknownKey(name, known) if rename(&mut table, &path, name, &known) => true,
            _ => replace(&mut table, &example, &path),
        };
        if !changed {
            break;
        }
    }
    mended
}

/// One step from a table or list to what is in it.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Place(usize),
}

/// The way back from the key or value that stands at a place.
fn in_table(table: &DeTable<'_>, place: &Range<usize>) -> Option<Vec<Step>> {
    table.iter().find_map(|(key, value)| {
        let here = || (key.span() == *place).then(Vec::new);
        let mut path = in_value(value, place).or_else(here)?;
        path.push(Step::Key(key.get_ref().to_string()));
        Some(path)
    })
}

fn in_value(value: &Spanned<DeValue<'_>>, place: &Range<usize>) -> Option<Vec<Step>> {
    let below = match value.get_ref() {
        DeValue::Table(table) => in_table(table, place),
        DeValue::Array(list) => list.iter().enumerate().find_map(|(index, value)| {
            let mut path = in_value(value, place)?;
            path.push(Step::Place(index));
            Some(path)
        }),
        _ => None,
    };
    below.or_else(|| (value.span() == *place).then(Vec::new))
}

/// Puts in what is missing; whether that could be done.
fn put_in(table: &mut DeTable<'_>, example: &DeTable<'static>, path: &[Step], field: &str) -> bool {
    let sound = sound(example, path).and_then(|sound| sound.get(field));
    let (Some(sound), Some((inner, span))) = (sound, find(table, path)) else {
        return replace(table, example, path);
    };
    // It stands where the table begins, and covers nothing, so that no error is taken for one of its own.
    let place = span.start..span.start;
    let sound = Spanned::new(place.clone(), sound.get_ref().clone());
    inner.insert(Spanned::new(place, field.to_owned().into()), sound);
    true
}

/// Reads a mistyped key as the one that was meant, where that is not there; whether that could be done.
fn rename(table: &mut DeTable<'_>, path: &[Step], name: &str, known: &[&str]) -> bool {
    let meant = nearest(name, known.iter().copied());
    let inner = path.split_last().and_then(|(_, above)| find(table, above));
    let (Some(meant), Some((inner, span))) = (meant, inner) else { return false };
    if inner.contains_key(meant) {
        return false;
    }
    let Some(value) = inner.remove(name) else { return false };
    inner.insert(Spanned::new(span.start..span.start, meant.to_owned().into()), value);
    true
}

/// Replaces what a path leads to by the example's; where the example has nothing, takes it out. Whether anything changed.
fn replace(table: &mut DeTable<'_>, example: &DeTable<'static>, path: &[Step]) -> bool {
    let Some((Step::Key(key), rest)) = path.split_first() else { return false };
    let replaced = match (table.get_mut(key.as_str()), example.get(key.as_str())) {
        (Some(wrong), Some(sound)) => replace_value(wrong, sound.get_ref(), rest),
        _ => false,
    };
    replaced || table.remove(key.as_str()).is_some()
}

fn replace_value(wrong: &mut Spanned<DeValue<'_>>, sound: &DeValue<'static>, path: &[Step]) -> bool {
    match (path.split_first(), wrong.get_mut(), sound) {
        (None, wrong, sound) => {
            *wrong = sound.clone();
            true
        }
        (Some((Step::Key(_), _)), DeValue::Table(inner), DeValue::Table(like)) => replace(inner, like, path),
        (Some((Step::Place(place), rest)), DeValue::Array(list), DeValue::Array(like)) => {
            match (list.get_mut(*place), like.first()) {
                (Some(wrong), Some(sound)) => replace_value(wrong, sound.get_ref(), rest),
                _ => false,
            }
        }
        _ => false,
    }
}

/// The table that a path leads to, with its place.
fn find<'t, 'i>(table: &'t mut DeTable<'i>, path: &[Step]) -> Option<(&'t mut DeTable<'i>, Range<usize>)> {
    let Some((Step::Key(key), mut rest)) = path.split_first() else { return Some((table, 0..0)) };
    let mut value = table.get_mut(key.as_str())?;
    loop {
        let span = value.span();
        match (value.get_mut(), rest.split_first()) {
            (DeValue::Table(inner), None) => return Some((inner, span)),
            (DeValue::Table(inner), Some((Step::Key(key), more))) => {
                value = inner.get_mut(key.as_str())?;
                rest = more;
            }
            (DeValue::Array(list), Some((Step::Place(place), more))) => {
                value = list.get_mut(*place)?;
                rest = more;
            }
            _ => return None,
        }
    }
}

/// The example of the table that a path leads to.
fn sound<'e>(example: &'e DeTable<'static>, path: &[Step]) -> Option<&'e DeTable<'static>> {
    let mut table = example;
    for step in path {
        if let Step::Key(key) = step {
            let value = table.get(key.as_str())?.get_ref();
            table = match value {
                DeValue::Array(list) => list.first()?.get_ref().as_table()?,
                other => other.as_table()?,
            };
        }
    }
    Some(table)
}

/// Whether two errors are of one place, so that the second says what follows from the first.
pub(super) fn has_error_at(errors: &[Error], place: Option<Position>) -> bool {
    place.is_some() && errors.iter().any(|error| error.place() == place)
}
