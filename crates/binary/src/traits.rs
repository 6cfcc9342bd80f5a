//! What a file says about itself, each statement with how easily it is forged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much it takes to fake a trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forgeability {
    /// A text editor does it: time stamps, strings, names, version information.
    Trivial,
    /// A known tool does it: Rich header, imphash by import shuffling.
    Low,
    /// Takes work that shows: consistent sections, code layout.
    Moderate,
    /// Takes the means of its owner: a valid signature.
    High,
}

/// One statement a file makes about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trait {
    /// Its kind in the field's terms: `imphash`, `rich-header`, `pdb-path`, `compile-time`, `section`, …
    pub kind: String,
    /// Its value as text, not escaped.
    pub value: String,
    /// How easily it is forged.
    pub forgeability: Forgeability,
}

/// Everything a file says about itself, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    /// The statements, in the order in which the loader reads them.
    pub items: Vec<Trait>,
}

/// Values are cut here, in bytes, with `…`. Judgement.
const MAX_VALUE: usize = 16 << 10;

impl Traits {
    /// Adds a statement.
    pub fn push(&mut self, kind: &str, value: impl Into<String>, forgeability: Forgeability) {
        let mut value = value.into();
        if value.len() > MAX_VALUE {
            value = crate::text::cut(value.as_bytes(), MAX_VALUE);
        }
        self.items.push(Trait { kind: kind.to_owned(), value, forgeability });
    }
}
