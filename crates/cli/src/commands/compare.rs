//! `cognate compare`.

use crate::args::CompareArgs;
use crate::context::Context;
use crate::error::{Error, Result};
use cognate_engine::{Analysis, shared_expressions};
use cognate_matching::{AlignedPair, Comparison, How};
use cognate_report::{CompareDocument, Listing, SideBySide};
use std::cmp::Reverse;

/// Compares two files; found when any function is alike by its content.
pub fn run(context: &Context<'_>, args: &CompareArgs) -> Result<bool> {
    let engine = context.engine(&args.reading)?;
    let a = context.analysis(&engine, &args.a)?;
    let b = context.analysis(&engine, &args.b)?;
    let comparison = engine.compare(&a, &b);
    let chosen = chosen(&comparison, args)?;
    let listings = chosen.into_iter().map(|pair| side_by_side(&a, &b, pair)).collect::<Result<_>>()?;
    let (gaps_a, gaps_b) = (a.gaps().cloned().collect(), b.gaps().cloned().collect());
    let document = CompareDocument {
        name_a: a.name,
        name_b: b.name,
        gaps_a,
        gaps_b,
        comparison,
        listings,
        shown: args.pairs,
    };
    context.show(&document)?;
    Ok(document.found())
}

/// The pairs whose instructions are to be shown.
fn chosen<'a>(comparison: &'a Comparison, args: &CompareArgs) -> Result<Vec<&'a AlignedPair>> {
    if let Some(address) = args.function {
        let pair = comparison.pairs.iter().find(|pair| pair.query.address == address);
        let missing = || {
            Error::new(format!("no function at {address:#x} of `{}` has a partner", args.a.display()))
                .hint("`cognate compare A B --pairs 100000` lists the pairs")
        };
        return Ok(vec![pair.ok_or_else(missing)?]);
    }
    let mut pairs: Vec<&AlignedPair> =
        comparison.pairs.iter().filter(|pair| pair.how != How::Exact).collect();
    pairs.sort_by_key(|pair| (Reverse(pair.query.bytes.max(pair.stored.bytes)), pair.query.address));
    pairs.truncate(args.functions.unwrap_or(0));
    Ok(pairs)
}

fn side_by_side(a: &Analysis, b: &Analysis, pair: &AlignedPair) -> Result<SideBySide> {
    let listing = |analysis: &Analysis, address: u64| -> Result<Listing> {
        let function = analysis.function_at(address)?;
        Ok(Listing::new(&analysis.loaded.image, &analysis.loaded.hints, function))
    };
    let (one, other) = (pair.query.address, pair.stored.address);
    let expressions = shared_expressions((a, one), (b, other));
    Ok(SideBySide::new(listing(a, one)?, listing(b, other)?, expressions))
}
