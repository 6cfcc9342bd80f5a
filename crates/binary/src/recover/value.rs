//! The few values a register can hold on the way to a switch.
//!
//! Not a general abstract interpreter: it knows constants, an index times a
//! scale plus a base, and what was loaded from a table so addressed. Everything
//! else is [`Value::Unknown`], which may serve as an index.

use crate::decode::{Instruction, Raw, a64};
use crate::{Arch, Hints, Image};
use iced_x86::{Mnemonic, OpKind, Register};

/// What a register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Anything; at most `bound` where a comparison said so.
    Unknown { bound: Option<u32> },
    /// A known number.
    Constant(u64),
    /// `base + index * scale`, the index at most `bound`.
    Scaled { base: u64, scale: u64, bound: Option<u32> },
    /// `add + entry * times`, the entry read from a table.
    Loaded(Loaded),
}

/// An entry of a table in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Address of the first entry.
    pub table: u64,
    /// Bytes from one entry to the next.
    pub stride: u64,
    /// Bytes of one entry.
    pub width: u8,
    /// Entries are signed.
    pub signed: bool,
    /// Added to the entry.
    pub add: u64,
    /// The entry is multiplied by this.
    pub times: u64,
    /// The highest index, where known.
    pub bound: Option<u32>,
}

const ANY: Value = Value::Unknown { bound: None };

/// A comparison with a number, waiting for its branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Comparison {
    place: Place,
    limit: u64,
}

/// What was compared: a register, or a memory operand by base and displacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Register(usize),
    Memory(usize, u64),
}

/// Registers along a path, for either instruction set.
pub struct State<'a> {
    image: &'a Image,
    /// What an unknown base register most likely holds: the GOT in 32-bit PIC,
    /// the image base in 64-bit PE.
    anchor: Option<u64>,
    registers: [Value; 32],
    comparison: Option<Comparison>,
    memory_bound: Option<(Place, u32)>,
    /// On top of the stack, after a call to the next instruction.
    return_address: Option<u64>,
    /// The bound of the last comparison, whatever it was about.
    pub last_bound: Option<u32>,
}

impl<'a> State<'a> {
    /// Nothing known.
    pub fn new(image: &'a Image, hints: &Hints) -> Self {
        let anchor = match image.arch {
            Arch::X86 => hints.got,
            Arch::X86_64 if image.format != crate::Format::Elf => Some(image.base),
            _ => None,
        };
        State {
            image,
            anchor,
            registers: [ANY; 32],
            comparison: None,
            memory_bound: None,
            return_address: None,
            last_bound: None,
        }
    }

    /// Sets a register before the path begins.
    pub fn preset(&mut self, register: u8, address: u64) {
        if let Some(value) = self.registers.get_mut(usize::from(register)) {
            *value = Value::Constant(address);
        }
    }

    /// A branch was passed that bounds nothing, so what an earlier one did is not about the switch.
    pub fn pass_other_branch(&mut self) {
        self.comparison = None;
        self.last_bound = None;
    }

    /// A branch on an unsigned comparison was passed towards the switch.
    pub fn pass_branch(&mut self, inclusive: bool) {
        let Some(comparison) = self.comparison.take() else { return };
        let limit = if inclusive { Some(comparison.limit) } else { comparison.limit.checked_sub(1) };
        let Some(bound) = limit.and_then(|limit| u32::try_from(limit).ok()) else { return };
        self.last_bound = Some(bound);
        match comparison.place {
            Place::Register(register) => {
                // A constant here holds on this path only; the comparison holds on all.
                if let Value::Unknown { .. } | Value::Constant(_) = self.registers[register & 31] {
                    self.registers[register & 31] = Value::Unknown { bound: Some(bound) };
                }
            }
            place => self.memory_bound = Some((place, bound)),
        }
    }

    /// Takes one instruction into account.
    pub fn step(&mut self, instruction: &Instruction) {
        match &instruction.raw {
            Raw::X86(raw, _) => self.step_x86(raw),
            Raw::A64(word) => self.step_a64(*word, instruction.address),
        }
    }

    /// What an indirect jump would read.
    pub fn jump_target(&self, instruction: &Instruction) -> Value {
        match &instruction.raw {
            Raw::X86(raw, _) => match raw.op0_kind() {
                OpKind::Register => self.x86(raw.op0_register()),
                OpKind::Memory => {
                    self.load(self.x86_address(raw), self.image.arch.pointer_bytes() as u8, false)
                }
                _ => ANY,
            },
            Raw::A64(word) => self.registers[((word >> 5) & 31) as usize],
        }
    }

    // ---- arithmetic ----

    fn wrap(&self, value: u64) -> u64 {
        if self.image.arch == Arch::X86 { value & 0xffff_ffff } else { value }
    }

    fn add(&self, a: Value, b: Value) -> Value {
        match (a, b) {
            (Value::Constant(a), Value::Constant(b)) => Value::Constant(self.wrap(a.wrapping_add(b))),
            (Value::Constant(c), other) | (other, Value::Constant(c)) => self.offset(other, c),
            // An unknown base beside an index: take the anchor for it.
            (Value::Scaled { .. } | Value::Loaded(_), Value::Unknown { .. }) if self.anchor.is_some() => {
                self.offset(a, self.anchor.unwrap_or(0))
            }
            (Value::Unknown { .. }, Value::Scaled { .. } | Value::Loaded(_)) if self.anchor.is_some() => {
                self.offset(b, self.anchor.unwrap_or(0))
            }
            _ => ANY,
        }
    }

    fn offset(&self, value: Value, by: u64) -> Value {
        match value {
            Value::Constant(base) => Value::Constant(self.wrap(base.wrapping_add(by))),
            Value::Unknown { bound } => Value::Scaled { base: self.wrap(by), scale: 1, bound },
            Value::Scaled { base, scale, bound } => {
                Value::Scaled { base: self.wrap(base.wrapping_add(by)), scale, bound }
            }
            Value::Loaded(loaded) => {
                Value::Loaded(Loaded { add: self.wrap(loaded.add.wrapping_add(by)), ..loaded })
            }
        }
    }

    fn times(&self, value: Value, factor: u64) -> Value {
        match value {
            Value::Constant(number) => Value::Constant(self.wrap(number.wrapping_mul(factor))),
            Value::Unknown { bound } if factor > 1 => Value::Scaled { base: 0, scale: factor, bound },
            Value::Unknown { bound } => Value::Unknown { bound },
            Value::Scaled { base, scale, bound } => Value::Scaled {
                base: self.wrap(base.wrapping_mul(factor)),
                scale: scale.wrapping_mul(factor),
                bound,
            },
            Value::Loaded(loaded) if loaded.add == 0 => {
                Value::Loaded(Loaded { times: loaded.times.wrapping_mul(factor), ..loaded })
            }
            Value::Loaded(_) => ANY,
        }
    }

    /// What an index register contributes: an entry read from a byte table is
    /// itself an index, bounded by the largest entry. A constant in a place that
    /// only an index can have (`surely`) is one of the values it takes.
    fn index(&self, value: Value, surely: bool) -> Value {
        let loaded = match value {
            Value::Loaded(loaded) => loaded,
            Value::Constant(_) if surely => return ANY,
            _ => return value,
        };
        if loaded.width != 1 || loaded.add != 0 || loaded.times != 1 {
            return ANY;
        }
        let count = loaded.bound.map_or(0, |bound| bound as usize + 1);
        let entries = self.image.tail(loaded.table).get(..count).unwrap_or(&[]);
        Value::Unknown { bound: entries.iter().max().map(|&most| u32::from(most)) }
    }

    fn load(&self, address: Value, width: u8, signed: bool) -> Value {
        match address {
            Value::Scaled { base, scale, bound }
                if scale == u64::from(width) && self.image.is_mapped(base) =>
            {
                Value::Loaded(Loaded { table: base, stride: scale, width, signed, add: 0, times: 1, bound })
            }
            _ => ANY,
        }
    }

    // ---- x86 ----

    fn x86(&self, register: Register) -> Value {
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

    fn x86_address(&self, raw: &iced_x86::Instruction) -> Value {
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
    fn scaled(&self, value: Value) -> Value {
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

    fn step_x86(&mut self, raw: &iced_x86::Instruction) {
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

    // ---- A64 ----

    fn a64(&self, register: u32) -> Value {
        if register & 31 == 31 { Value::Constant(0) } else { self.registers[(register & 31) as usize] }
    }

    fn set_a64(&mut self, register: u32, value: Value) {
        self.registers[(register & 31) as usize] = value;
    }

    fn step_a64(&mut self, word: u32, at: u64) {
        let (rd, rn, rm) = (word & 31, (word >> 5) & 31, (word >> 16) & 31);
        if let Some((register, address)) = a64::adr(word, at) {
            return self.set_a64(u32::from(register), Value::Constant(address));
        }
        let class = word & 0x7f80_0000;
        if word & 0x7fe0_0000 == 0x2a00_0000 && rn == 31 && (word >> 10) & 63 == 0 {
            let value = self.a64(rm); // mov
            return self.set_a64(rd, value);
        }
        match class {
            0x1100_0000 => {
                let shift = if word >> 22 & 1 == 1 { 12 } else { 0 };
                let value = self.offset_a64(rn, u64::from((word >> 10) & 0xfff) << shift);
                return self.set_a64(rd, value);
            }
            0x7100_0000 => {
                self.compare_a64(rn, u64::from((word >> 10) & 0xfff));
                if rd != 31 {
                    self.set_a64(rd, ANY);
                }
                return;
            }
            0x5280_0000 => {
                let value = u64::from((word >> 5) & 0xffff) << (((word >> 21) & 3) * 16);
                return self.set_a64(rd, Value::Constant(value)); // movz
            }
            0x5300_0000 | 0x1300_0000 => return self.bitfield_a64(word, rd, rn),
            _ => {}
        }
        if word & 0x7fe0_0000 == 0x6b00_0000 && rd == 31 {
            if let Value::Constant(limit) = self.a64(rm) {
                self.compare_a64(rn, limit); // cmp with a register that holds a number
            }
            return;
        }
        if word & 0x7fe0_0000 == 0x0b20_0000 || word & 0x7fe0_0000 == 0x0b00_0000 {
            return self.add_a64(word, rd, rn, rm);
        }
        if word & 0x3f20_0c00 == 0x3820_0800 {
            return self.load_register_a64(word, rd, rn, rm);
        }
        if word & 0x3b00_0000 == 0x3900_0000 || word & 0x3b20_0000 == 0x3800_0000 {
            return self.load_a64(word, rd, rn);
        }
        self.clobber_a64(word, rd);
    }

    fn offset_a64(&self, rn: u32, by: u64) -> Value {
        if rn == 31 { ANY } else { self.offset(self.a64(rn), by) }
    }

    fn compare_a64(&mut self, rn: u32, limit: u64) {
        self.comparison = Some(Comparison { place: Place::Register(rn as usize), limit });
    }

    /// `ubfm`/`sbfm`: left shifts scale, extensions and right shifts by nothing copy.
    fn bitfield_a64(&mut self, word: u32, rd: u32, rn: u32) {
        let (rotate, last) = ((word >> 16) & 63, (word >> 10) & 63);
        let bits = if word >> 31 == 1 { 64 } else { 32 };
        let value = if rotate == 0 {
            match self.a64(rn) {
                Value::Unknown { bound: None } if last < 12 => {
                    Value::Unknown { bound: Some((1 << (last + 1)) - 1) }
                }
                value => value,
            }
        } else if last < rotate && rotate < bits && bits - rotate < 6 {
            self.times(self.a64(rn), 1 << (bits - rotate)) // lsl, ubfiz, sbfiz
        } else {
            ANY
        };
        self.set_a64(rd, value);
    }

    fn add_a64(&mut self, word: u32, rd: u32, rn: u32, rm: u32) {
        let extended = word & 0x0020_0000 != 0;
        let shift = if extended { (word >> 10) & 7 } else { (word >> 10) & 63 };
        let mut value = if shift < 6 { self.times(self.index_or_entry(rm), 1 << shift) } else { ANY };
        if let Value::Loaded(loaded) = &mut value {
            // gcc loads entries unsigned and sign-extends them here (sxtb, sxth, sxtw)
            loaded.signed |= extended && (word >> 13) & 7 >= 4;
        }
        let value = self.add(value, self.a64(rn));
        self.set_a64(rd, value);
    }

    fn index_or_entry(&self, register: u32) -> Value {
        self.scaled(self.a64(register))
    }

    fn load_register_a64(&mut self, word: u32, rd: u32, rn: u32, rm: u32) {
        let size = word >> 30;
        let opc = (word >> 22) & 3;
        if opc == 0 || word & 0x0400_0000 != 0 {
            return; // a store, or a SIMD register
        }
        let shift = if word >> 12 & 1 == 1 { size } else { 0 };
        let index = self.scaled(self.times(self.index(self.a64(rm), true), 1 << shift));
        let address = self.add(index, self.a64(rn));
        let value = self.load(address, 1 << size, opc >= 2);
        self.set_a64(rd, value);
    }

    /// Loads with an immediate offset: a constant slot, or a table whose address
    /// was summed up before.
    fn load_a64(&mut self, word: u32, rd: u32, rn: u32) {
        let opc = (word >> 22) & 3;
        if opc == 0 || word & 0x0400_0000 != 0 {
            return;
        }
        let size = word >> 30;
        let scaled = word & 0x3b00_0000 == 0x3900_0000;
        let offset =
            if scaled { u64::from((word >> 10) & 0xfff) << size } else { return self.set_a64(rd, ANY) };
        let value = self.load(self.offset_a64(rn, offset), 1 << size, opc >= 2);
        self.set_a64(rd, value);
    }

    /// Anything else is taken to write the register in its lowest field; stores
    /// and branches do not, pairs write two.
    fn clobber_a64(&mut self, word: u32, rd: u32) {
        if word & 0x7c00_0000 == 0x1400_0000 && word >> 31 == 1 || word & 0xfe00_0000 == 0xd600_0000 {
            for register in 0..19 {
                self.registers[register] = ANY;
            }
            self.comparison = None;
            return;
        }
        let pair = word & 0x3a00_0000 == 0x2800_0000;
        let store = pair && word & 0x0040_0000 == 0;
        if store {
            return;
        }
        self.set_a64(rd, ANY);
        if pair {
            self.set_a64((word >> 10) & 31, ANY);
        }
    }
}

/// Whether a conditional branch bounds an unsigned comparison, seen from the side
/// taken (`taken`) or fallen through: `Some(true)` for "at most", `Some(false)`
/// for "less than".
pub fn bounding(instruction: &Instruction, taken: bool) -> Option<bool> {
    match &instruction.raw {
        Raw::X86(raw, _) => match (raw.mnemonic(), taken) {
            (Mnemonic::Ja, false) | (Mnemonic::Jbe, true) => Some(true),
            (Mnemonic::Jae, false) | (Mnemonic::Jb, true) => Some(false),
            (Mnemonic::Jg, false) | (Mnemonic::Jle, true) => Some(true),
            (Mnemonic::Jge, false) | (Mnemonic::Jl, true) => Some(false),
            _ => None,
        },
        Raw::A64(word) if word & 0xff00_0010 == 0x5400_0000 => match (word & 15, taken) {
            (8, false) | (9, true) => Some(true),   // hi, ls
            (2, false) | (3, true) => Some(false),  // hs, lo
            (12, false) | (13, true) => Some(true), // gt, le
            _ => None,
        },
        Raw::A64(_) => None,
    }
}

/// The slot that `jmp [slot]` or `call [slot]` reads, where it is fixed.
pub fn fixed_slot(instruction: &Instruction) -> Option<u64> {
    let Raw::X86(raw, _) = &instruction.raw else { return None };
    if raw.op0_kind() != OpKind::Memory {
        return None;
    }
    let fixed = raw.is_ip_rel_memory_operand()
        || raw.memory_base() == Register::None && raw.memory_index() == Register::None;
    fixed.then(|| raw.memory_displacement64())
}
