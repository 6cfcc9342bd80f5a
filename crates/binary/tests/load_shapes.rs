//! Small files that ask for much: what loading costs grows as the file does, whatever it says.
//!
//! Each shape is made at three sizes, each twice the one before. Work, as the budget counts it, and
//! what is kept may grow at most two and a half times as much, and stay within a bound by the file.

use cognate_base::{Budget, Limits};
use cognate_binary::{LoadOptions, Loaded, load};

/// Units of work that a byte may cost at most: an entry of two bytes, read by a few readers, each
/// of which may take a step for it.
const UNITS: u64 = 8;
/// Bytes that may be kept for each byte of the file, and beside.
const KEPT: u64 = 64;
const FREE: u64 = 4 << 20;

struct Cost {
    loaded: Option<Loaded>,
    spent: u64,
    kept: u64,
    size: u64,
}

fn cost(bytes: Vec<u8>) -> Cost {
    let size = bytes.len() as u64;
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(bytes.into(), &LoadOptions::default(), &mut budget).ok();
    assert_eq!(budget.ever_exhausted(), None, "the file is bounded before the budget is");
    Cost { loaded, spent: budget.spent(), kept: budget.kept(), size }
}

/// Loads a shape at three sizes; gives what the largest one loaded as.
#[track_caller]
fn check(n: usize, make: impl Fn(usize) -> Vec<u8>) -> Loaded {
    let costs = [n, 2 * n, 4 * n].map(|n| cost(make(n)));
    for cost in &costs {
        let Cost { spent, kept, size, .. } = *cost;
        assert!(spent <= UNITS * size + 4096, "{spent} units for {size} bytes");
        assert!(kept <= KEPT * size + FREE, "{kept} bytes kept for {size} bytes");
    }
    for pair in costs.windows(2) {
        let [small, large] = pair else { unreachable!() };
        let ratio = |small: u64, large: u64| large as f64 / small.max(1000) as f64;
        assert!(ratio(small.spent, large.spent) <= 2.5, "work {} to {}", small.spent, large.spent);
        assert!(ratio(small.kept, large.kept) <= 2.5, "kept {} to {}", small.kept, large.kept);
    }
    let [.., last] = costs;
    last.loaded.expect("it loads")
}

#[track_caller]
fn has_gap(loaded: &Loaded, gap: &str, code_lost: bool) {
    let found = loaded.gaps.iter().find(|found| found.to_string().contains(gap));
    let found = found.unwrap_or_else(|| panic!("no `{gap}` in {:#?}", loaded.gaps));
    assert_eq!(found.code_lost, code_lost, "{found}");
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn half(&mut self, values: &[u16]) -> &mut Self {
        values.iter().for_each(|value| self.0.extend(value.to_le_bytes()));
        self
    }

    fn word(&mut self, values: &[u32]) -> &mut Self {
        values.iter().for_each(|value| self.0.extend(value.to_le_bytes()));
        self
    }

    fn long(&mut self, values: &[u64]) -> &mut Self {
        values.iter().for_each(|value| self.0.extend(value.to_le_bytes()));
        self
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend(bytes);
        self
    }

    fn pad(&mut self, len: usize) -> &mut Self {
        self.0.resize(len.max(self.0.len()), 0);
        self
    }
}

/// A loaded segment: address, flags, bytes, bytes in memory.
type Load = (u64, u32, Vec<u8>, u64);

/// A section: name's offset in `NAMES`, type, flags, address, offset, size, link.
type Section = (u32, u32, u64, u64, u64, u64, u32);

const NAMES: &[u8] = b"\0.shstrtab\0.text\0.symtab\0.eh_frame\0.gopclntab\0.plt\0.rodata\0";
const TEXT: u32 = 11;
const EH_FRAME: u32 = 25;
const PCLNTAB: u32 = 35;
const PLT: u32 = 46;

/// The address of code, and where it lies in files made here.
const CODE: u64 = 0x40_0000;
const FIRST: u64 = 0x1000;

/// An ELF file: loads one behind the other from `FIRST` on, then sections that `sections` makes of the
/// offsets of the loads, and `headers` more program headers.
fn elf(loads: &[Load], headers: &[Vec<u8>], sections: impl Fn(&[u64]) -> Vec<Section>) -> Vec<u8> {
    let mut body = Writer::default();
    let mut programs = Writer::default();
    let table = 56 * (loads.len() + headers.len()) as u64 + 64;
    let first = table.next_multiple_of(FIRST);
    let mut offsets = Vec::new();
    for (address, flags, bytes, size) in loads {
        let offset = first + body.0.len() as u64;
        offsets.push(offset);
        programs.word(&[1, *flags]).long(&[offset, *address, *address, bytes.len() as u64, *size, 1]);
        body.bytes(bytes);
        body.pad(body.0.len().next_multiple_of(16));
    }
    headers.iter().for_each(|header| {
        programs.bytes(header);
    });
    let names = first + body.0.len() as u64;
    body.bytes(NAMES);
    body.pad(body.0.len().next_multiple_of(8));
    let rows_at = first + body.0.len() as u64;
    let mut rows = vec![(0, 0, 0, 0, 0, 0, 0), (1, 3, 0, 0, names, NAMES.len() as u64, 0)];
    rows.extend(sections(&offsets));
    for (name, kind, flags, address, offset, size, link) in &rows {
        body.word(&[*name, *kind]).long(&[*flags, *address, *offset, *size]);
        body.word(&[*link, 0]).long(&[1, 0]);
    }
    let mut file = Writer::default();
    file.bytes(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0").half(&[2, 62]).word(&[1]);
    file.long(&[CODE, 64, rows_at]).word(&[0]);
    let programs_count = (loads.len() + headers.len()) as u16;
    file.half(&[64, 56, programs_count, 64, rows.len() as u16, 1]);
    file.bytes(&programs.0).pad(first as usize);
    file.bytes(&body.0);
    file.0
}

fn symbol(name: u32, value: u64) -> Vec<u8> {
    let mut row = Writer::default();
    row.word(&[name]).bytes(&[0x12, 0]).half(&[2]).long(&[value, 16]);
    row.0
}

fn code(functions: usize) -> Vec<u8> {
    b"\x55\x48\x89\xe5\xb8\x11\x22\x33\x44\x5d\xc3\xcc\xcc\xcc\xcc\xcc".repeat(functions)
}

/// Code with `n` symbols, each named by `name`, beside strings.
fn symbols(n: usize, strings: Vec<u8>, name: impl Fn(usize) -> u32, tables: usize) -> Vec<u8> {
    let rows: Vec<u8> = (0..n).flat_map(|at| symbol(name(at), CODE + 16 * at as u64)).collect();
    let (size, text) = (rows.len() as u64, strings.len() as u64);
    let loads = [(CODE, 5, code(n), 16 * n as u64), (1 << 32, 4, rows, size), (1 << 33, 4, strings, text)];
    elf(&loads, &[], |at| {
        let mut sections = vec![(TEXT, 1, 6, CODE, at[0], 16 * n as u64, 0), (0, 3, 0, 0, at[2], text, 0)];
        sections.extend((0..tables).map(|_| (0, 2, 0, 0, at[1], size, 3)));
        sections
    })
}

#[test]
fn symbols_that_share_one_long_name() {
    let strings = |n: usize| [b"\0".to_vec(), vec![b'A'; 16_000 + n], b"\0".to_vec()].concat();
    let loaded = check(4000, |n| symbols(n, strings(n), |at| 1 + at as u32, 1));
    assert_eq!(loaded.hints.starts.len(), 16_001, "names are display, starts are not");
    let name = &loaded.hints.names[&CODE].name;
    assert_eq!((name.len(), name.ends_with('…')), (4096 + '…'.len_utf8(), true));
    has_gap(&loaded, "names and imports: take many times as much room as the file", false);
}

#[test]
fn symbol_tables_over_one_another() {
    let loaded = check(500, |n| symbols(n, b"\0f\0".to_vec(), |_| 1, n));
    assert_eq!(loaded.hints.starts.len(), 2001);
    has_gap(&loaded, "symbol table: lies over another one; not read", true);
}

#[test]
fn tables_of_strings_without_the_name_of_one() {
    check(500, |n| {
        let filler = vec![b'x'; 64 * n];
        let mut file =
            elf(&[(CODE, 5, code(n), 16 * n as u64), (1 << 32, 4, filler, 64 * n as u64)], &[], |at| {
                (0..n).map(|_| (0, 3, 0, 0, at[1], 64 * n as u64, 0)).collect()
            });
        let names = file.windows(9).position(|part| part == b".shstrtab").unwrap();
        file[names] = b'x';
        file
    });
}

#[test]
fn sections_over_the_same_bytes() {
    let loaded = check(300, |n| {
        let filler = vec![0xe8; 64 * n];
        let size = filler.len() as u64;
        let file = elf(&[(CODE, 4, filler, size)], &[], |at| {
            (0..n).map(|index| (0, 1, 2, CODE + index as u64 * size, at[0], size, 0)).collect()
        });
        without_programs(file)
    });
    has_gap(&loaded, "segments: hold the same bytes of the file many times over", true);
}

/// Takes the program headers away, so that the sections say everything: an object file has none.
fn without_programs(mut file: Vec<u8>) -> Vec<u8> {
    file[16] = 1;
    file[56..58].fill(0);
    file
}

/// A dynamic section of tags and values.
fn dynamic(entries: &[(u64, u64)]) -> (Vec<u8>, Vec<u8>) {
    let mut table = Writer::default();
    entries.iter().for_each(|(tag, value)| {
        table.long(&[*tag, *value]);
    });
    table.long(&[0, 0]);
    let mut header = Writer::default();
    header.word(&[2, 4]).long(&[0, 1 << 34, 1 << 34, table.0.len() as u64, table.0.len() as u64, 8]);
    (table.0, header.0)
}

#[test]
fn bitmaps_of_relative_relocations() {
    let loaded = check(1000, |n| {
        let mut table = Writer::default();
        table.long(&[1 << 32]);
        // Slots of the data, and then of nothing.
        (0..n).for_each(|_| {
            table.long(&[u64::MAX]);
        });
        let size = table.0.len() as u64;
        let mut data = Writer::default();
        (0..n * 8).for_each(|_| {
            data.long(&[CODE]);
        });
        let (entries, header) = dynamic(&[(36, 1 << 33), (35, size)]);
        let (memory, len) = (data.0.len() as u64, entries.len() as u64);
        let loads = [
            (CODE, 5, code(16), 256),
            (1 << 32, 6, data.0, memory),
            (1 << 33, 4, table.0, size),
            (1 << 34, 4, entries, len),
        ];
        elf(&loads, &[header], |_| Vec::new())
    });
    assert_eq!(loaded.hints.relocations.len(), 32_000);
}

#[test]
fn relocation_sections_of_a_static_program_over_one_another() {
    check(300, |n| {
        let mut rows = Writer::default();
        (0..n as u64).for_each(|at| {
            rows.long(&[(1 << 32) + at * 8, 37, CODE]);
        });
        let size = rows.0.len() as u64;
        elf(&[(CODE, 5, code(16), 256), (1 << 32, 4, rows.0, size)], &[], |at| {
            (0..n).map(|_| (0, 4, 2, 1 << 32, at[1], size, 0)).collect()
        })
    });
}

#[test]
fn notes_over_the_same_bytes() {
    check(100, |n| {
        let filler = vec![b'G'; 400 * n];
        let size = filler.len() as u64;
        let mut note = Writer::default();
        note.word(&[4, 4]).long(&[0, 1 << 32, 0, size, size, 1]);
        elf(&[(CODE, 5, code(16), 256), (1 << 32, 4, filler, size)], &vec![note.0; n], |_| Vec::new())
    });
}

#[test]
fn many_segments_under_many_sections() {
    check(200, |n| {
        let mut load = Writer::default();
        load.word(&[1, 4]).long(&[0x1000, 1 << 32, 0, 64 * n as u64, 64 * n as u64, 1]);
        let loads = [(CODE, 5, code(4 * n), 64 * n as u64)];
        elf(&loads, &vec![load.0; n], |at| {
            (0..4 * n as u64)
                .map(|index| (0, 1, 2, (1 << 32) + 16 * index, at[0] + 16 * index, 16, 0))
                .collect()
        })
    });
}

#[test]
fn frames_that_share_one_description() {
    let loaded = check(2000, |n| {
        let mut table = Writer::default();
        table.word(&[12, 0]).bytes(b"\x01zR\0\x01\x78\x10\x01\x1b\0\0\0");
        table.0[0] = 16;
        let base = 1u64 << 32;
        for at in 0..n {
            let here = table.0.len() as u64;
            let start = (CODE + 16 * at as u64).wrapping_sub(base + here + 8) as u32;
            table.word(&[12, here as u32 + 4, start, 16]);
        }
        let size = table.0.len() as u64;
        elf(&[(CODE, 5, code(n), 16 * n as u64), (CODE + (1 << 24), 4, table.0, size)], &[], |at| {
            vec![
                (TEXT, 1, 6, CODE, at[0], 16 * n as u64, 0),
                (EH_FRAME, 1, 2, CODE + (1 << 24), at[1], size, 0),
            ]
        })
    });
    assert!(loaded.gaps.is_empty(), "{:?}", loaded.gaps);
}

#[test]
fn names_of_a_go_table_over_one_another() {
    let loaded = check(2000, |n| {
        let (base, text) = (1u64 << 32, CODE);
        let mut table = Writer::default();
        let names = 0x100 + 8 * n as u64 + 24 + 16 * n as u64;
        table.bytes(b"\xf1\xff\xff\xff\0\0\x01\x08").long(&[n as u64, 0, text, names, 0, 0, 0, 0x100]);
        table.pad(0x100);
        let records = 8 * n as u32 + 24;
        for at in 0..n as u32 {
            table.word(&[16 * at, records + 16 * at]);
        }
        table.word(&[16 * n as u32, 0]).pad(0x100 + records as usize);
        for at in 0..n as u32 {
            table.word(&[16 * at, at, 0, 0]);
        }
        table.pad(names as usize);
        table.bytes(&vec![b'g'; n + 5000]).bytes(b"\0");
        let size = table.0.len() as u64;
        elf(&[(CODE, 5, code(n + 1), 16 * (n as u64 + 1)), (base, 4, table.0, size)], &[], |at| {
            let text = (TEXT, 1, 6, CODE, at[0], 16 * (n as u64 + 1), 0);
            vec![text, (PCLNTAB, 1, 2, base, at[1], size, 0)]
        })
    });
    assert_eq!(loaded.hints.starts.len(), 8001);
    assert!(loaded.hints.names.len() > 100 && loaded.hints.names.len() < 8000);
}

#[test]
fn stubs_of_one_import_with_a_long_name() {
    let loaded = check(3000, |n| {
        let (strings, slot) = (1u64 << 32, (1u64 << 32) + 0x8000);
        let mut data = Writer::default();
        data.bytes(&[0; 25]).bytes(&vec![b'i'; 4000]).pad(0x8000 + 8);
        let symbol_at = strings + 0x4000;
        let mut row = Writer::default();
        row.word(&[25]).bytes(&[0x12, 0]).half(&[0]).long(&[0, 0]);
        data.0[0x4018..0x4030].copy_from_slice(&row.0);
        let mut relocation = Writer::default();
        relocation.long(&[slot, 1 << 32 | 6, 0]);
        data.0[0x5000..0x5018].copy_from_slice(&relocation.0);
        let (entries, header) = dynamic(&[(5, strings), (6, symbol_at), (7, strings + 0x5000), (8, 24)]);
        let base = slot - (1 << 20);
        let stubs: Vec<u8> = (0..n as u64)
            .flat_map(|at| [&[0xff, 0x25][..], &((slot - base - 6 * at - 6) as u32).to_le_bytes()].concat())
            .collect();
        let (size, memory, len) = (stubs.len() as u64, data.0.len() as u64, entries.len() as u64);
        let loads = [(base, 5, stubs, size), (strings, 6, data.0, memory), (1 << 34, 4, entries, len)];
        elf(&loads, &[header], |at| vec![(PLT, 1, 6, base, at[0], size, 0)])
    });
    assert!(loaded.hints.imports.len() > 100 && loaded.hints.imports.len() < 12_000);
    has_gap(&loaded, "names and imports", false);
}

/// A section of a PE: address, bytes, bytes in memory, flags.
type Row = (u32, Vec<u8>, u32, u32);

/// A PE for x86-64 of these sections and data directories (number, address, size).
fn pe(rows: &[Row], directories: &[(usize, u32, u32)]) -> Vec<u8> {
    let mut file = Writer::default();
    file.bytes(b"MZ").pad(0x3c).word(&[0x40]).bytes(b"PE\0\0");
    file.half(&[0x8664, rows.len() as u16]).word(&[0, 0, 0]).half(&[0xf0, 0x22]);
    file.half(&[0x20b, 0]).word(&[0, 0, 0, 0x1000, 0x1000]).long(&[0x1_4000_0000]).word(&[0x1000, 0x200]);
    let headers = (0x148 + 40 * rows.len() as u32).next_multiple_of(0x200);
    file.pad(0x58 + 60).word(&[headers]).pad(0x58 + 108).word(&[16]);
    let table = file.0.len();
    file.pad(table + 128);
    for (number, address, size) in directories {
        file.0[table + number * 8..table + number * 8 + 4].copy_from_slice(&address.to_le_bytes());
        file.0[table + number * 8 + 4..table + number * 8 + 8].copy_from_slice(&size.to_le_bytes());
    }
    let mut raw = headers;
    for (address, bytes, size, flags) in rows {
        let held = bytes.len().next_multiple_of(0x200) as u32;
        file.bytes(b".sect\0\0\0").word(&[*size, *address, held, raw, 0, 0, 0, *flags]);
        raw += held;
    }
    file.pad(headers as usize);
    for (_, bytes, ..) in rows {
        file.bytes(bytes);
        file.pad(file.0.len().next_multiple_of(0x200));
    }
    file.0
}

const READ: u32 = 0x4000_0040;
const RUN: u32 = 0x6000_0020;
/// Where the data of a PE made here is.
const DATA: u32 = 0x10_0000;

fn pe_with_data(data: Vec<u8>, directories: &[(usize, u32, u32)]) -> Vec<u8> {
    let size = data.len() as u32;
    pe(&[(0x1000, code(4096), 0x10000, RUN), (DATA, data, size, READ)], directories)
}

#[test]
fn libraries_that_share_one_list_of_functions() {
    let loaded = check(200, |n| {
        let (names, thunks) = (DATA + 20 * (n as u32 + 1), DATA + 20 * (n as u32 + 1) + 16);
        let mut data = Writer::default();
        (0..n).for_each(|_| {
            data.word(&[thunks, 0, 0, names, thunks]);
        });
        data.pad((names - DATA) as usize).bytes(b"a.dll\0").pad((thunks - DATA) as usize);
        (0..4 * n as u64).for_each(|at| {
            data.long(&[1 << 63 | at & 0xfff]);
        });
        data.long(&[0]);
        pe_with_data(data.0, &[(1, DATA, 20)])
    });
    assert_eq!(loaded.hints.imports.len(), 3200);
    has_gap(&loaded, "import table: belongs to another library as well; read once", false);
}

#[test]
fn functions_that_share_one_long_name() {
    let loaded = check(2000, |n| {
        let mut data = Writer::default();
        data.word(&[DATA + 0x40, 0, 0, DATA + 0x30, DATA + 0x40]).pad(0x30).bytes(b"a.dll\0").pad(0x40);
        let name = u64::from(DATA) + 0x48 + 8 * n as u64;
        (0..n).for_each(|_| {
            data.long(&[name]);
        });
        data.long(&[0]).bytes(&[0; 2]).bytes(&vec![b'f'; 4000]).bytes(b"\0");
        pe_with_data(data.0, &[(1, DATA, 20)])
    });
    has_gap(&loaded, "names and imports", false);
    assert!(!loaded.traits.items.iter().any(|item| item.kind == "imphash"), "of a part it would be wrong");
}

#[test]
fn exports_that_share_one_long_name() {
    check(1000, |n| {
        let words = n as u32 * 4;
        let mut data = Writer::default();
        let (functions, names) = (DATA + 0x40, DATA + 0x40 + words);
        let (ordinals, text) = (names + words, names + words + words / 2);
        data.word(&[0, 0, 0, 0, 1, n as u32, n as u32, functions, names, ordinals]).pad(0x40);
        (0..n as u32).for_each(|at| {
            data.word(&[0x1000 + 4 * at]);
        });
        (0..n as u32).for_each(|_| {
            data.word(&[text]);
        });
        (0..n as u16).for_each(|at| {
            data.half(&[at]);
        });
        data.bytes(&vec![b'e'; 4000]).bytes(b"\0");
        pe_with_data(data.0, &[(0, DATA, 0x28)])
    });
}

#[test]
fn sections_of_a_pe_over_the_same_bytes() {
    let loaded = check(200, |n| {
        let big = vec![0xe8; 0x200 * n];
        let mut rows: Vec<Row> = vec![(0x1000, big, 0x200 * n as u32, READ)];
        rows.extend((1..n as u32).map(|at| (0x1000 + at * 0x100000, Vec::new(), 0x200 * n as u32, READ)));
        let mut file = pe(&rows, &[]);
        // All rows point to the bytes of the first.
        let first = 0x148;
        let same: Vec<u8> = file[first + 16..first + 24].to_vec();
        (1..n).for_each(|at| file[first + at * 40 + 16..first + at * 40 + 24].copy_from_slice(&same));
        file
    });
    has_gap(&loaded, "segments: hold the same bytes", true);
}

#[test]
fn resources_that_point_to_one_directory() {
    check(3000, |n| {
        let mut data = Writer::default();
        for level in 0..2u32 {
            let next = (level + 1) * (16 + 8 * n as u32);
            data.word(&[0, 0, 0]).half(&[0, n as u16]);
            (0..n as u32).for_each(|id| {
                data.word(&[id, 1 << 31 | next]);
            });
        }
        data.word(&[0, 0, 0, 0]);
        pe_with_data(data.0, &[(2, DATA, 16)])
    });
}

#[test]
fn pointers_that_vote_for_many_addresses() {
    let loaded = check(8, |n| {
        // Functions that all have one low half, and pointers of that half.
        let mut bytes = vec![0; n << 16];
        for at in 0..n {
            let block = &mut bytes[at << 16..];
            block[0xfff..0x1001].copy_from_slice(b"\xcc\x55");
            for (index, pointer) in block[0x4000..0xc000].chunks_exact_mut(8).enumerate() {
                let address = 0x1_8000_1000 + (((at << 16 | index) as u64) << 16);
                pointer.copy_from_slice(&address.to_le_bytes());
            }
        }
        let mut table = Writer::default();
        for begin in (0..n as u32).map(|at| 0x1000 + (at << 16)) {
            table.word(&[begin, begin + 16, 0x2000]);
        }
        bytes[0x2000..0x2000 + table.0.len()].copy_from_slice(&table.0);
        bytes
    });
    assert_eq!(loaded.hints.starts.len(), 32);
}

/// A Mach-O file for x86-64: `__TEXT` with code, `__DATA` with `data` and more memory, then
/// `__LINKEDIT` with `link`; load commands that `commands` makes of the offset of `link`.
fn macho(data: &[u8], memory: u64, link: &[u8], commands: impl Fn(u32) -> Vec<Vec<u8>>) -> Vec<u8> {
    let text = code(64);
    let sizes: usize = commands(0).iter().map(Vec::len).sum();
    let first = (32 + 3 * 72 + 80 + sizes).next_multiple_of(0x1000);
    let (data_at, link_at) = (first + text.len(), first + text.len() + data.len());
    let mut file = Writer::default();
    let all = commands(link_at as u32);
    file.word(&[0xfeed_facf, 0x0100_0007, 3, 2, 3 + all.len() as u32, (3 * 72 + 80 + sizes) as u32, 0, 0]);
    let mut segment =
        |name: &[u8], address: u64, memory: u64, at: usize, len: usize, flags: u32, sections: u32| {
            let start = file.0.len();
            file.word(&[0x19, 72 + 80 * sections])
                .bytes(name)
                .pad(start + 24)
                .long(&[address, memory, at as u64, len as u64])
                .word(&[7, flags, sections, 0]);
            if sections > 0 {
                let start = file.0.len();
                file.bytes(b"__text").pad(start + 16).bytes(b"__TEXT").pad(start + 32);
                file.long(&[address, len as u64]).word(&[at as u32, 0, 0, 0, 0x8000_0400, 0, 0, 0]);
            }
        };
    segment(b"__TEXT", 1 << 32, 0x10000, first, text.len(), 5, 1);
    segment(b"__DATA", 1 << 33, memory, data_at, data.len(), 3, 0);
    segment(b"__LINKEDIT", 1 << 45, link.len() as u64, link_at, link.len(), 1, 0);
    all.iter().for_each(|command| {
        file.bytes(command);
    });
    file.pad(first).bytes(&text).bytes(data).bytes(link);
    file.0
}

fn uleb(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// `LC_DYLD_INFO` with one program: 0 rebase, 1 bind, 4 export.
fn dyld_info(which: usize, at: u32, size: usize) -> Vec<u8> {
    let mut command = Writer::default();
    let mut ranges = [0u32; 10];
    (ranges[which * 2], ranges[which * 2 + 1]) = (at, size as u32);
    command.word(&[0x22, 48]).word(&ranges);
    command.0
}

#[test]
fn bind_programs_that_fill_what_the_file_does_not_hold() {
    let loaded = check(1000, |n| {
        let mut program = [b"\x11\x40".to_vec(), vec![b'N'; n], b"\0\x51\x71\0\xc0".to_vec()].concat();
        program.extend(uleb(1_000_000));
        program.extend(uleb(0));
        let size = program.len();
        macho(&[0; 16], 1 << 40, &program, |at| vec![dyld_info(1, at, size)])
    });
    assert_eq!(loaded.hints.imports.len(), 2, "two slots have bytes");
    has_gap(&loaded, "rebase and bind programs: write where the file has no bytes", false);
}

#[test]
fn programs_that_write_the_same_slots_again_and_again() {
    for (which, opcode) in [(0, 0x60u8), (1, 0xc0)] {
        let loaded = check(1000, |n| {
            let again = if which == 0 { vec![0x21, 0, opcode] } else { vec![0x71, 0, opcode] };
            let mut program = if which == 0 { vec![0x11] } else { b"\x40name\0\x51".to_vec() };
            for _ in 0..n {
                program.extend(&again);
                program.extend(uleb(n as u64));
                program.extend(if which == 0 { vec![] } else { uleb(0) });
            }
            let size = program.len();
            let data: Vec<u8> = (0..n).flat_map(|_| (1u64 << 32).to_le_bytes()).collect();
            macho(&data, data.len() as u64, &program, |at| vec![dyld_info(which, at, size)])
        });
        assert_eq!(loaded.hints.imports.len() + loaded.hints.relocations.len(), 4000);
        has_gap(&loaded, "or too often", false);
    }
}

#[test]
fn exports_whose_nodes_lead_to_each_other() {
    check(1000, |n| {
        // Each node leads twice to the next one, and the last one back to the first.
        let mut trie = Vec::new();
        for at in 0..n as u64 {
            let next = if at + 1 < n as u64 { (at + 1) * 16 } else { 0 };
            let mut node = vec![2, 0, 0, 2];
            for name in [b"a\0", b"b\0"] {
                node.extend(name);
                let mut place = uleb(next);
                place.resize(4, 0);
                place[..3].iter_mut().for_each(|byte| *byte |= 0x80);
                node.extend(place);
            }
            node.resize(16, 0);
            trie.extend(node);
        }
        let size = trie.len();
        macho(&[0; 16], 16, &trie, |at| vec![dyld_info(4, at, size)])
    });
}

#[test]
fn exports_that_share_the_ends_of_their_names() {
    check(1000, |n| {
        // Two bytes a node: it exports nothing and its children are what follows.
        let trie = [0x00, 0xff].repeat(n).into_iter().chain(vec![b'x'; n]).collect::<Vec<u8>>();
        let size = trie.len();
        macho(&[0; 16], 16, &trie, |at| vec![dyld_info(4, at, size)])
    });
}

#[test]
fn segments_whose_sections_lie_in_other_commands() {
    let loaded = check(200, |n| {
        let mut command = Writer::default();
        command.word(&[0x19, 72]).bytes(b"__MORE\0\0\0\0\0\0\0\0\0\0").long(&[1 << 40, 0x1000, 0, 0x1000]);
        command.word(&[7, 5, 1000, 0]);
        macho(&[0; 16], 16, &[0; 16], |_| vec![command.0.clone(); n])
    });
    has_gap(&loaded, "sections: more than the segment has room for", true);
}

/// A segment of sections of one kind, all at one place: pointers, stubs, initialisers.
fn sections_at(n: usize, kind: u32, address: u64, size: u64, at: u32) -> Vec<u8> {
    let mut command = Writer::default();
    command.word(&[0x19, 72 + 80 * n as u32]).bytes(b"__MORE\0\0\0\0\0\0\0\0\0\0");
    command.long(&[1 << 40, 1 << 20, 0, 0]).word(&[7, 3, n as u32, 0]);
    for _ in 0..n {
        command.bytes(b"__same\0\0\0\0\0\0\0\0\0\0__MORE\0\0\0\0\0\0\0\0\0\0").long(&[address, size]);
        command.word(&[at, 0, 0, 0, kind, 0, 0, 0]);
    }
    command.0
}

#[test]
fn lists_of_initialisers_at_one_place() {
    check(200, |n| {
        let data: Vec<u8> = (0..n).flat_map(|_| (1u64 << 32).to_le_bytes()).collect();
        macho(&data, data.len() as u64, &[0; 16], |_| {
            vec![sections_at(n, 9, 1 << 33, data.len() as u64, 0x2000)]
        })
    });
}

#[test]
fn sections_that_share_their_indirect_symbols() {
    let loaded = check(200, |n| {
        let mut link = Writer::default();
        (0..n as u32).for_each(|_| {
            link.word(&[0]);
        });
        link.word(&[1]).bytes(&[1, 0]).half(&[0]).long(&[0]).bytes(b"\0name\0");
        macho(&[0; 16], 16, &link.0, |at| {
            let mut symbols = Writer::default();
            symbols.word(&[2, 24, at + 4 * n as u32, 1, at + 4 * n as u32 + 16, 6]);
            let mut indirect = Writer::default();
            indirect.word(&[0xb, 80]).pad(56).word(&[at, n as u32]).pad(80);
            vec![symbols.0, indirect.0, sections_at(n, 6, 1 << 40, 8 * n as u64, 0x1000)]
        })
    });
    has_gap(&loaded, "indirect symbols: belong to another section", false);
}

#[test]
fn chains_of_fixups_over_one_another() {
    let loaded = check(200, |n| {
        let mut data = Writer::default();
        (0..n).for_each(|_| {
            data.long(&[1 << 51]);
        });
        let mut link = Writer::default();
        link.word(&[0, 28, 0, 0, 0, 1, 0, 256]);
        (0..256).for_each(|_| {
            link.word(&[4 + 256 * 4]);
        });
        let pages = (n as u16 * 8).div_ceil(0x1000);
        link.word(&[24]).half(&[0x1000, 6]).long(&[1 << 32]).word(&[0]).half(&[pages]);
        (0..pages).for_each(|_| {
            link.half(&[0]);
        });
        macho(&data.0, data.0.len() as u64, &link.0, |at| {
            let mut command = Writer::default();
            command.word(&[0x8000_0034, 16, at, link.0.len() as u32]);
            vec![command.0]
        })
    });
    has_gap(&loaded, "chained fixups: damaged", false);
}

/// Whether loading gives a gap of code because of bytes that are missing.
#[track_caller]
fn check_cut(bytes: &[u8], keep: usize, gap: &str, code_lost: bool) {
    let loaded = cost(bytes[..keep].to_vec()).loaded.unwrap();
    has_gap(&loaded, gap, code_lost);
}

#[test]
fn code_that_is_not_in_the_file_is_a_gap_of_code() {
    let file = pe(&[(0x1000, code(256), 4096, RUN), (0x2000, vec![1; 4096], 4096, READ)], &[]);
    let data = file.len() - 4096;
    check_cut(
        &file,
        data - 1000,
        "section .sect: reaches behind the end of the file: 1000 bytes of code",
        true,
    );
    check_cut(&file, file.len() - 10, "reaches behind the end of the file: 10 bytes are missing", false);

    let file = elf(&[(CODE, 5, code(256), 4096)], &[], |_| Vec::new());
    check_cut(&file, 0x1800, "loaded segment: reaches behind the end of the file: 2048 bytes of code", true);
    let file = elf(&[(CODE, 5, code(256), 4096), (1 << 32, 6, vec![1; 4096], 4096)], &[], |_| Vec::new());
    check_cut(
        &file,
        0x2800,
        "loaded segment: reaches behind the end of the file: 2048 bytes are missing",
        false,
    );

    let file = macho(&[1; 4096], 4096, &[0; 16], |_| Vec::new());
    check_cut(&file, 0x1200, "segment __TEXT: reaches behind the end of the file: 512 bytes of code", true);
    check_cut(&file, 0x1500, "segment __DATA: reaches behind the end of the file", false);
}

#[test]
fn memory_that_is_zero_at_first_is_no_gap() {
    for bytes in [
        elf(&[(CODE, 5, code(256), 1 << 20)], &[], |_| Vec::new()),
        pe(&[(0x1000, code(256), 1 << 20, RUN)], &[]),
        macho(&[0; 16], 1 << 40, &[0; 16], |_| Vec::new()),
    ] {
        assert_eq!(cost(bytes).loaded.unwrap().gaps, []);
    }
}

#[test]
fn as_many_sections_as_windows_takes_are_believed() {
    let rows = |count: u32, run: u32| -> Vec<Row> {
        let row = |at: u32| {
            let (bytes, flags) = if at == run { (code(8), RUN) } else { (vec![0; 16], READ) };
            (0x10_0000 + 0x1000 * at, bytes, 128, flags)
        };
        (0..count).map(row).collect()
    };
    let loaded = cost(pe(&rows(200, 150), &[])).loaded.unwrap();
    assert_eq!((loaded.gaps.len(), loaded.image.segments().len()), (1, 201));
    has_gap(&loaded, "entry point: lies in no code", false);
    let code =
        loaded.image.segments().iter().find(|segment| segment.executable).map(|segment| segment.address);
    assert_eq!(code, Some(0x1_4000_0000 + 0x10_0000 + 0x1000 * 150));
    // One row that makes no sense, and the number is not believed any more.
    let mut damaged = pe(&rows(200, 50), &[]);
    damaged[0x148 + 40 * 180 + 12..][..4].fill(0xff);
    let loaded = cost(damaged).loaded.unwrap();
    has_gap(&loaded, "number of sections: not believable; rows counted instead", false);
    assert_eq!(loaded.image.segments().len(), 97);
}

/// A PE for 32 bits of one section: entry, flags, address of the section.
fn small_pe(entry: u32, flags: u32, address: u32, bytes: &[u8]) -> Vec<u8> {
    let mut file = Writer::default();
    file.bytes(b"MZ").pad(0x3c).word(&[0x40]).bytes(b"PE\0\0").half(&[0x14c, 1]).word(&[0, 0, 0]);
    file.half(&[0xe0, 0x102, 0x10b, 0]).word(&[0, 0, 0, entry, 0, 0, 0x40_0000, 0x1000, 0x200]);
    file.pad(0x58 + 60).word(&[0x200]).pad(0x58 + 0xe0);
    file.bytes(b".data\0\0\0").word(&[bytes.len() as u32, address, 0x200, 0x200, 0, 0, 0, flags]);
    file.pad(0x180).bytes(&code(2)).pad(0x200).bytes(bytes).pad(0x400);
    file.0
}

#[test]
fn code_where_32_bit_windows_would_run_it() {
    let run = |file: Vec<u8>| cost(file).loaded.unwrap();
    let loaded = run(small_pe(0x1000, 0xc000_0040, 0x1000, &code(4)));
    assert!(loaded.image.is_code(0x40_1000), "in data, where nothing else is code");
    let loaded = run(small_pe(0x180, RUN, 0x1000, &code(4)));
    assert!(loaded.image.is_code(0x40_0180) && loaded.image.is_code(0x40_1000), "in the header");
    has_gap(&loaded, "section flags: the program starts in what is not executable", false);
    assert_eq!(loaded.hints.starts.len(), 1);
    assert_eq!(run(small_pe(0x1000, RUN, 0x1000, &code(4))).gaps, []);
}

#[test]
fn a_program_of_less_than_a_sector_without_sections() {
    let mut file = small_pe(0x180, RUN, 0x1000, &[]);
    file[0x46..0x48].fill(0);
    file[0x138..0x180].fill(0);
    file.truncate(0x1a0);
    let loaded = cost(file.clone()).loaded.unwrap();
    assert!(loaded.image.is_code(0x40_0180));
    file.truncate(0x170);
    assert!(cost(file).loaded.is_none(), "the entry is not in the file");
}

/// A section of a COFF object: name, flags, size, offset, relocations' offset and number.
type Part = (&'static [u8; 8], u32, u32, u32, u32, u16);

/// A COFF object for x86-64: `parts` makes sections of where the body starts; then symbols and strings.
fn coff(body: &[u8], symbols: &[u8], strings: &[u8], parts: impl Fn(u32) -> Vec<Part>) -> Vec<u8> {
    let count = parts(0).len() as u32;
    let first = 20 + 40 * count;
    let mut file = Writer::default();
    file.half(&[0x8664, count as u16]).word(&[0, first + body.len() as u32, symbols.len() as u32 / 18]);
    file.half(&[0, 0]);
    for (name, flags, size, offset, relocations, number) in parts(first) {
        file.bytes(name).word(&[0, 0, size, offset, relocations, 0]).half(&[number, 0]).word(&[flags]);
    }
    file.bytes(body).bytes(symbols).word(&[4 + strings.len() as u32]).bytes(strings);
    file.0
}

/// A symbol with its name in the strings.
fn coff_symbol(name: u32, value: u32, section: u16, kind: u16, class: u8, auxiliary: u8) -> Vec<u8> {
    let mut row = Writer::default();
    row.word(&[0, name, value]).half(&[section, kind]).bytes(&[class, auxiliary]);
    row.0
}

fn relocation(at: u32, symbol: u32, kind: u16) -> Vec<u8> {
    let mut row = Writer::default();
    row.word(&[at, symbol]).half(&[kind]);
    row.0
}

const TEXT_NAME: &[u8; 8] = b".text\0\0\0";

#[test]
fn functions_of_an_object_that_share_one_long_name() {
    let loaded = check(2000, |n| {
        let symbols: Vec<u8> = (0..n as u32).flat_map(|at| coff_symbol(4, 16 * at, 1, 0x20, 2, 0)).collect();
        let strings = [vec![b'f'; 16_000 + n], vec![0]].concat();
        coff(&code(n), &symbols, &strings, |at| vec![(TEXT_NAME, RUN, 16 * n as u32, at, 0, 0)])
    });
    assert_eq!(loaded.hints.starts.len(), 8000);
    has_gap(&loaded, "names and imports: take many times as much room as the file", false);
}

#[test]
fn sections_of_an_object_that_share_a_long_name_and_their_bytes() {
    let loaded = check(1000, |n| {
        let strings = vec![b'n'; 4096];
        coff(&code(n), &[], &strings, |at| vec![(b"/4\0\0\0\0\0\0", RUN, 16 * n as u32, at, 0, 0); n])
    });
    has_gap(&loaded, "has the bytes of another section; left out", true);
    assert_eq!(loaded.image.segments().len(), 1);
}

#[test]
fn sections_of_an_object_that_share_their_relocations() {
    let loaded = check(300, |n| {
        let rows: Vec<u8> = (0..n as u32).flat_map(|at| relocation(16 * at, 0, 1)).collect();
        let symbols = coff_symbol(4, 0, 1, 0x20, 2, 0);
        let body = [code(16 * n), rows].concat();
        coff(&body, &symbols, b"f\0", |at| {
            let part = |index: u32| (TEXT_NAME, RUN, 256, at + 256 * index, at + 256 * n as u32, n as u16);
            (0..n as u32).map(part).collect()
        })
    });
    has_gap(&loaded, "belong to another section as well; not applied", false);
}

#[test]
fn relocations_whose_number_is_beyond_all_bytes() {
    let loaded = check(2000, |n| {
        let mut rows = relocation(u32::MAX, 0, 0);
        rows.extend((0..n as u32).flat_map(|at| relocation(16 * at, 0, 4)));
        let body = [code(n), rows].concat();
        let symbols = coff_symbol(4, 0, 1, 0x20, 2, 0);
        coff(&body, &symbols, b"f\0", |at| {
            let size = 16 * n as u32;
            vec![(TEXT_NAME, RUN | 0x0100_0000, size, at, at + size, u16::MAX)]
        })
    });
    has_gap(&loaded, "relocations of .text: truncated, or their number is damaged", false);
}

#[test]
fn relocations_by_symbols_that_stand_for_each_other() {
    let loaded = check(1000, |n| {
        // Weak symbols, each for the next, the last for the first; and places outside their section.
        let symbols: Vec<u8> = (0..n as u32)
            .flat_map(|at| {
                let mut row = coff_symbol(4, 0, 0, 0x20, 105, 1);
                row.extend((2 * ((at + 1) % n as u32)).to_le_bytes());
                row.resize(36, 0);
                row
            })
            .collect();
        let rows: Vec<u8> = (0..n as u32).flat_map(|at| relocation(32 * at, 2 * at, 4)).collect();
        let body = [code(n), rows].concat();
        coff(&body, &symbols, b"f\0", |at| {
            let size = 16 * n as u32;
            vec![(TEXT_NAME, RUN, size, at, at + size, n as u16)]
        })
    });
    assert_eq!(loaded.hints.imports.len(), 4000);
    has_gap(&loaded, "relocations: 2000 are of a kind or of a symbol that is not known", false);
}

#[test]
fn directives_of_many_sections_in_the_same_bytes() {
    check(500, |n| {
        let words = b" /x:y".repeat(200 * n);
        let size = words.len() as u32;
        coff(&[code(16), words].concat(), &[], &[], |at| {
            let mut parts = vec![(TEXT_NAME, RUN, 256, at, 0, 0)];
            parts.extend((0..n).map(|_| (b".drectve", 0xa00, size, at + 256, 0, 0)));
            parts
        })
    });
}

/// An ARM64EC image with this many rows in the map of its code, and in each list of jumps.
fn hybrid(n: usize, map: impl Fn(u32) -> (u32, u32)) -> Vec<u8> {
    let mut data = Writer::default();
    data.word(&[208]).pad(200).long(&[0x1_4000_0000 + u64::from(DATA) + 256]).pad(256);
    let (ranges, jumps) = (DATA + 512, DATA + 512 + 8 * n as u32);
    data.word(&[1, ranges, n as u32, jumps, jumps]).pad(256 + 48).word(&[n as u32, n as u32]);
    data.pad(256 + 64).word(&[jumps, u32::MAX]).pad(512);
    (0..n as u32).for_each(|at| {
        let (start, len) = map(at);
        data.word(&[start, len]);
    });
    (0..n as u32).for_each(|at| {
        data.word(&[0x1000 + 16 * (at % 4096), 0x1000, 0x1000 + 16 * ((at + 1) % 4096)]);
    });
    pe_with_data(data.0, &[(10, DATA, 208)])
}

#[test]
fn maps_of_two_instruction_sets_whose_ranges_lie_over_one_another() {
    let loaded = check(2000, |n| hybrid(n, |at| (0x1001 + 4 * at, 0x10000 - 4 * at)));
    assert_eq!(loaded.image.segments().iter().filter(|segment| segment.executable).count(), 1);
    assert_eq!(loaded.image.arch_at(0x1_4000_1000), cognate_binary::Arch::Aarch64);
}

#[test]
fn maps_of_two_instruction_sets_that_take_turns() {
    let loaded = check(500, |n| hybrid(n, |at| (0x1001 + 32 * at, 16)));
    let code = loaded.image.segments().iter().filter(|segment| segment.executable);
    let bytes: u64 = code.clone().map(|segment| segment.file_bytes).sum();
    assert_eq!((code.count(), bytes), (4000, 0x10000), "nothing is lost where segments are cut");
}

#[test]
fn a_map_of_two_instruction_sets_that_is_cut_is_a_gap_of_code() {
    let mut bytes = hybrid(10, |at| (0x1001 + 32 * at, 16));
    let count = bytes.windows(4).rposition(|word| word == (DATA + 512).to_le_bytes()).unwrap() + 4;
    bytes[count..count + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    has_gap(&cost(bytes.clone()).loaded.unwrap(), "map of two instruction sets: truncated", true);
    bytes[count - 4..count].copy_from_slice(&0x7000_0000u32.to_le_bytes());
    has_gap(&cost(bytes).loaded.unwrap(), "map of two instruction sets: truncated", true);
}

#[test]
fn a_section_may_show_the_header_as_code() {
    let mut file = small_pe(0x1180, RUN, 0x1000, &code(4));
    // Offsets below a sector are the start of the file.
    let row = file.windows(5).position(|name| name == b".data").unwrap();
    file[row + 20..row + 24].copy_from_slice(&0x10u32.to_le_bytes());
    file[row + 8..row + 12].copy_from_slice(&0x200u32.to_le_bytes());
    let loaded = cost(file).loaded.unwrap();
    assert!(loaded.image.is_code(0x40_1180) && loaded.gaps.is_empty(), "{:?}", loaded.gaps);
    assert_eq!(loaded.image.read_uint(0x40_1180, 1), Some(0x55));
}

#[test]
fn a_64_bit_program_that_is_mapped_as_it_is() {
    // Less than a sector, no sections, aligned to less than a page: entry behind the headers.
    let mut file = Writer::default();
    file.bytes(b"MZ").pad(0x3c).word(&[0x40]).bytes(b"PE\0\0").half(&[0x8664, 0]).word(&[0, 0, 0]);
    file.half(&[0xf0, 0x22])
        .half(&[0x20b, 0])
        .word(&[0, 0, 0, 0x148, 0])
        .long(&[0x1_4000_0000])
        .word(&[4, 4]);
    file.pad(0x58 + 60).word(&[0x148]).pad(0x148).bytes(&code(2));
    let loaded = cost(file.0.clone()).loaded.unwrap();
    assert!(loaded.image.is_code(0x1_4000_0148), "{:?}", loaded.image);
    assert_eq!(loaded.hints.starts.len(), 1);
    file.0[0x58 + 33] = 0x10;
    assert!(cost(file.0).loaded.is_none(), "aligned to a page, it does not run");
    // With a section, the entry in the header.
    let mut file = pe(&[(0x1000, code(16), 256, RUN)], &[]);
    file[0x58 + 16..0x58 + 20].copy_from_slice(&0x180u32.to_le_bytes());
    let loaded = cost(file.clone()).loaded.unwrap();
    has_gap(&loaded, "entry point: lies in no code", false);
    file[0x58 + 32..0x58 + 36].copy_from_slice(&0x200u32.to_le_bytes());
    let loaded = cost(file).loaded.unwrap();
    has_gap(&loaded, "section flags: the program starts in what is not executable", false);
}

#[test]
fn both_halves_of_an_x86_image_with_aarch64_code() {
    // Eight bytes of A64, then x86; behind them the load configuration, the metadata, the map.
    let mut data = Writer::default();
    data.word(&[0x1b00_7c00, 0xd65f_03c0]).bytes(&code(2)).pad(0x40);
    data.word(&[128])
        .pad(0x40 + 124)
        .word(&[0x40_1000 + 0xc0])
        .pad(0xc0)
        .word(&[1, 0x1000 + 0xe0, 2])
        .pad(0xe0);
    data.word(&[0x1001, 8, 0x1008, 32]);
    let mut file = small_pe(0x1008, RUN, 0x1000, &data.0);
    file[0x58 + 96 + 80..0x58 + 96 + 88].copy_from_slice(&[0x40, 0x10, 0, 0, 128, 0, 0, 0]);
    let loaded = cost(file).loaded.unwrap();
    let arch = |at: u64| loaded.image.arch_at(0x40_1000 + at);
    use cognate_binary::Arch::{Aarch64, X86};
    assert_eq!([arch(0), arch(7), arch(8), arch(40)], [Aarch64, Aarch64, X86, X86]);
    let said = loaded.traits.items.iter().find(|item| item.kind == "two-instruction-sets").unwrap();
    assert_eq!(said.value, "CHPE: aarch64 code at 0x401000..0x401008");
}

/// Unwind starts of an image whose table has one entry at 0x100d, behind `before`, and which calls what lies at `called`.
#[track_caller]
fn check_late(before: &[u8], called: u32, expected: u64) {
    let mut text = [before, b"\x48\x89\xcf\x31\xc0\xc3"].concat();
    text.resize(0x40, 0xcc);
    text.push(0xe8);
    text.extend(called.wrapping_sub(0x1045).to_le_bytes());
    text.push(0xc3);
    let mut data = Writer::default();
    data.word(&[0x100d, 0x1013, DATA + 0x20]).pad(0x20).word(&[1, 0]);
    let rows = [(0x1000, text, 0x200, RUN), (DATA, data.0, 0x40, READ)];
    let mut file = pe(&rows, &[(3, DATA, 12)]);
    file[0x58 + 16] = 0x40;
    let loaded = cost(file).loaded.unwrap();
    let starts = loaded.hints.starts.iter().filter(|start| start.end == Some(0x1_4000_1013));
    assert_eq!(starts.map(|start| start.address - 0x1_4000_0000).collect::<Vec<_>>(), [expected]);
}

#[test]
fn an_entry_of_the_function_table_that_starts_late() {
    // mov [rsp+8],rdi; mov [rsp+16],rsi; mov rax,rsp
    let saves = b"\x48\x89\x7c\x24\x08\x48\x89\x74\x24\x10\x48\x89\xe0";
    check_late(saves, 0x1000, 0x1000);
    check_late(saves, 0x1040, 0x100d);
    check_late(b"\x48\x89\x7c\x24\x08\x48\x89\x74\x24\x10\xc3\x89\xe0", 0x1000, 0x100d);
}

#[test]
fn entries_that_may_all_be_late() {
    check(1000, |n| {
        let text = b"\x89\xf8\x89\xf8\x89\xf8\x89\xf8\x89\xf8\x31\xc0\xe8\0\0\0\0\xc3".repeat(n);
        let size = text.len() as u32;
        let mut data = Writer::default();
        data.word(&[1, 0]).pad(16);
        (0..n as u32).for_each(|at| {
            data.word(&[0x1000 + 18 * at + 10, 0x1000 + 18 * at + 18, 0x100_0000]);
        });
        let held = data.0.len() as u32;
        pe(&[(0x1000, text, size, RUN), (0x100_0000, data.0, held, READ)], &[(3, 0x100_0010, 12 * n as u32)])
    });
}

/// A PE file with the header of .NET: its flags, how much of it was compiled in advance, and further directories.
#[track_caller]
fn check_managed(flags: u32, native: u32, directories: &[(usize, u32, u32)], is_refused: bool) {
    let mut data = Writer::default();
    data.word(&[72, 0x0005_0002, 0, 0, flags]).pad(64).word(&[DATA, native]).pad(0x200);
    let bytes = pe_with_data(data.0, &[&[(14, DATA, 72)], directories].concat());
    let mut budget = Budget::new(&Limits::default());
    match load(bytes.into(), &LoadOptions::default(), &mut budget) {
        Ok(loaded) => {
            assert!(!is_refused);
            has_gap(&loaded, ".NET metadata: managed code is not analysed", true);
        }
        Err(error) => {
            assert!(is_refused, "{error}");
            assert_eq!(error.to_string(), ".NET assembly: its code is IL, which is not read");
            assert_eq!((error.next_step(), error.recognised()), (None, Some(".NET assembly")));
        }
    }
}

#[test]
fn of_dot_net_only_native_code_is_read() {
    check_managed(1, 0, &[], true);
    check_managed(3, 0, &[], true);
    check_managed(0, 0, &[], false); // C++ of both kinds
    check_managed(1, 0x100, &[], false); // compiled in advance
    check_managed(1, 0, &[(9, DATA + 0x100, 40)], false); // functions that the system calls before any other
}
