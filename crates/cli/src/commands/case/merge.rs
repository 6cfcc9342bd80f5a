//! `cognate case merge`.

use super::file::{Target, parse, read_text};
use crate::args::CaseMergeArgs;
use crate::context::Context;
use crate::error::Result;
use cognate_case::merge::{MergeOptions, merge};
use cognate_case::model::MAX_BYTES;
use cognate_report::MergeDocument;

/// Merges two files of one case; found when nobody has to settle anything.
pub fn run(context: &Context<'_>, args: &CaseMergeArgs) -> Result<bool> {
    let (a, b) = (read_text(&args.a, MAX_BYTES)?, read_text(&args.b, MAX_BYTES)?);
    parse(&args.a, &a)?;
    parse(&args.b, &b)?;
    let name = args.b.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let options = MergeOptions { analyst: args.analyst.clone(), name };
    let merged = merge(&a, &b, &options).map_err(|error| {
        error.context(format_args!("cannot merge `{}` and `{}`", args.a.display(), args.b.display()))
    })?;
    let target = Target::new(&args.a, args.in_place, args.output.as_deref());
    let document = MergeDocument {
        a: args.a.to_string_lossy().into_owned(),
        b: args.b.to_string_lossy().into_owned(),
        analyst: merged.analyst,
        conflicts: merged.conflicts,
        open: merged.open,
        taken: merged.taken,
        written: target.name(),
        text: target.text(&merged.text),
    };
    target.deliver(context, &merged.text, &document)?;
    Ok(!document.is_open())
}
