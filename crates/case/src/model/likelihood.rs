//! How probable an item is, by hypothesis, and how that is written:
//! `{ unlisted = 0.02, lazarus = 0.5, other = { tasked = 0.5, untasked = 0.3 } }`.

use super::value::{Probability, Refused};
use super::written::Name;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// How probable an item is, by hypothesis; every number strictly between 0 and 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Likelihood {
    /// When nobody on the list has to do with it.
    pub unlisted: f64,
    /// For candidates about whom the item says anything; for all others it is as under `unlisted`.
    pub on: BTreeMap<usize, Roles>,
    /// The candidates as they are named, until they are found in the list of the case.
    pub(crate) named: Vec<(Name, Roles)>,
}

/// How probable an item is when this candidate has to do with the incident.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roles {
    /// The group, tasked.
    pub tasked: f64,
    /// The group or its members, not tasked.
    pub untasked: f64,
    /// Contractors and former members.
    pub contractor: f64,
    /// Others with the group's code; none to derive it from the shareability.
    pub reuse: Option<f64>,
    /// A false flag on the group; none to derive it from the forgeability.
    pub false_flag: Option<f64>,
}

impl<'de> Deserialize<'de> for Likelihood {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Likelihood;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with `unlisted` and candidate ids")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Likelihood, A::Error> {
                let (mut unlisted, mut named) = (None, Vec::new());
                while let Some(key) = map.next_key::<Name>()? {
                    if key == *"unlisted" {
                        unlisted = Some(map.next_value::<Probability>()?.into());
                    } else {
                        let roles = map.next_value_seed(RolesOf(&key))?;
                        named.push((key, roles));
                    }
                }
                let missing =
                    "missing `unlisted`: how probable is this when nobody on the list is behind it?";
                let unlisted = unlisted.ok_or_else(|| A::Error::custom(missing))?;
                Ok(Likelihood { unlisted, on: BTreeMap::new(), named })
            }
        }
        from.deserialize_map(Visit)
    }
}

/// Roles by name, none of which has to be there by itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Table {
    /// The group, tasked by its sponsor; as `untasked` unless told.
    tasked: Option<Probability>,
    /// The group or its members, not tasked; as `tasked` unless told.
    untasked: Option<Probability>,
    /// Contractors and former members; as `untasked` unless told.
    contractor: Option<Probability>,
    /// Derived from the shareability unless told.
    reuse: Option<Probability>,
    /// Derived from the forgeability unless told.
    false_flag: Option<Probability>,
}

/// Reads the roles of the candidate of this name: a probability for the group's own doing, or a [`Table`].
struct RolesOf<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for RolesOf<'_> {
    type Value = Roles;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Roles, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RolesOf<'_> {
    type Value = Roles;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a probability, or a table of `tasked`, `untasked`, `contractor`, `reuse`, `false-flag`")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Roles, E> {
        let value = Probability::try_from(value).map_err(E::custom)?.into();
        Ok(Roles { tasked: value, untasked: value, contractor: value, reuse: None, false_flag: None })
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Roles, E> {
        self.visit_f64(value as f64)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Roles, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        let (tasked, untasked) = (table.tasked.map(f64::from), table.untasked.map(f64::from));
        let Some(group) = untasked.or(tasked) else {
            return Err(A::Error::custom(Refused {
                message: format!("neither `tasked` nor `untasked` for `{}`", self.0),
                hint: "say how probable the item is when the group itself is behind it",
            }));
        };
        Ok(Roles {
            tasked: tasked.unwrap_or(group),
            untasked: group,
            contractor: table.contractor.map_or(group, f64::from),
            reuse: table.reuse.map(f64::from),
            false_flag: table.false_flag.map(f64::from),
        })
    }
}
