//! x86 instructions, as far as they lead to a switch.

use super::registers::{Comparison, FIRST_PAGE, Location, NO_BASE, Registers};
use super::value::{MAX_MASK, MAX_SHIFT, Value};
use crate::Arch;
use iced_x86::{Mnemonic, OpKind, Register};

impl Registers<'_> {
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
            let is_index = scale > 1 || self.is_table(displacement);
            let value = self.times(self.index(self.x86(index), is_index), scale);
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
            let is_index = self.is_table(displacement);
            sum = self.offset(self.index(self.x86(raw.memory_base()), is_index), self.wrap(displacement));
        }
        sum
    }

    /// Whether a displacement is the address of a table, and not the place of a field.
    fn is_table(&self, displacement: u64) -> bool {
        displacement >= FIRST_PAGE && self.image.is_mapped(self.wrap(displacement))
    }

    /// Where the first operand is.
    fn x86_location(&self, raw: &iced_x86::Instruction) -> Option<Location> {
        match raw.op0_kind() {
            OpKind::Register if raw.op0_register().is_gpr() => {
                Some(Location::Register(raw.op0_register().full_register().number() & 31))
            }
            OpKind::Memory => memory_location(raw),
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
        let entry = if is_field && self.x86(raw.memory_base()).is_unknown() {
            None
        } else {
            self.entry(address, width, signed)
        };
        match (entry, memory_location(raw)) {
            (Some(entry), _) => entry,
            (None, Some(location)) => self.fetch(location),
            (None, None) => self.any(),
        }
    }

    /// A comparison of the first operand with the second, where that is a number.
    fn compare_x86(&mut self, raw: &iced_x86::Instruction) {
        let limit = self.x86_source(raw, 1);
        let value = self.x86_source(raw, 0);
        self.comparison = match (self.x86_location(raw), limit) {
            (Some(location), Value::Constant(limit)) => {
                Some(Comparison { location, value, limit: limit & 0xffff_ffff })
            }
            _ => None,
        };
    }

    /// Takes one instruction into account.
    pub(super) fn step_x86(&mut self, raw: &iced_x86::Instruction) {
        let to = raw.op0_register();
        let writes_register = raw.op_count() > 0 && raw.op0_kind() == OpKind::Register;
        match raw.mnemonic() {
            Mnemonic::Cmp => self.compare_x86(raw),
            Mnemonic::Test => self.comparison = None,
            // the index in eax is extended, and stays what it is
            Mnemonic::Cdqe | Mnemonic::Nop | Mnemonic::Bt | Mnemonic::Endbr64 => {}
            Mnemonic::Push => self.move_stack(),
            Mnemonic::Call => {
                self.forget_after_call();
                self.learn_address(raw);
            }
            Mnemonic::Cdq
            | Mnemonic::Cqo
            | Mnemonic::Mul
            | Mnemonic::Div
            | Mnemonic::Idiv
            | Mnemonic::Imul => {
                self.set_x86(Register::RAX, self.any());
                self.set_x86(Register::RDX, self.any());
                if writes_register {
                    self.set_x86(to, self.any());
                }
            }
            _ if writes_register => {
                let value = self.x86_result(raw);
                self.set_x86(to, value);
            }
            mnemonic => {
                if let Some(location) = memory_location(raw).filter(|_| raw.op0_kind() == OpKind::Memory) {
                    let value = if mnemonic == Mnemonic::Mov { self.x86_source(raw, 1) } else { self.any() };
                    self.store(location, value);
                }
            }
        }
    }

    /// What an instruction leaves in the register that is its first operand.
    fn x86_result(&mut self, raw: &iced_x86::Instruction) -> Value {
        let to = raw.op0_register();
        let before = self.x86(to);
        match raw.mnemonic() {
            Mnemonic::Mov | Mnemonic::Movsxd | Mnemonic::Movzx | Mnemonic::Movsx => self.x86_source(raw, 1),
            Mnemonic::Lea => self.x86_address(raw),
            Mnemonic::Add => {
                let added = self.x86_source(raw, 1);
                self.add(before, added)
            }
            Mnemonic::Sub => {
                // `sub eax, 12; ja` bounds what was in eax
                self.compare_x86(raw);
                match self.x86_source(raw, 1) {
                    Value::Constant(by) => self.offset(before, by.wrapping_neg()),
                    _ => self.any(),
                }
            }
            Mnemonic::Inc => self.offset(before, 1),
            Mnemonic::Dec => self.offset(before, u64::MAX),
            Mnemonic::Neg => self.times(before, u64::MAX),
            Mnemonic::Not => self.offset(self.times(before, u64::MAX), u64::MAX),
            Mnemonic::Shl | Mnemonic::Sal => match self.x86_source(raw, 1) {
                Value::Constant(by) if by < MAX_SHIFT => self.times(before, 1 << by),
                _ => self.any(),
            },
            Mnemonic::And => match self.x86_source(raw, 1) {
                Value::Constant(mask) if mask < MAX_MASK && (mask + 1).is_power_of_two() => {
                    self.at_most(u32::try_from(mask).ok())
                }
                _ => self.any(),
            },
            Mnemonic::Xor if raw.op1_kind() == OpKind::Register && raw.op1_register() == to => {
                Value::Constant(0)
            }
            Mnemonic::Pop => {
                self.move_stack();
                self.return_address.take().map_or_else(|| self.any(), Value::Constant)
            }
            _ => self.any(),
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
        // what a function keeps on its stack stays as it is
        let frame = [Register::RSP, Register::RBP].map(|register| register.number() & 31);
        self.memory
            .retain(|(location, _)| matches!(location, Location::Memory(base, _) if frame.contains(base)));
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
fn memory_location(raw: &iced_x86::Instruction) -> Option<Location> {
    if raw.memory_index() != Register::None {
        return None;
    }
    let base = match raw.memory_base() {
        Register::None | Register::RIP | Register::EIP => NO_BASE,
        base => base.full_register().number() & 31,
    };
    Some(Location::Memory(base, raw.memory_displacement64()))
}
