//! Values as they stand in a case file: what each may be, where it stands, and what it refers to.
//!
//! A value that is none is refused while the file is read, so that the error has its line and column.

use crate::error::{Lines, Position};
use jiff::civil::Date;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::{Deref, DerefMut};
use toml::Spanned;
use toml::value::Datetime;

/// A value with its place in the case file; it compares, prints and serialises as the value alone.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    value: T,
    offset: usize,
    /// Where it stands.
    pub place: Position,
}

/// A name with its place in the case file.
pub type Name = Placed<String>;

/// Where nothing stands yet.
pub(crate) const fn nowhere() -> Position {
    Position { line: 0, column: 0 }
}

impl<T> Placed<T> {
    /// Turns the offset that TOML knows into a line and a column.
    pub(crate) fn locate(&mut self, lines: &Lines<'_>) {
        self.place = lines.place(self.offset);
    }
}

impl<T> Deref for Placed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Placed<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: PartialEq> PartialEq for Placed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Placed<T> {}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.value == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.value == *other
    }
}

impl PartialEq<String> for Name {
    fn eq(&self, other: &String) -> bool {
        self.value == *other
    }
}

impl<T: fmt::Display> fmt::Display for Placed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: Serialize> Serialize for Placed<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(to)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Placed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Spanned::<T>::deserialize(from)?;
        Ok(Placed { offset: written.span().start, value: written.into_inner(), place: nowhere() })
    }
}

/// A thing of the case, named by its id.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The id, as it is written.
    pub name: Name,
    index: usize,
}

impl Reference {
    /// Its place in the list of such things.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Settles what it refers to.
    pub(crate) fn resolve(&mut self, index: usize) {
        self.index = index;
    }

    /// What it refers to, in the list that holds it.
    #[must_use]
    pub fn of<'l, T>(&self, list: &'l [T]) -> Option<&'l T> {
        list.get(self.index)
    }
}

impl Deref for Reference {
    type Target = str;

    fn deref(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl Eq for Reference {}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.name.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Reference { name: Name::deserialize(from)?, index: usize::MAX })
    }
}

/// Reads a value of one kind into a field of another.
pub(super) fn read<'de, D, T, U>(from: D) -> Result<U, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Into<U>,
{
    T::deserialize(from).map(Into::into)
}

/// Reads a value that need not be there.
pub(super) fn read_some<'de, D, T, U>(from: D) -> Result<Option<U>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Into<U>,
{
    read::<D, T, U>(from).map(Some)
}

/// Between the message and the hint of a refused value: an error of serde carries one text.
const HINT: &str = "\nhint: ";

/// Why a value is refused, and what to write instead.
#[derive(Debug)]
pub(crate) struct Refused {
    pub message: String,
    pub hint: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{HINT}{}", self.message, self.hint)
    }
}

/// Message and hint of a value that was [`Refused`]; none for an error of TOML itself.
pub(crate) fn refused(message: &str) -> Option<(&str, &str)> {
    message.split_once(HINT)
}

/// A number that the file states, checked.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident in $range:expr, $is_not:literal, $hint:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, serde::Deserialize)]
        #[serde(try_from = "f64")]
        pub(crate) struct $name(f64);

        impl TryFrom<f64> for $name {
            type Error = Refused;

            fn try_from(number: f64) -> Result<Self, Refused> {
                if $range.contains(&number) {
                    return Ok($name(number));
                }
                Err(Refused { message: format!(concat!("{} ", $is_not), number), hint: $hint })
            }
        }

        impl From<$name> for f64 {
            fn from(number: $name) -> f64 {
                number.0
            }
        }
    };
}

number! {
    /// Strictly between 0 and 1.
    Probability in (1e-9..=1.0 - 1e-9), "is not a probability between 0 and 1, both excluded",
    "0 and 1 would silence every other item; write 0.001 or 0.999 for what is nearly settled"
}

number! {
    /// The factor within which something lies with 90 %.
    Factor in (1.0..=100.0), "is no factor from 1 to 100",
    "2 says: the odds are between half and twice what is stated"
}

number! {
    /// How far items hang together.
    Correlation in (0.0..=1.0), "is no correlation from 0 to 1",
    "0 is independent, 1 is one observation told several times"
}

/// A day without a time.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(try_from = "Datetime")]
pub(crate) struct Day(Date);

impl TryFrom<Datetime> for Day {
    type Error = Refused;

    fn try_from(written: Datetime) -> Result<Self, Refused> {
        let plain = match (written.date, written.time, written.offset) {
            (Some(day), None, None) => day,
            _ => return Err(no_day(&written)),
        };
        let (year, month, day) =
            (i16::try_from(plain.year), i8::try_from(plain.month), i8::try_from(plain.day));
        let (Ok(year), Ok(month), Ok(day)) = (year, month, day) else { return Err(no_day(&written)) };
        Date::new(year, month, day).map(Day).map_err(|_| no_day(&written))
    }
}

fn no_day(written: &Datetime) -> Refused {
    Refused {
        message: format!("`{written}` is no plain date"),
        hint: "write a day without a time: 2017-05-12",
    }
}

impl From<Day> for Date {
    fn from(day: Day) -> Date {
        day.0
    }
}

/// Priors by the id of the candidate.
#[derive(Debug)]
pub(crate) struct Priors(Vec<(Reference, f64)>);

impl From<Priors> for Vec<(Reference, f64)> {
    fn from(priors: Priors) -> Self {
        priors.0
    }
}

impl<'de> Deserialize<'de> for Priors {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Priors;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of candidate ids")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Priors, A::Error> {
                let mut priors = Vec::new();
                while let Some((by, prior)) = map.next_entry::<Reference, Probability>()? {
                    priors.push((by, prior.into()));
                }
                Ok(Priors(priors))
            }
        }
        from.deserialize_map(Visit)
    }
}

impl From<Placed<Probability>> for Placed<f64> {
    fn from(written: Placed<Probability>) -> Self {
        Placed { value: written.value.into(), offset: written.offset, place: written.place }
    }
}
