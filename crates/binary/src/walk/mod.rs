//! Opens archives and packages within limits on depth, count, size and memory, and of time for each member.
//!
//! Members come one at a time, in archive order. What lies in an archive as it is, is a view of
//! it; what is packed is unpacked just before it is visited, and nothing here keeps it afterwards.
//!
//! [`containers`] is the table of all kinds that are opened: to read a new one, add its reader to [`archives`],
//! [`compressors`] or [`dumps`] and a row to that table. Readers hand what they find to the [`walker`], which counts,
//! names and bounds members; [`unpack`] bounds what is packed.

mod archives;
mod compressors;
pub(crate) mod containers;
mod dumps;
mod unpack;
mod walker;

use crate::FileBytes;
use cognate_base::{Gap, Limits};
use containers::CONTAINERS;
use std::ops::ControlFlow;
use walker::Walker;

pub use walker::{Member, Step, Walk};

/// Calls `visit` for `bytes` itself, or, where it is an archive, for each member
/// in archive order; returns what could not be opened.
pub fn walk(name: &str, bytes: FileBytes, limits: &Limits, visit: &mut dyn FnMut(Member)) -> Vec<Gap> {
    walk_with_password(name, bytes, limits, None, &mut |member| {
        visit(member);
        ControlFlow::Continue(())
    })
}

/// The same as [`walk`] until `visit` breaks: nothing is unpacked after that. `password` is tried on what is
/// encrypted, before the one that is usual.
///
/// Holds the archive and one member at a time; a member that `visit` drops is free before the
/// next one is unpacked.
pub fn walk_with_password(
    name: &str,
    bytes: FileBytes,
    limits: &Limits,
    password: Option<&str>,
    visit: &mut dyn FnMut(Member) -> ControlFlow<()>,
) -> Vec<Gap> {
    let mut before = |_: u32, _: &[Gap]| Step::Open;
    walk_again(name, bytes, &Walk { limits, password, unpacked: 0 }, &mut before, visit)
}

/// The same as [`walk_with_password`] for who may have to begin again behind a member that was too much.
///
/// Before anything is done with a member `before` hears its number, which counts those of all depths and is the same
/// in every walk, and all gaps so far; it says what is to be done.
pub fn walk_again(
    name: &str,
    bytes: FileBytes,
    how: &Walk<'_>,
    before: &mut dyn FnMut(u32, &[Gap]) -> Step,
    visit: &mut dyn FnMut(Member) -> ControlFlow<()>,
) -> Vec<Gap> {
    let mut walker = Walker::new(CONTAINERS, how, bytes.len() as u64, before, visit);
    // A visitor that breaks ends the walk, not its caller.
    let (ControlFlow::Continue(()) | ControlFlow::Break(())) =
        walker.open(Member { name: name.to_owned(), bytes, whole: None }, 0);
    walker.finish(name)
}

/// Whether [`walk`] would open these bytes, by their first few.
pub fn is_archive(bytes: &[u8]) -> bool {
    CONTAINERS.iter().any(|container| (container.is)(bytes))
}
