//! The `lea` instructions of a function: tables whose address was loaded outside a loop.

/// General registers that a `lea` of x86 can write.
const REGISTERS: usize = 16;

/// The `lea` instructions of a function in the order in which they were found, so far as the
/// question "which was the last found below this address?" can have them for an answer.
#[derive(Default)]
pub struct Leas {
    /// For each register where and what, both ascending: one found later below another hides that.
    registers: [Vec<(u64, u64)>; REGISTERS],
}

impl Leas {
    /// Adds the one at `at`.
    pub fn push(&mut self, at: u64, register: usize, address: u64) {
        let Some(found) = self.registers.get_mut(register) else { return };
        while found.last().is_some_and(|last| last.0 >= at) {
            found.pop();
        }
        found.push((at, address));
    }

    /// For each register the address that the last one found below `limit` loads.
    pub fn below(&self, limit: u64) -> impl Iterator<Item = (u8, u64)> + '_ {
        self.registers.iter().zip(0u8..).filter_map(move |(found, register)| {
            let next = found.partition_point(|lea| lea.0 < limit);
            Some((register, found.get(next.checked_sub(1)?)?.1))
        })
    }

    /// Bytes that this takes.
    pub fn weight(&self) -> usize {
        self.registers.iter().map(|found| found.len() * size_of::<(u64, u64)>()).sum()
    }
}
