//! Traces a function: from its instructions to expressions of what it does.
//!
//! [`Tracer::trace`] goes over the blocks once, in an order in which a block
//! comes after those that lead to it (loops apart), and runs the lifter on a
//! machine whose values are nodes of a [`Graph`]. Registers and slots of the
//! stack frame are variables alike, so that what one compiler keeps on the stack
//! and another in a register is the same; where ways meet, a variable is looked
//! up on each of them (Braun et al., *Simple and Efficient Construction of Static
//! Single Assignment Form*, 2013) and becomes a phi where they differ. Loops are
//! closed at the end, then `settle.rs` resolves the phis.
//!
//! What the function makes large is bounded: instructions, expressions, values held,
//! steps of looking up. At the first bound the tracing ends as a whole, and
//! [`Trace::cut`] says which it was.
//!
//! What is simplified, and known to be: memory outside the frame has no history
//! (two loads of one address are one value); overlapping slots are not merged;
//! a call may change only those slots of which it was given the address.

use crate::graph::{Graph, KEPT, Kind, NodeId, empty};
use crate::machine::{Lifted, Machine, Op, Reg, Width};
use crate::rows::{MOST_SLOTS, NONE, REGISTERS, Rows};
use crate::{a64, x86};
use cognate_binary::decode::{Decoder, Flow, Instruction, Raw};
use cognate_binary::{Arch, CallTarget, Format, Function, Image};
use std::collections::HashMap;
use std::fmt;

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
        /// How many bits.
        width: Width,
    },
    /// A function is called.
    Call {
        /// Its number, as in [`Kind::Result`].
        number: u32,
        /// Which.
        target: CallTarget,
        /// The address it is read from or calculated as, where that is all that is known.
        indirect: Option<NodeId>,
        /// The arguments that were seen to be set for it, in no order.
        arguments: Vec<NodeId>,
        /// It is the last thing done: its result is ours.
        tail: bool,
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
    /// Its effects, block by block in the order of [`Trace::order`].
    pub effects: Vec<Placed>,
    /// The blocks in the order they were traced, by index into the function's, with where their effects end.
    pub order: Vec<(u32, u32)>,
    /// The address of each instruction in the order they were read.
    pub addresses: Vec<u64>,
    /// The bases of what of the frame was made known outside, ascending.
    pub escaped: Vec<i64>,
    /// Instructions with real semantics, and all that were followed.
    pub lifted: (u32, u32),
    /// Steps of looking up what variables hold, and of forgetting it.
    pub steps: u64,
    /// The bound that ended the tracing before the end of the function, if one did.
    pub cut: Option<Cut>,
}

/// Which bound ended the tracing of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// [`MOST_INSTRUCTIONS`].
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

/// Instructions of a function that are traced; behind them only the first of each block, so
/// that what holds the blocks together is there.
pub const MOST_INSTRUCTIONS: u32 = 20_000;
/// Instructions, and blocks, at which the tracing ends as a whole.
const MOST_IN_ALL: u32 = 2 * MOST_INSTRUCTIONS;
/// Expressions of a function, whatever its length.
const MOST_NODES: usize = 400_000;
/// Expressions of a function for each of its instructions, and for none: compiled code makes a few each.
const NODES_EACH: u64 = 16;
const LEAST_NODES: u64 = 4_096;
/// Arguments of a call on the stack, and effects before it that may have put them there.
const MOST_PUSHED: usize = 32;
/// Ways into phis that are looked up in all once the blocks are traced.
const MOST_WAYS: usize = 1_000_000;
/// Steps of looking up while they are traced: blocks gone back, ways compared, slots forgotten.
const MOST_LOOKED: usize = 16_000_000;
/// Operations passed that a store does not see.
const MOST_UNSEEN: u32 = 64;
/// Blocks a look-up goes back at once; behind them a phi stands.
const MOST_STEPS: u32 = 64;
/// How many bytes behind an address that was made known are taken to belong to it.
const OBJECT_BYTES: u64 = 256;

/// How functions are called here.
struct Convention {
    pointer: Width,
    stack: Reg,
    results: [Reg; 2],
    arguments: &'static [u8],
    float_arguments: u8,
    /// Registers that a call leaves as they were, by bit.
    kept: u128,
    on_stack: bool,
}

fn convention(arch: Arch, format: Format) -> Convention {
    let windows = matches!(format, Format::Pe | Format::PeMemory | Format::Coff);
    let bits = |registers: &[u8]| registers.iter().fold(0u128, |all, &register| all | 1 << register);
    match arch {
        Arch::X86 => Convention {
            pointer: 32,
            stack: Reg::general(4),
            results: [Reg::general(0), Reg::x87(0)],
            arguments: &[0, 2, 1],
            float_arguments: 0,
            kept: bits(&[3, 4, 5, 6, 7]),
            on_stack: true,
        },
        Arch::X86_64 if windows => Convention {
            pointer: 64,
            stack: Reg::general(4),
            results: [Reg::general(0), Reg::vector(0)],
            arguments: &[1, 2, 8, 9],
            float_arguments: 4,
            kept: bits(&[3, 4, 5, 6, 7, 12, 13, 14, 15]) | 0x3ff << (32 + 6),
            on_stack: false,
        },
        Arch::X86_64 => Convention {
            pointer: 64,
            stack: Reg::general(4),
            results: [Reg::general(0), Reg::vector(0)],
            arguments: &[7, 6, 2, 1, 8, 9],
            float_arguments: 8,
            kept: bits(&[3, 4, 5, 12, 13, 14, 15]),
            on_stack: false,
        },
        Arch::Aarch64 => Convention {
            pointer: 64,
            stack: Reg::general(31),
            results: [Reg::general(0), Reg::vector(0)],
            arguments: &[0, 1, 2, 3, 4, 5, 6, 7],
            float_arguments: 8,
            kept: bits(&[18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 31]) | 0xff << (32 + 8),
            on_stack: false,
        },
    }
}

/// Traces functions, keeping its memory from one to the next, unless it was an outlier's.
#[derive(Debug, Default)]
pub struct Tracer {
    trace: Trace,
    /// For each block by its rank what its variables hold at its end, as far as known.
    rows: Rows,
    /// Where control comes from: a range of `sources`.
    from: Vec<(u32, u32)>,
    sources: Vec<u32>,
    /// Blocks that were traced: those of lower rank.
    done: u32,
    slots: HashMap<i64, u32>,
    offsets: Vec<i64>,
    open: Vec<NodeId>,
    /// The place of each block in the order of tracing.
    rank: Vec<u32>,
}

impl Tracer {
    /// Traces a function of an image.
    pub fn trace(&mut self, image: &Image, function: &Function, around: &dyn Surroundings) -> &Trace {
        self.reset(function);
        let convention = convention(image.arch_at(function.address), image.format);
        let mut run = Run {
            tracer: self,
            around,
            function,
            image,
            convention,
            block: 0,
            at: 0,
            arguments: 0,
            pushed: Vec::new(),
            calls: 0,
            target: None,
            condition: None,
            most_nodes: most_nodes(function),
            looked: 0,
        };
        run.blocks();
        run.close();
        let (most_nodes, looked) = (run.most_nodes, run.looked);
        self.trace.steps = looked as u64;
        crate::settle::settle(&mut self.trace, around, 2 * most_nodes);
        &self.trace
    }

    fn reset(&mut self, function: &Function) {
        self.trace.graph.clear();
        empty(&mut self.trace.effects, KEPT);
        empty(&mut self.trace.order, KEPT);
        empty(&mut self.trace.addresses, KEPT);
        self.trace.escaped.clear();
        self.trace.lifted = (0, 0);
        self.trace.steps = 0;
        self.trace.cut = None;
        self.rows.clear();
        self.done = 0;
        self.slots.clear();
        self.offsets.clear();
        empty(&mut self.open, KEPT);
        empty(&mut self.rank, KEPT);
        self.sources(function);
    }

    /// Lists for every block where control comes from.
    fn sources(&mut self, function: &Function) {
        let count = function.blocks.len();
        empty(&mut self.from, KEPT);
        self.from.resize(count, (0, 0));
        let edges = || {
            function.blocks.iter().zip(0u32..).flat_map(|(block, at)| {
                block
                    .edges
                    .iter()
                    .map(move |edge| (at, edge.to))
                    .filter(move |(_, to)| (*to as usize) < count)
            })
        };
        for (_, to) in edges() {
            self.from[to as usize].1 += 1;
        }
        let mut start = 0;
        for range in &mut self.from {
            let length = range.1;
            *range = (start, start);
            start += length;
        }
        empty(&mut self.sources, KEPT);
        self.sources.resize(start as usize, 0);
        for (at, to) in edges() {
            let range = &mut self.from[to as usize];
            self.sources[range.1 as usize] = at;
            range.1 += 1;
        }
        for range in &self.from {
            self.sources[range.0 as usize..range.1 as usize].sort_unstable();
        }
    }

    fn rank(&self, block: u32) -> u32 {
        self.rank.get(block as usize).copied().unwrap_or(u32::MAX)
    }

    fn held(&self, block: u32, variable: u32) -> NodeId {
        self.rows.get(self.rank(block), variable)
    }

    fn hold(&mut self, block: u32, variable: u32, value: NodeId) {
        self.rows.set(self.rank(block), variable, value);
    }

    /// The variable for a slot of the frame.
    fn slot(&mut self, offset: i64) -> Option<u32> {
        if let Some(&variable) = self.slots.get(&offset) {
            return Some(variable);
        }
        if self.offsets.len() >= MOST_SLOTS {
            return None;
        }
        let variable = REGISTERS + self.offsets.len() as u32;
        self.offsets.push(offset);
        self.slots.insert(offset, variable);
        Some(variable)
    }
}

/// The blocks in an order in which loops apart each comes after those that lead to it.
fn order(function: &Function, entry: u32) -> Vec<u32> {
    let count = function.blocks.len();
    let mut seen = vec![false; count];
    let mut after: Vec<u32> = Vec::with_capacity(count);
    let mut stack: Vec<(u32, usize)> = Vec::new();
    let starts = std::iter::once(entry).chain(0..count as u32);
    for start in starts {
        if seen.get(start as usize).copied().unwrap_or(true) {
            continue;
        }
        seen[start as usize] = true;
        stack.push((start, 0));
        let first = after.len();
        while let Some((block, next)) = stack.last_mut() {
            let edges =
                function.blocks.get(*block as usize).map(|block| block.edges.as_slice()).unwrap_or(&[]);
            match edges.get(*next) {
                Some(edge) => {
                    *next += 1;
                    if seen.get(edge.to as usize) == Some(&false) {
                        seen[edge.to as usize] = true;
                        stack.push((edge.to, 0));
                    }
                }
                None => {
                    after.push(*block);
                    stack.pop();
                }
            }
        }
        if let Some(part) = after.get_mut(first..) {
            part.reverse();
        }
    }
    after
}

/// Expressions after which the tracing of a function ends.
fn most_nodes(function: &Function) -> usize {
    let most = function.instructions().saturating_mul(NODES_EACH).saturating_add(LEAST_NODES);
    usize::try_from(most).unwrap_or(MOST_NODES).min(MOST_NODES)
}

/// The tracing of one function.
struct Run<'a> {
    tracer: &'a mut Tracer,
    around: &'a dyn Surroundings,
    function: &'a Function,
    image: &'a Image,
    convention: Convention,
    block: u32,
    /// The address of the instruction.
    at: u64,
    /// Argument registers set since the last call, by bit.
    arguments: u128,
    /// Slots written since the last call, where arguments go on the stack.
    pushed: Vec<(i64, NodeId)>,
    calls: u32,
    target: Option<NodeId>,
    condition: Option<NodeId>,
    /// Expressions after which the tracing ends.
    most_nodes: usize,
    /// Steps of looking up so far.
    looked: usize,
}

impl Run<'_> {
    fn blocks(&mut self) {
        let entry = self.function.blocks.binary_search_by_key(&self.function.address, |block| block.address);
        let entry = entry.unwrap_or(0) as u32;
        let order = order(self.function, entry);
        self.tracer.rank.resize(order.len(), 0);
        for (&block, rank) in order.iter().zip(0u32..) {
            if let Some(slot) = self.tracer.rank.get_mut(block as usize) {
                *slot = rank;
            }
        }
        for block in order {
            if self.ends() {
                return;
            }
            self.block = block;
            self.arguments = 0;
            self.pushed.clear();
            self.tracer.rows.begin();
            self.instructions(block);
            self.tracer.done += 1;
            let end = self.tracer.trace.effects.len() as u32;
            self.tracer.trace.order.push((block, end));
        }
    }

    fn instructions(&mut self, block: u32) {
        let Some(code) = self.function.blocks.get(block as usize) else { return };
        let bytes = self.image.read(code.address, code.bytes as usize).unwrap_or(&[]);
        let switch = code.edges.len() > 2;
        let mut first = true;
        for instruction in Decoder::new(self.image.arch_at(code.address), bytes, code.address) {
            if self.ends() {
                return;
            }
            let trace = &mut self.tracer.trace;
            if trace.lifted.1 >= MOST_INSTRUCTIONS && !first {
                trace.cut = trace.cut.or(Some(Cut::Instructions));
                return;
            }
            first = false;
            self.instruction(&instruction, switch);
        }
    }

    /// Whether a bound is reached; the trace says which.
    fn ends(&mut self) -> bool {
        let trace = &mut self.tracer.trace;
        let cut = if trace.lifted.1.max(trace.order.len() as u32) >= MOST_IN_ALL {
            Cut::Instructions
        } else if trace.graph.len() >= self.most_nodes {
            Cut::Expressions
        } else if self.tracer.rows.is_full() {
            Cut::Values
        } else if self.looked >= MOST_LOOKED {
            Cut::Ways
        } else {
            return false;
        };
        trace.cut = trace.cut.or(Some(cut));
        true
    }

    fn instruction(&mut self, instruction: &Instruction, switch: bool) {
        self.at = instruction.address;
        let trace = &mut self.tracer.trace;
        trace.graph.now = trace.addresses.len() as u32;
        trace.addresses.push(instruction.address);
        (self.target, self.condition) = (None, None);
        let lifted = match (&instruction.raw, instruction.flow) {
            (_, Flow::Call(_) | Flow::Return | Flow::Jump(_) | Flow::Stop) => Lifted::Real,
            (Raw::X86(raw, offsets), _) => x86::lift(self, raw, offsets),
            (Raw::A64(word), _) => a64::lift(self, *word, instruction.address),
        };
        self.tracer.trace.lifted.1 += 1;
        self.tracer.trace.lifted.0 += u32::from(lifted == Lifted::Real);
        match instruction.flow {
            Flow::Call(to) if to == instruction.next() => {
                // call next; pop reg: the program counter
                let address = self.address(to);
                self.push(address);
            }
            Flow::Call(to) => match self.around.callee(to).program_counter {
                Some(register) => {
                    let address = self.address(instruction.next());
                    self.set(register, address);
                }
                None => self.call(instruction, Some(to)),
            },
            Flow::IndirectCall => self.call(instruction, None),
            Flow::Jump(to) => self.tail(instruction, Some(to)),
            Flow::IndirectJump if switch => {
                if let Some(target) = self.target {
                    self.effect(Effect::Switch(target));
                }
            }
            Flow::IndirectJump => self.tail(instruction, None),
            Flow::Branch(_) => {
                if let Some(condition) = self.condition {
                    self.effect(Effect::Branch(condition));
                }
            }
            Flow::Return => {
                let [general, float] = self.convention.results.map(|register| self.get(register));
                self.give_back(general);
                if self.is_float(float) {
                    self.give_back(float);
                }
            }
            Flow::Next | Flow::Stop => {}
        }
    }

    /// Whether a value comes from arithmetic of floats: else a vector register only served to move something.
    fn is_float(&self, value: NodeId) -> bool {
        let graph = &self.tracer.trace.graph;
        let value = match graph.kind(value) {
            Kind::Op(Op::Insert { at: 0, .. }) => graph.operand(value, 1).unwrap_or(value),
            Kind::Op(Op::ZeroExtend) => graph.operand(value, 0).unwrap_or(value),
            _ => value,
        };
        use Op::*;
        matches!(
            graph.kind(value),
            Kind::Op(
                FAdd | FSub
                    | FMul
                    | FDiv
                    | FMin
                    | FMax
                    | FSqrt
                    | FNeg
                    | FAbs
                    | FMulAdd
                    | FloatFromS(_)
                    | FloatFromU(_)
                    | FloatConvert(_)
                    | FRound(_)
            )
        )
    }

    /// What may be the function's result, if it was made here.
    fn give_back(&mut self, value: NodeId) {
        let kind = self.tracer.trace.graph.kind(value);
        if !matches!(kind, Kind::Entry | Kind::Unknown | Kind::Argument) {
            self.effect(Effect::Return(value));
        }
    }

    fn effect(&mut self, effect: Effect) {
        self.tracer.trace.effects.push(Placed { at: self.at, effect });
    }

    fn push(&mut self, value: NodeId) {
        let bytes = i64::from(self.convention.pointer / 8);
        let stack = self.get(self.convention.stack);
        let stack = self.tracer.trace.graph.sum(self.convention.pointer, &[(stack, 1)], -bytes as u64);
        self.set(self.convention.stack, stack);
        self.store(stack, value, self.convention.pointer);
    }

    /// A jump that leaves the function is a call.
    fn tail(&mut self, instruction: &Instruction, to: Option<u64>) {
        let calls = &self.function.calls;
        if calls.binary_search_by_key(&instruction.address, |call| call.at).is_ok() {
            self.call(instruction, to);
        }
    }

    fn call(&mut self, instruction: &Instruction, to: Option<u64>) {
        let calls = &self.function.calls;
        let known = calls.binary_search_by_key(&instruction.address, |call| call.at).ok();
        let known = known.and_then(|at| calls.get(at));
        let target = known.map_or(CallTarget::Unknown, |call| call.target);
        let tail = known.is_some_and(|call| call.tail);
        let mut arguments = self.take_arguments();
        // a function pointer may lie in an argument's register
        arguments.retain(|argument| Some(*argument) != self.target);
        for &argument in &arguments {
            self.escape(argument);
        }
        let number = self.calls;
        self.calls += 1;
        let indirect = self.target.filter(|_| target == CallTarget::Unknown);
        self.effect(Effect::Call { number, target, indirect, arguments, tail });
        self.clobber(number);
        if let Some(pops) = to.map(|to| self.around.callee(to).pops).filter(|pops| *pops > 0) {
            let stack = self.get(self.convention.stack);
            let stack = self.tracer.trace.graph.sum(self.convention.pointer, &[(stack, 1)], u64::from(pops));
            self.set(self.convention.stack, stack);
        }
        self.arguments = 0;
        self.pushed.clear();
    }

    /// The arguments set for a call since the last one.
    fn take_arguments(&mut self) -> Vec<NodeId> {
        let mut arguments = Vec::new();
        for &register in self.convention.arguments {
            if self.arguments >> register & 1 == 1 {
                arguments.push(self.get(Reg::general(register)));
            }
        }
        for number in 0..self.convention.float_arguments {
            if self.arguments >> (32 + number) & 1 == 1 {
                arguments.push(self.get(Reg::vector(number)));
            }
        }
        if self.convention.on_stack {
            arguments.extend(self.pushed_arguments());
        }
        // unoptimised code moves an argument through other argument registers
        let mut at = 0;
        while at < arguments.len() {
            let again = arguments.iter().take(at).any(|before| arguments.get(at) == Some(before));
            if again {
                arguments.remove(at);
            } else {
                at += 1;
            }
        }
        arguments
    }

    /// Values written from the stack pointer upwards, without a hole.
    fn pushed_arguments(&mut self) -> Vec<NodeId> {
        let stack = self.get(self.convention.stack);
        let Some(mut offset) = self.frame_offset(stack) else { return Vec::new() };
        let mut arguments = Vec::new();
        let recent = self.pushed.get(self.pushed.len().saturating_sub(2 * MOST_PUSHED)..).unwrap_or(&[]);
        while let Some(&(_, value)) = recent.iter().rev().find(|(at, _)| *at == offset)
            && arguments.len() < MOST_PUSHED
        {
            arguments.push(value);
            offset = offset.wrapping_add(4);
        }
        let slots = offset.wrapping_sub(4 * arguments.len() as i64)..offset;
        // they are no effects of their own
        let start = self.tracer.trace.order.last().map_or(0, |(_, end)| *end as usize);
        let first = self.tracer.trace.effects.len().saturating_sub(2 * MOST_PUSHED).max(start);
        for placed in self.tracer.trace.effects.iter_mut().skip(first) {
            if let Effect::Slot { offset, width, .. } = &mut placed.effect
                && slots.contains(offset)
            {
                *width = 0;
            }
        }
        arguments
    }

    /// What a call leaves behind.
    fn clobber(&mut self, number: u32) {
        let (pointer, kept) = (self.convention.pointer, self.convention.kept);
        let unknown = self.tracer.trace.graph.leaf(Kind::Unknown, pointer, u64::from(number));
        for register in 0..REGISTERS {
            let segment = [Reg::FS, Reg::GS, Reg::DIRECTION].contains(&Reg(register as u8));
            let named = register < 64 || self.tracer.held(self.block, register) != NONE;
            if named && !segment && kept >> register & 1 == 0 {
                self.tracer.hold(self.block, register, unknown);
            }
        }
        let result = self.tracer.trace.graph.leaf(Kind::Result, pointer, u64::from(number));
        self.tracer.hold(self.block, u32::from(self.convention.results[0].0), result);
        let float = self.tracer.trace.graph.leaf(Kind::Result, 64, u64::from(number));
        self.tracer.hold(self.block, u32::from(self.convention.results[1].0), float);
        self.forget_escaped();
    }

    /// Slots whose address is known outside may hold anything now.
    fn forget_escaped(&mut self) {
        if self.tracer.trace.escaped.is_empty() {
            return;
        }
        self.looked += self.tracer.offsets.len();
        for at in 0..self.tracer.offsets.len() {
            let Some(&offset) = self.tracer.offsets.get(at) else { continue };
            if escaped_base(&self.tracer.trace.escaped, offset).is_some() {
                let local = self.tracer.trace.graph.leaf(Kind::Local, self.convention.pointer, offset as u64);
                self.tracer.hold(self.block, REGISTERS + at as u32, local);
            }
        }
    }

    /// An address of the frame becomes known outside.
    fn escape(&mut self, value: NodeId) {
        if let Some(offset) = self.frame_offset(value)
            && let Err(at) = self.tracer.trace.escaped.binary_search(&offset)
            && self.tracer.trace.escaped.len() < MOST_SLOTS
        {
            self.tracer.trace.escaped.insert(at, offset);
        }
    }

    /// The offset from the stack pointer at the entry, where a value is an address of the frame.
    fn frame_offset(&self, value: NodeId) -> Option<i64> {
        let graph = &self.tracer.trace.graph;
        let node = graph.node(value);
        match (node.kind, graph.operands(value)) {
            (Kind::Frame, _) => Some(0),
            (Kind::Sum, [one]) if one.times == 1 && graph.kind(one.node) == Kind::Frame => {
                let spare = 64 - u32::from(self.convention.pointer);
                Some(((node.payload << spare) as i64) >> spare)
            }
            _ => None,
        }
    }

    /// What a variable holds here.
    fn look(&mut self, variable: u32) -> NodeId {
        match self.tracer.held(self.block, variable) {
            NONE => {
                let value = self.look_back(self.block, variable, 0);
                self.tracer.hold(self.block, variable, value);
                value
            }
            value => value,
        }
    }

    /// What a variable holds at the top of a block.
    ///
    /// It goes on through [`Run::join`] where ways meet, and so on to [`MOST_STEPS`]. Each block is
    /// looked at once for a variable, as what was found is held; where that cannot be, it ends at once.
    fn look_back(&mut self, block: u32, variable: u32, mut steps: u32) -> NodeId {
        if self.tracer.rows.is_full() {
            return self.new_phi(block, variable);
        }
        let mut way = Vec::new();
        let mut here = block;
        let value = loop {
            steps += 1;
            self.looked += 1;
            let (start, end) = self.tracer.from.get(here as usize).copied().unwrap_or_default();
            let entry =
                self.function.blocks.get(here as usize).is_some_and(|b| b.address == self.function.address);
            if start == end {
                break self.initial(variable);
            }
            if end == start + 1 && !entry {
                let before = self.tracer.sources.get(start as usize).copied().unwrap_or(0);
                match self.tracer.held(before, variable) {
                    NONE if self.is_done(before) => {
                        way.push(before);
                        here = before;
                        if steps > 4 * MOST_STEPS {
                            break self.new_phi(here, variable);
                        }
                        continue;
                    }
                    NONE => break self.new_phi(here, variable),
                    value => break value,
                }
            }
            break self.join(here, variable, (start, end), entry, steps);
        };
        for block in way {
            self.tracer.hold(block, variable, value);
        }
        value
    }

    fn is_done(&self, block: u32) -> bool {
        self.tracer.rank(block) < self.tracer.done
    }

    fn new_phi(&mut self, block: u32, variable: u32) -> NodeId {
        let width = if (32..64).contains(&variable) { 128 } else { self.convention.pointer };
        let phi = self.tracer.trace.graph.phi(block, variable, width);
        self.tracer.open.push(phi);
        phi
    }

    /// Where ways meet.
    fn join(&mut self, block: u32, variable: u32, range: (u32, u32), entry: bool, steps: u32) -> NodeId {
        self.looked += (range.1 - range.0) as usize;
        if steps > MOST_STEPS || self.looked >= MOST_LOOKED {
            return self.new_phi(block, variable);
        }
        let before = |run: &Self, at: u32| run.tracer.sources.get(at as usize).copied().unwrap_or(0);
        let own = self.tracer.rank(block);
        let all_done = (range.0..range.1).all(|at| self.is_done(before(self, at)));
        let loops = (range.0..range.1).any(|at| self.tracer.rank(before(self, at)) >= own);
        // in a loop the search comes back here: what it finds then is this phi
        let placed = (all_done && loops).then(|| self.place_phi(block, variable));
        let mut first = if entry { self.initial(variable) } else { NONE };
        let mut differ = false;
        for at in range.0..range.1 {
            let before = before(self, at);
            if differ || !self.is_done(before) {
                continue;
            }
            let value = match self.tracer.held(before, variable) {
                NONE => {
                    let value = self.look_back(before, variable, steps + 1);
                    self.tracer.hold(before, variable, value);
                    value
                }
                value => value,
            };
            if first == NONE {
                first = value;
            } else if first != value && Some(value) != placed {
                differ = true;
            }
        }
        let frame = first != NONE && self.frame_offset(first).is_some();
        let stack = variable == u32::from(self.convention.stack.0);
        // frame pointers do not move in loops; the stack pointer is the same on every way
        if first != NONE && Some(first) != placed && (!differ && (all_done || frame) || stack && frame) {
            if let Some(placed) = placed {
                self.resolve(placed, first);
                self.tracer.hold(block, variable, first);
            }
            return first;
        }
        match placed {
            Some(placed) => {
                self.tracer.open.push(placed);
                placed
            }
            None => self.new_phi(block, variable),
        }
    }

    /// A phi that stands until it is known what it is.
    fn place_phi(&mut self, block: u32, variable: u32) -> NodeId {
        let width = if (32..64).contains(&variable) { 128 } else { self.convention.pointer };
        let phi = self.tracer.trace.graph.phi(block, variable, width);
        self.tracer.hold(block, variable, phi);
        phi
    }

    /// A phi turns out to be one value.
    fn resolve(&mut self, phi: NodeId, value: NodeId) {
        let number = self.tracer.trace.graph.node(phi).payload as usize;
        if let Some(phi) = self.tracer.trace.graph.phis.get_mut(number) {
            phi.operands = vec![value];
        }
    }

    /// What a variable holds when the function is entered.
    fn initial(&mut self, variable: u32) -> NodeId {
        let convention = &self.convention;
        let graph = &mut self.tracer.trace.graph;
        if variable >= REGISTERS {
            let offset = self.tracer.offsets.get((variable - REGISTERS) as usize).copied().unwrap_or(0);
            let bytes = i64::from(convention.pointer / 8);
            let first = if self.image.arch_at(self.function.address) == Arch::Aarch64 { 0 } else { bytes };
            return if offset >= first {
                graph.leaf(
                    Kind::Argument,
                    convention.pointer,
                    64 + (offset.wrapping_sub(first) / bytes.max(1)) as u64,
                )
            } else {
                graph.leaf(Kind::Local, convention.pointer, offset as u64)
            };
        }
        let register = Reg(variable as u8);
        if register == convention.stack {
            return graph.leaf(Kind::Frame, convention.pointer, 0);
        }
        if let Some(number) = convention.arguments.iter().position(|&it| u32::from(it) == variable) {
            return graph.leaf(Kind::Argument, convention.pointer, number as u64);
        }
        if (32..32 + u32::from(convention.float_arguments)).contains(&variable) {
            return graph.leaf(Kind::Argument, 128, u64::from(variable));
        }
        let width = if (32..64).contains(&variable) { 128 } else { convention.pointer };
        graph.leaf(Kind::Entry, width, u64::from(variable))
    }

    /// Looks up what phis stand for, now that every block has been traced.
    ///
    /// What comes from a block that was not, as the tracing ended before, is not known.
    fn close(&mut self) {
        let (mut next, mut ways) = (0, 0);
        while let Some(&id) = self.tracer.open.get(next) {
            next += 1;
            if self.closes(ways) {
                break;
            }
            let graph = &self.tracer.trace.graph;
            let number = graph.node(id).payload as usize;
            let Some(phi) = graph.phis.get(number) else { continue };
            let (block, variable) = (phi.block, phi.variable);
            let (start, end) = self.tracer.from.get(block as usize).copied().unwrap_or_default();
            let mut operands = Vec::with_capacity((end - start) as usize);
            let entry = self.function.blocks.get(block as usize);
            if entry.is_some_and(|entry| entry.address == self.function.address) {
                operands.push(self.initial(variable));
            }
            for at in start..end {
                let before = self.tracer.sources.get(at as usize).copied().unwrap_or(0);
                let value = match self.tracer.held(before, variable) {
                    NONE if !self.is_done(before) => self.not_traced(),
                    NONE => {
                        let value = self.look_back_closed(before, variable);
                        self.tracer.hold(before, variable, value);
                        value
                    }
                    value => value,
                };
                operands.push(value);
            }
            if let Some(phi) = self.tracer.trace.graph.phis.get_mut(number) {
                phi.operands = operands;
            }
            ways += (end - start) as usize + 1;
        }
    }

    /// Whether a bound on the looking up is reached, so many ways into it; the trace says which.
    fn closes(&mut self, ways: usize) -> bool {
        let cut = if self.tracer.trace.graph.len() >= self.most_nodes {
            Cut::Expressions
        } else if self.tracer.rows.is_full() {
            Cut::Values
        } else if ways >= MOST_WAYS {
            Cut::Ways
        } else {
            return false;
        };
        let trace = &mut self.tracer.trace;
        trace.cut = trace.cut.or(Some(cut));
        true
    }

    /// What a variable holds that comes from a block that was not traced.
    fn not_traced(&mut self) -> NodeId {
        self.tracer.trace.graph.leaf(Kind::Unknown, self.convention.pointer, u64::MAX)
    }

    /// The same at the end: every join is a phi, so that nothing goes round in circles.
    fn look_back_closed(&mut self, block: u32, variable: u32) -> NodeId {
        let mut way = vec![block];
        let mut here = block;
        let value = loop {
            let (start, end) = self.tracer.from.get(here as usize).copied().unwrap_or_default();
            let entry =
                self.function.blocks.get(here as usize).is_some_and(|b| b.address == self.function.address);
            if start == end {
                break self.initial(variable);
            }
            if end > start + 1 || entry {
                break self.new_phi(here, variable);
            }
            let before = self.tracer.sources.get(start as usize).copied().unwrap_or(0);
            match self.tracer.held(before, variable) {
                NONE if !self.is_done(before) => break self.not_traced(),
                NONE if way.len() <= self.function.blocks.len() => {
                    way.push(before);
                    here = before;
                }
                NONE => break self.new_phi(here, variable),
                value => break value,
            }
        };
        for block in way {
            if self.tracer.held(block, variable) == NONE {
                self.tracer.hold(block, variable, value);
            }
        }
        value
    }
}

/// The nearest base at or below an offset, if the offset is near enough to belong to it.
pub fn escaped_base(escaped: &[i64], offset: i64) -> Option<i64> {
    let below = escaped.partition_point(|base| *base <= offset);
    let base = escaped.get(below.checked_sub(1)?).copied()?;
    let inside = (offset.wrapping_sub(base) as u64) < OBJECT_BYTES;
    inside.then_some(base)
}

impl Machine for Run<'_> {
    type Value = NodeId;

    fn constant(&mut self, value: u64, width: Width) -> NodeId {
        self.tracer.trace.graph.constant(value, width)
    }

    fn immediate(&mut self, value: u64, width: Width, place: u64) -> NodeId {
        let narrow = if self.convention.pointer == 32 { value & 0xffff_ffff } else { value };
        if width >= 32 && self.around.is_address(place, narrow) {
            return self.address(narrow);
        }
        self.constant(value, width)
    }

    fn address(&mut self, address: u64) -> NodeId {
        self.tracer.trace.graph.leaf(Kind::Address, self.convention.pointer, address)
    }

    fn get(&mut self, reg: Reg) -> NodeId {
        self.look(u32::from(reg.0))
    }

    fn set(&mut self, reg: Reg, value: NodeId) {
        if reg.0 < 64 {
            self.arguments |= 1 << reg.0;
        }
        self.tracer.hold(self.block, u32::from(reg.0), value);
    }

    fn op(&mut self, op: Op, width: Width, operands: &[NodeId]) -> NodeId {
        self.tracer.trace.graph.make(op, width, operands)
    }

    fn load(&mut self, address: NodeId, width: Width) -> NodeId {
        if let Some(offset) = self.frame_offset(address) {
            let Some(variable) = self.tracer.slot(offset) else {
                return self.tracer.trace.graph.leaf(Kind::Local, width, offset as u64);
            };
            let value = self.look(variable);
            let graph = &mut self.tracer.trace.graph;
            return if width < 32 { graph.make(Op::Truncate, width, &[value]) } else { value };
        }
        self.tracer.trace.graph.load(self.around, address, width)
    }

    fn store(&mut self, address: NodeId, value: NodeId, width: Width) {
        let Some(offset) = self.frame_offset(address) else {
            self.escape(value);
            let value = self.tracer.trace.graph.stored(value, width);
            return self.effect(Effect::Store { address, value, width });
        };
        if self.frame_offset(value).is_some() && escaped_base(&self.tracer.trace.escaped, offset).is_some() {
            self.escape(value);
        }
        let value = self.tracer.trace.graph.stored(value, width);
        if let Some(variable) = self.tracer.slot(offset) {
            self.tracer.hold(self.block, variable, value);
        }
        if width == 128
            && let Some(variable) = self.tracer.slot(offset.wrapping_add(8))
        {
            let upper = self.tracer.trace.graph.upper_half(value);
            self.tracer.hold(self.block, variable, upper);
        }
        if self.convention.on_stack {
            self.pushed.push((offset, value));
        }
        self.effect(Effect::Slot { offset, value, width });
    }

    fn branch(&mut self, condition: NodeId) {
        self.condition = Some(condition);
    }

    fn target(&mut self, target: NodeId) {
        self.target = Some(target);
    }

    fn block(&mut self, copy: bool, to: NodeId, source: NodeId, count: NodeId, _: Width) {
        self.escape(to);
        if copy {
            self.escape(source);
        }
        self.effect(Effect::Block { copy, operands: [to, source, count] });
    }
}

impl Graph {
    /// What is in memory at an address.
    pub fn load(&mut self, around: &dyn Surroundings, address: NodeId, width: Width) -> NodeId {
        let node = self.node(address);
        if node.kind == Kind::Address {
            match around.read(node.payload, width) {
                Memory::Number(value) => return self.constant(value, width.min(64)),
                Memory::Address(address) => return self.leaf(Kind::Address, width, address),
                Memory::Unknown => {}
            }
        }
        let operand = crate::graph::Operand { node: address, times: 1 };
        self.intern(Kind::Load, width, 0, &[operand])
    }

    /// A value as far as a store of so many bits takes it.
    fn stored(&mut self, mut value: NodeId, width: Width) -> NodeId {
        for _ in 0..MOST_UNSEEN {
            let node = self.node(value);
            let takes = match node.kind {
                Kind::Op(Op::Truncate | Op::ZeroExtend) => node.width >= width,
                Kind::Op(Op::SignExtend(from)) => from >= width,
                Kind::Op(Op::And) if width < 64 => {
                    let all = (1u64 << width) - 1;
                    self.operand(value, 1)
                        .and_then(|mask| self.number(mask))
                        .is_some_and(|mask| mask & all == all)
                }
                _ => false,
            };
            match self.operand(value, 0) {
                Some(inner) if takes => value = inner,
                _ => break,
            }
        }
        value
    }

    fn upper_half(&mut self, value: NodeId) -> NodeId {
        if self.number(value) == Some(0) {
            return value;
        }
        let by = self.constant(64, 8);
        self.make(Op::Shr, 128, &[value, by])
    }
}
