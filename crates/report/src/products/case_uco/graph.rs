//! A graph of JSON-LD being made: prefixes, names of nodes, the marking, literals with their types.

use super::super::identifier::named;
use super::super::plain::plain;
use super::{Days, timestamp};
use cognate_case::Assessment;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Our vocabulary: what CASE and UCO have no name for.
const VOCABULARY: &str = "https://github.com/cognate/cognate/ns/case#";

/// A node being made.
pub(super) struct Node(Map<String, Value>);

impl Node {
    /// Begins a node of these classes.
    pub(super) fn new(id: &Uuid, classes: &[&str]) -> Node {
        let mut fields = Map::new();
        fields.insert("@id".to_owned(), format!("urn:uuid:{id}").into());
        let classes = if let [one] = classes { json!(one) } else { json!(classes) };
        fields.insert("@type".to_owned(), classes);
        Node(fields)
    }

    /// Sets a property; an empty text, an empty list and nothing leave it out.
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Node {
        let value = match value.into() {
            Value::String(text) => plain(&text).into(),
            other => other,
        };
        let empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if !empty {
            self.0.insert(key.to_owned(), value);
        }
        self
    }

    /// The node, to stand inside another.
    pub(super) fn finish(self) -> Value {
        Value::Object(self.0)
    }
}

/// A graph being made of an assessment.
pub(super) struct Graph<'a> {
    assessment: &'a Assessment,
    marking: Value,
    nodes: Vec<Value>,
    known: BTreeSet<String>,
}

impl<'a> Graph<'a> {
    /// Begins with the marking of the product.
    pub(super) fn new(assessment: &'a Assessment) -> Graph<'a> {
        let label = assessment.case.tlp.label();
        let id = named("case-uco marking", &[label]);
        let statement = Node::new(&named("case-uco statement", &[label]), &["uco-marking:StatementMarking"])
            .with("uco-marking:definitionType", "statement")
            .with("uco-marking:statement", label);
        let marking = Node::new(&id, &["uco-marking:MarkingDefinition"])
            .with("uco-core:name", label)
            .with("uco-marking:definitionType", "statement")
            .with("uco-marking:definition", statement.finish());
        let marked = json!({ "@id": format!("urn:uuid:{id}") });
        Graph { assessment, marking: marked, nodes: vec![marking.finish()], known: BTreeSet::new() }
    }

    /// Begins a node of the case, marked and dated.
    pub(super) fn node(&self, role: &str, key: &[&str], classes: &[&str]) -> Node {
        Node::new(&self.id(role, key), classes)
            .with("uco-core:objectMarking", self.marking.clone())
            .with("uco-core:modifiedTime", time(&timestamp(Days::of(self.assessment).modified)))
    }

    /// Begins a node that is the same in every case.
    pub(super) fn shared(&self, role: &str, key: &[&str], classes: &[&str]) -> Node {
        Node::new(&named(&format!("case-uco {role}"), key), classes)
            .with("uco-core:objectMarking", self.marking.clone())
    }

    /// A reference to a node of the case.
    pub(super) fn reference(&self, role: &str, key: &[&str]) -> Value {
        json!({ "@id": format!("urn:uuid:{}", self.id(role, key)) })
    }

    /// Adds a node unless the graph holds it; gives a reference to it.
    pub(super) fn add(&mut self, node: Node) -> Value {
        let id = node.0.get("@id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if self.known.insert(id.clone()) {
            self.nodes.push(node.finish());
        }
        json!({ "@id": id })
    }

    /// References to all nodes added so far.
    pub(super) fn all(&self) -> Vec<Value> {
        self.known.iter().map(|id| json!({ "@id": id })).collect()
    }

    /// The finished document.
    pub(super) fn finish(self) -> Value {
        let uco = |name: &str| format!("https://ontology.unifiedcyberontology.org/uco/{name}/");
        json!({
            "@context": {
                "case-investigation": "https://ontology.caseontology.org/case/investigation/",
                "cognate": VOCABULARY,
                "uco-action": uco("action"),
                "uco-analysis": uco("analysis"),
                "uco-core": uco("core"),
                "uco-identity": uco("identity"),
                "uco-marking": uco("marking"),
                "uco-observable": uco("observable"),
                "uco-tool": uco("tool"),
                "uco-types": uco("types"),
                "xsd": "http://www.w3.org/2001/XMLSchema#",
            },
            "@graph": self.nodes,
        })
    }

    fn id(&self, role: &str, key: &[&str]) -> Uuid {
        let mut parts = vec![self.assessment.case.id.as_str()];
        parts.extend(key);
        named(&format!("case-uco {role}"), &parts)
    }
}

/// A literal of a type.
pub(super) fn literal(kind: &str, value: &str) -> Value {
    json!({ "@type": format!("xsd:{kind}"), "@value": value })
}

/// A text, made harmless.
pub(super) fn text(value: &str) -> Value {
    plain(value).into()
}

/// A point in time.
pub(super) fn time(stamp: &str) -> Value {
    literal("dateTime", stamp)
}

/// A whole number that is not negative.
pub(super) fn number(value: u8) -> Value {
    literal("nonNegativeInteger", &value.to_string())
}

/// A number; null for what is none.
pub(super) fn decimal(value: f64) -> Value {
    if value.is_finite() { literal("decimal", &value.to_string()) } else { Value::Null }
}
