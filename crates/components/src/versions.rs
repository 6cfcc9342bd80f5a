//! Versions: their order, and which of them fit.

use crate::build::ANY_VERSION;
use crate::evidence::Strength;
use cognate_documents::VersionsBy;

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
/// alone is known.
pub(crate) fn fitting(versions: &[String], masks: &[(u64, Strength)]) -> (Vec<String>, Option<VersionsBy>) {
    let bytes = masks.iter().filter(|(_, strength)| *strength == Strength::Exact).count();
    let by_bytes = bytes > 0 && bytes * BYTES_TELL >= masks.len();
    if versions.iter().all(|version| version == ANY_VERSION || version.is_empty())
        || (versions.len() < 2 && !by_bytes)
    {
        return (Vec::new(), None);
    }
    let counts = |strength: Strength| !by_bytes || strength == Strength::Exact;
    let weight = |strength: Strength| if strength == Strength::One { 1u64 } else { 2 };
    let votes = |at: usize| -> u64 {
        let fits = masks.iter().filter(|(mask, strength)| {
            counts(*strength) && mask.checked_shr(at as u32).unwrap_or(0) & 1 == 1
        });
        fits.map(|(_, strength)| weight(*strength)).sum()
    };
    let votes: Vec<u64> = (0..versions.len()).map(votes).collect();
    let most = votes.iter().copied().max().unwrap_or(0);
    let slack = SLACK + most / if by_bytes { SLACK_OF_BYTES } else { SLACK_OF_LIKENESS };
    let fits = versions.iter().zip(votes).filter(|(_, votes)| votes + slack >= most);
    let by = if by_bytes { VersionsBy::Bytes } else { VersionsBy::Likeness };
    (fits.map(|(version, _)| version.clone()).collect(), Some(by))
}

/// Of so many functions one must be known by its bytes for these to tell the version (judgement).
const BYTES_TELL: usize = 3;
/// Votes by which a version may fall behind the best and fit all the same (judgement).
const SLACK: u64 = 2;
/// One of so many of the best one's votes is slack too, by what tells: another compiler makes features of a version that a
/// known build of another version has (fitted to the development part).
const SLACK_OF_BYTES: u64 = 50;
const SLACK_OF_LIKENESS: u64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_ascend_by_their_numbers() {
        let mut versions = ["1.10.0", "1.2.13", "1.2.3.9", "1.1.1w", "1.1.1", "3.0", "1.1.1k", "", "v2"];
        versions.sort_by_key(|version| sort_key(version));
        assert_eq!(versions, ["", "v2", "1.1.1", "1.1.1k", "1.1.1w", "1.2.3.9", "1.2.13", "1.10.0", "3.0"]);
    }
}
