//! Why two functions are held to be the same, in words.

use crate::text::{count, name, percent};
use cognate_documents::{AnchorKind, Holds, How, Reason};

/// All reasons of a pair in one line, the strongest first.
pub(crate) fn reasons_text(reasons: &[Reason]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let exact = reasons.iter().any(|reason| matches!(reason, Reason::Exact));
    for reason in reasons {
        match reason {
            Reason::Exact => parts.push("same bytes".to_owned()),
            // Equal bytes imply equal n-grams and blocks: saying so again tells nothing.
            Reason::Tokens { .. } | Reason::Blocks { .. } if exact => {}
            Reason::Tokens { jaccard } => parts.push(format!("like instructions {}", percent(*jaccard))),
            Reason::Blocks { shared, of_query, of_stored } => {
                parts.push(format!("{shared} equal blocks of {of_query} and {of_stored}"));
            }
            Reason::DataFlow { shared, bits, .. } => {
                let noun = if *shared == 1 { "expression" } else { "expressions" };
                parts.push(format!("data flow: {} {noun} in common, {bits:.0} bits", count(*shared)));
            }
            Reason::Inlined { holds, contained } => {
                let (inner, outer) = match holds {
                    Holds::QueryInStored => ("its body", "the other"),
                    Holds::StoredInQuery => ("the other's body", "it"),
                };
                parts.push(format!("{} of {inner} is found inside {outer}", percent(*contained)));
            }
            Reason::Anchor { .. } => {}
        }
    }
    parts.extend(anchors_text(reasons));
    parts.join("; ")
}

/// How many anchors of each kind, with the texts of the first few.
fn anchors_text(reasons: &[Reason]) -> Vec<String> {
    let kinds = [AnchorKind::Table, AnchorKind::String, AnchorKind::Constant, AnchorKind::Import];
    let of_kind = |wanted: AnchorKind| {
        reasons.iter().filter_map(move |reason| match reason {
            Reason::Anchor { kind, text, occurs } if *kind == wanted => Some((text, *occurs)),
            _ => None,
        })
    };
    let mut out = Vec::new();
    for kind in kinds {
        let found: Vec<_> = of_kind(kind).collect();
        if found.is_empty() {
            continue;
        }
        let texts: Vec<String> =
            found.iter().filter_map(|(text, _)| text.as_deref()).take(2).map(quote).collect();
        let rest = found.len().saturating_sub(texts.len());
        let mut part = format!("same {kind}{} {}", if found.len() > 1 { "s" } else { "" }, texts.join(", "));
        if texts.is_empty() {
            part = format!("{} of the same {kind}s", count(found.len() as u64));
        } else if rest > 0 {
            part.push_str(&format!(" and {rest} more"));
        }
        out.push(part.trim_end().to_owned());
    }
    out
}

fn quote(text: &str) -> String {
    format!("`{}`", name(text, 36))
}

/// How a pair came together.
pub(crate) fn how_text(how: How) -> &'static str {
    match how {
        How::Exact => "same bytes",
        How::Tokens => "like code",
        How::DataFlow => "data flow",
        How::Anchors => "same references",
        How::Placed => "content and place",
        How::CallGraph => "neighbours only",
    }
}
