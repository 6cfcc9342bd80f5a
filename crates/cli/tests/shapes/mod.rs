//! Inputs made to cost more than their size: each at a size of choice.

pub mod files;

use files::{BASE, FUNCTION, elf, macho, pe, put, symbols, tables, zip_end, zip_entry};
use flate2::{Compression, Crc, write::DeflateEncoder};
use std::io::Write;

/// A shape: how it is written at a size, how it is read, what it must say.
pub struct Shape {
    /// What it is.
    pub name: &'static str,
    /// Writes it; twice the size is twice the work, or the same.
    pub write: fn(usize) -> Vec<u8>,
    /// The smaller of the two sizes that are tried.
    pub size: usize,
    /// Arguments that say how to read it.
    pub arguments: &'static [&'static str],
    /// The answer must say that something was not read.
    pub gap: bool,
    /// Functions that must be found at the smaller size, at least.
    pub functions: u64,
}

const PLAIN: Shape = Shape { name: "", write: |_| vec![], size: 0, arguments: &[], gap: false, functions: 1 };
const RAW: &[&str] = &["--raw", "x86-64"];

/// All of them.
pub const SHAPES: &[Shape] = &[
    Shape { name: "shifts without end", write: deep_shl, size: 40_000, arguments: RAW, ..PLAIN },
    Shape { name: "ors without end", write: deep_or, size: 20_000, arguments: RAW, ..PLAIN },
    Shape { name: "a chain of tail jumps", write: chain, size: 20_000, functions: 20_000, ..PLAIN },
    Shape {
        name: "a chain of tail jumps that is called",
        write: called_chain,
        size: 20_000,
        functions: 10_000,
        ..PLAIN
    },
    Shape { name: "returns under one symbol", write: returns, size: 200_000, ..PLAIN },
    Shape {
        name: "functions in bare code",
        write: bare,
        size: 20_000,
        arguments: RAW,
        functions: 20_000,
        ..PLAIN
    },
    Shape {
        name: "a table searched again and again",
        write: table_search,
        size: 2_000,
        arguments: &["--raw", "x86-64", "--base", "0x100000"],
        ..PLAIN
    },
    Shape { name: "many slots in many blocks", write: rows, size: 50_000, gap: true, ..PLAIN },
    Shape { name: "calls that forget a frame", write: forgetful, size: 300, functions: 300, ..PLAIN },
    Shape { name: "one endless function", write: adds, size: 1_200_000, gap: true, ..PLAIN },
    Shape {
        name: "branches to the next instruction",
        write: |n| one(&b"\x74\x00".repeat(n)),
        size: 40_000,
        ..PLAIN
    },
    Shape {
        name: "jumps to the next instruction",
        write: |n| one(&b"\xeb\x00".repeat(n)),
        size: 40_000,
        ..PLAIN
    },
    Shape {
        name: "calls of the next instruction",
        write: |n| one(&b"\xe8\0\0\0\0".repeat(n)),
        size: 40_000,
        ..PLAIN
    },
    Shape { name: "branches to one place", write: to_one_place, size: 20_000, ..PLAIN },
    Shape { name: "branches to everywhere", write: to_everywhere, size: 20_000, ..PLAIN },
    Shape {
        name: "names that share their text",
        write: shared_names,
        size: 20_000,
        functions: 20_000,
        ..PLAIN
    },
    Shape { name: "slots where no bytes are", write: bind, size: 1_000_000, gap: true, ..PLAIN },
    Shape {
        name: "many sections",
        write: |n| pe(n, n - 1, &FUNCTION.repeat(16)),
        size: 2_000,
        functions: 16,
        ..PLAIN
    },
    Shape {
        name: "slices over the same bytes",
        write: fat,
        size: 20 << 20,
        gap: true,
        functions: 0,
        ..PLAIN
    },
    Shape {
        name: "xz of zeros",
        write: |n| xz(&vec![0; n << 20]),
        size: 70,
        gap: true,
        functions: 0,
        ..PLAIN
    },
    Shape {
        name: "bzip2 of zeros",
        write: |n| bzip2(&vec![0; n << 20]),
        size: 70,
        gap: true,
        functions: 0,
        ..PLAIN
    },
    Shape {
        name: "zstd of zeros",
        write: |n| zstd(&vec![0; n << 20]),
        size: 70,
        gap: true,
        functions: 0,
        ..PLAIN
    },
    Shape {
        name: "streams of xz that ask for much memory each",
        write: greedy_xz,
        size: 2_000,
        functions: 0,
        ..PLAIN
    },
    Shape {
        name: "frames of zstd that ask for much memory each",
        write: greedy_zstd,
        size: 20_000,
        functions: 0,
        ..PLAIN
    },
    Shape {
        name: "files in a cabinet over one another",
        write: crowded_cab,
        size: 20_000,
        gap: true,
        functions: 0,
        ..PLAIN
    },
    Shape {
        name: "empty blocks in a cabinet",
        write: empty_blocks,
        size: 20_000,
        gap: true,
        functions: 0,
        ..PLAIN
    },
    Shape {
        name: "small files in a cpio archive",
        write: small_cpio,
        size: 8_000,
        gap: true,
        functions: 0,
        ..PLAIN
    },
    Shape { name: "a zip of zeros", write: zeros, size: 10, gap: false, functions: 0, ..PLAIN },
    Shape {
        name: "zip entries over one another",
        write: overlapping,
        size: 500,
        gap: true,
        functions: 0,
        ..PLAIN
    },
];

/// One function that returns, under a symbol.
fn one(code: &[u8]) -> Vec<u8> {
    let code = [code, b"\xc3"].concat();
    elf(&code, symbols([(b"f".to_vec(), BASE, code.len() as u64)].into_iter()))
}

/// `shl eax,cl` over and over, then a branch.
pub fn deep_shl(count: usize) -> Vec<u8> {
    [b"\xd3\xe0".repeat(count), b"\x74\0\xc3".to_vec()].concat()
}

/// `xor eax,[esi+N]; or edx,eax` over and over, then a branch.
fn deep_or(count: usize) -> Vec<u8> {
    let pair = |at: usize| [b"\x33\x86".as_slice(), &(4 * at as u32).to_le_bytes(), b"\x09\xc2"].concat();
    [(0..count).flat_map(pair).collect(), b"\x85\xd2\x74\0\xc3".to_vec()].concat()
}

/// Functions of one jump to the next; the last one stops.
fn chain_code(count: usize) -> Vec<u8> {
    let mut code = b"\xe9\x0b\0\0\0\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc".repeat(count - 1);
    code.extend(b"\x0f\x0b\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc");
    code
}

fn chain(count: usize) -> Vec<u8> {
    let named = (0..count).map(|at| (format!("f{at}").into_bytes(), BASE + 16 * at as u64, 16));
    elf(&chain_code(count), symbols(named))
}

/// The same without symbols, each function called once.
fn called_chain(count: usize) -> Vec<u8> {
    let calls = (count * 5 + 1).next_multiple_of(16);
    let call =
        |at: usize| [b"\xe8".as_slice(), &((calls + 16 * at - 5 * (at + 1)) as u32).to_le_bytes()].concat();
    let mut code: Vec<u8> = (0..count).flat_map(call).collect();
    code.resize(calls, 0xc3);
    code.extend(chain_code(count));
    elf(&code, vec![])
}

/// Functions of equal bytes that each refer to a text of their own.
pub fn own_texts(count: usize, word: &str) -> Vec<u8> {
    const SIZE: usize = 80;
    let texts: Vec<Vec<u8>> =
        (0..count).map(|at| format!("{word} {at:08} and no other\0").into_bytes()).collect();
    let text = texts.first().map_or(0, Vec::len);
    let function = |at: usize| {
        // lea rdi,[rip+text] and arithmetic
        let distance = (SIZE * count + text * at) as i64 - (SIZE * at + 11) as i64;
        let head = [b"\x55\x48\x89\xe5\x48\x8d\x3d".as_slice(), &(distance as i32).to_le_bytes()].concat();
        let mut body = [head.as_slice(), MIXED, b"\x5d\xc3"].concat();
        body.resize(SIZE, 0xcc);
        body
    };
    let code: Vec<u8> = (0..count).flat_map(function).chain(texts.concat()).collect();
    let named = (0..count).map(|at| (format!("f{at}").into_bytes(), BASE + (SIZE * at) as u64, 70));
    elf(&code, symbols(named))
}

/// Arithmetic that says enough to be compared.
const MIXED: &[u8] = b"\xb8\x11\x22\x33\x44\x05\x66\x77\x88\x09\x69\xc0\x0d\x0e\x0f\x01\x31\xd2\xf7\xf1\x01\xd0\xc1\xe0\x05\x29\xf0\x48\x98\x48\x01\xf8\x48\x89\x45\xf8\x8b\x4d\xf8\x0f\xaf\xc8\x83\xf1\x5a\x89\xc8\xd1\xf8";

fn returns(count: usize) -> Vec<u8> {
    let code = b"\xc3".repeat(count);
    elf(&code, symbols([(b"f".to_vec(), BASE, count as u64)].into_iter()))
}

fn bare(count: usize) -> Vec<u8> {
    FUNCTION.repeat(count)
}

/// A byte table as long as the image, looked at once for each of `asked` instructions.
fn table_search(asked: usize) -> Vec<u8> {
    let (size, base) = (3usize << 20, 0x10_0000u64);
    let mut code = Vec::new();
    let mut word = |bytes: &[u8], number: u64| {
        code.extend(bytes);
        put(&mut code, 4, &[number]);
    };
    word(b"\x3d", size as u64 - 0x5_0000);
    word(b"\x0f\x87", 0x3_0000 - 11);
    word(b"\x0f\xb6\x80", base + 0x4_0000);
    for _ in 0..asked {
        word(b"\x48\x8d\x0c\x85", 0x10_0000);
    }
    word(b"\xff\x24\xc5", base + 0x4_0000);
    code.resize(size, 0);
    code[0x3_0000] = 0xc3;
    code
}

/// 999 slots of the frame, then blocks that each write one more.
fn rows(blocks: usize) -> Vec<u8> {
    let store = |at: u32| [b"\x89\x84\x24".as_slice(), &(at * 8).to_le_bytes()].concat();
    let body: Vec<u8> = (0..999).flat_map(store).collect();
    one(&[body, [store(998), b"\x74\0".to_vec()].concat().repeat(blocks)].concat())
}

/// Functions that fill 200 slots of the frame, make one of them known and call 200 times.
pub fn forgetful(count: usize) -> Vec<u8> {
    let size = (200 * 7 + 5 + 200 * 5 + 1usize).next_multiple_of(32);
    let mut code = FUNCTION.to_vec();
    for _ in 0..count {
        let start = code.len();
        for slot in 1..=200u32 {
            code.extend([b"\x89\x84\x24".as_slice(), &(slot * 8).to_le_bytes()].concat());
        }
        code.extend(b"\x48\x8d\x7c\x24\x08");
        for _ in 0..200 {
            let back = -(code.len() as i32 + 5);
            code.extend([b"\xe8".as_slice(), &back.to_le_bytes()].concat());
        }
        code.push(0xc3);
        code.resize(start + size, 0xcc);
    }
    let start = |at: usize| BASE + (FUNCTION.len() + size * at) as u64;
    let named = (0..count).map(|at| (format!("f{at}").into_bytes(), start(at), size as u64));
    elf(&code, symbols(named))
}

fn adds(count: usize) -> Vec<u8> {
    one(&b"\x01\xd8".repeat(count))
}

/// `je end` over and over.
fn to_one_place(count: usize) -> Vec<u8> {
    let branch =
        |at: usize| [b"\x0f\x84".as_slice(), &(((count - at - 1) * 6) as u32).to_le_bytes()].concat();
    one(&(0..count).flat_map(branch).collect::<Vec<u8>>())
}

/// `add; je` to places all over the function.
fn to_everywhere(count: usize) -> Vec<u8> {
    let branch = |at: usize| {
        let to = (at * 7919 + 13) % count;
        let distance = (to as i64 - at as i64 - 1) * 8;
        [b"\x01\xd8\x0f\x84".as_slice(), &(distance as i32).to_le_bytes()].concat()
    };
    one(&(0..count).flat_map(branch).collect::<Vec<u8>>())
}

/// Symbols whose names are the ends of one text of 16,000 bytes and more.
fn shared_names(count: usize) -> Vec<u8> {
    let mut rows = vec![0; 24];
    for at in 0..count as u64 {
        put(&mut rows, 4, &[1 + at, 0x0001_0012]);
        put(&mut rows, 8, &[BASE + 32 * at, 27]);
    }
    let strings = [b"\0".to_vec(), b"A".repeat(16_000 + count), b"\0".to_vec()].concat();
    elf(&FUNCTION.repeat(count), tables(rows, strings))
}

fn uleb(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

/// One opcode that binds `count` slots of a segment of a terabyte without a byte in the file.
fn bind(count: usize) -> Vec<u8> {
    let mut opcodes = b"\x11\x40".to_vec();
    opcodes.extend(b"N".repeat(4000));
    opcodes.extend(b"\0\x51\x71");
    opcodes.extend(uleb(0));
    opcodes.push(0xc0);
    opcodes.extend(uleb(count as u64));
    opcodes.extend(uleb(0));
    let code = FUNCTION.repeat(2);
    let (mut empty, mut info) = (Vec::new(), Vec::new());
    put(&mut empty, 4, &[0x19, 72]);
    empty.extend(b"__DATA\0\0\0\0\0\0\0\0\0\0");
    put(&mut empty, 8, &[0x3_0000_0000, 1 << 40, 0, 0]);
    put(&mut empty, 4, &[3, 3, 0, 0]);
    put(&mut info, 4, &[0x8000_0022, 48, 0, 0, 0x1000 + code.len() as u64, opcodes.len() as u64]);
    put(&mut info, 4, &[0; 6]);
    macho(&code, &[empty, info], &opcodes)
}

/// Forty slices over the same bytes.
fn fat(size: usize) -> Vec<u8> {
    let head = 8 + 40 * 20;
    let mut out: Vec<u8> = [0xcafe_babe_u32, 40].iter().flat_map(|word| word.to_be_bytes()).collect();
    for _ in 0..40 {
        out.extend([0x0100_0007, 3, head, size as u32, 0].iter().flat_map(|word: &u32| word.to_be_bytes()));
    }
    out.extend([0xcf, 0xfa, 0xed, 0xfe]);
    out.resize(head as usize + size, 0);
    out
}

/// Zeros of so many MiB: deflated, their length, their checksum.
fn packed_zeros(mebibytes: usize) -> (Vec<u8>, usize, u32) {
    let (mut packer, mut crc) = (DeflateEncoder::new(Vec::new(), Compression::best()), Crc::new());
    let piece = vec![0; 1 << 20];
    for _ in 0..mebibytes {
        packer.write_all(&piece).unwrap();
        crc.update(&piece);
    }
    (packer.finish().unwrap(), mebibytes << 20, crc.sum())
}

/// A zip of so many small programs, no two alike.
pub fn members(count: usize) -> Vec<u8> {
    zip((0..count).map(|at| {
        let program = own_texts(2, &format!("member {at}"));
        let (mut packer, mut crc) = (DeflateEncoder::new(Vec::new(), Compression::fast()), Crc::new());
        packer.write_all(&program).unwrap();
        crc.update(&program);
        (packer.finish().unwrap(), program.len(), crc.sum())
    }))
}

/// A zip of members that are packed, with their lengths and checksums.
fn zip(members: impl Iterator<Item = (Vec<u8>, usize, u32)>) -> Vec<u8> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0);
    for (packed, size, crc) in members {
        let (local, row) = zip_entry(&format!("m{count}"), &packed, size, crc, true, out.len());
        out.extend(local);
        out.extend(&packed);
        directory.extend(row);
        count += 1;
    }
    let end = zip_end(count, directory.len(), out.len());
    [out, directory, end].concat()
}

fn zeros(members: usize) -> Vec<u8> {
    zip(std::iter::repeat_n(packed_zeros(60), members))
}

/// Many rows of the directory for one entry of 60 MiB.
fn overlapping(rows: usize) -> Vec<u8> {
    let (packed, size, crc) = packed_zeros(60);
    let (local, row) = zip_entry("x", &packed, size, crc, true, 0);
    let directory = row.repeat(rows);
    let end = zip_end(rows, directory.len(), local.len() + packed.len());
    [local, packed, directory, end].concat()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// Streams of a byte each, with a dictionary of 256 MiB by their headers.
fn greedy_xz(streams: usize) -> Vec<u8> {
    let mut one = xz(b"a");
    one[16] = 32;
    let mut sum = Crc::new();
    sum.update(&one[12..20]);
    one[20..24].copy_from_slice(&sum.sum().to_le_bytes());
    one.repeat(streams)
}

/// Frames of a byte each, with a window of 128 MiB by their headers.
fn greedy_zstd(frames: usize) -> Vec<u8> {
    [0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3, 9, 0, 0, b'a'].repeat(frames)
}

/// A cabinet of one folder: its blocks, and its files as (size, start).
fn cab(blocks: &[u8], count: u16, files: &[(u32, u32)]) -> Vec<u8> {
    let mut out = b"MSCF".to_vec();
    let list = files.iter().flat_map(|(size, start)| {
        let words = [size.to_le_bytes(), start.to_le_bytes()].concat();
        [&words[..], &[0; 8], b"f\0"].concat()
    });
    let list: Vec<u8> = list.collect();
    let data = 44 + list.len() as u64;
    put(&mut out, 4, &[0, data + blocks.len() as u64, 0, 44, 0]);
    put(&mut out, 2, &[0x0103, 1, files.len() as u64, 0, 0, 0]);
    put(&mut out, 4, &[data]);
    put(&mut out, 2, &[count.into(), 0]);
    [out, list, blocks.to_vec()].concat()
}

fn crowded_cab(files: usize) -> Vec<u8> {
    let mut block = Vec::new();
    put(&mut block, 4, &[0]);
    put(&mut block, 2, &[4, 4]);
    block.extend(b"MZ..");
    cab(&block, 1, &vec![(4, 0); files])
}

fn empty_blocks(blocks: usize) -> Vec<u8> {
    cab(&[0; 8].repeat(blocks), blocks as u16, &[(1 << 20, 0)])
}

fn small_cpio(files: usize) -> Vec<u8> {
    let one = [
        &b"070701"[..],
        "0000000000008180".as_bytes(),
        &[b'0'; 32],
        b"00000004",
        &[b'0'; 32],
        b"00000002",
        &[b'0'; 8],
    ];
    [&one.concat()[..], b"f\0MZ.."].concat().repeat(files)
}

/// A program with a further executable segment of small functions that nothing refers to.
#[allow(dead_code)] // of `junk` alone
pub fn with_junk(program: &[u8], bytes: usize) -> Vec<u8> {
    let junk = |at: usize| {
        let number = (at as u32).wrapping_mul(0x9e37_79b9).to_le_bytes();
        [b"\xb8".as_slice(), &number, b"\xc3", &[0xcc; 10]].concat()
    };
    let mut out = program.to_vec();
    out.resize(out.len().next_multiple_of(0x1000), 0);
    let start = out.len() as u64;
    out.extend((0..bytes / 16).flat_map(junk));
    let headers = u64::from_le_bytes(program[32..40].try_into().unwrap()) as usize;
    let count = u16::from_le_bytes(program[56..58].try_into().unwrap()) as usize;
    let note = (0..count).map(|at| headers + 56 * at).find(|at| program[*at..].starts_with(&[4, 0, 0, 0]));
    let mut row = Vec::new();
    put(&mut row, 4, &[1, 5]);
    put(&mut row, 8, &[start, 0x7000_0000, 0x7000_0000, bytes as u64, bytes as u64, 0x1000]);
    let at = note.expect("a note whose place in the program headers can be taken");
    out[at..at + 56].copy_from_slice(&row);
    out
}
