//! Places in the lists that recovery keeps, so that a place in one is not taken for one in another.
//!
//! Not by `cognate_base::TypedVec`: what stands in these lists has no harmless value for a look-up that misses,
//! and here an option of an index, of which recovery keeps many, takes four bytes instead of eight.

use std::num::NonZeroU32;

/// Declares the places in one kind of list. The number in it is never zero, so that an option of it takes no more.
macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The place behind so many others; `None` where that is too many.
            pub fn behind(others: usize) -> Option<Self> {
                u32::try_from(others).ok()?.checked_add(1).and_then(NonZeroU32::new).map(Self)
            }

            /// What stands there in the list that it is a place in.
            pub fn of<T>(self, list: &[T]) -> Option<&T> {
                let found = list.get(self.0.get() as usize - 1);
                debug_assert!(found.is_some(), "lists never get shorter");
                found
            }
        }
    };
}

index! {
    /// A function of the store.
    FunctionIndex
}

impl FunctionIndex {
    /// What stands there in a list, to be changed.
    pub fn of_mut<T>(self, list: &mut [T]) -> Option<&mut T> {
        let found = list.get_mut(self.0.get() as usize - 1);
        debug_assert!(found.is_some(), "lists never get shorter");
        found
    }
}

index! {
    /// A run of the function that is traced.
    RunIndex
}

index! {
    /// An entry of [`Chains`](super::chains::Chains).
    EntryIndex
}
