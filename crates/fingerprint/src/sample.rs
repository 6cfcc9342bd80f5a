//! A whole sample: every function, then what it says of its libraries.

use crate::components::{Marks, found_components};
use crate::site::{Absolute, Reading, Site};
use crate::token::Token;
use crate::{
    BANDS, BLOCK_FLOOR, BLOCK_INSTRUCTIONS, Fingerprint, Flow, FunctionFingerprint, GRAM_COUNT, GRAMS,
    MAX_BLOCKS, MinHash, SampleFingerprint, TOKEN_INSTRUCTIONS, a64, anchors, flow, information, minhash,
    x86,
};
use cognate_base::{Budget, SampleId, combine, mix};
use cognate_binary::decode::{Decoder, Raw};
use cognate_binary::{CallTarget, Function, Loaded, Program};

/// Fingerprints all functions of a sample.
///
/// The result depends on the arguments alone. Where the budget ends the
/// functions so far are kept; [`Budget::exhausted`] tells.
pub fn fingerprint(
    id: SampleId,
    size: u64,
    loaded: &Loaded,
    program: &Program,
    budget: &mut Budget,
) -> SampleFingerprint {
    let reader = Reader::new(loaded, program);
    let mut scratch = Scratch::default();
    let mut functions = Vec::with_capacity(program.functions.len());
    for (index, function) in program.functions.iter().enumerate() {
        if budget.spend(function.instructions().saturating_add(1)).is_err() {
            break;
        }
        functions.extend(reader.function(index, &mut scratch));
    }
    reader.finish(id, size, functions)
}

/// Reads the functions of one sample, in any order and from any thread.
///
/// [`fingerprint`] is `new`, `function` for each index, `finish`; who wants to
/// use several threads does the same with a [`Scratch`] for each.
pub struct Reader<'a> {
    loaded: &'a Loaded,
    program: &'a Program,
    absolute: Absolute,
    marks: Marks,
    callees: flow::Callees,
}

/// Memory that is used again from function to function.
#[derive(Debug, Default)]
pub struct Scratch {
    reading: Reading,
    grams: Vec<u64>,
    counts: Vec<(u64, u8)>,
    cache: Option<a64::Cache>,
    flow: flow::Scratch,
}

/// A function as read, with what the sample as a whole needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionReading {
    function: FunctionFingerprint,
    components: Vec<u16>,
}

impl<'a> Reader<'a> {
    /// Looks at what all functions share: how addresses look, and where libraries left marks.
    pub fn new(loaded: &'a Loaded, program: &'a Program) -> Self {
        let absolute = Absolute::of(&loaded.image, &loaded.hints);
        Reader {
            loaded,
            program,
            absolute,
            marks: Marks::find(&loaded.image, &loaded.hints),
            callees: flow::Callees::find(loaded, program),
        }
    }

    /// Reads the function with this index in the program; `None` if there is none.
    pub fn function(&self, index: usize, scratch: &mut Scratch) -> Option<FunctionReading> {
        let function = self.program.functions.get(index)?;
        let site = Site::new(self.loaded, self.absolute, function);
        read(&site, scratch);
        let found = anchors::find(&site, &scratch.reading.references, |address| self.thunk(address));
        let mut components: Vec<u16> =
            found.texts.iter().flat_map(|&(address, len)| self.marks.within(address, len)).collect();
        components.sort_unstable();
        components.dedup();
        let (anchors, anchor_texts) = found.choose();
        let flow = flow::flow(&site, &self.callees, &mut scratch.flow);
        let symbol = self.loaded.hints.names.get(&function.address);
        let function = FunctionFingerprint {
            address: function.address,
            bytes: u32::try_from(function.bytes()).unwrap_or(u32::MAX),
            name: symbol.map(|symbol| symbol.demangled.as_ref().unwrap_or(&symbol.name).clone()),
            fingerprint: summarise(function, scratch, anchors, flow),
            callees: self.callees(function),
            thunk: function.thunk,
            anchor_texts,
        };
        Some(FunctionReading { function, components })
    }

    /// The data-flow features of a function as people can read them, ascending by feature.
    pub fn expressions(&self, index: usize, scratch: &mut Scratch) -> Vec<flow::Expression> {
        let Some(function) = self.program.functions.get(index) else { return Vec::new() };
        let site = Site::new(self.loaded, self.absolute, function);
        flow::expressions(&site, &self.callees, &mut scratch.flow)
    }

    /// All data-flow features of a function, uncut, sorted: for the learning of their rarity.
    pub fn flow_features(&self, index: usize, scratch: &mut Scratch) -> Vec<u32> {
        let Some(function) = self.program.functions.get(index) else { return Vec::new() };
        flow::all(&Site::new(self.loaded, self.absolute, function), &self.callees, &mut scratch.flow)
    }

    /// Puts the functions, read from index 0 without a hole, together.
    pub fn finish(&self, id: SampleId, size: u64, functions: Vec<FunctionReading>) -> SampleFingerprint {
        let components =
            found_components(&self.marks, functions.iter().map(|reading| &reading.components[..]));
        let mut functions: Vec<_> = functions.into_iter().map(|reading| reading.function).collect();
        let read = functions.len();
        for function in &mut functions {
            function.callees.retain(|&callee| (callee as usize) < read);
        }
        let image = &self.loaded.image;
        let partial = self.loaded.gaps.iter().chain(&self.program.gaps).any(|gap| gap.code_lost)
            || read < self.program.functions.len();
        SampleFingerprint { id, size, format: image.format, arch: image.arch, functions, components, partial }
    }

    /// The import that the function at `address` does nothing but jump to.
    fn thunk(&self, address: u64) -> Option<&'a str> {
        let function = self.program.functions.get(self.program.index_of(address)?)?;
        let call = function.calls.first().filter(|_| function.thunk)?;
        match call.target {
            CallTarget::Import(slot) => {
                self.loaded.hints.imports.get(&slot).map(|import| import.name.as_str())
            }
            _ => None,
        }
    }

    fn callees(&self, function: &Function) -> Vec<u32> {
        let index = |target: &CallTarget| match target {
            CallTarget::Function(address) => u32::try_from(self.program.index_of(*address)?).ok(),
            _ => None,
        };
        let mut callees: Vec<u32> = function.calls.iter().filter_map(|call| index(&call.target)).collect();
        callees.sort_unstable();
        callees.dedup();
        callees
    }
}

/// Decodes the function's blocks, the entry's first.
fn read(site: &Site<'_>, scratch: &mut Scratch) {
    let reading = &mut scratch.reading;
    reading.reset();
    let mut x86 = x86::State::default();
    let mut a64 = a64::State::default();
    for block in site.blocks() {
        let bytes = site.image.read(block.address, block.bytes as usize).unwrap_or(&[]);
        reading.begin_block();
        let mut at = 0;
        for instruction in Decoder::new(site.image.arch, bytes, block.address) {
            let end = at + usize::from(instruction.len);
            let encoding = bytes.get(at..end).unwrap_or(&[]);
            at = end;
            match &instruction.raw {
                Raw::X86(raw, offsets) => {
                    x86::read(site, &mut x86, &instruction, (raw, offsets), encoding, reading);
                }
                Raw::A64(word) => {
                    let cache = scratch.cache.get_or_insert_default();
                    a64::read(site, &mut a64, cache, &instruction, *word, reading);
                }
            }
        }
        a64.flush(reading);
        reading.end_block();
    }
}

fn summarise(
    function: &Function,
    scratch: &mut Scratch,
    anchors: Vec<crate::Anchor>,
    flow: Flow,
) -> Fingerprint {
    let instructions = scratch.reading.blocks.iter().map(|block| u64::from(block.instructions)).sum::<u64>();
    let edges = function.blocks.iter().map(|block| block.edges.len()).sum::<usize>();
    Fingerprint {
        exact: scratch.reading.exact,
        information: information::bits(&scratch.reading.tokens, &mut scratch.counts),
        blocks: blocks(&scratch.reading, &mut scratch.counts),
        tokens: tokens(&scratch.reading, instructions, &mut scratch.grams),
        anchors,
        instructions: u16::try_from(instructions).unwrap_or(u16::MAX),
        block_count: u16::try_from(function.blocks.len()).unwrap_or(u16::MAX),
        edge_count: u16::try_from(edges).unwrap_or(u16::MAX),
        flow,
    }
}

/// The tokens of each block that was read.
fn token_runs(reading: &Reading) -> impl Iterator<Item = (&crate::site::BlockReading, &[Token])> {
    let mut start = 0;
    reading.blocks.iter().map(move |block| {
        let tokens = reading.tokens.get(start..block.tokens_end).unwrap_or(&[]);
        start = block.tokens_end;
        (block, tokens)
    })
}

/// The hashes of the most telling blocks.
fn blocks(reading: &Reading, counts: &mut Vec<(u64, u8)>) -> Vec<u64> {
    let mut telling: Vec<(u16, u64)> = token_runs(reading)
        .filter(|(block, _)| block.instructions >= BLOCK_INSTRUCTIONS)
        .map(|(block, tokens)| (information::bits(tokens, counts), block.hash))
        .filter(|(bits, _)| *bits >= BLOCK_FLOOR)
        .collect();
    telling.sort_unstable_by(|one, other| other.cmp(one));
    telling.dedup();
    let mut hashes: Vec<u64> = telling.into_iter().take(MAX_BLOCKS).map(|(_, hash)| hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn tokens(reading: &Reading, instructions: u64, grams: &mut Vec<u64>) -> Option<(MinHash, [u64; BANDS])> {
    if instructions < TOKEN_INSTRUCTIONS {
        return None;
    }
    grams.clear();
    for (_, tokens) in token_runs(reading) {
        for length in GRAMS {
            for gram in tokens.windows(length) {
                grams.push(gram.iter().fold(mix(length as u64), |hash, token| combine(hash, token.hash)));
            }
        }
    }
    count(grams);
    (!grams.is_empty()).then(|| minhash::sketch(grams))
}

/// Makes a set of a multiset: the second, third, … copy of a gram becomes a gram of its own.
fn count(grams: &mut Vec<u64>) {
    grams.sort_unstable();
    let (mut last, mut copies) = (0, 0);
    for gram in grams.iter_mut() {
        copies = if *gram == last { copies + 1 } else { 0 };
        last = *gram;
        *gram = combine(*gram, copies.min(GRAM_COUNT - 1));
    }
    grams.dedup();
}
