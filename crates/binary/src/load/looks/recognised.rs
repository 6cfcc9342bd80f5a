//! What says what it is and holds no code for us: named, and never taken for shellcode.

use crate::bytes::{Bytes, find};

/// A kind of file that is known and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::load) struct Recognised {
    /// What it is, in a few words that can be counted.
    pub name: &'static str,
    /// Why nothing of it is read.
    pub why: &'static str,
}

/// Bytes of a file that are looked at to tell text. Judgement.
const TEXT: usize = 64 << 10;
/// Bytes that tell text in a set of eight bits from what is not text by chance. Judgement.
const FEW_BYTES: usize = 64;
/// Where the mark of a PDF document may stand, as its readers have it.
const PDF_WITHIN: usize = 1024;
/// Bytes of the header of an object file of Microsoft's, and of a section's.
const COFF_HEADER: u64 = 20;
const COFF_SECTION: u64 = 40;
/// More sections than this no object file of the plain kind has that anybody made. Judgement.
const COFF_SECTIONS: u16 = 0x7fff;

const BYTECODE: &str = "its code is bytecode, which is not read";
const NO_CODE: &str = "it holds no machine code";
const PACKED: &str = "an archive of a kind that is not opened";
const BITCODE: &str = "its code is not translated to machine code yet";

/// Offset, magic, name, why. The first that fits counts.
const TABLE: &[(usize, &[u8], &str, &str)] = &[
    (0, b"BC\xc0\xde", "LLVM bitcode file", BITCODE),
    (0, b"\xde\xc0\x17\x0b", "LLVM bitcode file", BITCODE),
    (0, b"\xde\x12\x04\x95", "message catalogue", NO_CODE),
    (0, b"\x95\x04\x12\xde", "message catalogue", NO_CODE),
    (0, b"\0asm", "WebAssembly module", BYTECODE),
    (0, b"dex\n", "Dalvik executable", BYTECODE),
    (0, b"\x1bLua", "Lua bytecode file", BYTECODE),
    (0, b"PAGEDU", "Windows memory dump", "dumps of a whole machine are not read, minidumps are"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLE document", NO_CODE),
    (0, b"{\\rtf", "RTF document", NO_CODE),
    (0, b"ITSF", "Windows help file", NO_CODE),
    (0, b"L\0\0\0\x01\x14\x02\0", "Windows shortcut", NO_CODE),
    (0, b"SQLite format 3\0", "SQLite database", NO_CODE),
    (4, b"Standard Jet DB", "Access database", NO_CODE),
    (4, b"Standard ACE DB", "Access database", NO_CODE),
    (4, b"\xef\xcd\xab\x89", "ESE database", NO_CODE),
    (0, b"regf", "registry hive", NO_CODE),
    (0, b"ElfFile\0", "Windows event log", NO_CODE),
    (0, b"Microsoft C/C++ MSF 7.00\r\n", "PDB file", "it holds symbols, not code"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG image", NO_CODE),
    (0, b"\xff\xd8\xff", "JPEG image", NO_CODE),
    (0, b"GIF87a", "GIF image", NO_CODE),
    (0, b"GIF89a", "GIF image", NO_CODE),
    (0, b"II*\0", "TIFF image", NO_CODE),
    (0, b"MM\0*", "TIFF image", NO_CODE),
    (0, b"\0\0\x01\0", "icon", NO_CODE),
    (8, b"WEBP", "WebP image", NO_CODE),
    (8, b"WAVE", "sound", NO_CODE),
    (4, b"ftyp", "film", NO_CODE),
    (0, b"OggS", "sound", NO_CODE),
    (0, b"fLaC", "sound", NO_CODE),
    (0, b"ID3", "sound", NO_CODE),
    (0, b"wOFF", "font", NO_CODE),
    (0, b"wOF2", "font", NO_CODE),
    (0, b"OTTO\0", "font", NO_CODE),
    (0, b"\0\x01\0\0\0", "font", NO_CODE),
    (0, b"Rar!\x1a\x07", "RAR archive", PACKED),
    (0, b"\x1f\x9d", "compress file", PACKED),
    (0, b"\x60\xea", "ARJ archive", PACKED),
    (2, b"-lh", "LHA archive", PACKED),
    (0, b"ISc(", "InstallShield cabinet", PACKED),
    (0, b"MSWIM\0\0\0", "WIM image", PACKED),
    (0, b"hsqs", "SquashFS image", PACKED),
    (0, b"070707", "old cpio archive", PACKED),
    (0, b"xar!", "xar archive", PACKED),
    (0, b"LZIP", "lzip file", PACKED),
    (0, b"\x04\x22\x4d\x18", "lz4 file", PACKED),
    (0, b"ustar", "tar archive", PACKED),
    (0x8001, b"CD001", "ISO image", PACKED),
    (0x438, b"\x53\xef", "ext file system", PACKED),
    (0, b"vhdxfile", "disk image", PACKED),
    (0, b"KDMV", "disk image", PACKED),
    (0, b"QFI\xfb", "disk image", PACKED),
];

/// What has no magic of fixed bytes at a fixed place.
const JAVA: Recognised = Recognised { name: "Java class file", why: BYTECODE };
const PYTHON: Recognised = Recognised { name: "Python bytecode file", why: BYTECODE };
const PDF: Recognised = Recognised { name: "PDF document", why: NO_CODE };
const SCRIPT: Recognised = Recognised { name: "script", why: "it is text, not machine code" };
const TEXT_FILE: Recognised = Recognised { name: "text file", why: NO_CODE };
const BLANK: Recognised = Recognised { name: "blank file", why: NO_CODE };
/// What a .NET assembly is: without native code nothing of it is taken apart.
pub(in crate::load) const DOT_NET: Recognised =
    Recognised { name: ".NET assembly", why: "its code is IL, which is not read" };

/// The name of everything that is recognised and neither read nor opened; of what has several magics several times.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let others = [JAVA, PYTHON, PDF, SCRIPT, TEXT_FILE, BLANK, DOT_NET];
    TABLE.iter().map(|(_, _, name, _)| *name).chain(others.map(|kind| kind.name))
}

/// Machines of ELF files, by number: the file may be of either byte order.
const ELF_MACHINES: &[(u16, &str)] = &[
    (2, "SPARC"),
    (4, "Motorola 68000"),
    (8, "MIPS"),
    (10, "MIPS, little endian"),
    (15, "PA-RISC"),
    (18, "SPARC"),
    (20, "PowerPC"),
    (21, "64-bit PowerPC"),
    (22, "s390x"),
    (40, "32-bit Arm"),
    (42, "SuperH"),
    (43, "64-bit SPARC"),
    (50, "Itanium"),
    (83, "AVR"),
    (88, "M32R"),
    (93, "ARCompact"),
    (94, "Xtensa"),
    (105, "MSP430"),
    (164, "Hexagon"),
    (188, "TILE-Gx"),
    (189, "MicroBlaze"),
    (190, "CUDA"),
    (195, "ARCv2"),
    (224, "AMD GPU"),
    (243, "RISC-V"),
    (247, "BPF"),
    (252, "C-SKY"),
    (258, "LoongArch"),
    (0x9026, "Alpha"),
];

/// Machines of PE and COFF files.
const COFF_MACHINES: &[(u16, &str)] = &[
    (0x166, "MIPS"),
    (0x169, "MIPS"),
    (0x184, "Alpha"),
    (0x284, "Alpha"),
    (0x1a2, "SuperH"),
    (0x1a6, "SuperH"),
    (0x1c0, "32-bit Arm"),
    (0x1c2, "32-bit Arm"),
    (0x1c4, "32-bit Arm"),
    (0x1f0, "PowerPC"),
    (0x1f1, "PowerPC"),
    (0x1f2, "PowerPC, big endian"),
    (0x200, "Itanium"),
    (0xebc, "EFI bytecode"),
    (0x5032, "RISC-V"),
    (0x5064, "RISC-V"),
    (0x6232, "LoongArch"),
    (0x6264, "LoongArch"),
];

/// Machines of objects and programs of Microsoft's kind that are read: x86, x86-64, AArch64, ARM64EC, ARM64X.
const COFF_OURS: [u16; 5] = [0x14c, 0x8664, 0xaa64, 0xa641, 0xa64e];

/// Whether a number in that field names an instruction set, ours or not.
pub(in crate::load) fn is_coff_machine(number: u16) -> bool {
    COFF_OURS.contains(&number) || named(COFF_MACHINES, number).is_some()
}

/// Processors of Mach-O files.
const MACHO_PROCESSORS: &[(u32, &str)] = &[
    (6, "Motorola 68000"),
    (12, "32-bit Arm"),
    (18, "PowerPC"),
    (0x0100_0012, "64-bit PowerPC"),
    (0x0200_000c, "arm64 with 32-bit addresses"),
];

fn named<N: PartialEq + Copy>(table: &[(N, &'static str)], number: N) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// An ELF file for a machine, in words.
pub(in crate::load) fn elf_machine(number: u16) -> String {
    named(ELF_MACHINES, number)
        .map_or_else(|| format!("ELF machine {number}"), |name| format!("ELF for {name}"))
}

/// A PE file for a machine, in words.
pub(in crate::load) fn pe_machine(number: u16) -> String {
    named(COFF_MACHINES, number)
        .map_or_else(|| format!("PE machine {number:#x}"), |name| format!("PE for {name}"))
}

/// An object of Microsoft's kind for a machine, in words.
pub(in crate::load) fn coff_machine(number: u16) -> String {
    named(COFF_MACHINES, number)
        .map_or_else(|| format!("COFF for machine {number:#x}"), |name| format!("COFF for {name}"))
}

/// A Mach-O file for a processor, in words.
pub(in crate::load) fn macho_processor(number: u32) -> String {
    let unknown = || format!("Mach-O processor type {number:#x}");
    named(MACHO_PROCESSORS, number).map_or_else(unknown, |name| format!("Mach-O for {name}"))
}

/// What the bytes are, where they say so themselves.
pub(in crate::load) fn by_magic(bytes: &[u8]) -> Option<Recognised> {
    let row =
        TABLE.iter().find(|(at, magic, ..)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
    if let Some(&(_, _, name, why)) = row {
        return Some(Recognised { name, why });
    }
    if is_java_class(bytes) {
        return Some(JAVA);
    }
    if is_python(bytes) {
        return Some(PYTHON);
    }
    if find(bytes.get(..PDF_WITHIN.min(bytes.len())).unwrap_or(bytes), b"%PDF-").is_some() {
        return Some(PDF);
    }
    if matches!(bytes, [b'#', b'!', b' ' | b'/', ..]) {
        return Some(SCRIPT);
    }
    None
}

/// A program for a machine that is not ours, in words, where only its shape tells that it is one.
pub(in crate::load) fn other_machine(bytes: &[u8]) -> Option<String> {
    if let Some(machine) = big_elf(bytes) {
        return Some(format!("big-endian ELF for {machine}"));
    }
    other_coff(bytes).map(|machine| format!("COFF for {machine}"))
}

/// What the bytes are that nothing else explains: text, or nothing but zeros.
pub(in crate::load) fn text(bytes: &[u8]) -> Option<Recognised> {
    let start = bytes.get(..TEXT.min(bytes.len())).unwrap_or(bytes);
    if bytes.iter().all(|&byte| byte == 0) {
        return Some(BLANK);
    }
    let wide = matches!(start, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let readable = match std::str::from_utf8(start) {
        Ok(text) => Some(text),
        // A character that the end of what is looked at goes through.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(start.get(..error.valid_up_to()).unwrap_or(&[])).ok()
        }
        Err(_) => None,
    };
    let plain = |character: char| !character.is_control() || matches!(character, '\t' | '\n' | '\r' | '\x0c');
    // Eight-bit sets have no mark: mostly ASCII, and nothing that is a control character in any of them.
    let ascii = start.iter().filter(|&&byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')).count();
    let controls =
        start.iter().any(|&byte| byte < 32 && !matches!(byte, 8 | 9 | 10 | 12 | 13 | 27 | 31) || byte == 127);
    let in_eight_bits = start.len() >= FEW_BYTES && !controls && ascii * 2 >= start.len();
    let is_text =
        wide || in_eight_bits || readable.is_some_and(|text| !text.is_empty() && text.chars().all(plain));
    is_text.then_some(TEXT_FILE)
}

/// Whether that is a Java class: it shares its magic with fat Mach-O files, whose number of slices stands where it has its version.
pub(crate) fn is_java_class(bytes: &[u8]) -> bool {
    matches!(bytes, [0xca, 0xfe, 0xba, 0xbe, _, _, 0, 45..=127, ..])
}

/// Python's magic is a number of its version, then the end of a line; behind it flags, of which few are in use.
fn is_python(bytes: &[u8]) -> bool {
    let Some([low, high, b'\r', b'\n', flags, _, _, _]) = bytes.first_chunk::<8>() else { return false };
    let version = u16::from_le_bytes([*low, *high]);
    match version {
        // Python 3.7 and newer, then those before, which have a time there.
        3390..=3999 => *flags < 4,
        3000..3390 | 60_000..=62_300 => true,
        _ => false,
    }
}

/// The machine of an ELF file of the other byte order, by its type and version as well.
fn big_elf(bytes: &[u8]) -> Option<&'static str> {
    let half = |at| Some(u16::from_be_bytes(Bytes::slice(bytes, at, 2)?.try_into().ok()?));
    let big = bytes.starts_with(b"\x7fELF") && bytes.get(5) == Some(&2);
    let sound = matches!(half(16)?, 1..=4) && Bytes::slice(bytes, 20, 4)? == [0, 0, 0, 1];
    let machine = half(18)?;
    // big endian, ours is another one's
    let name = if machine == 183 { Some("AArch64") } else { named(ELF_MACHINES, machine) };
    name.filter(|_| big && sound)
}

/// The machine of an object file of Microsoft's, by its header and its sections: the magic is two bytes.
fn other_coff(bytes: &[u8]) -> Option<&'static str> {
    let machine = named(COFF_MACHINES, bytes.u16_at(0)?)?;
    let sections = bytes.u16_at(2)?;
    let (symbols, count) = (u64::from(bytes.u32_at(8)?), u64::from(bytes.u32_at(12)?));
    let plain = matches!(sections, 1..=COFF_SECTIONS) && bytes.u16_at(16)? == 0;
    let table = symbols >= COFF_HEADER && symbols + count * 18 <= bytes.len() as u64;
    let headers = COFF_HEADER + COFF_SECTION * u64::from(sections) <= symbols;
    let name = matches!(bytes.u8_at(COFF_HEADER)?, b'.' | b'_' | b'/' | b'$');
    (plain && table && headers && name).then_some(machine)
}
