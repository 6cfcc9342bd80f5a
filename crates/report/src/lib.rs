//! What the surfaces show: one document each, rendered as terminal text and as JSON.
//!
//! A [`Document`] is a plain value; [`Document::text`] makes it readable,
//! [`json`] puts it into an envelope that names its kind and version, and
//! [`schema`] publishes what the JSON looks like. Names that come from samples
//! are escaped in text and left as they are in JSON, where the encoding keeps
//! them harmless.

mod answers;
mod cyclonedx;
mod document;
pub mod products;
pub mod schema;
mod style;
mod text;

pub use answers::*;
pub use cognate_binary::{Line, Listing};
pub use cyclonedx::cyclonedx;
pub use document::{Document, json, write_json};
pub use style::Style;
pub use text::{shorten_names, wrap};
