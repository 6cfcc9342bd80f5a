//! The tracing of one function: block after block, instruction after instruction, until a bound.

use super::Tracer;
use super::convention::Convention;
use super::rows::Variable;
use super::ways::{BlockId, Rank};
use crate::graph::{Graph, Kind, NodeId};
use crate::machine::{Lifted, Machine, Op};
use crate::surroundings::Surroundings;
use crate::trace::{Cut, Effect, Placed};
use crate::unfolded::Part;
use crate::{a64, x86};
use cognate_base::TypedIndex;
use cognate_binary::decode::{Decoder, Flow, Instruction, Raw};
use cognate_binary::{Function, Image};

/// Instructions of a function that are traced; behind them only the first of each block, so
/// that what keeps the blocks together is there (judgement: what a longer one says, it says in that many, too).
pub const MOST_INSTRUCTIONS: u32 = 20_000;
/// Instructions, and blocks, at which the tracing ends as a whole.
const MOST_IN_ALL: u32 = 2 * MOST_INSTRUCTIONS;
/// Expressions of a function, whatever its length: as many as the longest that is traced may have by [`NODES_EACH`].
const MOST_NODES: usize = 400_000;
/// Expressions of a function for each of its instructions, and for none (judgement): compiled code makes a few each.
const NODES_EACH: u64 = 16;
const LEAST_NODES: u64 = 4_096;
/// Steps of looking up while blocks are traced: blocks gone back, ways compared, slots forgotten (judgement; what a
/// function pays for them, `cognate_fingerprint` bills).
pub(super) const MOST_STEPS_IN_ALL: usize = 16_000_000;

/// The tracing of one function.
pub(super) struct Run<'a> {
    pub tracer: &'a mut Tracer,
    pub around: &'a dyn Surroundings,
    pub function: &'a Function,
    pub convention: Convention,
    image: &'a Image,
    /// The block that is traced.
    pub block: Rank,
    /// The address of the instruction.
    at: u64,
    /// Registers set since the last call, by bit: its arguments may be among them.
    pub set_registers: u128,
    /// Slots written since the last call, where arguments go on the stack.
    pub pushed: Vec<(i64, NodeId)>,
    /// Calls so far.
    pub calls: u64,
    /// Where the instruction jumps or calls, where its operand says so.
    pub target: Option<NodeId>,
    /// The condition of the instruction's branch.
    pub condition: Option<NodeId>,
    /// Expressions after which the tracing ends.
    pub most_nodes: usize,
    /// Steps of looking up so far.
    pub steps: usize,
    /// What is particular about the blocks, where callees are in place, and about the one that is traced.
    parts: &'a [Part],
    pub part: Part,
    /// The callees that have been entered, by number.
    pub entered: Vec<Entered>,
}

/// What is known of a callee where it is entered.
#[derive(Clone, Debug, Default)]
pub(super) struct Entered {
    /// The offset in its caller's frame that its stack pointer has.
    pub stack: Option<i64>,
    /// The caller's stack pointer behind the call.
    pub restored: Option<NodeId>,
    /// What the registers for arguments hold.
    pub arguments: Vec<NodeId>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        tracer: &'a mut Tracer,
        image: &'a Image,
        (function, parts): (&'a Function, &'a [Part]),
        around: &'a dyn Surroundings,
    ) -> Self {
        let most = function.instructions().saturating_mul(NODES_EACH).saturating_add(LEAST_NODES);
        Run {
            tracer,
            around,
            function,
            convention: Convention::of(image.arch_at(function.address), image.format),
            image,
            block: Rank::default(),
            at: 0,
            set_registers: 0,
            pushed: Vec::new(),
            calls: 0,
            target: None,
            condition: None,
            most_nodes: usize::try_from(most).unwrap_or(MOST_NODES).min(MOST_NODES),
            steps: 0,
            parts,
            part: Part::default(),
            entered: Vec::new(),
        }
    }

    pub(super) fn graph(&mut self) -> &mut Graph {
        &mut self.tracer.trace.graph
    }

    /// Traces the blocks.
    pub(super) fn blocks(&mut self, entry: Option<BlockId>) {
        let mut before = None;
        for block in self.tracer.ways.learn(self.function, entry) {
            if self.ends() {
                return;
            }
            self.block = self.tracer.done;
            self.set_registers = 0;
            self.pushed.clear();
            self.tracer.rows.begin();
            self.begin_part(before, block);
            before = Some(block);
            self.instructions(block);
            self.tracer.done = Rank(self.tracer.done.0 + 1);
            let end = self.tracer.trace.effects.len() as u32;
            self.tracer.trace.block_ends.push(end);
        }
    }

    /// Takes up a block where callees are in place.
    fn begin_part(&mut self, before: Option<BlockId>, block: BlockId) {
        let Some(&part) = self.parts.get(block.position()) else { return };
        self.part = part;
        if let Some(callee) = part.resumes {
            self.resume(callee);
        }
        // what only the cutting took apart is one block
        let before = before.and_then(|before| self.function.blocks.get(before.position()));
        let leads_here =
            before.is_some_and(|before| matches!(before.edges[..], [edge] if edge.to == block.0));
        if leads_here && self.tracer.ways.sources(self.block).len() == 1 {
            self.tracer.trace.block_ends.pop();
        }
    }

    fn instructions(&mut self, block: BlockId) {
        let Some(code) = self.function.blocks.get(block.position()) else { return };
        let bytes = self.image.read(code.address, code.bytes as usize).unwrap_or(&[]);
        let switch = code.edges.len() > 2;
        let mut first = true;
        let mut decoder = Decoder::addresses(self.image.arch_at(code.address), bytes, code.address);
        let mut instruction = Instruction::default();
        while decoder.read(&mut instruction) {
            if self.ends() {
                return;
            }
            let trace = &mut self.tracer.trace;
            if trace.lifted.1 >= MOST_INSTRUCTIONS && !first {
                return trace.end_by(Cut::Instructions);
            }
            first = false;
            self.instruction(&instruction, switch);
        }
    }

    /// Whether a bound is reached; the trace says which.
    fn ends(&mut self) -> bool {
        let trace = &mut self.tracer.trace;
        let cut = if trace.lifted.1.max(trace.block_ends.len() as u32) >= MOST_IN_ALL {
            Cut::Instructions
        } else if trace.graph.len() >= self.most_nodes {
            Cut::Expressions
        } else if self.tracer.rows.is_full() {
            Cut::Values
        } else if self.steps >= MOST_STEPS_IN_ALL {
            Cut::Ways
        } else {
            return false;
        };
        trace.end_by(cut);
        true
    }

    fn instruction(&mut self, instruction: &Instruction, switch: bool) {
        self.at = instruction.address;
        let trace = &mut self.tracer.trace;
        trace.graph.now = trace.addresses.push(instruction.address);
        (self.target, self.condition) = (None, None);
        let lifted = match (&instruction.raw, instruction.flow) {
            (_, Flow::Call(_) | Flow::Return | Flow::Jump(_) | Flow::Stop) => Lifted::Real,
            (Raw::X86(raw, offsets), _) => x86::lift(self, raw, offsets),
            (Raw::A64(word), _) => a64::lift(self, *word, instruction.address),
        };
        let (real, all) = &mut self.tracer.trace.lifted;
        *all += 1;
        *real += u32::from(lifted == Lifted::Real);
        self.flow(instruction, switch);
    }

    /// Follows where an instruction leads that has been lifted.
    fn flow(&mut self, instruction: &Instruction, switch: bool) {
        if let Some((_, callee)) = self.part.enters.filter(|(at, _)| *at == instruction.address)
            && let flow @ (Flow::Call(to) | Flow::Jump(to)) = instruction.flow
        {
            return self.enter(callee, to, flow == Flow::Jump(to));
        }
        match instruction.flow {
            Flow::Return if self.part.goes_back => {}
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
                None => self.call(instruction.address, Some(to)),
            },
            Flow::IndirectCall => self.call(instruction.address, None),
            Flow::Jump(to) => self.tail_call(instruction.address, Some(to)),
            Flow::IndirectJump if switch => {
                if let Some(target) = self.target {
                    self.effect(Effect::Switch(target));
                }
            }
            Flow::IndirectJump => self.tail_call(instruction.address, None),
            Flow::Branch(_) => {
                if let Some(condition) = self.condition {
                    self.effect(Effect::Branch(condition));
                }
            }
            Flow::Return => self.give_back(),
            Flow::Next | Flow::Stop => {}
        }
    }

    /// Notes what may be the function's results, if they were made here.
    fn give_back(&mut self) {
        let [general, float] = self.convention.results.map(|register| self.get(register));
        let is_float = is_float(self.graph(), float);
        for value in std::iter::once(general).chain(is_float.then_some(float)) {
            if !matches!(self.graph().kind(value), Kind::Entry | Kind::Unknown | Kind::Argument) {
                self.effect(Effect::Return(value));
            }
        }
    }

    /// Notes an effect of the instruction.
    pub(super) fn effect(&mut self, effect: Effect) {
        self.tracer.trace.effects.push(Placed { at: self.at, effect });
    }

    /// Moves the stack pointer.
    pub(super) fn move_stack(&mut self, by: i64) -> NodeId {
        let (pointer, register) = (self.convention.pointer, self.convention.stack);
        let stack = self.get(register);
        let stack = self.graph().sum(pointer, &[(stack, 1)], by as u64);
        self.set(register, stack);
        stack
    }

    fn push(&mut self, value: NodeId) {
        let stack = self.move_stack(-self.convention.pointer_bytes());
        self.store(stack, value, self.convention.pointer);
    }

    /// What a variable holds at the end of a block, if that is known.
    pub(super) fn known(&self, block: Rank, variable: Variable) -> Option<NodeId> {
        self.tracer.rows.get(block, variable)
    }

    /// Notes what a variable holds at the end of a block, or has come to hold in the one that is traced.
    pub(super) fn note(&mut self, block: Rank, variable: Variable, value: NodeId) {
        self.tracer.rows.set(block, variable, value);
    }
}

/// Whether a value comes from arithmetic of floats: else a vector register only served to move something.
fn is_float(graph: &Graph, value: NodeId) -> bool {
    let value = match graph.kind(value) {
        Kind::Op(Op::Insert { at: 0, .. }) => graph.operand(value, 1).unwrap_or(value),
        Kind::Op(Op::ZeroExtend) => graph.operand(value, 0).unwrap_or(value),
        _ => value,
    };
    use Op::*;
    #[rustfmt::skip]
    let is_float = matches!(graph.kind(value), Kind::Op(
        FAdd | FSub | FMul | FDiv | FMin | FMax | FSqrt | FNeg | FAbs | FMulAdd
        | FloatFromS(_) | FloatFromU(_) | FloatConvert(_) | FRound(_)
    ));
    is_float
}
