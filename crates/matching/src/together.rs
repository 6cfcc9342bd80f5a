//! Which of many files belong together, by the ties between them.
//!
//! Two files are joined where each of them, asked about, would be held related to the other. Groups are the connected
//! parts of that. So a file may be in a group without being joined to every other in it; where one file alone holds parts
//! together that nothing else joins, it is a bridge, and is told.

use std::collections::{BTreeMap, BTreeSet};

/// Files that belong together, as places among all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    /// The files, ascending.
    pub files: Vec<usize>,
    /// Pairs of them that are joined.
    pub pairs: usize,
    /// Those without which others of two or more files each would no longer hang together.
    pub bridges: Vec<usize>,
}

/// Puts files together that are tied both ways; the largest group first, then by the first file. Of files that are joined
/// to nobody there is none.
pub fn together(files: usize, ties: &BTreeSet<(usize, usize)>) -> Vec<Together> {
    let mut joined: Vec<Vec<usize>> = vec![Vec::new(); files];
    for &(from, to) in ties.iter().filter(|(from, to)| from != to && ties.contains(&(*to, *from))) {
        if let Some(others) = joined.get_mut(from) {
            others.push(to);
        }
    }
    let mut groups: Vec<Together> =
        parts(&joined, (0..files).collect()).into_iter().filter_map(|part| group(&joined, part)).collect();
    groups.sort_by(|a, b| b.files.len().cmp(&a.files.len()).then_with(|| a.files.cmp(&b.files)));
    groups
}

fn group(joined: &[Vec<usize>], files: Vec<usize>) -> Option<Together> {
    (files.len() > 1).then_some(())?;
    let ends: usize = files.iter().filter_map(|&file| joined.get(file)).map(Vec::len).sum();
    Some(Together { pairs: ends / 2, bridges: bridges(joined, &files), files })
}

/// A file on the way through a connected part.
#[derive(Clone, Copy, Default)]
struct Visit {
    /// From where it was come to.
    from: Option<usize>,
    /// Its place on the way, and the first place that it and those behind it are joined to.
    order: usize,
    first: usize,
    /// Files behind it, with itself; those of them that hang together through it alone; and of such parts how many are more
    /// than one file.
    behind: usize,
    hanging: usize,
    parts: usize,
    /// How many of those that it is joined to were looked at.
    looked_at: usize,
}

/// The files of a connected part without which it would fall into several parts of more than one file (Tarjan's walk).
fn bridges(joined: &[Vec<usize>], files: &[usize]) -> Vec<usize> {
    let mut visits: BTreeMap<usize, Visit> = BTreeMap::new();
    let mut at = files.first().copied();
    let mut bridges = Vec::new();
    while let Some(file) = at {
        let order = visits.len();
        let visit =
            visits.entry(file).or_insert(Visit { order, first: order, behind: 1, ..Visit::default() });
        let next = joined.get(file).and_then(|others| others.get(visit.looked_at)).copied();
        visit.looked_at += 1;
        let Visit { from, order, first, behind, hanging, parts, .. } = *visit;
        match next {
            Some(other) if Some(other) == from => {}
            Some(other) => match visits.get(&other).map(|other| other.order) {
                Some(order) => {
                    visits.entry(file).and_modify(|it| it.first = it.first.min(order));
                }
                None => {
                    let visit = Visit { from: Some(file), order: visits.len(), ..Visit::default() };
                    visits.insert(other, Visit { first: visit.order, behind: 1, ..visit });
                    at = Some(other);
                }
            },
            None => {
                let above = files.len() - 1 - hanging;
                let is_root = order == 0;
                let all = parts + usize::from(!is_root && above > 1);
                if all > 1 {
                    bridges.push(file);
                }
                if let Some(from) = from.and_then(|from| visits.get_mut(&from)) {
                    from.first = from.first.min(first);
                    from.behind += behind;
                    if first >= from.order {
                        from.hanging += behind;
                        from.parts += usize::from(behind > 1);
                    }
                }
                at = from;
            }
        }
    }
    bridges.sort_unstable();
    bridges
}

/// The connected parts of all files, each ascending.
fn parts(joined: &[Vec<usize>], mut left: BTreeSet<usize>) -> Vec<Vec<usize>> {
    let mut parts = Vec::new();
    while let Some(first) = left.pop_first() {
        let (mut part, mut waiting) = (Vec::new(), vec![first]);
        while let Some(file) = waiting.pop() {
            part.push(file);
            let others = joined.get(file).into_iter().flatten().copied();
            waiting.extend(others.filter(|other| left.remove(other)));
        }
        part.sort_unstable();
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: usize, pairs: &[(usize, usize)], one_way: &[(usize, usize)], expected: &str) {
        let both = pairs.iter().flat_map(|&(a, b)| [(a, b), (b, a)]);
        let ties = both.chain(one_way.iter().copied()).collect();
        let told: Vec<String> = together(files, &ties)
            .iter()
            .map(|it| format!("{:?} by {} over {:?}", it.files, it.pairs, it.bridges))
            .collect();
        assert_eq!(told.join("; "), expected);
    }

    #[test]
    fn only_ties_both_ways_join() {
        check(3, &[(0, 1)], &[(1, 2)], "[0, 1] by 1 over []");
        check(3, &[], &[(0, 0), (1, 2)], "");
    }

    #[test]
    fn the_largest_group_comes_first() {
        check(5, &[(0, 4), (1, 2), (2, 3)], &[], "[1, 2, 3] by 2 over []; [0, 4] by 1 over []");
    }

    #[test]
    fn one_that_alone_holds_parts_together_is_a_bridge() {
        let pairs = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)];
        check(6, &pairs, &[], "[0, 1, 2] by 3 over []; [3, 4, 5] by 3 over []");
        check(6, &[&pairs[..], &[(2, 3)]].concat(), &[], "[0, 1, 2, 3, 4, 5] by 7 over [2, 3]");
        check(6, &[&pairs[..], &[(2, 3), (1, 4)]].concat(), &[], "[0, 1, 2, 3, 4, 5] by 8 over []");
    }

    #[test]
    fn a_file_that_hangs_on_one_other_makes_no_bridge() {
        check(4, &[(0, 1), (0, 2), (0, 3)], &[], "[0, 1, 2, 3] by 3 over []");
        check(5, &[(0, 1), (1, 2), (2, 3), (3, 4)], &[], "[0, 1, 2, 3, 4] by 4 over [2]");
    }

    #[test]
    fn a_tie_to_nobody_counts_nothing() {
        check(2, &[(0, 7)], &[], "");
    }
}
