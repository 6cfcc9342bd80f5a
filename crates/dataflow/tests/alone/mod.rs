//! A function alone in the world.

use cognate_dataflow::{Callee, Memory, Surroundings, Width};

pub struct Alone;

impl Surroundings for Alone {
    fn is_address(&self, _: u64, _: u64) -> bool {
        false
    }

    fn read(&self, _: u64, _: Width) -> Memory {
        Memory::Unknown
    }

    fn callee(&self, _: u64) -> Callee {
        Callee::default()
    }
}
