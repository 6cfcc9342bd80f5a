//! Expressions, each once: the values of a function as a graph.
//!
//! Equal expressions are one [`Node`] (hash consing), and none is made that a
//! rule of `simplify.rs` writes simpler: making a node *is* bringing it into
//! normal form. Widths of 32 and more are not told apart, so that code of 32
//! and 64 bits meets: what is cut to 32 bits or extended from them stays what
//! it was.

use crate::machine::{Op, Width};
use crate::simplify::Applied;
use cognate_base::combine;
use std::hash::{BuildHasher, RandomState};

/// A node's number in its [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

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
    /// The number of the instruction, counted along the trace, that made it first.
    pub made_by: u32,
    first: u32,
    count: u32,
}

impl Node {
    /// How many operands it has.
    pub fn count_of(&self) -> usize {
        self.count as usize
    }
}

/// The ways a value may come from.
#[derive(Clone, Debug, Default)]
pub struct Phi {
    /// The block at whose top it stands.
    pub block: u32,
    /// The variable, a matter of the tracer.
    pub variable: u32,
    /// The node that is this phi.
    pub node: Option<NodeId>,
    /// The values, one for each block that control comes from.
    pub operands: Vec<NodeId>,
}

/// The nodes by their hashes: open addressing, emptied by counting up.
///
/// Only as many slots are used as the function needs, so that after a large
/// function the small ones still find theirs in the cache.
#[derive(Debug, Default)]
struct Table {
    /// The generation in the upper half, the node's number in the lower.
    slots: Vec<u64>,
    /// Slots in use now, a power of two, less one.
    mask: usize,
    generation: u32,
    used: usize,
}

/// Slots that every function starts with.
const LEAST_SLOTS: usize = 1024;
/// Entries of a list that are kept from function to function; what a larger one needed is given back.
pub(crate) const KEPT: usize = 1 << 16;

/// Empties a list for the next function, and gives its memory back where it has room for more than `kept`.
pub(crate) fn empty<T>(list: &mut Vec<T>, kept: usize) {
    if list.capacity() > kept {
        *list = Vec::new();
    }
    list.clear();
}

impl Table {
    fn clear(&mut self) {
        self.mask = LEAST_SLOTS - 1;
        if self.slots.len() > 2 * KEPT {
            (self.slots, self.generation) = (Vec::new(), 0);
        }
        self.renew();
    }

    fn renew(&mut self) {
        self.used = 0;
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.slots.fill(0);
            self.generation = 1;
        }
        if self.slots.len() <= self.mask {
            self.slots.resize(self.mask + 1, 0);
        }
    }

    /// Where the node of this hash is or belongs: its number, or the empty slot's place.
    fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mut at = hash as usize & self.mask;
        // at most half of the slots are in use
        for _ in 0..=self.mask {
            match self.slots.get(at) {
                Some(&slot) if (slot >> 32) as u32 == self.generation => {
                    if same(slot as u32) {
                        return Ok(slot as u32);
                    }
                }
                _ => return Err(at),
            }
            at = (at + 1) & self.mask;
        }
        Err(at)
    }

    fn put(&mut self, at: usize, number: u32) {
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = u64::from(self.generation) << 32 | u64::from(number);
            self.used += 1;
        }
    }

    /// Makes room for one more; the hashes are those of the nodes by number.
    fn grow(&mut self, hashes: &[u64]) {
        if (self.used + 1) * 2 <= self.mask {
            return;
        }
        self.mask = (self.mask * 2 + 1).max(LEAST_SLOTS - 1);
        self.renew();
        for (&hash, number) in hashes.iter().zip(0u32..) {
            if let Err(at) = self.find(hash, |_| false) {
                self.put(at, number);
            }
        }
    }
}

/// What the hashes in a [`Table`] start from: another in every process, so that no file can
/// hold expressions that all belong into one slot. Only the time depends on it.
#[derive(Debug)]
struct Seed(u64);

impl Default for Seed {
    fn default() -> Self {
        Seed(RandomState::new().hash_one(0u8))
    }
}

/// The expressions of one function.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    hashes: Vec<u64>,
    operands: Vec<Operand>,
    table: Table,
    seed: Seed,
    /// The phis by their numbers.
    pub phis: Vec<Phi>,
    /// The number of the instruction that is being read.
    pub now: u32,
    pub(crate) applied: Applied,
}

impl Graph {
    /// Forgets everything, keeping the memory unless it was much.
    pub fn clear(&mut self) {
        empty(&mut self.nodes, KEPT);
        empty(&mut self.operands, KEPT);
        empty(&mut self.hashes, KEPT);
        self.table.clear();
        empty(&mut self.phis, KEPT);
        self.now = 0;
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

    /// A node by its number; an unknown constant where there is none.
    pub fn node(&self, id: NodeId) -> Node {
        let none = Node { kind: Kind::Unknown, width: 64, payload: 0, made_by: 0, first: 0, count: 0 };
        self.nodes.get(id.0 as usize).copied().unwrap_or(none)
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

    /// The number it is, if it is one.
    pub fn number(&self, id: NodeId) -> Option<u64> {
        let node = self.node(id);
        (node.kind == Kind::Constant).then_some(node.payload)
    }

    /// The node that is this, made where there was none. Nothing is simplified.
    pub fn intern(&mut self, kind: Kind, width: Width, payload: u64, operands: &[Operand]) -> NodeId {
        let mut hash = combine(self.seed.0 ^ kind_hash(kind) ^ u64::from(width) << 48, payload);
        for operand in operands {
            hash = combine(hash, u64::from(operand.node.0) ^ (operand.times as u64).rotate_left(32));
        }
        self.table.grow(&self.hashes);
        let same = |number: u32| {
            let id = NodeId(number);
            let node = self.node(id);
            self.hashes.get(number as usize) == Some(&hash)
                && (node.kind, node.width, node.payload) == (kind, width, payload)
                && self.operands(id) == operands
        };
        let at = match self.table.find(hash, same) {
            Ok(number) => return NodeId(number),
            Err(at) => at,
        };
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let first = u32::try_from(self.operands.len()).unwrap_or(u32::MAX);
        self.operands.extend_from_slice(operands);
        let count = operands.len() as u32;
        self.nodes.push(Node { kind, width, payload, made_by: self.now, first, count });
        self.hashes.push(hash);
        self.table.put(at, number);
        NodeId(number)
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
    pub fn phi(&mut self, block: u32, variable: u32, width: Width) -> NodeId {
        let number = self.phis.len() as u64;
        let node = self.leaf(Kind::Phi, width, number);
        self.phis.push(Phi { block, variable, node: Some(node), operands: Vec::new() });
        node
    }
}

/// A number for a kind that stays the same from run to run.
pub fn kind_hash(kind: Kind) -> u64 {
    match kind {
        Kind::Constant => 1,
        Kind::Address => 2,
        Kind::Entry => 3,
        Kind::Argument => 4,
        Kind::Frame => 5,
        Kind::Local => 6,
        Kind::Result => 7,
        Kind::Unknown => 8,
        Kind::Phi => 9,
        Kind::Counter => 10,
        Kind::Load => 11,
        Kind::Sum => 12,
        Kind::Op(op) => op_hash(op),
    }
}

/// A number for an operation that stays the same from run to run.
pub fn op_hash(op: Op) -> u64 {
    match op {
        Op::Add => 32,
        Op::Sub => 33,
        Op::Mul => 34,
        Op::Neg => 35,
        Op::Not => 36,
        Op::And => 37,
        Op::Or => 38,
        Op::Xor => 39,
        Op::Shl => 40,
        Op::Shr => 41,
        Op::Sar => 42,
        Op::Rol => 43,
        Op::Ror => 44,
        Op::MulHighU => 45,
        Op::MulHighS => 46,
        Op::DivU => 47,
        Op::DivS => 48,
        Op::RemU => 49,
        Op::RemS => 50,
        Op::DivWideU => 51,
        Op::DivWideS => 52,
        Op::RemWideU => 53,
        Op::RemWideS => 54,
        Op::Truncate => 55,
        Op::ZeroExtend => 56,
        Op::SignExtend(from) => 0x100 + u64::from(from),
        Op::Insert { at, bits } => 0x1_0000 + (u64::from(at) << 8) + u64::from(bits),
        Op::Eq => 57,
        Op::Ult => 58,
        Op::Slt => 59,
        Op::Select => 60,
        Op::PopCount => 61,
        Op::LeadingZeros => 62,
        Op::TrailingZeros => 63,
        Op::ByteSwap => 64,
        Op::BitReverse => 65,
        Op::FAdd => 66,
        Op::FSub => 67,
        Op::FMul => 68,
        Op::FDiv => 69,
        Op::FMin => 70,
        Op::FMax => 71,
        Op::FSqrt => 72,
        Op::FNeg => 73,
        Op::FAbs => 74,
        Op::FMulAdd => 75,
        Op::FEq => 76,
        Op::FLt => 77,
        Op::FUnordered => 78,
        Op::FloatFromS(_) => 79,
        Op::FloatFromU(_) => 80,
        Op::FloatToS(_) => 81,
        Op::FloatToU(_) => 82,
        Op::FloatConvert(_) => 83,
        Op::FRound(mode) => 0x200 + u64::from(mode),
        Op::FlagsSub => 84,
        Op::FlagsAdd => 85,
        Op::FlagsAddCarry => 86,
        Op::FlagsSubBorrow => 87,
        Op::FlagsLogic => 88,
        Op::FlagsKeepCarry => 89,
        Op::FlagsSetCarry => 90,
        Op::FlagsInvertCarry => 91,
        Op::FlagsSetOverflow => 94,
        Op::FlagsFloat => 92,
        Op::FlagsFloatA64 => 93,
        Op::Test(cond) => 0x300 + cond as u64,
        Op::Lanes(lane, size) => 0x400 + ((lane as u64) << 8) + u64::from(size),
        Op::Shuffle(name) => 1 << 40 | u64::from(name),
        Op::Opaque(name) => 1 << 41 | u64::from(name),
    }
}
