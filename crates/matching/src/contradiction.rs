//! Like instructions that compute something else.
//!
//! A compiler pass that lays one frame over every function, as control-flow flattening
//! does with its dispatcher, makes unrelated functions alike in their instructions: of 14 functions of one
//! program 11 came out like functions of another (`bench/results/obfuscated.md`). What they
//! compute and what they refer to still tells them apart. Of 3,230 recompiled functions found
//! by like instructions in the development part none is contradicted so.

use crate::flow::FlowInCommon;
use cognate_fingerprint::Fingerprint;

/// Features that both functions must have before their difference says something. Judgement.
const LEAST_FEATURES: usize = 8;
/// Likeness of data flow below which it speaks against like instructions.
const LEAST_ALIKE: f64 = 0.25;

/// Whether what two functions do speaks against their being one, however alike their instructions are:
/// their data flow is known and has next to nothing in common, and they refer to nothing that both refer to.
pub(crate) fn is_contradicted(
    mine: &Fingerprint,
    other: &Fingerprint,
    flow: &FlowInCommon,
    anchors: u32,
) -> bool {
    let is_known = |one: &Fingerprint| one.flow.features.len() >= LEAST_FEATURES;
    anchors == 0 && is_known(mine) && is_known(other) && flow.alike() < LEAST_ALIKE
}
