//! How much code says, in bits.
//!
//! The sum over *different* tokens of their prior bits times `log2(1 + count)`:
//! the second copy of a token adds 0.6 of it, the tenth 0.14. So a wrapper, which is
//! a call with moves around it, says little; generated glue, which repeats
//! itself, little more; a loop over data with arithmetic a lot. The prior is a
//! fixed table, learnt from goodware, and not the function's own entropy: in ten
//! instructions everything looks different, which would make wrappers look rich.

use crate::token::Token;

/// `16 * log2(1 + count)`, for counts up to 32; in whole numbers, as it is part of what is stored.
const LOG: [u32; 33] = [
    0, 16, 25, 32, 37, 41, 45, 48, 51, 53, 55, 57, 59, 61, 63, 64, 65, 67, 68, 69, 70, 71, 72, 73, 74, 75,
    76, 77, 78, 79, 79, 80, 81,
];

/// The bits that the tokens say; `scratch` is overwritten.
pub(crate) fn bits(tokens: &[Token], scratch: &mut Vec<u128>) -> u16 {
    scratch.clear();
    // one number each, as these are sorted faster than pairs
    scratch.extend(tokens.iter().map(|token| u128::from(token.hash) << 8 | u128::from(token.bits)));
    scratch.sort_unstable();
    let sixteenths: u64 = scratch
        .chunk_by(|one, other| one >> 8 == other >> 8)
        .map(|same| {
            let log = LOG.get(same.len()).copied().unwrap_or(81);
            u64::from(log) * same.first().map_or(0, |token| u64::from(*token as u8))
        })
        .sum();
    u16::try_from(sixteenths / 16).unwrap_or(u16::MAX)
}
