//! What keeps memory and texts short from function to function.

/// Gives the memory of a list back where it has room for more than `kept`.
pub(crate) fn shrink<T>(list: &mut Vec<T>, kept: usize) {
    if list.capacity() > kept {
        *list = Vec::new();
    }
}

/// A text of the sample with no more than `most` bytes; an ellipsis tells where it was longer.
pub(crate) fn shown(text: &str, most: usize) -> String {
    match text.len() > most {
        true => format!("{}…", text.get(..text.floor_char_boundary(most)).unwrap_or_default()),
        false => text.to_owned(),
    }
}
