//! `cognate components`.

use crate::args::{ComponentsArgs, ComponentsFormat};
use crate::context::{Answers, Context, outcome};
use crate::error::Result;
use cognate_report::{ComponentsDocument, Composition, cyclonedx};

/// Tells of which components the files are made; found when any carries one.
pub fn run(context: &Context<'_>, args: &ComponentsArgs) -> Result<bool> {
    let engine = context.engine(&args.reading)?;
    let Answers { answers: samples, failed, unread } =
        context.answers(&engine, &args.files, &mut |member| {
            let sample = engine.sample(&member.name, &member.bytes);
            Ok(sample.map(|sample| Composition::new(&sample.name, &sample.fingerprint, &sample.gaps)))
        })?;
    let found = samples.iter().any(Composition::found);
    match args.format {
        ComponentsFormat::Text => context.show(&ComponentsDocument { samples, failed })?,
        ComponentsFormat::Cyclonedx if samples.is_empty() => {}
        ComponentsFormat::Cyclonedx => context.print(cyclonedx(&samples))?,
    }
    outcome(unread, found)
}
