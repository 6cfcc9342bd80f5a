//! What the embedded data answer; each case is a trap somebody has fallen into.

use super::*;

const LAZARUS_MISP: &str = "68391641-859f-4a9a-9a1e-3e5cf71ec376";
const LAZARUS_ATTACK: &str = "c93fccb1-e8e8-42cf-ae33-2ad1d183913a";

/// The candidates as `name/source`, in order, with the standing first.
fn check(name: &str, standing: Standing, expected: &[&str]) {
    let answer = Actors::embedded().find(name);
    assert_eq!(answer.standing, standing, "{name}: {:?}", short(&answer));
    assert_eq!(short(&answer), expected, "{name}");
}

fn short(answer: &ActorAnswer) -> Vec<String> {
    answer.candidates.iter().map(|candidate| format!("{}/{}", candidate.name, candidate.source)).collect()
}

fn suggested(name: &str) -> Vec<String> {
    let answer = Actors::embedded().find(name);
    assert_eq!(answer.standing, Standing::Unknown, "{name}");
    answer.suggestions.into_iter().map(|suggestion| suggestion.name).collect()
}

#[test]
fn one_name_in_several_sources_is_several_entries() {
    check("Lazarus Group", Standing::Several, &["Lazarus Group/threat-actor", "Lazarus Group/mitre-attack"]);
}

#[test]
fn a_subgroup_that_one_source_folds_in_and_another_keeps_apart_shows_both() {
    check(
        "Bluenoroff",
        Standing::Several,
        &["Lazarus Group/threat-actor", "APT38/mitre-attack", "Sapphire Sleet/microsoft-activity-group"],
    );
}

#[test]
fn an_alias_of_two_actors_of_one_source_is_ambiguous() {
    check(
        "Cobalt Gypsy",
        Standing::Ambiguous,
        &[
            "Cleaver/threat-actor",
            "OilRig/threat-actor",
            "OilRig/mitre-attack",
            "Hazel Sandstorm/microsoft-activity-group",
        ],
    );
    check("Grizzly Steppe", Standing::Ambiguous, &["APT28/threat-actor", "APT29/threat-actor"]);
}

#[test]
fn an_entry_withdrawn_in_favour_of_another_makes_nothing_ambiguous() {
    check(
        "Dark Halo",
        Standing::Several,
        &["UNC2452/threat-actor", "APT29/mitre-attack", "UNC2452/mitre-attack"],
    );
    let answer = Actors::embedded().find("Dark Halo");
    assert_eq!(answer.candidates.iter().filter(|candidate| candidate.revoked).count(), 1);
}

#[test]
fn case_blanks_and_hyphens_do_not_count_but_are_told() {
    let likeness = |name: &str| {
        let answer = Actors::embedded().find(name);
        let attack = answer.candidates.into_iter().find(|candidate| candidate.source == "mitre-attack");
        attack.unwrap().matched[0].likeness
    };
    assert_eq!(likeness("Lazarus Group"), Likeness::Literal);
    assert_eq!(likeness("lazarus group"), Likeness::Case);
    assert_eq!(likeness("LAZARUS-GROUP"), Likeness::Punctuation);
    assert_eq!(likeness(" lazarusgroup "), Likeness::Punctuation);
}

#[test]
fn the_middle_eastern_kittens_are_not_fused() {
    let actors = Actors::embedded();
    for (name, strangers) in [
        ("OilRig", ["APT35", "Rocket Kitten"]),
        ("APT35", ["OilRig", "Rocket Kitten"]),
        ("Rocket Kitten", ["OilRig", "APT35"]),
    ] {
        let answer = actors.find(name);
        let of_misp: Vec<&Candidate> =
            answer.candidates.iter().filter(|candidate| candidate.source == "threat-actor").collect();
        assert!(of_misp.iter().any(|candidate| candidate.name == name), "{name}");
        for stranger in strangers {
            assert!(of_misp.iter().all(|candidate| candidate.name != stranger), "{name}: {stranger}");
        }
    }
}

#[test]
fn relations_are_not_followed_further_than_one_step() {
    // APT35 - Magic Hound - OilRig: each step is stated, the whole is not.
    let actors = Actors::embedded();
    let entry = |name: &str| {
        let candidates = actors.find(name).candidates;
        candidates.into_iter().find(|candidate| candidate.name == name).unwrap()
    };
    let (apt35, magic_hound, oilrig) = (entry("APT35"), entry("Magic Hound"), entry("OilRig"));
    assert_eq!(apt35.overlaps_with(&magic_hound.uuid).count(), 1);
    assert_eq!(magic_hound.overlaps_with(&oilrig.uuid).count(), 1);
    assert_eq!(apt35.overlaps_with(&oilrig.uuid).count(), 0);
}

#[test]
fn an_overlap_says_who_states_it_and_how_likely() {
    let lazarus = Actors::embedded().resolve_id(LAZARUS_MISP).actor.unwrap();
    let overlaps: Vec<&Overlap> = lazarus.overlaps_with(LAZARUS_ATTACK).collect();
    assert_eq!(overlaps.len(), 1);
    assert_eq!(overlaps[0].relation, "similar");
    assert_eq!(overlaps[0].likelihood.as_deref(), Some("likely"));
    assert_eq!(overlaps[0].side, Side::Both);
    assert_eq!(overlaps[0].attack.as_deref(), Some("G0032"));
}

#[test]
fn the_ids_of_lazarus_resolve() {
    for (id, form, source) in [
        ("G0032", IdForm::Attack, "mitre-attack"),
        ("g0032 ", IdForm::Attack, "mitre-attack"),
        (LAZARUS_ATTACK, IdForm::Uuid, "mitre-attack"),
        ("intrusion-set--c93fccb1-e8e8-42cf-ae33-2ad1d183913a", IdForm::Stix, "mitre-attack"),
        (LAZARUS_MISP, IdForm::Uuid, "threat-actor"),
    ] {
        let answer = Actors::embedded().resolve_id(id);
        assert_eq!(answer.form, form, "{id}");
        let actor = answer.actor.as_ref().unwrap();
        assert_eq!((actor.name.as_str(), actor.source.as_str()), ("Lazarus Group", source), "{id}");
        assert_eq!(answer.bears("hidden cobra"), Some(Likeness::Case), "{id}");
        assert_eq!(answer.bears("APT28"), None, "{id}");
    }
}

#[test]
fn an_id_listed_as_an_alias_is_a_claim_beside_the_owner() {
    let answer = Actors::embedded().resolve_id("G0082");
    assert_eq!(answer.actor.unwrap().name, "APT38");
    let listed: Vec<&str> = answer.listed_by.iter().map(|candidate| candidate.name.as_str()).collect();
    assert_eq!(listed, ["Lazarus Group"]);
}

#[test]
fn an_id_nobody_has_resolves_to_nothing() {
    for (id, form) in [
        ("G9999", IdForm::Attack),
        ("00000000-0000-0000-0000-000000000000", IdForm::Uuid),
        ("Lazarus Group", IdForm::Unknown),
        ("G32", IdForm::Unknown),
        ("", IdForm::Unknown),
        ("malware--c93fccb1-e8e8-42cf-ae33-2ad1d183913a", IdForm::Unknown),
    ] {
        let answer = Actors::embedded().resolve_id(id);
        assert_eq!((answer.form, answer.actor, answer.listed_by.len()), (form, None, 0), "{id}");
    }
}

#[test]
fn a_name_finds_its_entry_by_id_too() {
    // The id is that of ATT&CK, so that its entry comes first.
    check("G0032", Standing::Several, &["Lazarus Group/mitre-attack", "Lazarus Group/threat-actor"]);
    let answer = Actors::embedded().find("intrusion-set--c93fccb1-e8e8-42cf-ae33-2ad1d183913a");
    assert_eq!(answer.candidates[0].matched[0].role, Role::Id);
}

#[test]
fn an_unknown_name_gets_near_spellings_and_no_candidate() {
    assert_eq!(suggested("Kimsuki"), ["Kimsuky"]);
    assert_eq!(suggested("Lazrus Group")[0], "Lazarus Group");
    assert_eq!(suggested("No Such Actor At All"), [""; 0]);
}

#[test]
fn a_letter_of_another_script_is_no_match_but_near() {
    assert_eq!(suggested("L\u{430}zarus Group")[0], "Lazarus Group");
}

#[test]
fn a_number_is_never_a_misspelling() {
    assert_eq!(suggested("APT99"), [""; 0]);
}

#[test]
fn a_part_of_a_name_suggests_the_whole() {
    assert!(suggested("Chollima").contains(&"Ricochet Chollima".to_owned()), "{:?}", suggested("Chollima"));
}

#[test]
fn a_name_that_one_entry_bears_still_suggests_the_longer_name_of_others() {
    let answer = Actors::embedded().find("Lazarus");
    assert!(answer.candidates.iter().all(|candidate| candidate.source != "mitre-attack"));
    let whole: Vec<&Suggestion> =
        answer.suggestions.iter().filter(|suggestion| suggestion.name == "Lazarus Group").collect();
    assert_eq!(whole[0].bearers, ["Lazarus Group (threat-actor)", "Lazarus Group (mitre-attack)"]);
}

#[test]
fn a_name_that_is_known_gets_no_other_spellings() {
    let answer = Actors::embedded().find("APT28");
    assert!(answer.suggestions.iter().all(|suggestion| suggestion.hint == Hint::Words));
}

#[test]
fn names_that_hold_nothing_or_harm_are_unknown() {
    for name in ["", " ", "---", "\u{1b}[2J\u{7}", "\u{202e}\u{0}", "\u{fffd}", "💀"] {
        assert_eq!(suggested(name), [""; 0], "{name:?}");
    }
}

#[test]
fn control_characters_inside_a_name_are_shown_as_a_match_that_is_not_literal() {
    let answer = Actors::embedded().find("Lazarus\u{1b} Group");
    assert_eq!(answer.candidates[0].matched[0].likeness, Likeness::Punctuation);
    assert_eq!(answer.asked, "Lazarus\u{1b} Group");
}

#[test]
fn a_very_long_name_is_cut_and_not_looked_up() {
    let answer = Actors::embedded().find(&"Lazarus Group ".repeat(1_000_000));
    assert_eq!(answer.asked.chars().count(), LONGEST_NAME);
    assert!(answer.cut && answer.candidates.is_empty() && answer.suggestions.is_empty());
    let padded = format!("Lazarus Group{}", " ".repeat(LONGEST_NAME));
    assert!(Actors::embedded().find(&padded).candidates.is_empty());
    assert_eq!(Actors::embedded().resolve_id(&"g".repeat(1 << 20)).asked.len(), LONGEST_NAME);
}

#[test]
fn the_data_hold_what_their_header_says() {
    let actors = Actors::embedded();
    let mut uuids: Vec<&str> = actors.data.actors.iter().map(|record| record.uuid.as_str()).collect();
    uuids.sort_unstable();
    uuids.dedup();
    assert_eq!(uuids.len(), actors.data.actors.len(), "two entries have one UUID");
    for source in actors.sources() {
        let entries = actors.data.actors.iter().filter(|record| record.source == source.source).count();
        assert_eq!(entries as u64, source.entries, "{}", source.source);
    }
    assert!(uuids.iter().all(|uuid| actors.resolve_id(uuid).actor.is_some_and(|actor| actor.uuid == *uuid)));
    let longest = actors.data.actors.iter().flat_map(Record::given).map(|name| name.chars().count()).max();
    assert!(longest < Some(50), "{longest:?}");
}

#[test]
fn every_name_finds_its_own_entry() {
    let actors = Actors::embedded();
    for record in &actors.data.actors {
        for name in record.given() {
            let found = actors.find(name);
            assert!(found.candidates.iter().any(|candidate| candidate.uuid == record.uuid), "{name}");
        }
    }
}

#[test]
fn aliases_that_name_several_actors_of_the_misp_galaxy_are_known_by_number() {
    // 23 that differ at most in case; two more when punctuation does not count either.
    let ambiguous = |key: fn(&str) -> String| {
        let mut bearers: BTreeMap<String, std::collections::BTreeSet<&str>> = BTreeMap::new();
        for record in Actors::embedded().data.actors.iter().filter(|record| record.source == "threat-actor") {
            record.given().for_each(|name| {
                bearers.entry(key(name)).or_default().insert(&record.uuid);
            });
        }
        bearers.values().filter(|bearers| bearers.len() > 1).count()
    };
    assert_eq!(ambiguous(|name| name.to_lowercase()), 23);
    assert_eq!(ambiguous(fold), 25);
}

#[test]
fn data_of_another_format_are_refused() {
    for text in ["", "{}", "[]", r#"{"header":{"date":"x","sources":[]},"actors":[{"name":"a","more":1}]}"#] {
        assert!(Actors::parse(text).is_err(), "{text}");
    }
}
