//! One function after the other, then what the sample says of its libraries.

use crate::bounded::{shown, shrink};
use crate::components::{Marks, Named, all_components};
use crate::counted::count_copies;
use crate::site::{Absolute, Reading, Reference, Site};
use crate::token::Token;
use crate::{
    BANDS, BLOCK_FLOOR, BLOCK_INSTRUCTIONS, Fingerprint, Flow, FunctionFingerprint, GRAM_COUNT, GRAMS,
    InPlace, MAX_BLOCKS, MinHash, SampleFingerprint, TOKEN_INSTRUCTIONS, a64, anchors, flow, information,
    minhash, x86,
};
use cognate_base::{Budget, Gap, Place, SampleId, Stage, combine, mix};
use cognate_binary::decode::{Decoder, Instruction, Raw};
use cognate_binary::{Arch, CallTarget, Function, Loaded, Program};
use cognate_dataflow::Cut;
use std::time::Instant;

/// Bytes of a function's name that are kept, for display; of a longer one an ellipsis tells.
const MOST_NAME: usize = 1_024;
/// Entries of a list that are kept from function to function; what a larger one needed is given back.
const KEPT: usize = 1 << 16;
/// What is said to be missing where the data flow of a function was followed in part.
pub(crate) const FLOW_OF_FUNCTION: &str = "data flow of function";

/// Reads the functions of one sample, in any order and from any thread.
///
/// [`fingerprint_with`](crate::fingerprint_with) is what reads a whole sample; a reader alone
/// serves to look at single functions, with a [`Scratch`] for each thread.
pub struct Reader<'a> {
    loaded: &'a Loaded,
    program: &'a Program,
    absolute: Absolute,
    marks: Marks,
    named: Named,
    callees: flow::Callees,
    small: Option<flow::Small<'a>>,
    deadline: Option<Instant>,
}

/// Memory that is used again from function to function.
#[derive(Debug, Default)]
pub struct Scratch {
    reading: Reading,
    grams: Vec<u64>,
    spare: Vec<u64>,
    counts: Vec<u128>,
    cache: Option<a64::Cache>,
    flow: flow::Scratch,
}

/// A function as read, with what the sample as a whole needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionReading {
    function: FunctionFingerprint,
    components: Vec<u16>,
    /// Whose source files its panics name.
    sources: Vec<u16>,
    /// What was left out, and how many instructions were taken of how many.
    left_out: Vec<(LeftOut, u64, u64)>,
    /// Work beyond what its instructions were billed for, in the same unit.
    extra: u64,
}

/// Steps of following data flow that cost as much as reading an instruction. Compiled code takes fewer of them
/// for each of its instructions, which pay for that many.
const STEPS_EACH: u64 = 8;

/// What of a function is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeftOut {
    /// Tokens and blocks behind the first so many.
    Tokens,
    /// Data flow.
    Flow(Cut),
}

impl FunctionReading {
    /// What is compared and stored of the function. Callees are indices into the program's functions.
    pub fn function(&self) -> &FunctionFingerprint {
        &self.function
    }

    /// Work that is to be paid for now that it is known, beside the instructions.
    pub(crate) fn extra(&self) -> u64 {
        self.extra
    }

    /// Bytes that are kept of it.
    pub(crate) fn room(&self) -> u64 {
        let function = &self.function;
        let print = &function.fingerprint;
        let texts = function.anchor_texts.iter().map(|text| size_of::<String>() + text.capacity());
        let bytes = size_of::<(u32, FunctionReading)>()
            + function.name.as_ref().map_or(0, String::capacity)
            + texts.sum::<usize>()
            + 4 * function.callees.capacity()
            + 8 * print.blocks.capacity()
            + size_of::<crate::Anchor>() * print.anchors.capacity()
            + 4 * print.flow.features.capacity()
            + 8 * print.flow.keys.capacity()
            + size_of::<InPlace>() * function.in_place.capacity()
            + 2 * self.components.capacity()
            + 2 * self.sources.capacity();
        bytes as u64
    }

    /// What was left out of it, as gaps.
    pub(crate) fn left_out(&self) -> impl Iterator<Item = Gap> {
        let address = Place::Address(self.function.address);
        self.left_out.iter().map(move |(what, taken, all)| match what {
            LeftOut::Tokens => {
                Gap::new(address, "tokens of function", format!("{taken} of {all} instructions taken"))
            }
            LeftOut::Flow(cut) if taken < all => {
                Gap::new(address, FLOW_OF_FUNCTION, format!("{taken} of {all} instructions followed: {cut}"))
            }
            LeftOut::Flow(cut) => {
                Gap::new(address, FLOW_OF_FUNCTION, format!("its loops are followed in part: {cut}"))
            }
        })
    }
}

impl<'a> Reader<'a> {
    /// Looks at what all functions share: how addresses look, and where libraries left marks.
    ///
    /// The budget goes on to its stage for fingerprints; the deadline of that holds for all functions.
    pub fn within(loaded: &'a Loaded, program: &'a Program, budget: &mut Budget) -> Self {
        budget.enter(Stage::Fingerprint);
        let callees = flow::Callees::find(loaded, program, budget);
        let marks = Marks::find(&loaded.image, &loaded.hints, budget);
        Reader {
            loaded,
            program,
            absolute: Absolute::of(&loaded.image, &loaded.hints),
            callees,
            named: Named::find(loaded, program, marks.has_rust(), budget),
            marks,
            small: None,
            deadline: budget.deadline(),
        }
    }

    /// Follows the small callees of each function where it calls them, too: [`FunctionFingerprint::in_place`].
    #[must_use]
    pub(crate) fn unfolding(self) -> Self {
        Reader { small: Some(flow::Small::of(self.program)), ..self }
    }

    /// What of the file was not searched for marks and names of libraries.
    pub(crate) fn unsearched(&self) -> impl Iterator<Item = &Gap> {
        self.marks.gap.iter().chain(&self.named.gap)
    }

    /// Reads the function with this index in the program; `None` if there is none, or time is up.
    pub fn function_in_time(&self, index: usize, scratch: &mut Scratch) -> Option<FunctionReading> {
        match self.deadline {
            Some(deadline) if Instant::now() > deadline => None,
            _ => self.function(index, scratch),
        }
    }

    fn function(&self, index: usize, scratch: &mut Scratch) -> Option<FunctionReading> {
        let function = self.program.functions.get(index)?;
        let site = Site::new(self.loaded, self.absolute, function);
        read(&site, scratch);
        let found = anchors::find(&site, &scratch.reading.references, |address| self.thunk(address));
        let mut components: Vec<u16> =
            found.texts.iter().flat_map(|&(address, len)| self.marks.within(address, len)).collect();
        components.sort_unstable();
        components.dedup();
        components.shrink_to_fit();
        let sources = self.named.sources_at(scratch.reading.references.iter().filter_map(|it| match *it {
            Reference::Address(address) => Some(address),
            Reference::Load { .. } | Reference::Constant(_) => None,
        }));
        let (anchors, anchor_texts) = found.choose();
        let flow::Found { flow, cut, steps } = flow::flow(&site, &self.callees, &mut scratch.flow);
        let (in_place, cost) = self.in_place(&site, &flow, &mut scratch.flow);
        let all = function.instructions();
        let tokens = scratch.reading.taken.map(|taken| (LeftOut::Tokens, taken, all));
        let flow_left_out = cut.map(|(cut, followed)| (LeftOut::Flow(cut), followed, all));
        let symbol = self.loaded.hints.names.get(&function.address);
        let function = FunctionFingerprint {
            address: function.address,
            bytes: u32::try_from(function.bytes()).unwrap_or(u32::MAX),
            name: symbol.map(|symbol| shown(symbol.demangled.as_ref().unwrap_or(&symbol.name), MOST_NAME)),
            fingerprint: summarise(function, scratch, anchors, flow),
            callees: self.callees(function),
            thunk: function.thunk,
            anchor_texts,
            in_place,
        };
        scratch.trim();
        let left_out = tokens.into_iter().chain(flow_left_out).collect();
        let extra = (steps / STEPS_EACH).saturating_sub(all).saturating_add(cost);
        Some(FunctionReading { function, components, sources, left_out, extra })
    }

    /// What the small callees of the function do where it calls them and it alone does not, callees as indices into the
    /// program's functions; and what following them cost, in instructions.
    fn in_place(&self, site: &Site<'_>, flow: &Flow, scratch: &mut flow::Scratch) -> (Vec<InPlace>, u64) {
        let unfolded = self.small.as_ref().and_then(|small| small.unfold(site, &self.callees));
        let Some(unfolded) = unfolded else { return (Vec::new(), 0) };
        let (made, steps) = flow::in_place(site, (&unfolded, &flow.features), &self.callees, scratch);
        let index = |made: flow::Made| {
            let callee = u32::try_from(self.program.index_of(made.callee)?).ok()?;
            Some(InPlace { callee, feature: made.feature })
        };
        let mut in_place: Vec<InPlace> = made.into_iter().filter_map(index).collect();
        in_place.sort_unstable();
        in_place.shrink_to_fit();
        (in_place, unfolded.instructions().saturating_add(steps / STEPS_EACH))
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

    /// Puts functions together that were read, each with its index in the program.
    pub fn finish(
        &self,
        id: SampleId,
        size: u64,
        mut readings: Vec<(u32, FunctionReading)>,
    ) -> SampleFingerprint {
        readings.sort_unstable_by_key(|(index, _)| *index);
        readings.dedup_by_key(|(index, _)| *index);
        let sources = readings.iter().map(|(index, reading)| (*index, &reading.sources[..]));
        let named = self.named.components(sources);
        let marked = readings.iter().map(|(_, reading)| &reading.components[..]);
        let components = all_components(&self.marks, named, marked);
        let all = self.program.functions.len();
        let read = readings.len();
        // where functions are missing, those behind them move up
        let mut places = vec![None; if read < all { all } else { 0 }];
        if read < all {
            for ((index, _), place) in readings.iter().zip(0u32..) {
                if let Some(slot) = places.get_mut(*index as usize) {
                    *slot = Some(place);
                }
            }
        }
        let mut functions: Vec<_> = readings.into_iter().map(|(_, reading)| reading.function).collect();
        if read < all {
            let place = |index: &u32| places.get(*index as usize).copied().flatten();
            for function in &mut functions {
                function.callees = function.callees.iter().filter_map(place).collect();
                function.in_place = function
                    .in_place
                    .iter()
                    .filter_map(|it| Some(InPlace { callee: place(&it.callee)?, ..*it }))
                    .collect();
            }
        }
        let image = &self.loaded.image;
        let partial =
            self.loaded.gaps.iter().chain(&self.program.gaps).any(|gap| gap.code_lost) || read < all;
        SampleFingerprint {
            id,
            size,
            format: image.format,
            arch: image.arch,
            functions,
            components,
            partial,
            hashes: None,
        }
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
        callees.shrink_to_fit();
        callees
    }
}

impl Scratch {
    /// Gives the memory of an outlier back.
    fn trim(&mut self) {
        self.reading.trim(KEPT);
        shrink(&mut self.grams, KEPT);
        shrink(&mut self.spare, KEPT);
        shrink(&mut self.counts, KEPT);
    }
}

/// Decodes the function's blocks, the entry's first.
fn read(site: &Site<'_>, scratch: &mut Scratch) {
    let reading = &mut scratch.reading;
    reading.reset();
    let mut x86 = x86::State::default();
    let mut a64 = a64::State::default();
    let mut instruction = Instruction::default();
    for block in site.blocks() {
        let bytes = site.image.read(block.address, block.bytes as usize).unwrap_or(&[]);
        reading.begin_block();
        let mut at = 0;
        let arch = site.image.arch_at(block.address);
        let mut decoder = Decoder::new(arch, bytes, block.address);
        while decoder.read(&mut instruction) {
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
        if arch == Arch::Aarch64 {
            a64.flush(reading);
        }
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
        tokens: tokens(&scratch.reading, instructions, &mut scratch.grams, &mut scratch.spare),
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
fn blocks(reading: &Reading, counts: &mut Vec<u128>) -> Vec<u64> {
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

fn tokens(
    reading: &Reading,
    instructions: u64,
    grams: &mut Vec<u64>,
    spare: &mut Vec<u64>,
) -> Option<(MinHash, [u64; BANDS])> {
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
    count_copies(grams, GRAM_COUNT, spare);
    (!grams.is_empty()).then(|| minhash::sketch(grams))
}
