//! What the dynamic loader writes into a Mach-O image: chained fixups, or the
//! older rebase and bind programs.

use super::super::bytes::{Bytes, Stream, text};
use super::commands::Commands;
use crate::Loaded;
use cognate_base::{Budget, Place};

const MAX_NAME: usize = 4096;

/// Fills in relocations and imports.
pub(super) fn read(loaded: &mut Loaded, commands: &Commands, bytes: &[u8], budget: &mut Budget) {
    if let Some((at, size)) = commands.chained_fixups {
        let data = bytes.from(at);
        let data = data.slice(0, size).unwrap_or(data);
        if chained(loaded, commands, data, budget).is_none() {
            loaded.gap(Place::File(at), "chained fixups", "damaged");
        }
    }
    let Some([rebase, bind, weak, lazy, _]) = commands.dyld_info else { return };
    let part = |(at, size): (u64, u64)| bytes.slice(at, size).unwrap_or(&[]);
    Program::new(commands, part(rebase)).rebase(loaded, budget);
    for (table, stops) in [(bind, true), (weak, true), (lazy, false)] {
        Program::new(commands, part(table)).bind(loaded, stops, budget);
    }
}

/// One import of the chained format.
fn import(commands: &Commands, data: &[u8], index: u64) -> Option<(Option<String>, String)> {
    let (table, names) = (u64::from(data.u32_at(8)?), u64::from(data.u32_at(12)?));
    let (library, name) = match data.u32_at(20)? {
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
    Some((commands.library(library), text(data.from(names + name), MAX_NAME)?))
}

fn chained(loaded: &mut Loaded, commands: &Commands, data: &[u8], budget: &mut Budget) -> Option<()> {
    let starts = u64::from(data.u32_at(4)?);
    for index in 0..u64::from(data.u32_at(starts)?).min(256) {
        let skip = data.u32_at(starts + 4 + index * 4)?;
        if skip != 0 {
            segment(loaded, commands, data, starts + u64::from(skip), budget)?;
        }
    }
    Some(())
}

fn segment(
    loaded: &mut Loaded,
    commands: &Commands,
    data: &[u8],
    at: u64,
    budget: &mut Budget,
) -> Option<()> {
    let page_bytes = u64::from(data.u16_at(at + 4)?);
    let format = data.u16_at(at + 6)?;
    let base = loaded.image.base.wrapping_add(data.u64_at(at + 8)?);
    for page in 0..u64::from(data.u16_at(at + 20)?) {
        let first = data.u16_at(at + 22 + page * 2)?;
        if first == 0xffff {
            continue;
        }
        let mut slot = base.wrapping_add(page * page_bytes).wrapping_add(first.into());
        // A page holds at most one pointer each four bytes.
        for _ in 0..page_bytes / 4 {
            budget.spend(1).ok()?;
            let step = fixup(loaded, commands, data, format, slot)?;
            if step == 0 {
                break;
            }
            slot = slot.wrapping_add(step);
        }
    }
    Some(())
}

/// Applies one pointer; gives the distance to the next.
fn fixup(loaded: &mut Loaded, commands: &Commands, data: &[u8], format: u16, slot: u64) -> Option<u64> {
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
        if let Some((library, name)) = import(commands, data, ordinal) {
            loaded.import(slot, library.as_deref(), &name);
        }
    } else {
        loaded.relocation(slot, target);
    }
    Some(step)
}

/// A rebase or bind program: opcodes that move over the image.
struct Program<'a> {
    commands: &'a Commands,
    stream: Stream<'a>,
    address: u64,
    width: u64,
}

impl<'a> Program<'a> {
    fn new(commands: &'a Commands, bytes: &'a [u8]) -> Self {
        let width = if commands.wide { 8 } else { 4 };
        Program { commands, stream: Stream(bytes), address: 0, width }
    }

    fn seek(&mut self, segment: u8) -> Option<()> {
        let segment = self.commands.parts.get(usize::from(segment))?;
        self.address = segment.address.wrapping_add(self.stream.uleb()?);
        Some(())
    }

    fn rebase(&mut self, loaded: &mut Loaded, budget: &mut Budget) {
        while let Some(byte) = self.stream.byte() {
            if budget.spend(1).is_err() || self.rebase_step(loaded, byte, budget).is_none() {
                return;
            }
        }
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
            budget.spend(1).ok()?;
            let target = loaded.image.read_uint(self.address, self.width as usize)?;
            loaded.relocation(self.address, target);
            self.address = self.address.wrapping_add(self.width).wrapping_add(skip);
        }
        Some(())
    }

    fn bind(&mut self, loaded: &mut Loaded, stops: bool, budget: &mut Budget) {
        let (mut library, mut name) = (0u64, String::new());
        while let Some(byte) = self.stream.byte() {
            let step = self.bind_step(loaded, byte, stops, &mut library, &mut name, budget);
            if budget.spend(1).is_err() || step.is_none() {
                return;
            }
        }
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
                let text = self.stream.text()?;
                *name = String::from_utf8_lossy(text.get(..MAX_NAME.min(text.len()))?).into_owned();
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
            budget.spend(1).ok()?;
            if !loaded.image.is_mapped(self.address) {
                return None;
            }
            loaded.import(self.address, self.commands.library(*library).as_deref(), name);
            self.address = self.address.wrapping_add(self.width).wrapping_add(skip);
        }
        Some(())
    }
}

impl Commands {
    /// The library of that ordinal; the first one is 1.
    fn library(&self, ordinal: u64) -> Option<String> {
        usize::try_from(ordinal).ok()?.checked_sub(1).and_then(|index| self.libraries.get(index)).cloned()
    }
}
