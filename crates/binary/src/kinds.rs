//! Every kind of file that is known, and what is done with it.
//!
//! `docs/files.md` tells people the same; a test holds it to this list.

use crate::load::recognised;
use crate::walk::containers::CONTAINERS;

/// What is done with a kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Its functions are recovered.
    Read,
    /// Its members are read, each as a file of its own.
    Opened,
    /// It is named, and nothing of it is read.
    Recognised,
}

/// What has a loader of its own (`load`), which [`load`](crate::load) tries in an order of its own.
const READ: [&str; 5] = ["PE", "ELF", "Mach-O", "COFF object", "bare code"];

/// Names every kind of file that is known, with what is done with it; some names come more than once.
pub fn file_kinds() -> impl Iterator<Item = (&'static str, Treatment)> {
    let read = READ.into_iter().map(|name| (name, Treatment::Read));
    let opened = CONTAINERS.iter().map(|container| (container.name, Treatment::Opened));
    read.chain(opened).chain(recognised::names().map(|name| (name, Treatment::Recognised)))
}
