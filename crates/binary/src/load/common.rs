//! Traits that every container has: hashes of the file, its sections, counts.

use crate::Forgeability::{Low, Moderate, Trivial};
use crate::{Loaded, Traits};
use cognate_base::{Budget, Exhausted, hex};
use cognate_documents::FileHashes;
use sha2::Digest;

/// Sections beyond this many are not described one by one. Judgement.
const MAX_SECTIONS: usize = 128;
/// The most bytes of a section that its entropy is measured on. Judgement.
const MEASURED: usize = 16 << 20;

/// The hashes of a whole file: MD5, SHA-1, SHA-256, and TLSH where the file is
/// long and varied enough for one.
///
/// Apart from [`load`](crate::load), because they cost more than loading does and
/// only a report on the file wants them.
pub fn file_hashes(bytes: &[u8]) -> Traits {
    let mut traits = Traits::default();
    let FileHashes { md5, sha1 } = other_hashes(bytes);
    traits.push("md5", md5, Moderate);
    traits.push("sha1", sha1, Moderate);
    traits.push("sha256", hex(&sha2::Sha256::digest(bytes)), Moderate);
    if let Some(tlsh) = tlsh(bytes) {
        traits.push("tlsh", tlsh, Low);
    }
    traits
}

/// The hashes by which others know a file, beside its SHA-256.
pub fn other_hashes(bytes: &[u8]) -> FileHashes {
    FileHashes { md5: hex(&md5::Md5::digest(bytes)), sha1: hex(&sha1::Sha1::digest(bytes)) }
}

/// Sections with size and entropy, and how much is imported.
pub(super) fn counts(loaded: &mut Loaded, budget: &mut Budget) {
    let named = loaded.image.segments().iter().filter(|segment| !segment.name.is_empty());
    let described: Vec<String> = named
        .take(MAX_SECTIONS)
        .map_while(|segment| {
            let bytes = loaded.image.segment_bytes(segment);
            // All sections are few and short enough to be told of where other work is over; time is not.
            let spent = budget.spend(1 + bytes.len().min(MEASURED) as u64 / 64);
            if spent == Err(Exhausted::Time) {
                return None;
            }
            let write = if segment.writable { "w" } else { "-" };
            let execute = if segment.executable { "x" } else { "-" };
            let entropy = entropy(bytes.get(..MEASURED).unwrap_or(bytes));
            let size = segment.file_bytes;
            Some(format!("{} {size} bytes, {write}{execute}, entropy {entropy:.2}", segment.name))
        })
        .collect();
    for section in described {
        loaded.traits.push("section", section, Moderate);
    }
    let mut names: Vec<&str> = loaded.hints.imports.values().map(|import| import.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let count = names.len().to_string();
    loaded.traits.push("imports", count, Low);
    let runtime = if loaded.hints.names.values().any(|symbol| symbol.name == "runtime.main") {
        Some("go")
    } else {
        None
    };
    if let Some(runtime) = runtime {
        loaded.traits.push("runtime", runtime, Trivial);
    }
}

/// Bits per byte, 0 to 8.
pub(super) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u64; 256];
    for &byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = bytes.len().max(1) as f64;
    let share = counts.iter().filter(|&&count| count > 0).map(|&count| count as f64 / total);
    share.map(|share| -share * share.log2()).sum::<f64>() + 0.0
}

/// Seconds since 1970 as UTC text.
pub(super) fn utc(seconds: u32) -> String {
    let moment = jiff::Timestamp::constant(i64::from(seconds), 0);
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn tlsh(bytes: &[u8]) -> Option<String> {
    tlsh::hash_buf(bytes).ok().map(|hash| hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::{entropy, utc};

    #[test]
    fn time_stamps_read_as_utc() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_827_696), "2000-02-29 12:34:56 UTC");
        assert_eq!(utc(u32::MAX), "2106-02-07 06:28:15 UTC");
    }

    #[test]
    fn entropy_is_measured_in_bits_a_byte() {
        assert_eq!(entropy(b"aaaa"), 0.0);
        assert_eq!(entropy(b"abab"), 1.0);
        assert_eq!(entropy(&(0..=255).collect::<Vec<u8>>()), 8.0);
    }
}
