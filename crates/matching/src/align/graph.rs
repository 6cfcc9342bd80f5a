//! The two call graphs that are put side by side.

use crate::document::ratio;
use crate::flow::Sketch;
use crate::indices::no_fingerprint;
use crate::lists::{Found, side_by_side};
use crate::program::Program;
use crate::similarity::shape;
use cognate_base::{TypedIndex, TypedVec};
use cognate_fingerprint::Fingerprint;

/// One function of a side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    /// What is compared.
    pub fingerprint: &'a Fingerprint,
    /// Callees, as numbers of functions, sorted.
    pub callees: &'a [u32],
}

/// One sample as a call graph.
#[derive(Debug)]
pub(crate) struct Side<'a, I> {
    functions: TypedVec<I, &'a Fingerprint>,
    callees: Runs<I, I>,
    callers: Runs<I, I>,
    flows: TypedVec<I, Sketch>,
}

impl<'a, I: TypedIndex> Side<'a, I> {
    /// Turns the call graph round. Callees that are no functions of the sample are left out.
    pub fn new(nodes: &[Node<'a>]) -> Self {
        let functions = TypedVec::new(nodes.iter().map(|node| node.fingerprint).collect(), no_fingerprint());
        let calls = nodes.iter().enumerate().flat_map(|(position, node)| {
            let callees = node.callees.iter().filter_map(|&callee| functions.checked(callee));
            callees.map(move |callee| (I::of(position), callee))
        });
        let mut called: Vec<(I, I)> = calls.clone().map(|(caller, callee)| (callee, caller)).collect();
        called.sort_unstable();
        let flows = nodes.iter().map(|node| Sketch::new(&node.fingerprint.flow.features)).collect();
        Side {
            callees: Runs::new(nodes.len(), calls.collect(), |call| call.0).map(|call| call.1),
            callers: Runs::new(nodes.len(), called, |call| call.0).map(|call| call.1),
            flows: TypedVec::new(flows, Sketch::new(&[])),
            functions,
        }
    }

    /// A sample that was read here.
    pub fn of(program: &Program<'a, I>) -> Self {
        let functions = program.functions.items().iter();
        let nodes: Vec<Node<'_>> =
            functions.map(|own| Node { fingerprint: &own.fingerprint, callees: &own.callees }).collect();
        Side::new(&nodes)
    }

    /// How many functions it has.
    pub fn len(&self) -> usize {
        self.functions.len()
    }

    /// What a function calls.
    pub fn callees(&self, function: I) -> &[I] {
        self.callees.of(function)
    }

    /// What calls a function, ascending.
    pub fn callers(&self, function: I) -> &[I] {
        self.callers.of(function)
    }

    /// The function so many steps on in address order.
    pub fn beside(&self, function: I, steps: isize) -> Option<I> {
        self.functions.checked(u32::try_from(function.position().checked_add_signed(steps)?).ok()?)
    }

    /// How alike two functions are that nothing but their place brought together, 0 to 1.
    pub fn kin<J: TypedIndex>(&self, function: I, there: &Side<'_, J>, other: J) -> f64 {
        let flow = self.flows[function].similarity(&there.flows[other]);
        kin(self.functions[function], there.functions[other], flow)
    }
}

/// Content and shape, unweighted: equal code is 1. `flow` says how alike the data flow is.
fn kin(a: &Fingerprint, b: &Fingerprint, flow: f64) -> f64 {
    if a.exact == b.exact {
        return 1.0;
    }
    let jaccard = match (&a.tokens, &b.tokens) {
        (Some((a, _)), Some((b, _))) => a.similarity(b),
        _ => 0.0,
    };
    let shape = shape(a, b);
    let code = jaccard.max(common(&a.blocks, &b.blocks)).max(flow);
    if a.anchors.is_empty() && b.anchors.is_empty() {
        return 0.5 * shape + 0.5 * code;
    }
    0.4 * shape + 0.3 * code + 0.3 * common(&a.anchors, &b.anchors)
}

/// What two sorted lists have in common, over the shorter.
fn common<T: Ord>(a: &[T], b: &[T]) -> f64 {
    let (first, second) = (a.iter().map(|item| (item, ())), b.iter().map(|item| (item, ())));
    let both = side_by_side(first, second).filter(|found| matches!(found, Found::Both(..)));
    ratio(both.count() as f64, a.len().min(b.len()) as f64)
}

/// A list that is cut into one run for each function.
#[derive(Debug)]
pub(crate) struct Runs<I, T> {
    /// Where the run of each function begins and ends.
    ends: TypedVec<I, (u32, u32)>,
    items: Vec<T>,
}

impl<I: TypedIndex, T> Runs<I, T> {
    /// Cuts a list in which the items of one function stand together.
    pub fn new(functions: usize, items: Vec<T>, function_of: impl Fn(&T) -> I) -> Self {
        let mut ends: TypedVec<I, (u32, u32)> = vec![(0, 0); functions].into();
        for (item, here) in items.iter().zip(0u32..) {
            let (start, end) = &mut ends[function_of(item)];
            if start == end {
                *start = here;
            }
            *end = here + 1;
        }
        Runs { ends, items }
    }

    /// The same list of something else, item by item.
    pub fn map<U>(self, other: impl Fn(T) -> U) -> Runs<I, U> {
        Runs { ends: self.ends, items: self.items.into_iter().map(other).collect() }
    }

    /// The run of a function.
    pub fn of(&self, function: I) -> &[T] {
        let (start, end) = self.ends[function];
        self.items.get(start as usize..end as usize).unwrap_or_default()
    }

    /// All items in order.
    pub fn all(&self) -> &[T] {
        &self.items
    }
}
