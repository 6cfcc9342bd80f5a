//! A function with the small functions that it calls put where it calls them, as a compiler may have done.
//!
//! A block that calls one is cut behind the call; between its parts stand the callee's blocks, whose returns lead
//! to the second part. A callee of a callee is put there likewise, to [`MOST_DEPTH`]; the nearest come first, until
//! there are [`MOST_INSIDE`] or they have [`MOST_ADDED`] instructions. A function that is in the
//! middle of being called stays a call. The tracer follows the result as it does any function (`tracer/inside.rs`).

use cognate_binary::decode::{Decoder, Flow, Instruction};
use cognate_binary::{Block, Call, CallTarget, Edge, EdgeKind, Function, Image};

/// Calls deep that callees are put in place.
const MOST_DEPTH: u32 = 3;
/// Callees that are put in place, each as often as it is.
const MOST_INSIDE: usize = 64;
/// Instructions of all of them together.
const MOST_ADDED: u64 = 6_000;

/// A function with its small callees in place.
#[derive(Debug)]
pub struct Unfolded {
    /// The blocks of all of them, the caller's first; calls that are left.
    pub(crate) function: Function,
    /// The block at the function's entry.
    pub(crate) entry: u32,
    /// What is particular about each block.
    pub(crate) parts: Vec<Part>,
    /// First address and end of each block, ascending, with the function it is of.
    places: Vec<(u64, u64, u64)>,
}

/// What is particular about a block of an [`Unfolded`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// The number of the callee that it is of; 0 is the function itself.
    pub of: u32,
    /// The call at its end that is followed, and the number of what is called.
    pub enters: Option<(u64, u32)>,
    /// The number of the callee that has just returned.
    pub resumes: Option<u32>,
    /// A return leads to another block.
    pub goes_back: bool,
}

impl Unfolded {
    /// Puts the callees of a function in place for which `small` knows a function; `None` where there is none.
    pub fn new<'a>(
        image: &Image,
        function: &'a Function,
        small: impl Fn(u64) -> Option<&'a Function>,
    ) -> Option<Unfolded> {
        let root = Inside { function, caller: 0, depth: 0, entered_from: None, back: None };
        let mut builder =
            Builder { image, small, insides: vec![root], blocks: Vec::new(), parts: Vec::new(), added: 0 };
        let mut next = 0;
        let mut entry = 0;
        while let Some(&inside) = builder.insides.get(next) {
            let first = builder.place(next as u32, inside);
            match inside.entered_from {
                None => entry = first,
                Some(from) => {
                    if let Some(block) = builder.blocks.get_mut(from as usize) {
                        block.edges = vec![Edge { to: first, kind: EdgeKind::Jump }];
                    }
                }
            }
            if builder.insides.len() == 1 {
                return None;
            }
            next += 1;
        }
        let mut calls: Vec<Call> =
            builder.insides.iter().flat_map(|inside| &inside.function.calls).copied().collect();
        calls.sort_unstable();
        calls.dedup();
        let mut places: Vec<(u64, u64, u64)> = builder
            .insides
            .iter()
            .flat_map(|inside| {
                let of = inside.function.address;
                inside.function.blocks.iter().map(move |block| (block.address, block.end(), of))
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        let Builder { blocks, parts, .. } = builder;
        let function = Function { blocks, calls, tables: Vec::new(), ..function_without_code(function) };
        Some(Unfolded { function, entry, parts, places })
    }

    /// The entry of the function that an instruction is of; a function's own address where it is of none.
    pub fn function_at(&self, address: u64) -> u64 {
        let at = self.places.partition_point(|(start, ..)| *start <= address);
        let place = at.checked_sub(1).and_then(|at| self.places.get(at));
        place.filter(|(_, end, _)| address < *end).map_or(self.function.address, |(.., function)| *function)
    }

    /// Instructions of the function and all that was put in place.
    pub fn instructions(&self) -> u64 {
        self.function.instructions()
    }
}

fn function_without_code(function: &Function) -> Function {
    let Function { address, source, no_return, thunk, .. } = *function;
    Function { address, source, no_return, thunk, blocks: Vec::new(), calls: Vec::new(), tables: Vec::new() }
}

/// A function that is put in place.
#[derive(Clone, Copy)]
struct Inside<'a> {
    function: &'a Function,
    /// The number of who calls it.
    caller: u32,
    depth: u32,
    /// The block that calls it.
    entered_from: Option<u32>,
    /// The block to which its returns lead; none where it returns from the whole.
    back: Option<u32>,
}

/// A call that is followed.
struct Followed<'a> {
    call: Call,
    /// The address behind it.
    next: u64,
    callee: &'a Function,
}

struct Builder<'a, 'i, S> {
    image: &'i Image,
    small: S,
    insides: Vec<Inside<'a>>,
    blocks: Vec<Block>,
    parts: Vec<Part>,
    added: u64,
}

impl<'a, S: Fn(u64) -> Option<&'a Function>> Builder<'a, '_, S> {
    /// Puts the blocks of a function in place, without what it calls in turn; answers with that of its entry.
    fn place(&mut self, number: u32, inside: Inside<'a>) -> u32 {
        let function = inside.function;
        let mut first: Vec<u32> = Vec::with_capacity(function.blocks.len());
        let mut last: Vec<Option<u32>> = Vec::with_capacity(function.blocks.len());
        for block in &function.blocks {
            first.push(self.blocks.len() as u32);
            last.push(self.cut(number, inside, block));
        }
        for (block, last) in function.blocks.iter().zip(last) {
            let Some(last) = last else { continue };
            let mut edges: Vec<Edge> = block
                .edges
                .iter()
                .filter_map(|edge| Some(Edge { to: *first.get(edge.to as usize)?, ..*edge }))
                .collect();
            if let Some(back) = inside.back.filter(|_| edges.is_empty() && self.returns(function, block)) {
                edges.push(Edge { to: back, kind: EdgeKind::Jump });
            }
            if let Some(block) = self.blocks.get_mut(last as usize) {
                block.edges = edges;
            }
        }
        let entry = function.blocks.binary_search_by_key(&function.address, |block| block.address);
        entry.ok().and_then(|entry| first.get(entry).copied()).unwrap_or_default()
    }

    /// Puts a block in place, cut behind the calls that are followed; answers with its last part, if control
    /// gets to its end.
    fn cut(&mut self, number: u32, inside: Inside<'a>, block: &Block) -> Option<u32> {
        let calls = &inside.function.calls;
        let from = calls.partition_point(|call| call.at < block.address);
        let here = calls.get(from..).unwrap_or_default().iter().take_while(|call| call.at < block.end());
        let plain = Part { of: number, goes_back: inside.back.is_some(), ..Part::default() };
        let mut part = plain;
        let (mut start, mut instructions) = (block.address, block.instructions);
        for &call in here {
            let Some(Followed { call, next, callee }) = self.followed(number, inside, call, block) else {
                continue;
            };
            let called = self.insides.len() as u32;
            part.enters = Some((call.at, called));
            let id = self.push(start, next, std::mem::take(&mut instructions), part);
            let back = if call.tail { inside.back } else { Some(id + 1) };
            let depth = inside.depth + 1;
            self.insides.push(Inside {
                function: callee,
                caller: number,
                depth,
                entered_from: Some(id),
                back,
            });
            if call.tail {
                return None;
            }
            (start, part) = (next, Part { resumes: Some(called), ..plain });
        }
        Some(self.push(start, block.end(), instructions, part))
    }

    fn push(&mut self, address: u64, end: u64, instructions: u32, part: Part) -> u32 {
        let bytes = u32::try_from(end.saturating_sub(address)).unwrap_or(0);
        self.blocks.push(Block { address, bytes, instructions, edges: Vec::new() });
        self.parts.push(part);
        self.blocks.len() as u32 - 1
    }

    /// Whether a call is followed, and what is called then.
    fn followed(
        &mut self,
        number: u32,
        inside: Inside<'a>,
        call: Call,
        block: &Block,
    ) -> Option<Followed<'a>> {
        let CallTarget::Function(to) = call.target else { return None };
        if inside.depth >= MOST_DEPTH || self.insides.len() > MOST_INSIDE {
            return None;
        }
        let callee = (self.small)(to)?;
        let added = self.added.saturating_add(callee.instructions());
        let has_entry = callee.blocks.binary_search_by_key(&callee.address, |block| block.address).is_ok();
        if callee.no_return || !has_entry || added > MOST_ADDED || self.is_under_way(number, to) {
            return None;
        }
        let bytes = usize::try_from(block.end().checked_sub(call.at)?).ok()?;
        let code = self.image.read(call.at, bytes)?;
        let mut instruction = Instruction::default();
        let read = Decoder::addresses(self.image.arch_at(call.at), code, call.at).read(&mut instruction);
        let next = instruction.next();
        let is_plain = match instruction.flow {
            Flow::Call(to) => !call.tail && to != next,
            Flow::Jump(_) => call.tail && next == block.end(),
            _ => false,
        };
        if !read || !is_plain {
            return None;
        }
        self.added = added;
        Some(Followed { call, next, callee })
    }

    /// Whether a function is being called already where a callee of this number is.
    fn is_under_way(&self, mut number: u32, address: u64) -> bool {
        while let Some(inside) = self.insides.get(number as usize) {
            if inside.function.address == address {
                return true;
            }
            if inside.depth == 0 {
                return false;
            }
            number = inside.caller;
        }
        false
    }

    /// Whether control leaves a function at the end of a block and comes back to its caller.
    fn returns(&self, function: &Function, block: &Block) -> bool {
        let Some(code) = self.image.read(block.address, block.bytes as usize) else { return false };
        let mut decoder = Decoder::addresses(self.image.arch_at(block.address), code, block.address);
        let mut instruction = Instruction::default();
        while decoder.read(&mut instruction) {}
        match instruction.flow {
            Flow::Return => true,
            Flow::Jump(_) | Flow::IndirectJump => {
                function.calls.binary_search_by_key(&instruction.address, |call| call.at).is_ok()
            }
            _ => false,
        }
    }
}
