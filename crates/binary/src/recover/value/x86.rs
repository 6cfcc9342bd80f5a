//! x86 instructions, as far as they lead to a switch.

use super::{ANY, Comparison, Place, State, Value};
use crate::Arch;
use iced_x86::{Mnemonic, OpKind, Register};

impl State<'_> {
    pub(super) fn x86(&self, register: Register) -> Value {
        if !register.is_gpr() {
            return ANY;
        }
        self.registers[register.full_register().number() & 31]
    }

    fn set_x86(&mut self, register: Register, value: Value) {
        if register.is_gpr() {
            self.registers[register.full_register().number() & 31] = value;
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
            let value = self.times(self.index(self.x86(index), scale > 1), scale);
            sum = if raw.memory_index_scale() == 1 && raw.memory_base() != Register::None {
                // base and index without a scale: either may be the table
                self.add(self.x86(raw.memory_base()), value)
            } else {
                value
            };
            if raw.memory_index_scale() != 1 && raw.memory_base() != Register::None {
                sum = self.add(self.scaled(sum), self.x86(raw.memory_base()));
            }
            return self.offset(sum, self.wrap(displacement));
        }
        if raw.memory_base() != Register::None {
            sum = self.offset(self.index(self.x86(raw.memory_base()), false), self.wrap(displacement));
        }
        sum
    }

    /// An index as an address of its own, so that a base can be added to it.
    pub(super) fn scaled(&self, value: Value) -> Value {
        match value {
            Value::Unknown { bound } => Value::Scaled { base: 0, scale: 1, bound },
            other => other,
        }
    }

    fn x86_place(&self, raw: &iced_x86::Instruction) -> Option<Place> {
        match raw.op0_kind() {
            OpKind::Register if raw.op0_register().is_gpr() => {
                Some(Place::Register(raw.op0_register().full_register().number() & 31))
            }
            OpKind::Memory if raw.memory_index() == Register::None && raw.memory_base().is_gpr() => {
                let base = raw.memory_base().full_register().number() & 31;
                Some(Place::Memory(base, raw.memory_displacement64()))
            }
            _ => None,
        }
    }

    /// The value of the last operand of a move or sum.
    fn x86_source(&self, raw: &iced_x86::Instruction, operand: u32) -> Value {
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
            _ => ANY,
        }
    }

    fn x86_memory(&self, raw: &iced_x86::Instruction) -> Value {
        let width = u8::try_from(raw.memory_size().size()).unwrap_or(0);
        let signed =
            raw.memory_size().is_signed() || matches!(raw.mnemonic(), Mnemonic::Movsxd | Mnemonic::Movsx);
        let loaded = self.load(self.x86_address(raw), width, signed);
        if loaded != ANY {
            return loaded;
        }
        let place = (raw.memory_index() == Register::None && raw.memory_base().is_gpr()).then(|| {
            Place::Memory(raw.memory_base().full_register().number() & 31, raw.memory_displacement64())
        });
        match self.memory_bound {
            Some((known, bound)) if Some(known) == place => Value::Unknown { bound: Some(bound) },
            _ => ANY,
        }
    }

    pub(super) fn step_x86(&mut self, raw: &iced_x86::Instruction) {
        let to = raw.op0_register();
        let register = raw.op_count() > 0 && raw.op0_kind() == OpKind::Register;
        match raw.mnemonic() {
            Mnemonic::Cmp => {
                let limit = self.x86_source(raw, 1);
                self.comparison = match (self.x86_place(raw), limit) {
                    (Some(place), Value::Constant(limit)) => {
                        Some(Comparison { place, limit: limit & 0xffff_ffff })
                    }
                    _ => None,
                };
            }
            Mnemonic::Mov | Mnemonic::Movsxd | Mnemonic::Movzx | Mnemonic::Movsx if register => {
                let value = self.x86_source(raw, 1);
                self.set_x86(to, value);
            }
            Mnemonic::Lea => {
                let value = self.x86_address(raw);
                self.set_x86(to, value);
            }
            Mnemonic::Add if register => {
                let value = self.add(self.x86(to), self.x86_source(raw, 1));
                self.set_x86(to, value);
            }
            Mnemonic::Sub if register => {
                let subtracted = self.x86_source(raw, 1);
                // `sub eax, 12; ja` bounds what was in eax, of which a copy lies elsewhere
                self.comparison = match (self.x86_place(raw), subtracted) {
                    (Some(place), Value::Constant(limit)) => {
                        Some(Comparison { place, limit: limit & 0xffff_ffff })
                    }
                    _ => None,
                };
                let value = match (self.x86(to), subtracted) {
                    (Value::Constant(a), Value::Constant(b)) => Value::Constant(self.wrap(a.wrapping_sub(b))),
                    _ => ANY, // the comparison comes after the subtraction
                };
                self.set_x86(to, value);
            }
            Mnemonic::Shl | Mnemonic::Sal if register => {
                let value = match self.x86_source(raw, 1) {
                    Value::Constant(by) if by < 6 => self.times(self.x86(to), 1 << by),
                    _ => ANY,
                };
                self.set_x86(to, value);
            }
            Mnemonic::And if register => {
                let value = match self.x86_source(raw, 1) {
                    Value::Constant(mask) if mask < 4096 && (mask + 1).is_power_of_two() => {
                        Value::Unknown { bound: u32::try_from(mask).ok() }
                    }
                    _ => ANY,
                };
                self.set_x86(to, value);
            }
            Mnemonic::Xor if register && raw.op1_kind() == OpKind::Register && raw.op1_register() == to => {
                self.set_x86(to, Value::Constant(0));
            }
            Mnemonic::Test => self.comparison = None,
            Mnemonic::Cdqe | Mnemonic::Push | Mnemonic::Nop | Mnemonic::Bt | Mnemonic::Endbr64 => {}
            Mnemonic::Call => {
                self.forget_after_call();
                self.learn_address(raw);
            }
            Mnemonic::Pop if register => {
                let value = self.return_address.take().map_or(ANY, Value::Constant);
                self.set_x86(to, value);
            }
            Mnemonic::Cdq
            | Mnemonic::Cqo
            | Mnemonic::Mul
            | Mnemonic::Div
            | Mnemonic::Idiv
            | Mnemonic::Imul => {
                self.set_x86(Register::RAX, ANY);
                self.set_x86(Register::RDX, ANY);
                if register {
                    self.set_x86(to, ANY);
                }
            }
            _ if register => self.set_x86(to, ANY),
            _ => {}
        }
    }

    fn forget_after_call(&mut self) {
        for register in [0, 1, 2, 8, 9, 10, 11] {
            self.registers[register] = ANY;
        }
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
