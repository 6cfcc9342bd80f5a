//! What following one function gives.

use crate::{CallTarget, Function};

/// A function and what was learnt on the way.
#[derive(Clone, Debug)]
pub struct Traced {
    /// Its blocks, calls and tables; `source` and `no_return` are set by the caller.
    pub function: Function,
    /// A way ends in a return.
    pub returns: bool,
    /// A way ends in a stop or in a call that does not return.
    pub stops: bool,
    /// A way could not be followed: bad bytes, an unresolved jump, the budget.
    pub open: bool,
    /// Jumps by tables that were not understood.
    pub unread_tables: u32,
    /// Why it was not followed to its end, if it was not.
    pub cut: Option<Cut>,
}

impl Traced {
    /// Targets of its direct calls, each once, ascending.
    pub fn callees(&self) -> Vec<u64> {
        let calls = self.function.calls.iter().filter(|call| !call.tail);
        let targets = calls.filter_map(|call| match call.target {
            CallTarget::Function(address) => Some(address),
            _ => None,
        });
        let mut callees: Vec<u64> = targets.collect();
        callees.sort_unstable();
        callees.dedup();
        callees
    }
}

/// Why a function was not followed to its end. Of several the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// Tables of switches, more than the [`Allowance`](super::allowance::Allowance) has entries.
    Tables,
    /// Code that other functions have, more than the allowance has.
    Shared,
    /// After so many instructions.
    Length(u64),
    /// The budget of the stage ended.
    Budget,
}

impl Cut {
    /// Nothing more of the function is read.
    pub fn ends(self) -> bool {
        matches!(self, Cut::Length(_) | Cut::Budget)
    }
}
