//! `cognate actor`.

use crate::args::ActorArgs;
use crate::context::Context;
use crate::error::Result;
use cognate_case::actors::Actors;

/// Shows who bears a name; found when anybody does.
pub fn run(context: &Context<'_>, args: &ActorArgs) -> Result<bool> {
    let answer = Actors::embedded().find(&args.name);
    context.show(&answer)?;
    Ok(!answer.candidates.is_empty())
}
