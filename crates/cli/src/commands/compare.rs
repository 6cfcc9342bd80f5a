//! `cognate compare`.

use super::written::{check, made, put, write};
use crate::args::{Asked, CompareArgs, CompareFormat, PairOrder};
use crate::context::Context;
use crate::error::{Result, question, shown};
use cognate_base::{Deadline, Exhausted, Gap, Place, escape, quote};
use cognate_binary::Member;
use cognate_documents::{AlignedPair, Comparison, How, Nearest, Side};
use cognate_engine::{Engine, Examined};
use cognate_fingerprint::FunctionFingerprint;
use cognate_matching::{AskedFunction, expression_difference};
use cognate_report::{
    CompareDocument, Order, SideBySide, View, compare_markdown, compare_page, graph_svg, page_pairs,
};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

/// Functions of the other file shown beside the one that is asked for.
const NEAREST: usize = 5;

/// Compares two files; found when any function is alike by its content.
pub fn run(context: &Context<'_>, args: &CompareArgs) -> Result<bool> {
    check(context, &args.written, (args.format.is_some(), args.svg.as_deref()), [&args.a, &args.b])?;
    let engine = context.engine_with(&args.reading, true)?;
    let (mut document, page) = context.waiting("comparing", || compared(context, &engine, args))?;
    match args.format {
        None => context.show(&document)?,
        Some(CompareFormat::Markdown) => {
            put(context, &compare_markdown(&document, &made(context)?), &args.written)?;
        }
    }
    if let Some(path) = &args.svg {
        write(path, picture(&document)?, &args.written)?;
    }
    if let Some(path) = &args.written.html {
        if let Some((listings, left_out)) = page {
            (document.listings, document.gaps_a) = (listings, [left_out, document.gaps_a].concat());
        }
        write(path, compare_page(&document, &made(context)?), &args.written)?;
    }
    Ok(document.found())
}

/// Pairs of functions side by side, and what was left out of them.
type Listings = (Vec<SideBySide>, Vec<Gap>);

/// Compares; with the listings of a page, where one is written of no single function.
fn compared(
    context: &Context<'_>,
    engine: &Engine,
    args: &CompareArgs,
) -> Result<(CompareDocument, Option<Listings>)> {
    let time = engine.options().limits.time;
    let examine = &mut |member: Member| engine.examine(&member.name, &member.bytes);
    let (a, b) = (context.answer(engine, &args.a, examine), context.answer(engine, &args.b, examine));
    if let (Err(a), Err(_)) = (&a, &b) {
        context.say(&format!("warning: {}", shown(&a.to_string())))?;
    }
    let ((mut b, beside_b), (mut a, beside_a)) = (b?, a?);
    let comparison = engine.compare(&a.sample.fingerprint, &b.sample.fingerprint);
    let asked =
        args.function.as_ref().map(|asked| asked_function(asked, args, [&mut a, &mut b])).transpose()?;
    let chosen = chosen(&comparison, asked, args.functions.unwrap_or(0));
    let (listings, left_out) = side_by_side(&mut a, &mut b, (&chosen, &comparison), time)?;
    let fingerprints = (&a.sample.fingerprint, &b.sample.fingerprint);
    let nearest = asked.and_then(|asked| engine.nearest(fingerprints, &comparison, asked, NEAREST));
    let nearest = nearest.map(|nearest| told_apart(nearest, &mut a, &mut b)).transpose()?;
    let left_out = [comparison.left_out.clone(), left_out].concat();
    let document = CompareDocument {
        name_a: a.sample.name.clone(),
        name_b: b.sample.name.clone(),
        gaps_a: [left_out, a.sample.gaps.clone(), beside_a].concat(),
        gaps_b: [b.sample.gaps.clone(), beside_b].concat(),
        comparison,
        nearest,
        listings,
        view: view(args),
    };
    let is_page = args.written.html.is_some() && asked.is_none();
    let page = is_page.then(|| {
        let pairs = page_pairs(&document);
        side_by_side(&mut a, &mut b, (pairs.as_slice(), &document.comparison), time)
    });
    Ok((document, page.transpose()?))
}

/// The blocks of the function that was asked for beside those of its partner.
fn picture(document: &CompareDocument) -> Result<String> {
    let Some(pair) = document.listings.first() else {
        return Err(question("the function has no partner: there is nothing to draw beside it"));
    };
    graph_svg(pair).ok_or_else(|| {
        question("the function has too many blocks for a picture").hint("its instructions are in the text")
    })
}

fn view(args: &CompareArgs) -> View {
    let order = match args.sort {
        PairOrder::Weight => Order::Weight,
        PairOrder::Address => Order::Address,
        PairOrder::Size => Order::Size,
        PairOrder::Alike => Order::Alike,
    };
    View { most: args.pairs, order, changed: args.changed, only_b: args.only_b }
}

/// Finds the function that is asked for, in A first where it was not said in which file.
fn asked_function(asked: &Asked, args: &CompareArgs, [a, b]: [&mut Examined; 2]) -> Result<AskedFunction> {
    let files = [(Side::A, a, &args.a), (Side::B, b, &args.b)];
    let files = files.into_iter().filter(|(side, ..)| asked.side.is_none_or(|only| only == *side));
    let mut looked_in = Vec::new();
    for (side, examined, path) in files {
        match asked_in(examined, asked)? {
            Some((_, index)) => return Ok(AskedFunction { side, index }),
            None => looked_in.push(path),
        }
    }
    let files: Vec<String> = looked_in.iter().map(|path| format!("`{}`", path.display())).collect();
    let listed = looked_in.iter().map(|path| quote(&path.to_string_lossy())).collect::<Vec<_>>().join(" ");
    Err(question(format!("no function {} in {}", asked.words(), files.join(" or in ")))
        .hint(format!("`cognate inspect --functions {listed}` lists the functions")))
}

/// The address and index of the function that is asked for: that starts at the address, or has the name, or else
/// holds the address. Fails where several have the name.
pub(super) fn asked_in(examined: &mut Examined, asked: &Asked) -> Result<Option<(u64, u32)>> {
    let at = |examined: &Examined, address: u64| with(examined, &|own| own.address == address);
    let mut found = asked.address.map_or_else(Vec::new, |address| at(examined, address));
    if found.is_empty() {
        found = with(examined, &|own| own.name.as_deref().is_some_and(|name| is_named(name, &asked.text)));
    }
    if let (Some(address), []) = (asked.address, found.as_slice())
        && let Ok(holder) = examined.listing(address)
    {
        found = at(examined, holder.address);
    }
    if found.len() < 2 {
        return Ok(found.pop());
    }
    let addresses: Vec<String> = found.iter().take(8).map(|(address, _)| format!("{address:#x}")).collect();
    let message =
        format!("{} functions of `{}` are named `{}`", found.len(), examined.sample.name, asked.text);
    Err(question(message).hint(format!("give an address: {}", addresses.join(", "))))
}

fn with(examined: &Examined, is_asked: &dyn Fn(&FunctionFingerprint) -> bool) -> Vec<(u64, u32)> {
    let functions = examined.sample.fingerprint.functions.iter().zip(0..);
    functions.filter(|(own, _)| is_asked(own)).map(|(own, index)| (own.address, index)).collect()
}

/// Whether a function has this name, as it is or as it is printed, with or without its parameters.
fn is_named(name: &str, text: &str) -> bool {
    let is_same =
        |name: &str| name.strip_prefix(text).is_some_and(|rest| rest.is_empty() || rest.starts_with('('));
    !text.is_empty() && (is_same(name) || is_same(&escape(name)))
}

/// The pairs whose instructions are to be shown: that of the function that is asked for, or so many of the largest.
fn chosen(comparison: &Comparison, asked: Option<AskedFunction>, number: usize) -> Vec<&AlignedPair> {
    if let Some(asked) = asked {
        let is_asked = |pair: &&AlignedPair| match asked.side {
            Side::A => pair.query.index == asked.index,
            Side::B => pair.stored.index == asked.index,
        };
        return comparison.pairs.iter().find(is_asked).into_iter().collect();
    }
    let mut pairs: Vec<&AlignedPair> =
        comparison.pairs.iter().filter(|pair| pair.how != How::Exact).collect();
    pairs.sort_by_key(|pair| (Reverse(pair.query.bytes.max(pair.stored.bytes)), pair.query.address));
    pairs.truncate(number);
    pairs
}

/// Adds what each of the nearest functions computes that the one asked for does not, and the other way round.
fn told_apart(mut nearest: Nearest, a: &mut Examined, b: &mut Examined) -> Result<Nearest> {
    let (own, other) = if nearest.side == Side::A { (a, b) } else { (b, a) };
    let addresses: Vec<u64> = nearest.functions.iter().map(|near| near.function.address).collect();
    let Some(Some(asked)) = own.expressions(&[nearest.function.address])?.into_iter().next() else {
        return Ok(nearest);
    };
    for (near, expressions) in nearest.functions.iter_mut().zip(other.expressions(&addresses)?) {
        let Some(expressions) = expressions else { continue };
        near.expressions = match nearest.side {
            Side::A => expression_difference(asked.clone(), expressions),
            Side::B => expression_difference(expressions, asked.clone()),
        };
    }
    Ok(nearest)
}

/// These pairs of a comparison as far as there is time for them, and what there was none for.
fn side_by_side(
    a: &mut Examined,
    b: &mut Examined,
    (pairs, comparison): (&[&AlignedPair], &Comparison),
    time: Duration,
) -> Result<(Vec<SideBySide>, Vec<Gap>)> {
    if pairs.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let deadline = Deadline::after(time);
    let partners: BTreeSet<(u64, u64)> =
        comparison.pairs.iter().map(|pair| (pair.query.address, pair.stored.address)).collect();
    let addresses = |of: fn(&AlignedPair) -> u64| pairs.iter().map(|pair| of(pair)).collect::<Vec<u64>>();
    let (ones, others) = (addresses(|pair| pair.query.address), addresses(|pair| pair.stored.address));
    let expressions = a.expressions(&ones)?.into_iter().zip(b.expressions(&others)?);
    let (mut shown, mut untold) = (Vec::new(), 0);
    for ((one, other), (mine, theirs)) in ones.iter().zip(&others).zip(expressions) {
        if !deadline.holds() {
            break;
        }
        untold += usize::from(mine.is_none() || theirs.is_none());
        let expressions = expression_difference(mine.unwrap_or_default(), theirs.unwrap_or_default());
        let pair = SideBySide::new(a.listing(*one)?, b.listing(*other)?, expressions.both);
        shown.push(SideBySide { partners: partners.clone(), ..pair });
    }
    let missing = pairs.len() - shown.len();
    let left_out = [(missing, "listed"), (untold, "asked for their expressions")];
    let gaps_in_words = left_out.iter().filter(|(pairs, _)| *pairs > 0).map(|(pairs, what)| {
        Gap::new(Place::Whole, "listing", format!("{}; {pairs} pairs were not {what}", Exhausted::Time))
    });
    Ok((shown, gaps_in_words.collect()))
}

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn a_name_is_taken_as_it_is_and_as_it_is_printed() {
        for (text, expected) in [
            ("run\u{1b}me(int)", true),
            ("run\u{1b}me", true),
            ("run\\u{1b}me(int)", true),
            ("run\\u{1b}me", true),
            ("run", false),
            ("", false),
        ] {
            assert_eq!(is_named("run\u{1b}me(int)", text), expected, "{text:?}");
        }
    }
}
