//! Small writers of ELF, PE and Mach-O files.

/// Where the code of [`elf`] files is loaded.
pub const BASE: u64 = 0x40_1000;
/// An ordinary function of 32 bytes.
pub const FUNCTION: &[u8] = b"\x55\x48\x89\xe5\xb8\x11\x22\x33\x44\x05\x66\x77\x88\x09\x69\xc0\x0d\x0e\x0f\x01\x5d\xc3\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc";

/// Appends numbers of so many bytes, little endian.
pub fn put(out: &mut Vec<u8>, bytes: usize, numbers: &[u64]) {
    for number in numbers {
        out.extend(&number.to_le_bytes()[..bytes]);
    }
}

fn pad(out: &mut Vec<u8>, to: usize) {
    out.resize(out.len().next_multiple_of(to), 0);
}

/// A section of a file beside `.text`.
pub struct Section {
    pub kind: u32,
    pub link: u32,
    pub entry: u64,
    pub data: Vec<u8>,
}

/// Symbols of functions by name, address and size, as `.symtab` and `.strtab`; each name is stored once.
pub fn symbols(functions: impl Iterator<Item = (Vec<u8>, u64, u64)>) -> Vec<Section> {
    let (mut rows, mut strings) = (vec![0; 24], vec![0]);
    for (name, address, size) in functions {
        put(&mut rows, 4, &[strings.len() as u64, 0x0001_0012]);
        put(&mut rows, 8, &[address, size]);
        strings.extend(name);
        strings.push(0);
    }
    tables(rows, strings)
}

/// A symbol table and the strings it refers to.
pub fn tables(rows: Vec<u8>, strings: Vec<u8>) -> Vec<Section> {
    vec![
        Section { kind: 2, link: 3, entry: 24, data: rows },
        Section { kind: 3, link: 0, entry: 0, data: strings },
    ]
}

/// An x86-64 program of one segment of code at [`BASE`], with `.text` and these sections.
pub fn elf(code: &[u8], sections: Vec<Section>) -> Vec<u8> {
    let start = 0x1000;
    let mut out = vec![0; start];
    out.extend(code);
    let mut rows = vec![0; 64];
    put(&mut rows, 4, &[0, 1]);
    put(&mut rows, 8, &[6, BASE, start as u64, code.len() as u64, 0, 1, 0]);
    for section in &sections {
        pad(&mut out, 8);
        put(&mut rows, 4, &[0, u64::from(section.kind)]);
        put(&mut rows, 8, &[0, 0, out.len() as u64, section.data.len() as u64]);
        put(&mut rows, 4, &[u64::from(section.link), 0]);
        put(&mut rows, 8, &[1, section.entry]);
        out.extend(&section.data);
    }
    pad(&mut out, 8);
    let table = out.len() as u64;
    let count = rows.len() as u64 / 64;
    out.extend(rows);
    let mut head = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    put(&mut head, 2, &[2, 62]);
    put(&mut head, 4, &[1]);
    put(&mut head, 8, &[BASE, 64, table]);
    put(&mut head, 4, &[0]);
    put(&mut head, 2, &[64, 56, 1, 64, count, 0]);
    put(&mut head, 4, &[1, 5]);
    put(&mut head, 8, &[start as u64, BASE, BASE, code.len() as u64, code.len() as u64, 0x1000]);
    out[..head.len()].copy_from_slice(&head);
    out
}

/// A 64-bit PE with sections of 4 KiB, one after the other; the one at `code` is executable and has the entry.
pub fn pe(count: usize, code: usize, body: &[u8]) -> Vec<u8> {
    let headers = (0x40 + 24 + 240 + 40 * count).next_multiple_of(0x200);
    let mut out = b"MZ".to_vec();
    out.resize(0x3c, 0);
    put(&mut out, 4, &[0x40]);
    out.extend(b"PE\0\0");
    put(&mut out, 2, &[0x8664, count as u64]);
    put(&mut out, 4, &[0x5f00_0000, 0, 0]);
    put(&mut out, 2, &[240, 0x22, 0x20b]);
    put(&mut out, 2, &[14]);
    put(&mut out, 4, &[0, 0, 0, 0x1000 * (code as u64 + 1), 0x1000]);
    put(&mut out, 8, &[0x1_4000_0000]);
    put(&mut out, 4, &[0x1000, 0x200]);
    put(&mut out, 2, &[6, 0, 0, 0, 6, 0]);
    put(&mut out, 4, &[0, 0x1000 * (count as u64 + 1), headers as u64, 0]);
    put(&mut out, 2, &[3, 0x8160]);
    put(&mut out, 8, &[0x10_0000, 0x1000, 0x10_0000, 0x1000]);
    put(&mut out, 4, &[0, 16]);
    out.resize(0x40 + 24 + 240, 0);
    let size = body.len().next_multiple_of(0x200);
    for at in 0..count {
        out.extend(format!("s{at:07}").as_bytes());
        let flags = if at == code { 0x6000_0020 } else { 0x4000_0040 };
        let (address, place) = (0x1000 * (at as u64 + 1), (headers + at * size) as u64);
        put(&mut out, 4, &[body.len() as u64, address, size as u64, place, 0, 0, 0, flags]);
    }
    out.resize(headers, 0);
    for at in 0..count {
        out.extend(if at == code { body } else { &[] });
        out.resize(headers + (at + 1) * size, 0);
    }
    out
}

/// A 64-bit Mach-O program with a segment of code, and further load commands with data they lie before.
pub fn macho(code: &[u8], commands: &[Vec<u8>], data: &[u8]) -> Vec<u8> {
    let size = 72 + 80 + commands.iter().map(Vec::len).sum::<usize>();
    let start = 0x1000;
    let mut out = Vec::new();
    put(&mut out, 4, &[0xfeed_facf, 0x0100_0007, 3, 2, commands.len() as u64 + 1, size as u64, 0, 0]);
    put(&mut out, 4, &[0x19, 152]);
    out.extend(b"__TEXT\0\0\0\0\0\0\0\0\0\0");
    put(&mut out, 8, &[0x1_0000_0000, 0x10_0000, start, code.len() as u64]);
    put(&mut out, 4, &[7, 5, 1, 0]);
    out.extend(b"__text\0\0\0\0\0\0\0\0\0\0__TEXT\0\0\0\0\0\0\0\0\0\0");
    put(&mut out, 8, &[0x1_0000_0000, code.len() as u64]);
    put(&mut out, 4, &[start, 0, 0, 0, 0x8000_0400, 0, 0, 0]);
    commands.iter().for_each(|command| out.extend(command));
    out.resize(start as usize, 0);
    out.extend(code);
    out.extend(data);
    out
}

/// A zip entry of stored or deflated bytes: what stands before its data, and its row of the directory.
pub fn zip_entry(
    name: &str,
    packed: &[u8],
    size: usize,
    crc: u32,
    deflated: bool,
    at: usize,
) -> (Vec<u8>, Vec<u8>) {
    let method = u64::from(deflated) * 8;
    let numbers = [u64::from(crc), packed.len() as u64, size as u64];
    let (mut local, mut row) = (b"PK\x03\x04".to_vec(), b"PK\x01\x02".to_vec());
    put(&mut local, 2, &[20, 0, method, 0, 0]);
    put(&mut local, 4, &numbers);
    put(&mut local, 2, &[name.len() as u64, 0]);
    local.extend(name.as_bytes());
    put(&mut row, 2, &[20, 20, 0, method, 0, 0]);
    put(&mut row, 4, &numbers);
    put(&mut row, 2, &[name.len() as u64, 0, 0, 0, 0]);
    put(&mut row, 4, &[0, at as u64]);
    row.extend(name.as_bytes());
    (local, row)
}

/// The end of a zip file with so many entries.
pub fn zip_end(entries: usize, directory: usize, at: usize) -> Vec<u8> {
    let mut out = b"PK\x05\x06".to_vec();
    put(&mut out, 2, &[0, 0, entries as u64, entries as u64]);
    put(&mut out, 4, &[directory as u64, at as u64]);
    put(&mut out, 2, &[0]);
    out
}
