//! How much memory is kept from function to function.

/// Entries of a list that are kept from function to function; what a larger one needed is given back.
pub(crate) const KEPT: usize = 1 << 16;

/// Empties a list for the next function, and gives its memory back where it has room for more than `kept`.
pub(crate) fn empty<T>(list: &mut Vec<T>, kept: usize) {
    if list.capacity() > kept {
        *list = Vec::new();
    }
    list.clear();
}
