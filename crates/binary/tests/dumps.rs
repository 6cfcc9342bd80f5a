//! Minidumps: modules at their addresses under their names, and code that belongs to none.

use cognate_base::{Budget, Limits};
use cognate_binary::{Arch, Format, LoadOptions, Loaded, load, recover, walk};

const BASE: u64 = 0x7ff6_1234_0000;
const LOOSE: u64 = 0x1f0_0000;

/// A library of ours as Windows maps it, at the address it was linked for.
fn mapped() -> (Vec<u8>, Loaded) {
    let path = format!("{}/tests/fixtures/pe-x86_64.dll", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read(path).unwrap();
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(file.clone().into(), &LoadOptions::default(), &mut budget).unwrap();
    let mut image = file[..0x400].to_vec();
    for segment in loaded.image.segments().iter().skip(1) {
        image.resize((segment.address - loaded.image.base) as usize, 0);
        image.extend(loaded.image.segment_bytes(segment));
    }
    image.resize(image.len().next_multiple_of(0x1000), 0);
    (image, loaded)
}

fn word(value: u32) -> [u8; 4] {
    value.to_le_bytes()
}

fn long(value: u64) -> [u8; 8] {
    value.to_le_bytes()
}

/// A dump of modules (base, size, name), memory (address, bytes) and what may be executed (address, size).
fn minidump(
    modules: &[(u64, u32, &str)],
    memory: &[(u64, Vec<u8>)],
    executable: Option<&[(u64, u64)]>,
) -> Vec<u8> {
    let system = [vec![9, 0], vec![0; 54]].concat();
    let names: Vec<u8> = modules
        .iter()
        .flat_map(|(.., name)| {
            let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            [word(units.len() as u32).to_vec(), units, vec![0, 0]].concat()
        })
        .collect();
    let names_at = 0x200;
    let mut list = word(modules.len() as u32).to_vec();
    let mut name = names_at;
    for (base, size, text) in modules {
        let mut row = [long(*base).to_vec(), word(*size).to_vec(), vec![0; 8], word(name).to_vec()].concat();
        row.resize(108, 0);
        list.extend(row);
        name += 6 + 2 * text.len() as u32;
    }
    let infos = executable.map(|executable| {
        let mut infos = [word(16), word(48)].concat();
        infos.extend(long(executable.len() as u64));
        for (base, size) in executable {
            infos.extend([long(*base), long(*base)].concat());
            infos.extend([word(0x40), word(0)].concat());
            infos.extend(long(*size));
            infos.extend([word(0x1000), word(0x40), word(0x20000), word(0)].concat());
        }
        infos
    });
    let mut bytes = Vec::new();
    bytes.extend([0u8; 0x200]);
    bytes.extend(names);
    let mut streams = Vec::new();
    for (kind, data) in [(7, Some(system)), (4, Some(list)), (16, infos)] {
        if let Some(data) = data {
            streams.push((kind, data.len(), bytes.len()));
            bytes.extend(data);
        }
    }
    let rows = bytes.len();
    let data = rows + 16 + 16 * memory.len();
    streams.push((9, 16 + 16 * memory.len(), rows));
    bytes.extend([long(memory.len() as u64), long(data as u64)].concat());
    memory
        .iter()
        .for_each(|(address, part)| bytes.extend([long(*address), long(part.len() as u64)].concat()));
    memory.iter().for_each(|(_, part)| bytes.extend(part));
    bytes[..16].copy_from_slice(&[*b"MDMP", word(0xa793), word(streams.len() as u32), word(32)].concat());
    for (index, (kind, len, at)) in streams.into_iter().enumerate() {
        let row = [word(kind), word(len as u32), word(at as u32)].concat();
        bytes[32 + 12 * index..][..12].copy_from_slice(&row);
    }
    bytes
}

/// The members of a dump as they load, and the gaps of the walk.
fn open(dump: Vec<u8>) -> (Vec<(String, Loaded)>, Vec<String>) {
    let mut members = Vec::new();
    let gaps = walk("d", dump.into(), &Limits::default(), &mut |member| {
        let mut budget = Budget::new(&Limits::default());
        let loaded = load(member.bytes, &LoadOptions::default(), &mut budget).unwrap();
        members.push((member.name, loaded));
    });
    (members, gaps.iter().map(ToString::to_string).collect())
}

#[test]
fn a_module_is_read_at_its_address_under_its_name() {
    let (image, linked) = mapped();
    // stored in two parts, as pages are
    let (first, rest) = (image[..0x2000].to_vec(), image[0x2000..].to_vec());
    let size = image.len() as u32;
    let modules = [(BASE, size, "C:\\Windows\\System32\\small.dll")];
    let (members, gaps) = open(minidump(&modules, &[(BASE, first), (BASE + 0x2000, rest)], Some(&[])));
    assert_eq!(gaps, [""; 0]);
    let [(name, loaded)] = &members[..] else { panic!("{members:?}") };
    assert_eq!(name, "d!small.dll");
    assert_eq!((loaded.image.format, loaded.image.base), (Format::PeMemory, BASE));
    let starts = |loaded: &Loaded| -> Vec<u64> {
        let program = recover(&loaded.image, &loaded.hints, &mut Budget::new(&Limits::default()));
        program.functions.iter().map(|function| function.address - loaded.image.base).collect()
    };
    assert_eq!(starts(loaded), starts(&linked));
}

#[test]
fn code_outside_of_modules_is_read_and_said_to_be() {
    let code = b"\x55\x48\x89\xe5\xe8\x03\0\0\0\x5d\xc3\x90\x31\xc0\xc3".to_vec();
    let (image, _) = mapped();
    let modules = [(BASE, image.len() as u32, "small.dll")];
    let executable = [(BASE + 0x1000, 0x1000), (LOOSE, 0x1000), (LOOSE + 0x8000, 0x1000)];
    let memory = [(LOOSE, code), (LOOSE + 0x4000, vec![0x90; 64]), (BASE, image)];
    let (members, gaps) = open(minidump(&modules, &memory, Some(&executable)));
    assert_eq!(gaps, [""; 0]);
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["d!small.dll", "d!memory at 0x1f00000"], "what may not be executed is left out");
    let loaded = &members[1].1;
    assert_eq!(
        (loaded.image.format, loaded.image.arch, loaded.image.base),
        (Format::Raw, Arch::X86_64, LOOSE)
    );
    let gaps: Vec<String> = loaded.gaps.iter().map(ToString::to_string).collect();
    assert_eq!(gaps, ["gap at address 0x1f00000: memory: belongs to no module of the dump; read as code"]);
}

/// The members' names, and the gaps.
#[track_caller]
fn check(dump: Vec<u8>, members: &[&str], gaps: &[&str]) {
    let (found, said) = open(dump);
    let found: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((found, said), (members.to_vec(), gaps.iter().map(ToString::to_string).collect()));
}

#[test]
fn what_a_dump_does_not_hold_is_said() {
    let (image, _) = mapped();
    let size = image.len() as u32;
    let modules = [(BASE, size, "a.dll"), (BASE + 0x1000, size, "b.dll"), (LOOSE, 0x1000, "c.dll")];
    check(
        minidump(&modules, &[(BASE, image)], None),
        &["d!a.dll"],
        &[
            "gap: archive d!b.dll: lies over another module; left out",
            "gap: archive d!c.dll: 0 of its 4096 bytes are in the dump",
            "gap: archive d: does not say what may be executed: only modules are read",
        ],
    );
}

#[test]
fn memory_that_is_there_twice_is_read_once() {
    let (image, _) = mapped();
    let modules = [(BASE, image.len() as u32, "a.dll")];
    let memory = [(BASE, image.clone()), (BASE + 0x800, vec![0xcc; 0x400])];
    check(
        minidump(&modules, &memory, Some(&[])),
        &["d!a.dll"],
        &["gap: archive d: holds memory twice; the first is taken"],
    );
}

#[test]
fn dumps_cut_anywhere_never_panic() {
    let (image, _) = mapped();
    let dump = minidump(&[(BASE, image.len() as u32, "a.dll")], &[(BASE, image)], Some(&[(LOOSE, 64)]));
    for keep in (0..0x600).chain((0x600..dump.len()).step_by(97)) {
        walk("d", dump[..keep].to_vec().into(), &Limits::default(), &mut |member| {
            let mut budget = Budget::new(&Limits::default());
            let _ = load(member.bytes, &LoadOptions::default(), &mut budget);
        });
    }
}

/// A core file: memory (address, flags, bytes), and mapped files (start, end, page, path).
fn core(memory: &[(u64, u32, Vec<u8>)], files: &[(u64, u64, u64, &str)]) -> Vec<u8> {
    let mut note = [long(files.len() as u64), long(0x1000)].concat();
    files
        .iter()
        .for_each(|(start, end, page, _)| note.extend([long(*start), long(*end), long(*page)].concat()));
    files.iter().for_each(|(.., path)| note.extend(format!("{path}\0").bytes()));
    let note = [
        word(5).to_vec(),
        word(note.len() as u32).to_vec(),
        word(0x4649_4c45).to_vec(),
        b"CORE\0\0\0\0".to_vec(),
        note,
    ]
    .concat();
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0\x3e\0\x01\0\0\0".to_vec();
    file.extend([long(0), long(64), long(0)].concat());
    file.extend(b"\0\0\0\0\x40\0\x38\0");
    file.extend([memory.len() as u8 + 1, 0, 64, 0, 0, 0, 0, 0]);
    let mut at = 0x400u64;
    let mut header = |kind: u32, flags: u32, address: u64, len: u64| {
        file.extend([word(kind), word(flags)].concat());
        file.extend([long(at), long(address), long(0), long(len), long(len), long(1)].concat());
        at += len;
    };
    header(4, 0, 0, note.len() as u64);
    memory.iter().for_each(|(address, flags, bytes)| header(1, *flags, *address, bytes.len() as u64));
    file.resize(0x400, 0);
    file.extend(note);
    memory.iter().for_each(|(.., bytes)| file.extend(bytes));
    file
}

#[test]
fn a_core_whose_headers_all_name_the_same_damaged_notes_says_so_once() {
    // 200 headers over one note of 20,000 files, of which the last has a name without end
    let files: Vec<(u64, u64, u64, &str)> = (0..20_000).map(|at| (at, at, 0, "f")).collect();
    let mut dump = core(&[], &files);
    dump.pop();
    let header = dump[64..120].to_vec();
    dump.splice(120..120, header.repeat(200));
    dump[56] = 201;
    dump[72..80].copy_from_slice(&long(0x400 + 200 * 56));
    (1..201)
        .for_each(|at| dump[64 + at * 56 + 8..64 + at * 56 + 16].copy_from_slice(&long(0x400 + 200 * 56)));
    check(dump, &[], &["gap: archive d: its list of mapped files is damaged or missing"]);
}

#[test]
fn a_library_in_a_core_is_read_at_its_address() {
    let path = format!("{}/tests/fixtures/elf-x86_64.stripped", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read(path).unwrap();
    let mut budget = Budget::new(&Limits::default());
    let linked = load(file.clone().into(), &LoadOptions::default(), &mut budget).unwrap();
    // its pages as they are mapped: the first is code, the second data
    let mut pages = vec![0; 0x2000 + 0x1000];
    for segment in linked.image.segments().iter().rev() {
        let bytes = linked.image.segment_bytes(segment);
        pages[segment.address as usize..][..bytes.len()].copy_from_slice(bytes);
    }
    pages[..0x1c8].copy_from_slice(&file[..0x1c8]);
    let (code, data) = (pages[..0x1000].to_vec(), pages[0x1000..].to_vec());
    let files =
        [(BASE, BASE + 0x1000, 0, "/lib/small.so"), (BASE + 0x1000, BASE + 0x3000, 0, "/lib/small.so")];
    let files = files.map(|(start, end, _, path)| (start, end, (start - BASE) >> 12, path));
    let memory = [(BASE, 5, code), (BASE + 0x1000, 6, data), (LOOSE, 7, b"\x31\xc0\xc3\x90".to_vec())];
    let (members, gaps) = open(core(&memory, &files));
    assert_eq!(gaps, [""; 0]);
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["d!small.so", "d!memory at 0x1f00000"]);
    let functions = |loaded: &Loaded, base: u64| -> Vec<u64> {
        let program = recover(&loaded.image, &loaded.hints, &mut Budget::new(&Limits::default()));
        program.functions.iter().map(|function| function.address - base).collect()
    };
    let (found, expected) = (functions(&members[0].1, BASE), functions(&linked, 0));
    // Sections are not in memory, so relocations before the code are looked at as code: one seems a function.
    assert_eq!(found, [&[0x280], &expected[..]].concat());
}

#[test]
fn a_library_whose_code_is_not_in_the_core_is_said_to_be_missing() {
    let files = [(BASE, BASE + 0x1000, 0, "/lib/a.so"), (BASE + 0x1000, BASE + 0x2000, 1, "/lib/a.so")];
    let header = [b"\x7fELF".to_vec(), vec![0; 0xffc]].concat();
    let mut dump = core(&[(BASE, 4, header), (BASE + 0x1000, 5, vec![0; 0x1000])], &files);
    // the second piece of memory has no bytes in the file
    let row = 64 + 56 * 2;
    dump[row + 32..row + 40].fill(0);
    let gap = "gap: archive d!a.so: 0 of its 4096 bytes of code are in the core";
    check(dump, &[], &[gap]);
}
