//! A model of two functions being one source: what its features are called, and the weights they have.
//!
//! This file knows nothing of the rest of the crate: `build.rs` reads the shipped weights
//! with it, so that a model that cannot be read is no crate that can be built.

use std::fmt::Write;

/// The features, in order. Bits are of things in common unless said otherwise.
pub const NAMES: [&str; FEATURES] = [
    "flow jaccard",         // by rarity: bits in common over bits of either
    "flow containment",     // bits in common over the bits of the side that says less
    "flow cosine",          // bits in common over the geometric mean of the bits of both
    "flow bits",            // ln(1 + bits in common)
    "flow missing",         // ln(1 + bits of the query that the other lacks)
    "flow extra",           // ln(1 + bits of the other that the query lacks)
    "flow jaccard squared", // much in common says more than twice half as much
    "flow odds",            // -ln(1 - Jaccard), at most 4.6
    "flow absent",          // 1 where a side has no data flow
    "tokens",               // estimated Jaccard similarity of the n-grams, within one instruction set
    "tokens squared",
    "tokens above 0.3", // what exceeds the similarity of unrelated functions
    "tokens absent",    // 1 where they cannot be compared
    "equal blocks",     // share of equal blocks, by rarity
    "equal block bits", // ln(1 + bits)
    "exact",            // 1 where the masked bytes are equal
    "anchors",          // bits of anchors in common over bits of either
    "anchors firm",     // the same with 8 bits more of either: one common anchor says little
    "anchor bits",      // ln(1 + bits in common)
    "shape",            // mean ratio of the counts of instructions, blocks, edges
    "instructions",     // |ln| of the ratio of the counts
    "blocks ratio",     // the same of basic blocks
    "edges ratio",      // the same of edges
    "information",      // ln(1 + bits) of the side that says less
    "other instruction set",
    "callees", // how alike the functions they call are, 0 to 1
    "callees squared",
    "callees unknown",  // 1 where a side calls none or that is not looked at
    "flow and tokens",  // the product of both
    "flow and callees", // the product of both
    "callers",          // how alike the functions that call them are, 0 to 1
    "callers squared",
    "callers unknown", // 1 where nothing calls a side, or too much does
    "folded jaccard",  // flow jaccard where what the other side's callees have counts as in common
    "folded odds",     // -ln(1 - folded jaccard), at most 4.6
    "folded bits",     // ln(1 + bits that only callees have)
    "folded missing",  // ln(1 + bits of the query that neither the other nor its callees have)
    "folded extra",    // ln(1 + bits of the other that neither the query nor its callees have)
    "folded anchors",  // anchors firm, with those of callees
    "folded containment",
    "folded instructions",
];

/// How many features there are.
pub const FEATURES: usize = 41;

/// Candidates among which the bar of a model was measured.
pub const AMONG: usize = 1600;
/// Numbers of candidates beyond which the bar neither falls nor rises: what is alike by chance is of
/// the same library, and none is larger.
const FEWEST: f64 = 100.0;
const MOST: f64 = 1600.0;

/// What speaks for a pair, in the order of [`NAMES`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairFeatures(pub [f64; FEATURES]);

impl PairFeatures {
    /// The value of a feature; 0 for a name that is not in [`NAMES`].
    pub fn get(&self, name: &str) -> f64 {
        NAMES.iter().zip(&self.0).find(|(known, _)| **known == name).map_or(0.0, |(_, &value)| value)
    }
}

/// A logistic regression over [`PairFeatures`].
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Where and of what it was made, for display.
    pub remarks: Vec<String>,
    /// Log odds where every feature has its mean.
    pub intercept: f64,
    /// Log odds from which the best of 1,600 candidates is accepted: measured, see `bench/README.md`.
    pub bar: f64,
    /// What the bar rises by where candidates are *e* times as many: measured likewise.
    pub rise: f64,
    /// What a feature adds to the log odds for each `scale` that it lies above `mean`.
    pub weights: [f64; FEATURES],
    /// The mean of each feature when the model was fitted.
    pub means: [f64; FEATURES],
    /// Its standard deviation then.
    pub scales: [f64; FEATURES],
}

impl Model {
    /// A model that knows nothing: every pair is as likely as not.
    pub fn empty() -> Model {
        let zero = [0.0; FEATURES];
        Model {
            remarks: Vec::new(),
            intercept: 0.0,
            bar: 0.0,
            rise: 0.0,
            weights: zero,
            means: zero,
            scales: [1.0; FEATURES],
        }
    }

    /// The log odds that a pair is one source.
    pub fn logit(&self, features: &PairFeatures) -> f64 {
        let scaled =
            features.0.iter().zip(&self.means).zip(&self.scales).map(|((x, mean), scale)| (x - mean) / scale);
        self.intercept + scaled.zip(&self.weights).map(|(x, weight)| x * weight).sum::<f64>()
    }

    /// The bar for the best of so many candidates.
    pub fn bar_among(&self, candidates: usize) -> f64 {
        let times = (candidates as f64).clamp(FEWEST, MOST) / AMONG as f64;
        self.bar + self.rise * times.ln()
    }

    /// Reads what [`Model::to_text`] wrote; says what it cannot read, and which features there are.
    ///
    /// A feature that the text does not name has no weight.
    pub fn parse(text: &str) -> Result<Model, String> {
        let mut model = Model::empty();
        let mut named = [false; FEATURES];
        for line in text.lines().map(str::trim) {
            let unreadable = || format!("cannot read `{line}`");
            if let Some(remark) = line.strip_prefix('#') {
                model.remarks.push(remark.trim().to_owned());
            } else if let Some((name, value)) = line.split_once(" = ") {
                match name.trim_matches('"') {
                    "intercept" => model.intercept = number(value).ok_or_else(unreadable)?,
                    "bar" => model.bar = number(value).ok_or_else(unreadable)?,
                    "rise" => model.rise = number(value).ok_or_else(unreadable)?,
                    name => {
                        let at = place(name)?;
                        if named.get_mut(at).is_none_or(|named| std::mem::replace(named, true)) {
                            return Err(format!("the feature `{name}` is there twice"));
                        }
                        model.set(at, value).ok_or_else(unreadable)?;
                    }
                }
            } else if !matches!(line, "" | "[features]") {
                return Err(unreadable());
            }
        }
        Ok(model)
    }

    fn set(&mut self, at: usize, value: &str) -> Option<()> {
        let numbers: Vec<&str> = value.strip_prefix('[')?.strip_suffix(']')?.split(", ").collect();
        let [weight, mean, scale] = numbers[..] else { return None };
        *self.weights.get_mut(at)? = number(weight)?;
        *self.means.get_mut(at)? = number(mean)?;
        *self.scales.get_mut(at)? = number(scale).filter(|scale| *scale > 0.0)?;
        Some(())
    }

    /// The model as TOML: remarks, the intercept, then weight, mean and scale of each feature.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for remark in &self.remarks {
            let _ = writeln!(text, "# {remark}");
        }
        let _ = writeln!(
            text,
            "\nintercept = {:.6}\nbar = {:.6}\nrise = {:.6}\n\n[features]",
            self.intercept, self.bar, self.rise
        );
        for (((name, weight), mean), scale) in
            NAMES.iter().zip(&self.weights).zip(&self.means).zip(&self.scales)
        {
            let _ = writeln!(text, "\"{name}\" = [{weight:.6}, {mean:.6}, {scale:.6}]");
        }
        text
    }
}

/// A finite number.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The place of a feature in [`NAMES`].
fn place(name: &str) -> Result<usize, String> {
    let place = NAMES.iter().position(|known| *known == name);
    place.ok_or_else(|| format!("no feature is called `{name}`; there are: {}", NAMES.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, error: &str) {
        let found = Model::parse(text).expect_err("no model");
        assert!(found.starts_with(error), "{found}");
    }

    #[test]
    fn a_model_is_read_as_it_was_written() {
        let mut model = Model::empty();
        model.remarks.push("made by a test".to_owned());
        model.intercept = -1.5;
        model.weights[3] = 0.25;
        model.scales[4] = 2.0;
        assert_eq!(Model::parse(&model.to_text()), Ok(model));
    }

    #[test]
    fn a_feature_that_nobody_knows_is_an_error_that_lists_those_there_are() {
        let known = "no feature is called `smell`; there are: flow jaccard, flow containment, ";
        check("\"smell\" = [1, 0, 1]", known);
        check("# a remark\nsmell = 7", known);
    }

    #[test]
    fn what_is_no_model_is_an_error() {
        check("intercept = much", "cannot read `intercept = much`");
        check("intercept = inf", "cannot read");
        check("\"exact\" = [1, 0, 0]", "cannot read");
        check("\"exact\" = [1, 0]", "cannot read");
        check("\"exact\" = [1, 0, 1, 1]", "cannot read");
        check("[weights]", "cannot read `[weights]`");
        check("\"exact\" = [1, 0, 1]\n\"exact\" = [1, 0, 1]", "the feature `exact` is there twice");
    }
}
