//! Which features of a function are kept: the few that say most of all its builds.

/// Most features that are kept of one function (judgement: room in the base).
pub(crate) const MOST_KEPT: usize = 6;
/// Bits of instructions for which one feature is kept.
const BITS_EACH: usize = 14;
/// Bits that the kept features should say of each build: what is more says the same again (judgement: four rare ones).
const ENOUGH: f32 = 64.0;

/// A feature that could be kept.
#[derive(Clone, Debug)]
pub(crate) struct Feature {
    /// Its key.
    pub key: u64,
    /// What it says, in bits.
    pub bits: f32,
    /// The builds that have it, ascending.
    pub builds: Vec<u16>,
}

/// Chooses among the features of one function, which says so many bits in the build that says most, greedily: each time
/// the one that adds most to what is said of all builds, up to enough for each. Returned by their places.
pub(crate) fn choose(features: &[Feature], builds: &[u16], information: u16) -> Vec<usize> {
    let most = (usize::from(information) / BITS_EACH).clamp(2, MOST_KEPT);
    let mut wanting: Vec<f32> = vec![ENOUGH; builds.len()];
    let places: Vec<Vec<usize>> = features
        .iter()
        .map(|feature| feature.builds.iter().filter_map(|build| builds.binary_search(build).ok()).collect())
        .collect();
    let mut left: Vec<usize> = (0..features.len()).collect();
    let mut chosen = Vec::new();
    while chosen.len() < most {
        let gain = |at: usize| -> f32 {
            let bits = features[at].bits;
            places[at].iter().map(|&build| wanting[build].min(bits)).sum()
        };
        let best = left
            .iter()
            .enumerate()
            .map(|(place, &at)| (gain(at), place))
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        let Some((_, place)) = best.filter(|(gain, _)| *gain > 0.0) else { break };
        let at = left.remove(place);
        for &build in &places[at] {
            wanting[build] = (wanting[build] - features[at].bits).max(0.0);
        }
        chosen.push(at);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(features: &[(f32, &[u16])], builds: &[u16], information: u16, expected: &[usize]) {
        let features: Vec<Feature> = (0..)
            .zip(features)
            .map(|(key, &(bits, builds))| Feature { key, bits, builds: builds.to_vec() })
            .collect();
        assert_eq!(choose(&features, builds, information), expected);
    }

    #[test]
    fn what_all_builds_have_comes_first() {
        check(&[(17.0, &[1]), (12.0, &[1, 2, 3]), (17.0, &[2, 3])], &[1, 2, 3], 300, &[1, 2, 0]);
    }

    #[test]
    fn a_build_of_which_enough_is_said_asks_for_no_more() {
        check(&[(20.0, &[1u16][..]); 9], &[1], 300, &[0, 1, 2, 3]);
    }

    #[test]
    fn a_small_function_keeps_few() {
        check(&[(10.0, &[1u16][..]); 9], &[1], 40, &[0, 1]);
    }
}
