//! Lists that only indices of their own kind look into.
//!
//! A plain `u32` looks into any list, and a look-up that misses looks like nothing found. Here every kind of
//! thing (a function of the query, a sample of the store) has an index type of its own, made by
//! [`index_type!`](crate::index_type), and a [`TypedVec`] takes no other. Numbers from outside become an
//! index by [`TypedVec::checked`]; after that a look-up cannot miss: if it does, a debug build (all tests,
//! all fuzzing) fails, and a release build goes on with a value that the maker of the list called harmless.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The index of an item in a [`TypedVec`]; [`index_type!`](crate::index_type) makes one.
pub trait TypedIndex: Copy + Ord + Send + Sync {
    /// The index of the item at this position.
    fn of(position: usize) -> Self;

    /// The position of the item.
    fn position(self) -> usize;
}

/// Declares an index type: `index_type! { /// A sample. pub struct SampleIndex; }`.
#[macro_export]
macro_rules! index_type {
    ($($(#[$about:meta])* $visible:vis struct $name:ident;)+) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visible struct $name(pub u32);

        impl $crate::TypedIndex for $name {
            #[inline]
            fn of(position: usize) -> Self {
                debug_assert!(u32::try_from(position).is_ok(), "a list of more than 2^32 items");
                $name(u32::try_from(position).unwrap_or(u32::MAX))
            }

            #[inline]
            fn position(self) -> usize {
                self.0 as usize
            }
        }

        impl From<$name> for u32 {
            fn from(index: $name) -> u32 {
                index.0
            }
        }
    )+};
}

/// A list that is looked into by indices of one kind; see the top of this file.
#[derive(Clone, Debug)]
pub struct TypedVec<I, T> {
    items: Vec<T>,
    /// What a look-up that misses gives.
    missing: T,
    index: PhantomData<fn(I)>,
}

impl<I: TypedIndex, T> TypedVec<I, T> {
    /// A list of these items; `missing` is the harmless value for a look-up that should not be.
    pub fn new(items: Vec<T>, missing: T) -> Self {
        TypedVec { items, missing, index: PhantomData }
    }

    /// The index of a number from outside, where there is such an item.
    pub fn checked(&self, number: u32) -> Option<I> {
        let position = usize::try_from(number).ok().filter(|&position| position < self.items.len())?;
        Some(I::of(position))
    }

    /// How many items there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The indices of all items, ascending.
    pub fn indices(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + Clone + use<I, T> {
        (0..self.items.len()).map(I::of)
    }

    /// All items with their indices, ascending.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + ExactSizeIterator + Clone {
        self.items.iter().enumerate().map(|(position, item)| (I::of(position), item))
    }

    /// All items, to be changed, with their indices, ascending.
    pub fn entries_mut(&mut self) -> impl Iterator<Item = (I, &mut T)> {
        self.items.iter_mut().enumerate().map(|(position, item)| (I::of(position), item))
    }

    /// All items in order.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// All items in order, to be changed; more may come behind them, and all may go.
    pub fn items_mut(&mut self) -> &mut Vec<T> {
        &mut self.items
    }

    /// Adds an item; answers with its index.
    #[inline]
    pub fn push(&mut self, item: T) -> I {
        let index = I::of(self.items.len());
        self.items.push(item);
        index
    }
}

impl<I: TypedIndex, T: Default> From<Vec<T>> for TypedVec<I, T> {
    fn from(items: Vec<T>) -> Self {
        TypedVec::new(items, T::default())
    }
}

impl<I: TypedIndex, T: Default> FromIterator<T> for TypedVec<I, T> {
    fn from_iter<A: IntoIterator<Item = T>>(items: A) -> Self {
        Vec::from_iter(items).into()
    }
}

impl<I: TypedIndex, T: Default> Default for TypedVec<I, T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<I: TypedIndex, T> Index<I> for TypedVec<I, T> {
    type Output = T;

    #[inline]
    fn index(&self, index: I) -> &T {
        let found = self.items.get(index.position());
        debug_assert!(found.is_some(), "no item {} in a list of {}", index.position(), self.items.len());
        found.unwrap_or(&self.missing)
    }
}

impl<I: TypedIndex, T> IndexMut<I> for TypedVec<I, T> {
    #[inline]
    fn index_mut(&mut self, index: I) -> &mut T {
        let (position, count) = (index.position(), self.items.len());
        debug_assert!(position < count, "no item {position} in a list of {count}");
        self.items.get_mut(position).unwrap_or(&mut self.missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::index_type! {
        /// A word of the list.
        struct Word;
    }

    fn words() -> TypedVec<Word, &'static str> {
        TypedVec::new(vec!["one", "two"], "missing")
    }

    #[test]
    fn an_item_is_found_by_its_index() {
        let mut words = words();
        words[Word(1)] = "zwei";
        let added = words.push("three");
        let expected = [(Word(0), &"one"), (Word(1), &"zwei"), (added, &"three")];
        assert_eq!(words.entries().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_number_from_outside_becomes_an_index_only_where_there_is_an_item() {
        assert_eq!([1, 2, u32::MAX].map(|number| words().checked(number)), [Some(Word(1)), None, None]);
    }

    #[test]
    #[cfg_attr(debug_assertions, should_panic(expected = "no item 2 in a list of 2"))]
    fn a_look_up_that_misses_fails_a_debug_build_and_is_harmless_in_release() {
        assert_eq!(words()[Word(2)], "missing");
    }
}
