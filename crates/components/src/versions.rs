//! Versions: their order, and which of them fit.

use crate::strength::Strength;
use cognate_documents::{ANY_VERSION, VersionsBy};

/// By what versions are sorted: their numbers, and the letters between them.
pub(crate) fn sort_key(version: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = version;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse().unwrap_or(0);
        rest = &rest[digits..];
        let others = rest.bytes().position(|byte| byte.is_ascii_digit()).unwrap_or(rest.len());
        let others = (0..=others).rev().find(|&at| rest.is_char_boundary(at)).unwrap_or(0);
        parts.push((number, rest[..others].trim_matches('.').to_owned()));
        rest = &rest[others..];
    }
    parts
}

/// The versions that fit, and by what: those for which as many functions speak as for the best, but for what chance and
/// private changes make of a few. `masks` has of each function the versions in which it is so.
///
/// Bytes tell where a third of what is known is known by them; else it is likeness, which tells nothing where one version
/// alone is known. Where functions contradict each other, both versions fit: the best may only be the one of which a build
/// by the same compiler is known, and what the true one has alone shows all the same.
pub(crate) fn fitting(versions: &[String], masks: &[(u64, Strength)]) -> (Vec<String>, Option<VersionsBy>) {
    let bytes = masks.iter().filter(|(_, strength)| *strength == Strength::Exact).count();
    let by_bytes = bytes > 0 && bytes * BYTES_TELL >= masks.len();
    if versions.iter().all(|version| version == ANY_VERSION || version.is_empty())
        || (versions.len() < 2 && !by_bytes)
    {
        return (Vec::new(), None);
    }
    let is_of = |mask: u64, at: usize| mask.checked_shr(at as u32).unwrap_or(0) & 1 == 1;
    let counts = |strength: Strength| !by_bytes || strength == Strength::Exact;
    let votes: Vec<u64> = (0..versions.len())
        .map(|at| sum(masks, |mask, strength| counts(strength) && is_of(mask, at)))
        .collect();
    let most = votes.iter().copied().max().unwrap_or(0);
    let best = votes.iter().position(|votes| *votes == most).unwrap_or(0);
    let slack = SLACK + most / if by_bytes { SLACK_OF_BYTES } else { SLACK_OF_LIKENESS };
    let is_near = |at: usize| votes.get(at).is_some_and(|votes| votes + slack >= most);
    let alone = |one: usize, other: usize| sum(masks, |mask, _| is_of(mask, one) && !is_of(mask, other));
    let contradicts = |at: usize| {
        let votes = alone(at, best);
        votes > SLACK && votes * CONTRADICTS >= alone(best, at)
    };
    let (near, others): (Vec<usize>, Vec<usize>) = (0..versions.len()).partition(|at| is_near(*at));
    let others: Vec<usize> = others.into_iter().filter(|at| contradicts(*at)).collect();
    let by = if by_bytes && others.is_empty() { VersionsBy::Bytes } else { VersionsBy::Likeness };
    let fits = |at: &usize| near.contains(at) || others.contains(at);
    let fits = versions.iter().enumerate().filter(|(at, _)| fits(at));
    (fits.map(|(_, version)| version.clone()).collect(), Some(by))
}

/// What functions of which this is so say together: one feature may be by chance, and counts half.
fn sum(masks: &[(u64, Strength)], is_so: impl Fn(u64, Strength) -> bool) -> u64 {
    let of = masks.iter().filter(|(mask, strength)| is_so(*mask, *strength));
    of.map(|(_, strength)| if *strength == Strength::One { 1 } else { 2 }).sum()
}

/// Of so many functions one must be known by its bytes for these to tell the version (judgement).
const BYTES_TELL: usize = 3;
/// Votes by which a version may fall behind the best and fit all the same (judgement).
const SLACK: u64 = 2;
/// One of so many of the best one's votes is slack too, by what tells: another compiler makes features of a version that a
/// known build of another version has (fitted to the development part).
const SLACK_OF_BYTES: u64 = 50;
const SLACK_OF_LIKENESS: u64 = 10;
/// A version that has one vote alone for so many that the best has alone fits too (fitted to the development part: with four
/// the true one is missed in 14 % of cases without a text, with eight in 9 %, with twenty in 6 %, and half again as many fit).
const CONTRADICTS: u64 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_ascend_by_their_numbers() {
        let mut versions = ["1.10.0", "1.2.13", "1.2.3.9", "1.1.1w", "1.1.1", "3.0", "1.1.1k", "", "v2"];
        versions.sort_by_key(|version| sort_key(version));
        assert_eq!(versions, ["", "v2", "1.1.1", "1.1.1k", "1.1.1w", "1.2.3.9", "1.2.13", "1.10.0", "3.0"]);
    }

    /// Functions as digits: the versions (bits) in which each is so.
    #[track_caller]
    fn check(masks: &str, strength: Strength, expected: &[&str], by: VersionsBy) {
        let versions = ["1", "2", "3"].map(str::to_owned);
        let masks: Vec<(u64, Strength)> =
            masks.bytes().map(|mask| (u64::from(mask - b'0'), strength)).collect();
        assert_eq!(
            fitting(&versions, &masks),
            (expected.iter().map(|it| (*it).to_owned()).collect(), Some(by))
        );
    }

    #[test]
    fn the_version_with_most_votes_fits() {
        check("2222233", Strength::Exact, &["2"], VersionsBy::Bytes);
        check("22222333", Strength::Four, &["2"], VersionsBy::Likeness);
        check("66666666", Strength::Exact, &["2", "3"], VersionsBy::Bytes);
    }

    #[test]
    fn versions_of_which_each_has_something_alone_fit_both() {
        check("2222222222222244", Strength::Exact, &["2", "3"], VersionsBy::Likeness);
        check("222222222222224", Strength::Exact, &["2"], VersionsBy::Bytes);
    }
}
