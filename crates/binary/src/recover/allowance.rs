//! Bounds on what grows faster than the code of a sample.

/// What all functions of a sample together may have of what grows faster than their code.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Instructions that belong to more than one function, each time they do.
    pub shared: u64,
    /// Entries of jump tables that are read.
    pub entries: u64,
}

/// Instructions that functions may share, for each byte of code. Where every function has a copy
/// of one tail, the copies grow with the square of the code; ordinary programs share less than a quarter
/// of an instruction a byte. Judgement.
const SHARED_A_BYTE: u64 = 1;
/// Entries of jump tables, for each byte of code. Several switches may read one table: interpreters
/// repeat a table of hundreds of entries in as many places. Ordinary programs read one in ten bytes. Judgement.
const ENTRIES_A_BYTE: u64 = 1;
/// What a sample may have of these however small it is. Judgement.
const SHARED_ANYWAY: u64 = 1 << 16;
const ENTRIES_ANYWAY: u64 = 1 << 18;

impl Allowance {
    /// What so much code may have.
    pub fn of(code_bytes: u64) -> Self {
        Allowance {
            shared: code_bytes.saturating_mul(SHARED_A_BYTE).saturating_add(SHARED_ANYWAY),
            entries: code_bytes.saturating_mul(ENTRIES_A_BYTE).saturating_add(ENTRIES_ANYWAY),
        }
    }
}
