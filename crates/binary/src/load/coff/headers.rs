//! The headers of a COFF object, plain or big, and what else begins as one without being one.
//!
//! A machine number is two bytes, which text and pictures have as well: a file counts as an object only
//! where its section table and its symbol table lie inside it and its sections make sense.

use super::super::recognised::is_coff_machine;
use crate::Arch;
use crate::bytes::{Bytes, padded};

/// Bytes of a plain header and of one for many sections.
const PLAIN: u64 = 20;
const BIG: u64 = 56;
/// Bytes of a row of the section table.
const ROW: u64 = 40;
/// What a header for many sections is told by (`/bigobj`).
const BIG_CLASS: [u8; 16] =
    [0xc7, 0xa1, 0xba, 0xd1, 0xee, 0xba, 0xa9, 0x4b, 0xaf, 0x20, 0xfa, 0xf6, 0x6a, 0xa4, 0xdc, 0xb8];
/// What an object of Microsoft's compiler that waits for code at link time is told by (`/GL`).
const LTCG_CLASS: [u8; 16] =
    [0x38, 0xfe, 0xb3, 0x0c, 0xa5, 0xd9, 0xab, 0x4d, 0xac, 0x9b, 0xd6, 0xb6, 0x22, 0x26, 0x53, 0xc2];

/// Flags of a section.
pub(super) mod flag {
    pub const CODE: u32 = 0x20;
    pub const UNINITIALISED: u32 = 0x80;
    /// Comments and directives for the linker: never in memory.
    pub const INFORMATION: u32 = 0x200;
    pub const REMOVED: u32 = 0x800;
    /// The number of relocations does not fit its field.
    pub const MANY_RELOCATIONS: u32 = 0x0100_0000;
    pub const DISCARDED: u32 = 0x0200_0000;
    pub const EXECUTED: u32 = 0x2000_0000;
    pub const WRITTEN: u32 = 0x8000_0000;
}

/// What a file that begins as a COFF object is.
pub(crate) enum Kind {
    /// An object: its headers.
    Object(Headers),
    /// A member of an import library: names a function of another library.
    Import,
    /// The compiler left its own representation in it, to be compiled when it is linked (`/GL`).
    AtLinkTime,
}

/// What the headers say.
pub(crate) struct Headers {
    pub machine: u16,
    pub time_stamp: u32,
    /// Rows of 20 bytes instead of 18, and section numbers of 32 bits.
    pub big: bool,
    /// Where the section table lies, and how many rows it has.
    table: (u64, u64),
    /// COFF symbol table: file offset, entries.
    pub symbols: (u64, u64),
}

/// One row of the section table.
pub(crate) struct Section {
    pub name: String,
    /// What places in the section are counted from; zero but in very old objects.
    pub address: u32,
    pub size: u32,
    pub offset: u32,
    pub relocations: u32,
    pub relocation_count: u16,
    pub flags: u32,
}

impl Section {
    pub fn executable(&self) -> bool {
        self.flags & (flag::CODE | flag::EXECUTED) != 0
    }

    /// Whether it is in memory when the program runs.
    pub fn loaded(&self) -> bool {
        let unloaded = flag::INFORMATION | flag::REMOVED | flag::DISCARDED;
        self.flags & unloaded == 0 && self.size > 0 && !self.name.starts_with(".debug")
    }

    /// How many of its bytes the file says it has.
    pub fn file_bytes(&self) -> u64 {
        if self.flags & flag::UNINITIALISED != 0 || self.offset == 0 { 0 } else { self.size.into() }
    }
}

impl Kind {
    /// Tells what a file is, `None` where it is nothing of the kind.
    pub fn of(bytes: &[u8]) -> Option<Kind> {
        if bytes.u32_at(0)? != 0xffff_0000 {
            return Headers::plain(bytes).map(Kind::Object);
        }
        let class = bytes.slice(12, 16);
        match bytes.u16_at(4)? {
            // The names behind the header are all that there is in it.
            0 if PLAIN + u64::from(bytes.u32_at(12)?) <= bytes.len() as u64 => Some(Kind::Import),
            1.. if class == Some(&LTCG_CLASS) => Some(Kind::AtLinkTime),
            2.. if class == Some(&BIG_CLASS) => Headers::big(bytes).map(Kind::Object),
            _ => None,
        }
    }
}

impl Headers {
    fn plain(bytes: &[u8]) -> Option<Headers> {
        let machine = bytes.u16_at(0).filter(|&machine| is_coff_machine(machine))?;
        // An optional header, or the flag of a program that runs, is a PE image's.
        if bytes.u16_at(16)? != 0 || bytes.u16_at(18)? & 2 != 0 {
            return None;
        }
        let headers = Headers {
            machine,
            time_stamp: bytes.u32_at(4)?,
            big: false,
            table: (PLAIN, bytes.u16_at(2)?.into()),
            symbols: (bytes.u32_at(8)?.into(), bytes.u32_at(12)?.into()),
        };
        headers.fits(bytes).then_some(headers)
    }

    fn big(bytes: &[u8]) -> Option<Headers> {
        let headers = Headers {
            machine: bytes.u16_at(6)?,
            time_stamp: bytes.u32_at(8)?,
            big: true,
            table: (BIG, bytes.u32_at(44)?.into()),
            symbols: (bytes.u32_at(48)?.into(), bytes.u32_at(52)?.into()),
        };
        headers.fits(bytes).then_some(headers)
    }

    /// Whether both tables lie inside the file, and the first section where a file has room for it.
    fn fits(&self, bytes: &[u8]) -> bool {
        let file = bytes.len() as u64;
        let end = self.table.0 + self.table.1 * ROW;
        let (symbols, count) = self.symbols;
        let none = symbols == 0 && count == 0;
        let inside = symbols >= end && symbols + count * self.symbol_bytes() <= file;
        let first = self.section(bytes, 0);
        self.table.1 > 0
            && end <= file
            && (none || inside)
            && first.is_some_and(|first| {
                let data = u64::from(first.offset);
                data == 0 || (end..=file).contains(&data)
            })
    }

    /// Bytes of a row of the symbol table.
    pub fn symbol_bytes(&self) -> u64 {
        if self.big { 20 } else { 18 }
    }

    /// How many sections there are.
    pub fn sections(&self) -> u64 {
        self.table.1
    }

    /// The section of that index, the first of which is 0.
    pub fn section(&self, bytes: &[u8], index: u64) -> Option<Section> {
        let at = (index < self.table.1).then_some(self.table.0 + index * ROW)?;
        Some(Section {
            name: self.section_name(bytes, bytes.slice(at, 8)?),
            address: bytes.u32_at(at + 12)?,
            size: bytes.u32_at(at + 16)?,
            offset: bytes.u32_at(at + 20)?,
            relocations: bytes.u32_at(at + 24)?,
            relocation_count: bytes.u16_at(at + 32)?,
            flags: bytes.u32_at(at + 36)?,
        })
    }

    /// A name of at most eight bytes, or `/123`: where in the strings it stands.
    fn section_name(&self, bytes: &[u8], field: &[u8]) -> String {
        /// Names of sections are cut here: honest ones are those of functions at the longest.
        const MAX_SECTION_NAME: usize = 256;
        let short = padded(field);
        let place = short.strip_prefix('/').and_then(|place| place.parse::<u64>().ok());
        let long = place.map(|place| self.strings(bytes).from(place));
        let long = long.and_then(|long| {
            let window = long.get(..MAX_SECTION_NAME).unwrap_or(long);
            (!window.is_empty()).then(|| padded(window))
        });
        long.unwrap_or(short)
    }

    /// The strings behind the symbol table; places in them are counted from their own length field.
    pub fn strings<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let (symbols, count) = self.symbols;
        if symbols == 0 { &[] } else { bytes.from(symbols + count * self.symbol_bytes()) }
    }

    /// The instruction set, if it is ours; the error is the name of another one.
    pub fn arch(&self) -> Result<Arch, u16> {
        match self.machine {
            0x14c => Ok(Arch::X86),
            0x8664 => Ok(Arch::X86_64),
            0xaa64 | 0xa641 | 0xa64e => Ok(Arch::Aarch64),
            other => Err(other),
        }
    }

    /// Whether it is of an import library made of whole objects: it tells the linker of another library
    /// and has at most the jump to one function of it.
    pub fn only_imports(&self, bytes: &[u8]) -> bool {
        /// Members of import libraries have fewer sections.
        const MOST: u64 = 16;
        let mut imports = false;
        for index in 0..self.sections().min(MOST) {
            let Some(section) = self.section(bytes, index) else { return false };
            let idata = section.name.starts_with(".idata$");
            imports |= idata;
            if section.loaded() && !idata && !is_jump(bytes, &section) {
                return false;
            }
        }
        imports && self.sections() <= MOST
    }
}

/// Whether a section is a jump through the slot of an import and nothing else.
fn is_jump(bytes: &[u8], section: &Section) -> bool {
    /// The longest there is, with what it is padded with.
    const MOST: u64 = 16;
    let code = bytes.slice(section.offset.into(), section.file_bytes());
    let code = code.filter(|_| section.executable() && section.file_bytes() <= MOST).unwrap_or(&[]);
    // jmp [slot] on x86; adrp x16, slot on A64
    code.starts_with(&[0xff, 0x25]) || code.u32_at(0).is_some_and(|word| word & 0x9f00_001f == 0x9000_0010)
}
