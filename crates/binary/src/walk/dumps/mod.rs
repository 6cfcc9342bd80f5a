//! Dumps of memory: every module as it lies there, and what may be executed and belongs to none.
//!
//! Members come as images of memory, with zeros for what the dump does not hold, and say themselves where they
//! lie: see [`memory`](crate::load::memory). Lists are as long as the bytes that are there; what they say twice is read once.

pub mod core;
mod image;
mod memory;
pub mod minidump;

use super::unpack::Packed;
use super::walker::{Archive, Flow, Walker};
use crate::Arch;
use crate::load::memory::What;
use crate::ranges::Ranges;
use image::Image;
use memory::{Dump, Module};

/// Executable ranges that are looked at in one module: a program has a few. Judgement.
const MAX_RANGES: usize = 64;

impl Walker<'_> {
    pub fn dump(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let is_core = core::is_core(&bytes);
        let dump = if is_core { core::read(&bytes) } else { minidump::read(&bytes) };
        for damage in &dump.damage {
            self.lost(&archive.name, damage);
        }
        let Some(arch) = dump.arch else {
            self.lost(&archive.name, "a dump of a processor that is not known");
            return Flow::Continue(());
        };
        let mut taken = Ranges::default();
        for module in &dump.modules {
            if !self.room(archive) {
                return Flow::Continue(());
            }
            let path = archive.path(module.name.as_bytes());
            let end = module.base.saturating_add(module.size);
            if !taken.claim(module.base, end) {
                self.lost(&path, "lies over another module; left out");
                continue;
            }
            let pieces = dump.within(module.base, module.base, end);
            if is_core {
                let ready = self.core_module(&path, &dump, module, &pieces);
                if !ready {
                    continue;
                }
            }
            let size: u64 = pieces.iter().map(|(_, bytes)| bytes.len() as u64).sum();
            if size < module.size && !is_core {
                self.lost(&path, &format!("{size} of its {} bytes are in the dump", module.size));
            }
            if size > 0 {
                let image = Image::new(What::Module, arch, module.base, pieces);
                self.unpack(archive, Packed { path, size, said: None }, &mut { image })?;
            }
        }
        self.rest(archive, &dump, arch, &mut taken)
    }

    /// Whether a mapped file is a program of which code is in the core; says so where only its code is missing.
    fn core_module(&mut self, path: &str, dump: &Dump<'_>, module: &Module, pieces: &[(u64, &[u8])]) -> bool {
        let end = module.base.saturating_add(module.size);
        let executable = dump.executable.as_deref().unwrap_or(&[]);
        let first = executable.partition_point(|(from, _)| *from < module.base);
        let inside = executable.iter().skip(first).take_while(|(from, _)| *from < end).take(MAX_RANGES);
        let inside = inside.filter(|(_, to)| *to <= end);
        let (mut size, mut there) = (0, 0);
        for &(from, to) in inside {
            size += to - from;
            there += dump.within(from, from, to).iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>();
        }
        let begins = matches!(pieces.first(), Some((0, [0x7f, b'E', b'L', b'F', ..])));
        if size > there || size > 0 && !begins {
            let header = if begins { "" } else { ", and its header is not" };
            self.lost(path, &format!("{there} of its {size} bytes of code are in the core{header}"));
        }
        begins && there > 0
    }

    /// Memory that may be executed and belongs to no module.
    fn rest(&mut self, archive: &mut Archive, dump: &Dump<'_>, arch: Arch, taken: &mut Ranges) -> Flow {
        let Some(executable) = &dump.executable else {
            self.lost(&archive.name, "does not say what may be executed: only modules are read");
            return Flow::Continue(());
        };
        // Ranges side by side are one.
        let mut code: Vec<(u64, u64)> = Vec::new();
        for (from, to) in executable.iter().flat_map(|&(from, to)| taken.cover(from, to)) {
            match code.last_mut() {
                Some(last) if last.1 == from => last.1 = to,
                _ => code.push((from, to)),
            }
        }
        for (from, to) in code {
            let pieces = dump.within(from, from, to);
            let Some(&(first, _)) = pieces.first() else { continue };
            if !self.room(archive) {
                break;
            }
            let base = from.saturating_add(first);
            let path = archive.path(format!("memory at {base:#x}").as_bytes());
            let size = pieces.iter().map(|(_, bytes)| bytes.len() as u64).sum();
            let pieces = pieces.into_iter().map(|(at, bytes)| (at - first, bytes)).collect();
            let image = Image::new(What::Code, arch, base, pieces);
            self.unpack(archive, Packed { path, size, said: None }, &mut { image })?;
        }
        Flow::Continue(())
    }
}
