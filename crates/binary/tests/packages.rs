//! Packages and what is packed as a whole: whole, damaged and hostile.

use cognate_base::{Gap, Limits};
use cognate_binary::{walk, walk_with_password};
use std::io::{Cursor, Write};
use std::ops::ControlFlow;

/// Walks an archive: its members as `name=text`, and its gaps.
fn walked(bytes: &[u8], limits: &Limits, password: Option<&str>) -> (Vec<String>, Vec<Gap>) {
    let mut found = Vec::new();
    let gaps = walk_with_password("a", bytes.into(), limits, password, &mut |member| {
        let start = member.bytes.get(..40).unwrap_or(&member.bytes);
        found.push(format!("{}={}", member.name, String::from_utf8_lossy(start)));
        ControlFlow::Continue(())
    });
    (found, gaps)
}

#[track_caller]
fn check_with(bytes: &[u8], limits: &Limits, password: Option<&str>, members: &[&str], gaps: &[&str]) {
    let (found, said) = walked(bytes, limits, password);
    assert_eq!(found, members, "{said:?}");
    let said: Vec<String> = said.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), gaps.len(), "{said:?}");
    assert!(said.iter().zip(gaps).all(|(said, gap)| said.contains(gap)), "{said:?}");
}

#[track_caller]
fn check(bytes: &[u8], members: &[&str], gaps: &[&str]) {
    check_with(bytes, &Limits::default(), None, members, gaps);
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut writer =
        lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, Some(bytes.len() as u64)).unwrap();
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

fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    tar.append_data(&mut header, name, bytes).unwrap();
    tar.into_inner().unwrap()
}

type Packer = fn(&[u8]) -> Vec<u8>;
const PACKERS: [(&str, Packer); 4] = [("xz", xz), ("lzma", lzma), ("bzip2", bzip2), ("zstd", zstd)];

#[test]
fn what_is_packed_as_a_whole_is_opened() {
    for (_, pack) in PACKERS {
        check(&pack(b"hello"), &["a!a=hello"], &[]);
        check(&pack(&tar("f", &pack(b"hello"))), &["a!a!f!f=hello"], &[]);
    }
}

#[test]
fn streams_one_behind_the_other_are_one() {
    for (name, pack) in PACKERS.into_iter().filter(|(name, _)| *name != "lzma") {
        let two = [pack(b"hello "), pack(b"world")].concat();
        let (found, gaps) = walked(&two, &Limits::default(), None);
        assert_eq!((found, gaps), (vec!["a!a=hello world".to_owned()], vec![]), "{name}");
    }
}

#[test]
fn frames_that_are_to_be_skipped_are() {
    let skipped = [&b"\x51\x2a\x4d\x18\x03\0\0\0abc"[..], &zstd(b"hello")].concat();
    check(&skipped, &["a!a=hello"], &[]);
}

#[test]
fn what_is_truncated_gives_what_was_readable() {
    let mut random = 1u32;
    let noise: Vec<u8> = (0..1 << 20)
        .map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + (random >> 29) as u8
        })
        .collect();
    for (name, pack) in PACKERS {
        let mut bytes = pack(&noise);
        bytes.truncate(bytes.len() * 3 / 4);
        let mut size = 0;
        let gaps = walk("a", bytes.as_slice().into(), &Limits::default(), &mut |member| {
            assert!(noise.starts_with(&member.bytes), "{name}");
            size = member.bytes.len();
        });
        assert!(size > 1 << 16, "{name}: {size}");
        assert!(
            gaps.len() == 1 && gaps[0].code_lost && gaps[0].reason.contains("damaged"),
            "{name}: {gaps:?}"
        );
    }
}

#[test]
fn a_bomb_of_each_kind_is_stopped() {
    for (name, pack) in PACKERS {
        let bomb = pack(&vec![0; 80 << 20]);
        let (found, gaps) = walked(&bomb, &Limits::default(), None);
        assert_eq!(found.len(), 0, "{name}");
        assert!(
            gaps.len() == 1 && gaps[0].reason == "unpacks to more than the limits allow",
            "{name}: {gaps:?}"
        );
    }
}

#[test]
fn unpacking_obeys_the_clock() {
    let limits = Limits { time: std::time::Duration::ZERO, ..Limits::default() };
    let all = PACKERS.map(|(_, pack)| pack(&vec![0; 1 << 20])).into_iter();
    let all = all.chain([seven_zip(&[("f", b"hello")], None, false), cab(&[("f", b"hello")], true)]);
    for bytes in all {
        let (found, gaps) = walked(&bytes, &limits, None);
        assert_eq!(found.len(), 0);
        assert!(gaps.len() == 1 && gaps[0].reason.contains("time budget spent"), "{gaps:?}");
    }
}

#[test]
fn dictionaries_are_bounded_before_they_are_made() {
    // 4 GiB less one, 1.5 GiB and 2 GiB by their headers: a few bytes that would take them.
    let mut huge = xz(b"hello");
    huge[12 + 4] = 40; // the dictionary in the header of the block, whose sum is then wrong: set it right
    let sum = crc32(&huge[12..20]);
    huge[20..24].copy_from_slice(&sum.to_le_bytes());
    let (found, gaps) = walked(&huge, &Limits::default(), None);
    assert!(found.is_empty() && gaps.len() == 1 && gaps[0].code_lost, "{gaps:?}");
    let mut huge = lzma(b"hello");
    huge[1..5].copy_from_slice(&(3u32 << 29).to_le_bytes());
    check(&huge, &[], &["unreadable"]);
    let huge = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0];
    check(&huge, &[], &["window_size is too big"]);
}

#[test]
fn dictionaries_obey_the_limit_on_memory() {
    let mut options = lzma_rust2::XzOptions::with_preset(1);
    options.lzma_options.dict_size = 64 << 20;
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(b"hello").unwrap();
    let bytes = writer.finish().unwrap();
    check(&bytes, &["a!a=hello"], &[]);
    let limits = Limits { memory: 16 << 20, ..Limits::default() };
    let (found, gaps) = walked(&bytes, &limits, None);
    assert!(found.is_empty() && gaps.len() == 1, "{gaps:?}");
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

fn ar(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, data) in members {
        bytes.extend(format!("{name:16}{:32}{:<10}`\n", "", data.len()).as_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

#[test]
fn a_debian_package_is_opened_to_its_files() {
    for (end, pack) in [("xz", xz as Packer), ("zst", zstd)] {
        let package = ar(&[
            ("debian-binary", b"2.0\n".to_vec()),
            (&format!("control.tar.{end}"), pack(&tar("control", b"Package: f"))),
            (&format!("data.tar.{end}"), pack(&tar("usr/bin/f", b"hello"))),
        ]);
        let control = format!("a!control.tar.{end}!control.tar!control=Package: f");
        let file = format!("a!data.tar.{end}!data.tar!usr/bin/f=hello");
        check(&package, &[&control, &file], &[]);
    }
}

fn seven_zip(members: &[(&str, &[u8])], password: Option<&str>, solid: bool) -> Vec<u8> {
    use sevenz_rust2::encoder_options::{AesEncoderOptions, Lzma2Options};
    use sevenz_rust2::{ArchiveEntry, ArchiveWriter, SourceReader};
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    let mut methods = Vec::new();
    if let Some(password) = password {
        methods.push(AesEncoderOptions::new(password.into()).into());
    }
    methods.push(Lzma2Options::from_level(1).into());
    writer.set_content_methods(methods);
    let entries = members.iter().map(|(name, _)| ArchiveEntry::new_file(name));
    if solid {
        let readers =
            members.iter().map(|(_, data)| SourceReader::from(Cursor::new(data.to_vec()))).collect();
        writer.push_archive_entries(entries.collect(), readers).unwrap();
    } else {
        for (entry, (_, data)) in entries.zip(members) {
            writer.push_archive_entry(entry, Some(*data)).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn members_of_7z_come_by_position() {
    for solid in [false, true] {
        let bytes = seven_zip(&[("f", b"one"), ("f", b"two"), ("g", b"three")], None, solid);
        check(&bytes, &["a!f=one", "a!f#2=two", "a!g=three"], &[]);
    }
}

#[test]
fn the_usual_password_opens_7z_and_so_does_another_when_told() {
    let members: [(&str, &[u8]); 2] = [("f", b"one"), ("g", b"two")];
    for solid in [false, true] {
        check(&seven_zip(&members, Some("infected"), solid), &["a!f=one", "a!g=two"], &[]);
        let limits = Limits::default();
        let other = seven_zip(&members, Some("secret"), solid);
        check_with(&other, &limits, Some("secret"), &["a!f=one", "a!g=two"], &[]);
        let usual = seven_zip(&members, Some("infected"), solid);
        check_with(&usual, &limits, Some("secret"), &["a!f=one", "a!g=two"], &[]);
        let (found, gaps) = walked(&other, &limits, None);
        assert!(found.is_empty() && gaps.iter().all(|gap| gap.code_lost), "{found:?} {gaps:?}");
        assert!(!gaps.is_empty());
    }
}

#[test]
fn a_bomb_in_7z_is_stopped_and_what_lies_behind_it_is_said() {
    let zeros = vec![0; 80 << 20];
    let bytes = seven_zip(&[("f", b"one"), ("bomb", &zeros), ("g", b"two")], None, true);
    let gaps = ["a!bomb: unpacks to more than the limits allow", "a!g: lies behind a member"];
    check(&bytes, &["a!f=one"], &gaps);
    let bytes = seven_zip(&[("f", b"one"), ("bomb", &zeros), ("g", b"two")], None, false);
    check(&bytes, &["a!f=one", "a!g=two"], &gaps[..1]);
}

#[test]
fn a_damaged_7z_says_so() {
    let mut bytes = seven_zip(&[("f", b"one one one"), ("g", b"two")], None, false);
    let whole = bytes.len();
    bytes[36] ^= 0x55;
    let (found, gaps) = walked(&bytes, &Limits::default(), None);
    assert!(found.iter().any(|name| name == "a!g=two") && !gaps.is_empty(), "{found:?} {gaps:?}");
    bytes.truncate(whole - 4);
    check(&bytes, &[], &["archive a: unreadable"]);
}

fn cab(members: &[(&str, &[u8])], packed: bool) -> Vec<u8> {
    use cab::{CabinetBuilder, CompressionType};
    let mut builder = CabinetBuilder::new();
    let folder = builder.add_folder(if packed { CompressionType::MsZip } else { CompressionType::None });
    members.iter().for_each(|(name, _)| {
        folder.add_file(*name);
    });
    let mut cabinet = builder.build(Cursor::new(Vec::new())).unwrap();
    for (_, data) in members {
        cabinet.next_file().unwrap().unwrap().write_all(data).unwrap();
    }
    cabinet.finish().unwrap().into_inner()
}

#[test]
fn members_of_a_cabinet_come_by_position() {
    for packed in [false, true] {
        let long = b"hello ".repeat(20_000);
        let bytes = cab(&[("f", b"one"), ("f", &long), ("g", b"two")], packed);
        let start = String::from_utf8(long[..40].to_vec()).unwrap();
        check(&bytes, &["a!f=one", &format!("a!f#2={start}"), "a!g=two"], &[]);
    }
}

#[test]
fn a_cabinet_gives_back_what_it_was_given() {
    let long: Vec<u8> = (0..300_000u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
    for packed in [false, true] {
        let mut found = Vec::new();
        let bytes = cab(&[("f", b"one"), ("g", &long)], packed);
        let gaps =
            walk("a", bytes.into(), &Limits::default(), &mut |member| found.push(member.bytes.to_vec()));
        assert!(gaps.is_empty() && found == [b"one".to_vec(), long.clone()], "{gaps:?}");
    }
}

#[test]
fn files_over_one_another_in_a_cabinet_are_left_out() {
    let mut bytes = cab(&[("f", b"one"), ("g", b"two")], false);
    let second = bytes.windows(2).rposition(|two| two == b"g\0").unwrap();
    bytes[second - 12..second - 8].copy_from_slice(&1u32.to_le_bytes());
    check(&bytes, &["a!f=one"], &["a!g: lies over another member"]);
}

#[test]
fn a_damaged_block_of_a_cabinet_loses_what_lies_behind_it() {
    let mut bytes = cab(&[("f", &b"one".repeat(20_000)), ("g", b"two")], true);
    let len = bytes.len();
    bytes[len - 20] ^= 0xff;
    let (found, gaps) = walked(&bytes, &Limits::default(), None);
    assert!(found.len() <= 1 && gaps.len() >= 2 && gaps.iter().all(|gap| gap.code_lost), "{gaps:?}");
}

fn cpio(members: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, mode, data) in members.iter().chain(&[("TRAILER!!!", 0, &b""[..])]) {
        let fields = [0, *mode, 0, 0, 1, 0, data.len() as u32, 0, 0, 0, 0, name.len() as u32 + 1, 0];
        bytes.extend(b"070701");
        fields.iter().for_each(|field| bytes.extend(format!("{field:08X}").as_bytes()));
        bytes.extend(name.as_bytes());
        bytes.push(0);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(*data);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

const FILE: u32 = 0o100_755;

#[test]
fn files_of_cpio_are_members_and_links_are_none() {
    let bytes =
        cpio(&[("d", 0o040_755, b""), ("f", FILE, b"hello"), ("l", 0o120_777, b"f"), ("g", FILE, b"ok")]);
    check(&bytes, &["a!f=hello", "a!g=ok"], &[]);
    let other = cpio(&[("p", 0o010_644, b"data")]);
    check(&other, &[], &["a!p: holds data, though it is no file"]);
}

#[test]
fn what_follows_a_cpio_is_opened() {
    let mut bytes = cpio(&[("f", FILE, b"hello")]);
    bytes.resize(bytes.len() + 512, 0);
    bytes.extend(zstd(&cpio(&[("g", FILE, b"ok")])));
    check(&bytes, &["a!f=hello", "a!behind the end!behind the end!g=ok"], &[]);
}

#[test]
fn a_truncated_cpio_says_so() {
    let mut bytes = cpio(&[("f", FILE, b"hello"), ("g", FILE, b"0123456789")]);
    bytes.truncate(250);
    let (found, gaps) = walked(&bytes, &Limits::default(), None);
    assert!(found[0] == "a!f=hello" && gaps.iter().any(|gap| gap.code_lost), "{found:?} {gaps:?}");
}

fn rpm(files: &[u8]) -> Vec<u8> {
    let header = |entries: u32, size: u32| {
        let mut bytes = vec![0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0];
        [entries, size].iter().for_each(|word| bytes.extend(word.to_be_bytes()));
        bytes.resize(bytes.len() + 16 * entries as usize + size as usize, 0);
        bytes
    };
    let mut bytes = vec![0xed, 0xab, 0xee, 0xdb, 3];
    bytes.resize(96, 0);
    bytes.extend(header(2, 13));
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.extend(header(3, 9));
    bytes.extend(files);
    bytes
}

#[test]
fn an_rpm_is_opened_to_its_files() {
    for (_, pack) in PACKERS {
        check(&rpm(&pack(&cpio(&[("./f", FILE, b"hello")]))), &["a!files!files!./f=hello"], &[]);
    }
    check(&rpm(b"")[..120], &[], &["its headers are damaged"]);
}

fn msi(streams: &[(&str, &[u8])], class: u8) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (name, data) in streams {
        file.create_stream(format!("/{name}")).unwrap().write_all(data).unwrap();
    }
    file.flush().unwrap();
    let mut bytes = file.into_inner().into_inner();
    let sector = u32::from_le_bytes(bytes[48..52].try_into().unwrap()) as usize;
    let root = (sector + 1) << bytes[30];
    let id = [class, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];
    bytes[root + 80..root + 96].copy_from_slice(&id);
    bytes
}

#[test]
fn cabinets_and_programs_in_an_installer_are_found() {
    let cabinet = cab(&[("f", b"hello")], true);
    let streams: [(&str, &[u8]); 3] = [("Data.cab", &cabinet), ("tool", b"MZ...."), ("table", b"1234")];
    let gap = "archive a: holds 1 of tables";
    check(&msi(&streams, 0x84), &["a!tool=MZ....", "a!Data.cab!f=hello"], &[gap]);
}

#[test]
fn storages_nested_deeper_than_is_followed_are_a_gap() {
    let mut file = cfb::CompoundFile::open(Cursor::new(msi(&[], 0x84))).unwrap();
    let mut path = String::new();
    for depth in 0..1100 {
        path.push_str(&format!("/{depth:031}"));
        file.create_storage(&path).unwrap();
    }
    file.create_stream(format!("{path}/f")).unwrap().write_all(b"MZ....").unwrap();
    file.flush().unwrap();
    let bytes = file.into_inner().into_inner();
    check(&bytes, &[], &["archive a: storages are nested deeper than is followed; the rest is left out"]);
}

#[test]
fn a_document_of_the_same_format_is_no_installer() {
    let bytes = msi(&[("table", b"1234")], 0x06);
    let (found, gaps) = walked(&bytes, &Limits::default(), None);
    assert!(found.len() == 1 && gaps.is_empty());
}

/// A zip with one member, packed as `method` says.
fn zip(method: u16, data: &[u8], packed: &[u8]) -> Vec<u8> {
    let (mut local, mut directory) = (b"PK\x03\x04".to_vec(), b"PK\x01\x02\x3f\0".to_vec());
    let shared = |out: &mut Vec<u8>| {
        [63, 0, method, 0, 0].iter().for_each(|half| out.extend(half.to_le_bytes()));
        let words = [crc32(data), packed.len() as u32, data.len() as u32];
        words.iter().for_each(|word| out.extend(word.to_le_bytes()));
        out.extend([1, 0, 0, 0]);
    };
    shared(&mut local);
    local.extend(b"f");
    local.extend(packed);
    shared(&mut directory);
    directory.extend([0; 14]);
    directory.extend(b"f");
    let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
    [directory.len() as u32, local.len() as u32].iter().for_each(|word| end.extend(word.to_le_bytes()));
    end.extend([0; 2]);
    [local, directory, end].concat()
}

fn lzma_in_zip(bytes: &[u8]) -> Vec<u8> {
    let alone = lzma(bytes);
    [&[9, 20, 5, 0], &alone[..5], &alone[13..]].concat()
}

const METHODS: [(u16, Packer); 4] = [(12, bzip2), (14, lzma_in_zip), (93, zstd), (95, xz)];

#[test]
fn all_ways_of_packing_in_a_zip_are_read() {
    for (method, pack) in METHODS {
        check(&zip(method, b"hello", &pack(b"hello")), &["a!f=hello"], &[]);
        check(&zip(method, b"HELLO", &pack(b"hello")), &["a!f=hello"], &["a!f: damaged (wrong checksum)"]);
        let zeros = vec![0; 80 << 20];
        check(&zip(method, &zeros, &pack(&zeros)), &[], &["unpacks to more than the limits allow"]);
    }
}

#[test]
fn a_program_with_a_zip_behind_it_is_both() {
    for magic in [&b"MZ"[..], b"\x7fELF"] {
        let program = [magic, &[b'.'; 100]].concat();
        let bytes = [&program[..], &zip(0, b"hello", b"hello")].concat();
        let start = String::from_utf8_lossy(&bytes[..40]).into_owned();
        check(&bytes, &[&format!("a={start}"), "a!f=hello"], &[]);
        check(&program, &[&format!("a={start}")], &[]);
    }
}

#[test]
fn members_that_the_directory_of_a_zip_does_not_name_are_said() {
    let hidden = zip(0, b"hidden", b"hidden");
    let end = hidden.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let mut bytes = hidden[..end].to_vec();
    bytes.extend(zip(0, b"hello", b"hello"));
    check(
        &bytes,
        &["a!f=hello"],
        &["archive a: the directory does not name the member whose header is at 0x0"],
    );
}

fn encrypted(password: &str) -> Vec<u8> {
    let options =
        zip::write::SimpleFileOptions::default().with_aes_encryption(zip::AesMode::Aes256, password);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("f", options).unwrap();
    zip.write_all(b"hello").unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_password_that_is_told_opens_a_zip_and_so_does_the_usual_one() {
    let limits = Limits::default();
    for (own, told) in [("secret", Some("secret")), ("infected", Some("secret")), ("infected", None)] {
        check_with(&encrypted(own), &limits, told, &["a!f=hello"], &[]);
        let mut cut = encrypted(own);
        cut.truncate(cut.len() - 40);
        check_with(&cut, &limits, told, &["a!f=hello"], &["directory unreadable"]);
    }
    check_with(&encrypted("secret"), &limits, None, &[], &["a!f: unreadable"]);
}

fn tar_entry(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path("f").unwrap();
    header.set_size(data.len() as u64);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn no_type_of_a_tar_entry_hides_its_data() {
    for kind in *b"123456V" {
        let bytes = [tar_entry(kind, b"hidden"), vec![0; 1024]].concat();
        check(&bytes, &["a!f=hidden"], &[]);
    }
    for kind in *b"DN" {
        let bytes = [tar_entry(kind, b"hidden"), vec![0; 1024]].concat();
        check(&bytes, &[], &["a!f: a list of files by its type, whose data is not read"]);
    }
    for kind in *b"KLgx" {
        let hidden = [tar_entry(kind, b"MZ\0hidden"), tar_entry(b'0', b"ok"), vec![0; 1024]].concat();
        let (found, gaps) = walked(&hidden, &Limits::default(), None);
        assert_eq!(found.len(), 1);
        assert!(gaps.len() == 1 && gaps[0].reason.contains("holds data where a name"), "{kind} {gaps:?}");
    }
    let honest = [
        tar_entry(b'g', b"11 comment=\n"),
        tar_entry(b'K', b"target\0"),
        tar_entry(b'0', b"ok"),
        vec![0; 1024],
    ];
    let mut honest = honest.concat();
    honest[512..514].copy_from_slice(b"12");
    check(&honest, &["a!f=ok"], &[]);
}

#[test]
fn java_classes_are_one_line() {
    let class = [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, 1];
    let tar =
        [tar_entry(b'0', &class), tar_entry(b'0', &class), tar_entry(b'0', b"ok"), vec![0; 1024]].concat();
    check(&tar, &["a!f#3=ok"], &["archive a: holds 2 Java classes, whose bytecode is not read"]);
}

#[test]
fn dictionaries_of_nested_archives_count_together() {
    // Each 7z stays open while its members are read.
    let inner = seven_zip(&[("f", b"hello")], None, false);
    let outer = seven_zip(&[("g", &inner)], None, false);
    check(&outer, &["a!g!f=hello"], &[]);
    let limits = Limits { memory: 300 << 10, ..Limits::default() };
    let (found, gaps) = walked(&outer, &limits, None);
    assert!(found.is_empty() && gaps.len() == 1 && gaps[0].code_lost, "{found:?} {gaps:?}");
}

#[test]
fn a_list_of_members_that_would_not_fit_is_refused_before_it_is_unpacked() {
    // A list of 64 MiB that says that it has as many members, packed.
    let list = [&[1, 5, 0xf0, 0xff, 0xff, 0xff, 3, 0x19, 0xf0, 0xf0, 0xff, 0xff, 3][..], &vec![0; 64 << 20]]
        .concat();
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut writer = lzma_rust2::LzmaWriter::new_no_header(Vec::new(), &options, false).unwrap();
    writer.write_all(&list).unwrap();
    let packed = writer.finish().unwrap();
    let number = |value: u32| [&[0xf0][..], &value.to_le_bytes()].concat();
    let mut own =
        [&[0x17, 6, 0, 1, 9][..], &number(packed.len() as u32), &[0, 7, 11, 1, 0, 1, 0x23, 3, 1, 1, 5]]
            .concat();
    own.push(options.get_props());
    own.extend(options.dict_size.to_le_bytes());
    own.push(12);
    own.extend(number(list.len() as u32));
    own.extend([0, 0]);
    let mut start = (packed.len() as u64).to_le_bytes().to_vec();
    start.extend((own.len() as u64).to_le_bytes());
    start.extend(crc32(&own).to_le_bytes());
    let bytes =
        [b"7z\xbc\xaf\x27\x1c\0\x04", &crc32(&start).to_le_bytes()[..], &start, &packed, &own].concat();
    check(&bytes, &[], &["the list of members needs more memory"]);
}

/// A small archive of each kind, from which the fuzz target of walking starts.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let member: [(&str, &[u8]); 2] = [("f", b"MZ....hello hello hello"), ("g", b"ok")];
    let files = cpio(&[("f", FILE, b"hello hello hello")]);
    let mut all: Vec<(String, Vec<u8>)> =
        PACKERS.iter().map(|(name, pack)| ((*name).to_owned(), pack(b"hello hello hello"))).collect();
    all.extend(
        METHODS.map(|(method, pack)| (format!("zip-{method}"), zip(method, b"hello", &pack(b"hello")))),
    );
    all.extend([
        (
            "deb".to_owned(),
            ar(&[("debian-binary", b"2.0\n".to_vec()), ("data.tar.xz", xz(&tar("f", b"hello")))]),
        ),
        ("7z".to_owned(), seven_zip(&member, None, true)),
        ("7z-encrypted".to_owned(), seven_zip(&member[..1], Some("infected"), false)),
        ("cab".to_owned(), cab(&member, false)),
        ("cab-mszip".to_owned(), cab(&member, true)),
        ("cpio".to_owned(), files.clone()),
        ("rpm".to_owned(), rpm(&zstd(&files))),
        ("msi".to_owned(), msi(&[("f.cab", &cab(&member, true))], 0x84)),
        ("program-with-zip".to_owned(), [b"MZ..........", &zip(0, b"hello", b"hello")[..]].concat()),
    ]);
    all
}

#[test]
fn every_seed_of_the_fuzz_target_is_opened() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/walk");
    for (name, bytes) in seeds() {
        let path = folder.join(&name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let (found, gaps) = walked(&std::fs::read(&path).unwrap(), &Limits::default(), None);
        assert!(!found.is_empty() && gaps.is_empty(), "{name}: {found:?} {gaps:?}");
    }
}

#[test]
fn no_damage_of_a_small_archive_panics_or_grows() {
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(300);
    let limits =
        Limits { file_bytes: 1 << 20, archive_bytes: 4 << 20, archive_members: 64, ..Limits::default() };
    let mut random = 1u64;
    let mut below = |most: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % most
    };
    for (name, whole) in seeds() {
        for round in 0..rounds {
            let mut bytes = whole.clone();
            for _ in 0..1 + below(4) {
                let at = below(bytes.len());
                bytes[at] = [0, 1, 0x7f, 0xff, below(256) as u8][below(5)];
            }
            if round % 5 == 0 {
                bytes.truncate(below(bytes.len()));
            }
            let mut size = 0;
            walk("a", bytes.as_slice().into(), &limits, &mut |member| size += member.bytes.len());
            assert!(size <= 5 << 20, "{name}: {size}");
        }
    }
}
