//! How two samples came to agree, told from the way in which they do.
//!
//! Equal bytes are what copying object code leaves; like instructions are what
//! one source leaves under like compilers; agreement in what is computed but
//! not in instructions is what it leaves under another compiler, level or
//! machine. Only the last two say that somebody had the source.

use crate::document::{Comparison, How, Reason};
use serde::{Deserialize, Serialize};

/// How two samples came to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The same binary code: one build, or object code linked again.
    SameBinary,
    /// The same source, built by a like compiler at a like level.
    LikeBuild,
    /// The same source, by another compiler, at another level or for another machine.
    OtherBuild,
    /// They refer to the same rare things; their code does not agree.
    DataOnly,
    /// Nothing to speak of.
    Nothing,
}

/// What an [`Origin`] is told from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// How the samples came to agree.
    pub origin: Origin,
    /// Whoever built the later one must have had the source, whole or in part.
    pub source_held: bool,
    /// Functions in pairs of equal bytes.
    pub exact: u64,
    /// Functions in pairs of like instructions.
    pub tokens: u64,
    /// Functions in pairs that compute the same.
    pub data_flow: u64,
    /// Functions in pairs that only refer to the same things.
    pub anchors: u64,
    /// Share of the smaller sample's code in pairs by content, 0 to 1.
    pub matched: f64,
    /// Share of equal bytes in that, 0 to 1.
    pub equal: f64,
    /// How alike the instructions of those pairs are, by bytes, 0 to 1.
    pub likeness: f64,
    /// Why, in words.
    pub reasons: Vec<String>,
}

/// Pairs by content below which nothing is said.
const LEAST_PAIRS: u64 = 3;
/// Share of the smaller sample's code below which nothing is said.
const LEAST_MATCHED: f64 = 0.05;
/// Share of equal bytes from which the code is the same binary code.
const SAME: f64 = 0.9;
/// Likeness of instructions from which builds are alike.
const LIKE: f64 = 0.6;

/// Tells how two samples came to agree.
pub fn provenance(comparison: &Comparison) -> Provenance {
    let mut found = count(comparison);
    let code = found.exact + found.tokens + found.data_flow;
    let same_machine = comparison.a.arch == comparison.b.arch;
    found.origin = if code >= LEAST_PAIRS && found.matched >= LEAST_MATCHED {
        match (found.equal, found.likeness) {
            (equal, _) if same_machine && equal >= SAME => Origin::SameBinary,
            (_, likeness) if same_machine && likeness >= LIKE => Origin::LikeBuild,
            _ => Origin::OtherBuild,
        }
    } else if found.anchors + code >= LEAST_PAIRS {
        Origin::DataOnly
    } else {
        Origin::Nothing
    };
    found.source_held = matches!(found.origin, Origin::LikeBuild | Origin::OtherBuild);
    found.reasons = reasons(&found, same_machine);
    found
}

fn count(comparison: &Comparison) -> Provenance {
    let mut found = Provenance {
        origin: Origin::Nothing,
        source_held: false,
        exact: 0,
        tokens: 0,
        data_flow: 0,
        anchors: 0,
        matched: 0.0,
        equal: 0.0,
        likeness: 0.0,
        reasons: Vec::new(),
    };
    let (mut bytes, mut equal, mut alike) = (0.0, 0.0, 0.0);
    for pair in &comparison.pairs {
        let size = f64::from(pair.query.bytes.min(pair.stored.bytes));
        match pair.how {
            How::Exact => found.exact += 1,
            How::Tokens => found.tokens += 1,
            How::DataFlow => found.data_flow += 1,
            How::Anchors => found.anchors += 1,
            How::CallGraph => {}
        }
        if matches!(pair.how, How::Anchors | How::CallGraph) {
            continue;
        }
        let jaccard = pair.reasons.iter().find_map(|reason| match reason {
            Reason::Tokens { jaccard } => Some(*jaccard),
            _ => None,
        });
        let is_equal = pair.how == How::Exact;
        bytes += size;
        equal += if is_equal { size } else { 0.0 };
        alike += size * if is_equal { 1.0 } else { jaccard.unwrap_or(0.0) };
    }
    let smaller = comparison.a.code_bytes.min(comparison.b.code_bytes).max(1) as f64;
    let share = |part: f64| if bytes > 0.0 { part / bytes } else { 0.0 };
    found.matched = (bytes / smaller).min(1.0);
    (found.equal, found.likeness) = (share(equal), share(alike));
    found
}

fn reasons(found: &Provenance, same_machine: bool) -> Vec<String> {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let mut reasons = vec![format!(
        "functions paired by equal bytes {}, by like instructions {}, by what they compute {}, by what they refer to {}",
        found.exact, found.tokens, found.data_flow, found.anchors
    )];
    reasons.push(format!(
        "{} of the smaller sample's code is paired by content; of that, {} byte for byte",
        percent(found.matched),
        percent(found.equal)
    ));
    reasons.push(if same_machine {
        format!("the instructions of the pairs are alike to {}", percent(found.likeness))
    } else {
        "the samples are for different machines".to_owned()
    });
    if found.source_held {
        reasons.push("equal source in other instructions takes the source, not the object code".to_owned());
    }
    reasons
}
