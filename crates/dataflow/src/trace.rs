//! What a traced function does: its expressions, and the effects that stand on them.

use crate::graph::{Graph, InstructionId, NodeId};
use crate::kept::{KEPT, empty};
use crate::machine::Width;
use cognate_base::TypedVec;
use cognate_binary::CallTarget;
use std::fmt;

/// Something a function does that can be seen from outside, or decides where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Memory is written.
    Store {
        /// Where.
        address: NodeId,
        /// What.
        value: NodeId,
        /// How many bits.
        width: Width,
    },
    /// A slot of the frame is written; seen from outside only if its address leaves the function.
    Slot {
        /// The offset from the stack pointer at the entry.
        offset: i64,
        /// What.
        value: NodeId,
        /// How many bits; none where it is an argument of a call, and no effect by itself.
        width: Width,
    },
    /// A function is called: the first so in [`Trace::effects`] is number 0 in [`Kind::Result`](crate::Kind::Result).
    Call {
        /// Which.
        target: CallTarget,
        /// The address it is read from or calculated as, where that is all that is known.
        indirect: Option<NodeId>,
        /// The arguments that were seen to be set for it, in no order.
        arguments: Vec<NodeId>,
    },
    /// Memory is copied or filled.
    Block {
        /// Copied, or filled with one value.
        copy: bool,
        /// Where to, from where or with what, how many.
        operands: [NodeId; 3],
    },
    /// Control goes one of two ways.
    Branch(NodeId),
    /// Control goes one of many ways, by this address.
    Switch(NodeId),
    /// The function returns this.
    Return(NodeId),
}

impl Effect {
    /// Shows the expressions it stands on, to be read or changed.
    pub(crate) fn for_each_node(&mut self, mut show: impl FnMut(&mut NodeId)) {
        match self {
            Effect::Store { address, value, .. } => {
                show(address);
                show(value);
            }
            Effect::Slot { value, .. } | Effect::Branch(value) | Effect::Switch(value) => show(value),
            Effect::Return(value) => show(value),
            Effect::Call { indirect, arguments, .. } => indirect.iter_mut().chain(arguments).for_each(show),
            Effect::Block { operands, .. } => operands.iter_mut().for_each(show),
        }
    }
}

/// An effect with the instruction that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The address of the instruction.
    pub at: u64,
    /// What it does.
    pub effect: Effect,
}

/// A function as traced.
#[derive(Debug, Default)]
pub struct Trace {
    /// Its expressions.
    pub graph: Graph,
    /// Its effects, block by block in the order of tracing.
    pub effects: Vec<Placed>,
    /// For each block in the order of tracing, the number of effects up to its end.
    pub block_ends: Vec<u32>,
    /// The address of each instruction in the order they were read.
    pub addresses: TypedVec<InstructionId, u64>,
    /// The bases of what of the frame was made known outside, ascending.
    pub escaped: Vec<i64>,
    /// Instructions with real semantics, and all that were followed.
    pub lifted: (u32, u32),
    /// Steps of looking up what variables hold, and of forgetting it.
    pub steps: u64,
    /// The bound that ended the tracing before the end of the function, if one did.
    pub cut: Option<Cut>,
}

/// How many bytes behind an address that was made known are taken to belong to it.
///
/// Of unoptimised code all variables lie behind one another, and what is taken too much is forgotten at every
/// call and shows as an effect; of a structure that is larger, what was last seen in its other members is taken
/// to be there still, by all compilers alike (256, 64, 16, 8 and 1 bytes were tried: `docs/recompiled-code.md`).
const OBJECT_BYTES: u64 = 8;

impl Trace {
    /// Forgets everything, keeping the memory unless it was much.
    pub(crate) fn clear(&mut self) {
        self.graph.clear();
        empty(&mut self.effects, KEPT);
        empty(&mut self.block_ends, KEPT);
        empty(self.addresses.items_mut(), KEPT);
        self.escaped.clear();
        (self.lifted, self.steps, self.cut) = ((0, 0), 0, None);
    }

    /// Notes the bound that ended the tracing; the first stays.
    pub(crate) fn end_by(&mut self, cut: Cut) {
        self.cut = self.cut.or(Some(cut));
    }

    /// The base of the object that was made known outside and that a slot of the frame belongs to.
    ///
    /// The nearest at or below it, if it is near enough.
    pub fn escaped_base(&self, offset: i64) -> Option<i64> {
        let below = self.escaped.partition_point(|base| *base <= offset);
        let base = self.escaped.get(below.checked_sub(1)?).copied()?;
        let inside = (offset.wrapping_sub(base) as u64) < OBJECT_BYTES;
        inside.then_some(base)
    }
}

/// Which bound ended the tracing of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// [`MOST_INSTRUCTIONS`](crate::MOST_INSTRUCTIONS).
    Instructions,
    /// The expressions of a function: a number for each of its instructions, and one for any function.
    Expressions,
    /// What variables hold at the ends of blocks, in all.
    Values,
    /// Steps from block to block to look up what a variable holds.
    Ways,
}

impl fmt::Display for Cut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Cut::Instructions => "too many instructions",
            Cut::Expressions => "too many expressions",
            Cut::Values => "too many values in too many blocks",
            Cut::Ways => "too many ways between blocks",
        })
    }
}
