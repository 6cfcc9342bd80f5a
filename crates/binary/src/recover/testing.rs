//! Images for the tests of this module.

use crate::{Arch, Format, Image, Segment};

/// Bare x86-64 code at an address.
pub fn raw(address: u64, bytes: &[u8]) -> Image {
    let len = bytes.len() as u64;
    let segment = Segment {
        name: String::new(),
        address,
        size: len,
        file_offset: 0,
        file_bytes: len,
        writable: false,
        executable: true,
    };
    Image::new(Format::Raw, Arch::X86_64, address, vec![segment], bytes.into())
}
