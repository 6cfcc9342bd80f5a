//! The groups of `triage` in words: a sentence each, in text and on the page.

use super::triaged::{SharedPiece, TriageDocument, TriageGroup};
use crate::Style;
use crate::text::{bytes, count, name, plural, wrap};

/// Groups that text tells of; the table has all.
const MOST_TOLD: usize = 12;
/// Names that a sentence has at most.
const MOST_NAMED: usize = 3;
/// Columns of a name in a sentence.
const NAME: usize = 40;

impl TriageGroup {
    /// Who belongs together and by what: "group 1: 12 files, related with each other, …"; names escaped, without the
    /// first `skip` bytes.
    pub(super) fn words(&self, skip: usize) -> String {
        let shown = |file: &String| name(file.get(skip..).unwrap_or(file), NAME);
        let all = self.contents * self.contents.saturating_sub(1) / 2;
        let how = match self.pairs {
            0 => "the same bytes".to_owned(),
            pairs if pairs == all => "related with each other".to_owned(),
            pairs => format!("{} of {} pairs related with each other", count(pairs), count(all)),
        };
        let families: Vec<String> = self
            .named
            .iter()
            .map(|named| format!("{} ({})", name(&named.family, NAME), named.kind))
            .collect();
        let to = if families.is_empty() {
            "none to a stored family".to_owned()
        } else {
            format!("verdicts name {}", some(&families))
        };
        let largest = self.largest.as_ref().map(|SharedPiece { name: file, address, bytes: size }| {
            format!("; largest shared piece {} at {address:#x} of {}", bytes(*size), shown(file))
        });
        let bridges: Vec<String> = self.bridges.iter().map(shown).collect();
        let bridges = match bridges.len() {
            0 => String::new(),
            1 => format!("; {} alone holds it together, look at that one first", some(&bridges)),
            _ => format!("; {} each alone hold parts of it together, look at those first", some(&bridges)),
        };
        let files = plural(self.files, "file");
        format!("group {}: {files}, {how}, {to}{}{bridges}", self.number, largest.unwrap_or_default())
    }
}

fn some(names: &[String]) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    let named = names.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

impl TriageDocument {
    /// How many files are in groups; nothing where groups were not asked for.
    pub(super) fn groups_words(&self) -> Option<String> {
        let groups = self.groups.as_ref()?;
        let files: u64 = groups.iter().map(|group| group.files).sum();
        let all = self.rows.iter().filter(|row| row.verdict.is_some()).count() as u64;
        Some(match groups.len() as u64 {
            0 => "no two files share enough private code with each other".to_owned(),
            number => {
                let groups = plural(number, "group");
                format!("{groups} by shared private code: {} of {}", count(files), plural(all, "program"))
            }
        })
    }

    /// The groups as text.
    pub(super) fn groups_text(&self, skip: usize, style: &Style) -> String {
        let Some(about) = self.groups_words() else { return String::new() };
        let mut out = wrap(&about, 0, style.width);
        let groups = self.groups.as_deref().unwrap_or_default();
        for group in groups.iter().take(MOST_TOLD) {
            out.push_str(&wrap(&group.words(skip), 2, style.width));
        }
        out.push_str(&style.more(2, groups.len().saturating_sub(MOST_TOLD)));
        out.push('\n');
        out
    }
}
