//! What must hold of every case, tried on random small ones; the posterior also against brute force.

use cognate_case::leaf::Level;
use cognate_case::{AssessOptions, Assessment, Case, assess};
use proptest::prelude::*;
use std::fmt::Write;

/// A random item.
#[derive(Clone, Debug)]
struct Item {
    source: usize,
    credibility: u8,
    group: Option<usize>,
    unlisted: f64,
    /// By candidate: tasked, untasked.
    on: Vec<(f64, f64)>,
    forgeability: usize,
    shareability: usize,
    day: u8,
    /// It repeats an earlier item.
    origin: Option<usize>,
}

/// A random case of two candidates, three sources, two groups.
#[derive(Clone, Debug)]
struct Draft {
    reliability: Vec<char>,
    correlation: [f64; 2],
    items: Vec<Item>,
}

const FORGEABILITY: [&str; 5] = ["trivial", "low", "moderate", "high", "prohibitive"];
const SHAREABILITY: [&str; 5] = ["public", "leaked", "traded", "private", "operational"];

impl Draft {
    fn text(&self) -> String {
        self.text_in_order(&(0..self.items.len()).collect::<Vec<_>>())
    }

    fn text_in_order(&self, order: &[usize]) -> String {
        let mut text = String::from(
            "[case]\nid = \"c\"\ntitle = \"t\"\nquestion = \"q\"\n[unlisted]\nprior = 0.6\nreason = \"r\"\n\
             [[candidate]]\nid = \"x\"\nname = \"X\"\nsponsor = \"S\"\nprior = { tasked = 0.05, untasked = 0.07, contractor = 0.03, reuse = 0.05, false-flag = 0.02, false-flag-by = { y = 0.01 }, reason = \"r\" }\n\
             [[candidate]]\nid = \"y\"\nname = \"Y\"\nprior = { untasked = 0.1, reuse = 0.05, false-flag = 0.02, reason = \"r\" }\n",
        );
        for (place, grade) in self.reliability.iter().enumerate() {
            let _ = write!(
                text,
                "[[source]]\nid = \"s{place}\"\nname = \"S\"\nkind = \"vendor\"\nreliability = \"{grade}\"\nreason = \"r\"\n"
            );
        }
        for (place, correlation) in self.correlation.iter().enumerate() {
            let _ = write!(
                text,
                "[[group]]\nid = \"g{place}\"\ncorrelation = {correlation:.3}\nreason = \"r\"\n"
            );
        }
        for &place in order {
            text.push_str(&self.item_text(place, &format!("e{place}")));
        }
        text
    }

    fn item_text(&self, place: usize, id: &str) -> String {
        let item = &self.items[place];
        let mut text = format!(
            "[[evidence]]\nid = \"{id}\"\ntitle = \"t\"\nkind = \"code\"\naspect = \"malware\"\nobservation = \"o\"\nsource = \"s{}\"\ncredibility = {}\nreported = 2017-05-{:02}\nforgeability = \"{}\"\nshareability = \"{}\"\nrationale = \"r\"\n",
            item.source,
            item.credibility,
            item.day,
            FORGEABILITY[item.forgeability],
            SHAREABILITY[item.shareability]
        );
        if let Some(origin) = item.origin {
            let _ = writeln!(text, "origin = \"e{origin}\"");
        }
        if let Some(group) = item.group {
            let _ = writeln!(text, "group = \"g{group}\"");
        }
        let _ = write!(text, "likelihood = {{ unlisted = {:?}", item.unlisted);
        for (name, (tasked, untasked)) in ["x", "y"].iter().zip(&item.on) {
            let tasked = if *name == "x" { format!("tasked = {tasked:?}, ") } else { String::new() };
            let _ = write!(text, ", {name} = {{ {tasked}untasked = {untasked:?} }}");
        }
        text.push_str(" }\n");
        text
    }

    /// The least item that an item's origins lead to.
    fn root(&self, mut place: usize) -> usize {
        while let Some(origin) = self.items[place].origin {
            place = origin;
        }
        place
    }
}

fn item(copies: bool) -> impl Strategy<Value = Item> {
    let p = || 0.01f64..0.99;
    let on = prop::collection::vec((p(), p()), 0..=2);
    let origin = if copies {
        prop::option::weighted(0.3, any::<prop::sample::Index>()).boxed()
    } else {
        Just(None).boxed()
    };
    (0usize..3, 1u8..=6, prop::option::of(0usize..2), p(), on, 0usize..5, 0usize..5, 1u8..20, origin)
        .prop_map(|(source, credibility, group, unlisted, on, forgeability, shareability, day, origin)| {
            Item {
                source,
                credibility,
                group,
                unlisted,
                on,
                forgeability,
                shareability,
                day,
                origin: origin.map(|index| index.index(usize::MAX)),
            }
        })
}

fn draft(copies: bool) -> impl Strategy<Value = Draft> {
    let grade = || prop::sample::select(vec!['A', 'B', 'C', 'D', 'E', 'F']);
    let reliability = prop::collection::vec(grade(), 3);
    let correlation = prop::sample::select(vec![0.0, 0.25, 0.5, 0.8, 1.0]);
    let correlation = (correlation.clone(), correlation).prop_map(|(a, b)| [a, b]);
    (reliability, correlation, prop::collection::vec(item(copies), 1..6)).prop_map(
        |(reliability, correlation, items)| {
            let mut draft = Draft { reliability, correlation, items };
            // An origin names an earlier item; a copy stands in the group of what it copies.
            for place in 0..draft.items.len() {
                let origin = draft.items[place].origin.take();
                draft.items[place].origin = origin.filter(|_| place > 0).map(|index| index % place.max(1));
                let root = draft.root(place);
                draft.items[place].group = draft.items[root].group;
            }
            draft
        },
    )
}

#[track_caller]
fn assessed(text: &str) -> Assessment {
    let case = Case::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assess(&case, "", &AssessOptions::default())
}

fn claim(assessment: &Assessment, id: &str) -> (f64, f64, f64) {
    let claim = assessment.claims.iter().find(|claim| claim.id == id).expect("a claim");
    (claim.probability, claim.low, claim.high)
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

/// What the case states of an item, over all hypotheses in their order: written out anew from the documentation.
fn spelt_out(item: &Item) -> Vec<f64> {
    let f = [0.9, 0.6, 0.4, 0.1, 0.02][item.forgeability];
    let s = [1.0, 0.7, 0.5, 0.15, 0.05][item.shareability];
    let u = item.unlisted;
    let x = item.on.first().copied();
    let y = item.on.get(1).map(|roles| roles.1);
    let (tasked, untasked) = x.unwrap_or((u, u));
    let mean = (tasked + untasked) / 2.0;
    let planter = y.unwrap_or(u);
    let by_y = if x.is_some() { f * mean + (1.0 - f) * planter } else { planter };
    vec![
        tasked,
        untasked,
        untasked,
        s * mean + (1.0 - s) * u,
        f * mean + (1.0 - f) * u,
        by_y,
        planter,
        s * planter + (1.0 - s) * u,
        f * planter + (1.0 - f) * u,
        u,
    ]
}

const PRIOR: [f64; 10] = [0.05, 0.07, 0.03, 0.05, 0.02, 0.01, 0.1, 0.05, 0.02, 0.6];

fn grade(letter: char, digit: u8) -> f64 {
    let shares: [f64; 5] = [0.95, 0.80, 0.60, 0.35, 0.10];
    let reliability = shares.get("ABCDE".find(letter).unwrap_or(9)).copied();
    let credibility = shares.get(usize::from(digit) - 1).copied();
    match (reliability, credibility) {
        (Some(one), Some(other)) => one.min(other),
        (one, other) => one.or(other).unwrap_or(0.5),
    }
}

/// Adds up every world: a hypothesis, for each source whether it is reliable, and for each of its reports whether it
/// reflects the fact or says nothing. What a source says is no evidence of its reliability: the worlds of a reliable
/// source and of an unreliable one are scaled to have the same mass before anything else is known.
fn brute_force(draft: &Draft) -> Vec<f64> {
    let mut mass = PRIOR.to_vec();
    for (source, letter) in draft.reliability.iter().enumerate() {
        let items: Vec<&Item> = draft.items.iter().filter(|item| item.source == source).collect();
        let weights: Vec<f64> = items.iter().map(|item| grade(*letter, item.credibility)).collect();
        let best = weights.iter().copied().fold(0.0, f64::max);
        let rho = if *letter == 'F' { best } else { grade(*letter, 6) };
        if items.is_empty() {
            continue;
        }
        let mut reliable = vec![0.0; PRIOR.len()];
        for (leaf, sum) in reliable.iter_mut().enumerate() {
            for world in 0..1_u32 << items.len() {
                let each = items.iter().zip(&weights).enumerate().map(|(place, (item, weight))| {
                    let likelihood = spelt_out(item);
                    let expected: f64 =
                        likelihood.iter().zip(PRIOR).map(|(value, prior)| value * prior).sum();
                    let told = weight / rho;
                    if world >> place & 1 == 1 { told * likelihood[leaf] } else { (1.0 - told) * expected }
                });
                *sum += each.product::<f64>();
            }
        }
        let whole: f64 = reliable.iter().zip(PRIOR).map(|(value, prior)| value * prior).sum();
        for (mass, value) in mass.iter_mut().zip(reliable) {
            *mass *= rho * value / whole + (1.0 - rho);
        }
    }
    let sum: f64 = mass.iter().sum();
    mass.iter().map(|value| value / sum).collect()
}

/// By hypothesis: the logarithm of its probability.
fn logs(assessment: &Assessment) -> Vec<f64> {
    assessment.hypotheses.iter().map(|hypothesis| hypothesis.probability.ln()).collect()
}

/// Each item of a source of its own, all in the first group.
fn one_group(mut draft: Draft) -> Draft {
    draft.reliability = (0..draft.items.len()).map(|place| draft.reliability[place % 3]).collect();
    for (place, item) in draft.items.iter_mut().enumerate() {
        (item.source, item.group, item.origin) = (place, Some(0), None);
    }
    draft
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn probabilities_add_up_to_one_and_levels_are_nested(draft in draft(true)) {
        let assessment = assessed(&draft.text());
        let sum: f64 = assessment.hypotheses.iter().map(|hypothesis| hypothesis.probability).sum();
        prop_assert!(close(sum, 1.0), "{}", sum);
        let order = ["x/code-base", "x/cluster", "x/group", "x/sponsor"].map(|id| claim(&assessment, id));
        for pair in order.windows(2) {
            prop_assert!(pair[0].0 >= pair[1].0 - 1e-12 && pair[0].1 >= pair[1].1 - 1e-12 && pair[0].2 >= pair[1].2 - 1e-12, "{:?}", order);
        }
        for claim in &assessment.claims {
            prop_assert!((0.0..=1.0).contains(&claim.low) && claim.low <= claim.high && claim.high <= 1.0);
        }
        prop_assert!(assessment.claims.iter().any(|claim| claim.level == Level::FalseFlag));
    }

    #[test]
    fn independent_items_give_what_brute_force_gives(mut draft in draft(false)) {
        draft.items.iter_mut().for_each(|item| item.group = None);
        let assessment = assessed(&draft.text());
        for (hypothesis, expected) in assessment.hypotheses.iter().zip(brute_force(&draft)) {
            prop_assert!(close(hypothesis.probability, expected), "{}: {} and {}", hypothesis.id, hypothesis.probability, expected);
        }
    }

    /// Whatever hangs together with it, and however far: an item never draws the odds of two hypotheses against what it
    /// says of them.
    #[test]
    fn an_item_in_a_group_never_speaks_against_what_it_favours(draft in draft(false)) {
        let draft = one_group(draft);
        let last = draft.items.len() - 1;
        let rest: Vec<usize> = (0..last).collect();
        let (all, before) = (assessed(&draft.text()), assessed(&draft.text_in_order(&rest)));
        let item = &all.items.iter().find(|item| item.id == format!("e{last}")).expect("the item").likelihood;
        let change: Vec<f64> = logs(&all).iter().zip(logs(&before)).map(|(all, before)| all - before).collect();
        for (one, change_one) in item.iter().zip(&change) {
            for (other, change_other) in item.iter().zip(&change) {
                prop_assert!(one <= other || change_one >= &(change_other - 1e-9), "{one} {other}: {change_one} {change_other}");
            }
        }
    }

    /// At correlation 1 a second item that says the same changes nothing; at 0 a group is no group.
    #[test]
    fn the_ends_of_the_scale_are_one_observation_and_independence(draft in draft(false), which in any::<prop::sample::Index>()) {
        let mut draft = one_group(draft);
        draft.correlation[0] = 1.0;
        let mut twice = draft.clone();
        let place = which.index(draft.items.len());
        twice.reliability.push(draft.reliability[place]);
        twice.items.push(Item { source: draft.items.len(), ..draft.items[place].clone() });
        for (one, other) in logs(&assessed(&draft.text())).iter().zip(logs(&assessed(&twice.text()))) {
            prop_assert!((one - other).abs() < 1e-9, "{one} {other}");
        }
        draft.correlation[0] = 0.0;
        let mut apart = draft.clone();
        apart.items.iter_mut().for_each(|item| item.group = None);
        for (one, other) in logs(&assessed(&draft.text())).iter().zip(logs(&assessed(&apart.text()))) {
            prop_assert!((one - other).abs() < 1e-9, "{one} {other}");
        }
    }

    /// However much one source says, it moves no probability further than its reliability lets it.
    #[test]
    fn a_source_moves_no_more_than_its_reliability(draft in draft(false), letter in prop::sample::select(vec![('A', 0.95), ('C', 0.6), ('E', 0.1)])) {
        let mut draft = draft;
        draft.reliability[0] = letter.0;
        draft.items.iter_mut().for_each(|item| item.source = 0);
        for (hypothesis, prior) in assessed(&draft.text()).hypotheses.iter().zip(PRIOR) {
            let (least, most) = ((1.0 - letter.1) * prior, letter.1 + (1.0 - letter.1) * prior);
            prop_assert!(hypothesis.probability > least - 1e-9 && hypothesis.probability < most + 1e-9, "{}", hypothesis.id);
        }
    }

    /// The parts of the observations add up to what the evidence does to a claim.
    #[test]
    fn parts_add_up(draft in draft(true)) {
        for claim in assessed(&draft.text()).claims {
            let parts: f64 = claim.speaks_for.iter().chain(&claim.speaks_against).map(|one| one.share).sum();
            let whole = claim.odds_multiplier.ln();
            prop_assert!((parts - whole).abs() < 1e-4, "{}: {parts} {whole}", claim.id);
        }
    }

    #[test]
    fn the_order_of_items_is_irrelevant(draft in draft(true), seed in any::<u64>()) {
        let mut order: Vec<usize> = (0..draft.items.len()).collect();
        order.sort_by_key(|place| cognate_base::mix(seed ^ *place as u64));
        let (one, other) = (assessed(&draft.text()), assessed(&draft.text_in_order(&order)));
        prop_assert_eq!(&one.claims, &other.claims);
        prop_assert_eq!(&one.hypotheses, &other.hypotheses);
        prop_assert_eq!(&one.linchpins.iter().map(|pin| (&pin.id, &pin.probabilities)).collect::<Vec<_>>(), &other.linchpins.iter().map(|pin| (&pin.id, &pin.probabilities)).collect::<Vec<_>>());
    }

    #[test]
    fn a_copy_of_an_item_changes_nothing(draft in draft(true), which in any::<prop::sample::Index>()) {
        let place = which.index(draft.items.len());
        let mut text = draft.text();
        for copy in ["copy-a", "copy-b"] {
            let mut item = draft.clone();
            item.items[place].origin = Some(place);
            item.items[place].day = 20;
            text.push_str(&item.item_text(place, copy));
        }
        let (one, other) = (assessed(&draft.text()), assessed(&text));
        for (one, other) in one.claims.iter().zip(&other.claims) {
            prop_assert_eq!((one.probability, one.low, one.high), (other.probability, other.low, other.high));
        }
    }

    #[test]
    fn an_item_with_equal_likelihoods_changes_nothing(draft in draft(true), value in 0.01f64..0.99, group in prop::option::of(0usize..2)) {
        let mut more = draft.clone();
        more.items.push(Item { source: 0, credibility: 2, group, unlisted: value, on: vec![(value, value); 2], forgeability: 1, shareability: 3, day: 3, origin: None });
        let (one, other) = (assessed(&draft.text()), assessed(&more.text()));
        for (one, other) in one.claims.iter().zip(&other.claims) {
            prop_assert!(close(one.probability, other.probability) && close(one.low, other.low) && close(one.high, other.high), "{}: {:?} {:?}", one.id, one.probability, other.probability);
        }
    }

    /// For every item: the hypotheses that it favours, together, do not gain when its grade falls.
    #[test]
    fn a_worse_grade_never_strengthens(draft in draft(true), which in any::<prop::sample::Index>(), digit in 1u8..5) {
        let place = which.index(draft.items.len());
        let mut better = draft.clone();
        better.items[place].credibility = digit;
        let mut worse = better.clone();
        worse.items[place].credibility = digit + 1;
        let (better, worse) = (assessed(&better.text()), assessed(&worse.text()));
        let id = format!("e{}", draft.root(place));
        let item = better.items.iter().find(|item| item.id == id).expect("the item");
        let favoured = |assessment: &Assessment| -> f64 {
            let pairs = assessment.hypotheses.iter().zip(&item.likelihood);
            pairs.filter(|(_, value)| **value > item.expected).map(|(hypothesis, _)| hypothesis.probability).sum()
        };
        prop_assert!(favoured(&worse) <= favoured(&better) + 1e-12, "{} and {}", favoured(&worse), favoured(&better));
    }

    /// What the document says of "without this" is what the case without it gives.
    #[test]
    fn leaving_an_observation_out_is_the_case_without_it(draft in draft(true), which in any::<prop::sample::Index>()) {
        let root = draft.root(which.index(draft.items.len()));
        let kept: Vec<usize> = (0..draft.items.len()).filter(|&place| draft.root(place) != root).collect();
        let (all, rest) = (assessed(&draft.text()), assessed(&draft.text_in_order(&kept)));
        let id = format!("e{root}");
        let pin = all.linchpins.iter().find(|pin| pin.id == id).expect("a linchpin for every observation");
        for (claim, without) in rest.claims.iter().zip(&pin.probabilities) {
            prop_assert!(close(claim.probability, *without), "{}: {} and {}", claim.id, claim.probability, without);
        }
    }

    /// An early date sees what a case of only the early items sees.
    #[test]
    fn an_early_date_is_the_case_of_the_early_items(draft in draft(false), day in 1u8..20) {
        let early: Vec<usize> = (0..draft.items.len()).filter(|&place| draft.items[place].day <= day).collect();
        let case = Case::parse(&draft.text()).expect("a case");
        let as_of = Some(jiff::civil::date(2017, 5, day as i8));
        let then = assess(&case, "", &AssessOptions { as_of, ..AssessOptions::default() });
        let only = assessed(&draft.text_in_order(&early));
        for (one, other) in then.claims.iter().zip(&only.claims) {
            prop_assert_eq!((one.probability, one.low, one.high), (other.probability, other.low, other.high));
        }
    }
}
