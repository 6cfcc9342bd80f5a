//! From hostile bytes to functions.
//!
//! [`load`] turns a file into a [`Loaded`]: an [`Image`] of memory, [`Hints`] on
//! where functions start and what they are called, the sample's [`Traits`], and
//! the [`Gap`](cognate_base::Gap)s of what could not be read. [`recover`] turns
//! those into a [`Program`]: functions, blocks, edges, calls. [`decode`] is the
//! one place where bytes become instructions. [`walk`] opens archives.
//! [`Outline`] and [`Listing`] are what people are shown of a sample, free of its bytes.
//!
//! A panic on any input is a bug, and nothing here runs what it reads.

mod bytes;
pub mod decode;
mod file_bytes;
mod hints;
mod image;
mod kinds;
mod listing;
mod load;
mod loaded;
mod outline;
mod program;
mod ranges;
mod recover;
mod segment;
mod text;
mod traits;
mod walk;

pub use cognate_base::{Error, ErrorKind};
pub use file_bytes::FileBytes;
pub use hints::{Hints, Import, Start, StartSource, Symbol};
pub use image::{Arch, Format, Image};
pub use kinds::{Treatment, file_kinds};
pub use listing::{Line, Listing};
pub use load::{LoadOptions, RawLayout, file_hashes, load, other_hashes};
pub use loaded::Loaded;
pub use outline::{FunctionOutline, Outline};
pub use program::{Block, Call, CallTarget, Edge, EdgeKind, Function, JumpTable, Program};
pub use recover::recover;
pub use segment::Segment;
pub use traits::{Forgeability, Trait, Traits};
pub use walk::{Member, Step, Walk, is_archive, walk, walk_again, walk_with_password};
