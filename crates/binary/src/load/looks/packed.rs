//! Recognises code that is packed or encrypted: what runs is then not in the file as code, and what
//! is read of it is the packer's own.

use crate::Forgeability::Trivial;
use crate::load::common::entropy;
use crate::{Image, Loaded, Segment};
use cognate_base::{Budget, PACKED, Place};

/// Bytes whose entropy is measured at once.
const WINDOW: usize = 4096;
/// Bits a byte from which such bytes are as random as compressed ones. Those have 7.9 and more, code of all kinds 5 to 6.8.
/// Between the two: judgement.
const RANDOM: f64 = 7.5;
/// Bytes of windows that are measured in the time that decoding one instruction takes.
const BYTES_A_UNIT: u64 = 64;
/// Executable memory without bytes in the file that is worth a word. Judgement.
const HOLLOW: u64 = 4096;
/// No program of some size has so few imports, but one whose imports are found when it runs. Judgement.
const FEW_IMPORTS: usize = 4;
/// How much of a program is worth that word. Judgement.
const SOME_CODE: u64 = 16 << 10;

/// Sections that packers make, as their makers and those who unpack them name them.
const SECTIONS: &[(&str, &str)] = &[
    ("UPX0", "UPX"),
    ("UPX1", "UPX"),
    (".UPX0", "UPX"),
    (".UPX1", "UPX"),
    (".aspack", "ASPack"),
    (".adata", "ASPack"),
    (".MPRESS1", "MPRESS"),
    (".MPRESS2", "MPRESS"),
    (".petite", "Petite"),
    ("PEC2", "PECompact"),
    ("PEC2MO", "PECompact"),
    ("pec1", "PECompact"),
    (".nsp0", "NsPack"),
    (".nsp1", "NsPack"),
    ("nsp0", "NsPack"),
    ("nsp1", "NsPack"),
    ("MEW", "MEW"),
    ("FSG!", "FSG"),
    (".yP", "yoda's protector"),
    (".y0da", "yoda's protector"),
    (".themida", "Themida"),
    (".winlice", "WinLicense"),
    (".vmp0", "VMProtect"),
    (".vmp1", "VMProtect"),
    (".vmp2", "VMProtect"),
    (".enigma1", "Enigma"),
    (".enigma2", "Enigma"),
    (".RLPack", "RLPack"),
    (".packed", "RLPack"),
    (".svkp", "SVKP"),
    (".perplex", "Perplex"),
    ("kkrunchy", "kkrunchy"),
    (".sforce3", "StarForce"),
    ("ProCrypt", "ProCrypt"),
];

/// What UPX writes into every file that it packs.
const UPX: &[u8] = b"UPX!";
/// How far from the beginning. Judgement.
const UPX_WITHIN: usize = 8192;

/// What speaks for it.
struct Signs {
    packer: Option<&'static str>,
    /// Executable bytes in the file, and how many of them are as random as compressed ones.
    code: u64,
    random: u64,
    /// Executable and writable memory that has no bytes in the file.
    hollow: u64,
    /// The program begins in code that may be written to.
    begins_in_writable: bool,
    imports: usize,
}

/// Says of packed or encrypted code that it is, with what speaks for it.
///
/// A segment that is nearly all such bytes is no code from then on: what they decode to are functions of nobody,
/// and the few instructions beside them are the packer's.
pub(in crate::load) fn look(loaded: &mut Loaded, budget: &mut Budget) {
    let Some(signs) = signs(loaded, budget) else { return };
    if !signs.decide() {
        return;
    }
    loaded.traits.push("packer", signs.packer.unwrap_or("not known"), Trivial);
    loaded.code_gap(Place::Whole, "executable code", &signs.reason());
    let is_noise = |segment: &Segment| {
        let random = random_bytes(loaded.image.segment_bytes(segment));
        segment.executable && random > 0 && random * 4 >= segment.file_bytes * 3
    };
    let noise: Vec<usize> =
        (0..).zip(loaded.image.segments()).filter(|(_, it)| is_noise(it)).map(|(at, _)| at).collect();
    for index in noise {
        loaded.image.set_executable(index, false);
    }
}

fn signs(loaded: &Loaded, budget: &mut Budget) -> Option<Signs> {
    let image = &loaded.image;
    let executable = || image.segments().iter().filter(|segment| segment.executable);
    let code: u64 = executable().map(|segment| segment.file_bytes).sum();
    budget.spend(code / BYTES_A_UNIT).ok()?;
    let random = executable().map(|segment| random_bytes(image.segment_bytes(segment))).sum();
    let is_hollow =
        |segment: &&Segment| segment.writable && segment.file_bytes == 0 && segment.size >= HOLLOW;
    let entry = image.entry.and_then(|entry| image.segment_at(entry));
    let mut names: Vec<&str> = loaded.hints.imports.values().map(|import| import.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    Some(Signs {
        packer: packer(image),
        code,
        random,
        hollow: executable().filter(is_hollow).map(|segment| segment.size).sum(),
        begins_in_writable: entry.is_some_and(|segment| segment.executable && segment.writable),
        imports: names.len(),
    })
}

fn random_bytes(bytes: &[u8]) -> u64 {
    let windows = bytes.chunks_exact(WINDOW);
    windows.filter(|window| entropy(window) >= RANDOM).map(|window| window.len() as u64).sum()
}

fn packer(image: &Image) -> Option<&'static str> {
    let head = image.bytes().get(..UPX_WITHIN).unwrap_or(image.bytes());
    let by_name =
        |segment: &Segment| SECTIONS.iter().find(|(name, _)| *name == segment.name).map(|found| found.1);
    let named = image.segments().iter().find_map(by_name);
    named.or_else(|| head.windows(UPX.len()).any(|at| at == UPX).then_some("UPX"))
}

impl Signs {
    fn decide(&self) -> bool {
        let mostly_random = self.code > 0 && self.random * 2 >= self.code;
        let unpacks_itself = self.hollow > 0 && self.begins_in_writable;
        // a name alone is nothing: whoever likes gives sections the names of a packer
        let fits = self.random * 5 >= self.code.max(1) || self.hollow > 0 || self.has_few_imports();
        mostly_random || unpacks_itself || self.packer.is_some() && fits
    }

    fn has_few_imports(&self) -> bool {
        self.imports > 0 && self.imports <= FEW_IMPORTS && self.code >= SOME_CODE
    }

    fn reason(&self) -> String {
        let mut signs = Vec::new();
        signs.extend(self.packer.map(|packer| format!("marks of {packer}")));
        if self.random > 0 {
            signs.push(format!(
                "{} of {} executable bytes are as random as compressed or encrypted ones",
                self.random, self.code
            ));
        }
        if self.hollow > 0 {
            signs.push(format!("{} bytes of executable memory are filled only when it runs", self.hollow));
        }
        if self.begins_in_writable {
            signs.push("it begins in code that may be written to".to_owned());
        }
        if self.has_few_imports() {
            signs.push(format!("imports: {}", self.imports));
        }
        format!("{PACKED} ({}); what runs later is not read", signs.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Arch, Format, Import};
    use cognate_base::{Limits, mix};

    /// A section: name, executable, writable, bytes in the file, size in memory.
    type Section<'a> = (&'a str, bool, bool, Vec<u8>, u64);

    fn random(len: usize) -> Vec<u8> {
        (0..len as u64).map(|at| mix(at) as u8).collect()
    }

    fn code(len: usize) -> Vec<u8> {
        b"\x55\x48\x89\xe5\x8b\x45\x08\x83\xc0\x01\x5d\xc3\xcc\xcc\xcc\xcc"
            .iter()
            .copied()
            .cycle()
            .take(len)
            .collect()
    }

    /// What is said of a file with these sections that begins in the one of that number.
    fn said(sections: &[Section<'_>], entry: usize, imports: u64) -> Option<String> {
        let (mut bytes, mut segments) = (Vec::new(), Vec::new());
        for (at, (name, executable, writable, content, size)) in (0u64..).zip(sections) {
            segments.push(Segment {
                name: (*name).to_owned(),
                address: 0x40_0000 + at * 0x10_0000,
                size: *size,
                file_offset: bytes.len() as u64,
                file_bytes: content.len() as u64,
                writable: *writable,
                executable: *executable,
            });
            bytes.extend(content);
        }
        let mut image = Image::new(Format::Pe, Arch::X86, 0x40_0000, segments, bytes.into());
        image.entry = Some(0x40_0000 + entry as u64 * 0x10_0000);
        let mut loaded = Loaded::new(image);
        for at in 0..imports {
            let import = Import { library: None, name: format!("f{at}") };
            loaded.hints.imports.insert(0x90_0000 + at * 4, import);
        }
        look(&mut loaded, &mut Budget::new(&Limits::default()));
        let left = loaded.image.segments().iter().filter(|segment| segment.executable);
        assert!(
            left.into_iter().all(|segment| random_bytes(loaded.image.segment_bytes(segment)) * 4
                < segment.file_bytes.max(1) * 3)
        );
        loaded.gaps.first().map(|gap| {
            assert!(gap.code_lost);
            gap.reason.clone()
        })
    }

    #[test]
    fn packed_code_is_told_by_what_it_is_and_not_by_a_name_alone() {
        let plain =
            |name| [(name, true, false, code(40_960), 40_960), (".data", false, true, random(8192), 8192)];
        assert_eq!(said(&plain(".text"), 0, 50), None, "a program with compressed data");
        assert_eq!(said(&plain("UPX1"), 0, 50), None, "a plain program whose section has a packer's name");
        let few = said(&plain("UPX1"), 0, 3).unwrap();
        assert!(few.contains("marks of UPX, imports: 3"), "{few}");

        let upx = [("UPX0", true, true, vec![], 65_536), ("UPX1", true, true, random(32_768), 32_768)];
        let found = said(&upx, 1, 4).unwrap();
        assert!(found.contains("marks of UPX, 32768 of 32768 executable bytes"), "{found}");
        assert!(found.contains("65536 bytes of executable memory are filled only when it runs"), "{found}");

        let nameless = [("a", true, true, vec![], 65_536), ("b", true, true, code(4096), 4096)];
        assert!(said(&nameless, 1, 30).is_some(), "it begins in writable code beside memory that it fills");
        let incremental =
            [(".textbss", true, true, vec![], 65_536), (".text", true, false, code(4096), 4096)];
        assert_eq!(said(&incremental, 1, 30), None, "what MSVC leaves room in to change a program");
        let tables = [(".text", true, false, [code(65_536), random(16_384)].concat(), 81_920)];
        assert_eq!(said(&tables, 0, 30), None, "tables of a cipher amid its code");
    }
}
