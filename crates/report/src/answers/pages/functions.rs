//! Every function of a file, in a table that is closed until somebody opens it.

use super::rows::{Cell, Head, head, number as numbers, rows};
use super::sheet::{details, more};
use crate::products::markup::Markup;
use crate::text::{count, name, percent, plural};
use cognate_documents::{FunctionAnswer, FunctionClass, MatchKind};
use std::cmp::Reverse;

/// Functions written into one page, of all its files together: a browser sorts and filters so many without a wait.
pub(super) const MOST_FUNCTIONS: usize = 4_000;
/// Columns of a name.
const MOST_OF_NAME: usize = 120;

/// What functions are, in the order in which they are written: what is looked at first, first.
const CLASSES: [(FunctionClass, &str); 6] = [
    (FunctionClass::Private, "shared with few"),
    (FunctionClass::Unknown, "like nothing known"),
    (FunctionClass::Doubtful, "in doubt"),
    (FunctionClass::Common, "common"),
    (FunctionClass::Library, "library"),
    (FunctionClass::TooSmall, "too small"),
];
const CLASS_WORDS: &[&str] =
    &[CLASSES[0].1, CLASSES[1].1, CLASSES[2].1, CLASSES[3].1, CLASSES[4].1, CLASSES[5].1];

fn place(class: FunctionClass) -> usize {
    CLASSES.iter().position(|(own, _)| *own == class).unwrap_or(0)
}

/// Writes at most `most` functions of a file that is the `number`th of the page; of the partners whose families `may_name` allows the family.
pub(super) fn functions(
    markup: &mut Markup,
    (number, most): (usize, usize),
    all: &[FunctionAnswer],
    may_name: &dyn Fn(&str) -> bool,
) {
    let mut chosen: Vec<&FunctionAnswer> = all.iter().collect();
    chosen.sort_by_key(|own| (place(own.class), Reverse(own.function.bytes), own.function.address));
    let title = format!("{}, one by one", plural(all.len() as u64, "function"));
    details(markup, &title, |markup| {
        if all.len() > most {
            let left = "What is shared with few and what is like nothing known stands first, the largest before the smaller.";
            markup.leaf("p", &[("class", &"doubt")], &format!("{} {left}", more(all.len() - most)));
        }
        let heads = [
            numbers("address"),
            numbers("bytes"),
            Head { title: "is", choices: CLASS_WORDS, class: "left" },
            head("most like one of"),
            numbers("alike"),
            head("by"),
            numbers("families"),
            head("name"),
        ];
        rows(markup, number, &heads, chosen.iter().take(most).map(|own| row(own, may_name)));
    });
}

fn row(own: &FunctionAnswer, may_name: &dyn Fn(&str) -> bool) -> Vec<Cell> {
    let FunctionAnswer { function, class, library, families, partner, .. } = own;
    let whose = match (library, partner) {
        (Some(library), _) => name(library, MOST_OF_NAME),
        (None, Some(partner)) if may_name(&partner.family) => name(&partner.family, MOST_OF_NAME),
        _ => String::new(),
    };
    let alike = partner.as_ref().map(|partner| partner.similarity);
    let class = CLASSES.get(place(*class)).map_or("", |(_, words)| words);
    vec![
        Cell::number(format!("{:#x}", function.address), function.address),
        Cell::number(count(u64::from(function.bytes)), function.bytes),
        Cell::word(class),
        Cell::text(whose),
        Cell::number(
            alike.map(percent).unwrap_or_default(),
            alike.map(|alike| format!("{alike:.4}")).unwrap_or_default(),
        ),
        Cell::word(partner.as_ref().map_or("", |partner| kind(partner.kind))),
        Cell::number(count(*families), families),
        Cell::text(function.name.as_deref().map(|text| name(text, MOST_OF_NAME)).unwrap_or_default()),
    ]
}

/// By what two functions are alike.
fn kind(kind: MatchKind) -> &'static str {
    match kind {
        MatchKind::Exact => "same bytes",
        MatchKind::Tokens => "like code",
        MatchKind::Blocks => "equal blocks",
        MatchKind::DataFlow => "data flow",
        MatchKind::AnchorsOnly => "same references",
    }
}
