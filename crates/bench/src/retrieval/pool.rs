//! Who is asked, and among whom: queries with their partner and their pool.

use super::axes::Axis;
use super::truth::{Build, Configuration, Instance, Part};
use crate::damage::Random;
use cognate_base::{combine, mix};
use std::collections::{HashMap, HashSet};

/// Which functions take part, as queries, partners and others alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Of at least five blocks.
    FiveBlocks,
    /// Of at least ten instructions.
    TenInstructions,
}

impl Set {
    /// Both.
    pub const ALL: [Set; 2] = [Set::FiveBlocks, Set::TenInstructions];

    /// For the reports.
    pub fn title(self) -> &'static str {
        match self {
            Set::FiveBlocks => "at least 5 blocks",
            Set::TenInstructions => "at least 10 instructions",
        }
    }

    /// Whether an instance takes part.
    pub fn holds(self, part: &Part, instance: &Instance) -> bool {
        let fingerprint = part.fingerprint(instance);
        match self {
            Set::FiveBlocks => fingerprint.block_count >= 5,
            Set::TenInstructions => fingerprint.instructions >= 10,
        }
    }
}

/// One query, all as indices into [`Part::instances`].
pub struct Trial {
    /// Who is asked about.
    pub query: u32,
    /// The same function in another build.
    pub partner: u32,
    /// Other functions; a smaller pool is the front of a larger one.
    pub others: Vec<u32>,
}

/// What the trials of an axis are drawn from.
pub struct Draw<'a> {
    /// The part of the corpus.
    pub part: &'a Part,
    /// In what partners differ.
    pub axis: Axis,
    /// Who takes part.
    pub set: Set,
    /// What is random.
    pub seed: u64,
}

impl Draw<'_> {
    /// `count` queries with pools of up to `most` functions, the partner included.
    ///
    /// The others come from builds made as the partner's was, as long as there
    /// are any; then from builds that the axis allows; then from any build of
    /// the partner's target but those made as the query's was. Of equal masked bytes a pool holds one.
    pub fn trials(&self, count: usize, most: usize) -> Vec<Trial> {
        let pairs = self.pairs(count);
        let mut rings: HashMap<(&Configuration, &Configuration), [Vec<u32>; 3]> = HashMap::new();
        let mut trials = Vec::with_capacity(pairs.len());
        for (query, partner) in pairs {
            let key = (self.configuration(query), self.configuration(partner));
            let rings = rings.entry(key).or_insert_with(|| self.rings(key.0, key.1));
            let mut random = Random::new(combine(self.seed, combine(query.into(), partner.into())));
            let others = self.others(query, partner, rings, most.saturating_sub(1), &mut random);
            trials.push(Trial { query, partner, others });
        }
        trials
    }

    /// The same with all functions of the partner's build as the pool (the protocol of BSim's benchmark).
    pub fn whole_binary(&self, count: usize) -> Vec<Trial> {
        let trial = |(query, partner): (u32, u32)| {
            let build = self.part.build(self.instance(partner));
            let is_other = |at: &u32| {
                self.set.holds(self.part, self.instance(*at)) && self.is_negative(query, partner, *at)
            };
            let others = build.instances.iter().copied().filter(is_other).collect();
            Trial { query, partner, others }
        };
        self.pairs(count).into_iter().map(trial).collect()
    }

    /// The same with all functions of another library's build, made as the partner's was, as the pool.
    /// Queries without such a build are left out.
    pub fn other_library(&self, count: usize) -> Vec<Trial> {
        let trial = |(query, partner): (u32, u32)| {
            let own = self.part.build(self.instance(partner));
            let is_other =
                |build: &&Build| build.family != own.family && build.configuration == own.configuration;
            let other: Vec<&Build> = self.part.builds.iter().filter(is_other).collect();
            let drawn = mix(combine(self.seed, combine(query.into(), partner.into())));
            let build = other.get(drawn.checked_rem(other.len() as u64)? as usize)?;
            let holds = |at: &u32| {
                self.set.holds(self.part, self.instance(*at)) && self.is_negative(query, partner, *at)
            };
            Some(Trial { query, partner, others: build.instances.iter().copied().filter(holds).collect() })
        };
        self.pairs(count).into_iter().filter_map(trial).collect()
    }

    fn instance(&self, at: u32) -> &Instance {
        &self.part.instances[at as usize]
    }

    fn configuration(&self, at: u32) -> &Configuration {
        &self.part.build(self.instance(at)).configuration
    }

    /// Queries and partners, drawn evenly from all there are.
    fn pairs(&self, count: usize) -> Vec<(u32, u32)> {
        let holds: Vec<bool> =
            self.part.instances.iter().map(|instance| self.set.holds(self.part, instance)).collect();
        let mut pairs = Vec::new();
        for source in &self.part.by_source {
            let able: Vec<u32> = source.iter().copied().filter(|&at| holds[at as usize]).collect();
            for &query in &able {
                let allowed =
                    |at: &&u32| self.axis.allows(self.configuration(query), self.configuration(**at));
                for &partner in able.iter().filter(allowed) {
                    let order = mix(combine(self.seed, combine(query.into(), partner.into())));
                    pairs.push((order, query, partner));
                }
            }
        }
        if pairs.len() > count {
            pairs.select_nth_unstable(count);
            pairs.truncate(count);
        }
        pairs.sort_unstable();
        pairs.into_iter().map(|(_, query, partner)| (query, partner)).collect()
    }

    /// Who else may be in a pool: built as the partner; allowed by the axis; for the partner's target.
    fn rings(&self, query: &Configuration, partner: &Configuration) -> [Vec<u32>; 3] {
        let mut rings = [Vec::new(), Vec::new(), Vec::new()];
        for build in &self.part.builds {
            let ring = if build.configuration == *partner {
                0
            } else if self.axis.allows(query, &build.configuration) {
                1
            } else if build.configuration.target == partner.target && build.configuration != *query {
                2
            } else {
                continue;
            };
            let able = build.instances.iter().copied();
            rings[ring].extend(able.filter(|at| self.set.holds(self.part, self.instance(*at))));
        }
        let mut seen = HashSet::new();
        for ring in &mut rings {
            ring.retain(|&at| seen.insert(self.part.fingerprint(self.instance(at)).exact));
        }
        rings
    }

    fn others(
        &self,
        query: u32,
        partner: u32,
        rings: &[Vec<u32>; 3],
        most: usize,
        random: &mut Random,
    ) -> Vec<u32> {
        let mut others = Vec::with_capacity(most);
        for ring in rings {
            let mut ring = ring.clone();
            for at in 0..ring.len() {
                if others.len() == most {
                    return others;
                }
                let drawn = at + random.below(ring.len() - at);
                ring.swap(at, drawn);
                others.extend(Some(ring[at]).filter(|&other| self.is_negative(query, partner, other)));
            }
        }
        others
    }

    /// Another function, in whatever version, and not equal byte for byte.
    fn is_negative(&self, query: u32, partner: u32, other: u32) -> bool {
        let (query, partner) = (self.instance(query), self.instance(partner));
        let other = self.instance(other);
        other.kin != query.kin && other.bytes != query.bytes && other.bytes != partner.bytes
    }
}
