//! What the reading of one function starts from ([`Site`]) and ends with ([`Reading`]).

use crate::bounded::shrink;
use crate::token::Token;
use cognate_base::{combine, mix};
use cognate_binary::{Arch, Format, Function, Hints, Image, Loaded};

/// How absolute addresses in x86 code are told from numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absolute {
    /// The loader relocates them, so the file lists where they are.
    Listed,
    /// The code is position-independent: there are none.
    Never,
    /// By value: mapped, and not below 0x10000.
    ByValue,
}

impl Absolute {
    /// Decides for a sample.
    ///
    /// A list of relocations counts only if some lie in code. An ELF file based
    /// below 0x10000 and a 64-bit Mach-O file are position-independent.
    pub(crate) fn of(image: &Image, hints: &Hints) -> Self {
        if hints.relocations.keys().any(|&slot| image.is_code(slot)) {
            return Absolute::Listed;
        }
        let lowest = image.segments().first().map_or(0, |segment| segment.address & !0xffff);
        let independent = match image.format {
            Format::Elf => lowest == 0,
            Format::MachO => image.arch != Arch::X86,
            // 64-bit PE code with base relocations in data only.
            Format::Pe | Format::PeMemory => image.arch == Arch::X86_64 && !hints.relocations.is_empty(),
            // Objects list every address.
            Format::Coff => true,
            Format::Raw => false,
        };
        if independent { Absolute::Never } else { Absolute::ByValue }
    }
}

/// The surroundings of the function that is read.
pub(crate) struct Site<'a> {
    /// The sample's memory.
    pub image: &'a Image,
    /// What the file says about it.
    pub hints: &'a Hints,
    /// How to tell absolute addresses.
    pub absolute: Absolute,
    /// The global offset table, on 32-bit x86.
    pub got: Option<u64>,
    /// The function.
    pub function: &'a Function,
    first: usize,
}

impl<'a> Site<'a> {
    pub(crate) fn new(loaded: &'a Loaded, absolute: Absolute, function: &'a Function) -> Self {
        let first = function.blocks.partition_point(|block| block.address < function.address);
        let got = loaded.hints.got.filter(|_| loaded.image.arch == Arch::X86);
        Site { image: &loaded.image, hints: &loaded.hints, absolute, got, function, first }
    }

    /// Whether addresses are 32 bits wide.
    pub(crate) fn narrow(&self) -> bool {
        self.image.arch == Arch::X86
    }

    /// Whether the operand bytes at `slot` hold an address, given their value.
    pub(crate) fn is_address(&self, slot: u64, value: u64) -> bool {
        match self.absolute {
            Absolute::Never => false,
            Absolute::Listed => value >= 0x1000 && self.hints.relocations.contains_key(&slot),
            Absolute::ByValue => value >= 0x1_0000 && self.image.is_mapped(value),
        }
    }

    /// The number of the block that starts at `address`, counted from the entry's.
    ///
    /// Blocks in front of the entry (a cold part that the linker put there)
    /// count after all others.
    pub(crate) fn ordinal(&self, address: u64) -> Option<usize> {
        let blocks = &self.function.blocks;
        let at = blocks.binary_search_by_key(&address, |block| block.address).ok()?;
        Some((at + blocks.len() - self.first) % blocks.len())
    }

    /// Whether a jump there stays in the function.
    pub(crate) fn inside(&self, address: u64) -> bool {
        self.ordinal(address).is_some()
    }

    /// The blocks, the entry's first.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &'a cognate_binary::Block> {
        let (before, after) = self.function.blocks.split_at(self.first.min(self.function.blocks.len()));
        after.iter().chain(before)
    }
}

/// Something that an instruction refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// A number in the code.
    Constant(u64),
    /// The address of something.
    Address(u64),
    /// So many bytes read or written at an address.
    Load {
        /// Where.
        address: u64,
        /// How many, 0 where that is not known.
        bytes: u8,
    },
}

/// A block that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockReading {
    /// The hash of its masked bytes.
    pub hash: u64,
    /// Its instructions, padding left out.
    pub instructions: u32,
    /// The index behind its last token in [`Reading::tokens`].
    pub tokens_end: usize,
}

/// Tokens of a function that are taken, and blocks: as many as recovery finds instructions in one.
const MOST_TOKENS: usize = 1 << 20;
/// References of a function that are looked at.
const MOST_REFERENCES: usize = 20_000;

/// What came out of one function's instructions.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// Its tokens, block after block.
    pub tokens: Vec<Token>,
    /// Its blocks.
    pub blocks: Vec<BlockReading>,
    /// What it refers to, in order, repeated where the code repeats it.
    pub references: Vec<Reference>,
    /// The hash of its masked bytes.
    pub exact: u64,
    /// Instructions that were read when [`MOST_TOKENS`] were reached, if that was before the end.
    pub taken: Option<u64>,
    instructions: u64,
    block: u64,
    block_instructions: u32,
}

const EXACT_SEED: u64 = 0x0065_7861_6374;
const BLOCK_SEED: u64 = 0x0062_6c6f_636b;
/// Stands for a jump that leaves the function.
const OUTSIDE: u64 = u64::MAX;

impl Reading {
    /// Makes ready for the next function, keeping the memory.
    pub(crate) fn reset(&mut self) {
        self.tokens.clear();
        self.blocks.clear();
        self.references.clear();
        (self.taken, self.instructions) = (None, 0);
        self.exact = mix(EXACT_SEED);
        self.begin_block();
    }

    /// Gives the memory of an outlier back.
    pub(crate) fn trim(&mut self, kept: usize) {
        shrink(&mut self.tokens, kept);
        shrink(&mut self.blocks, kept);
        shrink(&mut self.references, kept);
    }

    pub(crate) fn begin_block(&mut self) {
        self.block = mix(BLOCK_SEED);
        self.block_instructions = 0;
    }

    pub(crate) fn end_block(&mut self) {
        let hash = self.block;
        // Where blocks end is part of what jump targets, counted in blocks, mean.
        self.exact = combine(self.exact, u64::from(self.block_instructions));
        if self.blocks.len() >= MOST_TOKENS {
            self.taken = self.taken.or(Some(self.instructions));
            return;
        }
        self.blocks.push(BlockReading {
            hash,
            instructions: self.block_instructions,
            tokens_end: self.tokens.len(),
        });
    }

    /// Takes an instruction's masked bytes (length in the top byte) and, where
    /// it jumps, to which block of the function: `Some(None)` is out of it.
    pub(crate) fn instruction(&mut self, masked: u128, jump: Option<Option<usize>>) {
        let (low, high) = (masked as u64, (masked >> 64) as u64);
        let word = combine(low, high);
        self.block = combine(self.block, word);
        self.exact = combine(self.exact, word);
        if let Some(target) = jump {
            self.exact = combine(self.exact, target.map_or(OUTSIDE, |ordinal| ordinal as u64));
        }
        self.block_instructions += 1;
        self.instructions += 1;
    }

    pub(crate) fn token(&mut self, token: Token) {
        if self.tokens.len() >= MOST_TOKENS {
            self.taken = self.taken.or(Some(self.instructions));
            return;
        }
        self.tokens.push(token);
    }

    pub(crate) fn refer(&mut self, reference: Reference) {
        if self.references.len() < MOST_REFERENCES {
            self.references.push(reference);
        }
    }
}
