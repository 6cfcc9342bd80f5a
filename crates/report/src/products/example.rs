//! The made-up case that the tests of the exchange formats share.

use cognate_case::{AssessOptions, Assessment, Case, assess};

/// What the evidence carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// The group, and that its sponsor tasked it.
    Sponsor,
    /// The group alone.
    Group,
    /// Nothing.
    None,
}

/// The case as text.
pub(super) fn text(proof: Proof) -> String {
    let (strong, orders) = match proof {
        Proof::Sponsor => ("0.9", "0.001"),
        Proof::Group => ("0.9", "0.9"),
        Proof::None => ("0.001", "0.001"),
    };
    include_str!("example.toml").replace("STRONG", strong).replace("ORDERS", orders)
}

/// Its assessment, of all it holds.
pub(super) fn assessment(proof: Proof) -> Assessment {
    read(&text(proof), None)
}

/// The assessment of a text as of a day.
pub(super) fn read(text: &str, as_of: Option<&str>) -> Assessment {
    let as_of = as_of.map(|day| day.parse().unwrap());
    assess(&Case::parse(text).unwrap(), "00", &AssessOptions { as_of, ..AssessOptions::default() })
}
