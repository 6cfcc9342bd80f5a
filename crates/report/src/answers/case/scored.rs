//! `case score`: how far assessments were from what later years showed.

use crate::products::numbers::{fine_percent, word};
use crate::text::{Align, Table, file_name, plural, wrap};
use crate::{Document, Style};
use cognate_case::score::{DateScore, LevelScore, Score};
use std::fmt::Write;

/// What the numbers are.
const ABOUT: &str = "Brier (1950): mean squared distance of the probability from what happened. Log (Good 1952): mean of \
                     -ln of what was given to what happened. Less is better. `priors` are the cases' own, before any \
                     evidence; `constant` is the share that came true, said of every claim, which nobody knows before.";

impl Document for Score {
    const NAME: &'static str = "case-score";

    fn text(&self, style: &Style) -> String {
        let mut out = String::new();
        for date in &self.dates {
            date_text(&mut out, self, date, style);
        }
        if self.dates.iter().any(|date| !date.cases.is_empty()) {
            out.push_str(&wrap(ABOUT, 0, style.width));
        }
        if !self.without_outcome.is_empty() {
            let count = plural(self.without_outcome.len() as u64, "case");
            let _ = writeln!(out, "{count} without an outcome: not scored");
        }
        out
    }
}

fn date_text(out: &mut String, score: &Score, date: &DateScore, style: &Style) {
    let count = date.cases.len() as u64;
    let _ = writeln!(out, "{}", style.heading(&format!("as of {}: {}", date.as_of, plural(count, "case"))));
    if count > 0 && count < score.few_below {
        let few = format!(
            "Fewer than {} cases are few: the score tells how these went, not how good the judging is. Claims of one case hang together.",
            score.few_below
        );
        out.push_str(&wrap(&style.doubt(&few), 2, style.width));
    }
    if !date.levels.is_empty() {
        out.push_str(&levels(&date.levels));
        let _ = writeln!(out, "  {}", style.heading("said and came true"));
        out.push_str(&calibration(date));
    }
    for case in &date.cases {
        let name = file_name(&case.file, 40);
        let settled = plural(case.claims.len() as u64, "claim");
        let _ = writeln!(out, "  {name}: {} did it; as of {}, {settled} settled", case.actor, case.as_of);
    }
    for left in &date.left_out {
        let _ = writeln!(out, "  {}: left out, {}", file_name(&left.file, 40), left.reason);
    }
    out.push('\n');
}

fn levels(levels: &[LevelScore]) -> String {
    let columns = [
        ("level", Align::Left),
        ("claims", Align::Right),
        ("true", Align::Right),
        ("Brier", Align::Right),
        ("priors", Align::Right),
        ("constant", Align::Right),
        ("log", Align::Right),
        ("priors", Align::Right),
        ("constant", Align::Right),
    ];
    let mut table = Table::new(2, &columns);
    let figure = |score: f64| format!("{score:.3}");
    for level in levels {
        table.row([
            level.level.map_or_else(|| "all".to_owned(), word),
            level.claims.to_string(),
            level.came_true.to_string(),
            figure(level.brier),
            figure(level.brier_of_priors),
            figure(level.brier_of_constant),
            figure(level.log),
            figure(level.log_of_priors),
            figure(level.log_of_constant),
        ]);
    }
    table.render()
}

fn calibration(date: &DateScore) -> String {
    let columns = [
        ("word", Align::Left),
        ("claims", Align::Right),
        ("said", Align::Right),
        ("came true", Align::Right),
    ];
    let mut table = Table::new(2, &columns);
    for band in &date.calibration {
        let share = band.came_true as f64 / band.claims.max(1) as f64;
        table.row([
            band.term.clone(),
            band.claims.to_string(),
            fine_percent(band.mean),
            format!("{} ({})", fine_percent(share), band.came_true),
        ]);
    }
    table.render()
}
