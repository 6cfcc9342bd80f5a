//! The cases that ship under `cases/`: what each must come out as, and by what reasons.
//!
//! Asserted are reasons and words, never decimals: a better number here or
//! there must not break a test, a changed judgement must.

use cognate_case::assessment::{
    Assessment, ClaimView, ConfidenceLevel, Counting, ItemView, Pillar, Severity,
};
use cognate_case::leaf::{Level, Role};
use cognate_case::model::Item;
use cognate_case::{AssessOptions, Case, assess};
use std::f64::consts::LN_2;

const WANNACRY: &str = include_str!("../../../cases/wannacry.toml");
const OLYMPIC_DESTROYER: &str = include_str!("../../../cases/olympic-destroyer.toml");
const CANNOT_TELL: &str = include_str!("../../../cases/cannot-tell.toml");

/// The days for which docs/cases.md has a table.
const DAYS: [&str; 6] = ["2017-05-16", "2017-05-23", "2017-05-26", "2017-06-30", "2017-12-31", "2018-09-30"];

fn read(text: &str) -> Case {
    Case::parse(text).expect("a shipped case reads")
}

fn at(text: &str, day: &str) -> Assessment {
    let as_of = Some(day.parse().expect("a day"));
    assess(&read(text), "", &AssessOptions { as_of, ..AssessOptions::default() })
}

fn claim<'a>(assessment: &'a Assessment, id: &str) -> &'a ClaimView {
    assessment.claims.iter().find(|claim| claim.id == id).expect("a claim of that id")
}

fn item<'a>(assessment: &'a Assessment, id: &str) -> &'a ItemView {
    assessment.items.iter().find(|item| item.id == id).expect("an item of that id")
}

fn speaks_against(claim: &ClaimView, item: &str) -> Option<f64> {
    claim.speaks_against.iter().find(|part| part.item == item).map(|part| part.share)
}

#[test]
fn as_of_26_may_lazarus_is_likely_or_very_likely() {
    let assessment = at(WANNACRY, "2017-05-26");
    let terms = ["lazarus/cluster", "lazarus/group"].map(|id| claim(&assessment, id).wording.term.as_str());
    assert!(terms.iter().any(|term| ["likely", "very likely"].contains(term)), "{terms:?}");
    assert!(claim(&assessment, "lazarus/group").probability > 0.5);
    let lead =
        assessment.claims.iter().filter(|claim| matches!(claim.level, Level::Group | Level::FalseFlag));
    let lead = lead.max_by(|one, other| one.probability.total_cmp(&other.probability));
    assert_eq!(lead.map(|claim| claim.id.as_str()), Some("lazarus/group"));
}

#[test]
fn state_direction_is_not_established_on_any_day() {
    for day in DAYS {
        let assessment = at(WANNACRY, day);
        let sponsor = claim(&assessment, "lazarus/sponsor");
        assert!(!sponsor.established && sponsor.low <= 0.5, "{day}: {}", sponsor.low);
        let told = assessment.headline.iter().any(|line| {
            line.contains("tasked is not established") || line.contains("tasked it rests on the prior")
        });
        assert!(told, "{day}: {:?}", assessment.headline);
    }
}

#[test]
fn confidence_is_moderate_at_most_as_of_26_may() {
    let assessment = at(WANNACRY, "2017-05-26");
    for id in ["lazarus/code-base", "lazarus/cluster", "lazarus/group", "lazarus/sponsor"] {
        assert!(claim(&assessment, id).confidence.level <= ConfidenceLevel::Moderate, "{id}");
    }
}

#[test]
fn the_denial_and_the_leaked_exploit_tell_nothing_apart() {
    let assessment = at(WANNACRY, "2017-05-26");
    for id in ["denial", "public-exploit"] {
        let item = item(&assessment, id);
        assert!(!item.diagnostic && item.diagnosticity < 1e-9, "{id}: {}", item.diagnosticity);
    }
}

#[test]
fn the_korean_note_is_weak_evidence_against_and_no_refutation() {
    let assessment = at(WANNACRY, "2017-05-26");
    let against = speaks_against(claim(&assessment, "lazarus/cluster"), "korean-note");
    let against = against.expect("the note speaks against the cluster");
    assert!(against < 0.0 && against > -LN_2, "{against}");
    let note = item(&assessment, "korean-note");
    assert!(note.diagnosticity < LN_2, "taken alone, too: {}", note.diagnosticity);
    assert!(note.judgements.len() >= 3, "Woods and Thakur disagree, and both count");
}

#[test]
fn language_names_no_state() {
    let assessment = at(WANNACRY, "2018-09-30");
    let place = |role: Role| {
        let own = |hypothesis: &&cognate_case::assessment::HypothesisView| {
            hypothesis.candidate.as_deref() == Some("lazarus") && hypothesis.role == role
        };
        let found = assessment.hypotheses.iter().find(own).expect("a hypothesis");
        assessment.hypotheses.iter().position(|hypothesis| hypothesis.id == found.id).expect("its place")
    };
    let (tasked, untasked) = (place(Role::Tasked), place(Role::Untasked));
    let language: Vec<&ItemView> =
        assessment.items.iter().filter(|item| item.group.as_deref() == Some("language")).collect();
    assert!(language.len() >= 5);
    for item in language {
        assert!((item.likelihood[tasked] - item.likelihood[untasked]).abs() < 1e-12, "{}", item.id);
    }
}

#[test]
fn the_code_confirmations_of_may_count_once() {
    let assessment = at(WANNACRY, "2017-05-26");
    let Counting::Represents { copies } = &item(&assessment, "shared-function").counting else {
        panic!("the observation of 15 May stands for its confirmations");
    };
    assert!(copies.len() >= 6, "{copies:?}");
    for id in ["shared-function-kaspersky", "shared-function-bae", "thakur-source-access"] {
        assert!(copies.iter().any(|copy| copy == id), "{id}");
    }
}

#[test]
fn taking_everything_as_independent_would_be_close_to_certainty() {
    let assessment = at(WANNACRY, "2017-05-26");
    let cluster = claim(&assessment, "lazarus/cluster");
    assert!(1.0 - cluster.if_independent < (1.0 - cluster.probability) / 10.0, "{}", cluster.if_independent);
    assert!(
        claim(&assessment, "lazarus/group").if_independent > claim(&assessment, "lazarus/group").probability
    );
}

#[test]
fn one_vendors_telemetry_carries_the_case() {
    let assessment = at(WANNACRY, "2017-05-26");
    let first = assessment.linchpins.first().expect("a linchpin");
    assert_eq!((first.pillar, first.id.as_str()), (Pillar::Group, "symantec-telemetry"));
    let group = assessment.claims.iter().position(|claim| claim.id == "lazarus/group").expect("its place");
    assert!(first.probabilities[group] < 0.5, "without it Lazarus is not the likelier answer");
}

#[test]
fn the_flaws_speak_against_tasking_and_not_strongly() {
    let assessment = at(WANNACRY, "2017-05-26");
    let against = speaks_against(claim(&assessment, "lazarus/sponsor"), "kill-switch");
    let against = against.expect("the kill switch speaks against tasking");
    assert!(against < 0.0 && against > -2.0 * LN_2, "{against}");
    let without = assessment.linchpins.iter().find(|pillar| pillar.id == "conduct").expect("the group");
    let sponsor =
        assessment.claims.iter().position(|claim| claim.id == "lazarus/sponsor").expect("its place");
    assert!(without.probabilities[sponsor] > claim(&assessment, "lazarus/sponsor").probability);
    assert!(without.probabilities[sponsor] < 0.5, "nor would the state be established without them");
}

#[test]
fn every_point_of_the_article_has_its_item() {
    let case = read(WANNACRY);
    let points: [&[&str]; 11] = [
        &["symantec-judgement", "victims"],
        &["article-code-instances"],
        &["article-address"],
        &["denial"],
        &["thakur-source-access", "thakur-not-state"],
        // Point 6 names hypotheses rather than evidence; see below.
        &[],
        &["public-exploit"],
        &["shared-function-kaspersky"],
        &["korean-note"],
        &["motive"],
        &["bangladesh"],
    ];
    for id in points.iter().copied().flatten() {
        assert!(case.item(id).is_some(), "{id}");
    }
    let lazarus = case.candidates.iter().find(|candidate| candidate.id == "lazarus").expect("Lazarus");
    assert!(lazarus.prior.contractor.is_some() && lazarus.prior.tasked.is_some(), "point 6");
}

#[test]
fn no_address_and_no_sample_is_shipped() {
    for word in WANNACRY.split(|c: char| !c.is_ascii_digit() && c != '.') {
        let parts: Vec<&str> = word.split('.').filter(|part| !part.is_empty()).collect();
        let address = parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok());
        assert!(!address, "{word}");
    }
    assert!(!WANNACRY.contains("gwea.com"), "the domain is written so that nobody can click it");
}

#[test]
fn before_kasperskys_report_lazarus_rises_and_with_it_falls() {
    let group = |day: &str| claim(&at(OLYMPIC_DESTROYER, day), "lazarus/group").probability;
    let (first, match_found, refuted) = (group("2018-02-12"), group("2018-02-28"), group("2018-03-08"));
    assert!(match_found > 2.0 * first, "{first} {match_found}");
    assert!(refuted < match_found / 5.0 && refuted < first, "{match_found} {refuted}");
}

#[test]
fn from_8_march_2018_the_planted_trail_leads() {
    for day in ["2018-03-08", "2018-06-30", "2020-12-31"] {
        let assessment = at(OLYMPIC_DESTROYER, day);
        let ranked = assessment.claims.iter().filter(|c| matches!(c.level, Level::Group | Level::FalseFlag));
        let lead = ranked.max_by(|one, other| one.probability.total_cmp(&other.probability)).expect("a lead");
        assert_eq!(lead.id, "lazarus/false-flag", "{day}");
    }
}

#[test]
fn the_forged_header_contradicts_the_code_of_its_own_file() {
    let assessment = at(OLYMPIC_DESTROYER, "2018-03-08");
    let found = assessment.contradictions.iter().find(|contradiction| {
        contradiction.candidate == "lazarus"
            && contradiction.speaks_for == "rich-header"
            && contradiction.speaks_against == "rich-contradiction"
    });
    let found = found.expect("the contradiction is shown");
    assert!(found.suggests_deception, "the easier trace to forge is the one that points at Lazarus");
    assert!(!found.artefacts.is_empty());
    assert!(at(OLYMPIC_DESTROYER, "2018-02-28").contradictions.is_empty(), "and not before it was seen");
}

#[test]
fn where_nobody_can_tell_nobody_is_named() {
    let assessment = assess(&read(CANNOT_TELL), "", &AssessOptions::default());
    let groups = || assessment.claims.iter().filter(|claim| claim.level == Level::Group);
    assert!(groups().all(|claim| claim.probability < 0.5 && claim.confidence.level == ConfidenceLevel::Low));
    assert!(assessment.headline.iter().any(|line| line.contains("does not establish")));
    assert!(assessment.prospects.iter().any(|prospect| prospect.from_case), "and it says what would help");
}

#[test]
fn one_sentence_printed_five_times_counts_once() {
    let assessment = assess(&read(CANNOT_TELL), "", &AssessOptions::default());
    let same = |item: &&ItemView| item.observation_id == "person-close-to-the-investigation";
    assert_eq!(assessment.items.iter().filter(same).count(), 5);
    let suspect = claim(&assessment, "grey-heron/group");
    assert!(suspect.if_independent > 2.0 * suspect.probability, "counted five times it would say much more");
}

#[test]
fn every_shipped_case_states_what_it_judges() {
    for text in [WANNACRY, OLYMPIC_DESTROYER, CANNOT_TELL] {
        let case = read(text);
        let stated = |item: &Item| item.forgeability.is_some() && item.shareability.is_some();
        assert!(case.evidence.iter().all(stated), "{}", case.header.id);
        assert!(case.sources.iter().all(|source| source.rated_by.is_some() && !source.reason.is_empty()));
    }
}

#[test]
fn the_only_open_warnings_are_of_traces_that_are_easily_forged() {
    for text in [WANNACRY, OLYMPIC_DESTROYER, CANNOT_TELL] {
        let case = read(text);
        // What the cases are about: the Chinese notes, the header, the copied line, the claim.
        let known = ["chinese-notes", "rich-header", "copied-string", "claim"];
        let open: Vec<String> = cognate_case::lint::lint(&case)
            .into_iter()
            .filter(|finding| finding.severity == Severity::Warning)
            .filter(|finding| {
                finding.rule != "forgeable-strongest" || !known.contains(&finding.subject.as_str())
            })
            // In two of them nothing speaks of who gave the task, and they say so.
            .filter(|finding| finding.rule != "sponsor-on-prior")
            // Two governments on one day: the one on who did it, the other on whose traces were planted.
            .filter(|finding| finding.rule != "parted-group" || finding.subject != "governments-2020")
            .map(|finding| format!("{}: {} ({})", finding.place.line, finding.message, finding.rule))
            .collect();
        assert!(open.is_empty(), "{}: {open:#?}", case.header.id);
    }
}
