//! To come.
use super::operands::Lifter;
use crate::machine::{Lifted, Machine};

pub(super) fn lift<M: Machine>(_: &mut Lifter<'_, M>) -> Option<Lifted> {
    None
}
