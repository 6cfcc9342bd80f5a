//! Where jumps within a function go, so that two builds of it can be read side by side: a target's address says
//! nothing of what changed.

use crate::Listing;
use std::collections::HashMap;

/// A listing with the targets of its own jumps taken out of its text.
pub(super) struct Unplaced<'a> {
    /// Each line's text; of a jump within the function what stands before its target.
    pub(super) texts: Vec<&'a str>,
    /// The line that each such jump goes to.
    pub(super) targets: Vec<Option<usize>>,
}

impl<'a> Unplaced<'a> {
    /// Finds the jumps of a function to itself.
    pub(super) fn new(listing: &'a Listing) -> Self {
        let lines = listing.lines.iter().enumerate();
        let at: HashMap<u64, usize> = lines.map(|(index, line)| (line.address, index)).collect();
        let (mut texts, mut targets) = (Vec::new(), Vec::new());
        for line in &listing.lines {
            let jump = jump(&line.text).and_then(|(before, target)| Some((before, *at.get(&target)?)));
            texts.push(jump.map_or(line.text.as_str(), |(before, _)| before));
            targets.push(jump.map(|(_, target)| target));
        }
        Unplaced { texts, targets }
    }
}

/// The instruction of a jump to a fixed place, how far it reaches left out, and the place.
fn jump(text: &str) -> Option<(&str, u64)> {
    let (before, target) = text.rsplit_once(' ')?;
    let mnemonic = before.split(' ').next()?;
    let is_jump = mnemonic.starts_with('j')
        || mnemonic.starts_with("loop")
        || mnemonic.starts_with("b.")
        || matches!(mnemonic, "b" | "cbz" | "cbnz" | "tbz" | "tbnz");
    let target = u64::from_str_radix(target.strip_prefix("0x")?, 16).ok()?;
    is_jump.then(|| (before.strip_suffix(" short").unwrap_or(before), target))
}

/// Names for the lines that are jumped to, by the row in which they stand: one row has one name, whichever side jumps.
pub(super) struct Labels {
    /// By row.
    names: Vec<Option<usize>>,
    /// The row of each line of A, and of B.
    rows: [HashMap<usize, usize>; 2],
}

impl Labels {
    /// Counts the rows that are jumped to, from the top.
    pub(super) fn new(rows: &[(Option<usize>, Option<usize>)], sides: [&Unplaced<'_>; 2]) -> Self {
        let numbered = || rows.iter().enumerate();
        let of_a = numbered().filter_map(|(row, (a, _))| Some(((*a)?, row))).collect();
        let of_b = numbered().filter_map(|(row, (_, b))| Some(((*b)?, row))).collect();
        let mut labels = Labels { names: vec![None; rows.len()], rows: [of_a, of_b] };
        for (side, of_side) in sides.iter().zip(&labels.rows) {
            for row in side.targets.iter().flatten().filter_map(|line| of_side.get(line)) {
                if let Some(name) = labels.names.get_mut(*row) {
                    *name = Some(0);
                }
            }
        }
        labels.names.iter_mut().flatten().zip(1..).for_each(|(name, number)| *name = number);
        labels
    }

    /// The name of a row that is jumped to.
    pub(super) fn of_row(&self, row: usize) -> Option<String> {
        self.names.get(row).copied().flatten().map(|number| format!("L{number}"))
    }

    /// The text of a line of A (0) or B (1), jumps with the name of their target.
    pub(super) fn text(&self, side: usize, listing: &Unplaced<'_>, line: usize) -> String {
        let text = listing.texts.get(line).copied().unwrap_or_default();
        let target = listing.targets.get(line).copied().flatten();
        let row = target.and_then(|target| self.rows.get(side)?.get(&target).copied());
        match row.and_then(|row| self.of_row(row)) {
            Some(label) => format!("{text} {label}"),
            None => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_to_a_fixed_place_are_known_on_either_machine() {
        let check = |text: &str, expected: Option<(&str, u64)>| assert_eq!(jump(text), expected, "{text}");
        check("jne short 0x448", Some(("jne", 0x448)));
        check("je 0x4c3", Some(("je", 0x4c3)));
        check("jmp rax", None);
        check("tbz w0, #3, 0x10", Some(("tbz w0, #3,", 0x10)));
        check("b.ne 0x10", Some(("b.ne", 0x10)));
        check("bl 0x10", None);
        check("call 0x10", None);
        check("mov eax, 0x10", None);
        check("ret", None);
    }
}
