//! What a dump of either kind holds: modules, pieces of memory, and what may be executed.

use crate::Arch;
use crate::bytes::Bytes;

/// A program or library in memory.
pub struct Module {
    pub base: u64,
    pub size: u64,
    pub name: String,
}

/// Bytes of memory that the dump holds.
#[derive(Clone, Copy)]
pub struct Piece<'a> {
    address: u64,
    bytes: &'a [u8],
}

impl Piece<'_> {
    fn end(&self) -> u64 {
        self.address.saturating_add(self.bytes.len() as u64)
    }
}

/// What a dump holds.
#[derive(Default)]
pub struct Dump<'a> {
    pub arch: Option<Arch>,
    pub modules: Vec<Module>,
    /// Ascending, none over another.
    pieces: Vec<Piece<'a>>,
    /// Ranges that may be executed, ascending, where the dump says.
    pub executable: Option<Vec<(u64, u64)>>,
    /// What of it could not be read.
    pub damage: Vec<&'static str>,
}

impl<'a> Dump<'a> {
    /// Memory of that instruction set, none so far.
    pub fn of(arch: Option<Arch>) -> Dump<'a> {
        Dump { arch, ..Dump::default() }
    }

    /// Notes memory of `size` bytes that the file holds from `start` on.
    pub fn add_piece(&mut self, bytes: &'a [u8], address: u64, start: u64, size: u64) {
        let part = bytes.up_to(start, size);
        if (part.len() as u64) < size {
            self.damage.push("memory reaches behind its end");
        }
        if !part.is_empty() {
            self.pieces.push(Piece { address, bytes: part });
        }
    }

    /// Sorts pieces; of two over one another the later one is cut.
    pub fn sort_pieces(&mut self) {
        self.pieces.sort_by_key(|piece| piece.address);
        let (mut end, mut overlap) = (0u64, false);
        self.pieces.retain_mut(|piece| {
            let cut = end.saturating_sub(piece.address);
            overlap |= cut > 0;
            piece.bytes = piece.bytes.from(cut);
            piece.address = piece.address.max(end);
            end = end.max(piece.end());
            !piece.bytes.is_empty()
        });
        if overlap {
            self.damage.push("holds memory twice; the first is taken");
        }
        self.damage.sort_unstable();
        self.damage.dedup();
    }

    /// What the dump has of a range, by its distance from `base`.
    pub fn within(&self, base: u64, from: u64, to: u64) -> Vec<(u64, &'a [u8])> {
        let first = self.pieces.partition_point(|piece| piece.end() <= from);
        let pieces = self.pieces.iter().skip(first).take_while(|piece| piece.address < to);
        let parts = pieces.map(|piece| {
            let bytes = piece.bytes.from(from.saturating_sub(piece.address));
            let address = piece.address.max(from);
            (address - base, bytes.up_to(0, to - address))
        });
        parts.collect()
    }
}
