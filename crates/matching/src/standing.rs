//! How much of the query each relative shares, and what that is worth.
//!
//! In come the facts; out comes a list of [`Ranked`] groups (samples, families
//! or actors). Each query function counts once per group, with its best match
//! there; near-identical query functions are one piece of evidence, all
//! generated code together is one, and so are query functions explained by one
//! and the same stored signature. What a group is worth is what its best sample is: code that
//! is scattered over many programs is shared with none of them.

use crate::document::{CodeClass, Grounds, Share, Standing};
use crate::evidence::{Group, Link, Piece, links, pieces};
use crate::facts::Matched;
use crate::grounds::{Own, grounds};
use crate::indices::{LibraryIndex, SampleIndex};
use crate::relation;
use cognate_base::TypedVec;
use cognate_index::Kind;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Groups that are weighed, those of most private bits first.
const MOST_WEIGHED: usize = 1_000;
/// Samples of a group that are weighed, those of which most may come first (judgement: the best is seldom a later one).
const SAMPLES_WEIGHED: usize = 2;

/// What each sample shares with the query, before it is put in groups.
#[derive(Debug)]
pub(crate) struct Shared<'m> {
    /// The query with everything known of its functions.
    pub matched: &'m Matched<'m>,
    /// What of it is its own, to goodware and to all others; and to these at most.
    own: [Own; 2],
    own_at_most: Own,
    /// The best match of each function in each sample.
    pub by_sample: TypedVec<SampleIndex, Vec<Link>>,
    /// Private bits and bytes matched of each sample.
    bounds: TypedVec<SampleIndex, (f64, u64)>,
    /// What was weighed already.
    weighed: RefCell<BTreeMap<SampleIndex, Grounds>>,
}

/// A group with what it shares.
#[derive(Debug)]
pub(crate) struct Ranked<G> {
    /// The sample, family or actor.
    pub group: G,
    /// Its sample that says most for it.
    pub best: SampleIndex,
    /// How many of its samples share anything.
    pub sharing: u64,
    /// How much it shares.
    pub standing: Standing,
    /// Its pieces of evidence, the most telling first.
    pub pieces: Vec<Piece>,
}

impl<'m> Shared<'m> {
    /// Finds what each sample shares, as far as there is time.
    pub fn new(matched: &'m Matched<'m>) -> Self {
        let catalogue = matched.catalogue;
        let by_sample = links(matched, |sample| SampleIndex::of_sample(sample, catalogue));
        let bounds = by_sample.entries().map(|(sample, links)| bound(matched, links, sample)).collect();
        let own = [Kind::Malware, Kind::Goodware].map(|kind| Own::of(matched, &|at| matched.class(at, kind)));
        let own_at_most = Own::of(matched, &|at| matched.class_at_most(at, Kind::Malware));
        Shared { matched, own, own_at_most, by_sample, bounds, weighed: RefCell::default() }
    }

    /// The samples of most bytes in common.
    pub fn most_matched(&self, most: usize) -> Vec<SampleIndex> {
        let mut samples: Vec<SampleIndex> = self.bounds.indices().collect();
        samples.sort_by(|&a, &b| self.bounds[b].1.cmp(&self.bounds[a].1).then(a.cmp(&b)));
        samples.truncate(most);
        samples
    }

    /// What the query shares with one sample beyond public code; nothing where time is up.
    pub fn grounds(&self, sample: SampleIndex) -> Option<Grounds> {
        let mut weighed = self.weighed.borrow_mut();
        if let Some(known) = weighed.get(&sample) {
            return Some(*known);
        }
        self.spend(sample).then_some(())?;
        let [own, to_goodware] = &self.own;
        let kind = self.matched.catalogue.kind(sample);
        let own = if kind == Kind::Goodware { to_goodware } else { own };
        let class = |at| self.matched.class(at, kind);
        let new = grounds(self.matched, (own, &class), &self.by_sample[sample], sample);
        weighed.insert(sample, new);
        Some(new)
    }

    /// Whether there is time to weigh a sample: what matches there, and what is known of its functions, is gone through.
    fn spend(&self, sample: SampleIndex) -> bool {
        let functions = self.matched.catalogue.samples[sample].info.functions;
        self.matched.time.spend(self.by_sample[sample].len() as u64 + u64::from(functions))
    }

    /// The same with what only its surroundings make a library's.
    fn grounds_at_most(&self, sample: SampleIndex) -> Option<Grounds> {
        self.spend(sample).then_some(())?;
        let kind = self.matched.catalogue.kind(sample);
        let class = |at| self.matched.class_at_most(at, kind);
        Some(grounds(self.matched, (&self.own_at_most, &class), &self.by_sample[sample], sample))
    }

    /// The samples of each group that share most, best first, and how many share anything.
    fn best<G: Group>(&self) -> TypedVec<G, (Vec<SampleIndex>, u64)> {
        let catalogue = self.matched.catalogue;
        let mut best: TypedVec<G, (Vec<SampleIndex>, u64)> =
            vec![Default::default(); G::count(catalogue)].into();
        for (sample, _) in self.by_sample.entries().filter(|(_, links)| !links.is_empty()) {
            let Some(group) = G::of_sample(sample, catalogue) else { continue };
            let (samples, sharing) = &mut best[group];
            *sharing += 1;
            let at = samples.partition_point(|&other| self.bounds[other] >= self.bounds[sample]);
            if at < SAMPLES_WEIGHED {
                samples.insert(at, sample);
                samples.truncate(SAMPLES_WEIGHED);
            }
        }
        best
    }
}

/// The `most` groups that are likeliest related, then those that share most. Where time is up, groups are left out.
pub(crate) fn rank<G: Group>(
    shared: &Shared<'_>,
    links: &TypedVec<G, Vec<Link>>,
    most: usize,
) -> Vec<Ranked<G>> {
    let best = shared.best::<G>();
    let bound = |group: G| best[group].0.first().map(|&sample| shared.bounds[sample]).unwrap_or_default();
    let mut groups: Vec<G> =
        links.entries().filter(|(_, links)| !links.is_empty()).map(|(group, _)| group).collect();
    groups.sort_by(|&a, &b| {
        let ((bits, bytes), (other_bits, other_bytes)) = (bound(a), bound(b));
        other_bits.total_cmp(&bits).then(other_bytes.cmp(&bytes)).then(a.cmp(&b))
    });
    let mut ranked: Vec<Ranked<G>> = Vec::new();
    for group in groups.into_iter().take(MOST_WEIGHED) {
        if !shared.matched.time.spend(links[group].len() as u64) {
            break;
        }
        let (samples, sharing) = &best[group];
        ranked.extend(weigh(shared, &links[group], group, samples, *sharing));
    }
    ranked.sort_by(|a, b| {
        let (x, y) = (&a.standing, &b.standing);
        let strength = y.log10_lr.total_cmp(&x.log10_lr).then(y.evidence_bits.total_cmp(&x.evidence_bits));
        strength.then(y.matched.bytes.cmp(&x.matched.bytes)).then(a.group.cmp(&b.group))
    });
    ranked.truncate(most);
    ranked
}

/// Private bits and bytes matched of one sample.
fn bound(matched: &Matched<'_>, links: &[Link], sample: SampleIndex) -> (f64, u64) {
    let (mut bits, mut bytes) = (0.0, 0u64);
    let kind = matched.catalogue.kind(sample);
    for link in links {
        bytes += u64::from(matched.query.functions[link.function].bytes);
        if matched.class(link.function, kind) == CodeClass::Private {
            bits += matched.bits(link.function, link.accepted(matched));
        }
    }
    (bits, bytes)
}

/// Counts what one group shares and puts its evidence together.
fn weigh<G: Group>(
    shared: &Shared<'_>,
    links: &[Link],
    group: G,
    samples: &[SampleIndex],
    sharing: u64,
) -> Option<Ranked<G>> {
    let matched = shared.matched;
    let (projects, kind) = (matched.catalogue.projects(), group.kind(matched.catalogue));
    let likely = |&sample: &SampleIndex| Some((sample, shared.grounds(sample)?));
    let (best, grounds) = samples.iter().filter_map(likely).max_by(|(_, a), (_, b)| {
        let [a, b] = [a, b].map(|grounds| (relation::log10_lr(grounds), grounds.placed_bits));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    })?;
    let functions = || links.iter().map(|link| link.function);
    let of = |class: CodeClass| -> Share {
        matched.query.share(functions().filter(|&function| matched.class(function, kind) == class))
    };
    let mut standing = Standing {
        matched: matched.query.share(functions()),
        private: of(CodeClass::Private),
        library: of(CodeClass::Library),
        common: of(CodeClass::Common),
        doubtful: of(CodeClass::Doubtful),
        evidence_bits: grounds.placed_bits,
        distinct: grounds.placed,
        grounds,
        libraries: libraries(matched, links),
        ..Standing::default()
    };
    relation::judge(&mut standing, projects);
    if !standing.significant {
        let at_most = shared.grounds_at_most(best);
        standing.unsettled |= at_most.is_some_and(|grounds| relation::is_enough(&grounds, projects));
    }
    let pieces = pieces(matched, links, &|at| matched.class(at, kind));
    Some(Ranked { group, best, sharing, standing, pieces })
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
