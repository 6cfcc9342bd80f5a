//! What would change the answer most, if it were found.
//!
//! For each kind of evidence the expected information about the hypotheses
//! (mutual information, Lindley 1956): how much the answer is expected to move
//! when one looks, whether it is found or not. The case names what may be found
//! ([`crate::model::Indicator`]); beside these stands a list of kinds that the
//! case has no diagnostic item of, with likelihoods that are our judgement.

use crate::assessment::Prospect;
use crate::leaf::Role;
use crate::scale::{Aspect, EvidenceKind, GRADES};
use crate::weigh::{FORGEABILITY, Frame, SHAREABILITY, lay_out, probability};
use std::collections::BTreeSet;

/// The share let through of what a usually reliable source says and is probably true (B2). Judgement: it is not
/// known yet who will find it.
const WEIGHT: f64 = GRADES[1];
/// Most prospects in an answer.
const MOST: usize = 20;

/// A kind of evidence with its probability by role.
struct Kind {
    id: &'static str,
    kind: EvidenceKind,
    aspect: Aspect,
    title: &'static str,
    reason: &'static str,
    tasked: f64,
    untasked: f64,
    contractor: f64,
    reuse: f64,
    false_flag: f64,
    unlisted: f64,
}

impl Kind {
    fn of(&self, role: Role) -> f64 {
        match role {
            Role::Tasked => self.tasked,
            Role::Untasked => self.untasked,
            Role::Contractor => self.contractor,
            Role::Reuse | Role::Borrowed => self.reuse,
            Role::FalseFlag => self.false_flag,
            Role::Unlisted => self.unlisted,
        }
    }

    /// Without a sponsor it cannot be found: its likelihoods tell the task. Five times is judgement; the kinds below
    /// are either equal under both or far beyond it.
    fn needs_sponsor(&self) -> bool {
        self.tasked > 5.0 * self.untasked
    }
}

/// Kinds of evidence that a case may lack. Every likelihood here is judgement: neither a publication nor a run of
/// ours says how often such a thing is found under each hypothesis. They order what to look for, and enter no
/// probability of an assessment; a case that knows better says so by an indicator of its own.
const KINDS: [Kind; 10] = [
    Kind {
        id: "private-code",
        kind: EvidenceKind::Code,
        aspect: Aspect::Malware,
        title: "rare private code of {name} in the samples",
        reason: "shows whose source was at hand, not who used it",
        tasked: 0.5,
        untasked: 0.5,
        contractor: 0.5,
        reuse: 0.6,
        false_flag: 0.2,
        unlisted: 0.01,
    },
    Kind {
        id: "tools-on-victims",
        kind: EvidenceKind::Tool,
        aspect: Aspect::Telemetry,
        title: "other tools of {name} on a victim's network before the attack",
        reason: "sensors of others are hard to forge, and unpublished tools are rarely shared",
        tasked: 0.4,
        untasked: 0.35,
        contractor: 0.3,
        reuse: 0.05,
        false_flag: 0.05,
        unlisted: 0.005,
    },
    Kind {
        id: "shared-infrastructure",
        kind: EvidenceKind::Infrastructure,
        aspect: Aspect::Infrastructure,
        title: "a server or domain of {name}, in its hands at the time, used in this incident",
        reason: "ties the operation to those who hold the server",
        tasked: 0.3,
        untasked: 0.25,
        contractor: 0.2,
        reuse: 0.03,
        false_flag: 0.04,
        unlisted: 0.003,
    },
    Kind {
        id: "server-content",
        kind: EvidenceKind::Tradecraft,
        aspect: Aspect::ControlServer,
        title: "a control server's logs that show operators of {name}",
        reason: "what lies on a server was not meant to be seen",
        tasked: 0.2,
        untasked: 0.2,
        contractor: 0.12,
        reuse: 0.01,
        false_flag: 0.03,
        unlisted: 0.002,
    },
    Kind {
        id: "proceeds",
        kind: EvidenceKind::Financial,
        aspect: Aspect::Intelligence,
        title: "proceeds that reach accounts of {name}",
        reason: "money is followed by other means than code",
        tasked: 0.15,
        untasked: 0.15,
        contractor: 0.08,
        reuse: 0.01,
        false_flag: 0.005,
        unlisted: 0.002,
    },
    Kind {
        id: "proceeds-to-sponsor",
        kind: EvidenceKind::Financial,
        aspect: Aspect::CuiBono,
        title: "proceeds that reach the sponsor of {name}",
        reason: "separates an operation for the state from members earning on the side",
        tasked: 0.15,
        untasked: 0.02,
        contractor: 0.02,
        reuse: 0.003,
        false_flag: 0.003,
        unlisted: 0.001,
    },
    Kind {
        id: "persona",
        kind: EvidenceKind::Persona,
        aspect: Aspect::Intelligence,
        title: "accounts of the operators that lead to people of {name}",
        reason: "people make mistakes with accounts that they do not make in code",
        tasked: 0.2,
        untasked: 0.2,
        contractor: 0.15,
        reuse: 0.01,
        false_flag: 0.02,
        unlisted: 0.002,
    },
    Kind {
        id: "tasking",
        kind: EvidenceKind::Intelligence,
        aspect: Aspect::Intelligence,
        title: "an order or a report that shows the sponsor of {name} tasked it",
        reason: "nothing in a sample can show tasking",
        tasked: 0.2,
        untasked: 0.01,
        contractor: 0.01,
        reuse: 0.003,
        false_flag: 0.01,
        unlisted: 0.003,
    },
    Kind {
        id: "planted-trace",
        kind: EvidenceKind::Metadata,
        aspect: Aspect::Malware,
        title: "a trace of {name} in the samples that contradicts the rest of the sample",
        reason: "a forger copies what shows, and forgets what must go with it",
        tasked: 0.01,
        untasked: 0.01,
        contractor: 0.01,
        reuse: 0.02,
        false_flag: 0.35,
        unlisted: 0.005,
    },
    Kind {
        id: "other-author",
        kind: EvidenceKind::Intelligence,
        aspect: Aspect::Intelligence,
        title: "someone apart from {name} found with the source",
        reason: "the strongest way to be shown wrong",
        tasked: 0.005,
        untasked: 0.01,
        contractor: 0.06,
        reuse: 0.2,
        false_flag: 0.12,
        unlisted: 0.15,
    },
];

/// What might be found, most expected information first.
///
/// `present` are the kinds of which the case has a diagnostic item.
pub(crate) fn prospects(
    frame: &Frame<'_>,
    posterior: &[f64],
    present: &BTreeSet<EvidenceKind>,
) -> Vec<Prospect> {
    let mut found = Vec::new();
    for indicator in &frame.case.indicators {
        let mut likelihood = vec![0.0; frame.leaves.len()];
        let forged = indicator.forgeability.unwrap_or(FORGEABILITY).share();
        let shared = indicator.shareability.unwrap_or(SHAREABILITY).share();
        lay_out(&frame.leaves, &indicator.likelihood, forged, shared, |value| value, &mut likelihood);
        let on: Vec<usize> = indicator.likelihood.on.keys().copied().collect();
        let candidate = if let [only] = on.as_slice() { frame.case.candidates.get(*only) } else { None };
        found.push(Prospect {
            id: indicator.id.to_string(),
            title: indicator.title.clone(),
            reason: indicator.reason.clone(),
            from_case: true,
            candidate: candidate.map(|candidate| candidate.id.to_string()),
            aspect: indicator.aspect,
            ..look(frame, posterior, &likelihood)
        });
    }
    for kind in KINDS.iter().filter(|kind| !present.contains(&kind.kind)) {
        for (place, candidate) in frame.case.candidates.iter().enumerate() {
            if kind.needs_sponsor() && candidate.sponsor.is_none() {
                continue;
            }
            let of = |leaf: &crate::leaf::Leaf| {
                if leaf.candidate == Some(place) {
                    kind.of(leaf.role)
                } else if leaf.by == Some(place) {
                    if leaf.tasked { kind.tasked } else { kind.untasked }
                } else {
                    kind.unlisted
                }
            };
            let likelihood: Vec<f64> = frame.leaves.iter().map(of).collect();
            // No state is named for what could be found.
            let words = |text: &str| text.replace("{name}", &candidate.name);
            found.push(Prospect {
                id: format!("{}/{}", candidate.id, kind.id),
                title: words(kind.title),
                reason: kind.reason.to_owned(),
                from_case: false,
                candidate: Some(candidate.id.to_string()),
                aspect: kind.aspect,
                ..look(frame, posterior, &likelihood)
            });
        }
    }
    found.sort_by(|one, other| {
        other.information.total_cmp(&one.information).then_with(|| one.id.cmp(&other.id))
    });
    found.truncate(MOST);
    found
}

/// What looking for one thing is worth.
fn look(frame: &Frame<'_>, posterior: &[f64], likelihood: &[f64]) -> Prospect {
    let expected: f64 = likelihood.iter().zip(posterior).map(|(value, p)| value * p).sum();
    let weighted: Vec<f64> =
        likelihood.iter().map(|value| WEIGHT * value + (1.0 - WEIGHT) * expected).collect();
    let given = |found: bool| -> Vec<f64> {
        let value = |value: f64| if found { value } else { 1.0 - value };
        let total = value(expected).max(f64::MIN_POSITIVE);
        weighted.iter().zip(posterior).map(|(v, p)| value(*v) * p / total).collect()
    };
    let (found, missed) = (given(true), given(false));
    let divergence = |after: &[f64]| -> f64 {
        let each = after.iter().zip(posterior).filter(|(after, before)| **after > 0.0 && **before > 0.0);
        each.map(|(after, before)| after * libm::log2(after / before)).sum()
    };
    let information = (expected * divergence(&found) + (1.0 - expected) * divergence(&missed)).max(0.0);
    let moved = frame.claims.iter().map(|claim| {
        let (now, if_found, if_not) =
            (probability(claim, posterior), probability(claim, &found), probability(claim, &missed));
        let expected_move = expected * (if_found - now).abs() + (1.0 - expected) * (if_not - now).abs();
        (expected_move, claim, if_found, if_not)
    });
    let most = moved.reduce(|one, other| if other.0 > one.0 { other } else { one });
    let (claim, if_found, if_not_found) =
        most.map_or((String::new(), 0.0, 0.0), |(_, claim, yes, no)| (claim.id.clone(), yes, no));
    Prospect {
        id: String::new(),
        title: String::new(),
        reason: String::new(),
        from_case: false,
        candidate: None,
        aspect: Aspect::Malware,
        probability: expected,
        information,
        claim,
        if_found,
        if_not_found,
    }
}
