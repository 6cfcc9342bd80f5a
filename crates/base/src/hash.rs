//! The stable 64-bit hash of everything cognate stores. Its definition is part
//! of the fingerprint version: change it and the version must rise.

/// Scrambles 64 bits (the finaliser of SplitMix64, Steele et al. 2014).
pub const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Hashes `next` onto `hash`; order matters.
pub const fn combine(hash: u64, next: u64) -> u64 {
    mix(hash.rotate_left(5) ^ next)
}

/// Hashes bytes, eight at a time, little endian, the length last.
///
/// Not cryptographic: who can choose the bytes can make two inputs collide.
/// It only ever names code and strings, and a match shows what it matched.
pub fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = mix(seed);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0u8; 8];
        word.copy_from_slice(chunk);
        hash = combine(hash, u64::from_le_bytes(word));
    }
    let mut word = [0u8; 8];
    let rest = chunks.remainder();
    word[..rest.len()].copy_from_slice(rest);
    combine(combine(hash, u64::from_le_bytes(word)), bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_hash_never_changes_within_a_version() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_ne!(hash_bytes(0, b"a"), hash_bytes(0, b"a\0"));
        assert_ne!(hash_bytes(0, b"a"), hash_bytes(1, b"a"));
    }
}
