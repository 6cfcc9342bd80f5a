//! Instructions as text: Intel syntax for x86, the Arm syntax for A64.

use crate::decode::{Decoder, Flow, Instruction, Raw, a64};
use crate::program::Block;
use crate::{Function, Hints, Image};
use cognate_base::hex;
use iced_x86::{Formatter, IntelFormatter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One instruction as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Its address.
    pub address: u64,
    /// Its bytes in hexadecimal.
    pub bytes: String,
    /// Mnemonic and operands; names from the file are not escaped.
    pub text: String,
    /// It is the first of a basic block.
    pub leads: bool,
}

/// A function's instructions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listing {
    /// The function's address.
    pub address: u64,
    /// Its name where the file tells, not escaped.
    pub name: Option<String>,
    /// Its instructions, block by block, ascending.
    pub lines: Vec<Line>,
    /// Ways between its blocks, each once, ascending: the address of the block that is left and of the one that is
    /// entered.
    pub ways: Vec<(u64, u64)>,
    /// Instructions or ways were left out, because there are more than are listed.
    pub truncated: bool,
}

impl Listing {
    /// Most instructions listed of one function. Judgement.
    pub const LIMIT: usize = 20_000;
    /// Most ways between its blocks. Judgement.
    pub const MOST_WAYS: usize = 10_000;

    /// Lists a function.
    pub fn new(image: &Image, hints: &Hints, function: &Function) -> Self {
        let mut writer = Writer::new(hints);
        let mut lines = Vec::new();
        let mut truncated = false;
        for block in &function.blocks {
            let length = usize::try_from(block.bytes).unwrap_or(0);
            let code = image.read(block.address, length).unwrap_or(&[]);
            let decoder = Decoder::new(image.arch_at(block.address), code, block.address);
            for (index, instruction) in decoder.enumerate() {
                if lines.len() == Self::LIMIT {
                    truncated = true;
                    break;
                }
                let bytes = image.read(instruction.address, usize::from(instruction.len)).unwrap_or(&[]);
                let bytes = hex(bytes);
                let text = writer.write(&instruction);
                lines.push(Line { address: instruction.address, bytes, text, leads: index == 0 });
            }
        }
        let ways = ways(function);
        truncated |= ways.len() > Self::MOST_WAYS;
        let ways = ways.into_iter().take(Self::MOST_WAYS).collect();
        Listing { address: function.address, name: hints.name_of(function.address), lines, ways, truncated }
    }
}

/// Where control goes from block to block.
fn ways(function: &Function) -> BTreeSet<(u64, u64)> {
    let of = |block: &Block| {
        let targets =
            block.edges.iter().filter_map(|edge| function.blocks.get(usize::try_from(edge.to).ok()?));
        targets.map(|target| (block.address, target.address)).collect::<Vec<_>>()
    };
    function.blocks.iter().flat_map(of).collect()
}

struct Writer<'a> {
    hints: &'a Hints,
    x86: IntelFormatter,
}

impl<'a> Writer<'a> {
    fn new(hints: &'a Hints) -> Self {
        let mut x86 = IntelFormatter::new();
        let options = x86.options_mut();
        options.set_hex_prefix("0x");
        options.set_hex_suffix("");
        options.set_uppercase_hex(false);
        options.set_space_after_operand_separator(true);
        options.set_branch_leading_zeros(false);
        options.set_rip_relative_addresses(false);
        Writer { hints, x86 }
    }

    /// The instruction, with the name of what it refers to behind a `;`.
    fn write(&mut self, instruction: &Instruction) -> String {
        let mut text = match &instruction.raw {
            Raw::X86(raw, _) => {
                let mut text = String::new();
                self.x86.format(raw, &mut text);
                text
            }
            Raw::A64(word) => a64_text(*word),
        };
        let name = target(instruction).and_then(|address| self.hints.name_of(address));
        if let Some(name) = name {
            text.push_str("  ; ");
            text.push_str(&name);
        }
        text
    }
}

/// The one address an instruction goes to or reads from, where it names one.
fn target(instruction: &Instruction) -> Option<u64> {
    match (instruction.flow, &instruction.raw) {
        (Flow::Jump(to) | Flow::Branch(to) | Flow::Call(to), _) => Some(to),
        (_, Raw::X86(raw, _)) if raw.memory_base() == iced_x86::Register::RIP => {
            Some(raw.memory_displacement64())
        }
        (_, Raw::X86(raw, _)) if raw.memory_base() == iced_x86::Register::None => {
            let absolute = raw.memory_index() == iced_x86::Register::None;
            let displacement = raw.memory_displacement64();
            (absolute && displacement > 0xffff).then_some(displacement)
        }
        _ => None,
    }
}

/// The decoder's own text, parts of which are marked unreachable: of all 2^32 words none reaches one
/// (the example `a64_words`).
fn a64_text(word: u32) -> String {
    a64::instruction(word).map_or_else(|| format!(".word {word:#010x}"), |decoded| decoded.to_string())
}
