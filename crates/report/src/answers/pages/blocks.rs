//! The basic blocks of two functions side by side: which stand beside each other, and which changed.

use super::super::side_by_side::{Row, SideBySide};
use crate::Listing;
use std::collections::BTreeMap;

/// What became of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The other side has it, instruction for instruction.
    Same,
    /// Some of its instructions stand beside some of the other side.
    Changed,
    /// Nothing of it is on the other side.
    Alone,
}

impl State {
    /// A sign, and a word.
    pub(super) fn told(self) -> (char, &'static str) {
        match self {
            State::Same => ('=', "the same"),
            State::Changed => ('~', "changed"),
            State::Alone => ('+', "only here"),
        }
    }
}

/// A basic block of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// A number that the block beside it has too, with the side's letter where there is none.
    pub name: String,
    pub address: u64,
    /// How many instructions it has.
    pub lines: usize,
    pub state: State,
}

/// The blocks of one side, and where control goes from each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Graph {
    pub blocks: Vec<Block>,
    /// By places in `blocks`, each once.
    pub ways: Vec<(usize, usize)>,
    /// The place of the block in which the function starts.
    pub entry: usize,
}

/// The blocks of both sides.
pub(super) fn graphs(pair: &SideBySide, rows: &[Row]) -> [Graph; 2] {
    let of_lines = [blocks_of(&pair.a), blocks_of(&pair.b)];
    let place = |side: usize, row: &Row| {
        let (line, _) = row.sides.get(side)?.as_ref()?;
        of_lines.get(side)?.get(*line).copied()
    };
    let mut beside: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    // by side and block: lines that are equal, and lines that have anything beside them
    let mut paired: [BTreeMap<usize, (usize, usize)>; 2] = Default::default();
    for row in rows {
        let (Some(a), Some(b)) = (place(0, row), place(1, row)) else { continue };
        *beside.entry((a, b)).or_default() += 1;
        for (side, block) in paired.iter_mut().zip([a, b]) {
            let (equal, any) = side.entry(block).or_default();
            (*equal, *any) = (*equal + usize::from(row.mark == '='), *any + 1);
        }
    }
    let partners = partners(&beside);
    let turned: BTreeMap<usize, usize> = partners.iter().map(|(a, b)| (*b, *a)).collect();
    let [of_a, of_b] = &of_lines;
    let [paired_a, paired_b] = &paired;
    let (sizes_a, sizes_b) = (sizes(of_a), sizes(of_b));
    let named = |a: usize| (a + 1).to_string();
    let mut a = graph(&pair.a, of_a, paired_a, &|block| partners.get(&block).map(|_| named(block)), 'A');
    let mut b = graph(&pair.b, of_b, paired_b, &|block| turned.get(&block).map(|a| named(*a)), 'B');
    for (one, other) in &partners {
        if sizes_a.get(one) != sizes_b.get(other) {
            // what the other side has more is a change of both
            for block in [a.blocks.get_mut(*one), b.blocks.get_mut(*other)].into_iter().flatten() {
                block.state = State::Changed;
            }
        }
    }
    [a, b]
}

/// The block of each line, counted from 0.
fn blocks_of(listing: &Listing) -> Vec<usize> {
    let mut number = 0;
    let of = |(at, line): (usize, &crate::Line)| {
        number += usize::from(line.leads && at > 0);
        number
    };
    listing.lines.iter().enumerate().map(of).collect()
}

fn sizes(of_lines: &[usize]) -> BTreeMap<usize, usize> {
    let mut sizes = BTreeMap::new();
    of_lines.iter().for_each(|block| *sizes.entry(*block).or_default() += 1);
    sizes
}

/// Blocks of A and B of which each has most lines beside the other.
fn partners(beside: &BTreeMap<(usize, usize), usize>) -> BTreeMap<usize, usize> {
    let (mut best_a, mut best_b) = (BTreeMap::new(), BTreeMap::new());
    for (&(a, b), &lines) in beside {
        let most = best_a.entry(a).or_insert((lines, b));
        *most = if lines > most.0 { (lines, b) } else { *most };
        let most = best_b.entry(b).or_insert((lines, a));
        *most = if lines > most.0 { (lines, a) } else { *most };
    }
    let is_best = |a: usize, b: usize| best_b.get(&b).is_some_and(|(_, other)| *other == a);
    best_a.iter().filter(|(a, (_, b))| is_best(**a, *b)).map(|(a, (_, b))| (*a, *b)).collect()
}

fn graph(
    listing: &Listing,
    of_lines: &[usize],
    paired: &BTreeMap<usize, (usize, usize)>,
    named: &dyn Fn(usize) -> Option<String>,
    letter: char,
) -> Graph {
    let mut graph = Graph::default();
    for (block, lines) in sizes(of_lines) {
        let (equal, any) = paired.get(&block).copied().unwrap_or_default();
        let name = named(block);
        let state = match any {
            0 => State::Alone,
            _ if equal == lines && name.is_some() => State::Same,
            _ => State::Changed,
        };
        let name = name.unwrap_or_else(|| format!("{letter}{}", block + 1));
        graph.blocks.push(Block { name, address: 0, lines, state });
    }
    for (line, block) in listing.lines.iter().zip(of_lines).rev() {
        if let Some(block) = graph.blocks.get_mut(*block) {
            block.address = line.address;
        }
    }
    let places: BTreeMap<u64, usize> =
        graph.blocks.iter().enumerate().map(|(place, block)| (block.address, place)).collect();
    let way = |(from, to): &(u64, u64)| Some((*places.get(from)?, *places.get(to)?));
    graph.ways = listing.ways.iter().filter_map(way).collect();
    graph.entry = places.get(&listing.address).copied().unwrap_or(0);
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Line;

    /// A function of blocks apart by `/`, of instructions apart by `|`.
    fn listing(start: u64, text: &str) -> Listing {
        let mut lines = Vec::new();
        for block in text.split('/') {
            for (at, text) in block.split('|').enumerate() {
                let address = start + lines.len() as u64;
                lines.push(Line { address, bytes: String::new(), text: text.to_owned(), leads: at == 0 });
            }
        }
        let leads: Vec<u64> = lines.iter().filter(|line| line.leads).map(|line| line.address).collect();
        let ways = leads.windows(2).map(|two| (two[0], two[1])).collect();
        Listing { address: start, name: None, lines, ways, truncated: false }
    }

    #[track_caller]
    fn check(a: &str, b: &str, expected: [&str; 2]) {
        let pair = SideBySide::new(listing(0x10, a), listing(0x90, b), Vec::new());
        let told = graphs(&pair, &pair.told()).map(|graph| {
            let blocks = graph.blocks.iter().map(|block| format!("{}{}", block.name, block.state.told().0));
            blocks.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(told, expected);
    }

    #[test]
    fn blocks_with_most_in_common_have_one_number() {
        check("push|mov 1/ret", "push|mov 1/ret", ["1= 2=", "1= 2="]);
        check("push|mov 1/ret", "push|mov 2/ret", ["1~ 2=", "1~ 2="]);
        check("push|mov 1/ret", "push|mov 1|nop/ret", ["1~ 2=", "1~ 2="]);
    }

    #[test]
    fn what_one_side_has_alone_bears_its_letter() {
        check("push/ret", "push/inc|dec/ret", ["1= 2=", "1= B2+ 2="]);
        check("push/xor/ret", "push/ret", ["1= A2+ 3=", "1= 3="]);
    }

    #[test]
    fn a_block_that_was_cut_in_two_has_changed() {
        check("push|mov|inc/ret", "push|mov/inc/ret", ["1~ 2=", "1~ B2~ 2="]);
    }

    #[test]
    fn ways_lead_from_block_to_block() {
        let pair = SideBySide::new(listing(0x10, "push/inc/ret"), listing(0x90, "ret"), Vec::new());
        let [a, b] = graphs(&pair, &pair.told());
        assert_eq!((a.ways, a.entry, b.ways), (vec![(0, 1), (1, 2)], 0, vec![]));
    }
}
