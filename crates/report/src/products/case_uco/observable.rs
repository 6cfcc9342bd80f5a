//! Artefacts as observables of UCO.

use super::super::artefact::Artefact;
use super::super::identifier::named;
use super::graph::{Graph, Node, literal};
use serde_json::Value;
use std::net::IpAddr;

/// Adds an artefact; gives a reference to it.
pub(super) fn add(graph: &mut Graph<'_>, artefact: &Artefact) -> Value {
    let address = artefact_address(artefact);
    let (class, facet, key, value) = match artefact {
        Artefact::Md5(digest) => return file(graph, "MD5", digest),
        Artefact::Sha1(digest) => return file(graph, "SHA1", digest),
        Artefact::Sha256(digest) => return file(graph, "SHA256", digest),
        Artefact::Sha512(digest) => return file(graph, "SHA512", digest),
        Artefact::Domain(name) => ("DomainName", "DomainNameFacet", "value", name),
        Artefact::Url(url) => ("URL", "URLFacet", "fullValue", url),
        Artefact::Address(IpAddr::V4(_)) => ("IPv4Address", "IPv4AddressFacet", "addressValue", &address),
        Artefact::Address(IpAddr::V6(_)) => ("IPv6Address", "IPv6AddressFacet", "addressValue", &address),
    };
    let facet = Node::new(&named("case-uco facet", &[class, value]), &[&format!("uco-observable:{facet}")])
        .with(&format!("uco-observable:{key}"), value.as_str());
    observable(graph, class, value, facet)
}

fn artefact_address(artefact: &Artefact) -> String {
    if let Artefact::Address(address) = artefact { address.to_string() } else { String::new() }
}

fn file(graph: &mut Graph<'_>, method: &str, digest: &str) -> Value {
    let hash = Node::new(&named("case-uco hash", &[method, digest]), &["uco-types:Hash"])
        .with("uco-types:hashMethod", method)
        .with("uco-types:hashValue", literal("hexBinary", &digest.to_ascii_uppercase()));
    let facet = Node::new(&named("case-uco facet", &["File", digest]), &["uco-observable:ContentDataFacet"])
        .with("uco-observable:hash", hash.finish());
    observable(graph, "File", digest, facet)
}

fn observable(graph: &mut Graph<'_>, class: &str, value: &str, facet: Node) -> Value {
    let node = graph
        .shared("observable", &[class, value], &[&format!("uco-observable:{class}")])
        .with("uco-core:hasFacet", facet.finish());
    graph.add(node)
}
