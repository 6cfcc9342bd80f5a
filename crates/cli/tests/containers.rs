//! Archives and what is no program, through the real program and its confined reader.

mod common;

use common::{Run, cognate_in, fixtures};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

fn alpha() -> Vec<u8> {
    fs::read(fixtures().join("alpha.elf")).unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Runs the program with something on its standard input.
fn piped(folder: &Path, input: &[u8], arguments: &[&str]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cognate"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_DATA_HOME", "/nonexistent/data")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code().unwrap_or(-1) }
}

#[test]
fn standard_input_stands_for_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let check = |input: &[u8], arguments: &[&str], code: i32, expected: &str| {
        let run = piped(folder.path(), input, arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(format!("{}{}", run.stdout, run.stderr).contains(expected), "{}{}", run.stdout, run.stderr);
    };
    fs::write(folder.path().join("alpha"), alpha()).unwrap();
    check(&alpha(), &["inspect", "-"], 0, "standard input\n  file    ELF x86-64");
    check(&xz(&alpha()), &["inspect", "-"], 0, "standard input!standard input\n");
    check(&alpha(), &["index", "-", "--family", "f", "--store", "store"], 0, "1 sample indexed");
    check(&alpha(), &["corpus", "list", "--store", "store"], 0, "standard input");
    check(&alpha(), &["match", "-", "--store", "store"], 0, "KNOWN FILE");
    check(&alpha(), &["compare", "-", "alpha"], 0, "standard input");
    check(&alpha(), &["triage", "-", "--store", "store"], 0, "known malware");
    check(&alpha(), &["components", "-"], 1, "standard input");
    check(&alpha(), &["base", "add", "-", "--component", "c", "--store", "store"], 0, "c          library");
    check(b"", &["corpus", "export", "labels.tsv", "--store", "store"], 0, "exported");
    let labels = fs::read_to_string(folder.path().join("labels.tsv")).unwrap();
    check(
        labels.replace("malware", "goodware").as_bytes(),
        &["corpus", "import", "-", "--store", "store"],
        0,
        "1 sample",
    );
    check(
        labels.as_bytes(),
        &["index", "alpha", "--manifest", "-", "--store", "other"],
        0,
        "1 sample indexed",
    );
    let case = fs::read(fixtures().join("bakery.toml")).unwrap();
    check(&case, &["case", "assess", "-"], 0, "bakery");
    check(&alpha(), &["compare", "-", "-"], 2, "it can be read once");
    check(&alpha(), &["inspect", "-", "--max-file-bytes", "100"], 2, "more than the limit of 100 bytes");
}

#[test]
fn a_password_reaches_the_confined_reader() {
    let folder = tempfile::tempdir().unwrap();
    let options = zip::write::SimpleFileOptions::default();
    let options =
        zip::unstable::write::FileOptionsExt::with_deprecated_encryption(options, b"secret").unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("alpha", options).unwrap();
    zip.write_all(&alpha()).unwrap();
    fs::write(folder.path().join("a.zip"), zip.finish().unwrap().into_inner()).unwrap();
    assert_eq!(cognate_in(folder.path(), &["inspect", "a.zip"]).code, 2);
    assert_eq!(cognate_in(folder.path(), &["inspect", "a.zip", "--password", "secret"]).code, 0);
}

#[test]
fn what_is_known_and_not_read_says_so_and_is_never_offered_as_bare_code() {
    let folder = tempfile::tempdir().unwrap();
    let coff: Vec<u8> =
        [&[0xc4, 1, 1, 0, 0, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], b".text\0\0\0", &[0; 40]]
            .concat();
    let mut big_elf = b"\x7fELF\x01\x02\x01".to_vec();
    big_elf.resize(64, 0);
    big_elf[16..24].copy_from_slice(&[0, 1, 0, 8, 0, 0, 0, 1]);
    let cases: [(&str, &[u8]); 14] = [
        ("PDF document", b"%PDF-1.7\n%...."),
        ("script", b"#!/bin/sh\necho\n"),
        ("text file", b"Just a few words.\n"),
        ("Java class file", &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 1]),
        ("WebAssembly module", b"\0asm\x01\0\0\0"),
        ("LLVM bitcode file", b"BC\xc0\xde5\x14\0\0"),
        ("Python bytecode file", &[0xcb, 0x0d, b'\r', b'\n', 0, 0, 0, 0, 1, 2]),
        ("Dalvik executable", b"dex\n035\0...."),
        ("OLE document", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...."),
        ("PNG image", b"\x89PNG\r\n\x1a\n...."),
        ("Windows memory dump", b"PAGEDU64...."),
        ("COFF for 32-bit Arm", &coff),
        ("big-endian ELF for MIPS", &big_elf),
        ("big-endian Mach-O for PowerPC", b"\xfe\xed\xfa\xce\0\0\0\x12\0\0\0\0\0\0\0\x02\0\0\0\0"),
    ];
    for (name, bytes) in cases {
        fs::write(folder.path().join("file"), bytes).unwrap();
        let run = cognate_in(folder.path(), &["inspect", "file"]);
        assert!(
            run.code == 2 && run.stderr.contains(name) && !run.stderr.contains("--raw"),
            "{name}: {}",
            run.stderr
        );
    }
    fs::write(folder.path().join("file"), [0xd1, 0x82, 0x93, 1, 2, 3, 0, 0xff, 0xfe]).unwrap();
    assert!(cognate_in(folder.path(), &["inspect", "file"]).stderr.contains("--raw"));
}

#[test]
fn a_folder_sums_up_what_are_no_programs() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join("in").join(name), bytes).unwrap();
    put("alpha", &alpha());
    (0..3).for_each(|at| put(&format!("{at}.pdf"), b"%PDF-1.7\n"));
    put("s", b"#!/bin/sh\n");
    let arguments = ["index", "in", "--family", "f", "--store", "store"];
    let run = cognate_in(folder.path(), &arguments);
    assert!(run.stdout.contains("\n4 files are no programs: 3 PDF documents, 1 script\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("1.pdf"));
    let run = cognate_in(folder.path(), &[&arguments[..], &["--json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let kinds =
        document["files"].as_array().unwrap().iter().filter(|file| file["recognised"] == "PDF document");
    assert_eq!(kinds.count(), 3);
}

#[test]
fn the_slice_of_a_universal_file_keeps_the_hash_of_the_whole() {
    let thin = fs::read(fixtures().join("../../../binary/tests/fixtures/macho")).ok();
    let thin = thin.unwrap_or_else(alpha);
    let mut fat =
        [0xcafe_babe, 1, 0x0100_0007, 3, 4096, thin.len() as u32, 12u32].map(u32::to_be_bytes).concat();
    fat.resize(4096, 0);
    fat.extend(&thin);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fat"), &fat).unwrap();
    let run = cognate_in(folder.path(), &["inspect", "fat", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let id = |bytes: &[u8]| cognate_base::SampleId::of(bytes).to_string();
    assert_eq!(document["samples"][0]["whole"], id(&fat));
    assert_eq!(document["samples"][0]["id"], id(&thin));
    let run = cognate_in(folder.path(), &["inspect", "fat"]);
    assert!(run.stdout.contains(&format!("sha256 of the universal file  {}", id(&fat))), "{}", run.stdout);
}
