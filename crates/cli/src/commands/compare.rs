//! `cognate compare`.

use crate::args::CompareArgs;
use crate::context::Context;
use crate::error::{Error, Result};
use cognate_base::quote;
use cognate_binary::Member;
use cognate_engine::Examined;
use cognate_matching::{AlignedPair, Comparison, How, shared_expressions};
use cognate_report::{CompareDocument, SideBySide};
use std::cmp::Reverse;

/// Compares two files; found when any function is alike by its content.
pub fn run(context: &Context<'_>, args: &CompareArgs) -> Result<bool> {
    let engine = context.engine(&args.reading)?;
    let examine = &mut |member: Member| engine.examine(&member.name, &member.bytes);
    let (mut a, beside_a) = context.answer(&engine, &args.a, examine)?;
    let (mut b, beside_b) = context.answer(&engine, &args.b, examine)?;
    let comparison = engine.compare(&a.sample.fingerprint, &b.sample.fingerprint);
    let is_function = |address| a.sample.fingerprint.functions.iter().any(|own| own.address == address);
    let chosen = chosen(&comparison, args, &is_function)?;
    let listings =
        chosen.into_iter().map(|pair| side_by_side(&mut a, &mut b, pair)).collect::<Result<_>>()?;
    let document = CompareDocument {
        name_a: a.sample.name,
        name_b: b.sample.name,
        gaps_a: [a.sample.gaps, beside_a].concat(),
        gaps_b: [b.sample.gaps, beside_b].concat(),
        comparison,
        listings,
        shown: args.pairs,
    };
    context.show(&document)?;
    Ok(document.found())
}

/// The pairs whose instructions are to be shown.
fn chosen<'a>(
    comparison: &'a Comparison,
    args: &CompareArgs,
    is_function: &dyn Fn(u64) -> bool,
) -> Result<Vec<&'a AlignedPair>> {
    if let Some(address) = args.function {
        let pair = comparison.pairs.iter().find(|pair| pair.query.address == address);
        let (a, b) = (args.a.display(), args.b.display());
        let [quoted_a, quoted_b] = [&args.a, &args.b].map(|path| quote(&path.to_string_lossy()));
        let missing = || match is_function(address) {
            true => Error::new(format!("the function at {address:#x} of `{a}` has no partner in `{b}`"))
                .hint(format!("`cognate compare {quoted_a} {quoted_b} --pairs 100000` lists the pairs")),
            false => Error::new(format!("no function at {address:#x} in `{a}`"))
                .hint(format!("`cognate inspect --functions {quoted_a}` lists the functions")),
        };
        return Ok(vec![pair.ok_or_else(missing)?]);
    }
    let mut pairs: Vec<&AlignedPair> =
        comparison.pairs.iter().filter(|pair| pair.how != How::Exact).collect();
    pairs.sort_by_key(|pair| (Reverse(pair.query.bytes.max(pair.stored.bytes)), pair.query.address));
    pairs.truncate(args.functions.unwrap_or(0));
    Ok(pairs)
}

fn side_by_side(a: &mut Examined, b: &mut Examined, pair: &AlignedPair) -> Result<SideBySide> {
    let (one, other) = (pair.query.address, pair.stored.address);
    let expressions = shared_expressions(a.expressions(one)?, &b.expressions(other)?);
    Ok(SideBySide::new(a.listing(one)?, b.listing(other)?, expressions))
}
