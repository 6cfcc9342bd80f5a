//! Numbers that say what they number, and lists that are asked by one kind of number only.
//!
//! Written here in a page: the crates for this (`index_vec`, `cranelift-entity`) panic on a
//! number that is not there, which a file must not be able to bring about.

use std::marker::PhantomData;

/// A place in an [`IndexVec`].
pub trait Index: Copy {
    /// The number for a place; the greatest there is where it has none.
    fn new(place: usize) -> Self;

    /// The place.
    fn place(self) -> usize;
}

/// Makes a type of numbers: 32 bits that say what they number.
macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $crate::index::Index for $name {
            fn new(place: usize) -> Self {
                $name(u32::try_from(place).unwrap_or(u32::MAX))
            }

            fn place(self) -> usize {
                self.0 as usize
            }
        }
    };
}
pub(crate) use index;

/// A list that is asked by numbers of one kind.
///
/// Its numbers come from it or from a list of the same length, so that nothing is missing:
/// a number that is not there fails in debug, and finds nothing in release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexVec<I, T> {
    items: Vec<T>,
    numbers: PhantomData<fn(I)>,
}

impl<I, T> Default for IndexVec<I, T> {
    fn default() -> Self {
        IndexVec { items: Vec::new(), numbers: PhantomData }
    }
}

impl<I: Index, T> IndexVec<I, T> {
    /// A list of so many copies of a value.
    pub fn filled(value: T, count: usize) -> Self
    where
        T: Clone,
    {
        IndexVec { items: vec![value; count], numbers: PhantomData }
    }

    /// The item with this number.
    #[inline]
    pub fn get(&self, index: I) -> Option<&T> {
        let item = self.items.get(index.place());
        debug_assert!(item.is_some(), "no item {} of {}", index.place(), self.items.len());
        item
    }

    /// The item with this number, to be changed.
    #[inline]
    pub fn get_mut(&mut self, index: I) -> Option<&mut T> {
        let count = self.items.len();
        let item = self.items.get_mut(index.place());
        debug_assert!(item.is_some(), "no item {} of {count}", index.place());
        item
    }

    /// Sets the item with this number.
    #[inline]
    pub fn set(&mut self, index: I, value: T) {
        if let Some(item) = self.get_mut(index) {
            *item = value;
        }
    }

    /// Adds an item; answers with its number.
    #[inline]
    pub fn push(&mut self, item: T) -> I {
        let index = I::new(self.items.len());
        self.items.push(item);
        index
    }

    /// How many items there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All numbers, ascending.
    pub fn indices(&self) -> impl Iterator<Item = I> + use<I, T> {
        (0..self.items.len()).map(I::new)
    }

    /// The items in the order of their numbers.
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// The items, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.items
    }

    /// Makes it so many items long, with copies of a value at its end.
    pub fn resize(&mut self, count: usize, value: T)
    where
        T: Clone,
    {
        self.items.resize(count, value);
    }

    /// Gives its memory back, with what is in it, where it has room for more than `kept`.
    pub fn shrink(&mut self, kept: usize) {
        if self.items.capacity() > kept {
            self.items = Vec::new();
        }
    }

    /// Empties it for the next function, and gives its memory back where it has room for more than `kept`.
    pub fn empty(&mut self, kept: usize) {
        empty(&mut self.items, kept);
    }
}

/// Entries of a list that are kept from function to function; what a larger one needed is given back.
pub(crate) const KEPT: usize = 1 << 16;

/// Empties a list for the next function, and gives its memory back where it has room for more than `kept`.
pub(crate) fn empty<T>(list: &mut Vec<T>, kept: usize) {
    if list.capacity() > kept {
        *list = Vec::new();
    }
    list.clear();
}
