//! `cognate match`.

use super::written::{check, made, put, write};
use crate::args::{MatchArgs, MatchFormat};
use crate::context::{Answers, Context, outcome};
use crate::error::{Result, json, question};
use cognate_binary::Member;
use cognate_documents::{MatchAnswer, MatchDocument};
use cognate_engine::{Engine, Sample};
use cognate_index::Embedded;
use cognate_matching::{Directory, MatchOptions};
use cognate_report::{Made, Style, match_markdown, match_misp, match_page, match_stix};

/// Asks the store about each file; found when any answer is more than nothing.
pub fn run(context: &Context<'_>, args: &MatchArgs) -> Result<bool> {
    let options = options(args)?;
    check(context, &args.written, (args.format.is_some(), None), &args.files)?;
    let store = context.reader()?;
    let engine = context.engine(&args.reading)?;
    let directory = engine.directory(&store)?;
    let mut ask = |member: Member| {
        let sample = engine.sample(&member.name, &member.bytes);
        // The bytes are done with; asking the store may take a while.
        drop(member);
        match sample {
            Ok(sample) => answer(&engine, (&store, &directory), &sample, &options).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    };
    let Answers { answers, failed, unread } = context.answers_under(&engine, &args.files, &mut ask)?;
    let document = MatchDocument { answers, failed };
    match args.format {
        None => context.show_in(&document, &Style { details: args.verbose, ..context.style() })?,
        Some(format) if !document.answers.is_empty() => {
            put(context, &formatted(format, &document, &made(context)?)?, &args.written)?;
        }
        Some(_) => {}
    }
    if let Some(path) = &args.written.html {
        write(path, match_page(&document, &made(context)?), &args.written)?;
    }
    outcome(unread, document.found())
}

/// An answer in one of the formats that others read.
fn formatted(format: MatchFormat, document: &MatchDocument, made: &Made) -> Result<String> {
    let value = match format {
        MatchFormat::Markdown => return Ok(match_markdown(document, made)),
        MatchFormat::Stix => match_stix(document, made),
        MatchFormat::Misp => match_misp(document, made),
    };
    Ok(serde_json::to_string_pretty(&value).map_err(json)? + "\n")
}

/// Asks a store, of which the directory was read, about one sample.
pub fn answer(
    engine: &Engine,
    (store, directory): (&Embedded, &Directory),
    sample: &Sample,
    options: &MatchOptions,
) -> Result<MatchAnswer> {
    let report = engine.relatives_among(store, directory, &sample.fingerprint, options)?;
    let gaps = [report.left_out.as_slice(), &sample.gaps].concat();
    Ok(MatchAnswer { name: sample.name.clone(), gaps, report })
}

fn options(args: &MatchArgs) -> Result<MatchOptions> {
    let mut options = MatchOptions { relatives: args.top, ..MatchOptions::default() };
    if let Some(similarity) = args.min_similarity {
        if !(0.0..=1.0).contains(&similarity) {
            return Err(question(format!("a similarity of {similarity} is impossible"))
                .hint("`--min-similarity` lies between 0 and 1"));
        }
        options.accept = similarity;
    }
    Ok(options)
}
