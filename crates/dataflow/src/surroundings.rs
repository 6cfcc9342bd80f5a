//! What lies around a function: addresses, memory that cannot change, the functions it calls.

use crate::graph::{Graph, Kind, NodeId, Operand};
use crate::machine::{Reg, Width};

/// What lies around the function.
pub trait Surroundings {
    /// Whether the bytes at `place`, of which the value is `value`, are an address of the image.
    fn is_address(&self, place: u64, value: u64) -> bool;

    /// What reading `width` bits at a fixed address gives, where that cannot change.
    fn read(&self, address: u64, width: Width) -> Memory;

    /// What is known of a function that is called.
    fn callee(&self, address: u64) -> Callee;
}

/// What memory at a fixed address holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// A number.
    Number(u64),
    /// An address of the image.
    Address(u64),
    /// Nothing that is known.
    Unknown,
}

/// What a caller must know of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Callee {
    /// Bytes of arguments it takes off the stack.
    pub pops: u16,
    /// It only puts its return address into this register (position-independent code of 32 bits).
    pub program_counter: Option<Reg>,
}

impl Graph {
    /// What is in memory at an address.
    pub(crate) fn read(&mut self, around: &dyn Surroundings, address: NodeId, width: Width) -> NodeId {
        let node = self.node(address);
        if node.kind == Kind::Address {
            match around.read(node.payload, width) {
                Memory::Number(value) => return self.constant(value, width.min(64)),
                Memory::Address(address) => return self.leaf(Kind::Address, width, address),
                Memory::Unknown => {}
            }
        }
        self.intern(Kind::Load, width, 0, &[Operand { node: address, times: 1 }])
    }
}
