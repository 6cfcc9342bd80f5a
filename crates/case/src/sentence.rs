//! Sentences in which a likelihood and a confidence stand together, which readers take for one thing (ICD 203, D.6.e.2.a).

/// Words of ICD 203, of the PHIA yardstick, and what people write for them.
const LIKELIHOODS: [&str; 18] = [
    "likely",
    "unlikely",
    "probable",
    "improbable",
    "probably",
    "likelihood",
    "probability",
    "almost certain",
    "almost certainly",
    "nearly certain",
    "almost no chance",
    "remote chance",
    "even chance",
    "even odds",
    "realistic possibility",
    "realistic probability",
    "per cent",
    "percent",
];

/// Words of confidence.
const CONFIDENCES: [&str; 3] = ["confidence", "confident", "confidently"];

/// The first sentence that has both a likelihood and a confidence outside of double quotes.
///
/// The lint `mixed-sentence` asks this of a case, and the products are held to the same.
#[must_use]
pub fn mixed_sentence(text: &str) -> Option<String> {
    if !text.to_ascii_lowercase().contains("confiden") {
        return None;
    }
    sentences(&unquoted(text)).into_iter().find(|sentence| {
        // The interval of a statistician is no level of confidence.
        let words = words(sentence).replace(" confidence interval", " interval");
        let has = |terms: &[&str]| terms.iter().any(|term| words.contains(&format!(" {term} ")));
        has(&CONFIDENCES) && (has(&LIKELIHOODS) || sentence.contains('%'))
    })
}

/// Without what stands in double quotes; a quotation that never ends is none.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['"', '\u{201c}', '\u{201e}', '\u{ab}']) {
        let (before, from) = rest.split_at(open);
        let mut letters = from.chars();
        letters.next();
        let inside = letters.as_str();
        let Some(close) = inside.find(['"', '\u{201d}', '\u{201c}', '\u{bb}']) else { break };
        out.push_str(before);
        let mut after = inside.get(close..).unwrap_or_default().chars();
        after.next();
        rest = after.as_str();
    }
    out.push_str(rest);
    out
}

/// Splits after a full stop, question or exclamation mark before a blank, and at empty lines.
fn sentences(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        let ends = matches!(letter, '.' | '!' | '?') && next.is_none_or(char::is_whitespace);
        let breaks = letter == '\n' && next == Some('\n');
        if let Some(last) = all.last_mut() {
            last.push(letter);
        }
        if ends || breaks {
            all.push(String::new());
        }
    }
    all.into_iter()
        .map(|sentence| sentence.trim().to_owned())
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

/// Lower-case words between single blanks, one at either end.
fn words(sentence: &str) -> String {
    let mut out = String::from(" ");
    for word in sentence.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        out.extend(word.chars().flat_map(char::to_lowercase));
        out.push(' ');
    }
    out
}
