//! Which public code a sample carries: libraries, runtimes, the glue of generators.
//!
//! A [`Base`] knows public code by what its functions say: the exact hashes of the builds it was made from, and of each
//! function the few rare features that its builds have in common and that nobody else shows. It ships inside the
//! program; a user's own additions have the same form. [`Builder`] makes one from files whose symbols name functions.
//!
//! [`identify`] asks one or more of them about a sample: what each function resembles (`evidence`), which components are
//! more than chance (`weighed`), which stretches of the sample are whose (`stretches`), and which versions fit.
//! Nothing here reads files.

mod base;
mod builder;
mod choose;
mod evidence;
mod identify;
mod names;
mod strength;
mod stretches;
mod table;
mod versions;
mod weighed;

pub use base::{Base, ComponentInfo, FORMAT, KnownFunction, shipped};
pub use builder::{Builder, Source};
pub use evidence::{Resemblance, resemblances};
pub use identify::{Identified, identify};
