//! What no subject knows: every output is an opaque function of all inputs.

use super::mnemonic;
use super::operands::{Lifter, Part, part};
use crate::machine::{Lifted, Machine, Op, Reg, Width};
use iced_x86::{InstructionInfo, InstructionInfoFactory, InstructionInfoOptions, Mnemonic, OpAccess, OpKind};

/// The inputs of an instruction, at most so many.
const INPUTS: usize = 8;

struct Inputs<V> {
    values: [Option<V>; INPUTS],
    registers: [Option<Reg>; INPUTS],
    count: usize,
}

impl<V: Copy> Inputs<V> {
    fn push(&mut self, value: V, register: Option<Reg>) {
        if let (Some(slot), Some(name)) =
            (self.values.get_mut(self.count), self.registers.get_mut(self.count))
        {
            *slot = Some(value);
            *name = register;
            self.count += 1;
        }
    }

    fn has(&self, reg: Reg) -> bool {
        self.registers.contains(&Some(reg))
    }
}

fn reads(access: OpAccess) -> bool {
    !matches!(access, OpAccess::None | OpAccess::Write | OpAccess::CondWrite | OpAccess::NoMemAccess)
}

fn writes(access: OpAccess) -> bool {
    matches!(access, OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite)
}

/// Lifts any instruction.
pub(super) fn lift<M: Machine>(lifter: &mut Lifter<'_, M>) -> Lifted {
    let instruction = lifter.instruction;
    let system = matches!(instruction.mnemonic(), Mnemonic::Syscall | Mnemonic::Sysenter | Mnemonic::Int);
    if system {
        system_call(lifter);
    }
    let mut factory = InstructionInfoFactory::new();
    let info = factory.info_options(instruction, InstructionInfoOptions::NONE);
    let mut inputs = Inputs { values: [None; INPUTS], registers: [None; INPUTS], count: 0 };
    read_registers(lifter, info, &mut inputs);
    let stored = read_operands(lifter, info, &mut inputs);
    let mut outputs = Outputs { name: hash(number(plain(instruction.mnemonic()))), inputs };
    write_registers(lifter, info, &mut outputs);
    // The kernel gives the flags back as they were.
    if instruction.rflags_modified() != 0 && !system {
        let flags = outputs.next(lifter, 8);
        lifter.machine.set(Reg::FLAGS, flags);
    }
    if let Some((address, size)) = stored {
        store(lifter, &mut outputs, address, size);
    }
    Lifted::Opaque
}

fn read_registers<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    info: &InstructionInfo,
    inputs: &mut Inputs<M::Value>,
) {
    let instruction = lifter.instruction;
    // What an address is made of is no input; the address is.
    let of_address =
        |register| register == instruction.memory_base() || register == instruction.memory_index();
    for used in info.used_registers() {
        let part = part(used.register()).filter(|part| !inputs.has(part.reg));
        if let Some(Part { reg, .. }) = part
            && reads(used.access())
            && !of_address(used.register())
        {
            let value = lifter.machine.get(reg);
            inputs.push(value, Some(reg));
        }
    }
    if instruction.rflags_read() != 0 {
        let flags = lifter.flags();
        inputs.push(flags, None);
    }
}

/// Takes memory and immediates; answers with the address and size of memory that is written.
fn read_operands<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    info: &InstructionInfo,
    inputs: &mut Inputs<M::Value>,
) -> Option<(M::Value, usize)> {
    let instruction = lifter.instruction;
    let mut stored = None;
    for operand in 0..instruction.op_count() {
        let access = info.op_access(operand);
        if instruction.op_kind(operand) == OpKind::Memory {
            let address = lifter.address();
            let input = match lifter.memory_width() {
                Some(width) if reads(access) => lifter.machine.load(address, width),
                _ => address,
            };
            inputs.push(input, None);
            stored = writes(access).then_some((address, instruction.memory_size().size()));
        } else if let Ok(number) = instruction.try_immediate(operand) {
            let value = lifter.constant(number, 64);
            inputs.push(value, None);
        }
    }
    stored
}

fn write_registers<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    info: &InstructionInfo,
    outputs: &mut Outputs<M::Value>,
) {
    const STACK_POINTER: Reg = Reg::general(4);
    for used in info.used_registers().iter().filter(|used| writes(used.access())) {
        let Some(part) = part(used.register()) else { continue };
        // The stack pointer is always known.
        let value = if part.reg == STACK_POINTER && part.bits == lifter.pointer {
            let by = i64::from(lifter.instruction.stack_pointer_increment()) as u64;
            let by = lifter.constant(by, part.bits);
            let old = lifter.machine.get(part.reg);
            lifter.op(Op::Add, part.bits, &[old, by])
        } else {
            outputs.next(lifter, part.bits)
        };
        lifter.set_part(part, value);
    }
}

/// What the kernel answers, from the registers it takes arguments in: Linux' and, but for the stack, Windows'.
fn system_call<M: Machine>(lifter: &mut Lifter<'_, M>) {
    const WIDE: [u8; 7] = [0, 7, 6, 2, 10, 8, 9];
    const NARROW: [u8; 7] = [0, 3, 1, 2, 6, 7, 5];
    let registers = if lifter.pointer == 64 { WIDE } else { NARROW };
    let inputs = registers.map(|n| lifter.machine.get(Reg::general(n)));
    let name = hash(number(Mnemonic::Syscall));
    let answer = lifter.op(Op::Opaque(name), lifter.pointer, &inputs);
    lifter.machine.set(Reg::general(0), answer);
}

/// Stores so many bytes of opaque values; of more than 64 (states of the processor) the first.
fn store<M: Machine>(
    lifter: &mut Lifter<'_, M>,
    outputs: &mut Outputs<M::Value>,
    address: M::Value,
    size: usize,
) {
    let mut at = 0;
    while at < size.min(64) {
        let bytes = [16, 8, 4, 2, 1].into_iter().find(|bytes| at + bytes <= size).unwrap_or(1);
        let width = bytes as Width * 8;
        let value = outputs.next(lifter, width);
        let offset = lifter.constant(at as u64, lifter.pointer);
        let place = if at == 0 { address } else { lifter.op(Op::Add, lifter.pointer, &[address, offset]) };
        lifter.machine.store(place, value, width);
        at += bytes;
    }
}

struct Outputs<V> {
    name: u32,
    inputs: Inputs<V>,
}

impl<V: Copy> Outputs<V> {
    /// The next output: another name for each.
    fn next<M: Machine<Value = V>>(&mut self, lifter: &mut Lifter<'_, M>, width: Width) -> V {
        let name = self.name;
        self.name = hash(name);
        let known = self.inputs.values.iter().flatten().copied().next();
        let Some(first) = known else { return lifter.op(Op::Opaque(name), width, &[]) };
        let mut operands = [first; INPUTS];
        for (operand, value) in operands.iter_mut().zip(self.inputs.values.iter().flatten()) {
            *operand = *value;
        }
        lifter.op(Op::Opaque(name), width, operands.get(..self.inputs.count).unwrap_or_default())
    }
}

/// The name of the SSE form of an AVX instruction: they do the same.
fn plain(mnemonic: Mnemonic) -> Mnemonic {
    use Mnemonic::*;
    match mnemonic {
        Vpshufb => Pshufb,
        Vpmaddwd => Pmaddwd,
        Vpmaddubsw => Pmaddubsw,
        Vpackuswb => Packuswb,
        Vpackusdw => Packusdw,
        Vpacksswb => Packsswb,
        Vpackssdw => Packssdw,
        Vpaddusb => Paddusb,
        Vpaddusw => Paddusw,
        Vpaddsb => Paddsb,
        Vpaddsw => Paddsw,
        Vpsubusb => Psubusb,
        Vpsubusw => Psubusw,
        Vpsubsb => Psubsb,
        Vpsubsw => Psubsw,
        Vpmulhw => Pmulhw,
        Vpmulhuw => Pmulhuw,
        Vpmulhrsw => Pmulhrsw,
        Vpavgb => Pavgb,
        Vpavgw => Pavgw,
        Vpsadbw => Psadbw,
        Vpabsb => Pabsb,
        Vpabsw => Pabsw,
        Vpabsd => Pabsd,
        Vpmuldq => Pmuldq,
        Vpmovmskb => Pmovmskb,
        Vmovmskps => Movmskps,
        Vmovmskpd => Movmskpd,
        Vsqrtps => Sqrtps,
        Vsqrtpd => Sqrtpd,
        Vrsqrtps => Rsqrtps,
        Vrcpps => Rcpps,
        Vcmpps => Cmpps,
        Vcmppd => Cmppd,
        Vpclmulqdq => Pclmulqdq,
        Vaesenc => Aesenc,
        Vaesenclast => Aesenclast,
        Vaesdec => Aesdec,
        Vaesdeclast => Aesdeclast,
        Vaesimc => Aesimc,
        Vaeskeygenassist => Aeskeygenassist,
        Vmovshdup => Movshdup,
        Vmovsldup => Movsldup,
        Vinsertps => Insertps,
        Vhaddps => Haddps,
        Vhaddpd => Haddpd,
        Vroundps => Roundps,
        Vroundpd => Roundpd,
        Vphaddd => Phaddd,
        Vphaddw => Phaddw,
        Vmpsadbw => Mpsadbw,
        other => other,
    }
}

fn number(mnemonic: Mnemonic) -> u32 {
    mnemonic::number(mnemonic).into()
}

/// Spreads a number over 32 bits.
const fn hash(number: u32) -> u32 {
    let number = (number ^ 0x5bd1).wrapping_mul(0x9e37_79b1);
    (number ^ number >> 15).wrapping_mul(0x85eb_ca6b) ^ number >> 13
}
