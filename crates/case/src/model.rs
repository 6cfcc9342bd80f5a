//! A case: who may be behind an incident, what is known, from whom, and what it is worth.
//!
//! [`Case::parse`] reads a case file and settles what it means: every id
//! defined once, every reference resolved, probabilities between 0 and 1,
//! priors that add up to one. What is doubtful without being wrong is the
//! business of [`mod@crate::lint`].
//!
//! **Hypotheses.** For each candidate *X* the exclusive ways in which the
//! incident may have to do with it ([`crate::leaf::Role`]), one false flag on *X* for each
//! candidate that is said to plant it, and "someone not listed": together they
//! are exhaustive. The levels (code base, cluster, group, sponsor) are sums of
//! these; nobody is asked for them again, so they cannot contradict each other.

use crate::file::{self, Measured, SourceKind};
use crate::scale::{Aspect, Credibility, EvidenceKind, Forgeability, Reliability, Shareability, Tlp, Vertex};
use cognate_base::{Error, ErrorKind, Hint, Lines, Position};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::value::Datetime;

/// Most bytes of a case file.
pub const MAX_BYTES: usize = 64 << 20;
/// Most items of evidence.
pub const MAX_ITEMS: usize = 100_000;
/// Most hypotheses after all candidates are laid out.
pub const MAX_HYPOTHESES: usize = 250;
/// Most analysts: each gets an assessment of their own.
pub const MAX_ANALYSTS: usize = 200;
/// Most judgements times hypotheses: what memory and time of an assessment grow with.
/// Four times the 10,000 items and 50 hypotheses that a large case is expected to have.
pub const MAX_JUDGED: usize = 2_000_000;
/// The factor within which a stated likelihood's odds lie with 90 %, unless told.
pub const UNCERTAINTY: f64 = 2.0;
/// The factor within which a stated prior lies with 90 %, unless told.
pub const PRIOR_UNCERTAINTY: f64 = 3.0;

/// A case, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its short name: lower-case letters, digits, hyphens.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it asks.
    pub question: String,
    /// What happened, in a few sentences.
    pub summary: Option<String>,
    /// When it happened.
    pub incident: Option<Date>,
    /// Who may read it.
    pub tlp: Tlp,
    /// The file says who may read it; where it does not, everybody may.
    pub tlp_stated: bool,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// The factor within which every prior lies with 90 %.
    pub prior_uncertainty: f64,
    /// The prior of "someone not listed", and why.
    pub unlisted: (f64, String),
    /// The candidates, in the order of the file.
    pub candidates: Vec<Candidate>,
    /// The sources.
    pub sources: Vec<Source>,
    /// The analysts who judged.
    pub analysts: Vec<Analyst>,
    /// The dependence groups.
    pub groups: Vec<Group>,
    /// The evidence, in the order of the file.
    pub evidence: Vec<Item>,
    /// What may yet be found.
    pub indicators: Vec<Indicator>,
}

/// Who may be behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Short name.
    pub id: String,
    /// Name.
    pub name: String,
    /// The state or body said to task it.
    pub sponsor: Option<String>,
    /// ATT&CK id.
    pub attack: Option<String>,
    /// MISP galaxy uuid.
    pub misp: Option<String>,
    /// What else to know.
    pub note: Option<String>,
    /// What is held of it before any evidence.
    pub prior: Prior,
    /// Where it stands in the file.
    pub place: Position,
}

/// What is held of a candidate before any evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    /// The group, tasked by its sponsor; none without a sponsor.
    pub tasked: Option<f64>,
    /// The group or members of it, not tasked.
    pub untasked: f64,
    /// Contractors and former members; none where the case does not look at them.
    pub contractor: Option<f64>,
    /// Others with the group's code.
    pub reuse: f64,
    /// Someone not listed who plants the group's traces.
    pub false_flag: f64,
    /// Other candidates who plant them.
    pub false_flag_by: Vec<(usize, f64)>,
    /// Why.
    pub reason: String,
}

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Short name.
    pub id: String,
    /// Name.
    pub name: String,
    /// What kind of party it is.
    pub kind: SourceKind,
    /// How far it is relied on.
    pub reliability: Reliability,
    /// Why.
    pub reason: String,
    /// Where.
    pub url: Option<String>,
    /// Who gave the grade: free text, or a source's or analyst's id.
    pub rated_by: Option<String>,
    /// Where it stands in the file.
    pub place: Position,
}

/// Who judged likelihoods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analyst {
    /// Short name.
    pub id: String,
    /// Name.
    pub name: String,
    /// The source they speak for.
    pub source: Option<usize>,
    /// What else to know.
    pub note: Option<String>,
    /// Where it stands in the file.
    pub place: Position,
}

/// Items that hang together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Short name.
    pub id: String,
    /// How far: 0 independent, 1 one observation.
    pub correlation: f64,
    /// Why.
    pub reason: String,
    /// Where it stands in the file.
    pub place: Position,
}

/// One item of evidence: one report of one observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Short name.
    pub id: String,
    /// One line.
    pub title: String,
    /// What kind of thing.
    pub kind: EvidenceKind,
    /// Its place among the aspects of MICTIC.
    pub aspect: Aspect,
    /// Its place in the diamond.
    pub vertex: Option<Vertex>,
    /// What was seen, apart from what it means.
    pub observation: String,
    /// What it was seen on: hashes, addresses of code, domains.
    pub artefacts: Vec<String>,
    /// ATT&CK ids, samples, documents.
    pub references: Vec<String>,
    /// Who reported it.
    pub source: usize,
    /// How far this piece of information is believed.
    pub credibility: Credibility,
    /// What it derives from: another item's id, or a name that several items give.
    pub origin: Option<String>,
    /// When the thing was seen or happened.
    pub observed: Option<Date>,
    /// When it was reported: it counts from this day on.
    pub reported: Date,
    /// The dependence group.
    pub group: Option<usize>,
    /// What it takes to forge.
    pub forgeability: Option<Forgeability>,
    /// How widely its means are shared.
    pub shareability: Option<Shareability>,
    /// Who may read it; the case's marking where none.
    pub tlp: Option<Tlp>,
    /// What it is worth, in the eyes of one analyst or several; never empty.
    pub judgements: Vec<Judgement>,
    /// What a match of code measured.
    pub measured: Option<Measured>,
    /// Where it stands in the file.
    pub place: Position,
}

/// What one analyst holds an item to be worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Who; none for the authors of the case.
    pub by: Option<usize>,
    /// From when on; none for the day of the report.
    pub date: Option<Date>,
    /// How probable the item is under each hypothesis.
    pub likelihood: Likelihood,
    /// The factor within which the stated odds lie with 90 %.
    pub uncertainty: f64,
    /// Why.
    pub rationale: String,
    /// Where it stands in the file.
    pub place: Position,
}

/// How probable an item is, by hypothesis; every number strictly between 0 and 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Likelihood {
    /// When nobody on the list has to do with it.
    pub unlisted: f64,
    /// For candidates about whom the item says anything; for all others it is as under `unlisted`.
    pub on: BTreeMap<usize, Roles>,
}

/// How probable an item is when this candidate has to do with the incident.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roles {
    /// The group, tasked.
    pub tasked: f64,
    /// The group or its members, not tasked.
    pub untasked: f64,
    /// Contractors and former members.
    pub contractor: f64,
    /// Others with the group's code; none to derive it from the shareability.
    pub reuse: Option<f64>,
    /// A false flag on the group; none to derive it from the forgeability.
    pub false_flag: Option<f64>,
}

/// Something that may yet be found.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// Short name.
    pub id: String,
    /// One line.
    pub title: String,
    /// What kind of thing.
    pub kind: EvidenceKind,
    /// Its place among the aspects of MICTIC.
    pub aspect: Aspect,
    /// Why it would tell.
    pub reason: String,
    /// What it takes to forge.
    pub forgeability: Option<Forgeability>,
    /// How widely its means are shared.
    pub shareability: Option<Shareability>,
    /// How probable it is that it is found.
    pub likelihood: Likelihood,
    /// Where it stands in the file.
    pub place: Position,
}

impl Case {
    /// Reads a case file.
    ///
    /// # Errors
    /// Says where and what was expected: not TOML, an unknown key, an id that
    /// is defined twice or nowhere, a probability that is none, priors that do
    /// not add up to one, more than [`MAX_ITEMS`], [`MAX_HYPOTHESES`],
    /// [`MAX_ANALYSTS`] or [`MAX_JUDGED`].
    pub fn parse(text: &str) -> Result<Case, Error> {
        if text.len() > MAX_BYTES {
            let message = format!("the case file has {} bytes, more than {MAX_BYTES}", text.len());
            return Err(Error::new(ErrorKind::TooLarge, message)
                .hint("split the case, or leave out what says nothing"));
        }
        let file = toml::from_str::<file::CaseFile>(text).map_err(|error| syntax(text, &error))?;
        Reading { lines: Lines::of(text), file: &file }.case()
    }

    /// The item of that id.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.evidence.iter().find(|item| item.id == id)
    }

    /// The marking of one item.
    #[must_use]
    pub fn tlp_of(&self, item: &Item) -> Tlp {
        item.tlp.unwrap_or(self.tlp)
    }

    /// The observation an item reports: follows `origin` to its end.
    ///
    /// Two items with the same answer are reports of one observation.
    #[must_use]
    pub fn observations(&self) -> Vec<String> {
        let by_id: BTreeMap<&str, &Item> =
            self.evidence.iter().map(|item| (item.id.as_str(), item)).collect();
        let mut known = BTreeMap::new();
        self.evidence.iter().map(|item| root(&item.id, &by_id, &mut known).to_owned()).collect()
    }
}

/// The end of an item's chain of origins; of a circle, its least name.
///
/// `known` keeps the end of every item passed, so that all chains together cost one walk.
fn root<'a>(
    id: &'a str,
    by_id: &BTreeMap<&'a str, &'a Item>,
    known: &mut BTreeMap<&'a str, &'a str>,
) -> &'a str {
    let (mut path, mut passed) = (Vec::new(), BTreeSet::new());
    let mut name = id;
    let end = loop {
        if let Some(&end) = known.get(name) {
            break end;
        }
        if !passed.insert(name) {
            break circle(name, by_id);
        }
        path.push(name);
        match by_id.get(name).and_then(|item| item.origin.as_deref()) {
            Some(origin) => name = origin,
            None => break name,
        }
    };
    known.extend(path.into_iter().map(|name| (name, end)));
    end
}

/// The least name on the circle that `start` lies on.
fn circle<'a>(start: &'a str, by_id: &BTreeMap<&'a str, &'a Item>) -> &'a str {
    let (mut least, mut name) = (start, start);
    while let Some(origin) = by_id.get(name).and_then(|item| item.origin.as_deref()) {
        least = least.min(origin);
        name = origin;
        if name == start {
            break;
        }
    }
    least
}

fn syntax(text: &str, error: &toml::de::Error) -> Error {
    let made = Error::new(ErrorKind::Syntax, error.message().replace('\n', ": "));
    let made = made.hint(Hint::SeeCaseSkeleton);
    match error.span() {
        Some(span) => made.at(Position::of(text, span.start)),
        None => made,
    }
}

type Ids<'a> = BTreeMap<&'a str, usize>;

/// A file on its way to a case.
struct Reading<'a> {
    lines: Lines<'a>,
    file: &'a file::CaseFile,
}

/// Every id of the file by kind.
struct Names<'a> {
    candidates: Ids<'a>,
    sources: Ids<'a>,
    analysts: Ids<'a>,
    groups: Ids<'a>,
}

impl<'a> Reading<'a> {
    fn case(&self) -> Result<Case, Error> {
        let file = self.file;
        if file.evidence.len() > MAX_ITEMS {
            let message = format!("the case has {} items, more than {MAX_ITEMS}", file.evidence.len());
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        self.slug(&file.case.id)?;
        self.ids("evidence", file.evidence.iter().map(|item| &item.id))?;
        self.ids("indicator", file.indicator.iter().map(|item| &item.id))?;
        let names = Names {
            candidates: self.ids("candidate", file.candidate.iter().map(|candidate| &candidate.id))?,
            sources: self.ids("source", file.source.iter().map(|source| &source.id))?,
            analysts: self.ids("analyst", file.analyst.iter().map(|analyst| &analyst.id))?,
            groups: self.ids("group", file.group.iter().map(|group| &group.id))?,
        };
        let header = &file.case;
        let case = Case {
            id: header.id.get_ref().clone(),
            title: header.title.clone(),
            question: header.question.clone(),
            summary: header.summary.clone(),
            incident: header.incident.as_ref().map(|date| self.date(date)).transpose()?,
            tlp: header.tlp.unwrap_or_default(),
            tlp_stated: header.tlp.is_some(),
            authors: header.authors.clone(),
            references: header.references.clone(),
            prior_uncertainty: self.factor(header.prior_uncertainty.as_ref(), PRIOR_UNCERTAINTY)?,
            unlisted: (self.probability(&file.unlisted.prior)?, file.unlisted.reason.clone()),
            candidates: self.all(&file.candidate, |candidate| self.candidate(candidate, &names))?,
            sources: file.source.iter().map(|source| self.source(source)).collect(),
            analysts: self.all(&file.analyst, |analyst| self.analyst(analyst, &names))?,
            groups: self.all(&file.group, |group| self.group(group))?,
            evidence: self.all(&file.evidence, |item| self.item(item, &names))?,
            indicators: self.all(&file.indicator, |indicator| self.indicator(indicator, &names))?,
        };
        self.exhaustive(&case)?;
        self.one_group_each(&case)?;
        Ok(case)
    }

    fn all<T, U>(&self, from: &[T], read: impl Fn(&T) -> Result<U, Error>) -> Result<Vec<U>, Error> {
        from.iter().map(read).collect()
    }

    fn at<T>(&self, value: &Spanned<T>) -> Position {
        self.lines.place(value.span().start)
    }

    fn ids(&self, kind: &str, ids: impl Iterator<Item = &'a Spanned<String>>) -> Result<Ids<'a>, Error> {
        let mut known = Ids::new();
        for (place, id) in ids.enumerate() {
            self.slug(id)?;
            if known.insert(id.get_ref(), place).is_some() {
                let message = format!("{kind} `{}` is defined twice", id.get_ref());
                return Err(Error::meaning(message).at(self.at(id)).hint("give one of them another id"));
            }
        }
        Ok(known)
    }

    fn slug(&self, id: &Spanned<String>) -> Result<(), Error> {
        let text = id.get_ref();
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !text.is_empty() && text.len() <= 80 && text.bytes().all(fits) && text != "unlisted" {
            return Ok(());
        }
        let message = format!("`{}` is no id", text.escape_debug());
        Err(Error::meaning(message)
            .at(self.at(id))
            .hint("ids are lower-case letters, digits and hyphens, at most 80, and not `unlisted`"))
    }

    fn find(&self, kind: &str, id: &Spanned<String>, known: &Ids<'_>) -> Result<usize, Error> {
        known.get(id.get_ref().as_str()).copied().ok_or_else(|| {
            let names: Vec<&str> = known.keys().copied().take(12).collect();
            let hint = if names.is_empty() {
                format!("the case defines no {kind}; add `[[{kind}]]`")
            } else {
                format!("defined are: {}", names.join(", "))
            };
            let message = format!("no {kind} is called `{}`", id.get_ref().escape_debug());
            Error::meaning(message).at(self.at(id)).hint(hint)
        })
    }

    fn date(&self, date: &Spanned<Datetime>) -> Result<Date, Error> {
        let wrong = || {
            let message = format!("`{}` is no plain date", date.get_ref());
            Error::meaning(message).at(self.at(date)).hint("write a day without a time: 2017-05-12")
        };
        let value = date.get_ref();
        let (Some(day), None, None) = (value.date, value.time, value.offset) else { return Err(wrong()) };
        let (year, month, number) = (i16::try_from(day.year), i8::try_from(day.month), i8::try_from(day.day));
        let (Ok(year), Ok(month), Ok(number)) = (year, month, number) else { return Err(wrong()) };
        Date::new(year, month, number).map_err(|_| wrong())
    }

    fn probability(&self, value: &Spanned<f64>) -> Result<f64, Error> {
        let number = *value.get_ref();
        if (1e-9..=1.0 - 1e-9).contains(&number) {
            return Ok(number);
        }
        let message = format!("{number} is not a probability between 0 and 1, both excluded");
        let hint = "0 and 1 would silence every other item; write 0.001 or 0.999 for what is nearly settled";
        let error = Error::meaning(message).hint(hint);
        Err(if value.span().is_empty() { error } else { error.at(self.at(value)) })
    }

    fn factor(&self, value: Option<&Spanned<f64>>, otherwise: f64) -> Result<f64, Error> {
        let Some(value) = value else { return Ok(otherwise) };
        if (1.0..=100.0).contains(value.get_ref()) {
            return Ok(*value.get_ref());
        }
        let message = format!("{} is no factor from 1 to 100", value.get_ref());
        Err(Error::meaning(message)
            .at(self.at(value))
            .hint("2 says: the odds are between half and twice what is stated"))
    }

    fn candidate(&self, candidate: &file::Candidate, names: &Names<'_>) -> Result<Candidate, Error> {
        let prior = candidate.prior.get_ref();
        if prior.tasked.is_some() != candidate.sponsor.is_some() {
            let message = format!(
                "candidate `{}` has {}",
                candidate.id.get_ref(),
                match candidate.sponsor {
                    Some(_) => "a sponsor and no prior for `tasked`",
                    None => "a prior for `tasked` and no sponsor",
                }
            );
            return Err(Error::meaning(message).at(self.at(&candidate.prior)).hint(
                "name the `sponsor` that would task it, and give `tasked` a prior; or leave both out",
            ));
        }
        let some =
            |value: &Option<Spanned<f64>>| value.as_ref().map(|value| self.probability(value)).transpose();
        let mut false_flag_by = Vec::new();
        for (by, value) in &prior.false_flag_by.0 {
            let planter = self.find("candidate", by, &names.candidates)?;
            if by.get_ref() == candidate.id.get_ref() {
                return Err(Error::meaning("a false flag on oneself")
                    .at(self.at(by))
                    .hint("name the other candidate that would plant the traces"));
            }
            false_flag_by.push((planter, self.probability(value)?));
        }
        Ok(Candidate {
            id: candidate.id.get_ref().clone(),
            name: candidate.name.clone(),
            sponsor: candidate.sponsor.clone(),
            attack: candidate.attack.clone(),
            misp: candidate.misp.clone(),
            note: candidate.note.clone(),
            prior: Prior {
                tasked: some(&prior.tasked)?,
                untasked: self.probability(&prior.untasked)?,
                contractor: some(&prior.contractor)?,
                reuse: self.probability(&prior.reuse)?,
                false_flag: self.probability(&prior.false_flag)?,
                false_flag_by,
                reason: prior.reason.clone(),
            },
            place: self.at(&candidate.id),
        })
    }

    fn source(&self, source: &file::Source) -> Source {
        Source {
            id: source.id.get_ref().clone(),
            name: source.name.clone(),
            kind: source.kind,
            reliability: source.reliability,
            reason: source.reason.clone(),
            url: source.url.clone(),
            rated_by: source.rated_by.as_ref().map(|name| name.get_ref().clone()),
            place: self.at(&source.id),
        }
    }

    fn analyst(&self, analyst: &file::Analyst, names: &Names<'_>) -> Result<Analyst, Error> {
        Ok(Analyst {
            id: analyst.id.get_ref().clone(),
            name: analyst.name.clone(),
            source: analyst.source.as_ref().map(|id| self.find("source", id, &names.sources)).transpose()?,
            note: analyst.note.clone(),
            place: self.at(&analyst.id),
        })
    }

    fn group(&self, group: &file::Group) -> Result<Group, Error> {
        let correlation = *group.correlation.get_ref();
        if !(0.0..=1.0).contains(&correlation) {
            let message = format!("{correlation} is no correlation from 0 to 1");
            return Err(Error::meaning(message)
                .at(self.at(&group.correlation))
                .hint("0 is independent, 1 is one observation told several times"));
        }
        Ok(Group {
            id: group.id.get_ref().clone(),
            correlation,
            reason: group.reason.clone(),
            place: self.at(&group.id),
        })
    }

    fn item(&self, item: &file::Evidence, names: &Names<'_>) -> Result<Item, Error> {
        let analyst = |id: &Spanned<String>| self.find("analyst", id, &names.analysts);
        let mut judgements = vec![Judgement {
            by: item.judged_by.as_ref().map(analyst).transpose()?,
            date: None,
            likelihood: self.likelihood(&item.likelihood, names)?,
            uncertainty: self.factor(item.uncertainty.as_ref(), UNCERTAINTY)?,
            rationale: item.rationale.clone(),
            place: self.at(&item.id),
        }];
        for judgement in &item.judgement {
            judgements.push(Judgement {
                by: Some(analyst(&judgement.by)?),
                date: judgement.date.as_ref().map(|date| self.date(date)).transpose()?,
                likelihood: self.likelihood(&judgement.likelihood, names)?,
                uncertainty: self.factor(judgement.uncertainty.as_ref(), UNCERTAINTY)?,
                rationale: judgement.rationale.clone(),
                place: self.at(&judgement.by),
            });
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = judgements.iter().find(|judgement| !seen.insert(judgement.by)) {
            let message = format!("item `{}` is judged twice by the same analyst", item.id.get_ref());
            return Err(Error::meaning(message)
                .at(twice.place)
                .hint("keep the later judgement, or name another analyst"));
        }
        Ok(Item {
            id: item.id.get_ref().clone(),
            title: item.title.clone(),
            kind: item.kind,
            aspect: item.aspect,
            vertex: item.vertex,
            observation: item.observation.clone(),
            artefacts: item.artefacts.clone(),
            references: item.references.clone(),
            source: self.find("source", &item.source, &names.sources)?,
            credibility: item.credibility,
            origin: item.origin.as_ref().map(|origin| origin.get_ref().clone()),
            observed: item.observed.as_ref().map(|date| self.date(date)).transpose()?,
            reported: self.date(&item.reported)?,
            group: item.group.as_ref().map(|id| self.find("group", id, &names.groups)).transpose()?,
            forgeability: item.forgeability,
            shareability: item.shareability,
            tlp: item.tlp,
            judgements,
            measured: item.measured.clone(),
            place: self.at(&item.id),
        })
    }

    fn indicator(&self, indicator: &file::Indicator, names: &Names<'_>) -> Result<Indicator, Error> {
        Ok(Indicator {
            id: indicator.id.get_ref().clone(),
            title: indicator.title.clone(),
            kind: indicator.kind,
            aspect: indicator.aspect,
            reason: indicator.reason.clone(),
            forgeability: indicator.forgeability,
            shareability: indicator.shareability,
            likelihood: self.likelihood(&indicator.likelihood, names)?,
            place: self.at(&indicator.id),
        })
    }

    fn likelihood(
        &self,
        likelihood: &Spanned<file::Likelihood>,
        names: &Names<'_>,
    ) -> Result<Likelihood, Error> {
        let unlisted = self.probability(&likelihood.get_ref().unlisted)?;
        let mut on = BTreeMap::new();
        for (id, roles) in &likelihood.get_ref().on {
            let candidate = self.find("candidate", id, &names.candidates)?;
            on.insert(candidate, self.roles(id, roles)?);
        }
        Ok(Likelihood { unlisted, on })
    }

    fn roles(&self, id: &Spanned<String>, roles: &file::Roles) -> Result<Roles, Error> {
        let read = |value: &Option<Spanned<f64>>| {
            value
                .as_ref()
                .map(|value| {
                    self.probability(value)
                        .map_err(|error| if error.place().is_none() { error.at(self.at(id)) } else { error })
                })
                .transpose()
        };
        let (tasked, untasked) = (read(&roles.tasked)?, read(&roles.untasked)?);
        let Some(own) = untasked.or(tasked) else {
            let message = format!("neither `tasked` nor `untasked` for `{}`", id.get_ref());
            return Err(Error::meaning(message)
                .at(self.at(id))
                .hint("say how probable the item is when the group itself is behind it"));
        };
        Ok(Roles {
            tasked: tasked.unwrap_or(own),
            untasked: own,
            contractor: read(&roles.contractor)?.unwrap_or(own),
            reuse: read(&roles.reuse)?,
            false_flag: read(&roles.false_flag)?,
        })
    }

    /// The priors of all hypotheses must add up to one, and the case must be of a size that can be assessed.
    fn exhaustive(&self, case: &Case) -> Result<(), Error> {
        let leaves = crate::leaf::leaves(case);
        let judgements: usize = case.evidence.iter().map(|item| item.judgements.len()).sum();
        let limits = [
            ("hypotheses", leaves.len(), MAX_HYPOTHESES),
            ("analysts", case.analysts.len(), MAX_ANALYSTS),
            ("judgements times hypotheses", judgements.saturating_mul(leaves.len()), MAX_JUDGED),
        ];
        if let Some((what, count, most)) = limits.into_iter().find(|(_, count, most)| count > most) {
            let message = format!("the case has {count} {what}, more than {most}");
            let hint = "split the case, or leave out candidates and items that say nothing";
            return Err(Error::new(ErrorKind::TooLarge, message).hint(hint));
        }
        let sum: f64 = leaves.iter().map(|leaf| leaf.prior).sum();
        if (sum - 1.0).abs() <= 1e-6 {
            return Ok(());
        }
        let message = format!("the priors add up to {sum:.6}, not to 1");
        let rest = case.unlisted.0 + 1.0 - sum;
        let hint = if rest > 0.0 {
            format!("with `unlisted` at {rest:.6} they would")
        } else {
            "lower the priors of the candidates".to_owned()
        };
        Err(Error::meaning(message).at(self.at(&self.file.unlisted.prior)).hint(hint))
    }

    /// Reports of one observation belong to one dependence group.
    fn one_group_each(&self, case: &Case) -> Result<(), Error> {
        let mut groups: BTreeMap<String, (Option<usize>, &str)> = BTreeMap::new();
        for (item, observation) in case.evidence.iter().zip(case.observations()) {
            let (group, first) = *groups.entry(observation.clone()).or_insert((item.group, &item.id));
            if group != item.group {
                let message = format!(
                    "`{}` and `{first}` report one observation (`{observation}`) and stand in different groups",
                    item.id
                );
                return Err(Error::meaning(message)
                    .at(item.place)
                    .hint("give both the same `group`, or none"));
            }
        }
        Ok(())
    }
}
