//! `cognate inspect`.

use crate::args::InspectArgs;
use crate::context::{Answers, Context, outcome};
use crate::error::Result;
use cognate_binary::Member;
use cognate_engine::{Engine, ErrorKind};
use cognate_report::{InspectDocument, Inspected};

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
    let listing = args.function.map(|address| examined.listing(address)).transpose()?;
    let sample = &examined.sample;
    let known = (&sample.fingerprint, sample.known_as.as_slice());
    let inspected = Inspected::new(&sample.name, &examined.outline, known, &sample.gaps, args.functions);
    Ok(Inspected { listing, whole: member.whole, ..inspected })
}
