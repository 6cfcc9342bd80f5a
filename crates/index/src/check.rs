//! The checksum of everything a store writes.
//!
//! It finds damage, not forgery: a change within one run of eight bytes is
//! always seen, any other but for one chance in 2^64. Four lanes keep a core
//! busy, so that checking costs little beside reading.

use cognate_base::{combine, hash_bytes, mix};

const LANES: usize = 4;
const STRIDE: usize = LANES * 8;
/// Odd, so that multiplying loses nothing.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// The checksum of bytes; `place` tells apart equal bytes in other places.
pub(crate) fn check(place: u64, bytes: &[u8]) -> u64 {
    let mut lanes: [u64; LANES] = std::array::from_fn(|lane| mix(place ^ ((lane as u64) << 56)));
    let (strides, rest) = bytes.as_chunks::<STRIDE>();
    for stride in strides {
        let (words, _) = stride.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR).rotate_left(29);
        }
    }
    let all = lanes.into_iter().fold(bytes.len() as u64, combine);
    combine(all, hash_bytes(place, rest))
}

/// A checksum over bytes that arrive in pieces of any length.
#[derive(Debug, Default)]
pub(crate) struct Running {
    piece: Vec<u8>,
    pieces: u64,
    hash: u64,
}

impl Running {
    /// Bytes that are hashed at a time.
    const PIECE: usize = 64 << 10;

    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (head, rest) = bytes.split_at((Self::PIECE - self.piece.len()).min(bytes.len()));
            self.piece.extend(head);
            if self.piece.len() == Self::PIECE {
                self.settle();
            }
            bytes = rest;
        }
    }

    fn settle(&mut self) {
        self.hash = combine(self.hash, check(self.pieces, &self.piece));
        self.pieces += 1;
        self.piece.clear();
    }

    pub(crate) fn finish(mut self) -> u64 {
        self.settle();
        self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_length_is_told_apart() {
        let bytes: Vec<u8> = (0..203u8).collect();
        let whole = check(1, &bytes);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(check(1, &flipped), whole, "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert_ne!(check(1, &bytes[..length]), whole, "cut to {length}");
        }
        assert_ne!(check(2, &bytes), whole, "elsewhere");
        assert_ne!(check(0, &[0; 64]), check(0, &[0; 96]), "zeros");
    }

    #[test]
    fn pieces_do_not_matter() {
        let bytes: Vec<u8> = (0..200_000u32).map(|at| (at * 7) as u8).collect();
        let sum = |step: usize| {
            let mut running = Running::default();
            bytes.chunks(step).for_each(|piece| running.update(piece));
            running.finish()
        };
        assert_eq!(sum(1), sum(200_000));
        assert_eq!(sum(777), sum(65_536));
    }
}
