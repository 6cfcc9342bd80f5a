//! Pictures as inline SVG: interval bars, contributions, the course of a judgement.
//!
//! What colour says, position, letters or dashes say too. Every picture has a
//! title; the large ones have a description. They carry classes only, so that
//! the one style sheet of the page is all the style there is.

use super::markup::Markup;
use super::numbers::{factor, interval};
use super::outline::{Course, Series};
use crate::text::name;
use cognate_case::prose::percent;

/// A coordinate, to a tenth.
pub(crate) fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A probability between 0 and 100 %, with its interval and prior.
pub(super) fn span(markup: &mut Markup, prior: Option<f64>, point: f64, low: f64, high: f64) {
    let x = |value: f64| 5.0 + 170.0 * value.clamp(0.0, 1.0);
    let before = prior.map(|prior| format!("; {} before any evidence", percent(prior))).unwrap_or_default();
    let label = format!("{}, 90 % interval {}{before}", percent(point), interval(low, high));
    small(markup, "span", 180, 16, &label, |markup| {
        for tenth in 0..=4 {
            let x = at(x(f64::from(tenth) / 4.0));
            markup.void("line", &[("class", &"grid"), ("x1", &x), ("x2", &x), ("y1", &1), ("y2", &15)]);
        }
        let width = at((x(high) - x(low)).max(1.0));
        let bar: [(&str, &dyn std::fmt::Display); 6] = [
            ("class", &"range"),
            ("x", &at(x(low))),
            ("y", &5),
            ("width", &width),
            ("height", &6),
            ("rx", &1),
        ];
        markup.void("rect", &bar);
        if let Some(prior) = prior {
            let x = at(x(prior));
            markup.void("line", &[("class", &"prior"), ("x1", &x), ("x2", &x), ("y1", &2), ("y2", &14)]);
        }
        markup.void("circle", &[("class", &"point"), ("cx", &at(x(point))), ("cy", &8), ("r", &"3.5")]);
    });
}

/// A bar from the middle: to the left against, to the right for.
pub(super) fn weight(markup: &mut Markup, log_odds: f64, most: f64) {
    let share = if most > 0.0 { (log_odds.abs() / most).min(1.0) } else { 0.0 };
    let length = (share * 64.0).max(1.0);
    let side = if log_odds < 0.0 { "against" } else { "for" };
    let from = if log_odds < 0.0 { 70.0 - length } else { 70.0 };
    small(markup, "weight", 140, 16, &format!("odds {} {side}", factor(log_odds)), |markup| {
        markup.void(
            "rect",
            &[("class", &side), ("x", &at(from)), ("y", &3), ("width", &at(length)), ("height", &10)],
        );
        markup.void("line", &[("class", &"axis"), ("x1", &70), ("x2", &70), ("y1", &0), ("y2", &16)]);
    });
}

fn small(
    markup: &mut Markup,
    class: &str,
    width: u32,
    height: u32,
    label: &str,
    inner: impl FnOnce(&mut Markup),
) {
    let frame = format!("0 0 {width} {height}");
    markup.element(
        "svg",
        &[
            ("class", &class),
            ("role", &"img"),
            ("aria-label", &label),
            ("viewBox", &frame),
            ("width", &width),
            ("height", &height),
        ],
        |markup| {
            markup.leaf("title", &[], label);
            inner(markup);
        },
    );
}

/// A picture of its own, with title and description.
pub(crate) fn figure(
    markup: &mut Markup,
    id: &str,
    size: (f64, f64),
    (title, description): (&str, &str),
    inner: impl FnOnce(&mut Markup),
) {
    let frame = format!("0 0 {} {}", at(size.0), at(size.1));
    let (title_id, text_id) = (format!("{id}-title"), format!("{id}-text"));
    let labels = format!("{title_id} {text_id}");
    markup.element("div", &[("class", &"figure")], |markup| {
        let attributes: [(&str, &dyn std::fmt::Display); 6] = [
            ("class", &id),
            ("role", &"img"),
            ("aria-labelledby", &labels),
            ("viewBox", &frame),
            ("width", &at(size.0)),
            ("height", &at(size.1)),
        ];
        markup.element("svg", &attributes, |markup| {
            markup.leaf("title", &[("id", &title_id)], title);
            markup.leaf("desc", &[("id", &text_id)], description);
            inner(markup);
        });
    });
}

/// A text at a place.
pub(crate) fn text(markup: &mut Markup, class: &str, (x, y): (f64, f64), text: &str) {
    markup.leaf("text", &[("class", &class), ("x", &at(x)), ("y", &at(y))], text);
}

/// The frame of a course.
const WIDE: f64 = 560.0;
const HIGH: f64 = 220.0;
const MARGIN: f64 = 46.0;
const TOP: f64 = 10.0;

/// Claims through time: lines with bands of 90 %, one step a day of reports.
pub(super) fn course(markup: &mut Markup, course: &Course) {
    if course.days.is_empty() {
        return;
    }
    let size = (MARGIN + WIDE + 170.0, TOP + HIGH + 44.0);
    let (first, last) = (course.days.first(), course.days.last());
    let stories: Vec<String> = course.series.iter().map(|series| story(series, first, last)).collect();
    let title = "Probability on every day of reports, with 90 % intervals";
    figure(markup, "course", size, (title, &stories.join(" ")), |markup| {
        frame(markup, course);
        for (place, series) in course.series.iter().enumerate() {
            band(markup, place, series);
        }
        for (place, series) in course.series.iter().enumerate() {
            line(markup, place, series);
        }
        labels(markup, &course.series);
    });
}

fn story(series: &Series, first: Option<&String>, last: Option<&String>) -> String {
    let value = |point: Option<&(f64, f64, f64)>| point.map_or_else(String::new, |point| percent(point.0));
    format!(
        "{} ({}): {} on {}, {} on {}.",
        series.claim,
        series.statement,
        value(series.points.first()),
        first.map_or("", |day| day),
        value(series.points.last()),
        last.map_or("", |day| day),
    )
}

fn y(value: f64) -> f64 {
    TOP + HIGH * (1.0 - value.clamp(0.0, 1.0))
}

/// The left edge of a day among so many.
fn x(day: usize, days: usize) -> f64 {
    MARGIN + WIDE * day as f64 / days.max(1) as f64
}

fn frame(markup: &mut Markup, course: &Course) {
    for quarter in 0..=4 {
        let value = f64::from(quarter) / 4.0;
        let (left, right, y) = (at(MARGIN), at(MARGIN + WIDE), at(y(value)));
        markup.void("line", &[("class", &"grid"), ("x1", &left), ("x2", &right), ("y1", &y), ("y2", &y)]);
        text(markup, "end note", (MARGIN - 6.0, self::y(value) + 4.0), &format!("{} %", quarter * 25));
    }
    let days = course.days.len();
    let each = (50.0 * days as f64 / WIDE).ceil().max(1.0) as usize;
    for (place, day) in course.days.iter().enumerate() {
        let middle = (x(place, days) + x(place + 1, days)) / 2.0;
        // Counted from the last day, so that this one always has its label.
        if (days - 1 - place).is_multiple_of(each) {
            let (date, year) = day.rsplit_once(' ').unwrap_or((day, ""));
            let (number, month) = date.split_once(' ').unwrap_or((date, ""));
            let short: String = month.chars().take(3).collect();
            text(markup, "mid note", (middle, TOP + HIGH + 17.0), &format!("{number} {short}"));
            text(markup, "mid note", (middle, TOP + HIGH + 31.0), year);
        }
        let (x, y1, y2) = (at(middle), at(TOP + HIGH), at(TOP + HIGH + 4.0));
        markup.void("line", &[("class", &"axis"), ("x1", &x), ("x2", &x), ("y1", &y1), ("y2", &y2)]);
    }
}

fn band(markup: &mut Markup, place: usize, series: &Series) {
    let days = series.points.len();
    let mut path = String::new();
    for (day, (_, _, high)) in series.points.iter().enumerate() {
        let verb = if day == 0 { "M" } else { "L" };
        path.push_str(&format!("{verb}{} {}H{}", at(x(day, days)), at(y(*high)), at(x(day + 1, days))));
    }
    for (day, (_, low, _)) in series.points.iter().enumerate().rev() {
        path.push_str(&format!("L{} {}H{}", at(x(day + 1, days)), at(y(*low)), at(x(day, days))));
    }
    path.push('Z');
    markup.void("path", &[("class", &format!("band s{place}")), ("d", &path)]);
}

fn line(markup: &mut Markup, place: usize, series: &Series) {
    let days = series.points.len();
    let mut path = String::new();
    for (day, (value, _, _)) in series.points.iter().enumerate() {
        let verb = if day == 0 { "M" } else { "L" };
        path.push_str(&format!("{verb}{} {}H{}", at(x(day, days)), at(y(*value)), at(x(day + 1, days))));
    }
    markup.void("path", &[("class", &format!("line s{place}")), ("d", &path)]);
    for (day, (value, _, _)) in series.points.iter().enumerate() {
        mark(markup, place, (x(day, days) + x(day + 1, days)) / 2.0, y(*value));
    }
}

/// A disc, a square, a triangle.
fn mark(markup: &mut Markup, place: usize, x: f64, y: f64) {
    let class = format!("mark s{place}");
    let path = match place {
        0 => {
            return markup
                .void("circle", &[("class", &class), ("cx", &at(x)), ("cy", &at(y)), ("r", &"3.5")]);
        }
        1 => format!("M{} {}h6v6h-6Z", at(x - 3.0), at(y - 3.0)),
        _ => format!("M{} {}l4 7h-8Z", at(x), at(y - 4.0)),
    };
    markup.void("path", &[("class", &class), ("d", &path)]);
}

/// Each series has its name at its end; names keep apart.
fn labels(markup: &mut Markup, all: &[Series]) {
    let mut ends: Vec<(usize, f64, String)> = all
        .iter()
        .enumerate()
        .filter_map(|(place, series)| {
            let (value, _, _) = *series.points.last()?;
            Some((place, y(value), format!("{} {}", name(&series.claim, 18), percent(value))))
        })
        .collect();
    ends.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut above = f64::NEG_INFINITY;
    for (_, y, _) in &mut ends {
        *y = y.max(above + 15.0);
        above = *y;
    }
    // What was pushed beyond the bottom comes back up.
    let over = (above - (TOP + HIGH)).max(0.0);
    for (place, y, label) in ends {
        mark(markup, place, MARGIN + WIDE + 12.0, y - over);
        text(markup, "", (MARGIN + WIDE + 21.0, y - over + 4.0), &label);
    }
}
