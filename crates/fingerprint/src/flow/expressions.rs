//! Features as people can read them, with the instructions that make them.

use super::around::Around;
use super::features::{Feature, Rule, What};
use super::{COPIES, Callees, SHIFT, Scratch, rarity};
use crate::bounded::shown;
use crate::site::Site;
use crate::{MAX_FLOW, strings};
use cognate_base::combine;
use cognate_binary::CallTarget;
use cognate_dataflow::text::Writer;
use cognate_dataflow::{Effect, Trace};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Bytes of the name of what is called.
const MOST_NAME: usize = 160;

/// One data-flow feature of a function, readable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expression {
    /// The feature, as in [`Flow::features`](crate::Flow::features).
    pub feature: u32,
    /// What it says; names and texts of the file as they are, not escaped.
    pub text: String,
    /// The address of the instruction that makes it.
    pub address: u64,
    /// How rare it is, in bits.
    pub bits: f32,
    /// Numbers are left out of account.
    pub rough: bool,
}

/// The features that [`super::flow`] keeps, readable; ascending by feature.
pub(crate) fn expressions(site: &Site<'_>, callees: &Callees, scratch: &mut Scratch) -> Vec<Expression> {
    let around = Around { site, callees };
    let Scratch { tracer, features, .. } = scratch;
    let trace = tracer.trace(site.image, site.function, &around);
    features.find(&around, trace);
    let mut copies: HashMap<u64, u64> = HashMap::new();
    let mut made: Vec<(u32, u64, Feature)> = Vec::new();
    for &feature in &features.found {
        let copy = copies.entry(feature.hash).or_default();
        let hash = combine(feature.hash, (*copy).min(COPIES - 1));
        *copy += 1;
        made.push((u32::MAX - rarity::hundredths((hash >> SHIFT) as u32), hash, feature));
    }
    made.sort_by_key(|(rank, hash, _)| (*rank, *hash));
    made.dedup_by_key(|(_, hash, _)| *hash);
    made.truncate(MAX_FLOW);
    let calls: Vec<String> =
        trace.effects.iter().filter_map(|placed| call_name(site, &placed.effect)).collect();
    let mut found: Vec<Expression> = made
        .iter()
        .map(|(_, hash, feature)| readable(site, trace, &calls, (hash >> SHIFT) as u32, feature))
        .collect();
    found.sort_by_key(|expression| expression.feature);
    found.dedup_by_key(|expression| expression.feature);
    found
}

/// A feature as text; `calls` has the names of what is called by the numbers of the calls.
fn readable(site: &Site<'_>, trace: &Trace, calls: &[String], number: u32, feature: &Feature) -> Expression {
    let name = |address| address_name(site, address);
    let call = |number: u64| match calls.get(number as usize) {
        Some(name) => format!("result of {name}"),
        None => "result".to_owned(),
    };
    let writer = Writer { graph: &trace.graph, address: &name, call: &call };
    let (text, address) = match feature.what {
        What::Node(node) => {
            let depth = if feature.rule == Rule::Argument { 1 } else { 2 };
            let text = writer.expression(node, depth);
            let made = trace.graph.node(node).made_by;
            let text = match feature.rule {
                Rule::Argument => format!("argument {text}"),
                Rule::Effect | Rule::RoughEffect => format!("whether {text}"),
                _ => text,
            };
            (text, Some(trace.addresses[made]))
        }
        What::Effect(at) => {
            let placed = trace.effects.get(at as usize);
            let text =
                placed.map_or_else(String::new, |placed| effect(site, &writer, &placed.effect, feature.rule));
            let before = at.checked_sub(1).and_then(|at| trace.effects.get(at as usize));
            let text = match (feature.rule, before) {
                (Rule::Pair, Some(before)) => {
                    format!("{}; {text}", effect(site, &writer, &before.effect, Rule::Pair))
                }
                _ => text,
            };
            (text, placed.map(|placed| placed.at))
        }
    };
    let rough = matches!(feature.rule, Rule::RoughEffect | Rule::Pair);
    let bits = rarity::flow_weight(number);
    Expression { feature: number, text, address: address.unwrap_or(site.function.address), bits, rough }
}

fn effect(site: &Site<'_>, writer: &Writer<'_>, effect: &Effect, rule: Rule) -> String {
    let depth = if rule == Rule::Pair { 1 } else { 2 };
    let text = |node| writer.expression(node, depth);
    match effect {
        Effect::Store { address, value, width } => {
            format!("store{width}{} = {}", bracketed(&text(*address)), text(*value))
        }
        Effect::Slot { offset, value, .. } => format!("local[{offset}] = {}", text(*value)),
        Effect::Call { arguments, .. } => {
            let name = call_name(site, effect).unwrap_or_default();
            let arguments: Vec<String> =
                arguments.iter().map(|&it| writer.expression(it, depth - 1)).collect();
            format!("{name}({})", arguments.join(", "))
        }
        Effect::Block { copy, operands: [to, from, count] } => {
            let name = if *copy { "copy" } else { "fill" };
            format!("{name}({}, {}, {})", text(*to), text(*from), text(*count))
        }
        Effect::Branch(condition) => {
            format!("if {}", text(writer.graph.negated(*condition).unwrap_or(*condition)))
        }
        Effect::Switch(target) => format!("switch {}", text(*target)),
        Effect::Return(value) => format!("return {}", text(*value)),
    }
}

fn bracketed(text: &str) -> String {
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
    format!("[{inner}]")
}

fn call_name(site: &Site<'_>, effect: &Effect) -> Option<String> {
    let Effect::Call { target, .. } = effect else { return None };
    Some(match target {
        CallTarget::Import(slot) => match site.hints.imports.get(slot) {
            Some(import) => shown(&import.name, MOST_NAME),
            None => "import".to_owned(),
        },
        CallTarget::Function(address) => address_name(site, *address),
        CallTarget::Unknown => "unknown function".to_owned(),
    })
}

fn address_name(site: &Site<'_>, address: u64) -> String {
    if let Some(import) = site.hints.imports.get(&address) {
        return shown(&import.name, MOST_NAME);
    }
    if site.image.is_code(address) {
        return format!("code {address:#x}");
    }
    match strings::text_at(site.image, address) {
        Some(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
        None => format!("data {address:#x}"),
    }
}
