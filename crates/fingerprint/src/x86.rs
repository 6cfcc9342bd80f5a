//! One x86 instruction: its masked bytes, its token, what it refers to.

use crate::site::{Reading, Reference, Site};
use crate::token::{self, Class, Operands, Place, Token};
use cognate_binary::decode::{Flow, Instruction, x86::is_padding};
use iced_x86::{ConstantOffsets, Mnemonic, OpKind, Register};
use std::sync::OnceLock;

/// What earlier instructions of the same function tell about later ones.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct State {
    /// `rbp` is a frame pointer here.
    frame: bool,
    /// The register that holds the global offset table.
    got: Option<Register>,
    /// The image base is in some register (MSVC's jump tables and more).
    image_relative: bool,
}

/// Reads one instruction of which `bytes` are the encoding.
pub(crate) fn read(
    site: &Site<'_>,
    state: &mut State,
    instruction: &Instruction,
    (raw, offsets): (&iced_x86::Instruction, &ConstantOffsets),
    bytes: &[u8],
    reading: &mut Reading,
) {
    if is_padding(raw) {
        return;
    }
    let mut masked = [0u8; 16];
    let len = bytes.len().min(15);
    if let (Some(to), Some(from)) = (masked.get_mut(..len), bytes.get(..len)) {
        to.copy_from_slice(from);
    }
    masked[15] = len as u8;
    observe(site, state, instruction, raw, offsets, &mut masked);
    let mut address_immediate = false;
    immediates(site, instruction, raw, offsets, &mut masked, reading, &mut address_immediate);
    let global = memory(site, state, instruction, raw, offsets, &mut masked, reading);
    reading.instruction(u128::from_le_bytes(masked), target(site, instruction));
    if let Some(token) = tokenise(site, state, instruction, raw, global, address_immediate) {
        reading.token(token);
    }
}

/// The block a jump goes to: `Some(None)` is out of the function.
fn target(site: &Site<'_>, instruction: &Instruction) -> Option<Option<usize>> {
    match instruction.flow {
        Flow::Jump(to) | Flow::Branch(to) => Some(site.ordinal(to)),
        _ => None,
    }
}

fn wipe(masked: &mut [u8; 16], offset: usize, size: usize) {
    if let Some(bytes) = masked.get_mut(offset..offset.saturating_add(size)) {
        bytes.fill(0);
    }
}

/// Learns what the instruction sets up, and masks the distance to the global offset table.
fn observe(
    site: &Site<'_>,
    state: &mut State,
    instruction: &Instruction,
    raw: &iced_x86::Instruction,
    offsets: &ConstantOffsets,
    masked: &mut [u8; 16],
) {
    match raw.mnemonic() {
        Mnemonic::Mov if matches!(raw.op0_register(), Register::RBP | Register::EBP) => {
            state.frame |= matches!(raw.op1_register(), Register::RSP | Register::ESP);
        }
        Mnemonic::Lea if raw.is_ip_rel_memory_operand() => {
            state.image_relative |= raw.ip_rel_memory_address() == site.image.base;
        }
        Mnemonic::Add if raw.op0_kind() == OpKind::Register && offsets.immediate_size() == 4 => {
            // call get_pc_thunk; add reg, distance. clang: call next; next: pop reg; add reg, distance.
            let sum = instruction.address.wrapping_add(raw.immediate(1)) & 0xffff_ffff;
            if site.got.is_some_and(|got| (0..32).contains(&sum.wrapping_sub(got))) {
                state.got = Some(raw.op0_register());
                wipe(masked, offsets.immediate_offset(), 4);
            }
        }
        _ => {}
    }
}

fn immediates(
    site: &Site<'_>,
    instruction: &Instruction,
    raw: &iced_x86::Instruction,
    offsets: &ConstantOffsets,
    masked: &mut [u8; 16],
    reading: &mut Reading,
    address: &mut bool,
) {
    if matches!(instruction.flow, Flow::Jump(_) | Flow::Branch(_) | Flow::Call(_)) {
        wipe(masked, offsets.immediate_offset(), offsets.immediate_size());
        return;
    }
    if !offsets.has_immediate() {
        return;
    }
    let (offset, size) = (offsets.immediate_offset(), offsets.immediate_size());
    for operand in 0..raw.op_count() {
        let Ok(value) = raw.try_immediate(operand) else { continue };
        let value = if size <= 4 && site.narrow() { value & 0xffff_ffff } else { value };
        if size >= 4 && site.is_address(instruction.address.wrapping_add(offset as u64), value) {
            wipe(masked, offset, size);
            *address = true;
            reading.refer(Reference::Address(value));
        } else if size >= 2 && !stack_adjustment(raw) {
            reading.refer(Reference::Constant(value));
        }
        return;
    }
}

fn stack_adjustment(raw: &iced_x86::Instruction) -> bool {
    matches!(raw.mnemonic(), Mnemonic::Add | Mnemonic::Sub | Mnemonic::And)
        && matches!(raw.op0_register(), Register::RSP | Register::ESP)
}

/// Masks and follows the memory operand; says whether it lies at a fixed address.
fn memory(
    site: &Site<'_>,
    state: &State,
    instruction: &Instruction,
    raw: &iced_x86::Instruction,
    offsets: &ConstantOffsets,
    masked: &mut [u8; 16],
    reading: &mut Reading,
) -> bool {
    if !offsets.has_displacement() {
        return false;
    }
    let (offset, size) = (offsets.displacement_offset(), offsets.displacement_size());
    let (base, index) = (raw.memory_base(), raw.memory_index());
    let value = raw.memory_displacement64();
    let whole_address = if raw.is_ip_rel_memory_operand() {
        Some(raw.ip_rel_memory_address())
    } else if size >= 4 && segment_free(raw) {
        let value = if site.narrow() { value & 0xffff_ffff } else { value };
        absolute(site, state, instruction.address.wrapping_add(offset as u64), base, value)
    } else {
        None
    };
    let Some(address) = whole_address else { return false };
    wipe(masked, offset, size);
    let direct = base == Register::None || raw.is_ip_rel_memory_operand() || Some(base) == state.got;
    if raw.mnemonic() == Mnemonic::Lea || index != Register::None || !direct {
        reading.refer(Reference::Address(address));
    } else {
        let bytes = raw.memory_size().size().min(64) as u8;
        reading.refer(Reference::Load { address, bytes });
    }
    direct && index == Register::None
}

fn absolute(site: &Site<'_>, state: &State, slot: u64, base: Register, value: u64) -> Option<u64> {
    if let (Some(got), Some(register)) = (site.got, state.got)
        && base == register
    {
        let address = got.wrapping_add(value) & 0xffff_ffff;
        return site.image.is_mapped(address).then_some(address);
    }
    if site.is_address(slot, value) {
        return Some(value);
    }
    let address = site.image.base.checked_add(value)?;
    let relative = state.image_relative && base != Register::None && value >= 0x1000;
    (relative && site.image.is_mapped(address)).then_some(address)
}

fn segment_free(raw: &iced_x86::Instruction) -> bool {
    !matches!(raw.segment_prefix(), Register::FS | Register::GS)
}

struct Classes {
    mnemonics: Vec<Class>,
    zero: Class,
    call: Class,
    indirect_call: Class,
    test: Class,
    add: Class,
    sub: Class,
}

fn classes() -> &'static Classes {
    static CLASSES: OnceLock<Classes> = OnceLock::new();
    CLASSES.get_or_init(|| Classes {
        mnemonics: Mnemonic::values().map(|mnemonic| Class::new(&class_name(mnemonic))).collect(),
        zero: Class::new("zero"),
        call: Class::new("call"),
        indirect_call: Class::new("call unknown"),
        test: Class::new("test"),
        add: Class::new("add"),
        sub: Class::new("sub"),
    })
}

/// The name of a mnemonic's class: our name for it in lower case, conditions unified.
fn class_name(mnemonic: Mnemonic) -> String {
    let text = cognate_dataflow::x86::mnemonic::name(mnemonic).to_ascii_lowercase();
    for prefix in ["cmov", "set", "j"] {
        if let Some(condition) = text.strip_prefix(prefix).and_then(token::condition) {
            return format!("{prefix}cc {condition}");
        }
    }
    text
}

fn tokenise(
    site: &Site<'_>,
    state: &State,
    instruction: &Instruction,
    raw: &iced_x86::Instruction,
    global: bool,
    address_immediate: bool,
) -> Option<Token> {
    let classes = classes();
    let mut operands = Operands::default();
    let class = match instruction.flow {
        Flow::Call(_) => return Some(classes.call.token(operands)),
        Flow::Jump(to) if site.inside(to) => return None,
        Flow::Jump(_) => return Some(classes.call.token(operands)),
        Flow::IndirectCall if global => return Some(classes.call.token(operands)),
        Flow::IndirectCall => classes.indirect_call,
        Flow::IndirectJump if global => return Some(classes.call.token(operands)),
        _ => *classes.mnemonics.get(raw.mnemonic() as usize)?,
    };
    let same = raw.op_count() == 2
        && raw.op0_kind() == OpKind::Register
        && raw.op1_kind() == OpKind::Register
        && raw.op0_register() == raw.op1_register();
    let class = match raw.mnemonic() {
        Mnemonic::Endbr32 | Mnemonic::Endbr64 | Mnemonic::Leave | Mnemonic::Ret => return None,
        Mnemonic::Push | Mnemonic::Pop if raw.op0_kind() == OpKind::Register => return None,
        Mnemonic::Mov if raw.op0_kind() == OpKind::Register && raw.op1_kind() == OpKind::Register => {
            return None;
        }
        Mnemonic::Xor | Mnemonic::Sub if same => return Some(classes.zero.token(operands)),
        Mnemonic::Mov if raw.op0_kind() == OpKind::Register && matches!(raw.try_immediate(1), Ok(0)) => {
            return Some(classes.zero.token(operands));
        }
        _ if stack_adjustment(raw) => return None,
        Mnemonic::Test if same => {
            register(&mut operands, raw.op0_register());
            return Some(classes.test.token(operands));
        }
        Mnemonic::Cmp if raw.op0_kind() == OpKind::Register && matches!(raw.try_immediate(1), Ok(0)) => {
            register(&mut operands, raw.op0_register());
            return Some(classes.test.token(operands));
        }
        Mnemonic::Inc => classes.add,
        Mnemonic::Dec => classes.sub,
        _ => class,
    };
    for operand in 0..raw.op_count() {
        describe(state, raw, operand, global, address_immediate, &mut operands);
    }
    if matches!(raw.mnemonic(), Mnemonic::Inc | Mnemonic::Dec) {
        let (kind, bits) = token::immediate(1);
        operands.push(kind, bits);
    }
    Some(class.token(operands))
}

fn describe(
    state: &State,
    raw: &iced_x86::Instruction,
    operand: u32,
    global: bool,
    address_immediate: bool,
    operands: &mut Operands,
) {
    match raw.op_kind(operand) {
        OpKind::Register => register(operands, raw.op_register(operand)),
        OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64 => operands.push(token::TARGET, 0),
        OpKind::Memory => {
            let place = if global {
                Place::Global
            } else if raw.memory_index() != Register::None {
                Place::Indexed
            } else {
                match raw.memory_base() {
                    Register::RSP | Register::ESP => Place::Stack,
                    Register::RBP | Register::EBP if state.frame => Place::Stack,
                    Register::None | Register::RIP => Place::Global,
                    _ => Place::Base,
                }
            };
            let bytes = if raw.mnemonic() == Mnemonic::Lea { 0 } else { raw.memory_size().size() };
            let (kind, bits) = token::memory(place, bytes);
            operands.push(kind, bits);
        }
        _ if address_immediate => operands.push(token::ADDRESS, 2),
        _ => {
            if let Ok(value) = raw.try_immediate(operand) {
                let (kind, bits) = token::immediate(value as i32 as i64);
                operands.push(kind, bits);
            }
        }
    }
}

fn register(operands: &mut Operands, register: Register) {
    let kind = if register.is_gpr8() {
        token::REGISTER_8
    } else if register.is_gpr16() {
        token::REGISTER_16
    } else if register.is_gpr() {
        token::REGISTER
    } else if register.is_vector_register() {
        token::VECTOR + u8::from(register.is_ymm()) + 2 * u8::from(register.is_zmm())
    } else if register.is_st() || register.is_mm() {
        token::OLD_FLOAT
    } else {
        token::SPECIAL
    };
    operands.push(kind, 0);
}
