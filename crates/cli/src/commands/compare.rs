//! `cognate compare`.

use crate::args::CompareArgs;
use crate::context::Context;
use crate::error::{Result, question};
use cognate_base::{Deadline, Exhausted, Gap, Place, quote};
use cognate_binary::Member;
use cognate_documents::{AlignedPair, Comparison, How};
use cognate_engine::Examined;
use cognate_matching::shared_expressions;
use cognate_report::{CompareDocument, SideBySide};
use std::cmp::Reverse;
use std::time::Duration;

/// Compares two files; found when any function is alike by its content.
pub fn run(context: &Context<'_>, args: &CompareArgs) -> Result<bool> {
    let engine = context.engine(&args.reading)?;
    let examine = &mut |member: Member| engine.examine(&member.name, &member.bytes);
    let (mut a, beside_a) = context.answer(&engine, &args.a, examine)?;
    let (mut b, beside_b) = context.answer(&engine, &args.b, examine)?;
    let comparison = engine.compare(&a.sample.fingerprint, &b.sample.fingerprint);
    let is_function = |address| a.sample.fingerprint.functions.iter().any(|own| own.address == address);
    let chosen = chosen(&comparison, args, &is_function)?;
    let (listings, left_out) = side_by_side(&mut a, &mut b, &chosen, engine.options().limits.time)?;
    let left_out = [comparison.left_out.clone(), left_out].concat();
    let document = CompareDocument {
        name_a: a.sample.name,
        name_b: b.sample.name,
        gaps_a: [left_out, a.sample.gaps, beside_a].concat(),
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
            true => question(format!("the function at {address:#x} of `{a}` has no partner in `{b}`"))
                .hint(format!("`cognate compare {quoted_a} {quoted_b} --pairs 100000` lists the pairs")),
            false => question(format!("no function at {address:#x} in `{a}`"))
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

/// The pairs as far as there is time for them, and what there was none for.
fn side_by_side(
    a: &mut Examined,
    b: &mut Examined,
    pairs: &[&AlignedPair],
    time: Duration,
) -> Result<(Vec<SideBySide>, Vec<Gap>)> {
    if pairs.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let deadline = Deadline::after(time);
    let addresses = |of: fn(&AlignedPair) -> u64| pairs.iter().map(|pair| of(pair)).collect::<Vec<u64>>();
    let (ones, others) = (addresses(|pair| pair.query.address), addresses(|pair| pair.stored.address));
    let expressions = a.expressions(&ones)?.into_iter().zip(b.expressions(&others)?);
    let (mut shown, mut untold) = (Vec::new(), 0);
    for ((one, other), (mine, theirs)) in ones.iter().zip(&others).zip(expressions) {
        if !deadline.holds() {
            break;
        }
        untold += usize::from(mine.is_none() || theirs.is_none());
        let shared = shared_expressions(mine.unwrap_or_default(), &theirs.unwrap_or_default());
        shown.push(SideBySide::new(a.listing(*one)?, b.listing(*other)?, shared));
    }
    let missing = pairs.len() - shown.len();
    let left_out = [(missing, "listed"), (untold, "asked for their expressions")];
    let gaps_in_words = left_out.iter().filter(|(pairs, _)| *pairs > 0).map(|(pairs, what)| {
        Gap::new(Place::Whole, "listing", format!("{}; {pairs} pairs were not {what}", Exhausted::Time))
    });
    Ok((shown, gaps_in_words.collect()))
}
