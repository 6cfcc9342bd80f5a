//! How much of the query each relative shares, and what that is worth.
//!
//! In come the facts; out comes a [`Ranked`] list of groups (samples, families
//! or actors). Each query function counts once per group, with its best match
//! there; near-identical query functions are one piece of evidence, all
//! generated code together is one, and so are query functions explained by one
//! and the same stored signature.

use crate::document::{CodeClass, Share, Standing};
use crate::facts::Matched;
use crate::pool::Accepted;
use crate::unsettled::{Settled, settled};
use cognate_index::Kind;
use std::collections::BTreeMap;

/// A query function and its best match in one group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// The query function.
    pub function: u32,
    /// Its place in [`crate::pool::Pool::accepted`].
    pub rank: u32,
}

/// One piece of evidence: a link that stands for all that are like it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// The best of them.
    pub link: Link,
    /// What the function is.
    pub class: CodeClass,
    /// What it says in bits, were it private.
    pub bits: f64,
}

/// A group with what it shares.
#[derive(Debug)]
pub(crate) struct Ranked {
    /// Its number.
    pub group: u32,
    /// How much it shares.
    pub standing: Standing,
    /// Its pieces of evidence, the most telling first.
    pub pieces: Vec<Piece>,
}

/// Finds the best match of every query function in every group, as far as there is time.
pub(crate) fn links(
    matched: &Matched<'_>,
    groups: usize,
    group_of: impl Fn(u32) -> Option<u32>,
) -> Vec<Vec<Link>> {
    let mut links: Vec<Vec<Link>> = vec![Vec::new(); groups];
    let mut seen = vec![u32::MAX; groups];
    for (accepted, function) in matched.pool.accepted.iter().zip(0u32..) {
        for (kept, rank) in accepted.iter().zip(0u32..) {
            let presence = matched.pool.presence.get(kept.signature as usize);
            if !matched.time.spend(presence.map_or(0, Vec::len) as u64) {
                return links;
            }
            for group in presence.into_iter().flatten().filter_map(|place| group_of(place.sample)) {
                let Some(stamp) = seen.get_mut(group as usize) else { continue };
                if *stamp == function {
                    continue;
                }
                *stamp = function;
                if let Some(list) = links.get_mut(group as usize) {
                    list.push(Link { function, rank });
                }
            }
        }
    }
    links
}

/// The `most` groups that share most private evidence, then most bytes.
///
/// `order` names a group for ties. A bound from above spares most groups the
/// exact count. Where time is up, groups are left out.
pub(crate) fn rank<T: Ord>(
    matched: &Matched<'_>,
    links: &[Vec<Link>],
    most: usize,
    kind: impl Fn(u32) -> Kind,
    group_of: impl Fn(u32) -> Option<u32>,
    order: impl Fn(u32) -> T,
) -> Vec<Ranked> {
    let mut bounds: Vec<(f64, u64, u32)> = links
        .iter()
        .zip(0u32..)
        .filter(|(list, _)| !list.is_empty() && matched.time.spend(list.len() as u64))
        .map(|(list, group)| bound(matched, list, kind(group), group))
        .collect();
    bounds.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then_with(|| order(a.2).cmp(&order(b.2))));
    let mut ranked: Vec<Ranked> = Vec::new();
    let mut bars: Vec<(f64, u64)> = Vec::new();
    for (bits, bytes, group) in bounds {
        let bar = most.checked_sub(1).and_then(|last| bars.get(last));
        if most == 0 || bar.is_some_and(|bar| (bits, bytes) < *bar) || !matched.time.holds() {
            break;
        }
        let list = links.get(group as usize).map(Vec::as_slice).unwrap_or_default();
        let (standing, pieces) = weigh(matched, list, kind(group), &|sample| group_of(sample) == Some(group));
        let mark = (standing.evidence_bits, standing.matched.bytes);
        let at = bars.partition_point(|bar| *bar >= mark);
        bars.insert(at, mark);
        ranked.push(Ranked { group, standing, pieces });
    }
    ranked.sort_by(|a, b| {
        let (x, y) = (&a.standing, &b.standing);
        let strength = y.significant.cmp(&x.significant).then(y.evidence_bits.total_cmp(&x.evidence_bits));
        let size = strength.then(y.matched.bytes.cmp(&x.matched.bytes));
        size.then_with(|| order(a.group).cmp(&order(b.group)))
    });
    ranked.truncate(most);
    ranked
}

fn accepted<'a>(matched: &'a Matched<'_>, link: &Link) -> Option<&'a Accepted> {
    matched.pool.accepted.get(link.function as usize)?.get(link.rank as usize)
}

/// Private bits, never less than what they come to, and bytes matched, of one group.
pub(crate) fn bound(matched: &Matched<'_>, links: &[Link], kind: Kind, group: u32) -> (f64, u64, u32) {
    let (mut bits, mut bytes) = (0.0, 0u64);
    for link in links {
        bytes += matched.query.functions.get(link.function as usize).map_or(0, |own| u64::from(own.bytes));
        if matched.class(link.function, kind) == CodeClass::Private {
            bits += accepted(matched, link).map_or(0.0, |kept| matched.bits(link.function, kept));
        }
    }
    // Summed in another order the same bits differ by rounding: a bound must not be below.
    (bits * (1.0 + 1e-9), bytes, group)
}

/// Counts what one group shares and puts its evidence together.
pub(crate) fn weigh(
    matched: &Matched<'_>,
    links: &[Link],
    kind: Kind,
    in_group: &impl Fn(u32) -> bool,
) -> (Standing, Vec<Piece>) {
    let of = |class: CodeClass| -> Share {
        let with = links.iter().map(|link| link.function).filter(|&at| matched.class(at, kind) == class);
        matched.share(with)
    };
    let pieces = pieces(matched, links, kind);
    let private = pieces.iter().filter(|piece| piece.class == CodeClass::Private);
    let counted: Vec<&Piece> = private.filter(|piece| piece.bits >= matched.options.least_piece).collect();
    let evidence_bits = 0.0 + counted.iter().map(|piece| piece.bits).sum::<f64>();
    let mut standing = Standing {
        matched: matched.share(links.iter().map(|link| link.function)),
        private: of(CodeClass::Private),
        library: of(CodeClass::Library),
        common: of(CodeClass::Common),
        weighted: weighted(matched, &pieces),
        evidence_bits,
        distinct: counted.len() as u64,
        e_value: None,
        significant: false,
        reason: String::new(),
        libraries: libraries(matched, links),
    };
    (standing.significant, standing.reason) = significance(matched, &standing);
    if standing.significant {
        let settled = settled(matched, links, &counted, in_group);
        if let Some(settled) = settled.filter(|settled| !passes(matched, settled.distinct, settled.bits)) {
            (standing.significant, standing.reason) = (false, doubt(matched, &standing, &settled));
        }
    }
    (standing, pieces)
}

/// One piece per cluster of near-identical functions and per stored signature.
fn pieces(matched: &Matched<'_>, links: &[Link], kind: Kind) -> Vec<Piece> {
    let mut all: Vec<(Option<u32>, u32, Piece)> = Vec::with_capacity(links.len());
    for &link in links {
        let Some(kept) = accepted(matched, &link) else { continue };
        let cluster = matched.repetition.piece(link.function);
        let class = matched.class(link.function, kind);
        let piece = Piece { link, class, bits: matched.bits(link.function, kept) };
        all.push((cluster, kept.signature, piece));
    }
    let better = |a: &Piece, b: &Piece| {
        let by_class = (a.class as u8).cmp(&(b.class as u8)).then(b.bits.total_cmp(&a.bits));
        by_class.then(a.link.function.cmp(&b.link.function))
    };
    all.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| better(&a.2, &b.2)));
    all.dedup_by_key(|entry| entry.0);
    all.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| better(&a.2, &b.2)));
    all.dedup_by_key(|entry| entry.1);
    let mut pieces: Vec<Piece> = all.into_iter().map(|entry| entry.2).collect();
    pieces.sort_by(better);
    pieces
}

/// What the query says outside libraries, near-identical functions once, in bits.
pub(crate) fn own_information(matched: &Matched<'_>) -> f64 {
    let mut most: BTreeMap<u32, u16> = BTreeMap::new();
    let mut generated = 0u16;
    for ((own, fact), at) in matched.query.functions.iter().zip(&matched.facts).zip(0u32..) {
        let information = own.fingerprint.information;
        if fact.library.is_some() || information < cognate_fingerprint::INFORMATION_FLOOR {
            continue;
        }
        let most =
            matched.repetition.piece(at).map_or(&mut generated, |cluster| most.entry(cluster).or_default());
        *most = information.max(*most);
    }
    f64::from(generated) + most.values().map(|&bits| f64::from(bits)).sum::<f64>()
}

fn weighted(matched: &Matched<'_>, pieces: &[Piece]) -> f64 {
    let private = pieces.iter().filter(|piece| piece.class == CodeClass::Private);
    let shared: f64 = private
        .map(|piece| {
            let own = matched.query.functions.get(piece.link.function as usize);
            let information = own.map_or(0.0, |own| f64::from(own.fingerprint.information));
            let rarity = matched.facts.get(piece.link.function as usize).map_or(0.0, |fact| fact.rarity);
            let alike = accepted(matched, &piece.link).map_or(0.0, |kept| kept.value);
            information * rarity * alike
        })
        .sum();
    let whole = matched.own_information;
    if whole > 0.0 { (0.0 + shared / whole).clamp(0.0, 1.0) } else { 0.0 }
}

fn libraries(matched: &Matched<'_>, links: &[Link]) -> Vec<String> {
    let mut bytes: BTreeMap<u32, u64> = BTreeMap::new();
    for link in links {
        let fact = matched.facts.get(link.function as usize);
        let own = matched.query.functions.get(link.function as usize);
        if let (Some(library), Some(own)) = (fact.and_then(|fact| fact.library), own) {
            *bytes.entry(library).or_default() += u64::from(own.bytes);
        }
    }
    let mut bytes: Vec<(u32, u64)> = bytes.into_iter().collect();
    bytes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    bytes
        .iter()
        .filter_map(|(library, _)| Some(matched.libraries.get(*library as usize)?.name.clone()))
        .collect()
}

/// The bar for evidence.
fn passes(matched: &Matched<'_>, distinct: u64, bits: f64) -> bool {
    distinct >= matched.options.least_distinct as u64 && bits >= matched.options.least_bits
}

/// Why a relative that passes the bar is none, in words.
fn doubt(matched: &Matched<'_>, standing: &Standing, settled: &Settled) -> String {
    let (options, libraries) = (matched.options, settled.libraries.join(" or "));
    format!(
        "not settled: {} distinct private functions, {:.0} bits, but {} of them cannot be told from code of \
         {libraries}, and only programs with known libraries hold them; {:.0} bits are left (bar: {} and {:.0}). \
         To settle it, index {libraries} with --kind library, or two benign programs that contain it with \
         --kind goodware",
        standing.distinct,
        standing.evidence_bits,
        standing.distinct.saturating_sub(settled.distinct),
        settled.bits,
        options.least_distinct,
        options.least_bits
    )
}

/// The bar for a relative, in words.
fn significance(matched: &Matched<'_>, standing: &Standing) -> (bool, String) {
    let options = matched.options;
    let (least, bits) = (options.least_distinct as u64, options.least_bits);
    let found = format!(
        "{} distinct private functions, {:.0} bits (bar: {least} and {bits:.0})",
        standing.distinct, standing.evidence_bits
    );
    let families = matched.catalogue.projects();
    if passes(matched, standing.distinct, standing.evidence_bits) {
        if families < options.few_families && standing.weighted < options.least_weighted {
            let why = format!(
                "{:.0} % of the code outside libraries is shared, and {families} families are too few to \
                 tell rare code from common (bar: {:.0} % below {} families)",
                standing.weighted * 100.0,
                options.least_weighted * 100.0,
                options.few_families
            );
            return (false, why);
        }
        return (true, found);
    }
    if standing.private.functions > 0 {
        return (false, format!("too little private code is shared: {found}"));
    }
    let why = match (standing.library.functions, standing.common.functions) {
        (0, _) => "only common code is shared".to_owned(),
        (_, 0) => format!("only library code is shared: {}", standing.libraries.join(", ")),
        _ => format!("only common code and libraries are shared: {}", standing.libraries.join(", ")),
    };
    (false, why)
}
