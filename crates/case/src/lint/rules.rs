//! The rules, each with its short name and what it doubts.

use crate::assessment::Severity;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Short name.
    pub id: &'static str,
    /// How bad what it finds is.
    pub severity: Severity,
    /// What it finds, and why that matters.
    pub means: &'static str,
}

const fn warning(id: &'static str, means: &'static str) -> Rule {
    Rule { id, severity: Severity::Warning, means }
}

const fn note(id: &'static str, means: &'static str) -> Rule {
    Rule { id, severity: Severity::Note, means }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $severity:ident($id:literal, $means:literal);)+) => {
        $(pub(super) const $name: Rule = $severity($id, $means);)+
        /// Every rule.
        pub const RULES: &[Rule] = &[$($name),+];
    };
}

rules! {
    FEW_CANDIDATES = warning("few-candidates", "fewer than two candidates: nothing competes, and every trace seems to point one way");
    UNLISTED_LOW = warning("unlisted-low", "`unlisted` has a prior below 0.05: hardly anybody knows of all who could have done it");
    NO_CONTRACTOR = warning("no-contractor", "code speaks of a candidate whose contractors and former members have no hypothesis, though they may have the code");
    UNMENTIONED_CANDIDATE = note("unmentioned-candidate", "no item says anything about a candidate");
    NOT_ASKED = note("not-asked", "a candidate without a hypothesis that most have (others with its code, a false flag on it, the group untasked): the case takes it to be impossible");
    SPONSOR_ON_PRIOR = warning("sponsor-on-prior", "no item speaks for a candidate having been tasked by its sponsor: that it was is the prior's word");
    FOREIGN_ID = warning("foreign-id", "the ATT&CK or MISP id of a candidate belongs to another name, is of another form, or is withdrawn");
    UNKNOWN_ID = note("unknown-id", "the ATT&CK or MISP id of a candidate is not in the data that cognate carries");
    AMBIGUOUS_NAME = note("ambiguous-name", "a candidate without ids bears a name that one source gives to several actors");
    UNUSED = note("unused", "a source, analyst or group that nothing refers to");
    LONE_GROUP = note("lone-group", "a dependence group of one item");
    SELF_GRADED = warning("self-graded", "a source is graded by itself or by somebody who speaks for it");
    SELF_JUDGED = warning("self-judged", "only an analyst who speaks for a source judges what that source reports");
    OBSERVED_AFTER_REPORT = warning("observed-after-report", "an item is observed after it was reported");
    JUDGED_BEFORE_REPORT = warning("judged-before-report", "a judgement is older than the report it judges");
    BEFORE_INCIDENT = note("before-incident", "an item is reported before the incident and does not say when it was observed");
    SETTLED_BEFORE_INCIDENT = warning("settled-before-incident", "the outcome is settled before the incident");
    NO_TLP = warning("no-tlp", "the case does not say who may read it: every product of it is marked TLP:AMBER, for the organisation and its clients");
    STRICTER_TLP = note("stricter-tlp", "an item is marked more strictly than its case: every product of the case takes the strictest");
    NOT_DIAGNOSTIC = note("not-diagnostic", "no hypothesis predicts an item clearly better than any other");
    NAMES_A_STATE = warning("names-a-state", "language, build environment or metadata is used to tell whether a state gave the task: it can tell at most who wrote");
    OVERCLAIM = warning("overclaim", "one item is judged more than 1000 times as probable under one hypothesis as under another");
    NO_FALSE_FLAG_JUDGEMENT = warning("no-false-flag-judgement", "nobody judged how easily an item is forged, or how widely its means are shared");
    BELOW_MEASURED = warning("below-measured", "code is judged rarer among the unrelated than was measured");
    DEFAULT_LIKELIHOOD = warning("default-likelihood", "the likelihoods of a match are still the defaults of `case add-match`");
    NOT_JUDGED = warning("not-judged", "nobody has judged an item yet: it counts as nothing");
    WORD_BESIDE_NUMBER = warning("word-beside-number", "numbers stand beside a word for `unlisted`, whose own number nobody wrote: they count against it, or outweigh it in the mean of the analysts");
    DIAGNOSTIC_DENIAL = warning("diagnostic-denial", "a statement of the accused party is treated as telling: it would deny either way");
    FORGEABLE_STRONGEST = warning("forgeable-strongest", "what speaks most for a candidate is easily forged, and nothing harder to forge comes near");
    ONE_SIDED = note("one-sided", "no item speaks against the candidate that leads");
    LONE_ORIGIN = note("lone-origin", "an origin that is no item of the case, and that no other item shares");
    CIRCULAR_ORIGIN = warning("circular-origin", "items that derive from each other in a circle");
    COPY_JUDGED_APART = warning("copy-judged-apart", "a report of an observation that another item stands for has likelihoods of its own, which are not used");
    SAME_ARTEFACTS = warning("same-artefacts", "items of one kind about the same artefacts count as independent");
    SAME_WORDS = warning("same-words", "items that say nearly the same count as independent");
    SAME_REPORT = note("same-report", "items of one kind that one source reported on one day count as independent");
    SAME_CODE = warning("same-code", "matches of one sample, or with one relative, count as independent");
    PARTED_GROUP = warning("parted-group", "items of one group are said to be nearly one observation and speak for different hypotheses, so that they are hardly discounted");
    ALIKE_SOURCES = note("alike-sources", "two sources of one kind whose names begin alike: if they are one party, its reliability counts twice");
    RETOLD = warning("retold", "the press, or somebody's conclusion, says what another source said before and counts as evidence of its own");
    NOT_FOUND = warning("not-found", "something that was looked for and not found is judged far more telling than a search can be");
    ECHO = warning("echo", "a statement or conclusion about an artefact of another item counts as evidence of its own");
    EMPTY_TEXT = warning("empty-text", "a reason, rationale or observation is missing or a placeholder");
    MIXED_SENTENCE = warning("mixed-sentence", "a likelihood and a confidence share a sentence, which ICD 203 forbids because readers take one for the other");
}
