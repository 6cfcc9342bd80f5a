//! A writer of HTML and SVG that escapes every text and closes every element.

use super::numbers::joined;
use std::fmt::Display;

/// Attributes; their values are escaped.
pub(crate) type Attributes<'a> = &'a [(&'a str, &'a dyn Display)];

/// A blank at which no line ends.
const NO_BREAK: char = '\u{a0}';

/// Markup as it is written.
#[derive(Default)]
pub(crate) struct Markup {
    out: String,
}

impl Markup {
    /// An element around what `inner` writes.
    pub fn element(&mut self, tag: &str, attributes: Attributes<'_>, inner: impl FnOnce(&mut Markup)) {
        self.open(tag, attributes);
        self.out.push('>');
        inner(self);
        self.out.extend(["</", tag, ">"]);
        if BREAKS.contains(&tag) {
            self.out.push('\n');
        }
    }

    /// An element around a text.
    pub fn leaf(&mut self, tag: &str, attributes: Attributes<'_>, text: &str) {
        self.element(tag, attributes, |markup| markup.text(text));
    }

    /// An element of HTML or SVG without content.
    pub fn void(&mut self, tag: &str, attributes: Attributes<'_>) {
        self.open(tag, attributes);
        self.out.push_str(if tag == "meta" { ">\n" } else { "/>" });
    }

    /// Text, escaped; line breaks become blanks.
    pub fn text(&mut self, text: &str) {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.starts_with(char::is_whitespace) {
            self.out.push(' ');
        }
        self.out.push_str(&escape(&joined(&flat, NO_BREAK)));
        if text.ends_with(char::is_whitespace) && !flat.is_empty() {
            self.out.push(' ');
        }
    }

    /// A style sheet of ours, as it is: what stands here is never from a case.
    pub fn style(&mut self, sheet: &'static str) {
        self.out.extend(["<style>", sheet, "</style>\n"]);
    }

    /// A script of ours, as it is: what stands here is never from a case.
    pub fn script(&mut self, script: &'static str) {
        self.out.extend(["<script>", script, "</script>\n"]);
    }

    /// What was written, as a page.
    pub fn finish(self) -> String {
        format!("<!doctype html>\n{}", self.out)
    }

    /// What was written, as it is: a picture.
    pub fn fragment(self) -> String {
        self.out
    }

    fn open(&mut self, tag: &str, attributes: Attributes<'_>) {
        self.out.extend(["<", tag]);
        for (name, value) in attributes {
            let value = escape(&value.to_string());
            self.out.extend([" ", name, "=\"", &value, "\""]);
        }
    }
}

/// Elements after which a line ends, so that the file can be read and compared.
const BREAKS: [&str; 18] = [
    "head", "title", "h1", "h2", "h3", "p", "li", "ul", "tr", "table", "section", "svg", "div", "dl", "dd",
    "nav", "thead", "ol",
];

fn escape(text: &str) -> String {
    let text = cognate_base::escape(text);
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

/// Bytes in base 64, as a content security policy wants its hashes.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4 {
            let digit = ((bits >> (18 - 6 * place)) & 63) as usize;
            let letter = DIGITS.get(digit).copied().map_or('=', char::from);
            out.push(if place <= three.len() { letter } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Markup, base64};

    #[test]
    fn texts_and_attributes_are_escaped() {
        let mut markup = Markup::default();
        let hostile = "<img src=x onerror=1> & \"'\n\u{202e}";
        markup.leaf("p", &[("id", &"a\" onclick=\"1")], hostile);
        let expected = "<!doctype html>\n<p id=\"a&quot; onclick=&quot;1\">\
                        &lt;img src=x onerror=1&gt; &amp; &quot;&#39; \\u{202e}</p>\n";
        assert_eq!(markup.finish(), expected);
    }

    #[test]
    fn base_64_is_padded() {
        let shown: Vec<String> = ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes())).into();
        assert_eq!(shown, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }
}
