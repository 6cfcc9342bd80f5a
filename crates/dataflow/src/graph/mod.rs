//! Expressions, each once: the values of a function as a graph.
//!
//! Equal expressions are one [`Node`] (hash consing), and none is made that a
//! rule of `simplify` writes simpler: making a node *is* bringing it into
//! normal form. Widths of 32 and more are not told apart, so that code of 32
//! and 64 bits meets: what is cut to 32 bits or extended from them stays what
//! it was.

mod stored;
mod table;

use crate::kept::{KEPT, empty};
use crate::machine::{Op, Width};
use cognate_base::{TypedIndex, TypedVec, combine, index_type};
pub use stored::{kind_hash, op_hash};
use table::{Seed, Table};

index_type! {
    /// A node's number in its [`Graph`].
    pub struct NodeId;

    /// A phi's number in its [`Graph`].
    pub struct PhiId;

    /// An instruction's number, counted along the trace.
    pub struct InstructionId;
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A number, sign-extended from its width: the payload.
    Constant,
    /// An address of the image: the payload.
    Address,
    /// What a register (the payload) held at the entry, where it is no argument.
    Entry,
    /// An argument of the function; the payload is its number, those on the stack from 64 on.
    Argument,
    /// The stack pointer at the entry.
    Frame,
    /// What is in the frame at an offset (the payload), not known how it came there.
    Local,
    /// What a call (the payload: its number) returned.
    Result,
    /// What a call (the payload) left in a register that it need not keep.
    Unknown,
    /// One of several values, by the way control came (the payload: its number in [`Graph::phis`]).
    Phi,
    /// A loop's counter, 0, 1, 2…; the payload is the number of its phi.
    Counter,
    /// Memory of `width` bits at the address that is its operand.
    Load,
    /// The payload plus each operand as many times as it says.
    Sum,
    /// An operation on its operands.
    Op(Op),
}

/// An operand: a node, and how many times it counts in a [`Kind::Sum`] (elsewhere once).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operand {
    /// The value.
    pub node: NodeId,
    /// How many times.
    pub times: i64,
}

/// An expression's top.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its width in bits.
    pub width: Width,
    /// A number, as [`Kind`] says.
    pub payload: u64,
    /// The instruction that made it first.
    pub made_by: InstructionId,
    first: u32,
    count: u32,
}

impl Default for Node {
    /// Stands for a node that is not there: nothing is known of it.
    fn default() -> Self {
        let (made_by, first, count) = (InstructionId(0), 0, 0);
        Node { kind: Kind::Unknown, width: 64, payload: 0, made_by, first, count }
    }
}

/// A value that is one of several, by the way control came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phi {
    /// The node that is this phi.
    pub node: NodeId,
    first: u32,
    count: u32,
}

/// How far the rules for one operation have gone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Applied {
    /// Rules that wait for another.
    pub depth: u32,
    /// Rules since the operation was asked for.
    pub rules: u32,
}

/// The expressions of one function.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: TypedVec<NodeId, Node>,
    /// Those of all nodes; each has its part.
    operands: Vec<Operand>,
    table: Table,
    seed: Seed,
    /// All phis.
    pub phis: TypedVec<PhiId, Phi>,
    /// The ways of all phis; each has its part.
    ways: Vec<NodeId>,
    /// The instruction that is being read.
    pub now: InstructionId,
    pub(crate) applied: Applied,
}

impl Graph {
    /// Forgets everything, keeping the memory unless it was much.
    pub fn clear(&mut self) {
        empty(self.nodes.items_mut(), KEPT);
        empty(&mut self.operands, KEPT);
        self.table.clear();
        empty(self.phis.items_mut(), KEPT);
        empty(&mut self.ways, KEPT);
        self.now = InstructionId(0);
        self.applied = Applied::default();
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All nodes, ascending: operands come before what was made of them.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        self.nodes.indices()
    }

    /// A node by its number.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id]
    }

    /// Its kind.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// Its operands.
    pub fn operands(&self, id: NodeId) -> &[Operand] {
        let node = self.node(id);
        self.operands.get(node.first as usize..(node.first + node.count) as usize).unwrap_or(&[])
    }

    /// Its operand at a place.
    pub fn operand(&self, id: NodeId, place: usize) -> Option<NodeId> {
        self.operands(id).get(place).map(|operand| operand.node)
    }

    /// The number that its operand at a place is, if it is one.
    pub fn operand_number(&self, id: NodeId, place: usize) -> Option<u64> {
        self.operand(id, place).and_then(|operand| self.number(operand))
    }

    /// The number it is, if it is one.
    pub fn number(&self, id: NodeId) -> Option<u64> {
        let node = self.node(id);
        (node.kind == Kind::Constant).then_some(node.payload)
    }

    /// The ways of the phi that a node is, if it is one: the values, one for each block that control comes from.
    pub fn ways_of(&self, id: NodeId) -> Option<&[NodeId]> {
        let node = self.node(id);
        (node.kind == Kind::Phi).then(|| self.ways(PhiId::of(node.payload as usize)))
    }

    /// The ways of a phi.
    pub(crate) fn ways(&self, phi: PhiId) -> &[NodeId] {
        let Phi { first, count, .. } = self.phis[phi];
        self.ways.get(first as usize..(first + count) as usize).unwrap_or(&[])
    }

    /// The ways of a phi, to be changed.
    pub(crate) fn ways_mut(&mut self, phi: PhiId) -> &mut [NodeId] {
        let Phi { first, count, .. } = self.phis[phi];
        self.ways.get_mut(first as usize..(first + count) as usize).unwrap_or_default()
    }

    /// Sets the ways of the phi that a node is.
    pub(crate) fn set_ways(&mut self, id: NodeId, ways: &[NodeId]) {
        let node = self.node(id);
        debug_assert_eq!(node.kind, Kind::Phi);
        let first = u32::try_from(self.ways.len()).unwrap_or(u32::MAX);
        self.ways.extend_from_slice(ways);
        let phi = &mut self.phis[PhiId::of(node.payload as usize)];
        (phi.first, phi.count) = (first, ways.len() as u32);
    }

    /// Leaves each way of a phi once, the oldest first.
    pub(crate) fn keep_ways_once(&mut self, phi: PhiId) {
        let ways = self.ways_mut(phi);
        ways.sort_unstable();
        let mut kept = 0;
        for at in 0..ways.len() {
            if at == 0 || ways.get(at) != ways.get(kept - 1) {
                ways.swap(kept, at);
                kept += 1;
            }
        }
        self.phis[phi].count = kept as u32;
    }

    /// The node that is this, made where there was none. Nothing is simplified.
    pub fn intern(&mut self, kind: Kind, width: Width, payload: u64, operands: &[Operand]) -> NodeId {
        let mut hash = combine(self.seed.0 ^ kind_hash(kind) ^ u64::from(width) << 48, payload);
        for operand in operands {
            hash = combine(hash, u64::from(operand.node.0) ^ (operand.times as u64).rotate_left(32));
        }
        self.table.grow();
        let same = |number: u32| {
            let id = NodeId(number);
            let node = self.node(id);
            (node.kind, node.width, node.payload) == (kind, width, payload) && self.operands(id) == operands
        };
        let at = match self.table.find(hash, same) {
            Ok(number) => return NodeId(number),
            Err(at) => at,
        };
        let first = u32::try_from(self.operands.len()).unwrap_or(u32::MAX);
        self.operands.extend_from_slice(operands);
        let count = operands.len() as u32;
        let id = self.nodes.push(Node { kind, width, payload, made_by: self.now, first, count });
        self.table.put(at, hash, id.0);
        id
    }

    /// A leaf.
    pub fn leaf(&mut self, kind: Kind, width: Width, payload: u64) -> NodeId {
        self.intern(kind, width, payload, &[])
    }

    /// A number of so many bits.
    pub fn constant(&mut self, value: u64, width: Width) -> NodeId {
        let width = width.clamp(1, 64);
        let spare = 64 - u32::from(width);
        let value = if width == 1 { value & 1 } else { ((value << spare) as i64 >> spare) as u64 };
        self.leaf(Kind::Constant, width.max(8), value)
    }

    /// A new phi whose ways are not known yet.
    pub fn phi(&mut self, width: Width) -> NodeId {
        // no other is the same: it is not to be found again
        let (kind, payload, made_by) = (Kind::Phi, self.phis.len() as u64, self.now);
        let node = self.nodes.push(Node { kind, width, payload, made_by, first: 0, count: 0 });
        self.phis.push(Phi { node, first: 0, count: 0 });
        node
    }
}
