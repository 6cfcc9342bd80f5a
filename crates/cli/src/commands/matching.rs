//! `cognate match`.

use crate::args::MatchArgs;
use crate::context::Context;
use crate::error::{Error, Result};
use cognate_engine::{Analysis, Engine};
use cognate_index::Embedded;
use cognate_matching::Options;
use cognate_report::{MatchAnswer, MatchDocument};

/// Asks the store about each file; found when any answer is more than nothing.
pub fn run(context: &Context<'_>, args: &MatchArgs) -> Result<bool> {
    let options = options(args)?;
    let store = context.reader()?;
    let engine = context.engine(&args.reading)?;
    let (analyses, failed) = context.analyses(&engine, &args.files)?;
    let answers =
        analyses.iter().map(|analysis| answer(&engine, &store, analysis, &options)).collect::<Result<_>>()?;
    let document = MatchDocument { answers, failed };
    context.show(&document)?;
    Ok(document.found())
}

/// Asks a store about one sample.
pub fn answer(
    engine: &Engine,
    store: &Embedded,
    analysis: &Analysis,
    options: &Options,
) -> Result<MatchAnswer> {
    let report = engine.relatives(store, analysis, options)?;
    Ok(MatchAnswer { name: analysis.name.clone(), gaps: analysis.gaps().cloned().collect(), report })
}

fn options(args: &MatchArgs) -> Result<Options> {
    let mut options = Options { relatives: args.top, ..Options::default() };
    if let Some(bits) = args.min_bits {
        options.least_bits = bits;
    }
    if let Some(functions) = args.min_functions {
        options.least_distinct = functions;
    }
    if let Some(similarity) = args.min_similarity {
        if !(0.0..=1.0).contains(&similarity) {
            return Err(Error::new(format!("a similarity of {similarity} is impossible"))
                .hint("`--min-similarity` lies between 0 and 1"));
        }
        options.accept = similarity;
    }
    Ok(options)
}
