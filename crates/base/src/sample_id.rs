//! The name of a sample: the SHA-256 of its content.

use crate::{Error, ErrorKind, hex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// The SHA-256 of a file's bytes: the identity of a sample everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(into = "String", try_from = "String")]
#[schemars(with = "String", extend("pattern" = "^[0-9a-f]{64}$"))]
pub struct SampleId(pub [u8; 32]);

impl SampleId {
    /// Hashes a file's bytes.
    pub fn of(bytes: &[u8]) -> Self {
        SampleId(Sha256::digest(bytes).into())
    }

    /// The first twelve hex digits, for display.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for SampleId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for SampleId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl FromStr for SampleId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || {
            let shown: String = text.chars().take(80).collect();
            let message = format!("not a SHA-256: expected 64 hex digits, got `{shown}`");
            Error::new(ErrorKind::Question, message)
        };
        if text.len() != 64 || !text.is_ascii() {
            return Err(error());
        }
        let mut id = [0u8; 32];
        for (byte, at) in id.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| error())?;
        }
        Ok(SampleId(id))
    }
}

impl From<SampleId> for String {
    fn from(id: SampleId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for SampleId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
