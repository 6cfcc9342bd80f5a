//! Calls: what is given to them, what they leave behind, what of the frame they may change.

use super::rows::{MOST_SLOTS, Variable};
use super::run::Run;
use crate::graph::{Kind, NodeId};
use crate::machine::{Machine, Reg};
use crate::trace::Effect;
use cognate_binary::CallTarget;

/// Arguments of a call on the stack, and effects before it that may have put them there (judgement: few functions
/// take ten).
const MOST_PUSHED: usize = 32;

impl Run<'_> {
    /// A jump that leaves the function is a call.
    pub(super) fn tail_call(&mut self, at: u64, to: Option<u64>) {
        if self.function.calls.binary_search_by_key(&at, |call| call.at).is_ok() {
            self.call(at, to);
        }
    }

    /// The instruction at an address calls a function.
    pub(super) fn call(&mut self, at: u64, to: Option<u64>) {
        let calls = &self.function.calls;
        let known = calls.binary_search_by_key(&at, |call| call.at).ok().and_then(|at| calls.get(at));
        let target = known.map_or(CallTarget::Unknown, |call| call.target);
        let mut arguments = self.take_arguments();
        // a function pointer may lie in an argument's register
        arguments.retain(|argument| Some(*argument) != self.target);
        for &argument in &arguments {
            self.escape(argument);
        }
        let indirect = self.target.filter(|_| target == CallTarget::Unknown);
        self.effect(Effect::Call { target, indirect, arguments });
        self.clobber();
        self.calls += 1;
        if let Some(pops) = to.map(|to| self.around.callee(to).pops).filter(|pops| *pops > 0) {
            self.move_stack(pops.into());
        }
        self.set_registers = 0;
        self.pushed.clear();
    }

    /// The arguments set for a call since the last one, each once; and the function's own that are passed on
    /// in front of them, where they lie already.
    fn take_arguments(&mut self) -> Vec<NodeId> {
        let general = self.convention.arguments.iter().map(|&number| Reg::general(number));
        let float = (0..self.convention.float_arguments).map(Reg::vector);
        let set = self.set_registers;
        let is_set = |register: &Reg| set >> register.0 & 1 == 1;
        let last = general.clone().rposition(|register| is_set(&register));
        let mut arguments: Vec<NodeId> = Vec::new();
        for (place, register) in general.enumerate() {
            let value = if Some(place) <= last { self.get(register) } else { continue };
            if is_set(&register) || self.graph().kind(value) == Kind::Argument || self.was_given(place, value)
            {
                arguments.push(value);
            }
        }
        for register in float.filter(is_set) {
            arguments.push(self.get(register));
        }
        if self.convention.on_stack {
            arguments.extend(self.pushed_arguments());
        }
        // unoptimised code moves an argument through other argument registers
        let mut once = Vec::with_capacity(arguments.len());
        for argument in arguments {
            if !once.contains(&argument) {
                once.push(argument);
            }
        }
        once
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
        // they are no effects by themselves
        let trace = &mut self.tracer.trace;
        let start = trace.block_ends.last().map_or(0, |end| *end as usize);
        let first = trace.effects.len().saturating_sub(2 * MOST_PUSHED).max(start);
        for placed in trace.effects.iter_mut().skip(first) {
            if let Effect::Slot { offset, width, .. } = &mut placed.effect
                && slots.contains(offset)
            {
                *width = 0;
            }
        }
        arguments
    }

    /// Sets what a call leaves behind: its results, and nothing that is known in what it need not keep.
    fn clobber(&mut self) {
        let (pointer, kept, number) = (self.convention.pointer, self.convention.kept, self.calls);
        let unknown = self.graph().leaf(Kind::Unknown, pointer, number);
        self.tracer.rows.set_registers(self.block, !kept as u64, unknown);
        for register in (64..Reg::COUNT as u8).map(Reg) {
            let is_segment = [Reg::FS, Reg::GS, Reg::DIRECTION].contains(&register);
            // the special ones only where they were used
            let is_used = self.known(self.block, Variable::of_register(register)).is_some();
            if is_used && !is_segment && kept >> register.0 & 1 == 0 {
                self.note(self.block, Variable::of_register(register), unknown);
            }
        }
        let [general, float] = self.convention.results;
        for (register, width) in [(general, pointer), (float, 64)] {
            let result = self.graph().leaf(Kind::Result, width, number);
            self.note(self.block, Variable::of_register(register), result);
        }
        self.forget_escaped();
    }

    /// Slots whose address is known outside may hold anything now.
    fn forget_escaped(&mut self) {
        if self.tracer.trace.escaped.is_empty() {
            return;
        }
        self.steps += self.tracer.offsets.len();
        for slot in 0..self.tracer.offsets.len() {
            let Some(&offset) = self.tracer.offsets.get(slot) else { continue };
            if self.tracer.trace.escaped_base(offset).is_some() {
                let pointer = self.convention.pointer;
                let local = self.graph().leaf(Kind::Local, pointer, offset as u64);
                self.note(self.block, Variable::of_slot(slot), local);
            }
        }
    }

    /// If a value is an address of the frame, it becomes known outside.
    pub(super) fn escape(&mut self, value: NodeId) {
        let offset = self.frame_offset(value);
        let escaped = &mut self.tracer.trace.escaped;
        if let Some(offset) = offset
            && let Err(at) = escaped.binary_search(&offset)
            && escaped.len() < MOST_SLOTS
        {
            escaped.insert(at, offset);
        }
    }

    /// The offset from the stack pointer at the entry, where a value is an address of the frame.
    pub(super) fn frame_offset(&self, value: NodeId) -> Option<i64> {
        let graph = &self.tracer.trace.graph;
        let node = graph.node(value);
        let offset = match (node.kind, graph.operands(value)) {
            (Kind::Frame, _) => 0,
            (Kind::Sum, [one]) if one.times == 1 && graph.kind(one.node) == Kind::Frame => {
                let spare = 64 - u32::from(self.convention.pointer);
                ((node.payload << spare) as i64) >> spare
            }
            _ => return None,
        };
        Some(if self.entered.is_empty() { offset } else { self.in_callers_frame(offset) })
    }
}
