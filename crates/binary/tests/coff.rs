//! COFF objects, Windows static libraries and images of two instruction sets, built from our own sources
//! (`fixtures/coff.c`, `fixtures/coff-refs-*.s`, `fixtures/arm64ec`).

use cognate_base::{Budget, Gap, Limits};
use cognate_binary::{
    Arch, ErrorKind, Format, LoadOptions, Loaded, Program, StartSource, load, recover, walk,
};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn load_bytes(bytes: &[u8]) -> Result<Loaded, cognate_binary::Error> {
    load(bytes.into(), &LoadOptions::default(), &mut Budget::new(&Limits::default()))
}

fn read(bytes: &[u8]) -> (Loaded, Program) {
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(bytes.into(), &LoadOptions::default(), &mut budget).unwrap();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    (loaded, program)
}

fn names(loaded: &Loaded, program: &Program) -> Vec<String> {
    let name = |address| loaded.hints.name_of(address).unwrap_or_else(|| format!("{address:#x}"));
    program.functions.iter().map(|function| name(function.address)).collect()
}

/// Reads an object: its instruction set, and the functions in it.
#[track_caller]
fn check(name: &str, arch: Arch, functions: &[&str]) -> Loaded {
    let (loaded, program) = read(&fixture(name));
    assert_eq!((loaded.image.format, loaded.image.arch), (Format::Coff, arch));
    assert_eq!(names(&loaded, &program), functions);
    assert_eq!((loaded.gaps.len(), program.gaps.len()), (0, 0), "{:?} {:?}", loaded.gaps, program.gaps);
    loaded
}

#[test]
fn objects_give_the_functions_that_their_symbols_name() {
    check("coff-x86_64.obj", Arch::X86_64, &["f", "g", "_start"]);
    check("coff-x86.obj", Arch::X86, &["_f", "_g", "__start"]);
    check("coff-aarch64.obj", Arch::Aarch64, &["f", "g", "_start"]);
    check("coff-big.obj", Arch::X86_64, &["f", "g", "_start"]);
}

/// Whether the operand bytes at `skip` from the start of `outer`, or an address made of them, lead to what is named.
#[track_caller]
fn leads(loaded: &Loaded, from: u64, distance: u64, width: usize, expected: u64) {
    let at = from + distance;
    let value = loaded.image.read_uint(at, width).unwrap();
    let relative = at.wrapping_add(4).wrapping_add_signed(i64::from((value as u32).cast_signed()));
    assert!(
        value == expected || relative == expected,
        "{at:#x}: {value:#x} or {relative:#x}, not {expected:#x}"
    );
}

fn place(loaded: &Loaded, name: &str) -> u64 {
    let known = loaded.hints.names.iter().map(|(address, symbol)| (*address, symbol.name.as_str()));
    let imports = loaded.hints.imports.iter().map(|(address, import)| (*address, import.name.as_str()));
    known.chain(imports).find(|(_, known)| *known == name).map(|(address, _)| address).unwrap()
}

fn section(loaded: &Loaded, name: &str) -> u64 {
    loaded.image.segments().iter().find(|segment| segment.name == name).unwrap().address
}

#[test]
fn relocations_of_x86_64_are_applied() {
    let loaded = check("coff-refs-x86_64.obj", Arch::X86_64, &["outer", "untyped", "helper"]);
    let (outer, data) = (place(&loaded, "outer"), section(&loaded, ".rdata"));
    leads(&loaded, outer, 7, 4, data);
    for (distance, name) in [(0xc, "helper"), (0x12, "Sleep"), (0x17, "puts"), (0x1c, "optional")] {
        leads(&loaded, outer, distance, 4, place(&loaded, name));
    }
    leads(&loaded, data, 0x20, 8, outer);
    leads(&loaded, data, 0x28, 8, place(&loaded, "helper"));
    let unwind = loaded.hints.starts.iter().find(|start| start.source == StartSource::Unwind).unwrap();
    assert_eq!((unwind.address, unwind.end), (outer, Some(outer + 0x31)), "`.pdata` is relocated as well");
    assert_eq!(loaded.hints.relocations.len(), 2, "the table");
}

#[test]
fn relocations_of_x86_are_applied() {
    let loaded = check("coff-refs-x86.obj", Arch::X86, &["_outer", "_helper"]);
    let (outer, data) = (place(&loaded, "_outer"), section(&loaded, ".rdata"));
    leads(&loaded, outer, 1, 4, data);
    leads(&loaded, outer, 6, 4, place(&loaded, "_helper"));
    leads(&loaded, outer, 0xc, 4, place(&loaded, "_Sleep@4"));
    leads(&loaded, outer, 0x11, 4, place(&loaded, "_puts"));
    leads(&loaded, outer, 0x16, 4, data + 0x24);
    assert_eq!(loaded.hints.relocations.len(), 5, "two in data, three in code");
}

#[test]
fn relocations_of_aarch64_are_applied() {
    let (loaded, program) = read(&fixture("coff-refs-aarch64.obj"));
    assert_eq!(names(&loaded, &program), ["outer", "helper"]);
    let calls =
        program.functions[0].calls.iter().map(|call| format!("{:?}", call.target)).collect::<Vec<_>>();
    let (helper, puts) = (place(&loaded, "helper"), place(&loaded, "puts"));
    assert!(
        calls.contains(&format!("Function({helper})")) && calls.contains(&format!("Import({puts})")),
        "{calls:?}"
    );
    let outer = place(&loaded, "outer");
    // add x0, x0, #low bits of the message; ldr x8, [x8, #low bits of the slot / 8]
    let low = |address: u64| (address & 0xfff) as u32;
    let word = |distance| loaded.image.read_uint(outer + distance, 4).unwrap() as u32;
    assert_eq!(word(8) >> 10 & 0xfff, low(section(&loaded, ".rdata")));
    assert_eq!((word(0x18) >> 10 & 0xfff) * 8, low(place(&loaded, "Sleep")));
    assert_eq!((word(0x24) >> 10 & 0xfff) * 8, low(section(&loaded, ".rdata")) + 0x28);
}

#[test]
fn an_object_says_what_made_it() {
    let loaded = load_bytes(&fixture("coff-refs-x86_64.obj")).unwrap();
    let said = |loaded: &Loaded, kind: &str| {
        loaded.traits.items.iter().find(|item| item.kind == kind).map(|item| item.value.clone())
    };
    assert_eq!(said(&loaded, "default-library").as_deref(), Some("LIBCMT"));
    let loaded = load_bytes(&fixture("coff-x86_64.obj")).unwrap();
    assert_eq!(said(&loaded, "source-file").as_deref(), Some("t.c"));
}

/// Refuses bytes: the kind, and a part of what is said.
#[track_caller]
fn refused(bytes: &[u8], kind: ErrorKind, said: &str) {
    let error = load_bytes(bytes).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(said), "{error}");
    assert!(kind != ErrorKind::NoCode || error.next_step().is_none(), "nothing else helps");
}

#[test]
fn a_machine_number_alone_is_no_object() {
    refused(
        b"\x64\x86 is how this text begins, and no more than text it is",
        ErrorKind::UnknownContainer,
        "",
    );
    let mut cut = fixture("coff-x86_64.obj");
    cut.truncate(300);
    refused(&cut, ErrorKind::UnknownContainer, "no known container");
    let mut program = fixture("coff-x86_64.obj");
    program[18] |= 2;
    refused(&program, ErrorKind::UnknownContainer, "no known container");
}

#[test]
fn an_object_of_another_machine_is_named() {
    let mut bytes = fixture("coff-x86_64.obj");
    bytes[..2].copy_from_slice(&0x1c4u16.to_le_bytes());
    refused(&bytes, ErrorKind::UnsupportedArch, "COFF for 32-bit Arm");
}

/// The short header of an import library's member, with the names behind it.
fn import(name: &str) -> Vec<u8> {
    let names = format!("{name}\0some.dll\0");
    let mut bytes = b"\0\0\xff\xff\0\0\x64\x86\0\0\0\0".to_vec();
    bytes.extend((names.len() as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(names.as_bytes());
    bytes
}

#[test]
fn what_holds_no_machine_code_is_named() {
    let said = "holds no machine code";
    refused(&import("f"), ErrorKind::NoCode, "import library member: holds no machine code");
    let mut late = b"\0\0\xff\xff\x01\0\x64\x86\0\0\0\0".to_vec();
    late.extend([
        0x38, 0xfe, 0xb3, 0x0c, 0xa5, 0xd9, 0xab, 0x4d, 0xac, 0x9b, 0xd6, 0xb6, 0x22, 0x26, 0x53, 0xc2,
    ]);
    late.extend([0; 64]);
    refused(&late, ErrorKind::NoCode, "compiled with /GL");
    refused(b"BC\xc0\xde\x35\x14\0\0", ErrorKind::NoCode, "LLVM bitcode");
    refused(&fixture("coff-import.lib"), ErrorKind::NoCode, said);
}

fn members(bytes: Vec<u8>) -> (Vec<(String, usize)>, Vec<Gap>) {
    let mut found = Vec::new();
    let gaps = walk("a.lib", bytes.into(), &Limits::default(), &mut |member| {
        found.push((member.name, member.bytes.len()));
    });
    (found, gaps)
}

fn member(name: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{name:<16}{:<32}{:<10}`\n", "0", data.len()).into_bytes();
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    bytes
}

fn library(members: &[(&str, &[u8])]) -> Vec<u8> {
    let members = members.iter().flat_map(|(name, data)| member(name, data));
    b"!<arch>\n".iter().copied().chain(members).collect()
}

#[test]
fn a_library_of_imports_is_one_file_without_code() {
    let bytes = fixture("coff-import.lib");
    let size = bytes.len();
    assert_eq!(members(bytes), (vec![("a.lib".to_owned(), size)], vec![]));
    let bytes = library(&[("/", &[0; 4]), ("f.dll/", &import("f")), ("f.dll/", &import("g"))]);
    refused(&bytes, ErrorKind::NoCode, "import library of 2 members: holds no machine code");
}

#[test]
fn imports_among_objects_are_counted_and_left_out() {
    let object = fixture("coff-x86_64.obj");
    let bytes = library(&[
        ("/", &[0; 4]),
        ("/", &[0; 8]),
        ("/<ECSYMBOLS>/", &[0; 4]),
        ("//", b"dir/one.obj\0dir/two.obj\0"),
        ("/0", &object),
        ("f.dll/", &import("f")),
        ("/12", &object),
        ("/", &object),
    ]);
    let (found, gaps) = members(bytes);
    let size = object.len();
    let expected = ["a.lib!dir/one.obj", "a.lib!dir/two.obj", "a.lib!"].map(|name| (name.to_owned(), size));
    assert_eq!(found, expected);
    let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
    assert!(
        !gap.code_lost && gap.reason == "1 members are those of an import library and hold no code",
        "{gap}"
    );
}

#[test]
fn a_library_gives_its_objects() {
    let (found, gaps) = members(fixture("coff.lib"));
    assert_eq!(found, [("a.lib!bigobj.obj".to_owned(), 1028), ("a.lib!coff64.obj".to_owned(), 548)]);
    assert!(gaps.is_empty());
}

#[test]
fn both_halves_of_arm64ec_are_read() {
    let (loaded, program) = read(&fixture("arm64ec.dll"));
    assert_eq!((loaded.image.arch, loaded.gaps.len(), program.gaps.len()), (Arch::X86_64, 0, 0));
    let functions = |arch: Arch| -> Vec<(u64, bool)> {
        let found =
            program.functions.iter().filter(|function| loaded.image.arch_at(function.address) == arch);
        found.map(|function| (function.address - loaded.image.base, function.thunk)).collect()
    };
    assert_eq!(
        functions(Arch::Aarch64),
        [(0x1004, false), (0x103c, false), (0x105c, true)],
        "mix, gcd, entry thunk"
    );
    let others = [(0x2000, false), (0x2090, false), (0x2190, false), (0x3000, true), (0x3010, true)];
    assert_eq!(functions(Arch::X86_64), others);
    for (address, name) in [(0x1004, "mix"), (0x103c, "gcd"), (0x3000, "mix")] {
        assert_eq!(loaded.hints.name_of(loaded.image.base + address).as_deref(), Some(name));
    }
    let said = loaded.traits.items.iter().find(|item| item.kind == "two-instruction-sets").unwrap();
    assert_eq!(said.value, "ARM64EC: aarch64 code at 0x180001000..0x1800010a4");
}

#[test]
fn both_halves_of_arm64x_are_read() {
    // The same image as ARM64X tells it: the header is AArch64's, and the map is the same.
    let mut bytes = fixture("arm64ec.dll");
    let header = u32::from_le_bytes(bytes[0x3c..0x40].try_into().unwrap()) as usize + 4;
    bytes[header..header + 2].copy_from_slice(&0xaa64u16.to_le_bytes());
    let (loaded, program) = read(&bytes);
    assert_eq!(loaded.image.arch, Arch::Aarch64);
    let starts: Vec<u64> =
        program.functions.iter().map(|function| function.address - loaded.image.base).collect();
    assert!([0x1004, 0x103c, 0x105c, 0x2190].iter().all(|start| starts.contains(start)), "{starts:x?}");
    assert_eq!(loaded.image.arch_at(0x1_8000_2190), Arch::X86_64);
}
