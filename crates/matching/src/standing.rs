//! How much of the query each relative shares, and what that is worth.
//!
//! In come the facts; out comes a [`Ranked`] list of groups (samples, families
//! or actors). Each query function counts once per group, with its best match
//! there; near-identical query functions are one piece of evidence, all
//! generated code together is one, and so are query functions explained by one
//! and the same stored signature.

use crate::document::ratio;
use crate::document::{CodeClass, Share, Standing};
use crate::evidence::{Group, Link, Piece};
use crate::facts::Matched;
use crate::indices::{CandidateIndex, LibraryIndex, QueryFunction};
use crate::provenance::percent;
use crate::unsettled::{Settled, settled};
use cognate_base::TypedVec;
use std::collections::BTreeMap;

/// Libraries that a reason names; the rest is counted.
const MOST_NAMED: usize = 4;

/// Least bits of a piece that counts: what a function of a few dozen instructions says, when all of it agrees.
/// Set on the 26 reference files of `relations` (`bench/results/README.md`).
const LEAST_PIECE: f64 = 64.0;
/// With fewer families than this in the store, that a function is in one of them alone says nothing of how
/// rare it is. Judgement.
const FEW_FAMILIES: usize = 5;
/// There a relative must share so much of what the query says outside libraries as well, 0 to 1. Judgement.
const LEAST_WEIGHTED: f64 = 0.15;

/// A group with what it shares.
#[derive(Debug)]
pub(crate) struct Ranked<G> {
    /// The sample, family or actor.
    pub group: G,
    /// How much it shares.
    pub standing: Standing,
    /// Its pieces of evidence, the most telling first.
    pub pieces: Vec<Piece>,
}

/// The `most` groups that share most private evidence, then most bytes.
///
/// A bound from above spares most groups the exact count. Where time is up, groups are left out.
pub(crate) fn rank<G: Group>(
    matched: &Matched<'_>,
    links: &TypedVec<G, Vec<Link>>,
    most: usize,
) -> Vec<Ranked<G>> {
    let mut bounds: Vec<((f64, u64), G)> = links
        .entries()
        .filter(|(_, links)| !links.is_empty() && matched.time.spend(links.len() as u64))
        .map(|(group, links)| (bound(matched, links, group), group))
        .collect();
    bounds.sort_by(|((bits, bytes), group), ((other_bits, other_bytes), other)| {
        other_bits.total_cmp(bits).then(other_bytes.cmp(bytes)).then(group.cmp(other))
    });
    let mut ranked: Vec<Ranked<G>> = Vec::new();
    // What those weighed so far come to, descending: whose bound is below the last that is listed ends it.
    let mut bars: Vec<(f64, u64)> = Vec::new();
    for (bound, group) in bounds {
        let bar = most.checked_sub(1).and_then(|last| bars.get(last));
        if most == 0 || bar.is_some_and(|bar| bound < *bar) || !matched.time.holds() {
            break;
        }
        let (standing, pieces) = weigh(matched, &links[group], group);
        let mark = (standing.evidence_bits, standing.matched.bytes);
        bars.insert(bars.partition_point(|bar| *bar >= mark), mark);
        ranked.push(Ranked { group, standing, pieces });
    }
    ranked.sort_by(|a, b| {
        let (x, y) = (&a.standing, &b.standing);
        let strength = y.significant.cmp(&x.significant).then(y.evidence_bits.total_cmp(&x.evidence_bits));
        strength.then(y.matched.bytes.cmp(&x.matched.bytes)).then(a.group.cmp(&b.group))
    });
    ranked.truncate(most);
    ranked
}

/// Private bits, never less than what they come to, and bytes matched, of one group.
pub(crate) fn bound<G: Group>(matched: &Matched<'_>, links: &[Link], group: G) -> (f64, u64) {
    let (mut bits, mut bytes) = (0.0, 0u64);
    let kind = group.kind(matched.catalogue);
    for link in links {
        bytes += u64::from(matched.query.functions[link.function].bytes);
        if matched.class(link.function, kind) == CodeClass::Private {
            bits += matched.bits(link.function, link.accepted(matched));
        }
    }
    // Summed in another order the same bits differ by rounding: a bound must not be below.
    (bits * (1.0 + 1e-9), bytes)
}

/// Counts what one group shares and puts its evidence together.
fn weigh<G: Group>(matched: &Matched<'_>, links: &[Link], group: G) -> (Standing, Vec<Piece>) {
    let pieces = pieces(matched, links, group);
    let private = pieces.iter().filter(|piece| piece.class == CodeClass::Private);
    let counted: Vec<&Piece> = private.filter(|piece| piece.bits >= LEAST_PIECE).collect();
    let functions = || links.iter().map(|link| link.function);
    let kind = group.kind(matched.catalogue);
    let of = |class: CodeClass| -> Share {
        matched.query.share(functions().filter(|&function| matched.class(function, kind) == class))
    };
    let mut standing = Standing {
        matched: matched.query.share(functions()),
        private: of(CodeClass::Private),
        library: of(CodeClass::Library),
        common: of(CodeClass::Common),
        weighted: weighted(matched, &pieces),
        // An empty sum is -0, which JSON would show.
        evidence_bits: 0.0 + counted.iter().map(|piece| piece.bits).sum::<f64>(),
        distinct: counted.len() as u64,
        e_value: None,
        significant: false,
        reason: String::new(),
        libraries: libraries(matched, links),
    };
    (standing.significant, standing.reason) = significance(matched, &standing);
    if standing.significant {
        let in_group = |sample| G::of_sample(sample, matched.catalogue) == Some(group);
        let settled = settled(matched, links, &counted, &in_group);
        if let Some(settled) = settled.filter(|settled| !passes(matched, settled.distinct, settled.bits)) {
            (standing.significant, standing.reason) = (false, doubt(matched, &standing, &settled));
        }
    }
    (standing, pieces)
}

/// One piece per cluster of near-identical functions and per stored signature.
fn pieces<G: Group>(matched: &Matched<'_>, links: &[Link], group: G) -> Vec<Piece> {
    let kind = group.kind(matched.catalogue);
    let piece = |&link: &Link| -> (Option<QueryFunction>, CandidateIndex, Piece) {
        let accepted = link.accepted(matched);
        let class = matched.class(link.function, kind);
        let piece = Piece { link, class, bits: matched.bits(link.function, accepted) };
        (matched.repetition.piece(link.function), accepted.candidate, piece)
    };
    let mut all: Vec<_> = links.iter().map(piece).collect();
    let better = |a: &Piece, b: &Piece| {
        let by_class = (a.class as u8).cmp(&(b.class as u8)).then(b.bits.total_cmp(&a.bits));
        by_class.then(a.link.function.cmp(&b.link.function))
    };
    // First the best of each cluster stands for it, then the best of those that one signature explains.
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
    let mut most: BTreeMap<QueryFunction, u16> = BTreeMap::new();
    let mut generated = 0u16;
    for function in matched.query.comparable().filter(|&at| matched.facts[at].library.is_none()) {
        let cluster = matched.repetition.piece(function);
        let most = cluster.map_or(&mut generated, |cluster| most.entry(cluster).or_default());
        *most = matched.query.functions[function].fingerprint.information.max(*most);
    }
    f64::from(generated) + most.values().map(|&bits| f64::from(bits)).sum::<f64>()
}

fn weighted(matched: &Matched<'_>, pieces: &[Piece]) -> f64 {
    let private = pieces.iter().filter(|piece| piece.class == CodeClass::Private);
    let shared = private.map(|&Piece { link, .. }| {
        let information = f64::from(matched.query.functions[link.function].fingerprint.information);
        information * matched.facts[link.function].rarity * link.accepted(matched).similarity
    });
    0.0 + ratio(shared.sum(), matched.own_information).clamp(0.0, 1.0)
}

/// The libraries shared, most bytes first.
fn libraries(matched: &Matched<'_>, links: &[Link]) -> Vec<String> {
    let mut bytes: BTreeMap<LibraryIndex, u64> = BTreeMap::new();
    for &Link { function, .. } in links {
        if let Some(library) = matched.facts[function].library {
            *bytes.entry(library).or_default() += u64::from(matched.query.functions[function].bytes);
        }
    }
    let mut bytes: Vec<(LibraryIndex, u64)> = bytes.into_iter().collect();
    bytes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    bytes.iter().map(|(library, _)| matched.libraries[*library].name.clone()).collect()
}

/// The bar for evidence.
fn passes(matched: &Matched<'_>, distinct: u64, bits: f64) -> bool {
    distinct >= matched.options.least_distinct as u64 && bits >= matched.options.least_bits
}

/// Why a relative that passes the bar is none, in words.
fn doubt(matched: &Matched<'_>, standing: &Standing, settled: &Settled) -> String {
    let options = matched.options;
    let named =
        settled.libraries.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(" or ");
    let more = settled.libraries.len().saturating_sub(MOST_NAMED);
    let libraries = if more > 0 { format!("{named} or {more} more") } else { named };
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
        if families < FEW_FAMILIES && standing.weighted < LEAST_WEIGHTED {
            let why = format!(
                "{} of the code outside libraries is shared, and {families} families are too few to \
                 tell rare code from common (bar: {} below {FEW_FAMILIES} families)",
                percent(standing.weighted),
                percent(LEAST_WEIGHTED)
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
