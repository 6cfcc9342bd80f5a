//! What the dynamic loader writes into a Mach-O image: chained fixups, or the
//! older rebase and bind programs.

use super::commands::Commands;
use crate::Loaded;
use crate::bytes::{Bytes, MAX_NAME, Stream, name};
use crate::ranges::Ranges;
use crate::text::cut;
use cognate_base::{Budget, Place};

/// More segments than this have no fixups. Judgement.
const MAX_SEGMENTS: u64 = 256;

/// Fills in relocations and imports.
pub(super) fn read(loaded: &mut Loaded, commands: &Commands, bytes: &[u8], budget: &mut Budget) {
    if let Some((at, size)) = commands.chained_fixups {
        let data = bytes.from(at);
        let data = data.up_to(0, size);
        if chained(loaded, commands, data, budget).is_none() {
            loaded.gap(Place::File(at), "chained fixups", "damaged");
        }
    }
    let Some([rebase, bind, weak, lazy, _]) = commands.dyld_info else { return };
    let part = |(at, size): (u64, u64)| bytes.slice(at, size).unwrap_or(&[]);
    let damaged = |loaded: &mut Loaded, (at, _): (u64, u64)| {
        loaded.gap(
            Place::File(at),
            "rebase and bind programs",
            "write where the file has no bytes, or too often",
        );
    };
    if !Program::new(loaded, commands, part(rebase)).rebase(loaded, budget) {
        damaged(loaded, rebase);
    }
    for (table, stops) in [(bind, true), (weak, true), (lazy, false)] {
        if !Program::new(loaded, commands, part(table)).bind(loaded, stops, budget) {
            damaged(loaded, table);
        }
    }
}

/// One import of the chained format.
fn import<'a>(commands: &'a Commands, data: &[u8], index: u64) -> Option<(Option<&'a str>, String)> {
    let (table, names) = (u64::from(data.u32_at(8)?), u64::from(data.u32_at(12)?));
    let (library, at) = match data.u32_at(20)? {
        format @ (1 | 2) => {
            let word = data.u32_at(table.checked_add(index * if format == 1 { 4 } else { 8 })?)?;
            (u64::from(word & 0xff), u64::from(word >> 9))
        }
        3 => {
            let word = data.u64_at(table.checked_add(index * 16)?)?;
            (word & 0xffff, word >> 32)
        }
        _ => return None,
    };
    Some((commands.library(library), name(data.from(names + at))?))
}

fn chained(loaded: &mut Loaded, commands: &Commands, data: &[u8], budget: &mut Budget) -> Option<()> {
    let starts = u64::from(data.u32_at(4)?);
    let mut pages = Ranges::default();
    let count = u64::from(data.u32_at(starts)?);
    for index in 0..count.min(MAX_SEGMENTS) {
        let skip = data.u32_at(starts + 4 + index * 4)?;
        if skip != 0 {
            segment(loaded, commands, data, starts + u64::from(skip), &mut pages, budget)?;
        }
    }
    (count <= MAX_SEGMENTS).then_some(())
}

fn segment(
    loaded: &mut Loaded,
    commands: &Commands,
    data: &[u8],
    at: u64,
    pages: &mut Ranges,
    budget: &mut Budget,
) -> Option<()> {
    let page_bytes = u64::from(data.u16_at(at + 4)?);
    let format = data.u16_at(at + 6)?;
    let base = loaded.image.base.wrapping_add(data.u64_at(at + 8)?);
    let count = u64::from(data.u16_at(at + 20)?);
    if !pages.claim(base, base.saturating_add(count * page_bytes)) {
        return None; // pages have one chain each
    }
    for page in 0..count {
        budget.spend(1).ok()?;
        let first = data.u16_at(at + 22 + page * 2)?;
        if first == 0xffff {
            continue;
        }
        let start = base.wrapping_add(page * page_bytes);
        let mut place = u64::from(first);
        // Chains do not leave their page, so no slot is written twice.
        while place < page_bytes {
            budget.spend(1).ok()?;
            let step = fixup(loaded, commands, data, format, start.wrapping_add(place), budget)?;
            if step == 0 {
                break;
            }
            place += step;
        }
    }
    Some(())
}

/// Applies one pointer; gives the distance to the next.
fn fixup(
    loaded: &mut Loaded,
    commands: &Commands,
    data: &[u8],
    format: u16,
    slot: u64,
    budget: &mut Budget,
) -> Option<u64> {
    let word = loaded.image.read_uint(slot, 8)?;
    let base = loaded.image.base;
    let (binds, ordinal, target, step) = match format {
        2 | 6 => {
            let target = word & 0xf_ffff_ffff;
            let target = if format == 6 { base.wrapping_add(target) } else { target };
            (word >> 63 != 0, word & 0xff_ffff, target, (word >> 51 & 0xfff) * 4)
        }
        1 | 9 | 12 => {
            let signed = word >> 63 != 0;
            let target = if signed { word & 0xffff_ffff } else { word & 0x7ff_ffff_ffff };
            let offset = signed || format != 1;
            let target = if offset { base.wrapping_add(target) } else { target };
            let ordinal = word & if format == 12 { 0xff_ffff } else { 0xffff };
            (word >> 62 & 1 != 0, ordinal, target, (word >> 51 & 0x7ff) * 8)
        }
        _ => return None,
    };
    if binds {
        if loaded.wants_import(slot)
            && let Some((library, name)) = import(commands, data, ordinal)
        {
            loaded.import(slot, library, &name, budget);
        }
    } else {
        loaded.relocation(slot, target, budget);
    }
    Some(step)
}

/// A rebase or bind program: opcodes that move over the image.
struct Program<'a> {
    commands: &'a Commands,
    stream: Stream<'a>,
    address: u64,
    width: u64,
    /// How many slots it may still write: as many as the file's bytes have room for.
    slots: u64,
    /// It wrote where it may not.
    damaged: bool,
}

impl<'a> Program<'a> {
    fn new(loaded: &Loaded, commands: &'a Commands, bytes: &'a [u8]) -> Self {
        let width = if commands.wide { 8 } else { 4 };
        let slots = loaded.image.backed_bytes() / width;
        Program { commands, stream: Stream(bytes), address: 0, width, slots, damaged: false }
    }

    /// Takes the next slot, if the file has bytes for it.
    fn slot(&mut self, loaded: &Loaded, budget: &mut Budget) -> Option<u64> {
        budget.spend(1).ok()?;
        self.damaged = self.slots == 0 || !loaded.image.is_backed(self.address);
        self.slots = self.slots.checked_sub(1)?;
        (!self.damaged).then_some(self.address)
    }

    fn seek(&mut self, segment: u8) -> Option<()> {
        let segment = self.commands.parts.get(usize::from(segment))?;
        self.address = segment.address.wrapping_add(self.stream.uleb()?);
        Some(())
    }

    /// Runs it; whether it wrote only where it may.
    fn rebase(&mut self, loaded: &mut Loaded, budget: &mut Budget) -> bool {
        while let Some(byte) = self.stream.byte() {
            if budget.spend(1).is_err() || self.rebase_step(loaded, byte, budget).is_none() {
                break;
            }
        }
        !self.damaged
    }

    fn rebase_step(&mut self, loaded: &mut Loaded, byte: u8, budget: &mut Budget) -> Option<()> {
        let immediate = byte & 0xf;
        let (times, skip) = match byte >> 4 {
            1 => return Some(()),
            2 => return self.seek(immediate),
            3 => (0, self.stream.uleb()?),
            4 => (0, u64::from(immediate) * self.width),
            5 => (immediate.into(), 0),
            6 => (self.stream.uleb()?, 0),
            7 => (1, self.stream.uleb()?),
            8 => (self.stream.uleb()?, self.stream.uleb()?),
            _ => return None,
        };
        if times == 0 {
            self.address = self.address.wrapping_add(skip);
        }
        for _ in 0..times {
            let slot = self.slot(loaded, budget)?;
            let target = loaded.image.read_uint(slot, self.width as usize)?;
            loaded.relocation(slot, target, budget);
            self.address = self.address.wrapping_add(self.width).wrapping_add(skip);
        }
        Some(())
    }

    /// Runs it; whether it wrote only where it may.
    fn bind(&mut self, loaded: &mut Loaded, stops: bool, budget: &mut Budget) -> bool {
        let (mut library, mut name) = (0u64, String::new());
        while let Some(byte) = self.stream.byte() {
            let step = self.bind_step(loaded, byte, stops, &mut library, &mut name, budget);
            if budget.spend(1).is_err() || step.is_none() {
                break;
            }
        }
        !self.damaged
    }

    fn bind_step(
        &mut self,
        loaded: &mut Loaded,
        byte: u8,
        stops: bool,
        library: &mut u64,
        name: &mut String,
        budget: &mut Budget,
    ) -> Option<()> {
        let immediate = u64::from(byte & 0xf);
        let (times, skip) = match byte & 0xf0 {
            0x00 => return (!stops).then_some(()),
            0x10 | 0x30 => {
                *library = if byte & 0xf0 == 0x10 { immediate } else { 0 };
                return Some(());
            }
            0x20 => {
                *library = self.stream.uleb()?;
                return Some(());
            }
            0x40 => {
                let text = self.stream.text(usize::MAX)?;
                *name = cut(text, MAX_NAME);
                return Some(());
            }
            0x50 => return Some(()),
            0x60 => return self.stream.uleb().map(drop),
            0x70 => return self.seek(byte & 0xf),
            0x80 => (0, self.stream.uleb()?),
            0x90 => (1, 0),
            0xa0 => (1, self.stream.uleb()?),
            0xb0 => (1, immediate * self.width),
            0xc0 => (self.stream.uleb()?, self.stream.uleb()?),
            _ => return None,
        };
        if times == 0 {
            self.address = self.address.wrapping_add(skip);
        }
        for _ in 0..times {
            let slot = self.slot(loaded, budget)?;
            loaded.import(slot, self.commands.library(*library), name, budget);
            self.address = self.address.wrapping_add(self.width).wrapping_add(skip);
        }
        Some(())
    }
}

impl Commands {
    /// The library of that ordinal; the first one is 1.
    fn library(&self, ordinal: u64) -> Option<&str> {
        let index = usize::try_from(ordinal).ok()?.checked_sub(1)?;
        self.libraries.get(index).map(String::as_str)
    }
}
