//! How much it says that a function has something: the rarer, the more.

/// Fewer functions than this tell nothing about rarity, so rarity is taken among so many at least.
/// Judgement: a thing seen once then says 14 bits, however small the store.
const LEAST_POPULATION: f64 = 16_384.0;

/// Rarity among so many functions.
#[derive(Clone, Copy, Debug)]
pub struct Rarity {
    population: f64,
}

impl Rarity {
    /// Rarity among all functions of a population.
    pub fn among(functions: u64) -> Self {
        Rarity { population: (functions as f64).max(LEAST_POPULATION) }
    }

    /// What it says to have something that so many functions have, in bits: 0 for what all have.
    pub fn bits(self, occurs: u64) -> f32 {
        (self.population / occurs.max(1) as f64).log2().max(0.0) as f32
    }
}
