//! Identifiers and times of the exchange formats, made from content alone.
//!
//! The same case gives the same identifiers at every date, in every order of
//! its evidence and on every machine: a later export is a newer version of the
//! same objects, not a second set of them. Who wrote a case, groups of the public
//! catalogues and countries have one identifier in all cases. No clock is read.

use cognate_case::Assessment;
use cognate_case::assessment::CaseSummary;
use jiff::civil::{Date, date};
use uuid::Uuid;

/// The namespace of every identifier below; cognate's own, as STIX 2.1 section 2.9 demands of producers.
const NAMESPACE: Uuid = Uuid::from_u128(0x0a5e_0687_a8ca_4e0f_8e32_9d15_f99c_e5b8);

/// The namespace STIX 2.1 reserves for observables.
const OBSERVABLES: Uuid = Uuid::from_u128(0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7);

/// The identifier of what has this role and key.
///
/// Every part is preceded by its length, so that no two lists of parts give one name.
pub(crate) fn named(role: &str, key: &[&str]) -> Uuid {
    let mut name = Vec::new();
    for part in std::iter::once(&role).chain(key) {
        name.extend_from_slice(part.len().to_string().as_bytes());
        name.push(b':');
        name.extend_from_slice(part.as_bytes());
    }
    Uuid::new_v5(&NAMESPACE, &name)
}

/// The identifier of an observable by its contributing properties, as canonical JSON (RFC 8785).
pub(crate) fn observable(canonical: &str) -> Uuid {
    Uuid::new_v5(&OBSERVABLES, canonical.as_bytes())
}

/// Who wrote the case: the organisation it names, or else its authors as they are written; cognate where nobody is.
pub(super) struct Author {
    /// The same in every case of these authors.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// The case names an organisation.
    pub organisation: bool,
}

impl Author {
    /// The author of a case.
    pub(super) fn of(case: &CaseSummary) -> Author {
        let names: Vec<&str> =
            case.authors.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
        let stated = case.org_uuid.as_deref().and_then(|id| Uuid::parse_str(id).ok());
        let made = if names.is_empty() { named("tool", &["cognate"]) } else { named("authors", &names) };
        let name = if names.is_empty() { "cognate".to_owned() } else { names.join(", ") };
        Author { id: stated.unwrap_or(made), name, organisation: stated.is_some() }
    }
}

/// The days an export is dated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days {
    /// The day of the incident, or of the first report: the same at every date of assessment.
    pub created: Date,
    /// The date of the assessment, or the day of the last report.
    pub modified: Date,
}

impl Days {
    /// The days of an assessment.
    pub(super) fn of(assessment: &Assessment) -> Days {
        let reported = || assessment.items.iter().map(|item| item.reported);
        let incident = assessment.case.incident;
        let modified = assessment.as_of.or(reported().max()).or(incident).unwrap_or(date(2000, 1, 1));
        let created = incident.or(reported().min()).unwrap_or(modified);
        Days { created: created.min(modified), modified }
    }
}

/// Midnight of a day, to the millisecond. Years outside the four digits of RFC 3339 become the nearest inside.
pub(crate) fn timestamp(day: Date) -> String {
    let year = day.year().max(1);
    format!("{year:04}-{:02}-{:02}T00:00:00.000Z", day.month(), day.day())
}

/// Midnight of a day in seconds since 1970; earlier days give 0, as the MISP format knows no negative time.
pub(crate) fn seconds(day: Date) -> i64 {
    let days = date(1970, 1, 1).until(day).map_or(0, |span| i64::from(span.get_days()));
    days.max(0).saturating_mul(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_key_do_not_run_together() {
        assert_ne!(named("a", &["bc", "d"]), named("a", &["b", "cd"]));
        assert_ne!(named("a", &["b"]), named("a", &["b", ""]));
        assert_eq!(named("a", &["b"]).get_version_num(), 5);
    }

    #[test]
    fn an_observable_has_the_identifier_that_other_tools_give_it() {
        // As made by the Python package stix2 3.0.2 for DomainName(value='example.com').
        assert_eq!(
            observable(r#"{"value":"example.com"}"#).to_string(),
            "bedb4899-d24b-5401-bc86-8f6b4cc18ec7"
        );
    }

    #[test]
    fn times_are_midnights() {
        assert_eq!(timestamp(date(2017, 5, 26)), "2017-05-26T00:00:00.000Z");
        assert_eq!(timestamp(date(-5, 1, 2)), "0001-01-02T00:00:00.000Z");
        assert_eq!(seconds(date(2017, 5, 26)), 1_495_756_800);
        assert_eq!(seconds(date(1969, 5, 26)), 0);
    }
}
