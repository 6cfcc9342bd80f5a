//! Two sorted lists walked together.

use std::cmp::Ordering;
use std::iter::from_fn;

/// What stands at one step of a walk through two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found<A, B> {
    /// Only the first list has it.
    First(A),
    /// Only the second list has it.
    Second(B),
    /// Both have it.
    Both(A, B),
}

/// Walks through two lists of keys with values, both ascending by key.
pub(crate) fn side_by_side<K: Ord, A, B>(
    first: impl IntoIterator<Item = (K, A)>,
    second: impl IntoIterator<Item = (K, B)>,
) -> impl Iterator<Item = Found<A, B>> {
    let (mut first, mut second) = (first.into_iter().peekable(), second.into_iter().peekable());
    from_fn(move || {
        let order = match (first.peek(), second.peek()) {
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        match order {
            Ordering::Less => first.next().map(|(_, value)| Found::First(value)),
            Ordering::Greater => second.next().map(|(_, value)| Found::Second(value)),
            Ordering::Equal => {
                let both = first.next().zip(second.next());
                both.map(|((_, one), (_, other))| Found::Both(one, other))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_meets_everything_once_in_order() {
        let list = |keys: &str| keys.chars().map(|key| (key, key)).collect::<Vec<_>>();
        let found: Vec<_> = side_by_side(list("acd"), list("bcef")).collect();
        let (first, second) = (Found::First, Found::Second);
        assert_eq!(
            found,
            [first('a'), second('b'), Found::Both('c', 'c'), first('d'), second('e'), second('f')]
        );
        assert_eq!(side_by_side(list(""), list("x")).collect::<Vec<_>>(), [second('x')]);
    }
}
