//! Places a small directed graph in layers, as Sugiyama, Tagawa and Toda do (1981): ways that lead back are turned, each
//! node stands below all that lead to it, the middle of what it is joined to draws it sideways.
//!
//! Crates for this either give no routes of edges (`rust-sugiyama`) or write pictures with styles of their own
//! (`layout-rs`), which the content security policy of our pages forbids.

use std::collections::BTreeSet;

/// How large nodes are, and how far apart.
pub(super) const WIDE: f64 = 124.0;
pub(super) const HIGH: f64 = 38.0;
const BESIDE: f64 = 22.0;
const BELOW: f64 = 34.0;
/// What a way takes that passes a layer.
const PASSING: f64 = 14.0;
/// How often nodes are drawn to the middle of those above, and of those below.
const ROUNDS: usize = 6;

/// Where everything is.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Placed {
    /// The left upper corner of each node.
    pub nodes: Vec<(f64, f64)>,
    /// Of each way from node to another node the points that it passes, from its beginning to its end.
    pub ways: Vec<Vec<(f64, f64)>>,
    pub width: f64,
    pub height: f64,
}

/// A node, or the place at which a way passes a layer.
struct Point {
    layer: usize,
    wide: f64,
    /// Its middle.
    x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Places `nodes` nodes; ways lead from one to another, to itself are not drawn. Ways back are looked for from `entry`.
pub(super) fn layered(nodes: usize, ways: &[(usize, usize)], entry: usize) -> Placed {
    let turned = leading_back(nodes, ways, entry);
    let down =
        |at: usize, (from, to): (usize, usize)| if turned.contains(&at) { (to, from) } else { (from, to) };
    let forward: Vec<(usize, usize)> = ways.iter().enumerate().map(|(at, way)| down(at, *way)).collect();
    let layers = layers(nodes, &forward);
    let mut points: Vec<Point> = layers.iter().map(|layer| point(*layer, WIDE)).collect();
    let routes: Vec<Vec<usize>> = forward.iter().map(|way| route(&mut points, *way)).collect();
    let mut order = order(&points);
    for round in 0..ROUNDS {
        arrange(&mut points, &mut order, round % 2 == 0);
    }
    placed(nodes, &points, &routes, &turned)
}

fn point(layer: usize, wide: f64) -> Point {
    Point { layer, wide, x: 0.0, above: Vec::new(), below: Vec::new() }
}

/// The ways that lead back to a node from which they were reached.
fn leading_back(nodes: usize, ways: &[(usize, usize)], entry: usize) -> BTreeSet<usize> {
    let mut out: Vec<Vec<(usize, usize)>> = vec![Vec::new(); nodes];
    for (at, (from, to)) in ways.iter().enumerate() {
        if let Some(list) = out.get_mut(*from) {
            list.push((at, *to));
        }
    }
    let mut back = BTreeSet::new();
    // 0 not seen, 1 on the way here, 2 done
    let mut state = vec![0u8; nodes];
    for start in std::iter::once(entry).chain(0..nodes) {
        if state.get(start) != Some(&0) {
            continue;
        }
        let mut stack = vec![(start, 0usize)];
        set(&mut state, start, 1);
        while let Some((node, next)) = stack.last_mut() {
            let (node, way) = (*node, out.get(*node).and_then(|list| list.get(*next)).copied());
            *next += 1;
            let Some((at, to)) = way else {
                set(&mut state, node, 2);
                stack.pop();
                continue;
            };
            match state.get(to) {
                Some(0) => {
                    set(&mut state, to, 1);
                    stack.push((to, 0));
                }
                Some(1) => {
                    back.insert(at);
                }
                _ => {}
            }
        }
    }
    back
}

/// Sets an element that is there.
fn set<T>(list: &mut [T], at: usize, value: T) {
    debug_assert!(at < list.len(), "a node that is not there");
    if let Some(own) = list.get_mut(at) {
        *own = value;
    }
}

/// The layer of each node: below all that lead to it.
fn layers(nodes: usize, ways: &[(usize, usize)]) -> Vec<usize> {
    let mut layers = vec![0; nodes];
    // without circles the longest way has fewer steps than there are nodes
    for _ in 0..nodes {
        let mut moved = false;
        for (from, to) in ways.iter().filter(|(from, to)| from != to) {
            let least = layers.get(*from).map_or(0, |layer| layer + 1);
            if let Some(layer) = layers.get_mut(*to).filter(|layer| **layer < least) {
                (*layer, moved) = (least, true);
            }
        }
        if !moved {
            break;
        }
    }
    layers
}

/// The points of a way, with a new one for each layer that it passes.
fn route(points: &mut Vec<Point>, (from, to): (usize, usize)) -> Vec<usize> {
    let layer = |points: &[Point], at: usize| points.get(at).map_or(0, |point| point.layer);
    let passed = (layer(points, from) + 1)..layer(points, to);
    let mut route = vec![from];
    for layer in passed {
        points.push(point(layer, PASSING));
        route.push(points.len() - 1);
    }
    route.push(to);
    if from == to {
        return route;
    }
    for (one, other) in route.iter().zip(route.iter().skip(1)) {
        if let Some(point) = points.get_mut(*one) {
            point.below.push(*other);
        }
        if let Some(point) = points.get_mut(*other) {
            point.above.push(*one);
        }
    }
    route
}

/// The points of each layer, from the left.
fn order(points: &[Point]) -> Vec<Vec<usize>> {
    let most = points.iter().map(|point| point.layer + 1).max().unwrap_or(0);
    let mut order = vec![Vec::new(); most];
    for (at, point) in points.iter().enumerate() {
        if let Some(layer) = order.get_mut(point.layer) {
            layer.push(at);
        }
    }
    order
}

/// Draws each point to the middle of those above it, or below it, layer by layer; nothing overlaps.
fn arrange(points: &mut [Point], order: &mut [Vec<usize>], downwards: bool) {
    let mut layers: Vec<&mut Vec<usize>> = order.iter_mut().collect();
    if !downwards {
        layers.reverse();
    }
    for layer in layers {
        let wanted = |at: &usize| {
            let Some(point) = points.get(*at) else { return 0.0 };
            let beside = if downwards { &point.above } else { &point.below };
            let sum: f64 = beside.iter().filter_map(|at| points.get(*at)).map(|point| point.x).sum();
            if beside.is_empty() { point.x } else { sum / beside.len() as f64 }
        };
        let mut wanted: Vec<(usize, f64)> = layer.iter().map(|at| (*at, wanted(at))).collect();
        wanted.sort_by(|(_, one), (_, other)| one.total_cmp(other));
        *layer = wanted.iter().map(|(at, _)| *at).collect();
        let wides: Vec<f64> =
            layer.iter().map(|at| points.get(*at).map_or(0.0, |point| point.wide)).collect();
        let wanted: Vec<f64> = wanted.into_iter().map(|(_, x)| x).collect();
        for (at, x) in layer.iter().zip(apart(&wanted, &wides)) {
            if let Some(point) = points.get_mut(*at) {
                point.x = x;
            }
        }
    }
}

/// The middles nearest to those wanted, by squares, at which nothing overlaps: pooled adjacent violators.
fn apart(wanted: &[f64], wides: &[f64]) -> Vec<f64> {
    let mut offsets = Vec::new();
    let (mut offset, mut before) = (0.0, None);
    for wide in wides {
        offset += before.map_or(0.0, |before: f64| (before + wide) / 2.0 + BESIDE);
        before = Some(*wide);
        offsets.push(offset);
    }
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (wanted, offset) in wanted.iter().zip(&offsets) {
        pools.push((wanted - offset, 1));
        while let [.., (left, many), (right, others)] = pools.as_slice()
            && left > right
        {
            let all = many + others;
            let mean = (left * *many as f64 + right * *others as f64) / all as f64;
            pools.truncate(pools.len().saturating_sub(2));
            pools.push((mean, all));
        }
    }
    let shifts = pools.into_iter().flat_map(|(mean, many)| std::iter::repeat_n(mean, many));
    shifts.zip(offsets).map(|(shift, offset)| shift + offset).collect()
}

fn placed(nodes: usize, points: &[Point], routes: &[Vec<usize>], turned: &BTreeSet<usize>) -> Placed {
    let left = points.iter().map(|point| point.x - point.wide / 2.0).fold(f64::INFINITY, f64::min);
    let right = points.iter().map(|point| point.x + point.wide / 2.0).fold(f64::NEG_INFINITY, f64::max);
    let bottom = points.iter().map(|point| point.layer + 1).max().unwrap_or(0) as f64;
    let x = |point: &Point| point.x - left + MARGIN;
    let top = |point: &Point| MARGIN + point.layer as f64 * (HIGH + BELOW);
    let way = |(at, route): (usize, &Vec<usize>)| {
        // a way back and one forth between two nodes are not one line
        let aside = if turned.contains(&at) { ASIDE } else { 0.0 };
        let mut way: Vec<(f64, f64)> = Vec::new();
        for (place, point) in route.iter().filter_map(|at| points.get(*at)).enumerate() {
            let x = x(point) + aside;
            if place > 0 {
                way.push((x, top(point)));
            }
            if place + 1 < route.len() {
                way.push((x, top(point) + HIGH));
            }
        }
        if turned.contains(&at) {
            way.reverse();
        }
        if route.first() == route.last() { Vec::new() } else { way }
    };
    Placed {
        nodes: points.iter().take(nodes).map(|point| (x(point) - WIDE / 2.0, top(point))).collect(),
        ways: routes.iter().enumerate().map(way).collect(),
        width: if points.is_empty() { 0.0 } else { right - left + 2.0 * MARGIN },
        height: 2.0 * MARGIN + bottom * (HIGH + BELOW) - BELOW,
    }
}

/// Space around all.
const MARGIN: f64 = 8.0;
/// How far to the right ways that lead back begin and end.
const ASIDE: f64 = 12.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// The layer of each node.
    #[track_caller]
    fn check(nodes: usize, ways: &[(usize, usize)], expected: &[usize]) {
        let placed = layered(nodes, ways, 0);
        let layer = |(_, y): &(f64, f64)| ((y - MARGIN) / (HIGH + BELOW)).round() as usize;
        assert_eq!(placed.nodes.iter().map(layer).collect::<Vec<_>>(), expected);
        for (one, (x, y)) in placed.nodes.iter().enumerate() {
            assert!(*x >= 0.0 && x + WIDE <= placed.width && y + HIGH <= placed.height, "{placed:?}");
            for (other, (left, top)) in placed.nodes.iter().enumerate() {
                assert!(one == other || top != y || (left - x).abs() >= WIDE, "{one} {other} {placed:?}");
            }
        }
    }

    #[test]
    fn each_node_stands_below_those_that_lead_to_it() {
        check(0, &[], &[]);
        check(1, &[], &[0]);
        check(4, &[(0, 1), (0, 2), (1, 3), (2, 3)], &[0, 1, 1, 2]);
        check(4, &[(0, 1), (1, 2), (2, 3), (0, 3)], &[0, 1, 2, 3]);
    }

    #[test]
    fn what_leads_back_or_to_itself_moves_nothing() {
        check(3, &[(0, 1), (1, 2), (2, 1), (1, 1), (2, 0)], &[0, 1, 2]);
        check(2, &[(1, 0)], &[1, 0]);
    }

    #[test]
    fn a_node_stands_below_the_middle_of_two() {
        let placed = layered(4, &[(0, 1), (0, 2), (1, 3), (2, 3)], 0);
        let middle = (placed.nodes[1].0 + placed.nodes[2].0) / 2.0;
        assert!((placed.nodes[3].0 - middle).abs() < 0.01 && (placed.nodes[0].0 - middle).abs() < 0.01);
    }

    #[test]
    fn ways_begin_and_end_at_their_nodes() {
        let placed = layered(3, &[(0, 1), (1, 2), (0, 2), (2, 0)], 0);
        let ends = |at: usize| (placed.ways[at][0].1, placed.ways[at].last().unwrap().1);
        let top = |at: usize| placed.nodes[at].1;
        assert_eq!(ends(2), (top(0) + HIGH, top(2)));
        assert_eq!(ends(3), (top(2), top(0) + HIGH));
    }
}
