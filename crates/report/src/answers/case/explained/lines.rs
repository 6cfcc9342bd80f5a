//! What all parts of an explanation are written with: lines, figures, and hypotheses of which the same is said in one row.

use crate::Style;
use crate::text::wrap;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Hypotheses named in one row at most, before the largest row says "all others".
const NAMED: usize = 3;

/// What the columns of the steps mean.
pub const FORMULAS: &str = "P(e|h) as judged; P(e) = sum of prior x P(e|h); w = share that the grades let through. \
     Effective P'(e|h) = w P(e|h) + (1 - w) P(e); s = ln(P'(e|h) / P(e)) is what it is worth if it is all there is. In a \
     dependence group of correlation r, each rung of s (some hypotheses above all others) leaves (1 - r)^k of itself, \
     with k higher rungs for the same hypotheses before it. Counted = ln((exp(left) / L - (1 - rho)) / rho), with L = \
     sum of prior x exp(left): the same if its source is reliable, whose doubt counts once, in 3.";

/// A heading with an empty line above it.
pub fn heading(out: &mut String, style: &Style, text: &str) {
    let _ = write!(out, "\n{}\n", style.heading(text));
}

/// A paragraph.
pub fn say(out: &mut String, style: &Style, text: &str) {
    out.push_str(&wrap(text, 2, style.width));
}

/// A logarithm with its sign: `+1.2345`.
pub fn signed(value: f64) -> String {
    format!("{value:+.4}").replace("-0.0000", "0").replace("+0.0000", "0")
}

/// Hypotheses of which the same is said, in one row.
pub fn classes<T>(rows: &[T], same: impl Fn(&T) -> Vec<u64>, id: impl Fn(&T) -> &str) -> Vec<(String, &T)> {
    let mut found: Vec<(Vec<u64>, Vec<usize>)> = Vec::new();
    let mut known: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let bits = same(row);
        let class = *known.entry(bits.clone()).or_insert_with(|| {
            found.push((bits, Vec::new()));
            found.len() - 1
        });
        if let Some((_, members)) = found.get_mut(class) {
            members.push(place);
        }
    }
    let largest = found.iter().map(|(_, members)| members.len()).max().unwrap_or_default();
    let mut spared = false;
    let label = |members: &[usize], all: bool| {
        if all && members.len() == rows.len() {
            return "all hypotheses".to_owned();
        }
        if all {
            return format!("all {} others", members.len());
        }
        together(members.iter().filter_map(|&place| rows.get(place)).map(&id))
    };
    let mut out = Vec::new();
    for (_, members) in &found {
        let all = !spared && members.len() == largest && members.len() > NAMED;
        spared |= all;
        if let Some(row) = members.first().and_then(|&place| rows.get(place)) {
            out.push((label(members, all), row));
        }
    }
    out
}

/// `x/tasked, /untasked, y/reuse`: a candidate is named once in a row.
pub fn together<'i>(ids: impl Iterator<Item = &'i str>) -> String {
    let mut parts = Vec::new();
    let mut last = "";
    for id in ids {
        match id.split_once('/') {
            Some((candidate, role)) if candidate == last => parts.push(format!("/{role}")),
            _ => parts.push(id.to_owned()),
        }
        last = id.split_once('/').map_or("", |(candidate, _)| candidate);
    }
    parts.join(", ")
}
