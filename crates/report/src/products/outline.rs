//! What a product is made of before it is laid out: sections of headings, sentences, tables and pictures.
//!
//! Texts are as the case has them: escaping is the renderers' part, in one place each.

use cognate_case::assessment::AchMark;
use cognate_case::scale::Tlp;

/// A product before it is laid out.
pub struct Outline {
    pub title: String,
    pub tlp: Tlp,
    pub question: String,
    /// Date, authors and the like.
    pub facts: Vec<(&'static str, String)>,
    pub sections: Vec<Section>,
    /// Nothing is left to another extent.
    pub whole: bool,
}

/// How much of an assessment a product shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The answer and what carries it, on one screen.
    #[default]
    Screen,
    /// The first page: what can be sent to somebody who reads nothing else.
    Brief,
    /// The first page, then all weights, matrices and annexes.
    Full,
}

/// A part under one heading.
pub struct Section {
    /// Names it within a page.
    pub id: &'static str,
    pub title: &'static str,
    /// It stands on the first page.
    pub first: bool,
    pub blocks: Vec<Block>,
}

/// A piece of a section.
pub enum Block {
    Heading(String),
    Say(Tone, String),
    List(Vec<String>),
    /// Numbered from 1, as marks like `[1]` refer to them.
    Numbered(Vec<String>),
    Grid(Grid),
    Matrix(Matrix),
    /// A picture of the numbers in the grids that follow; products without pictures pass it over.
    Course(Course),
}

/// How a sentence is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Answer,
    Plain,
    /// Speaks against, or is missing.
    Doubt,
    /// Explains.
    Faint,
}

/// A table.
pub struct Grid {
    pub columns: Vec<(String, Lean)>,
    pub rows: Vec<Vec<Cell>>,
    /// How the rows stood on earlier days, for products that can show it.
    pub past: Option<Past>,
}

/// The rows of a table of claims through time.
pub struct Past {
    pub days: Vec<String>,
    /// By row of the table.
    pub rows: Vec<PastRow>,
}

/// A row through time.
pub struct PastRow {
    /// By day.
    pub days: Vec<Stand>,
    /// As it stands in the table.
    pub now: Stand,
}

/// A claim on a day.
pub struct Stand {
    pub at: f64,
    pub low: f64,
    pub high: f64,
    /// The number, its interval and the term, as they are written.
    pub words: [String; 3],
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lean {
    /// A short name.
    Left,
    /// A number.
    Right,
    /// A picture that repeats what other columns say; left out where there is no room.
    Picture,
    /// Running text; only the last column.
    Wide,
}

/// What stands in a table.
pub enum Cell {
    Text(String),
    /// A probability with its interval, between 0 and 1.
    Span {
        prior: Option<f64>,
        at: f64,
        low: f64,
        high: f64,
    },
    /// Change of log odds, beside the greatest of its table.
    Weight {
        log_odds: f64,
        most: f64,
    },
}

/// The ACH matrix, shortened.
pub struct Matrix {
    /// What each column is called, by probability.
    pub letters: Vec<String>,
    pub rows: Vec<MatrixRow>,
    /// By column.
    pub inconsistency: Vec<f64>,
    /// By column.
    pub ranks: Vec<u32>,
}

/// An observation's marks.
pub struct MatrixRow {
    pub item: String,
    pub title: String,
    /// The greatest ratio of its likelihoods, as a natural logarithm.
    pub diagnosticity: f64,
    pub marks: Vec<AchMark>,
}

/// Claims through time.
pub struct Course {
    pub days: Vec<String>,
    pub series: Vec<Series>,
}

/// One claim through time.
pub struct Series {
    pub claim: String,
    pub statement: String,
    /// By day: probability, 5th and 95th percentile.
    pub points: Vec<(f64, f64, f64)>,
}

/// How much of a long case is shown.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Lines of each list of the first page.
    pub first: usize,
    pub candidates: usize,
    /// Rows of evidence for or against one claim.
    pub ledger: usize,
    pub rows: usize,
    pub columns: usize,
    /// Linchpins, prospects, contradictions, analysts.
    pub list: usize,
    pub days: usize,
    /// Items and sources written out in full; none for a product that leaves them to `explain`.
    pub annex: usize,
}

impl Limits {
    /// For a terminal of this width.
    pub fn terminal(width: usize) -> Self {
        let columns = width.saturating_sub(43) / 5;
        Limits {
            first: 3,
            candidates: 6,
            ledger: 12,
            rows: 20,
            columns: columns.clamp(4, 24),
            list: 8,
            days: 16,
            annex: 0,
        }
    }

    /// For one screen, with so many lines in each list.
    pub const fn screen(first: usize) -> Self {
        Limits { first, ..Limits::FILE }
    }

    /// For a file.
    pub const FILE: Limits = Limits {
        first: 3,
        candidates: 20,
        ledger: 40,
        rows: 60,
        columns: 16,
        list: 30,
        days: 60,
        annex: 200,
    };
}

impl Grid {
    /// An empty table.
    pub fn new<const N: usize>(columns: [(&str, Lean); N]) -> Self {
        let columns = columns.into_iter().map(|(title, lean)| (title.to_owned(), lean)).collect();
        Grid { columns, rows: Vec::new(), past: None }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

/// Says how much was left out, where anything was.
pub fn left_out(blocks: &mut Vec<Block>, all: usize, shown: usize, noun: &str) {
    if all > shown {
        let text = format!(
            "{} more {noun} left out here; the JSON document has all that were worked out.",
            all - shown
        );
        blocks.push(Block::Say(Tone::Faint, text));
    }
}
