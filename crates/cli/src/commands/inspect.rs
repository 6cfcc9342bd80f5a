//! `cognate inspect`.

use super::compare::asked_in;
use crate::args::{Asked, InspectArgs};
use crate::context::{Answers, Context, outcome};
use crate::error::Result;
use cognate_base::{Error, Hint};
use cognate_binary::Member;
use cognate_engine::{Engine, ErrorKind, Examined};
use cognate_report::{InspectDocument, Inspected, Listing};

/// Tells what the files are; found when any of them holds code.
pub fn run(context: &Context<'_>, args: &InspectArgs) -> Result<bool> {
    let engine = context.engine(&args.reading)?;
    let Answers { answers: samples, failed, unread } =
        context.answers(&engine, &args.files, &mut |member| {
            let inspected = inspected(&engine, &member, args);
            match inspected {
                // Who asks for a function wants that, or to hear that there is none.
                Err(error) if error.kind() == ErrorKind::NoFunction => Err(error),
                other => Ok(other),
            }
        })?;
    let found = samples.iter().any(|sample| sample.functions.count > 0);
    context.show(&InspectDocument { samples, failed })?;
    outcome(unread, found)
}

fn inspected(engine: &Engine, member: &Member, args: &InspectArgs) -> Result<Inspected> {
    let mut examined = engine.examine(&member.name, &member.bytes)?;
    let listing = args.function.as_ref().map(|asked| listing(&mut examined, asked)).transpose()?;
    let sample = &examined.sample;
    let known = (&sample.fingerprint, sample.known_as.as_slice());
    let inspected = Inspected::new(&sample.name, &examined.outline, known, &sample.gaps, args.functions);
    Ok(Inspected { listing, whole: member.whole, ..inspected })
}

fn listing(examined: &mut Examined, asked: &Asked) -> Result<Listing> {
    let Some((address, _)) = asked_in(examined, asked)? else {
        let message = format!("no function {} in `{}`", asked.words(), examined.sample.name);
        return Err(Error::new(ErrorKind::NoFunction, message).hint(Hint::ListFunctions));
    };
    examined.listing(address)
}
