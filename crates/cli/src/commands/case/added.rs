//! `cognate case add-match`.

use super::file::{MAX_RESULT, parse, read_text, write};
use crate::args::CaseAddMatchArgs;
use crate::context::Context;
use crate::error::Result;
use cognate_case::model::MAX_BYTES;
use cognate_case::{AddMatch, add_match};
use cognate_report::{AddedDocument, Document, Style};
use jiff::tz::TimeZone;

/// Makes an item of evidence from a match result; found when it was made.
pub fn run(context: &Context<'_>, args: &CaseAddMatchArgs) -> Result<bool> {
    let case_text = read_text(&args.case, MAX_BYTES)?;
    let result = read_text(&args.result, MAX_RESULT)?;
    let options = AddMatch {
        reported: args.reported.unwrap_or_else(today),
        query: args.query.clone(),
        relative: args.relative.clone(),
        candidate: args.candidate.clone(),
        aliases: args.aliases,
        source: args.source.clone(),
        id: args.id.clone(),
        shareability: args.shareability,
    };
    parse(&args.case, &case_text)?;
    let (to, from) = (args.case.display(), args.result.display());
    let added = add_match(&case_text, &result, &options)
        .map_err(|error| error.context(format_args!("cannot add `{from}` to case `{to}`")))?;
    let target = if args.in_place { Some(&args.case) } else { args.output.as_ref() };
    if let Some(path) = target {
        write(path, &added.text, args.in_place).map_err(|error| match path.is_file() && !args.in_place {
            true => error.hint("name another file, or change the case file itself with `--in-place`"),
            false => error,
        })?;
    }
    let document = AddedDocument {
        case: args.case.to_string_lossy().into_owned(),
        result: args.result.to_string_lossy().into_owned(),
        written: target.map(|path| path.to_string_lossy().into_owned()),
        item: added.item,
        relative: added.relative,
        candidate: added.candidate,
        source: added.source,
        source_added: added.source_added,
        unrelated: added.unrelated,
        notes: added.notes,
        text: target.is_none().then_some(added.text),
    };
    match &document.text {
        // The new file is the data then, and what there is to say about it is talk.
        Some(text) if !context.json() => {
            context.tell(&document.text(&Style::default()))?;
            context.print(text)?;
        }
        _ => context.show(&document)?,
    }
    Ok(true)
}

/// The day by the machine's clock, in UTC.
pub fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned_datetime(TimeZone::UTC).date()
}
