//! JSON as it goes: the fields of every object by name, and nothing kept but their names.
//!
//! In comes any value, out goes what `serde_json` makes of the same value as a tree whose maps
//! are sorted, byte for byte. A tree takes eight times the room of its text; this takes none: an object is
//! asked for the names of its fields, then once more for each of them in order.

use serde::ser::{self, Error as _, Impossible, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Display;
use std::marker::PhantomData;

/// The name of a field.
type Name = Cow<'static, str>;

/// A value whose objects are written with their fields by name, and without [store numbers](NUMBER).
pub(crate) struct Sorted<'a, T: ?Sized>(pub &'a T);

/// A field that means something within one store only, where it stands beside [`ID`].
const NUMBER: &str = "key";
/// The field that says what the same thing is everywhere.
const ID: &str = "id";

impl<T: Serialize + ?Sized> Serialize for Sorted<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0.serialize(Ahead(to))? {
            Written::Whole(ok) => Ok(ok),
            Written::Object { to, names } => write_object(self.0, to, names, &[]),
            Written::Variant { to, variant, names } => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry(variant, &Body { of: self.0, names })?;
                map.end()
            }
        }
    }
}

/// An object with fields of its own before those of a value, which win where names are equal.
pub(crate) struct Envelope<'a, T: ?Sized> {
    /// What is put before.
    pub own: &'a [(&'static str, Value)],
    /// The value, which must be an object.
    pub body: &'a T,
}

impl<T: Serialize + ?Sized> Serialize for Envelope<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.body.serialize(Ahead(to))? {
            Written::Object { to, names } => write_object(self.body, to, names, self.own),
            Written::Whole(_) | Written::Variant { .. } => Err(S::Error::custom("a document is an object")),
        }
    }
}

/// The fields of a variant that has some.
struct Body<'a, T: ?Sized> {
    of: &'a T,
    names: Vec<Name>,
}

impl<T: Serialize + ?Sized> Serialize for Body<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        write_object(self.of, to, self.names.clone(), &[])
    }
}

/// Writes an object: those of its fields that have these names, in their order, among `own` ones.
fn write_object<T: Serialize + ?Sized, S: Serializer>(
    object: &T,
    to: S,
    mut names: Vec<Name>,
    own: &[(&'static str, Value)],
) -> Result<S::Ok, S::Error> {
    names.sort_unstable();
    names.dedup();
    if names.iter().any(|name| *name == ID) {
        names.retain(|name| *name != NUMBER);
    }
    let theirs = names.iter().map(|name| (&**name, None));
    let is_free = |name: &str| names.binary_search_by(|other| (**other).cmp(name)).is_err();
    let ours = own.iter().filter(|(name, _)| is_free(name)).map(|(name, value)| (*name, Some(value)));
    let mut fields: Vec<(&str, Option<&Value>)> = theirs.chain(ours).collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    let mut map = to.serialize_map(Some(fields.len()))?;
    for (name, value) in fields {
        match value {
            Some(value) => map.serialize_entry(name, value)?,
            None => object.serialize(Pick { name, into: &mut map, chosen: false })?,
        }
    }
    map.end()
}

/// What came of a value: it is written, or it is an object of which the names are known now.
enum Written<S: Serializer> {
    Whole(S::Ok),
    Object { to: S, names: Vec<Name> },
    Variant { to: S, variant: &'static str, names: Vec<Name> },
}

/// Writes what is no object.
struct Ahead<S>(S);

macro_rules! forward {
    ($($method:ident($type:ty))*) => {
        $(fn $method(self, value: $type) -> Result<Self::Ok, Self::Error> {
            self.0.$method(value).map(Written::Whole)
        })*
    };
}

impl<S: Serializer> Serializer for Ahead<S> {
    type Ok = Written<S>;
    type Error = S::Error;
    type SerializeSeq = Items<S::SerializeSeq, S>;
    type SerializeTuple = Items<S::SerializeSeq, S>;
    type SerializeTupleStruct = Items<S::SerializeSeq, S>;
    type SerializeTupleVariant = Impossible<Self::Ok, Self::Error>;
    type SerializeMap = Names<S>;
    type SerializeStruct = Names<S>;
    type SerializeStructVariant = Names<S>;

    forward! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f64(f64)
        serialize_char(char) serialize_str(&str) serialize_unit_struct(&'static str)
    }

    fn serialize_f32(self, value: f32) -> Result<Self::Ok, Self::Error> {
        // a tree knows no shorter numbers
        self.serialize_f64(f64::from(value))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Self::Ok, Self::Error> {
        self.0.collect_seq(value).map(Written::Whole)
    }

    fn serialize_none(self) -> Result<Self::Ok, Self::Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Self::Ok, Self::Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Self::Ok, Self::Error> {
        self.0.serialize_unit().map(Written::Whole)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Self::Ok, Self::Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Self::Ok, Self::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Self::Ok, Self::Error> {
        let mut map = self.0.serialize_map(Some(1))?;
        map.serialize_entry(variant, &Sorted(value))?;
        map.end().map(Written::Whole)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, Self::Error> {
        self.0.serialize_seq(len).map(|seq| Items(seq, PhantomData))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, Self::Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, Self::Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleVariant, Self::Error> {
        Err(S::Error::custom(format!("no document has a variant with several values: {variant}")))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Self::SerializeMap, Self::Error> {
        Ok(Names { to: self.0, variant: None, names: Vec::new() })
    }

    fn serialize_struct(self, _name: &'static str, len: usize) -> Result<Self::SerializeStruct, Self::Error> {
        Ok(Names { to: self.0, variant: None, names: Vec::with_capacity(len) })
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, Self::Error> {
        Ok(Names { to: self.0, variant: Some(variant), names: Vec::with_capacity(len) })
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<Self::Ok, Self::Error> {
        self.0.collect_str(value).map(Written::Whole)
    }
}

/// The items of a list, one after another.
struct Items<Q, S>(Q, PhantomData<S>);

macro_rules! items {
    ($($trait:ident::$method:ident)*) => {
        $(impl<S: Serializer> ser::$trait for Items<S::SerializeSeq, S> {
            type Ok = Written<S>;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Self::Error> {
                self.0.serialize_element(&Sorted(value))
            }

            fn end(self) -> Result<Self::Ok, Self::Error> {
                self.0.end().map(Written::Whole)
            }
        })*
    };
}

items! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
}

/// Hears the names of an object's fields and does not look at what they hold.
struct Names<S> {
    to: S,
    variant: Option<&'static str>,
    names: Vec<Name>,
}

impl<S: Serializer> Names<S> {
    fn written(self) -> Written<S> {
        let Names { to, variant, names } = self;
        match variant {
            Some(variant) => Written::Variant { to, variant, names },
            None => Written::Object { to, names },
        }
    }
}

/// The name of a field as a tree has it.
fn name_of<T: Serialize + ?Sized, E: ser::Error>(key: &T) -> Result<String, E> {
    match serde_json::to_value(key).map_err(E::custom)? {
        Value::String(name) => Ok(name),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(name) => Ok(name.to_string()),
        _ => Err(E::custom("the name of a field must be a string")),
    }
}

impl<S: Serializer> SerializeMap for Names<S> {
    type Ok = Written<S>;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Self::Error> {
        self.names.push(name_of(key)?.into());
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, _value: &T) -> Result<(), Self::Error> {
        Ok(())
    }

    fn end(self) -> Result<Self::Ok, Self::Error> {
        Ok(self.written())
    }
}

macro_rules! names {
    ($($trait:ident)*) => {
        $(impl<S: Serializer> ser::$trait for Names<S> {
            type Ok = Written<S>;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                _value: &T,
            ) -> Result<(), Self::Error> {
                self.names.push(name.into());
                Ok(())
            }

            fn end(self) -> Result<Self::Ok, Self::Error> {
                Ok(self.written())
            }
        })*
    };
}

names! { SerializeStruct SerializeStructVariant }

/// Writes the one field of an object that has a name.
struct Pick<'a, M> {
    name: &'a str,
    into: &'a mut M,
    /// The key of a map that was heard last is the name.
    chosen: bool,
}

impl<M: SerializeMap> SerializeMap for Pick<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), M::Error> {
        self.chosen = name_of::<T, M::Error>(key)? == self.name;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), M::Error> {
        if self.chosen { self.into.serialize_entry(self.name, &Sorted(value)) } else { Ok(()) }
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

macro_rules! pick {
    ($($trait:ident)*) => {
        $(impl<M: SerializeMap> ser::$trait for Pick<'_, M> {
            type Ok = ();
            type Error = M::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), M::Error> {
                if name == self.name { self.into.serialize_entry(name, &Sorted(value)) } else { Ok(()) }
            }

            fn end(self) -> Result<(), M::Error> {
                Ok(())
            }
        })*
    };
}

pick! { SerializeStruct SerializeStructVariant }

macro_rules! refuse {
    ($error:ty; $($method:ident($type:ty))*) => {
        $(fn $method(self, _value: $type) -> Result<Self::Ok, $error> {
            Err(no_object())
        })*
    };
}

fn no_object<E: ser::Error>() -> E {
    E::custom("a value is an object once and not the next time")
}

impl<'a, M: SerializeMap> Serializer for Pick<'a, M> {
    type Ok = ();
    type Error = M::Error;
    type SerializeSeq = Impossible<(), M::Error>;
    type SerializeTuple = Impossible<(), M::Error>;
    type SerializeTupleStruct = Impossible<(), M::Error>;
    type SerializeTupleVariant = Impossible<(), M::Error>;
    type SerializeMap = Pick<'a, M>;
    type SerializeStruct = Pick<'a, M>;
    type SerializeStructVariant = Pick<'a, M>;

    refuse! { M::Error;
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f32(f32)
        serialize_f64(f64) serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_unit_struct(&'static str)
    }

    fn serialize_none(self) -> Result<(), M::Error> {
        Err(no_object())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), M::Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), M::Error> {
        Err(no_object())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), M::Error> {
        Err(no_object())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), M::Error> {
        Err(no_object())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, M::Error> {
        Err(no_object())
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, M::Error> {
        Err(no_object())
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, M::Error> {
        Err(no_object())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, M::Error> {
        Err(no_object())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, M::Error> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, M::Error> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, M::Error> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    enum Shape {
        Bare,
        One(f32),
        Some { z: u8, a: Option<char> },
    }

    #[derive(Serialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        Empty,
        Full { z: Vec<Shape>, a: i64 },
    }

    #[derive(Serialize)]
    struct Flat {
        beside: u8,
        #[serde(flatten)]
        more: BTreeMap<u32, (f64, String)>,
    }

    /// What a tree says, with fields by name.
    fn check<T: Serialize>(value: &T) {
        let tree = serde_json::to_value(value).unwrap();
        let expected = serde_json::to_string_pretty(&tree).unwrap();
        assert_eq!(serde_json::to_string_pretty(&Sorted(value)).unwrap(), expected);
    }

    #[test]
    fn lists_maps_and_variants_are_written_as_a_tree_is() {
        let shapes = || vec![Shape::Bare, Shape::One(0.1), Shape::Some { z: 1, a: Some('\u{1}') }];
        check(&Tagged::Empty);
        check(&Tagged::Full { z: shapes(), a: -3 });
        check(&(1, "text \" \\ \u{7f}", None::<u8>, f64::NAN, f32::MAX, Vec::<u8>::new(), ()));
        let more = BTreeMap::from([(30, (0.3, "c".to_owned())), (4, (1e300, String::new()))]);
        check(&Flat { beside: 9, more });
        check(&BTreeMap::<u8, u8>::new());
        check(&BTreeMap::from([(true, shapes())]));
    }

    #[test]
    fn a_samples_number_in_its_store_is_left_out_and_other_keys_stay() {
        let value = serde_json::json!({ "samples": [{ "key": 7, "id": "ab", "name": "n" }], "key": 1 });
        let expected = serde_json::json!({ "samples": [{ "id": "ab", "name": "n" }], "key": 1 });
        assert_eq!(serde_json::to_value(Sorted(&value)).unwrap(), expected);
    }

    #[test]
    fn the_fields_of_a_document_win_over_those_of_its_envelope() {
        let own = [("z", Value::from(1)), ("a", Value::from(2))];
        let body = serde_json::json!({ "m": 3, "a": 4 });
        let text = serde_json::to_string(&Envelope { own: &own, body: &body }).unwrap();
        assert_eq!(text, r#"{"a":4,"m":3,"z":1}"#);
    }
}
