//! Damages files reproducibly: truncation, flips in headers and bodies, extreme
//! header values, wiped headers, random blocks, splices, noise.

use cognate_base::mix;

/// A stream of numbers from a seed.
pub struct Random(u64);

impl Random {
    /// Starts a stream; equal seeds give equal streams.
    pub fn new(seed: u64) -> Self {
        Random(mix(seed))
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = mix(self.0);
        self.0
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }

    /// A number from 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn pick(&mut self, from: &[usize]) -> usize {
        from.get(self.below(from.len())).copied().unwrap_or(0)
    }
}

/// The ways of damage, in the order in which they take turns.
pub const KINDS: [&str; 9] = [
    "truncated",
    "header_flips",
    "body_flips",
    "header_extremes",
    "header_zeroed",
    "random_block",
    "spliced",
    "noise",
    "extreme_anywhere",
];

const HEADER: usize = 0x400;
const EXTREMES: [[u8; 4]; 4] = [[0xff; 4], [0, 0, 0, 0x80], [0xff, 0xff, 0xff, 0x7f], [0; 4]];

/// Damages `file` the `kind`th way; `other` is what a splice continues with.
pub fn damage(kind: usize, file: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = file.to_vec();
    let len = bytes.len();
    match KINDS.get(kind % KINDS.len()).copied().unwrap_or("") {
        "truncated" => bytes.truncate(random.below(len + 1)),
        "header_flips" => {
            let count = random.pick(&[1, 4, 16, 64]);
            flip(&mut bytes, 0..len.min(HEADER), count, random);
        }
        "body_flips" => {
            let count = random.pick(&[64, 1024, 4096]);
            flip(&mut bytes, len.min(HEADER)..len, count, random);
        }
        "header_extremes" => extremes(&mut bytes, len.min(0x300), random),
        "extreme_anywhere" => extremes(&mut bytes, len, random),
        "header_zeroed" => {
            let end = random.pick(&[0x40, 0x200, 0x400]).min(len);
            bytes[..end].fill(0);
        }
        "random_block" => {
            let start = random.below(len);
            flip(&mut bytes, start..len.min(start + 4096), 4096, random);
        }
        "spliced" => {
            bytes.truncate(random.below(len + 1));
            bytes.extend_from_slice(other);
        }
        _ => bytes = noise(file, random),
    }
    bytes
}

fn flip(bytes: &mut [u8], range: std::ops::Range<usize>, count: usize, random: &mut Random) {
    for _ in 0..count {
        let at = range.start + random.below(range.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte = random.next() as u8;
        }
    }
}

fn extremes(bytes: &mut [u8], end: usize, random: &mut Random) {
    for _ in 0..random.pick(&[1, 2, 4]) {
        let at = random.below(end.saturating_sub(4)) & !3;
        if let Some(word) = bytes.get_mut(at..at + 4) {
            word.copy_from_slice(&EXTREMES[random.below(EXTREMES.len())]);
        }
    }
}

/// The first bytes of the file, so that its format is still guessed, then noise.
fn noise(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes: Vec<u8> = file.iter().take(random.pick(&[0, 4, 8, 64])).copied().collect();
    let more = random.pick(&[0, 1, 16, 64, 512, 4096, 65536]);
    bytes.extend((0..more).map(|_| random.next() as u8));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_changes_a_file_the_same_way_each_time() {
        let file: Vec<u8> = (0..9000u32).map(|at| at as u8).collect();
        for (kind, name) in KINDS.iter().enumerate() {
            let once = damage(kind, &file, b"other", &mut Random::new(7));
            assert_eq!(once, damage(kind, &file, b"other", &mut Random::new(7)), "{name}");
            assert_ne!(once, file, "{name}");
        }
    }

    #[test]
    fn an_empty_file_can_be_damaged() {
        for kind in 0..KINDS.len() {
            damage(kind, b"", b"", &mut Random::new(1));
        }
    }
}
