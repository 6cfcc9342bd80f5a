//! The envelope around every JSON document.

use crate::Style;
use serde::Serialize;
use serde_json::{Map, Value};

/// Something a surface shows.
pub trait Document: Serialize {
    /// The kind of document, as in `cognate schema NAME`.
    const NAME: &'static str;
    /// The version of its JSON; a change that can break a reader raises it.
    const SCHEMA: u32 = 1;

    /// Renders it for a terminal.
    fn text(&self, style: &Style) -> String;
}

/// Puts a document into its envelope: `document`, `schema` and `tool`, then its own fields.
///
/// Numbers that only mean something within one store are left out, so the
/// same content gives the same bytes however it was indexed.
pub fn json<D: Document>(document: &D) -> Result<Value, serde_json::Error> {
    let mut envelope = Map::new();
    envelope.insert("document".to_owned(), D::NAME.into());
    envelope.insert("schema".to_owned(), D::SCHEMA.into());
    envelope.insert("tool".to_owned(), concat!("cognate ", env!("CARGO_PKG_VERSION")).into());
    envelope.insert("fingerprint_version".to_owned(), cognate_fingerprint::VERSION.into());
    let mut body = serde_json::to_value(document)?;
    drop_store_numbers(&mut body);
    if let Value::Object(fields) = body {
        envelope.extend(fields);
    }
    Ok(Value::Object(envelope))
}

/// A sample's `key` depends on the order of indexing; its `id` does not.
fn drop_store_numbers(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("id") {
                fields.remove("key");
            }
            fields.values_mut().for_each(drop_store_numbers);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_store_numbers),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::drop_store_numbers;
    use serde_json::json;

    #[test]
    fn a_samples_number_in_its_store_is_left_out_and_other_keys_stay() {
        let mut value = json!({ "samples": [{ "key": 7, "id": "ab", "name": "n" }], "key": 1 });
        drop_store_numbers(&mut value);
        assert_eq!(value, json!({ "samples": [{ "id": "ab", "name": "n" }], "key": 1 }));
    }
}
