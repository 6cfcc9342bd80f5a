//! Whatever a case holds, nobody is an object of whom nothing is established.

use super::super::super::{case_uco::case_uco, misp::misp};
use super::*;
use cognate_case::assessment::{ConfidenceLevel, ConfidenceRule};

/// Numbers that are the same in every run (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[(self.next() * of.len() as f64) as usize]
    }
}

/// The example with other likelihoods, grades, priors and a sponsor of another kind.
fn case(numbers: &mut Numbers) -> String {
    let mut text = text(Proof::None);
    for strong in ["plekszy = 0.001", "tasked = 0.001", "untasked = 0.001", "unlisted = 0.001"] {
        while let Some((before, after)) = text.split_once(strong) {
            let name = strong.split_once(' ').unwrap().0;
            let span =
                if name == "plekszy" || (name == "tasked" && !before.ends_with("un")) { -1.0 } else { -4.0 };
            let likelihood = 10f64.powf(span * numbers.next()).min(0.99);
            text = format!("{before}{name} = {likelihood:.6}{after}");
        }
    }
    let sponsor = numbers.one_of(&["Sweden", "Ministry X", "Finland"]);
    let text = text.replace("sponsor = \"Sweden\"", &format!("sponsor = \"{sponsor}\""));
    let grade = numbers.one_of(&["A", "B", "C", "E", "F"]);
    let text = text.replace("reliability = \"A\"", &format!("reliability = \"{grade}\""));
    let tasked = 0.001 + 0.07 * numbers.next();
    text.replace(
        "tasked = 0.04, untasked = 0.04",
        &format!("tasked = {tasked:.6}, untasked = {:.6}", 0.08 - tasked),
    )
}

#[test]
fn no_export_of_any_case_names_an_actor_or_a_sponsor_that_is_not_established() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut groups, mut states) = (0, 0);
    for _ in 0..60 {
        let text = case(&mut numbers);
        let assessment = read(&text, Some(numbers.one_of(&["2020-03-11", "2020-03-13", "2020-04-01"])));
        check_sound(&assessment);
        let holds = |id: &str| {
            let claim = assessment.claims.iter().find(|claim| claim.id == id).unwrap();
            let low = |rule: &ConfidenceRule| rule.id == "judged" && rule.allows == ConfidenceLevel::Low;
            claim.low > 0.5 && claim.odds_multiplier >= 1.5 && !claim.confidence.rules.iter().any(low)
        };
        let told = attributed(&assessment);
        assert_eq!(told.iter().any(|one| one.contains("attributed-to")), holds("plekszy/group"), "{text}");
        let state = told.iter().any(|one| one.contains("originates-from"));
        assert!(!state || (holds("plekszy/sponsor") && holds("plekszy/group")), "{text}");
        let event = misp(&assessment);
        assert_eq!(
            event["Event"]["Tag"].to_string().contains("misp-galaxy"),
            holds("plekszy/group"),
            "{text}"
        );
        let graph = case_uco(&assessment).to_string();
        assert!(!graph.contains("location:") && !graph.contains("uco-identity:Organization"), "{text}");
        (groups, states) = (groups + u32::from(holds("plekszy/group")), states + u32::from(state));
    }
    assert!(
        (5..55).contains(&groups) && states >= 2,
        "{groups} groups and {states} states: the cases say nothing"
    );
}
