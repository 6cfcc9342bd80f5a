//! One A64 instruction: its masked word, its token, what it refers to.
//!
//! All but addresses follow from the word alone, so what a word says is kept in
//! a direct-mapped cache: compilers repeat words, and decoding one in full costs
//! more than everything else here.

use crate::opcode;
use crate::site::{Reading, Reference, Site};
use crate::token::{self, Class, Operands, Place, Token};
use cognate_binary::decode::a64::{self, Opcode, Operand, SIMDSizeCode, SizeCode};
use cognate_binary::decode::{Flow, Instruction};

const CACHE: usize = 1 << 12;
/// Not a general register.
const NONE: u8 = 32;

/// What a word says, wherever it lies.
#[derive(Clone, Copy, Debug)]
struct Word {
    word: u32,
    known: bool,
    token: Option<Token>,
    writes: [u8; 2],
    constant: Option<u64>,
}

/// Words seen before.
#[derive(Debug)]
pub(crate) struct Cache(Vec<Word>);

impl Default for Cache {
    fn default() -> Self {
        Cache(vec![Word { word: 0, known: false, token: None, writes: [NONE; 2], constant: None }; CACHE])
    }
}

impl Cache {
    fn look_up(&mut self, word: u32) -> Word {
        let at = (word.wrapping_mul(0x9e37_79b1) >> 20) as usize % CACHE;
        match self.0.get_mut(at) {
            Some(entry) if entry.known && entry.word == word => *entry,
            Some(entry) => {
                *entry = describe(word);
                *entry
            }
            None => describe(word),
        }
    }
}

/// What earlier instructions of the same function left in the registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pages: [Option<u64>; 33],
    constants: [Option<u64>; 33],
}

impl Default for State {
    fn default() -> Self {
        State { pages: [None; 33], constants: [None; 33] }
    }
}

impl State {
    fn write(&mut self, register: u8, reading: &mut Reading) {
        let register = usize::from(register.min(NONE));
        if let Some(page) = self.pages.get_mut(register) {
            *page = None;
        }
        if let Some(value) = self.constants.get_mut(register).and_then(Option::take) {
            reading.refer(Reference::Constant(value));
        }
    }

    /// Hands over the constants built so far: the block ends.
    pub(crate) fn flush(&mut self, reading: &mut Reading) {
        for value in self.constants.iter_mut().filter_map(Option::take) {
            reading.refer(Reference::Constant(value));
        }
    }
}

/// Reads one word.
pub(crate) fn read(
    site: &Site<'_>,
    state: &mut State,
    cache: &mut Cache,
    instruction: &Instruction,
    word: u32,
    reading: &mut Reading,
) {
    if cognate_binary::decode::a64::is_padding(word) {
        return;
    }
    let Word { token, writes, constant, .. } = cache.look_up(word);
    let (masked, jump) = branch(site, instruction, word);
    let masked = addresses(state, instruction, masked, writes, reading);
    if let Some(value) = constant {
        reading.refer(Reference::Constant(value));
    }
    reading.instruction(u128::from(masked) | 4 << 120, jump);
    let leaves = matches!(jump, Some(None)) && matches!(instruction.flow, Flow::Jump(_));
    match token {
        Some(_) if leaves || matches!(instruction.flow, Flow::Call(_)) => reading.token(call()),
        Some(token) if !matches!(instruction.flow, Flow::Jump(_) | Flow::Return) => reading.token(token),
        _ => {}
    }
    if matches!(instruction.flow, Flow::Call(_) | Flow::IndirectCall) {
        (0..19).for_each(|register| state.write(register, reading));
    }
}

fn call() -> Token {
    static CALL: std::sync::OnceLock<Token> = std::sync::OnceLock::new();
    *CALL.get_or_init(|| Class::new("call").token(Operands::default()))
}

/// Masks the distance of a branch and tells which block it goes to.
fn branch(site: &Site<'_>, instruction: &Instruction, word: u32) -> (u32, Option<Option<usize>>) {
    match instruction.flow {
        Flow::Call(_) => (word & 0xfc00_0000, None),
        Flow::Jump(to) => (word & 0xfc00_0000, Some(site.ordinal(to))),
        Flow::Branch(to) if word & 0x7e00_0000 == 0x3600_0000 => {
            (word & !0x0007_ffe0, Some(site.ordinal(to)))
        }
        Flow::Branch(to) => (word & !0x00ff_ffe0, Some(site.ordinal(to))),
        _ => (word, None),
    }
}

/// Follows addresses and constants through the registers and masks what depends on where things lie.
fn addresses(
    state: &mut State,
    instruction: &Instruction,
    word: u32,
    writes: [u8; 2],
    reading: &mut Reading,
) -> u32 {
    let (rd, rn) = ((word & 31) as usize, (word >> 5 & 31) as usize);
    let page = state.pages.get(rn).copied().flatten();
    let imm12 = u64::from(word >> 10 & 0xfff);
    if let Some((register, target)) = a64::adr(word, instruction.address) {
        state.write(register, reading);
        if word >> 31 == 1 {
            state.pages[rd] = Some(target);
        } else {
            reading.refer(Reference::Address(target));
        }
        return word & 0x9f00_001f;
    }
    if word & 0x3b00_0000 == 0x1800_0000 {
        return literal(state, instruction, word, reading);
    }
    if word & 0xffc0_0000 == 0x9100_0000
        && let Some(page) = page
    {
        reading.refer(Reference::Address(page.wrapping_add(imm12)));
        state.write(rd as u8, reading);
        return word & !0x003f_fc00;
    }
    if word & 0x3b00_0000 == 0x3900_0000
        && let Some(page) = page
    {
        let shift = if word >> 26 & 1 == 1 && word >> 23 & 1 == 1 { 4 } else { word >> 30 };
        reading.refer(Reference::Load { address: page.wrapping_add(imm12 << shift), bytes: 1 << shift });
        writes.into_iter().for_each(|register| state.write(register, reading));
        return word & !0x003f_fc00;
    }
    if !wide(state, word, reading) {
        writes.into_iter().for_each(|register| state.write(register, reading));
    }
    word
}

fn literal(state: &mut State, instruction: &Instruction, word: u32, reading: &mut Reading) -> u32 {
    let address = instruction.address.wrapping_add_signed(a64::signed(word, 5, 19) * 4);
    let vector = word >> 26 & 1 == 1;
    let bytes = match (word >> 30, vector) {
        (0, _) | (2, false) => 4,
        (1, _) => 8,
        (2, true) => 16,
        _ => 0,
    };
    reading.refer(Reference::Load { address, bytes });
    if !vector {
        state.write((word & 31) as u8, reading);
    }
    word & !0x00ff_ffe0
}

/// `movz`, `movn` and `movk` build a constant; says whether this was one.
fn wide(state: &mut State, word: u32, reading: &mut Reading) -> bool {
    let register = (word & 31) as usize;
    let shift = 16 * (word >> 21 & 3);
    let part = u64::from(word >> 5 & 0xffff) << shift;
    let narrow = if word >> 31 == 0 { u64::from(u32::MAX) } else { u64::MAX };
    let value = match word & 0x7f80_0000 {
        0x5280_0000 => part,
        0x1280_0000 => !part & narrow,
        0x7280_0000 => {
            if let Some(Some(value)) = state.constants.get_mut(register) {
                *value = *value & !(0xffffu64 << shift) | part;
            }
            return true;
        }
        _ => return false,
    };
    state.write(register as u8, reading);
    if let Some(constant) = state.constants.get_mut(register) {
        *constant = Some(value);
    }
    true
}

fn describe(word: u32) -> Word {
    let unknown = Word { word, known: true, token: None, writes: [NONE; 2], constant: None };
    let Some(instruction) = a64::instruction(word) else { return unknown };
    let Some(name) = class_name(&instruction) else {
        return Word { writes: writes(&instruction), ..unknown };
    };
    let mut operands = Operands::default();
    let bytes = access_bytes(&instruction, &name);
    let mut constant = None;
    let frame = word & 0x1f00_0000 == 0x1100_0000 && word >> 5 & 31 == 31 && word >> 29 & 1 == 0;
    for operand in &instruction.operands {
        if let Some(value) = operand_kind(*operand, bytes, &mut operands) {
            constant = Some(value);
        }
    }
    let constant = constant.filter(|_| !frame && word & 0x1f80_0000 != 0x1280_0000);
    Word { token: Some(Class::new(&name).token(operands)), writes: writes(&instruction), constant, ..unknown }
}

/// The name of the class; `None` for what says nothing.
fn class_name(instruction: &a64::Instruction) -> Option<String> {
    let zero = |operand: &Operand| matches!(operand, Operand::Register(_, 31));
    let stack = |operand: &Operand| matches!(operand, Operand::RegisterOrSP(_, 31));
    let [first, second, third, _] = &instruction.operands;
    let plain =
        matches!(third, Operand::RegShift(_, 0, _, _) | Operand::Register(..) | Operand::Immediate(0));
    Some(match instruction.opcode {
        Opcode::HINT | Opcode::MOVK => return None,
        Opcode::ADD | Opcode::SUB if stack(first) || stack(second) && !stack(first) && plain => return None,
        Opcode::ORR if zero(second) && matches!(third, Operand::RegShift(_, 0, _, 31)) => "zero".into(),
        Opcode::ORR if zero(second) && plain => return None,
        Opcode::MOVZ if matches!(second, Operand::ImmShift(0, _)) => "zero".into(),
        Opcode::MOVZ | Opcode::MOVN => "mov".into(),
        Opcode::ORR if zero(second) => "mov".into(),
        Opcode::SUBS if zero(first) => "cmp".into(),
        Opcode::ADDS if zero(first) => "cmn".into(),
        Opcode::ANDS if zero(first) => "test".into(),
        Opcode::Bcc(condition) => conditional("jcc", condition),
        Opcode::CBZ | Opcode::CBNZ => "cbz".into(),
        Opcode::TBZ | Opcode::TBNZ => "tbz".into(),
        Opcode::LDUR => "ldr".into(),
        Opcode::STUR => "str".into(),
        Opcode::LDURB => "ldrb".into(),
        Opcode::STURB => "strb".into(),
        Opcode::LDURH => "ldrh".into(),
        Opcode::STURH => "strh".into(),
        Opcode::LDP | Opcode::STP | Opcode::STR | Opcode::LDR if saves(instruction) => return None,
        other => opcode::name(other).to_ascii_lowercase(),
    })
}

fn conditional(prefix: &str, condition: u8) -> String {
    const NAMES: [&str; 8] = ["eq", "hs", "mi", "vs", "hi", "ge", "gt", "al"];
    let name = NAMES.get(usize::from(condition >> 1 & 7)).copied().unwrap_or("al");
    format!("{prefix} {}", token::condition(name).unwrap_or("always"))
}

/// Saving callee-saved registers on the stack: prologue and epilogue.
fn saves(instruction: &a64::Instruction) -> bool {
    let kept = matches!(instruction.operands[0], Operand::Register(SizeCode::X, 19..=30));
    let stack = instruction
        .operands
        .iter()
        .any(|operand| matches!(operand, Operand::RegPreIndex(31, ..) | Operand::RegPostIndex(31, _)));
    let pair = matches!(instruction.opcode, Opcode::LDP | Opcode::STP);
    let moving = instruction
        .operands
        .iter()
        .any(|operand| matches!(operand, Operand::RegPreIndex(31, _, true) | Operand::RegPostIndex(31, _)));
    kept && stack && (pair || moving)
}

fn access_bytes(instruction: &a64::Instruction, name: &str) -> usize {
    if name.ends_with('b') {
        return 1;
    }
    if name.ends_with('h') {
        return 2;
    }
    match instruction.operands[0] {
        Operand::SIMDRegister(size, _) => simd_bytes(size),
        _ => 8,
    }
}

fn simd_bytes(size: SIMDSizeCode) -> usize {
    match size {
        SIMDSizeCode::B => 1,
        SIMDSizeCode::H => 2,
        SIMDSizeCode::S => 4,
        SIMDSizeCode::D => 8,
        SIMDSizeCode::Q => 16,
    }
}

/// Adds an operand's kind; gives the number if it is one.
fn operand_kind(operand: Operand, bytes: usize, operands: &mut Operands) -> Option<u64> {
    let place = |base: u16| if matches!(base, 29 | 31) { Place::Stack } else { Place::Base };
    let mut number = None;
    let (kind, bits) = match operand {
        Operand::Nothing | Operand::ConditionCode(_) => return None,
        Operand::Register(_, 31) => (token::ZERO, 0),
        Operand::Register(..) | Operand::RegisterOrSP(..) | Operand::RegisterPair(..) => (token::REGISTER, 0),
        Operand::RegShift(_, 0, _, 31) => (token::ZERO, 0),
        Operand::RegShift(_, 0, _, _) => (token::REGISTER, 0),
        Operand::RegShift(..) => (token::SHIFTED, 2),
        Operand::PCOffset(_) => (token::TARGET, 0),
        Operand::Immediate(value) => {
            number = Some(u64::from(value));
            token::immediate(i64::from(value as i32))
        }
        Operand::Imm64(value) => {
            number = Some(value);
            token::immediate(value as i64)
        }
        Operand::Imm16(value) => token::immediate(i64::from(value)),
        Operand::ImmShift(value, shift) | Operand::ImmShiftMSL(value, shift) => {
            token::immediate(i64::from(value).checked_shl(u32::from(shift)).unwrap_or(0))
        }
        Operand::ImmediateDouble(value) => token::immediate(value.to_bits() as i64),
        Operand::RegPreIndex(base, ..) | Operand::RegPostIndex(base, _) => token::memory(place(base), bytes),
        Operand::RegPostIndexReg(base, _) => token::memory(place(base), bytes),
        Operand::RegRegOffset(..) => token::memory(Place::Indexed, bytes),
        Operand::SIMDRegister(..) => (token::VECTOR, 0),
        Operand::SIMDRegisterElements(..)
        | Operand::SIMDRegisterElementsLane(..)
        | Operand::SIMDRegisterElementsMultipleLane(..)
        | Operand::SIMDRegisterGroup(..)
        | Operand::SIMDRegisterGroupLane(..) => (token::VECTOR + 1, 0),
        _ => (token::SPECIAL, 0),
    };
    operands.push(kind, bits);
    number
}

/// The general registers an instruction writes, as far as that matters here.
fn writes(instruction: &a64::Instruction) -> [u8; 2] {
    let register = |operand: Operand| match operand {
        Operand::Register(_, register) | Operand::RegisterOrSP(_, register) => register as u8,
        _ => NONE,
    };
    let reads_only = matches!(
        instruction.opcode,
        Opcode::STR
            | Opcode::STRB
            | Opcode::STRH
            | Opcode::STUR
            | Opcode::STURB
            | Opcode::STURH
            | Opcode::STP
            | Opcode::CBZ
            | Opcode::CBNZ
            | Opcode::TBZ
            | Opcode::TBNZ
            | Opcode::BR
            | Opcode::BLR
            | Opcode::RET
            | Opcode::CCMP
            | Opcode::CCMN
            | Opcode::MSR
    );
    let [first, second, ..] = instruction.operands;
    let pair = matches!(instruction.opcode, Opcode::LDP | Opcode::LDPSW);
    match reads_only {
        true => [NONE; 2],
        false => [register(first), if pair { register(second) } else { NONE }],
    }
}
