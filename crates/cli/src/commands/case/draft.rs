//! `cognate case draft`.

use super::added::today;
use super::file::{Target, last, parse, read_text, slug};
use crate::args::CaseDraftArgs;
use crate::context::Context;
use crate::error::Result;
use cognate_base::Error;
use cognate_case::draft::{DraftOptions, MAX_INPUT, draft};
use cognate_case::model::MAX_BYTES;
use cognate_report::DraftDocument;

/// Drafts evidence from what others exchange; found when there is any.
pub fn run(context: &Context<'_>, args: &CaseDraftArgs) -> Result<bool> {
    let input = read_text(&args.from, MAX_INPUT)?;
    let into = match &args.into {
        None => None,
        Some(path) => {
            let text = read_text(path, MAX_BYTES)?;
            parse(path, &text)?;
            Some(text)
        }
    };
    let file = args.from.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = args.output.as_deref().unwrap_or(&args.from).file_stem().unwrap_or_default();
    let options = DraftOptions {
        reported: args.reported.unwrap_or_else(today),
        source: args.source.clone().unwrap_or(file),
        id: slug(&stem.to_string_lossy()),
    };
    let drafted = match draft(&input, into.as_deref(), &options) {
        Ok(drafted) => drafted,
        Err(errors) => {
            let from = args.from.display();
            let told = |error: Error| error.context(format_args!("cannot draft from `{from}`"));
            return Err(last(context, errors.into_iter().map(told).collect())?);
        }
    };
    let case = args.into.as_deref().unwrap_or(&args.from);
    let target = Target::new(case, args.in_place, args.output.as_deref());
    let document = DraftDocument {
        from: args.from.to_string_lossy().into_owned(),
        format: drafted.format,
        into: args.into.as_ref().map(|path| path.to_string_lossy().into_owned()),
        items: drafted.items,
        sources: drafted.sources,
        actors: drafted.actors,
        left_out: drafted.left_out,
        written: target.name(),
        text: target.text(&drafted.text),
    };
    target.deliver(context, &drafted.text, &document)?;
    Ok(true)
}
