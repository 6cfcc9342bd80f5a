//! `cognate inspect`.

use crate::args::InspectArgs;
use crate::context::Context;
use crate::error::Result;
use cognate_engine::Analysis;
use cognate_report::{InspectDocument, Inspected, Listing};

/// Tells what the files are; found when any of them holds code.
pub fn run(context: &Context<'_>, args: &InspectArgs) -> Result<bool> {
    let engine = context.engine(&args.reading)?;
    let (analyses, failed) = context.analyses(&engine, &args.files)?;
    let samples = analyses.iter().map(|analysis| inspected(analysis, args)).collect::<Result<Vec<_>>>()?;
    let found = samples.iter().any(|sample| sample.functions.count > 0);
    context.show(&InspectDocument { samples, failed })?;
    Ok(found)
}

fn inspected(analysis: &Analysis, args: &InspectArgs) -> Result<Inspected> {
    let Analysis { name, loaded, program, fingerprint } = analysis;
    let mut inspected = Inspected::new(name, loaded, program, fingerprint, args.functions);
    if let Some(address) = args.function {
        let function = analysis.function_at(address)?;
        inspected.listing = Some(Listing::new(&loaded.image, &loaded.hints, function));
    }
    Ok(inspected)
}
