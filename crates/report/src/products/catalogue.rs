//! Groups and countries that readers know without us, under the names and ids that they know them by.
//!
//! Such an object carries nothing of the case: no description, no creator, no stricter marking. Its
//! identifier is ours and the same in every case. ATT&CK's own STIX id is not used for it: an object with that id
//! and other content would pass for a newer version of MITRE's.

use cognate_case::actors::{Actors, Candidate as Entry};
use cognate_case::model::Candidate;

/// A group that a public catalogue has an entry of.
pub(super) struct Known {
    /// As the catalogue calls it: ATT&CK where it has it.
    pub name: String,
    /// What tells it from every other group.
    pub key: String,
}

/// The group of a candidate, if its ATT&CK or MISP id is in the catalogues that cognate carries.
pub(super) fn known(candidate: &Candidate) -> Option<Known> {
    let entry = candidate.attack.iter().chain(&candidate.misp).find_map(|id| entry(id))?;
    Some(Known { key: entry.attack.unwrap_or(entry.uuid), name: entry.name })
}

/// The entry of an id.
pub(super) fn entry(id: &str) -> Option<Entry> {
    Actors::embedded().resolve_id(id).actor
}

/// Countries: code of ISO 3166-1, then the names that a case may call them by.
const COUNTRIES: &str = include_str!("country.txt");

/// Code and name of a country; none for a name that is no country's.
pub(super) fn country(named: &str) -> Option<(&'static str, &'static str)> {
    let asked = named.trim();
    let asked = asked.strip_prefix("the ").unwrap_or(asked);
    COUNTRIES.lines().find_map(|line| {
        let (code, names) = line.split_once(' ')?;
        let is_asked = |name: &str| name.to_lowercase() == asked.to_lowercase();
        let name = names.split('|').next()?;
        (asked == code || names.split('|').any(is_asked)).then_some((code, name))
    })
}

#[cfg(test)]
mod tests {
    use super::{COUNTRIES, country};

    #[test]
    fn a_country_is_told_by_any_of_its_names_and_by_no_other() {
        let asked = ["North Korea", "dprk", "the United States", "KP", "Borduria", "Russia's GRU", ""];
        let codes = asked.map(|name| country(name).map_or("-", |(code, _)| code));
        assert_eq!(codes.join(" "), "KP KP US KP - - -");
    }

    #[test]
    fn every_line_is_a_code_and_names_that_stand_once() {
        let mut names: Vec<String> = Vec::new();
        for line in COUNTRIES.lines() {
            let (code, all) = line.split_once(' ').unwrap();
            assert!(code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()), "{line}");
            names.extend(all.split('|').map(str::to_lowercase));
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
