//! `cognate case matrix`.

use super::file::{Target, last, parse, read_text};
use crate::args::CaseMatrixArgs;
use crate::context::Context;
use crate::error::Result;
use cognate_base::Error;
use cognate_case::matrix::{MAX_TABLE, changed, matrix};
use cognate_case::model::MAX_BYTES;
use cognate_report::MatrixChangeDocument;
use std::path::Path;

/// Shows the judgements of a case, or takes them back from a table; found when they are shown, or something changed.
pub fn run(context: &Context<'_>, args: &CaseMatrixArgs) -> Result<bool> {
    let text = read_text(&args.case, MAX_BYTES)?;
    parse(&args.case, &text)?;
    if let Some(table) = &args.from {
        return back(context, args, &text, table);
    }
    let case = args.case.display();
    let matrix =
        matrix(&text, args.roles).map_err(|error| error.context(format_args!("cannot show `{case}`")))?;
    match args.csv {
        true => context.print(matrix.to_csv(args.excel))?,
        false => context.show(&matrix)?,
    }
    Ok(true)
}

fn back(context: &Context<'_>, args: &CaseMatrixArgs, text: &str, table: &Path) -> Result<bool> {
    let cells = read_text(table, MAX_TABLE)?;
    let changed = match changed(text, &cells) {
        Ok(changed) => changed,
        Err(errors) => {
            let (to, from) = (args.case.display(), table.display());
            let told = |error: Error| error.context(format_args!("cannot take `{from}` back into `{to}`"));
            return Err(last(context, errors.into_iter().map(told).collect())?);
        }
    };
    let target = Target::new(&args.case, args.in_place, args.output.as_deref());
    let document = MatrixChangeDocument {
        case: args.case.to_string_lossy().into_owned(),
        table: table.to_string_lossy().into_owned(),
        changes: changed.changes,
        notes: changed.notes,
        written: target.name(),
        text: target.text(&changed.text),
    };
    target.deliver(context, &changed.text, &document)?;
    Ok(!document.changes.is_empty())
}
