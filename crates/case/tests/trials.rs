//! Case files on which the judgement or its product was once wrong (`trials/`), each with what is right.

use cognate_case::leaf::Level;
use cognate_case::{AssessOptions, Assessment, Case, lint::lint};

fn case(name: &str) -> Case {
    let path = format!("{}/tests/trials/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    Case::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn assess(name: &str) -> Assessment {
    cognate_case::assess(&case(name), "", &AssessOptions::default())
}

fn probability(assessment: &Assessment, id: &str) -> f64 {
    assessment.claims.iter().find(|claim| claim.id == id).unwrap_or_else(|| panic!("{id}")).probability
}

fn headline(assessment: &Assessment) -> String {
    assessment.headline.join("\n")
}

/// Papers that repeat what one bad source said are no witnesses of their own.
#[test]
fn retellings_of_one_source_are_bounded_by_the_best_of_them_once() {
    let item = |id: &str, source: &str, credibility: u8, more: &str| {
        format!(
            "[[evidence]]\nid = \"{id}\"\ntitle = \"t\"\nkind = \"code\"\naspect = \"malware\"\nobservation = \"o\"\nsource = \"{source}\"\n\
             credibility = {credibility}\nreported = 2020-01-02\nforgeability = \"prohibitive\"\nshareability = \"operational\"\nrationale = \"r\"\n{more}\
             likelihood = {{ unlisted = 0.001, a = 0.9 }}\n"
        )
    };
    let mut text = String::from(
        "[case]\nid = \"t\"\ntitle = \"t\"\nquestion = \"q\"\n[unlisted]\nprior = 0.95\nreason = \"r\"\n\
         [[candidate]]\nid = \"a\"\nname = \"A\"\nprior = { untasked = 0.05, reason = \"r\" }\n\
         [[source]]\nid = \"bad\"\nname = \"Bad\"\nkind = \"other\"\nreliability = \"E\"\nreason = \"r\"\n",
    );
    for place in 0..10 {
        text.push_str(&format!(
            "[[source]]\nid = \"p{place}\"\nname = \"P\"\nkind = \"press\"\nreliability = \"D\"\nreason = \"r\"\n"
        ));
        text.push_str(&item(&format!("e{place}"), "bad", 5, ""));
        text.push_str(&item(
            &format!("r{place}"),
            &format!("p{place}"),
            4,
            &format!("origin = \"e{place}\"\n"),
        ));
    }
    let case = Case::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let found = probability(&cognate_case::assess(&case, "", &AssessOptions::default()), "a/group");
    // The share of D of the way from 5 % to certainty.
    assert!(found < 0.35 + 0.65 * 0.05 + 1e-6, "{found}");
}

/// What stands for each file: a claim, what it must be, and what the headline says or does not say.
#[test]
fn probabilities_and_headlines_are_right() {
    // File, claim, least, most, in the headline, not in the headline.
    type Row = (&'static str, &'static str, f64, f64, &'static [&'static str], &'static [&'static str]);
    let rows: [Row; 21] = [
        ("state-by-prior", "a/group", 0.9, 1.0, &["nothing in the case bears on it"], &["Ruritania"]),
        ("neutral-sponsor", "a/group", 0.05, 0.05, &["does not establish"], &["Sylvania", "Ruritania"]),
        ("tie-sponsor", "a/group", 0.05, 0.06, &["does not tell A and B apart"], &["Sylvania", "Ruritania"]),
        ("E5", "a/group", 0.14, 0.15, &["does not establish"], &[]),
        ("E5x40", "a/group", 0.14, 0.15, &["does not establish"], &[]),
        ("F6", "a/group", 0.5, 0.53, &["does not establish"], &[]),
        ("retell-origin", "a/group", 0.48, 0.50, &["does not establish"], &["rests on the priors"]),
        ("prior-tiny", "a/group", 0.9, 0.96, &["is low", "one source"], &["moderate"]),
        ("border", "a/group", 0.95, 0.95, &["very likely", "rests on the priors"], &["almost certain"]),
        ("contradiction", "a/group", 0.049, 0.051, &["does not tell A and B apart"], &[]),
        ("deception", "a/false-flag", 0.65, 0.8, &["traces of A were planted"], &[]),
        ("eight", "c0/group", 0.3, 0.4, &["C0 is the most probable"], &[]),
        ("late-before", "a/group", 0.7, 0.75, &[], &[]),
        // What speaks against a tasking names nobody for it.
        ("tell-down", "a/sponsor", 0.9, 1.0, &["what bears on it speaks against it"], &["Russia"]),
        ("an-disagree", "a/group", 0.5, 1.0, &["those who judged what bears on it disagree"], &["Russia"]),
        ("tie-tasked", "a/group", 0.4, 0.55, &["does not tell A and B apart"], &["Sylvania", "Ruritania"]),
        ("set-prior", "a/group", 0.1, 0.6, &[], &["ussia"]),
        ("sponsor-low", "a/sponsor", 0.01, 0.05, &[], &["Ruritania"]),
        ("F-rumours", "a/group", 0.13, 0.15, &["does not establish"], &[]),
        // Nothing that nobody can judge is a fact, however much of it there is.
        ("F6x40", "a/group", 0.9, 1.0, &["does not establish"], &[]),
        // A candidate that nobody mentions takes nothing from the others.
        ("late-unmentioned", "a/group", 0.7, 0.75, &[], &[]),
    ];
    for (name, claim, least, most, said, unsaid) in rows {
        let assessment = assess(name);
        let found = probability(&assessment, claim);
        assert!((least - 5e-4..=most + 5e-4).contains(&found), "{name}: {claim} {found}");
        let text = headline(&assessment);
        said.iter().for_each(|words| assert!(text.contains(words), "{name}: no {words:?} in {text}"));
        unsaid.iter().for_each(|words| assert!(!text.contains(words), "{name}: {words:?} in {text}"));
    }
}

#[test]
fn a_sponsor_is_established_by_what_tells_tasked_from_untasked_and_by_nothing_else() {
    let sponsor = |name: &str| {
        let assessment = assess(name);
        let claims = assessment.claims.into_iter().filter(|claim| claim.level == Level::Sponsor);
        claims.map(|claim| (claim.established, claim.probability)).next().unwrap_or_else(|| panic!("{name}"))
    };
    for (name, established) in [("state-by-prior", false), ("sponsor-with", true), ("sponsor-without", true)]
    {
        assert_eq!(sponsor(name).0, established, "{name}");
    }
    // Who may plant the traces of another keeps the claim of its own sponsor.
    let (with, without) = (sponsor("sponsor-with").1, sponsor("sponsor-without").1);
    assert!((with - without).abs() < 0.01, "{with} {without}");
}

#[test]
fn evidence_for_a_never_lowers_a() {
    let odds = |name: &str| {
        let assessment = assess(name);
        probability(&assessment, "a/group") / probability(&assessment, "b/group")
    };
    let (before, after) = (odds("mono1"), odds("mono2"));
    assert!(before > 9.3 && after >= before, "{before} {after}");
}

#[test]
fn a_bad_grade_leaves_the_interval_wide() {
    for name in ["E5", "E5x40"] {
        let assessment = assess(name);
        let claim = assessment.claims.iter().find(|claim| claim.id == "a/group").expect("a claim");
        assert!(claim.low < 0.09 && claim.high > 0.25, "{name}: {} to {}", claim.low, claim.high);
    }
}

#[test]
fn what_is_doubtful_about_the_case_is_said() {
    let rows = [
        ("state-by-prior", "sponsor-on-prior", true),
        ("sponsor-with", "sponsor-on-prior", false),
        ("retell-none", "retold", true),
        ("retell-none-different-words", "retold", true),
        ("retell-origin", "retold", false),
        ("ret-one-statement", "retold", true),
        ("tell-down", "sponsor-on-prior", true),
    ];
    for (name, rule, expected) in rows {
        let found = lint(&case(name)).iter().any(|finding| finding.rule == rule);
        assert_eq!(found, expected, "{name}: {rule}");
    }
}

/// Where two sets give one candidate different values, the order of the file must not decide.
#[test]
fn sets_that_disagree_on_a_member_are_refused() {
    let text = include_str!("set-overlap.toml");
    let error = Case::parse(text).expect_err("x1 and y1 disagree on gamma");
    assert!(error.to_string().contains("have a candidate in common"), "{error}");
}
