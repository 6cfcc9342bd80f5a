//! How a surface shows text: width, colour, what it calls its options. Colour only repeats what words say.

use crate::text::count;
use anstyle::{AnsiColor, Style as Paint};
use cognate_base::{Hint, advise};

/// How text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns to fill at most, where that can be helped.
    pub width: usize,
    /// Whether to use colour.
    pub colour: bool,
    /// Whether to tell all that is known, after the answer.
    pub details: bool,
    /// What the surface calls the option or the command that is meant; nothing where it has none.
    pub words: fn(&Hint) -> String,
}

impl Default for Style {
    fn default() -> Self {
        Style { width: 100, colour: false, details: false, words: |_| String::new() }
    }
}

impl Style {
    /// A headline.
    pub fn heading(&self, text: &str) -> String {
        self.paint(Paint::new().bold(), text)
    }

    /// A finding.
    pub fn finding(&self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default().bold(), text)
    }

    /// Something that speaks against, or that is missing.
    pub fn doubt(&self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    /// Something of less weight.
    pub fn faint(&self, text: &str) -> String {
        self.paint(Paint::new().dimmed(), text)
    }

    /// What to do, as it follows a sentence: in brackets, and nothing where there are no words for it.
    pub fn hint(&self, hint: &Hint) -> String {
        match (self.words)(hint) {
            words if words.is_empty() => words,
            words => format!(" ({words})"),
        }
    }

    /// A reason, and what to do about the limits that it names.
    pub fn advised(&self, reason: &str) -> String {
        advise(reason, self.words)
    }

    /// The line that stands for so many of a list that are not shown, and how to see them; nothing for none.
    pub fn more(&self, indent: usize, more: usize) -> String {
        match more {
            0 => String::new(),
            more => {
                let hint = self.hint(&Hint::SeeWholeList);
                format!("{:indent$}and {} more{hint}\n", "", count(more as u64))
            }
        }
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        if self.colour { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
    }
}
