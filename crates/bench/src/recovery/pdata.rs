//! Function starts that the exception directory of an x86-64 PE states, read
//! here on its own so that the loader is not measured against itself.

use std::collections::BTreeSet;

/// Starts of the entries that are not chained to another one; none for other files.
pub fn starts(bytes: &[u8]) -> BTreeSet<u64> {
    read(bytes).unwrap_or_default()
}

const X86_64: u64 = 0x8664;
const ENTRY: u64 = 12;
const CHAINED: u64 = 4;

fn number(bytes: &[u8], at: u64, len: usize) -> Option<u64> {
    let at = usize::try_from(at).ok()?;
    let mut word = [0u8; 8];
    word.get_mut(..len)?.copy_from_slice(bytes.get(at..at.checked_add(len)?)?);
    Some(u64::from_le_bytes(word))
}

fn read(bytes: &[u8]) -> Option<BTreeSet<u64>> {
    let coff = number(bytes, 60, 4)? + 4;
    if bytes.get(..2)? != b"MZ" || number(bytes, coff, 2)? != X86_64 {
        return None;
    }
    let optional = coff + 20;
    let base = number(bytes, optional + 24, 8)?;
    let directory = optional + 112 + 3 * 8;
    let (table, size) = (number(bytes, directory, 4)?, number(bytes, directory + 4, 4)?);
    let sections = optional + number(bytes, coff + 16, 2)?;
    let count = number(bytes, coff + 2, 2)?;
    let offset_of = |rva: u64| {
        (0..count).find_map(|index| {
            let header = sections + 40 * index;
            let (start, len) = (number(bytes, header + 12, 4)?, number(bytes, header + 16, 4)?);
            let offset = number(bytes, header + 20, 4)?;
            (start..start + len).contains(&rva).then(|| offset + rva - start)
        })
    };
    let first = offset_of(table)?;
    let mut starts = BTreeSet::new();
    for at in (0..size / ENTRY).map(|index| first + index * ENTRY) {
        let (start, unwind) = (number(bytes, at, 4)?, number(bytes, at + 8, 4)?);
        let flags = offset_of(unwind & !1).and_then(|info| number(bytes, info, 1)).unwrap_or(0) >> 3;
        if start != 0 && unwind & 1 == 0 && flags & CHAINED == 0 {
            starts.insert(base + start);
        }
    }
    Some(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PE with one section at 0x1000 that holds the table and two unwind records.
    fn image(second_flags: u8) -> Vec<u8> {
        let mut bytes = vec![0u8; 0x300];
        let mut put = |at: usize, data: &[u8]| bytes[at..at + data.len()].copy_from_slice(data);
        put(0, b"MZ");
        put(60, &64u32.to_le_bytes());
        put(68, &(X86_64 as u16).to_le_bytes());
        put(70, &1u16.to_le_bytes());
        put(84, &240u16.to_le_bytes());
        put(88 + 24, &0x1_4000_0000u64.to_le_bytes());
        put(88 + 136, &0x1000u32.to_le_bytes());
        put(88 + 140, &24u32.to_le_bytes());
        let section = [0x100u32, 0x1000, 0x100, 0x200].map(u32::to_le_bytes).concat();
        put(88 + 240 + 8, &section);
        let entries = [0x1080u32, 0x1090, 0x1040, 0x1090, 0x10a0, 0x1048].map(u32::to_le_bytes).concat();
        put(0x200, &entries);
        put(0x240, &[1]);
        put(0x248, &[1 | second_flags << 3]);
        bytes
    }

    fn check(second_flags: u8, expected: &[u64]) {
        assert_eq!(starts(&image(second_flags)).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_entry_is_a_start() {
        check(0, &[0x1_4000_1080, 0x1_4000_1090]);
    }

    #[test]
    fn an_entry_chained_to_another_is_none() {
        check(4, &[0x1_4000_1080]);
    }

    #[test]
    fn a_file_that_is_no_pe_has_none() {
        assert!(starts(b"\x7fELF").is_empty());
    }
}
