//! The machine whose values are expressions: registers and slots of the frame are variables, other memory is not.

use super::rows::{MOST_SLOTS, Variable};
use super::run::Run;
use crate::graph::{Graph, Kind, NodeId};
use crate::machine::{Machine, Op, Reg, Width};
use crate::trace::Effect;

/// Operations passed that a store does not see.
const MOST_UNSEEN: u32 = 64;

impl Machine for Run<'_> {
    type Value = NodeId;

    fn constant(&mut self, value: u64, width: Width) -> NodeId {
        self.graph().constant(value, width)
    }

    fn immediate(&mut self, value: u64, width: Width, place: u64) -> NodeId {
        let narrow = if self.convention.pointer == 32 { value & 0xffff_ffff } else { value };
        if width >= 32 && self.around.is_address(place, narrow) {
            return self.address(narrow);
        }
        self.graph().constant(value, width)
    }

    fn address(&mut self, address: u64) -> NodeId {
        let pointer = self.convention.pointer;
        self.graph().leaf(Kind::Address, pointer, address)
    }

    fn get(&mut self, reg: Reg) -> NodeId {
        self.look_up(Variable::of_register(reg))
    }

    fn set(&mut self, reg: Reg, value: NodeId) {
        if reg.0 < 64 {
            self.set_registers |= 1 << reg.0;
        }
        self.note(self.block, Variable::of_register(reg), value);
    }

    fn op(&mut self, op: Op, width: Width, operands: &[NodeId]) -> NodeId {
        self.graph().make(op, width, operands)
    }

    fn load(&mut self, address: NodeId, width: Width) -> NodeId {
        let Some(offset) = self.frame_offset(address) else {
            return self.tracer.trace.graph.read(self.around, address, width);
        };
        let Some(variable) = self.slot(offset) else {
            return self.graph().leaf(Kind::Local, width, offset as u64);
        };
        let value = self.look_up(variable);
        if width < 32 { self.graph().make(Op::Truncate, width, &[value]) } else { value }
    }

    fn store(&mut self, address: NodeId, value: NodeId, width: Width) {
        if let Some([low, high]) = self.halves(value, width) {
            let pointer = self.convention.pointer;
            let above = self.graph().sum(pointer, &[(address, 1)], u64::from(width / 16));
            self.store(address, low, width / 2);
            return self.store(above, high, width / 2);
        }
        let Some(offset) = self.frame_offset(address) else {
            self.escape(value);
            let value = stored(self.graph(), value, width);
            return self.effect(Effect::Store { address, value, width });
        };
        if self.frame_offset(value).is_some() && self.tracer.trace.escaped_base(offset).is_some() {
            self.escape(value);
        }
        let value = stored(self.graph(), value, width);
        if let Some(variable) = self.slot(offset) {
            self.note(self.block, variable, value);
        }
        if width == 128
            && let Some(variable) = self.slot(offset.wrapping_add(8))
        {
            let upper = upper_half(self.graph(), value);
            self.note(self.block, variable, upper);
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

impl Run<'_> {
    /// The variable for a slot of the frame, while there is room for another.
    fn slot(&mut self, offset: i64) -> Option<Variable> {
        let tracer = &mut *self.tracer;
        if let Some(&slot) = tracer.slots.get(&offset) {
            return Some(Variable::of_slot(slot));
        }
        let slot = tracer.offsets.len();
        if slot >= MOST_SLOTS {
            return None;
        }
        tracer.offsets.push(offset);
        tracer.slots.insert(offset, slot);
        Some(Variable::of_slot(slot))
    }
}

/// A value as far as a store of so many bits takes it: what only changes the bits above is left out.
fn stored(graph: &Graph, mut value: NodeId, width: Width) -> NodeId {
    for _ in 0..MOST_UNSEEN {
        let node = graph.node(value);
        let is_unseen = match node.kind {
            Kind::Op(Op::Truncate | Op::ZeroExtend) => node.width >= width,
            Kind::Op(Op::SignExtend(from)) => from >= width,
            Kind::Op(Op::And) if width < 64 => {
                let all = (1u64 << width) - 1;
                graph.operand_number(value, 1).is_some_and(|mask| mask & all == all)
            }
            _ => false,
        };
        match graph.operand(value, 0) {
            Some(inner) if is_unseen => value = inner,
            _ => break,
        }
    }
    value
}

fn upper_half(graph: &mut Graph, value: NodeId) -> NodeId {
    if graph.number(value) == Some(0) {
        return value;
    }
    let by = graph.constant(64, 8);
    graph.make(Op::Shr, 128, &[value, by])
}
