//! From an image and its hints to functions.
//!
//! What the file says comes first (symbols, unwind data, tables, exports), then
//! what that code calls, then addresses found in data and operands, then targets
//! of jumps that leave their function, and last the gaps between functions.
//! Within one class addresses ascend; a later class never overrules an earlier
//! one. After each class the functions that turned out not to return are worked
//! out and whoever called them, or swallowed a start found later, is traced again.
//!
//! Each stage has a budget of its own ([`Stage`]): starts that the file names are
//! traced, and traced again, before anything else is looked at, and what a stage
//! traced stays whatever becomes of later ones. Starts that a stage did not come
//! to are left to the next; what is left at the end is on record ([`left_out`]).
//! Work and memory grow with the code, not with its square, and nothing here
//! calls itself.
//!
//! [`recovery`] takes the stages. [`trace`] follows one function, [`blocks`] cuts it into
//! blocks, [`switch`] reads its jump tables; [`code_map`] remembers what each byte is,
//! [`store`] what was traced, [`owners`] where, [`no_return`] who waits for whom to
//! return; [`gaps`] looks at what nobody claimed, through a [`room`]; [`candidate`] and
//! [`idiom`] say what looks like code that a compiler wrote.

mod allowance;
mod blocks;
mod candidate;
mod chains;
mod code_map;
mod gaps;
mod idiom;
mod index;
mod known;
mod left_out;
mod marks;
mod no_return;
mod operand;
mod owners;
mod recovery;
mod room;
mod run;
mod starts;
mod store;
mod stored;
mod switch;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trace;
mod traced;

use crate::{Hints, Image, Program};
use cognate_base::{Budget, Stage};
use recovery::Recovery;

/// Recovers the functions of an image.
///
/// Never fails: what the budget does not reach is a gap in the result, and starts
/// that the file itself names come first. The same image and hints give the same
/// program, unless the time bound cuts it short. Enters the stages from
/// [`Stage::Named`] to [`Stage::Gaps`].
pub fn recover(image: &Image, hints: &Hints, budget: &mut Budget) -> Program {
    let code = image.segments().iter().filter(|segment| segment.executable);
    let bytes: u64 = code.map(|segment| segment.file_bytes).sum();
    budget.allot(bytes.saturating_mul(WORK_A_BYTE).saturating_add(WORK_ANYWAY));
    budget.enter(Stage::Named);
    let mut recovery = Recovery::new(image, hints, budget);
    recovery.run(budget);
    recovery.finish(budget)
}

/// Work that recovery may take for each byte of code, all stages together. Ordinary programs take 0.3 to 0.7; more than
/// twenty times as much is taken by code that overlaps itself or that a damaged file repeats. Judgement.
const WORK_A_BYTE: u64 = 16;
/// What a sample may take however small it is: about a hundredth of a second.
const WORK_ANYWAY: u64 = 1 << 20;
