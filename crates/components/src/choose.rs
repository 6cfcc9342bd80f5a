//! Which features of a function are kept: the few that say most of all its builds.

use std::collections::BTreeMap;

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
/// the one that adds most to what is said of all builds, up to enough for each.
pub(crate) fn choose<'f>(features: &'f [Feature], builds: &[u16], information: u16) -> Vec<&'f Feature> {
    let most = (usize::from(information) / BITS_EACH).clamp(2, MOST_KEPT);
    let mut wanting: BTreeMap<u16, f32> = builds.iter().map(|build| (*build, ENOUGH)).collect();
    let mut left: Vec<&Feature> = features.iter().collect();
    let mut chosen = Vec::new();
    while chosen.len() < most {
        let gain = |feature: &Feature| -> f32 {
            let wanted = feature.builds.iter().filter_map(|build| wanting.get(build));
            wanted.map(|wanted| wanted.min(feature.bits)).sum()
        };
        let gains = left.iter().enumerate().map(|(place, feature)| (gain(feature), place));
        let best = gains.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let Some((_, place)) = best.filter(|(gain, _)| *gain > 0.0) else { break };
        let feature = left.remove(place);
        for build in &feature.builds {
            if let Some(wanted) = wanting.get_mut(build) {
                *wanted = (*wanted - feature.bits).max(0.0);
            }
        }
        chosen.push(feature);
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
        let chosen = choose(&features, builds, information).into_iter().map(|feature| feature.key as usize);
        assert_eq!(chosen.collect::<Vec<_>>(), expected);
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
