//! `actor`: who bears a name, and who says so.

use crate::text::{Align, Table, name, plural, wrap};
use crate::{Document, Style};
use cognate_case::actors::{
    ActorAnswer, Candidate, Hint, Likeness, Matched, Overlap, Role, Side, Source, Standing, Stated,
    Suggestion,
};
use std::fmt::Write;

/// Columns of a name.
const NAME_WIDTH: usize = 60;
/// What an overlap is, and what not.
const OVERLAPS: &str =
    "Overlaps are stated by the MISP galaxy, one step away. None says that two entries are the same.";
/// Columns before the text of a candidate's line.
const INDENT: usize = 12;

impl Document for ActorAnswer {
    const NAME: &'static str = "actor";

    fn text(&self, style: &Style) -> String {
        let mut out = head(self, style);
        // Whom the sources call so may be whom the reader means.
        let alike = suggestions(&self.suggestions, style);
        let first = !self.candidates.iter().any(is_called_so) && self.suggestions.iter().any(is_own_name);
        if first {
            out.push_str(&alike);
        }
        for candidate in &self.candidates {
            out.push('\n');
            out.push_str(&entry(self, candidate, style));
        }
        if !first {
            out.push_str(&alike);
        }
        let related = self.candidates.iter().any(|candidate| !candidate.overlaps.is_empty());
        out.push('\n');
        if related {
            out.push_str(&wrap(OVERLAPS, 0, style.width));
        }
        out.push_str(&wrap(&style.faint(&sources(self)), 0, style.width));
        out
    }
}

/// Whether its source calls an entry by the name asked for.
fn is_called_so(candidate: &Candidate) -> bool {
    candidate.matched.iter().any(|matched| matched.role != Role::Alias)
}

/// Whether a source calls an entry so.
fn is_own_name(suggestion: &Suggestion) -> bool {
    suggestion.hint == Hint::Words
        && suggestion.bearers.iter().any(|bearer| bearer.starts_with(&suggestion.name))
}

fn head(answer: &ActorAnswer, style: &Style) -> String {
    let asked = format!("`{}`", name(&answer.asked, NAME_WIDTH));
    let entries = plural(answer.candidates.len() as u64, "entry");
    let mut sources: Vec<&str> = answer.candidates.iter().map(|entry| entry.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let number = plural(sources.len() as u64, "source");
    let (line, more) = match answer.standing {
        Standing::Unknown if answer.cut => {
            (style.doubt(&format!("{asked}…: too long for a name, not looked up")), String::new())
        }
        Standing::Unknown => (style.doubt(&format!("{asked}: no source has this name")), String::new()),
        Standing::Single => (style.heading(&format!("{asked}: one entry of one source")), String::new()),
        Standing::Several => (
            style.heading(&format!("{asked}: {entries} in {number}")),
            "That several sources use a name does not make their entries the same.".to_owned(),
        ),
        Standing::Ambiguous => (
            style.doubt(&format!("{asked} is ambiguous: {entries} in {number}")),
            several(&answer.candidates),
        ),
    };
    let more = if more.is_empty() { more } else { wrap(&more, 0, style.width) };
    format!("{line}\n{more}")
}

/// In which source the name stands for whom.
fn several(candidates: &[Candidate]) -> String {
    let mut parts = Vec::new();
    let mut by_source: Vec<&Candidate> = candidates.iter().collect();
    by_source.sort_by_key(|candidate| &candidate.source);
    for group in by_source.chunk_by(|a, b| a.source == b.source) {
        let in_force: Vec<String> = group
            .iter()
            .filter(|candidate| !candidate.revoked)
            .map(|candidate| name(&candidate.name, NAME_WIDTH))
            .collect();
        if let ([first, ..], true) = (group, in_force.len() > 1) {
            parts.push(format!(
                "In {} it stands for {}.",
                name(&first.source, 40),
                in_force.join(" and for ")
            ));
        }
    }
    format!("{} An id says which is meant.", parts.join(" "))
}

fn entry(answer: &ActorAnswer, candidate: &Candidate, style: &Style) -> String {
    let title = answer.sources.iter().find(|source| source.source == candidate.source);
    let title = title.map(|source| format!(" ({})", name(&source.title, 60))).unwrap_or_default();
    let source = format!("{}{title}", name(&candidate.source, 40));
    let mut out = format!("{}  {}", style.heading(&name(&candidate.name, NAME_WIDTH)), style.faint(&source));
    out.push_str(if candidate.revoked { "  withdrawn by its source\n" } else { "\n" });
    let matched: Vec<String> = candidate.matched.iter().map(matched).collect();
    line(&mut out, style, "matched", &matched.join(", "));
    let attack = candidate.attack.as_deref().map(|id| format!("ATT&CK {}, ", name(id, 16)));
    line(
        &mut out,
        style,
        "ids",
        &format!("{}UUID {}", attack.unwrap_or_default(), name(&candidate.uuid, 40)),
    );
    let aliases: Vec<String> = candidate.aliases.iter().map(|alias| name(alias, NAME_WIDTH)).collect();
    line(&mut out, style, "aliases", &aliases.join(", "));
    line(&mut out, style, "stated", &stated(&candidate.stated));
    for (index, other) in candidate.overlaps.iter().enumerate() {
        let title = if index == 0 { "overlaps" } else { "" };
        let too = answer.candidates.iter().any(|candidate| candidate.uuid == other.uuid);
        line(&mut out, style, title, &overlap(other, too));
    }
    out
}

/// A titled line, broken under its text; nothing without text.
fn line(out: &mut String, style: &Style, title: &str, text: &str) {
    if !text.is_empty() {
        let text = wrap(text, INDENT, style.width);
        let _ = write!(out, "  {title:<width$}{}", text.trim_start(), width = INDENT - 2);
    }
}

fn matched(matched: &Matched) -> String {
    let role = match matched.role {
        Role::Name => "name",
        Role::Alias => "alias",
        Role::Id => "id",
    };
    let difference = match matched.likeness {
        Likeness::Literal => "",
        Likeness::Case => " (case differs)",
        Likeness::Punctuation => " (blanks or punctuation differ)",
    };
    format!("{role} `{}`{difference}", name(&matched.name, NAME_WIDTH))
}

fn stated(stated: &Stated) -> String {
    let country = stated.country.as_deref().map(|country| format!("country {}", name(country, 40)));
    let confidence = stated.attribution_confidence;
    let confidence = confidence.map(|confidence| format!("attribution confidence {confidence} of 100"));
    let sponsor = stated.suspected_state_sponsor.as_deref();
    let sponsor = sponsor.map(|sponsor| format!("suspected state sponsor {}", name(sponsor, NAME_WIDTH)));
    [country, confidence, sponsor].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn overlap(other: &Overlap, too: bool) -> String {
    let attack = other.attack.as_deref().map(|id| format!("{}, ", name(id, 16))).unwrap_or_default();
    let likelihood = other.likelihood.as_deref();
    let likelihood = likelihood.map(|word| format!(", {}", name(word, 24))).unwrap_or_default();
    let relation = name(&other.relation, 24);
    // Only these two do not read the same from both ends.
    let directed = matches!(&other.relation[..], "part-of" | "revoked-by");
    let relation = match other.side {
        Side::Here if directed => format!("this is {relation} it"),
        Side::There if directed => format!("it is {relation} this"),
        _ => relation,
    };
    let side = match other.side {
        Side::Here => "stated here",
        Side::There => "stated there",
        Side::Both => "stated by both",
    };
    format!(
        "{} ({attack}{}): {relation}{likelihood}, {side}{}",
        name(&other.name, NAME_WIDTH),
        name(&other.source, 40),
        if too { "; bears the name asked too" } else { "" }
    )
}

fn suggestions(suggestions: &[Suggestion], style: &Style) -> String {
    if suggestions.is_empty() {
        return String::new();
    }
    let mut table = Table::new(2, &[("", Align::Left), ("", Align::Left), ("", Align::Left)]);
    for suggestion in suggestions {
        let hint = match suggestion.hint {
            Hint::OneLetter => "one letter differs",
            Hint::TwoLetters => "two letters differ",
            Hint::Words => "has the words asked for",
        };
        let of = match &suggestion.bearers[..] {
            [one] => name(one, 48),
            [one, other] => format!("{}, {}", name(one, 32), name(other, 32)),
            more => plural(more.len() as u64, "entry"),
        };
        table.row([name(&suggestion.name, 40), hint.to_owned(), of]);
    }
    format!("\nOther names that read alike; nothing is assumed:\n{}", table.render_within(style.width))
}

fn sources(answer: &ActorAnswer) -> String {
    let version = |source: &Source| format!("{} {}", name(&source.source, 40), name(&source.version, 24));
    let sources: Vec<String> = answer.sources.iter().map(version).collect();
    format!("Data of {}: {}.", name(&answer.date, 16), sources.join(", "))
}

#[cfg(test)]
mod tests {
    use crate::{Document, Style};
    use cognate_case::actors::Actors;

    fn check(asked: &str, expected: &[&str]) {
        let text = Actors::embedded().find(asked).text(&Style::default());
        // Lines may break anywhere between words.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in expected {
            assert!(words(&text).contains(&words(part)), "{part:?} is not in\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
    }

    #[test]
    fn an_ambiguous_name_says_for_whom_it_stands() {
        check(
            "Cobalt Gypsy",
            &[
                "is ambiguous: 4 entries in 3 sources\n",
                "In threat-actor it stands for Cleaver and for OilRig.",
            ],
        );
    }

    #[test]
    fn an_overlap_never_says_same() {
        check("Lazarus Group", &["similar, likely, stated by both; bears the name asked too"]);
    }

    #[test]
    fn a_relation_with_a_direction_tells_it() {
        check("DEV-0270", &["APT35 (threat-actor): this is part-of it, likely, stated here"]);
        check("APT35", &["DEV-0270 (threat-actor): it is part-of this, likely, stated there"]);
    }

    #[test]
    fn a_withdrawn_entry_says_so() {
        check("Dark Halo", &["UNC2452  mitre-attack (MITRE ATT&CK groups)  withdrawn by its source\n"]);
    }

    #[test]
    fn a_hostile_name_is_escaped_and_shortened() {
        check("\u{1b}]0;x\u{7}\u{202e}", &["`\\u{1b}]0;x\\u{7}\\u{202e}`: no source has this name\n"]);
        check(&"a".repeat(1 << 16), &["too long for a name, not looked up\n"]);
    }
}
