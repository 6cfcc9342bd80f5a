//! Values as they stand in a case file: where each stands, and what it refers to.

use super::value::Probability;
use cognate_base::{Lines, Position};
use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use toml::Spanned;

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

impl Name {
    /// A name that stands in no file.
    pub(crate) fn written(name: String) -> Self {
        Placed { value: name, offset: 0, place: nowhere() }
    }
}

impl<T> Placed<T> {
    /// Turns the offset that TOML knows into a line and a column.
    pub(crate) fn locate(&mut self, lines: &Lines<'_>) {
        self.place = self.located(lines);
    }

    /// Where it stands, as a line and a column.
    pub(crate) fn located(&self, lines: &Lines<'_>) -> Position {
        lines.place(self.offset)
    }

    /// Another value that stands in the same place.
    pub(crate) fn with<U>(&self, value: U) -> Placed<U> {
        Placed { value, offset: self.offset, place: self.place }
    }

    /// The value alone.
    pub(crate) fn into_inner(self) -> T {
        self.value
    }
}

impl<T: Default> Default for Placed<T> {
    fn default() -> Self {
        Placed { value: T::default(), offset: 0, place: nowhere() }
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

/// A thing of the case (a source, a group, …), named by its id.
pub struct Reference<T> {
    /// The id, as it is written.
    pub name: Name,
    index: usize,
    kind: PhantomData<fn() -> T>,
}

impl<T> Reference<T> {
    /// Its place in the list of such things.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// To what stands at this place.
    pub(crate) fn to(name: Name, index: usize) -> Self {
        Reference { name, index, kind: PhantomData }
    }

    /// Settles what it refers to.
    pub(crate) fn resolve(&mut self, index: usize) {
        self.index = index;
    }

    /// What it refers to, in the list that holds it.
    #[must_use]
    pub fn of<'l>(&self, list: &'l [T]) -> Option<&'l T> {
        list.get(self.index)
    }
}

impl<T> Clone for Reference<T> {
    fn clone(&self) -> Self {
        Reference { name: self.name.clone(), index: self.index, kind: PhantomData }
    }
}

impl<T> fmt::Debug for Reference<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl<T> Deref for Reference<T> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.name
    }
}

impl<T> fmt::Display for Reference<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl<T> PartialEq for Reference<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl<T> Eq for Reference<T> {}

impl<T> Serialize for Reference<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.name.serialize(to)
    }
}

impl<'de, T> Deserialize<'de> for Reference<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Reference { name: Name::deserialize(from)?, index: usize::MAX, kind: PhantomData })
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

impl From<Placed<Probability>> for Placed<f64> {
    fn from(written: Placed<Probability>) -> Self {
        Placed { value: written.value.into(), offset: written.offset, place: written.place }
    }
}
