//! The main text of the report: HTML without style, as OpenCTI's editor of `content` takes it.

use super::super::established::statement;
use cognate_case::Assessment;
use cognate_case::assessment::ClaimView;
use cognate_case::prose::{confidence_word, percent};

/// Most bytes of a part: the whole stays below what a platform keeps.
const LONGEST_PART: usize = 15_000;
/// Most letters of a cell.
const LONGEST_CELL: usize = 200;
/// Most letters of a paragraph.
const LONGEST_LINE: usize = 1_000;

/// The answer, the hypotheses, the claims, and what is not known.
pub(super) fn html(assessment: &Assessment) -> String {
    let mut out = String::new();
    paragraphs(&mut out, &assessment.headline);
    out.push_str("<h2>Hypotheses</h2><p>Exactly one of them is true; to be listed asserts nothing.</p>");
    let rows = assessment.hypotheses.iter().map(|one| {
        let interval = format!("{} to {}", percent(one.low), percent(one.high));
        [statement(assessment, one), percent(one.prior), percent(one.probability), interval]
    });
    table(&mut out, ["Hypothesis", "Before", "Probability", "90 % interval"], rows);
    out.push_str("<h2>Claims</h2>");
    let said = |claim: &ClaimView| match claim.rests_on_prior() {
        Some(remark) => format!("{} ({remark})", claim.statement),
        None => claim.statement.clone(),
    };
    let rows = assessment.claims.iter().map(|claim| {
        let likelihood = match claim.rests_on_prior() {
            Some(_) => claim.word().to_owned(),
            None => format!("{} ({})", claim.word(), percent(claim.probability)),
        };
        let interval = format!("{} to {}", percent(claim.low), percent(claim.high));
        [said(claim), likelihood, interval, confidence_word(claim.confidence.level).to_owned()]
    });
    table(&mut out, ["Claim", "Likelihood", "90 % interval", "Confidence"], rows);
    if !assessment.unknown.is_empty() {
        out.push_str("<h2>What is not known</h2>");
        paragraphs(&mut out, &assessment.unknown);
    }
    out
}

fn paragraphs(out: &mut String, lines: &[String]) {
    let end = out.len() + LONGEST_PART;
    for line in lines {
        if out.len() > end {
            break;
        }
        out.extend(["<p>", &escape(line, LONGEST_LINE), "</p>"]);
    }
}

fn table(out: &mut String, head: [&str; 4], rows: impl ExactSizeIterator<Item = [String; 4]>) {
    let end = out.len() + LONGEST_PART;
    let mut left = rows.len();
    out.push_str("<table><tbody>");
    row(out, "th", head);
    for cells in rows {
        if out.len() > end {
            break;
        }
        row(out, "td", cells.each_ref().map(String::as_str));
        left -= 1;
    }
    out.push_str("</tbody></table>");
    if left > 0 {
        out.push_str(&format!("<p>{left} more are in the notes.</p>"));
    }
}

fn row(out: &mut String, tag: &str, cells: [&str; 4]) {
    out.push_str("<tr>");
    for cell in cells {
        out.extend(["<", tag, ">", &escape(cell, LONGEST_CELL), "</", tag, ">"]);
    }
    out.push_str("</tr>");
}

/// A text of the case, harmless and short.
fn escape(text: &str, longest: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = flat.chars().take(longest).collect();
    if short.len() < flat.len() {
        short.push('…');
    }
    let harmless = cognate_base::escape(&short);
    harmless.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
