//! Archives, whole, nested, damaged and hostile.

use cognate_base::{Gap, Limits};
use cognate_binary::{walk, walk_with_password};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use zip::unstable::write::FileOptionsExt;
use zip::write::SimpleFileOptions;

fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

fn encrypted(name: &str, bytes: &[u8]) -> Vec<u8> {
    let options = SimpleFileOptions::default().with_aes_encryption(zip::AesMode::Aes256, "infected");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, options).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn tarred(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    tar.append_data(&mut header, name, bytes).unwrap();
    tar.into_inner().unwrap()
}

/// Walks an archive: its members as `name=text`, then its gaps.
#[track_caller]
fn check(bytes: Vec<u8>, limits: &Limits, members: &[&str], gaps: &[&str]) {
    let mut found = Vec::new();
    let said = walk("a", bytes.into(), limits, &mut |member| {
        found.push(format!("{}={}", member.name, String::from_utf8_lossy(&member.bytes)));
    });
    assert_eq!(found, members);
    let said: Vec<String> = said.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), gaps.len(), "{said:?}");
    assert!(said.iter().zip(gaps).all(|(said, gap)| said.contains(gap)), "{said:?}");
}

#[test]
fn a_plain_file_is_its_own_member() {
    check(b"hello".to_vec(), &Limits::default(), &["a=hello"], &[]);
}

#[test]
fn archives_in_archives_are_opened() {
    let nested = gzipped(&tarred("dir/x.zip", &zipped("f", b"hello")));
    check(nested, &Limits::default(), &["a!a!dir/x.zip!f=hello"], &[]);
}

#[test]
fn the_password_infected_opens_a_zip() {
    check(encrypted("f", b"hello"), &Limits::default(), &["a!f=hello"], &[]);
}

#[test]
fn nesting_stops_at_the_limit() {
    let limits = Limits { archive_depth: 2, ..Limits::default() };
    check(zipped("1", &zipped("2", &zipped("3", b"x"))), &limits, &[], &["nested deeper than the limit"]);
}

#[test]
fn a_member_over_the_limit_is_left_out() {
    let limits = Limits { file_bytes: 1000, ..Limits::default() };
    check(zipped("f", &[b'x'; 1001]), &limits, &[], &["unpacks to more than the limits allow"]);
}

#[test]
fn a_bomb_is_stopped_by_its_ratio() {
    let bomb = zipped("f", &vec![0; 80 << 20]);
    check(bomb, &Limits::default(), &[], &["unpacks to more than the limits allow"]);
}

#[test]
fn a_truncated_gzip_gives_what_was_readable() {
    let text: String = (0..4000).map(|number| format!("{number} ")).collect();
    let mut bytes = gzipped(text.as_bytes());
    bytes.truncate(bytes.len() / 2);
    let mut members = Vec::new();
    let gaps = walk("a.gz", bytes.into(), &Limits::default(), &mut |member| members.push(member));
    assert!(gaps.iter().any(|gap| gap.reason.contains("damaged")));
    assert_eq!(members.len(), 1);
    assert!(members[0].bytes.len() > 1000 && text.as_bytes().starts_with(&members[0].bytes));
}

#[test]
fn a_zip_without_its_directory_is_read_in_order() {
    let mut bytes = zipped("f", b"hello");
    bytes.truncate(bytes.len() - 60);
    check(bytes, &Limits::default(), &["a!f=hello"], &["directory unreadable"]);
}

/// Walks and gives names with sizes, and the gaps.
fn members(bytes: Vec<u8>, limits: &Limits) -> (Vec<(String, usize)>, Vec<Gap>) {
    let mut found = Vec::new();
    let gaps = walk("a", bytes.into(), limits, &mut |member| found.push((member.name, member.bytes.len())));
    (found, gaps)
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
}

#[test]
fn an_old_encryption_with_the_password_is_opened() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let old = options().with_deprecated_encryption(b"infected").unwrap();
    zip.start_file("f", old).unwrap();
    zip.write_all(b"hello").unwrap();
    check(zip.finish().unwrap().into_inner(), &Limits::default(), &["a!f=hello"], &[]);
}

/// A zip of entries (name, data, header that the directory names), stored; every header is written once.
fn by_hand(entries: &[(&str, &[u8], Option<usize>)]) -> Vec<u8> {
    let (mut bytes, mut directory, mut headers) = (Vec::new(), Vec::new(), Vec::<u32>::new());
    for (name, data, same) in entries {
        let mut crc = flate2::Crc::new();
        crc.update(data);
        let (size, len) = (data.len() as u32, name.len() as u16);
        let at = same.map_or(bytes.len() as u32, |index| headers[index]);
        headers.push(at);
        let shared = |out: &mut Vec<u8>| {
            [20u16, 0, 0, 0, 0].iter().for_each(|half| out.extend(half.to_le_bytes()));
            [crc.sum(), size, size].iter().for_each(|word| out.extend(word.to_le_bytes()));
            [len, 0].iter().for_each(|half| out.extend(half.to_le_bytes()));
        };
        if same.is_none() {
            bytes.extend(b"PK\x03\x04");
            shared(&mut bytes);
            bytes.extend(name.as_bytes());
            bytes.extend(*data);
        }
        directory.extend(b"PK\x01\x02\x14\x00");
        shared(&mut directory);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, size, count) = (bytes.len() as u32, directory.len() as u32, entries.len() as u16);
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    [count, count].iter().for_each(|half| bytes.extend(half.to_le_bytes()));
    [size, at].iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    bytes.extend([0; 2]);
    bytes
}

#[test]
fn members_of_one_name_all_come() {
    let zip = by_hand(&[("f", b"one", None), ("f", b"two", None), ("f#2", b"three", None)]);
    check(zip, &Limits::default(), &["a!f=one", "a!f#2=two", "a!f#2#2=three"], &[]);
}

#[test]
fn entries_over_one_another_are_left_out() {
    let zip = by_hand(&[("f", b"one", None), ("g", b"one", Some(0)), ("h", b"two", None)]);
    let gap = "archive a!g: lies over another member; left out";
    check(zip.clone(), &Limits::default(), &["a!f=one", "a!h=two"], &[gap]);
    assert!(members(zip, &Limits::default()).1[0].code_lost);
}

#[test]
fn what_the_directory_lost_is_read_in_order() {
    let mut zip = by_hand(&[("f", b"one", None), ("g", b"two", None)]);
    let second = zip.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    zip[second] = b'X';
    check(zip, &Limits::default(), &["a!f=one", "a!g=two"], &["directory unreadable"]);
}

#[test]
fn a_stream_without_directory_or_sizes_is_read() {
    let mut zip = zip::ZipWriter::new_stream(Vec::new());
    for name in ["f", "g"] {
        zip.start_file(name, options()).unwrap();
        zip.write_all(b"hello hello hello").unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    check(bytes.clone(), &Limits::default(), &["a!f=hello hello hello", "a!g=hello hello hello"], &[]);
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    bytes.truncate(directory);
    let gap = ["directory unreadable"];
    check(bytes, &Limits::default(), &["a!f=hello hello hello", "a!g=hello hello hello"], &gap);
}

#[test]
fn a_wrong_checksum_is_said() {
    let mut zip = by_hand(&[("f", b"one", None)]);
    zip[31] = b'O';
    check(zip, &Limits::default(), &["a!f=One"], &["archive a!f: damaged (wrong checksum)"]);
}

#[test]
fn members_that_are_bombs_together_end_with_a_gap() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let zeros = vec![0; 60 << 20];
    for index in 0..20 {
        zip.start_file(format!("{index:02}"), options()).unwrap();
        zip.write_all(&zeros).unwrap();
    }
    let (found, gaps) = members(zip.finish().unwrap().into_inner(), &Limits::default());
    assert_eq!(found.len(), 17, "1,024 MiB hold so many of 60");
    assert_eq!(gaps.len(), 3, "{gaps:?}");
    assert!(gaps.iter().all(|gap| gap.code_lost && gap.reason == "unpacks to more than the limits allow"));
}

#[test]
fn a_walk_ends_when_its_visitor_says_so() {
    let zip = by_hand(&[("f", b"one", None), ("g", b"two", None)]);
    let nested = by_hand(&[("x", &zip, None), ("y", b"three", None)]);
    let mut seen = 0;
    let gaps = walk_with_password("a", nested.into(), &Limits::default(), None, &mut |_| {
        seen += 1;
        ControlFlow::Break(())
    });
    assert_eq!((seen, gaps), (1, Vec::new()));
}

#[test]
fn only_so_many_gaps_are_listed() {
    let names: Vec<String> = (0..2000).map(|index| format!("{index}")).collect();
    let mut entries: Vec<(&str, &[u8], Option<usize>)> = vec![("f", b"one", None)];
    entries.extend(names.iter().map(|name| (name.as_str(), &b"one"[..], Some(0))));
    let (found, gaps) = members(by_hand(&entries), &Limits::default());
    assert_eq!((found.len(), gaps.len()), (1, 1025));
    assert_eq!(gaps.last().map(ToString::to_string).as_deref(), Some("gap: archive a: 976 more gaps"));
    assert!(gaps.last().unwrap().code_lost);
}

#[test]
fn long_names_are_cut_with_a_mark() {
    let name = "n".repeat(60_000);
    let (found, _) = members(by_hand(&[(&name, b"one", None)]), &Limits::default());
    assert_eq!(found[0].0, format!("a!{}…", "n".repeat(1024)));
}

/// A tar entry with its data; the size in the header is `said`.
fn tar_entry(name: &str, kind: u8, said: u64, data: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name).unwrap();
    header.set_size(said);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn files_of_every_type_are_members() {
    let kinds = [("old", 0u8), ("plain", b'0'), ("contiguous", b'7'), ("unknown", b'Z')];
    let mut bytes: Vec<u8> = kinds.iter().flat_map(|(name, kind)| tar_entry(name, *kind, 2, b"ok")).collect();
    for kind in *b"1234560V" {
        bytes.extend(tar_entry("none", kind, 0, b"")); // links, devices, a directory, a pipe, nothing, a label
    }
    bytes.extend([0; 1024]);
    let all = ["a!old=ok", "a!plain=ok", "a!contiguous=ok", "a!unknown=ok"];
    check(bytes, &Limits::default(), &all, &[]);
}

#[test]
fn an_archive_without_the_magic_of_posix_is_opened() {
    let mut bytes = tar_entry("f", 0, 4, b"text");
    bytes[257..265].fill(0);
    bytes[148..156].fill(b' ');
    let sum: u64 = bytes[..512].iter().map(|&byte| u64::from(byte)).sum();
    bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    check(bytes, &Limits::default(), &["a!f=text"], &[]);
}

#[test]
fn holes_in_tar_members_are_a_gap() {
    let bytes = [tar_entry("f", b'S', 2, b"ok"), tar_entry("g", b'0', 2, b"ok"), vec![0; 1024]].concat();
    check(bytes, &Limits::default(), &["a!g=ok"], &["archive a!f: stored with holes"]);
}

#[test]
fn long_names_of_tar_members_are_found_in_front() {
    let record = b"16 path=longname\n";
    let bytes = [
        tar_entry("pax", b'x', record.len() as u64, &record[..]),
        tar_entry("f", b'0', 2, b"ok"),
        tar_entry("gnu", b'L', 6, b"other\0"),
        tar_entry("g", b'0', 2, b"ok"),
        tar_entry("h", b'0', 2, b"ok"),
    ];
    let mut bytes = bytes.concat();
    let at = bytes.windows(16).position(|part| part == b"16 path=longname").unwrap();
    bytes[at..at + 17].copy_from_slice(b"17 path=longname\n");
    check(bytes, &Limits::default(), &["a!longname=ok", "a!other=ok", "a!h=ok"], &[]);
}

#[test]
fn a_tar_member_longer_than_the_file_is_truncated() {
    let bytes = tar_entry("f", b'0', 1 << 32, b"ok");
    let (found, gaps) = members(bytes, &Limits::default());
    assert_eq!(found, [("a!f".to_owned(), 512)]);
    let missing = (1u64 << 32) - 512;
    let reason = format!("truncated: {missing} bytes are missing; what was readable is taken");
    assert_eq!((gaps.len(), &gaps[0].reason, gaps[0].code_lost), (1, &reason, true));
}

#[test]
fn tar_members_behind_damage_are_found() {
    let mut bytes = [tar_entry("f", b'0', 2, b"ok"), tar_entry("g", b'0', 2, b"ok")].concat();
    bytes[3] ^= 1;
    check(bytes, &Limits::default(), &["a!g=ok"], &["members are looked for behind it"]);
}

fn ar_member(name: &str, size: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{name:16}{:32}{size:10}`\n", "").into_bytes();
    bytes.extend(data);
    bytes
}

#[test]
fn a_library_is_opened_by_all_ways_of_naming() {
    let bytes = [
        b"!<arch>\n".to_vec(),
        ar_member("/", "4", b"\0\0\0\0"),
        ar_member("//", "10", b"long.name/"),
        ar_member("/0", "2", b"ok"),
        ar_member("#1/4", "6", b"x.o\0ok"),
        ar_member("#1/12", "14", b"__.SYMDEF\0\0\0no"),
        ar_member("y.o/", "2", b"ok"),
        ar_member("y.o/", "2", b"ko"),
    ];
    let all = ["a!long.name=ok", "a!x.o=ok", "a!y.o=ok", "a!y.o#2=ko"];
    check(bytes.concat(), &Limits::default(), &all, &[]);
}

#[test]
fn programs_under_the_names_of_lists_are_members() {
    for name in ["__.SYMDEF", "/SYM64/", "//", "/", "debian-binary"] {
        let bytes = [b"!<arch>\n".to_vec(), ar_member(name, "6", b"\x7fELF..")].concat();
        let mut found = Vec::new();
        walk("a", bytes.into(), &Limits::default(), &mut |member| found.push(member.bytes.to_vec()));
        assert_eq!(found, [b"\x7fELF..".to_vec()], "{name}");
    }
}

#[test]
fn damaged_sizes_in_a_library_are_gaps_with_the_name() {
    let negative = [b"!<arch>\n".to_vec(), ar_member("x.o/", "-60", b"ok")].concat();
    check(negative, &Limits::default(), &[], &["archive a!x.o: its size is damaged"]);
    let huge = [b"!<arch>\n".to_vec(), ar_member("x.o/", "9999999999", b"ok")].concat();
    check(huge, &Limits::default(), &["a!x.o=ok"], &["archive a!x.o: truncated: 9999999997 bytes"]);
}

/// A fat file of slices (processor, start, size) over `body`, which starts at 1,000.
fn fat(slices: &[(u32, u32, u32)], body: &[u8]) -> Vec<u8> {
    let mut bytes = 0xcafe_babeu32.to_be_bytes().to_vec();
    bytes.extend((slices.len() as u32).to_be_bytes());
    for (processor, start, size) in slices {
        [*processor, 3, *start, *size, 0].iter().for_each(|word| bytes.extend(word.to_be_bytes()));
    }
    bytes.resize(1000, 0);
    bytes.extend(body);
    bytes
}

#[test]
fn the_same_slice_is_visited_once() {
    let slices: Vec<(u32, u32, u32)> = (1..=40).map(|processor| (processor, 1000, 2)).collect();
    let (found, gaps) = members(fat(&slices, b"ok"), &Limits::default());
    assert_eq!(found, [("a!0x1".to_owned(), 2)]);
    assert_eq!(gaps.len(), 39);
    assert!(gaps.iter().all(|gap| gap.reason == "the same bytes as a!0x1; visited once" && !gap.code_lost));
}

#[test]
fn slices_over_one_another_are_left_out() {
    let bytes = fat(&[(7, 1000, 4), (12, 1002, 4), (18, 0, 1000), (19, 1006, 9)], b"okokokok");
    let gaps =
        ["archive a!0xc: lies over", "archive a!0x12: lies over", "archive a!0x13: truncated: 7 bytes"];
    check(bytes, &Limits::default(), &["a!x86=okok", "a!0x13=ok"], &gaps);
}

#[test]
fn a_static_library_in_a_fat_file_is_opened() {
    let library = [b"!<arch>\n".to_vec(), ar_member("x.o/", "2", b"ok")].concat();
    let bytes = fat(&[(7, 1000, library.len() as u32)], &library);
    check(bytes.clone(), &Limits::default(), &["a!x86!x.o=ok"], &[]);
    let limits = Limits { archive_depth: 1, ..Limits::default() };
    check(bytes, &limits, &[], &["nested deeper than the limit"]);
}

#[test]
fn gzip_members_one_behind_the_other_are_one() {
    let mut bytes = gzipped(b"hello ");
    (0..20_000).for_each(|_| bytes.extend(gzipped(b"")));
    bytes.extend(gzipped(b"world"));
    check(bytes, &Limits::default(), &["a!a=hello world"], &[]);
}

#[test]
fn unpacking_obeys_the_clock() {
    let limits = Limits { time: std::time::Duration::ZERO, ..Limits::default() };
    let (found, gaps) = members(gzipped(&vec![0; 1 << 20]), &limits);
    assert_eq!(found, []);
    assert_eq!(gaps.len(), 1);
    assert!(gaps[0].code_lost && gaps[0].reason.contains("time budget spent"), "{gaps:?}");
}

#[test]
fn a_flood_of_ends_of_a_directory_is_read_in_order() {
    let mut bytes = zipped("a.bin", b"content");
    let tail = bytes.split_off(bytes.len() - 22);
    bytes.extend(b"PK\x06\x06".repeat(2_000));
    bytes.extend(tail);
    let mut members = Vec::new();
    let gaps = walk("f.zip", bytes.into(), &Limits::default(), &mut |member| members.push(member.name));
    assert_eq!(members, ["f.zip!a.bin"]);
    assert!(gaps.iter().any(|gap| gap.reason.contains("too many ends of a directory")), "{gaps:?}");
}
