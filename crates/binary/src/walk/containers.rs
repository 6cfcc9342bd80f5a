//! The table of all kinds of files that are opened.
//!
//! What is recognised by its name and not opened stands in [`recognised`](crate::load::recognised); `docs/files.md`
//! tells both to people, and a test holds it to the two tables.

use super::archives::{cab, fat, msi, tar, zip};
use super::compressors::codec::Codec;
use super::dumps::{core, minidump};
use super::walker::{Archive, Container, Flow, Walker};

/// The first that fits counts.
pub const CONTAINERS: &[Container] = &[
    row("minidump", minidump::is_minidump, |walker, archive| walker.dump(archive)),
    row("ELF core", core::is_core, |walker, archive| walker.dump(archive)),
    Container {
        is_program: true,
        ..row("zip behind it", zip::is_behind_program, |walker, archive| walker.zip(archive))
    },
    row("zip", zip::is_zip, |walker, archive| walker.zip(archive)),
    row("7z", |bytes| bytes.starts_with(b"7z\xbc\xaf\x27\x1c"), |walker, archive| walker.seven_zip(archive)),
    row("cab", cab::is_cab, |walker, archive| walker.cab(archive)),
    row("msi", msi::is_msi, |walker, archive| walker.msi(archive)),
    row(
        "rpm",
        |bytes| matches!(bytes, [0xed, 0xab, 0xee, 0xdb, 3 | 4, ..]),
        |walker, archive| walker.rpm(archive),
    ),
    row(
        "cpio",
        |bytes| matches!(bytes, [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..]),
        |walker, archive| walker.cpio(archive),
    ),
    row("gzip", |bytes| bytes.starts_with(b"\x1f\x8b\x08"), |walker, archive| walker.gzip(archive)),
    row("static library", |bytes| bytes.starts_with(b"!<arch>\n"), |walker, archive| walker.ar(archive)),
    row("fat Mach-O", fat::is_fat, |walker, archive| walker.slices(archive)),
    row("tar", tar::is_tar, |walker, archive| walker.tar(archive)),
    row("xz", |bytes| Codec::Xz.begins(bytes), |walker, archive| walker.packed(archive, Codec::Xz)),
    row("bzip2", |bytes| Codec::Bzip2.begins(bytes), |walker, archive| walker.packed(archive, Codec::Bzip2)),
    row("zstd", |bytes| Codec::Zstd.begins(bytes), |walker, archive| walker.packed(archive, Codec::Zstd)),
    row("lzma", |bytes| Codec::Lzma.begins(bytes), |walker, archive| walker.packed(archive, Codec::Lzma)),
];

const fn row(
    name: &'static str,
    is: fn(&[u8]) -> bool,
    open: fn(&mut Walker<'_>, &mut Archive) -> Flow,
) -> Container {
    Container { name, is, open, is_program: false }
}
