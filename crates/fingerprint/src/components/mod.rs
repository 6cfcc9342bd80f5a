//! What a sample says that it carries.
//!
//! [`marks`] finds libraries by the texts that they leave in its data, [`named`] tells whose functions are by the names
//! that the file bears; what these own refers to no mark. What a component's functions do is for the matching to tell.

mod build_info;
mod clones;
mod go;
mod marks;
mod named;
mod owners;
mod rust;
mod sources;
mod table;

pub use clones::without_clone_suffix;
pub(crate) use marks::Marks;
pub(crate) use named::Named;

use crate::{Component, ComponentKind};
use marks::found_components;
use std::collections::BTreeSet;

/// The components that marks and names tell, by name. Where names tell a runtime,
/// a text may still tell its version.
pub(crate) fn all_components<'m>(
    marks: &Marks,
    named: Vec<Component>,
    functions: impl Iterator<Item = &'m [u16]>,
) -> Vec<Component> {
    let owned: BTreeSet<u32> = named.iter().flat_map(|named| named.functions.iter().copied()).collect();
    let mut components = named;
    for mut marked in found_components(marks, functions) {
        // an error of the standard library's, inlined, is no function of it
        if marked.name == sources::STANDARD {
            marked.kind = ComponentKind::Runtime;
            marked.functions.clear();
        }
        marked.functions.retain(|function| !owned.contains(function));
        marked.known_by.mark = marked.functions.len() as u32;
        match components.iter_mut().find(|named| named.name == marked.name) {
            Some(named) if named.versions.is_empty() => {
                (named.versions, named.versions_by) = (marked.versions, marked.versions_by);
            }
            Some(_) => {}
            None => components.push(marked),
        }
    }
    components.sort();
    components
}

/// Whether components are those of a program of Rust: its standard library, or crates.
pub fn is_rust(components: &[Component]) -> bool {
    components.iter().any(|it| it.name == sources::STANDARD || it.name.starts_with(rust::CRATE))
}
