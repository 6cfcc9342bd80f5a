//! Tables of instructions: each case a line, `assembly | code | before | after`, under a title.
#![allow(dead_code)] // each test uses its part

use cognate_dataflow::{Lifted, Machine, Numbers, Reg};
use std::collections::BTreeSet;

/// How an instruction set names its registers and flags.
pub struct Names {
    pub register: fn(&str) -> Reg,
    pub name: fn(Reg) -> String,
    /// The letters of the flags with their bits.
    pub letters: &'static [(char, u32)],
    /// The bits of the flags that say the opposite.
    pub inverted: u128,
}

impl Names {
    /// Runs every line of a table, given how to lift its code; all of it is [`Lifted::Real`].
    pub fn check(&self, table: &str, lift: impl Fn(&str, u8, &mut Numbers) -> Lifted) {
        let (mut wrong, mut title, mut bits, mut count) = (Vec::new(), "", 64, 0);
        for line in table.lines() {
            if let Some(text) = line.strip_prefix("# ") {
                (title, bits) = (text, if text.ends_with("(32 bits)") { 32 } else { 64 });
            }
            let [assembly, code, before, expected] = line.split('|').map(str::trim).collect::<Vec<_>>()[..]
            else {
                continue;
            };
            if title.is_empty() {
                continue;
            }
            count += 1;
            let before = self.machine(bits, before);
            let mut after = before.clone();
            let lifted = lift(code, bits, &mut after);
            let changes = self.changes(&before, &after);
            if changes != expected || lifted != Lifted::Real {
                wrong.push(format!(
                    "{title}: {assembly} ({code}) is {lifted:?}, gives `{changes}`, not `{expected}`"
                ));
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
        assert!(count > 150, "{count} cases");
    }

    /// A machine with what the text says.
    pub fn machine(&self, bits: u8, text: &str) -> Numbers {
        let mut numbers = Numbers::new(bits);
        numbers.set(Reg::FLAGS, self.flags("-"));
        for (name, value) in text.split_whitespace().map(|part| part.split_once('=').unwrap()) {
            let number = |digits| u128::from_str_radix(digits, 16).unwrap();
            if let Some(address) = name.strip_prefix('[') {
                numbers.store(number(address.trim_end_matches(']')), number(value), 64);
                continue;
            }
            let is_flags = name == "flags" || name == "status";
            numbers.set((self.register)(name), if is_flags { self.flags(value) } else { number(value) });
        }
        numbers
    }

    fn flags(&self, letters: &str) -> u128 {
        let set = |&(letter, at): &(char, u32)| u128::from(letters.contains(letter)) << at;
        self.letters.iter().map(set).sum::<u128>() ^ self.inverted
    }

    fn letters(&self, flags: u128) -> String {
        let set = self.letters.iter().filter(|(_, at)| (flags ^ self.inverted) >> at & 1 == 1);
        let letters: String = set.map(|(letter, _)| *letter).collect();
        if letters.is_empty() { "-".to_owned() } else { letters }
    }

    /// What differs, in the order of registers and addresses.
    pub fn changes(&self, before: &Numbers, after: &Numbers) -> String {
        let mut parts = Vec::new();
        for (at, (old, new)) in (0u8..).zip(before.registers.iter().zip(&after.registers)) {
            let name = (self.name)(Reg(at));
            let shown = |value: u128| match name.as_str() {
                "flags" | "status" => self.letters(value),
                _ => format!("{value:x}"),
            };
            if shown(*old) != shown(*new) {
                parts.push(format!("{name}={}", shown(*new)));
            }
        }
        let words = |numbers: &Numbers| -> BTreeSet<u64> {
            numbers.memory.keys().map(|address| address & !7).collect()
        };
        for address in words(after) {
            let read = |numbers: &Numbers| numbers.clone().load(address.into(), 64);
            if read(before) != read(after) || !words(before).contains(&address) {
                parts.push(format!("[{address:x}]={:x}", read(after)));
            }
        }
        parts.extend(after.taken.map(|taken| if taken { "taken" } else { "not taken" }.to_owned()));
        parts.extend(after.target.map(|target| format!("to {target:x}")));
        parts.join(" ")
    }
}
