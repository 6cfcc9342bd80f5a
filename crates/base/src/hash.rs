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

/// The number that [`mix`] made this of.
const fn unmix(mixed: u64) -> u64 {
    let mut z = mixed ^ (mixed >> 31) ^ (mixed >> 62);
    z = z.wrapping_mul(0x3196_42b2_d24d_8ec3);
    z = (z ^ (z >> 27) ^ (z >> 54)).wrapping_mul(0x96de_1b17_3f11_9089);
    (z ^ (z >> 30) ^ (z >> 60)).wrapping_sub(0x9e37_79b9_7f4a_7c15)
}

/// The hash onto which [`combine`] hashed `next`.
pub const fn combined_onto(hash: u64, next: u64) -> u64 {
    (unmix(hash) ^ next).rotate_right(5)
}

/// What [`combine`] hashed onto `before`.
pub const fn combined_next(hash: u64, before: u64) -> u64 {
    unmix(hash) ^ before.rotate_left(5)
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

    #[test]
    fn both_sides_of_a_combination_come_back() {
        for (before, next) in [(0, 0), (1, u64::MAX), (mix(3), 7), (u64::MAX, mix(9))] {
            let hash = combine(before, next);
            assert_eq!((combined_onto(hash, next), combined_next(hash, before)), (before, next));
        }
    }
}
