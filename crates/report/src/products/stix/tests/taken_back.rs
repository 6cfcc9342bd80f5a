//! Attributions that do not hold.

use super::*;
use cognate_case::assessment::Moment;
use cognate_case::leaf::Level;
use jiff::civil::date;

/// The case on which the group is established on some days: `days` says on which, the last is the day of the assessment.
fn over(days: &[bool]) -> Assessment {
    let mut assessment = assessment(if *days.last().unwrap() { Proof::Group } else { Proof::None });
    let moment = |(day, holds): (usize, &bool)| Moment {
        date: date(2020, 3, 11 + i8::try_from(day).unwrap()),
        reported: Vec::new(),
        probabilities: assessment
            .claims
            .iter()
            .map(|claim| if *holds { 0.97 } else { claim.prior })
            .collect(),
        low: assessment.claims.iter().map(|_| if *holds { 0.9 } else { 0.01 }).collect(),
        high: assessment.claims.iter().map(|_| 0.99).collect(),
        established: assessment.claims.iter().map(|claim| *holds && claim.level == Level::Group).collect(),
    };
    assessment.timeline = days.iter().enumerate().map(moment).collect();
    assessment
}

/// Relationships of a group as "stated" or the day of revocation, in their order.
fn relationships(assessment: &Assessment) -> Vec<(String, String)> {
    let told = |one: &Value| {
        let revoked = one["revoked"] == true;
        let state = if revoked { one["modified"].as_str().unwrap().get(8..10).unwrap() } else { "stated" };
        (state.to_owned(), one["id"].as_str().unwrap().to_owned())
    };
    let objects = objects(assessment);
    let attributed = |one: &&Value| one["relationship_type"] == "attributed-to";
    let to_group = objects.iter().filter(attributed).filter(|one| {
        let target = one["target_ref"].as_str().unwrap();
        target == objects_of_group()
    });
    to_group.map(told).collect()
}

/// The identifier of the group's object, wherever it is stated.
fn objects_of_group() -> String {
    let objects = objects(&assessment(Proof::Group));
    of_type(&objects, "intrusion-set")[0]["id"].as_str().unwrap().to_owned()
}

#[track_caller]
fn check(days: &[bool], expected: &[&str]) {
    let assessment = over(days);
    check_sound(&assessment);
    let found = relationships(&assessment);
    assert_eq!(found.iter().map(|(state, _)| state.as_str()).collect::<Vec<_>>(), expected, "{days:?}");
    let ids: BTreeSet<&String> = found.iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), found.len(), "what is revoked never comes back under its id");
}

#[test]
fn what_was_established_and_is_not_is_sent_again_revoked_on_the_day_it_fell() {
    check(&[false, true], &["stated"]);
    check(&[true, false], &["12"]);
    check(&[true, false, false], &["12"]);
    check(&[true, false, true], &["12", "stated"]);
    check(&[true, false, true, false], &["12", "14"]);
    check(&[false, false], &[]);
}

#[test]
fn the_relationship_that_is_revoked_is_the_one_that_was_stated() {
    let stated = relationships(&over(&[false, true]));
    let revoked = relationships(&over(&[false, true, false]));
    assert_eq!(stated[0].1, revoked[0].1);
    let later = relationships(&over(&[false, true, false, false, false]));
    assert_eq!(revoked, later, "the same bytes in every later export");
}

#[test]
fn who_is_taken_back_is_no_object_and_bears_no_tag() {
    let objects = objects(&over(&[true, false]));
    assert!(of_type(&objects, "intrusion-set").is_empty());
    let event = super::super::super::misp::misp(&over(&[true, false]));
    assert!(!event["Event"]["Tag"].to_string().contains("Lazarus"), "{}", event["Event"]["Tag"]);
    assert!(
        event["Event"]["Attribute"]
            .to_string()
            .contains("Taken back: that Plekszy or members of it are behind it.")
    );
}

#[test]
fn a_case_takes_back_what_its_later_evidence_undoes() {
    let mut undone = text(Proof::Group);
    for (id, source) in [("builder", "court"), ("confession", "lab"), ("alibi", "court"), ("receipt", "lab")]
    {
        undone += &format!(
            "\n[[evidence]]\nid = \"{id}\"\ntitle = \"somebody else\"\nkind = \"persona\"\naspect = \"intelligence\"\nobservation = \"The {id} of somebody else.\"\nsource = \"{source}\"\ncredibility = 1\nreported = 2020-05-01\nforgeability = \"prohibitive\"\nshareability = \"operational\"\nrationale = \"Found.\"\nlikelihood = {{ unlisted = 0.9, plekszy = 0.000001 }}\n"
        );
    }
    let (before, after) = (read(&undone, Some("2020-04-30")), read(&undone, Some("2020-06-01")));
    let (stated, revoked) = (relationships(&before), relationships(&after));
    assert_eq!(stated[0].0, "stated");
    assert_eq!(revoked, [("01".to_owned(), stated[0].1.clone())]);
}
