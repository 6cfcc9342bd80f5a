//! Width and colour of terminal text. Colour only repeats what words say.

use anstyle::{AnsiColor, Style as Paint};

/// How text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns to fill at most, where that can be helped.
    pub width: usize,
    /// Whether to use colour.
    pub colour: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style { width: 100, colour: false }
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

    fn paint(&self, paint: Paint, text: &str) -> String {
        if self.colour { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
    }
}
