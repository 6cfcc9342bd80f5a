//! Schemas of values that JSON and TOML know less well than we do: names, numbers within bounds, days.

use crate::model::candidate::Priors;
use crate::model::likelihood::{Stated, Table};
use crate::model::value::{Correlation, Day, Factor, Probability, Share, Uuid};
use crate::model::words::Ratio;
use crate::model::{Likelihood, Name, Placed, Prior, Reference};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// What an id has to be where one is written; in an answer it is any text.
fn id(generator: &SchemaGenerator) -> Schema {
    if generator.contract().is_serialize() {
        return json_schema!({ "type": "string" });
    }
    json_schema!({ "type": "string", "pattern": "^[a-z0-9-]{1,80}$", "not": { "const": "unlisted" } })
}

/// How documents write a day: one that somebody asks about may lie further away than those of case files.
pub const DAY_PATTERN: &str = "^-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}$";

fn day(generator: &SchemaGenerator) -> Schema {
    if generator.contract().is_serialize() {
        return json_schema!({ "type": "string", "pattern": DAY_PATTERN });
    }
    json_schema!({ "type": "string", "format": "date" })
}

fn probability() -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 })
}

fn priors(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": id(generator),
        "additionalProperties": probability(),
    })
}

/// A probability, or one of the words for one: those that everybody has, or those that the case defines.
fn stated() -> Schema {
    json_schema!({ "anyOf": [probability(), { "type": "string", "pattern": "^[A-Za-z0-9+-]{1,40}$" }] })
}

/// Any candidate may be named beside `unlisted`, with one likelihood or with one for each role; nothing at all is a
/// judgement that is still to be made.
fn likelihood(generator: &mut SchemaGenerator) -> Schema {
    let mut roles = Table::json_schema(generator);
    roles.insert(
        "anyOf".to_owned(),
        serde_json::json!([{ "required": ["tasked"] }, { "required": ["untasked"] }]),
    );
    let mut unlisted = stated();
    unlisted.insert("description".to_owned(), "When nobody on the list is behind it.".into());
    json_schema!({
        "type": "object",
        "properties": { "unlisted": unlisted },
        "anyOf": [{ "required": ["unlisted"] }, { "maxProperties": 0 }],
        "propertyNames": { "type": "string", "pattern": "^[a-z0-9-]{1,80}$" },
        "additionalProperties": { "anyOf": [stated(), roles] },
    })
}

impl<T> JsonSchema for Reference<T> {
    fn schema_name() -> Cow<'static, str> {
        "Reference".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        id(generator)
    }
}

/// Gives types the schemas that follow, each in place.
macro_rules! schemas {
    ($($type:ty: $make:expr;)+) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let make: fn(&mut SchemaGenerator) -> Schema = $make;
                make(generator)
            }
        })+
    };
}

schemas! {
    Name: |generator| id(generator);
    Day: |generator| day(generator);
    Probability: |_| probability();
    Placed<f64>: |_| probability();
    Placed<Stated>: |_| stated();
    Ratio: |_| json_schema!({ "type": "number", "minimum": 0.001, "maximum": 1000 });
    Placed<Prior>: Prior::json_schema;
    Priors: priors;
    Likelihood: likelihood;
    Factor: |_| json_schema!({ "type": "number", "minimum": 1, "maximum": 100 });
    Correlation: |_| json_schema!({ "type": "number", "minimum": 0, "maximum": 1 });
    Uuid: |_| json_schema!({ "type": "string", "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$" });
    Share: |_| json_schema!({ "type": "number", "minimum": 0, "maximum": 1 });
}
