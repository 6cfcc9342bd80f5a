//! What a pool can be ranked by. All of them see the same features of a pair.

use super::truth::Part;
use anyhow::{Result, bail};
use cognate_fingerprint::{AnchorKind, Fingerprint};
use cognate_matching::rerank::{Context, Model, NAMES, PairFeatures, anchor_share, features};
use cognate_matching::{Rarity, Surroundings, Weighed, surroundings};
use rayon::prelude::*;
use std::collections::HashMap;

/// A part with what scoring needs: rarities, and sketches of callees.
pub struct Prepared<'a> {
    /// The part.
    pub part: &'a Part,
    rarity: Rarity,
    blocks: HashMap<u64, u32>,
    anchors: HashMap<u64, u32>,
    around: Vec<Surroundings>,
}

/// A query with the rarity of what it refers to.
pub struct Query<'a> {
    /// Its place in [`Part::instances`].
    pub at: u32,
    /// What is compared.
    pub weighed: Weighed<'a>,
}

impl<'a> Prepared<'a> {
    /// Counts what occurs how often in all functions of all builds of the part.
    pub fn new(part: &'a Part) -> Self {
        let all = || part.builds.iter().flat_map(|build| &build.sample.functions);
        let (mut blocks, mut anchors) = (HashMap::new(), HashMap::new());
        for function in all() {
            function.fingerprint.blocks.iter().for_each(|&hash| *blocks.entry(hash).or_default() += 1);
            function
                .fingerprint
                .anchors
                .iter()
                .for_each(|anchor| *anchors.entry(anchor.hash).or_default() += 1);
        }
        let rarity = Rarity::among(all().count() as u64);
        let around = part.builds.par_iter().flat_map_iter(|build| {
            let functions = build.sample.functions.iter();
            let functions: Vec<_> = functions.map(|own| (&own.fingerprint, own.callees.as_slice())).collect();
            let around = surroundings(&functions);
            let instances = build.instances.iter().map(|&at| part.instances[at as usize].function);
            instances.map(|function| around[function as usize].clone()).collect::<Vec<_>>()
        });
        let around = around.collect();
        Prepared { part, rarity, blocks, anchors, around }
    }

    /// Weighs a query.
    pub fn query(&self, at: u32) -> Query<'a> {
        let fingerprint: &'a Fingerprint = self.part.fingerprint(&self.part.instances[at as usize]);
        let bits = |table: &HashMap<u64, u32>, hash: u64| {
            self.rarity.bits(table.get(&hash).copied().map_or(1, u64::from))
        };
        let weighed =
            Weighed::new(fingerprint, |hash| bits(&self.blocks, hash), |hash| bits(&self.anchors, hash));
        Query { at, weighed }
    }

    /// What speaks for a query and another function being the same.
    pub fn features(&self, query: &Query<'_>, other: u32) -> PairFeatures {
        let instances = &self.part.instances;
        let (own, stored) = (&instances[query.at as usize], &instances[other as usize]);
        let (mine, theirs) = (&self.around[query.at as usize], &self.around[other as usize]);
        let context = Context {
            other_arch: self.part.arch(own).is_x86() != self.part.arch(stored).is_x86(),
            callees: mine.callees.similarity(&theirs.callees),
            callers: mine.callers.similarity(&theirs.callers),
            query_folded: Some(&mine.folded),
            stored_folded: Some(&theirs.folded),
        };
        features(&query.weighed, self.part.fingerprint(stored), &context)
    }
}

/// Ranks a pool.
pub struct Scorer {
    /// Its name on the command line and in the reports.
    pub name: String,
    score: Score,
}

enum Score {
    /// One feature.
    Feature(usize),
    /// The share of anchors, of one kind or of all.
    Anchors(Option<AnchorKind>),
    /// The similarity by which matching accepts.
    Similarity,
    /// A fitted model, by its log odds.
    Model(Box<Model>),
}

/// The scorers that are one feature.
const PLAIN: [(&str, &str); 7] = [
    ("tokens", "tokens"),
    ("blocks", "equal blocks"),
    ("shape", "shape"),
    ("callees", "callees"),
    ("flow", "flow jaccard"),
    ("flow-containment", "flow containment"),
    ("flow-cosine", "flow cosine"),
];

fn plain(name: &str) -> Option<Score> {
    match name {
        "anchors" => return Some(Score::Anchors(None)),
        "constants" => return Some(Score::Anchors(Some(AnchorKind::Constant))),
        "strings" => return Some(Score::Anchors(Some(AnchorKind::String))),
        "imports" => return Some(Score::Anchors(Some(AnchorKind::Import))),
        "tables" => return Some(Score::Anchors(Some(AnchorKind::Table))),
        _ => {}
    }
    let (_, feature) = PLAIN.iter().find(|(known, _)| *known == name)?;
    NAMES.iter().position(|known| known == feature).map(Score::Feature)
}

impl Scorer {
    /// The scorer of a name: a plain one, `similarity`, `content` (what a store is asked by), `placed` (what two files are put side by side by), or `NAME=FILE` for a model of one's own.
    pub fn named(name: &str) -> Result<Scorer> {
        let score = match (plain(name), name.split_once('=')) {
            (Some(score), _) => score,
            (None, None) if name == "similarity" => Score::Similarity,
            (None, None) if name == "content" => Score::Model(Box::new(Model::content().clone())),
            (None, None) if name == "placed" => Score::Model(Box::new(Model::placed().clone())),
            (None, Some((name, file))) => {
                let model = Model::parse(&std::fs::read_to_string(file)?).map_err(anyhow::Error::msg)?;
                return Ok(Scorer::model(name, model));
            }
            (None, None) => bail!("no scorer is named `{name}`"),
        };
        Ok(Scorer { name: name.to_owned(), score })
    }

    /// Ranks by a model.
    pub fn model(name: &str, model: Model) -> Scorer {
        Scorer { name: name.to_owned(), score: Score::Model(Box::new(model)) }
    }

    /// How alike a pair is.
    pub fn score(&self, query: &Query<'_>, stored: &Fingerprint, pair: &PairFeatures) -> f64 {
        match &self.score {
            Score::Feature(at) => pair.0[*at],
            Score::Anchors(kind) => anchor_share(&query.weighed, stored, *kind),
            Score::Similarity => query.weighed.similarity(stored).value,
            Score::Model(model) => model.logit(pair),
        }
    }

    /// A score as it is shown: of a model, the probability.
    pub fn shown(&self, score: f64) -> f64 {
        if matches!(self.score, Score::Model(_)) { 1.0 / (1.0 + (-score).exp()) } else { score }
    }
}

/// The tool's own judgement: by what it ranks, and from where on it accepts.
pub struct Tool(Scorer);

impl Tool {
    /// As it stands in the tree.
    pub fn new() -> Self {
        Tool(Scorer::model("placed", Model::placed().clone()))
    }

    /// How sure it is of a pair.
    pub fn score(&self, query: &Query<'_>, stored: &Fingerprint, pair: &PairFeatures) -> f64 {
        self.0.score(query, stored, pair)
    }

    /// The score from which it accepts the best of so many candidates.
    pub fn bar(&self, candidates: usize) -> f64 {
        Model::placed().bar_among(candidates)
    }
}
