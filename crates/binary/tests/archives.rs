//! Archives, whole, nested, damaged and hostile.

use cognate_base::Limits;
use cognate_binary::walk;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
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
