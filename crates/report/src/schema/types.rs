//! A few words to write schemas with.

use serde_json::{Map, Value, json};

/// A named member of an object, with what it means.
pub struct Field {
    name: &'static str,
    schema: Value,
}

/// A member that is always there.
pub fn field(name: &'static str, mut schema: Value, meaning: &str) -> Field {
    if let (Value::Object(members), false) = (&mut schema, meaning.is_empty()) {
        members.insert("description".to_owned(), meaning.into());
    }
    Field { name, schema }
}

/// An object with exactly these members.
pub fn object(fields: Vec<Field>) -> Value {
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let required = json!(names);
    let properties: Map<String, Value> =
        fields.into_iter().map(|field| (field.name.to_owned(), field.schema)).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// A list.
pub fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// This, or null.
pub fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

/// Text.
pub fn string() -> Value {
    json!({ "type": "string" })
}

/// A whole number that is not negative.
pub fn int() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// Any number.
pub fn number() -> Value {
    json!({ "type": "number" })
}

/// A number between 0 and 1.
pub fn share() -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": 1 })
}

/// True or false.
pub fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// One of a few words.
pub fn word(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// Exactly this.
pub fn constant(value: impl Into<Value>) -> Value {
    json!({ "const": value.into() })
}

/// One of several shapes.
pub fn any(shapes: Vec<Value>) -> Value {
    json!({ "anyOf": shapes })
}
