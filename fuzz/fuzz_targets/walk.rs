//! Any bytes can be walked as an archive within the limits.
#![no_main]

use cognate_base::Limits;
use cognate_binary::walk;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits =
        Limits { file_bytes: 1 << 20, archive_bytes: 4 << 20, archive_members: 64, ..Limits::default() };
    let mut members = 0;
    walk("fuzz", bytes.into(), &limits, &mut |_| members += 1);
    assert!(members <= 65);
});
