//! x86 instructions, as far as they lead to a switch.

use super::{Comparison, FIRST_PAGE, NO_BASE, Place, State, Value, is_bare};
use crate::Arch;
use iced_x86::{Mnemonic, OpKind, Register};

impl State<'_> {
    pub(super) fn x86(&self, register: Register) -> Value {
        if !register.is_gpr() {
            return self.any();
        }
        self.registers[register.full_register().number() & 31]
    }

    fn set_x86(&mut self, register: Register, value: Value) {
        if register.is_gpr() {
            self.set_register(register.full_register().number() & 31, value);
        }
    }

    pub(super) fn x86_address(&self, raw: &iced_x86::Instruction) -> Value {
        let displacement = raw.memory_displacement64();
        if raw.is_ip_rel_memory_operand() {
            return Value::Constant(displacement);
        }
        let mut sum = Value::Constant(self.wrap(displacement));
        let index = raw.memory_index();
        if index != Register::None {
            let scale = u64::from(raw.memory_index_scale());
            let surely = scale > 1 || self.is_table(displacement);
            let value = self.times(self.index(self.x86(index), surely), scale);
            sum = if raw.memory_index_scale() == 1 && raw.memory_base() != Register::None {
                // base and index without a scale: either may be the table
                self.add(self.x86(raw.memory_base()), value)
            } else {
                value
            };
            if raw.memory_index_scale() != 1 && raw.memory_base() != Register::None {
                sum = self.add(sum, self.x86(raw.memory_base()));
            }
            return self.offset(sum, self.wrap(displacement));
        }
        if raw.memory_base() != Register::None {
            let surely = self.is_table(displacement);
            sum = self.offset(self.index(self.x86(raw.memory_base()), surely), self.wrap(displacement));
        }
        sum
    }

    /// Whether a displacement is the address of a table, and not the place of a field.
    fn is_table(&self, displacement: u64) -> bool {
        displacement >= FIRST_PAGE && self.image.is_mapped(self.wrap(displacement))
    }

    /// Where the first operand is.
    fn x86_place(&self, raw: &iced_x86::Instruction) -> Option<Place> {
        match raw.op0_kind() {
            OpKind::Register if raw.op0_register().is_gpr() => {
                Some(Place::Register(raw.op0_register().full_register().number() & 31))
            }
            OpKind::Memory => memory_place(raw),
            _ => None,
        }
    }

    /// The value of an operand of a move, sum or comparison.
    fn x86_source(&mut self, raw: &iced_x86::Instruction, operand: u32) -> Value {
        match raw.op_kind(operand) {
            OpKind::Register => self.x86(raw.op_register(operand)),
            OpKind::Memory => self.x86_memory(raw),
            OpKind::Immediate8
            | OpKind::Immediate16
            | OpKind::Immediate32
            | OpKind::Immediate64
            | OpKind::Immediate8to16
            | OpKind::Immediate8to32
            | OpKind::Immediate8to64
            | OpKind::Immediate32to64 => Value::Constant(self.wrap(raw.immediate(operand))),
            _ => self.any(),
        }
    }

    /// What is read from memory: an entry of a table, or what lies at a place that has a name.
    pub(super) fn x86_memory(&mut self, raw: &iced_x86::Instruction) -> Value {
        let width = u8::try_from(raw.memory_size().size()).unwrap_or(0);
        let signed =
            raw.memory_size().is_signed() || matches!(raw.mnemonic(), Mnemonic::Movsxd | Mnemonic::Movsx);
        let address = self.x86_address(raw);
        let is_field = raw.memory_index() == Register::None && !self.is_table(raw.memory_displacement64());
        let entry = if is_field && is_bare(self.x86(raw.memory_base())) {
            None
        } else {
            self.entry(address, width, signed)
        };
        match (entry, memory_place(raw)) {
            (Some(entry), _) => entry,
            (None, Some(place)) => self.fetch(place),
            (None, None) => self.any(),
        }
    }

    /// A comparison of the first operand with the second, where that is a number.
    fn compare_x86(&mut self, raw: &iced_x86::Instruction) {
        let limit = self.x86_source(raw, 1);
        let value = self.x86_source(raw, 0);
        self.comparison = match (self.x86_place(raw), limit) {
            (Some(place), Value::Constant(limit)) => {
                Some(Comparison { place, value, limit: limit & 0xffff_ffff })
            }
            _ => None,
        };
    }

    pub(super) fn step_x86(&mut self, raw: &iced_x86::Instruction) {
        let to = raw.op0_register();
        let register = raw.op_count() > 0 && raw.op0_kind() == OpKind::Register;
        match raw.mnemonic() {
            Mnemonic::Cmp => self.compare_x86(raw),
            Mnemonic::Mov | Mnemonic::Movsxd | Mnemonic::Movzx | Mnemonic::Movsx if register => {
                let value = self.x86_source(raw, 1);
                self.set_x86(to, value);
            }
            Mnemonic::Lea => {
                let value = self.x86_address(raw);
                self.set_x86(to, value);
            }
            Mnemonic::Add if register => {
                let added = self.x86_source(raw, 1);
                let value = self.add(self.x86(to), added);
                self.set_x86(to, value);
            }
            Mnemonic::Sub if register => {
                // `sub eax, 12; ja` bounds what was in eax
                self.compare_x86(raw);
                let value = match self.x86_source(raw, 1) {
                    Value::Constant(by) => self.offset(self.x86(to), by.wrapping_neg()),
                    _ => self.any(),
                };
                self.set_x86(to, value);
            }
            Mnemonic::Inc if register => {
                let value = self.offset(self.x86(to), 1);
                self.set_x86(to, value);
            }
            Mnemonic::Dec if register => {
                let value = self.offset(self.x86(to), u64::MAX);
                self.set_x86(to, value);
            }
            Mnemonic::Neg if register => {
                let value = self.times(self.x86(to), u64::MAX);
                self.set_x86(to, value);
            }
            Mnemonic::Not if register => {
                let value = self.offset(self.times(self.x86(to), u64::MAX), u64::MAX);
                self.set_x86(to, value);
            }
            Mnemonic::Shl | Mnemonic::Sal if register => {
                let value = match self.x86_source(raw, 1) {
                    Value::Constant(by) if by < 6 => self.times(self.x86(to), 1 << by),
                    _ => self.any(),
                };
                self.set_x86(to, value);
            }
            Mnemonic::And if register => {
                let value = match self.x86_source(raw, 1) {
                    Value::Constant(mask) if mask < 4096 && (mask + 1).is_power_of_two() => {
                        self.at_most(u32::try_from(mask).ok())
                    }
                    _ => self.any(),
                };
                self.set_x86(to, value);
            }
            Mnemonic::Xor if register && raw.op1_kind() == OpKind::Register && raw.op1_register() == to => {
                self.set_x86(to, Value::Constant(0));
            }
            Mnemonic::Test => self.comparison = None,
            Mnemonic::Cdqe | Mnemonic::Nop | Mnemonic::Bt | Mnemonic::Endbr64 => {}
            Mnemonic::Push => self.move_stack(),
            Mnemonic::Call => {
                self.forget_after_call();
                self.learn_address(raw);
            }
            Mnemonic::Pop if register => {
                self.move_stack();
                let value = self.return_address.take().map_or_else(|| self.any(), Value::Constant);
                self.set_x86(to, value);
            }
            Mnemonic::Cdq
            | Mnemonic::Cqo
            | Mnemonic::Mul
            | Mnemonic::Div
            | Mnemonic::Idiv
            | Mnemonic::Imul => {
                self.set_x86(Register::RAX, self.any());
                self.set_x86(Register::RDX, self.any());
                if register {
                    self.set_x86(to, self.any());
                }
            }
            _ if register => self.set_x86(to, self.any()),
            mnemonic => {
                if let Some(place) = memory_place(raw).filter(|_| raw.op0_kind() == OpKind::Memory) {
                    let value = if mnemonic == Mnemonic::Mov { self.x86_source(raw, 1) } else { self.any() };
                    self.store(place, value);
                }
            }
        }
    }

    /// The stack pointer moves: places named by it are others now.
    fn move_stack(&mut self) {
        self.set_x86(Register::RSP, self.any());
    }

    fn forget_after_call(&mut self) {
        for register in [0, 1, 2, 8, 9, 10, 11] {
            self.set_register(register, self.any());
        }
        // what a function keeps on its stack is its own
        let own = [Register::RSP, Register::RBP].map(|register| register.number() & 31);
        self.memory.retain(|(place, _)| matches!(place, Place::Memory(base, _) if own.contains(base)));
        self.comparison = None;
    }

    /// 32-bit code learns its own address by `call $+5; pop reg`, or by calling
    /// `mov reg, [esp]; ret`.
    fn learn_address(&mut self, raw: &iced_x86::Instruction) {
        let (target, next) = (raw.near_branch_target(), raw.next_ip());
        if self.image.arch != Arch::X86 || raw.op0_kind() != OpKind::NearBranch32 {
            return;
        }
        if target == next {
            self.return_address = Some(next);
        }
        if let Some(&[0x8b, modrm, 0x24, 0xc3]) = self.image.read(target, 4)
            && modrm & 0xc7 == 0x04
        {
            self.registers[usize::from(modrm >> 3 & 7)] = Value::Constant(next);
        }
    }
}

/// The place of a memory operand without an index.
fn memory_place(raw: &iced_x86::Instruction) -> Option<Place> {
    if raw.memory_index() != Register::None {
        return None;
    }
    let base = match raw.memory_base() {
        Register::None | Register::RIP | Register::EIP => NO_BASE,
        base => base.full_register().number() & 31,
    };
    Some(Place::Memory(base, raw.memory_displacement64()))
}
