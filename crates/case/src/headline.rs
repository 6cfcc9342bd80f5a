//! The bottom line: what a reader who asked "who?" is told first.
//!
//! In this order: the highest level that the evidence establishes, with its
//! confidence, or that it establishes nothing; the groups as a ranking, ties as
//! ties; the group against people near it, where only both together are
//! established; planted traces; the sponsor, only where evidence bears on it and
//! its group is in question at all; whoever is not on the list; what it rests on.
//! A likelihood and a confidence never share a sentence, and no state is named
//! for what its prior says.

use crate::assessment::{ClaimView, Counts};
use crate::confidence::NOT_DIAGNOSTIC;
use crate::leaf::Level;
use crate::model::Case;
use crate::prose::{confidence_sentence, day, few, likelihood_sentence, percent};
use crate::tasking::{Tasking, is_disputed};
use jiff::civil::Date;

/// A group less probable than this is not in question. Judgement.
const IN_QUESTION: f64 = 0.2;
/// Whoever is not on the list is told of from this probability on. Judgement.
const WORTH_SAYING: f64 = 0.05;
/// Of a sponsor less probable than this nothing is said but that its part is not established: the band that ICD 203 calls
/// almost no chance.
const NAMEABLE: f64 = 0.05;
/// Probabilities whose ratio is nearer to one than this are a tie. Judgement: far less than any interval is wide.
pub const TIE: f64 = 1.02;

/// The sentences; the last says what they rest on.
pub(crate) fn headline(
    case: &Case,
    as_of: Option<Date>,
    counts: Counts,
    claims: &[ClaimView],
) -> Vec<String> {
    let when =
        as_of.map_or_else(|| "On all that the case holds".to_owned(), |date| format!("As of {}", day(date)));
    let basis = format!(
        "{when}: {} of {}, {} of them diagnostic, {}.",
        plural(counts.items, "report"),
        plural(counts.observations, "observation"),
        counts.diagnostic,
        plural(counts.independent, "independent unit")
    );
    if counts.items == 0 {
        let nothing = "Nothing was reported by then: the numbers are the priors of the case.";
        return vec![nothing.to_owned(), basis];
    }
    let answer = Answer { case, as_of, claims };
    let established = answer.established();
    let mut lines = answer.standing(established);
    lines.extend(answer.ranking(established));
    lines.extend(answer.group_or_people_near_it(established));
    lines.extend(answer.planted(established));
    lines.extend(answer.sponsor(established));
    lines.extend(answer.not_listed(established));
    lines.push(basis);
    lines
}

fn plural(count: u64, singular: &str) -> String {
    format!("{count} {}", cognate_base::noun(count, singular))
}

struct Answer<'a> {
    case: &'a Case,
    as_of: Option<Date>,
    claims: &'a [ClaimView],
}

/// A probability as it is shown.
fn chance(claim: &ClaimView) -> String {
    claim.wording.scheme.percent(claim.probability)
}

impl<'a> Answer<'a> {
    fn at(&self, level: Level) -> impl Iterator<Item = &'a ClaimView> {
        self.claims.iter().filter(move |claim| claim.level == level)
    }

    fn of(&self, candidate: Option<&str>, level: Level) -> Option<&'a ClaimView> {
        self.at(level).find(|claim| claim.candidate.as_deref() == candidate)
    }

    fn name(&self, claim: &ClaimView) -> &'a str {
        let is = |id: &str| claim.candidate.as_deref() == Some(id);
        self.case.candidates.iter().find(|one| is(&one.id)).map_or("", |one| one.name.as_str())
    }

    /// The claim of the highest level that is established, the most probable of several.
    fn established(&self) -> Option<&'a ClaimView> {
        let levels =
            [Level::Sponsor, Level::Group, Level::Cluster, Level::Set, Level::CodeBase, Level::Unlisted];
        levels.into_iter().find_map(|level| {
            let found = self.at(level).filter(|claim| claim.established);
            found.max_by(|one, other| one.probability.total_cmp(&other.probability))
        })
    }

    fn standing(&self, established: Option<&ClaimView>) -> Vec<String> {
        match established {
            Some(claim) => vec![likelihood_sentence(claim), confidence_sentence(claim)],
            None => vec!["The evidence does not establish who is behind it.".to_owned()],
        }
    }

    /// The groups, the most probable first, and how many of them are a tie at the top.
    fn groups(&self) -> (Vec<&'a ClaimView>, usize) {
        let mut groups: Vec<&ClaimView> = self.at(Level::Group).collect();
        groups.sort_by(|one, other| other.probability.total_cmp(&one.probability));
        // What a reader sees as one number is one, and a row of near ones is not cut within.
        let mut tied = groups.len().min(1);
        for pair in groups.windows(2) {
            let [one, other] = pair else { break };
            if other.probability * TIE < one.probability && chance(other) != chance(one) {
                break;
            }
            tied += 1;
        }
        (groups, tied)
    }

    /// The most probable groups and the next, unless the group is what is established.
    fn ranking(&self, established: Option<&ClaimView>) -> Vec<String> {
        let (groups, tied) = self.groups();
        let (leaders, rest) = groups.split_at(tied);
        let Some(lead) = leaders.first() else { return Vec::new() };
        let names: Vec<&str> = leaders.iter().map(|claim| self.name(claim)).collect();
        let sentence = match (leaders, rest.first()) {
            ([only], None) => format!("{} is the only candidate ({}).", self.name(only), chance(only)),
            ([only], Some(rival)) => format!(
                "Of those on the list {} is the most probable ({}), before {} ({}).",
                self.name(only),
                chance(only),
                self.name(rival),
                chance(rival)
            ),
            (_, rival) => {
                let shown = |claim: &ClaimView| percent(claim.probability);
                let (most, least) = (shown(lead), leaders.last().map_or(String::new(), |last| shown(last)));
                let each = if most == least { format!("{most} each") } else { format!("{least} to {most}") };
                let before = rival.map_or(String::new(), |rival| {
                    format!(", before {} ({})", self.name(rival), chance(rival))
                });
                format!("The case does not tell {} apart ({each}){before}.", few(&names))
            }
        };
        let mut lines = vec![sentence];
        if established.is_none() && leaders.len() == 1 {
            lines.extend([likelihood_sentence(lead), confidence_sentence(lead)]);
        }
        lines
    }

    /// Where the cluster is established and the group is not, what keeps them apart.
    fn group_or_people_near_it(&self, established: Option<&ClaimView>) -> Option<String> {
        let cluster = established.filter(|claim| claim.level == Level::Cluster)?;
        let group = self.of(cluster.candidate.as_deref(), Level::Group)?;
        // Of the numbers as they are shown: 67 and 22 make 89.
        let whole = |claim: &ClaimView| (claim.probability * 100.0).round() / 100.0;
        let near = (whole(cluster) - whole(group)).max(0.0);
        Some(format!(
            "Whether it was {} itself ({}) or contractors and former members of it ({}) is open.",
            self.name(group),
            group.wording.scheme.percent(group.probability),
            percent(near)
        ))
    }

    /// Traces that were probably planted.
    fn planted(&self, established: Option<&ClaimView>) -> Vec<String> {
        let leads = |claim: &&ClaimView| {
            claim.established
                || (established.is_none() && claim.probability > 0.5 && moved(claim) >= NOT_DIAGNOSTIC)
        };
        let found = self.at(Level::FalseFlag).filter(leads);
        found.flat_map(|claim| [likelihood_sentence(claim), confidence_sentence(claim)]).collect()
    }

    /// Who tasked the group that is in question: only where evidence tells that.
    fn sponsor(&self, established: Option<&ClaimView>) -> Vec<String> {
        if established.is_some_and(|claim| claim.level == Level::Sponsor) {
            return Vec::new();
        }
        let (groups, tied) = self.groups();
        let in_question = |lead: &ClaimView| lead.established || lead.probability >= IN_QUESTION;
        let Some(lead) = groups.first().filter(|lead| in_question(lead)) else { return Vec::new() };
        if tied > 1 {
            let asked = |claim: &&ClaimView| self.of(claim.candidate.as_deref(), Level::Sponsor).is_some();
            let open = "Whether a state or body tasked it is open, as the case does not tell apart whom.";
            return groups.iter().take(tied).any(asked).then(|| open.to_owned()).into_iter().collect();
        }
        let Some(sponsor) = self.of(lead.candidate.as_deref(), Level::Sponsor) else { return Vec::new() };
        let Some(given) = &sponsor.given_group else {
            return vec![format!(
                "The case takes whatever {} does to be tasked by its sponsor, and does not ask whether it was.",
                self.name(lead)
            )];
        };
        let not_established = || "That it was tasked is not established.".to_owned();
        if let Some(ground) = sponsor.rests_on_prior() {
            let disputed = lead.candidate.as_deref().is_some_and(|id| is_disputed(self.case, id, self.as_of));
            let ground = match given.tasking() {
                Tasking::Silent | Tasking::BothWays if disputed => {
                    "rests on the prior: those who judged what bears on it disagree"
                }
                _ => ground,
            };
            return vec![format!("Whether a state or body tasked it {ground}.")];
        }
        if sponsor.probability < NAMEABLE {
            return vec![not_established()];
        }
        let against = "That it was tasked is not established: what bears on it speaks against it.".to_owned();
        let bears = if given.tasking() == Tasking::Against { against } else { not_established() };
        vec![likelihood_sentence(sponsor), bears, confidence_sentence(sponsor)]
    }

    fn not_listed(&self, established: Option<&ClaimView>) -> Option<String> {
        let unlisted = self.at(Level::Unlisted).next()?;
        let told = established.is_some_and(|claim| claim.level == Level::Unlisted);
        (!told && unlisted.probability >= WORTH_SAYING).then(|| likelihood_sentence(unlisted))
    }
}

fn moved(claim: &ClaimView) -> f64 {
    libm::log(claim.odds_multiplier)
}
