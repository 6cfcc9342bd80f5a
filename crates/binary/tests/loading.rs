//! The loaders on files of our own, whole and damaged.

use cognate_base::{Budget, Limits};
use cognate_binary::{Arch, ErrorKind, Format, LoadOptions, Loaded, RawLayout, StartSource, load, walk};
use proptest::prelude::*;
use std::collections::BTreeSet;

const FIXTURES: [&str; 22] = [
    "elf-x86",
    "elf-x86.stripped",
    "elf-x86_64",
    "elf-x86_64.stripped",
    "elf-x86_64.o",
    "elf-aarch64",
    "elf-aarch64.stripped",
    "pe-x86.dll",
    "pe-x86_64.dll",
    "pe-x86_64.stripped.dll",
    "macho-aarch64",
    "macho-fat",
    "coff-x86.obj",
    "coff-x86_64.obj",
    "coff-aarch64.obj",
    "coff-big.obj",
    "coff-refs-x86.obj",
    "coff-refs-x86_64.obj",
    "coff-refs-aarch64.obj",
    "coff.lib",
    "coff-import.lib",
    "arm64ec.dll",
];

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn load_bytes(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, cognate_binary::Error> {
    load(bytes.into(), options, &mut Budget::new(&Limits::default()))
}

fn starts(loaded: &Loaded, source: StartSource) -> BTreeSet<u64> {
    loaded.hints.starts.iter().filter(|start| start.source == source).map(|start| start.address).collect()
}

/// Loads a fixture: its format, instruction set, and how many distinct starts a source gives.
#[track_caller]
fn check(name: &str, format: Format, arch: Arch, source: StartSource, count: usize) -> Loaded {
    let loaded = load_bytes(&fixture(name), &LoadOptions::default()).unwrap();
    assert_eq!((loaded.image.format, loaded.image.arch), (format, arch));
    assert_eq!(starts(&loaded, source).len(), count, "{source:?}: {:x?}", loaded.hints.starts);
    assert!(loaded.gaps.is_empty(), "{:?}", loaded.gaps);
    loaded
}

#[track_caller]
fn named(loaded: &Loaded, name: &str) -> u64 {
    let found = loaded.hints.names.iter().find(|(_, symbol)| symbol.name == name);
    *found.unwrap_or_else(|| panic!("{name} in {:?}", loaded.hints.names)).0
}

#[test]
fn an_elf_with_symbols_names_its_functions() {
    let loaded = check("elf-x86_64", Format::Elf, Arch::X86_64, StartSource::Symbol, 4);
    assert_eq!(loaded.image.entry, Some(named(&loaded, "entry")));
    for name in ["add", "choose", "mix"] {
        assert!(starts(&loaded, StartSource::Unwind).contains(&named(&loaded, name)));
    }
}

#[test]
fn a_stripped_elf_still_has_its_unwind_table() {
    check("elf-x86_64.stripped", Format::Elf, Arch::X86_64, StartSource::Unwind, 4);
    check("elf-aarch64.stripped", Format::Elf, Arch::Aarch64, StartSource::Unwind, 4);
}

#[test]
fn pic_for_x86_knows_its_global_offset_table() {
    let loaded = check("elf-x86", Format::Elf, Arch::X86, StartSource::Symbol, 8);
    assert!(loaded.hints.got.is_some());
}

#[test]
fn relocated_pointers_lead_to_functions() {
    let loaded = check("elf-x86_64.stripped", Format::Elf, Arch::X86_64, StartSource::Unwind, 4);
    let functions = starts(&loaded, StartSource::Unwind);
    let to_code = loaded.hints.relocations.values().filter(|target| functions.contains(target)).count();
    assert_eq!(to_code, 2, "the two handlers: {:x?}", loaded.hints.relocations);
}

#[test]
fn an_object_file_is_laid_out() {
    let loaded = check("elf-x86_64.o", Format::Elf, Arch::X86_64, StartSource::Symbol, 4);
    assert!(named(&loaded, "entry") >= 0x10_0000);
}

#[test]
fn a_pe_for_x64_has_an_exception_directory() {
    let loaded = check("pe-x86_64.dll", Format::Pe, Arch::X86_64, StartSource::Unwind, 4);
    assert!(starts(&loaded, StartSource::Unwind).contains(&named(&loaded, "mix")));
    check("pe-x86_64.stripped.dll", Format::Pe, Arch::X86_64, StartSource::Unwind, 4);
}

#[test]
fn a_pe_for_x86_has_coff_symbols() {
    let loaded = check("pe-x86.dll", Format::Pe, Arch::X86, StartSource::Unwind, 4);
    named(&loaded, "_choose");
    assert_eq!(loaded.image.entry, Some(named(&loaded, "entry")));
}

#[test]
fn a_macho_lists_its_function_starts() {
    let loaded = check("macho-aarch64", Format::MachO, Arch::Aarch64, StartSource::Table, 4);
    assert_eq!(loaded.image.entry, Some(named(&loaded, "_entry")));
}

#[test]
fn a_fat_macho_is_walked_slice_by_slice() {
    let mut names = Vec::new();
    let gaps = walk("fat", fixture("macho-fat").into(), &Limits::default(), &mut |member| {
        let loaded = load_bytes(&member.bytes, &LoadOptions::default()).unwrap();
        names.push((member.name, loaded.image.arch));
    });
    assert!(gaps.is_empty());
    assert_eq!(names, [("fat!x86_64".to_owned(), Arch::X86_64), ("fat!arm64".to_owned(), Arch::Aarch64)]);
}

/// Cuts, wipes or overwrites a fixture; it must load all the same, with a gap that says so.
#[track_caller]
fn check_damaged(name: &str, damage: impl Fn(&mut Vec<u8>), gap: &str) {
    let mut bytes = fixture(name);
    damage(&mut bytes);
    let loaded = load_bytes(&bytes, &LoadOptions::default()).unwrap();
    assert!(loaded.image.segments().iter().any(|segment| segment.executable && segment.file_bytes > 0));
    let gaps: Vec<String> = loaded.gaps.iter().map(ToString::to_string).collect();
    assert!(gaps.iter().any(|found| found.contains(gap)), "{gaps:#?}");
}

#[test]
fn a_pe_without_its_dos_header_loads_with_a_gap() {
    check_damaged("pe-x86_64.dll", |bytes| bytes[..0x40].fill(0), "gap at 0x3c: PE header");
}

#[test]
fn a_tiny_pe_with_a_wiped_header_tells_no_instruction_set() {
    let wipe = |bytes: &mut Vec<u8>| {
        let table = bytes.windows(5).position(|window| window == b".text").unwrap();
        bytes[..table].fill(0);
    };
    // No machine field is left and the code holds too few calls to tell: the table is found,
    // but nothing says which instruction set it is for. Known, and right to refuse.
    let mut bytes = fixture("pe-x86_64.dll");
    wipe(&mut bytes);
    assert_eq!(load_bytes(&bytes, &LoadOptions::default()).unwrap_err().kind(), ErrorKind::UnknownContainer);
}

#[test]
fn a_pe_with_too_many_sections_loads_with_a_gap() {
    let damage = |bytes: &mut Vec<u8>| {
        let header = usize::from(bytes[0x3c]) + 6;
        bytes[header..header + 2].fill(0xff);
    };
    check_damaged("pe-x86_64.dll", damage, "number of sections: not believable");
}

#[test]
fn an_elf_without_its_magic_loads() {
    check_damaged("elf-x86_64", |bytes| bytes[4] = 0xff, "ELF class: not believable");
}

#[test]
fn an_elf_with_wiped_program_headers_falls_back_on_sections() {
    check_damaged("elf-x86_64", |bytes| bytes[0x40..0x140].fill(0), "program headers: unreadable");
}

#[test]
fn a_truncated_elf_falls_back_on_segments() {
    let cut = |bytes: &mut Vec<u8>| {
        let len = bytes.len() - 0x400;
        bytes.truncate(len);
    };
    check_damaged("elf-x86_64.stripped", cut, "section headers: unreadable");
}

#[test]
fn a_mapped_pe_is_recognised() {
    let file = fixture("pe-x86_64.dll");
    let loaded = load_bytes(&file, &LoadOptions::default()).unwrap();
    let end = loaded.image.segments().iter().map(|segment| segment.end() - loaded.image.base).max().unwrap();
    let mut mapped = vec![0; usize::try_from(end).unwrap()];
    for segment in loaded.image.segments() {
        let bytes = loaded.image.segment_bytes(segment);
        let at = usize::try_from(segment.address - loaded.image.base).unwrap();
        mapped[at..at + bytes.len()].copy_from_slice(bytes);
    }
    let again = load_bytes(&mapped, &LoadOptions::default()).unwrap();
    assert_eq!(again.image.format, Format::PeMemory);
    assert_eq!(starts(&again, StartSource::Unwind), starts(&loaded, StartSource::Unwind));
}

/// A PE without any header, as a file: 40 functions, their unwind records, pointers to them, their table.
fn headless_pe() -> Vec<u8> {
    let mut bytes = vec![0; 0x400];
    for _ in 0..40 {
        bytes.extend(b"\x48\x83\xec\x28\x33\xc0\x48\x83\xc4\x28\xc3\xcc\xcc\xcc\xcc\xcc");
    }
    bytes.resize(0x800, 0);
    bytes.extend(b"\x01\x04\x01\x00\x04\x42\x00\x00");
    (0..40u64).for_each(|index| bytes.extend((0x1_8000_0000 + 0x1000 + index * 16).to_le_bytes()));
    bytes.resize(0xa00, 0);
    for index in 0..40u32 {
        let begin = 0x1000 + index * 16;
        [begin, begin + 11, 0x2000].iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    }
    bytes.resize(0xc00, 0);
    bytes
}

/// Loads it: the base is told by the pointers, the starts by the table.
#[track_caller]
fn check_headless(bytes: &[u8], format: Format) {
    let loaded = load_bytes(bytes, &LoadOptions::default()).unwrap();
    assert_eq!((loaded.image.format, loaded.image.base), (format, 0x1_8000_0000));
    let expected: BTreeSet<u64> = (0..40).map(|index| 0x1_8000_1000 + index * 16).collect();
    assert_eq!(starts(&loaded, StartSource::Unwind), expected);
    assert_eq!(
        loaded.image.read_uint(0x1_8000_2008, 8),
        Some(0x1_8000_1000),
        "data is where code refers to it"
    );
    assert!(loaded.gaps.iter().any(|gap| gap.subject == "headers"), "{:?}", loaded.gaps);
}

#[test]
fn a_pe_file_without_any_header_is_laid_out_by_its_function_table() {
    check_headless(&headless_pe(), Format::Pe);
}

#[test]
fn a_pe_image_without_any_header_is_laid_out_by_its_function_table() {
    let file = headless_pe();
    let mut image = vec![0; 0x4000];
    for (from, to) in [(0x400..0x800, 0x1000), (0x800..0xa00, 0x2000), (0xa00..0xc00, 0x3000)] {
        image[to..to + from.len()].copy_from_slice(&file[from]);
    }
    check_headless(&image, Format::PeMemory);
}

#[test]
fn noise_is_refused_with_a_hint() {
    for magic in
        [&b""[..], b"MZ", b"\x7fELF\x02\x01\x01", b"\xcf\xfa\xed\xfe", b"\x64\x86\x01\0", b"\x4c\x01\x01\0"]
    {
        let mut bytes = magic.to_vec();
        let mut state = 1u64;
        bytes.extend(
            std::iter::repeat_with(|| {
                state = cognate_base::mix(state);
                state as u8
            })
            .take(65536),
        );
        let error = load_bytes(&bytes, &LoadOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownContainer);
        assert_eq!(error.next_step(), Some(&cognate_base::Hint::ReadAsCode));
    }
}

#[test]
fn raw_code_is_taken_as_named() {
    let raw = Some(RawLayout { arch: Arch::X86, base: 0x1000 });
    let loaded = load_bytes(b"\x55\x8b\xec\xc3", &LoadOptions { raw, memory: false }).unwrap();
    assert_eq!((loaded.image.format, loaded.image.entry), (Format::Raw, Some(0x1000)));
    assert!(loaded.image.is_code(0x1003));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_files_never_panic(
        which in 0..FIXTURES.len(),
        edits in prop::collection::vec((0usize..0x4000, any::<u8>()), 0..48),
        extremes in prop::collection::vec((0usize..0x180, prop::sample::select(vec![0u32, u32::MAX, 1 << 31, 0x7fff_ffff])), 0..4),
        keep in 0usize..0x5000,
        memory in any::<bool>(),
    ) {
        let mut bytes = fixture(FIXTURES[which]);
        let len = bytes.len();
        for (at, value) in edits {
            bytes[at % len] = value;
        }
        for (at, value) in extremes {
            let at = (at * 4) % (len - 4);
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        bytes.truncate(keep.max(1));
        walk("fixture", bytes.into(), &Limits::default(), &mut |member| {
            let options = LoadOptions { memory, raw: None };
            if let Ok(loaded) = load_bytes(&member.bytes, &options) {
                assert!(loaded.hints.starts.iter().all(|start| loaded.image.is_code(start.address)));
            }
        });
    }
}
