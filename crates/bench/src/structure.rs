//! Damage that knows the format: header fields set to what breaks sums and bounds, rows
//! of tables made alike, code that repeats and jumps about. Random damage reaches none
//! of these: a repeated instruction or a count that fits the file is no accident.

use crate::damage::Random;
use cognate_base::{Budget, Limits};
use cognate_binary::{Arch, LoadOptions, load};
use std::ops::Range;

/// The ways of damage that know the format, in the order in which they take turns.
pub const KINDS: [&str; 6] =
    ["field", "fields", "rows_alike", "code_repeated", "code_rearranged", "code_branches"];

/// Damages `file` the `kind`th way; a file of no known format only gets its code damaged.
pub fn damage(kind: usize, file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = file.to_vec();
    match KINDS.get(kind % KINDS.len()).copied().unwrap_or("") {
        "field" => fields(&mut bytes, 1, random),
        "fields" => fields(&mut bytes, 2 + random.below(6), random),
        "rows_alike" => rows_alike(&mut bytes, random),
        "code_repeated" => code_repeated(&mut bytes, random),
        "code_rearranged" => code_rearranged(&mut bytes, random),
        _ => branches(&mut bytes, random),
    }
    bytes
}

/// A table: where its rows begin, how long each is, how many there are.
struct Rows {
    start: usize,
    width: usize,
    count: usize,
}

/// A number in a header: where, and how many bytes.
#[derive(Clone, Copy)]
struct Field {
    at: usize,
    width: usize,
}

fn number(bytes: &[u8], at: usize, width: usize, big: bool) -> u64 {
    let Some(part) = bytes.get(at..at.saturating_add(width)) else { return 0 };
    let join = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
    if big { part.iter().fold(0, join) } else { part.iter().rev().fold(0, join) }
}

fn place(bytes: &[u8], at: usize, width: usize) -> usize {
    usize::try_from(number(bytes, at, width, false)).unwrap_or(usize::MAX)
}

/// Rows that are looked at in one table.
const MOST_ROWS: usize = 64;

/// The headers and tables that the file's own header names.
fn tables(bytes: &[u8]) -> Vec<Rows> {
    let rows = |start, width, count: usize| Rows { start, width, count: count.min(MOST_ROWS) };
    match bytes {
        [0x7f, b'E', b'L', b'F', 2, ..] => {
            let mut all = vec![rows(16, 48, 1), rows(place(bytes, 32, 8), 56, place(bytes, 56, 2))];
            let sections = rows(place(bytes, 40, 8), 64, place(bytes, 60, 2));
            for section in 0..sections.count {
                let at = sections.start.saturating_add(section * 64);
                let (kind, start) = (number(bytes, at.saturating_add(4), 4, false), at.saturating_add(24));
                let width = place(bytes, at.saturating_add(56), 8);
                if matches!(kind, 2 | 4 | 6 | 9 | 11) && (8..=64).contains(&width) {
                    let size = place(bytes, at.saturating_add(32), 8);
                    all.push(rows(place(bytes, start, 8), width, size / width));
                }
            }
            all.push(sections);
            all
        }
        [0x7f, b'E', b'L', b'F', ..] => vec![
            rows(16, 36, 1),
            rows(place(bytes, 28, 4), 32, place(bytes, 44, 2)),
            rows(place(bytes, 32, 4), 40, place(bytes, 48, 2)),
        ],
        [b'M', b'Z', ..] => {
            let header = place(bytes, 60, 4);
            let optional = place(bytes, header.saturating_add(20), 2);
            let sections = header.saturating_add(24).saturating_add(optional);
            vec![
                rows(60, 4, 1),
                rows(header.saturating_add(4), 20, 1),
                rows(header.saturating_add(24), 8, optional / 8),
                rows(sections, 40, place(bytes, header.saturating_add(6), 2)),
            ]
        }
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] => {
            let mut all = vec![rows(4, 28, 1)];
            let mut at = 32 - usize::from(bytes[0] == 0xce) * 4;
            for _ in 0..place(bytes, 16, 4).min(MOST_ROWS) {
                let size = place(bytes, at.saturating_add(4), 4);
                all.push(rows(at, 8, size.min(1024) / 8));
                at = at.saturating_add(size.max(8));
            }
            all
        }
        [b'P', b'K', ..] => {
            let found = bytes.windows(4).enumerate().filter(|(_, window)| window.starts_with(b"PK"));
            found.take(MOST_ROWS).map(|(at, _)| rows(at + 4, 2, 20)).collect()
        }
        [0xca, 0xfe, 0xba, 0xbe, ..] => vec![rows(4, 4, 1), rows(8, 20, place(bytes, 7, 1))],
        _ => vec![],
    }
}

/// The numbers in one row: words of the size that the format mostly has there.
fn numbers(rows: &Rows) -> Vec<Field> {
    let width = if rows.width.is_multiple_of(8) {
        8
    } else if rows.width.is_multiple_of(4) {
        4
    } else {
        2
    };
    let half = width.min(4);
    let row = |row: usize| {
        let start = rows.start.saturating_add(row.saturating_mul(rows.width));
        let whole = (0..rows.width / width).map(move |at| (start.saturating_add(at * width), width));
        let halves = (0..rows.width / half).map(move |at| (start.saturating_add(at * half), half));
        whole.chain(halves).map(move |(at, width)| Field { at, width })
    };
    (0..rows.count).flat_map(row).collect()
}

/// Sets fields to what breaks sums and bounds: extremes, the file's size, other fields' values, near misses.
fn fields(bytes: &mut [u8], count: usize, random: &mut Random) {
    let big = bytes.starts_with(&[0xca, 0xfe]);
    let all: Vec<Field> = tables(bytes).iter().flat_map(numbers).collect();
    for _ in 0..count {
        let (Some(&field), Some(other)) =
            (all.get(random.below(all.len())), all.get(random.below(all.len())))
        else {
            return;
        };
        let (own, size) = (number(bytes, field.at, field.width, big), bytes.len() as u64);
        let values = [
            0,
            1,
            u64::MAX,
            u64::MAX >> 1,
            1 << 31,
            0xffff_ffff,
            size,
            size - 1,
            size / 2,
            own.wrapping_add(1),
            own.wrapping_sub(1),
            own.wrapping_mul(2),
            own.wrapping_neg(),
            number(bytes, other.at, other.width, big),
            own.wrapping_add(number(bytes, other.at, other.width, big)),
            random.next(),
        ];
        let value = values.get(random.below(values.len())).copied().unwrap_or(0);
        let shown = if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let part = if big { shown.get(8 - field.width..) } else { shown.get(..field.width) };
        let slot = bytes.get_mut(field.at..field.at.saturating_add(field.width));
        if let (Some(slot), Some(part)) = (slot, part) {
            slot.copy_from_slice(part);
        }
    }
}

/// Makes every row of a table like one of them, so that all share what it points to.
fn rows_alike(bytes: &mut [u8], random: &mut Random) {
    let tables: Vec<Rows> = tables(bytes).into_iter().filter(|rows| rows.count > 1).collect();
    let Some(rows) = tables.get(random.below(tables.len())) else { return };
    let row = |at: usize| {
        let start = rows.start.saturating_add(at.saturating_mul(rows.width));
        start..start.saturating_add(rows.width)
    };
    let Some(chosen) = bytes.get(row(random.below(rows.count))).map(<[u8]>::to_vec) else { return };
    for at in 0..rows.count {
        if let Some(slot) = bytes.get_mut(row(at)) {
            slot.copy_from_slice(&chosen);
        }
    }
}

/// Where the file keeps code, and for which machine; all of it where it is no program.
fn code(bytes: &[u8]) -> (Range<usize>, Arch) {
    let all = (0..bytes.len(), Arch::X86_64);
    let mut budget = Budget::new(&Limits::default());
    let Ok(loaded) = load(bytes.into(), &LoadOptions::default(), &mut budget) else { return all };
    let segments = loaded.image.segments().iter().filter(|segment| segment.executable);
    let Some(largest) = segments.max_by_key(|segment| segment.file_bytes) else { return all };
    let start = usize::try_from(largest.file_offset).unwrap_or(0);
    (start..start.saturating_add(usize::try_from(largest.file_bytes).unwrap_or(0)), loaded.image.arch)
}

/// A stretch of code of at most so many bytes.
fn stretch(code: &Range<usize>, most: usize, random: &mut Random) -> Range<usize> {
    let start = code.start + (random.below(code.len()) & !3);
    start..(start + 4 + (random.below(most) & !3)).min(code.end)
}

/// Fills a stretch with a few bytes of its code over and over: depth, chains, long blocks.
fn code_repeated(bytes: &mut [u8], random: &mut Random) {
    let (code, _) = code(bytes);
    let into = stretch(&code, 1 << 18, random);
    let from = stretch(&code, 40, random);
    let Some(piece) = bytes.get(from).map(<[u8]>::to_vec).filter(|piece| !piece.is_empty()) else { return };
    for (byte, next) in bytes.get_mut(into).unwrap_or_default().iter_mut().zip(piece.iter().cycle()) {
        *byte = *next;
    }
}

/// Copies stretches of code over others.
fn code_rearranged(bytes: &mut [u8], random: &mut Random) {
    let (code, _) = code(bytes);
    for _ in 0..1 + random.below(64) {
        let (into, from) = (stretch(&code, 512, random), stretch(&code, 512, random));
        let piece = bytes.get(from).map(<[u8]>::to_vec).unwrap_or_default();
        for (byte, next) in bytes.get_mut(into).unwrap_or_default().iter_mut().zip(piece) {
            *byte = next;
        }
    }
}

/// Writes jumps, branches and calls to places in the code.
fn branches(bytes: &mut [u8], random: &mut Random) {
    let (code, arch) = code(bytes);
    let into = stretch(&code, 1 << 16, random);
    let step = 4 + random.below(60);
    for at in into.step_by(step.next_multiple_of(4)) {
        let to = if random.below(4) == 0 { random.below(code.len()) } else { random.below(256) };
        let distance = if random.below(2) == 0 { to as i32 } else { -(to as i32) };
        let made: Vec<u8> = match arch {
            Arch::Aarch64 => {
                let words = (distance / 4) as u32;
                let word = match random.below(3) {
                    0 => 0x1400_0000 | words & 0x03ff_ffff,
                    1 => 0x9400_0000 | words & 0x03ff_ffff,
                    _ => 0x5400_0000 | (words & 0x7_ffff) << 5 | random.below(14) as u32,
                };
                word.to_le_bytes().to_vec()
            }
            _ => {
                let opcode: &[u8] = match random.below(3) {
                    0 => &[0xe9],
                    1 => &[0xe8],
                    _ => &[0x0f, 0x84],
                };
                [opcode, &distance.to_le_bytes()].concat()
            }
        };
        for (byte, next) in bytes.iter_mut().skip(at).zip(made) {
            *byte = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_changes_a_program_the_same_way_each_time_and_no_kind_needs_one() {
        let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../binary/tests/fixtures/elf-x86_64");
        let program = &std::fs::read(fixture).unwrap()[..];
        for (kind, name) in KINDS.iter().enumerate() {
            let damaged = |seed| damage(kind, program, &mut Random::new(seed));
            assert!(damaged(7) == damaged(7), "{name}");
            assert!((0..20).any(|seed| damaged(seed) != program), "{name}");
            for empty in
                [&b""[..], b"M", b"MZ", b"PK", b"\x7fELF\x02", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"]
            {
                damage(kind, empty, &mut Random::new(1));
            }
        }
    }
}
