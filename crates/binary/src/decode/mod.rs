//! Bytes to instructions: the one place that knows the decoders.
//!
//! [`Decoder`] reads straight-line code. What recovery needs (length, [`Flow`])
//! is the same for every instruction set; what fingerprints need is behind
//! [`Raw`]. A64 words are told apart here by their encoding (Arm ARM DDI 0487,
//! C4.1) and only decoded in full when someone asks [`a64::instruction`].

pub mod a64;
pub mod x86;

use crate::Arch;

/// Where control goes after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// To one known address.
    Jump(u64),
    /// To one known address, or to the next instruction.
    Branch(u64),
    /// To an address known at run time: a switch or a tail call.
    IndirectJump,
    /// To a known function, and back.
    Call(u64),
    /// To a function known at run time, and back.
    IndirectCall,
    /// To the caller.
    Return,
    /// Nowhere: the program stops or traps here (`hlt`, `ud2`, `int3`, `brk`, `udf`).
    Stop,
}

/// The decoder's own view of an instruction.
#[derive(Clone, Copy, Debug)]
pub enum Raw {
    /// x86, with the places of its displacement and immediates in its bytes.
    X86(iced_x86::Instruction, iced_x86::ConstantOffsets),
    /// The A64 word.
    A64(u32),
}

/// One instruction.
#[derive(Clone, Copy, Debug)]
pub struct Instruction {
    /// Its address.
    pub address: u64,
    /// Its length in bytes, 1 to 15.
    pub len: u8,
    /// Where control goes after it.
    pub flow: Flow,
    /// The decoder's view.
    pub raw: Raw,
}

impl Default for Instruction {
    /// None yet: to be read into.
    fn default() -> Self {
        Instruction { address: 0, len: 0, flow: Flow::Next, raw: Raw::A64(0) }
    }
}

impl Instruction {
    /// The address behind it.
    pub fn next(&self) -> u64 {
        self.address.wrapping_add(u64::from(self.len))
    }
}

/// Reads instructions one after the other.
///
/// As an iterator it ends at the first bytes that are no instruction, or where
/// the bytes end.
pub struct Decoder<'a>(Kind<'a>);

// The large variant is the common one, and a decoder lives on the stack for one run.
#[allow(clippy::large_enum_variant)]
// Instructions of x86 that are shorter than `least` bytes get no constant offsets.
enum Kind<'a> {
    X86 { decoder: iced_x86::Decoder<'a>, least: usize },
    A64 { bytes: &'a [u8], address: u64 },
}

impl<'a> Decoder<'a> {
    /// Reads `bytes`, the first of which lies at `address`.
    pub fn new(arch: Arch, bytes: &'a [u8], address: u64) -> Self {
        Self::with(arch, bytes, address, 0)
    }

    /// The same, leaving the constant offsets of x86 empty: for who only follows control.
    pub(crate) fn control(arch: Arch, bytes: &'a [u8], address: u64) -> Self {
        Self::with(arch, bytes, address, usize::MAX)
    }

    /// The same, leaving them empty where the instruction is too short for a number of four bytes: for who asks of
    /// such numbers alone whether they are addresses.
    pub fn addresses(arch: Arch, bytes: &'a [u8], address: u64) -> Self {
        Self::with(arch, bytes, address, 5)
    }

    fn with(arch: Arch, bytes: &'a [u8], address: u64, least: usize) -> Self {
        let bits = match arch {
            Arch::Aarch64 => return Decoder(Kind::A64 { bytes, address }),
            Arch::X86 => 32,
            Arch::X86_64 => 64,
        };
        let decoder = iced_x86::Decoder::with_ip(bits, bytes, address, iced_x86::DecoderOptions::NONE);
        Decoder(Kind::X86 { decoder, least })
    }
}

impl Decoder<'_> {
    /// Reads the next instruction into the place of another; false where the iterator would end.
    ///
    /// An instruction is large: who reads many goes on without moving each.
    #[inline]
    pub fn read(&mut self, instruction: &mut Instruction) -> bool {
        match &mut self.0 {
            Kind::X86 { decoder, least } => x86::read(decoder, *least, instruction),
            Kind::A64 { bytes, address } => {
                let Some((word, rest)) = bytes.split_first_chunk::<4>() else { return false };
                let word = u32::from_le_bytes(*word);
                let at = *address;
                *bytes = rest;
                *address = at.wrapping_add(4);
                *instruction =
                    Instruction { address: at, len: 4, flow: a64::flow(word, at), raw: Raw::A64(word) };
                true
            }
        }
    }
}

impl Iterator for Decoder<'_> {
    type Item = Instruction;

    #[inline]
    fn next(&mut self) -> Option<Instruction> {
        let mut instruction = Instruction::default();
        self.read(&mut instruction).then_some(instruction)
    }
}
