//! How often software that does not carry a component resembles it.

use super::draft::Project;
use crate::base::{Base, shipped};
use crate::evidence::resembled;
use crate::strength::STRENGTHS;
use std::cmp::Reverse;

/// Share of the projects with the most resemblances that are taken for carriers of a component: one of ten (judgement).
const CARRIERS: usize = 10;
/// Resemblances that are taken to be there at least: where none is seen in so many functions, it is one of three (the
/// rule of three: what is seen in none of n is in 95 of 100 cases rarer than 3/n).
const LEAST: u32 = 3;

/// How many functions of a project resemble a component, by how strongly.
type Counts = [u32; STRENGTHS];

/// How often functions of goodware resemble each component, by how strongly: over the projects but those with the most,
/// which may carry it; and never less than [`LEAST`] in all their functions.
///
/// Without goodware: as often as functions of goodware resemble components of the program's own base, but for a tenth of
/// these which they resemble more often.
pub(super) fn chances(base: &Base, goodware: &[Project]) -> Vec<[f32; STRENGTHS]> {
    if goodware.is_empty() {
        return vec![shipped().usual_chance(); base.components().len()];
    }
    let mut counts: Vec<Vec<Counts>> = Vec::new();
    counts.resize_with(base.components().len(), || vec![Counts::default(); goodware.len()]);
    for (at, project) in goodware.iter().enumerate() {
        for (exact, features, information) in project.functions() {
            for found in resembled(base, exact, features.iter().copied(), information) {
                let of_component = counts.get_mut(usize::from(found.component));
                let count = of_component.and_then(|of| of.get_mut(at)?.get_mut(found.strength() as usize));
                debug_assert!(count.is_some(), "a base names its own components");
                count.into_iter().for_each(|count| *count += 1);
            }
        }
    }
    counts.iter().map(|projects| chance(projects.iter().zip(goodware).collect())).collect()
}

/// Of one component, by what its projects show of it.
fn chance(mut projects: Vec<(&Counts, &Project)>) -> [f32; STRENGTHS] {
    // by what tells most: several features, or bytes
    projects.sort_by_key(|([one, strong @ ..], _)| Reverse((strong.iter().sum::<u32>(), *one)));
    let others = projects.get(projects.len().div_ceil(CARRIERS)..).unwrap_or_default();
    let functions: u64 = others.iter().map(|(_, project)| project.count()).sum();
    std::array::from_fn(|strength| {
        let count: u32 = others.iter().filter_map(|(counts, _)| counts.get(strength)).sum();
        count.max(LEAST) as f32 / functions.max(LEAST.into()) as f32
    })
}
