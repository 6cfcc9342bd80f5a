//! Two analysts' files of one case as one.
//!
//! Things are one where they have one id. What only one file has is taken over; what both have
//! and say otherwise is a *conflict*: the first file's word stands, and the second's stands
//! above it in a comment, so that nothing is lost and somebody decides. Two things are no
//! conflicts. Judgements: those of the second file's authors become judgements of an analyst
//! beside the first's, and the assessment shows where they disagree; but authors who wrote both
//! files are one voice, and what they judge otherwise is a conflict. Markings: the stricter stands.

mod opinion;
mod same;
#[cfg(test)]
mod tests;

use crate::actors::fold;
use crate::model::Case;
use crate::scale::Tlp;
use crate::skeleton::slug;
use cognate_base::{Error, ErrorKind};
use opinion::{Opinion, opinions};
use same::{Comments, same, written};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

/// Keys of an item that are its first judgement.
const JUDGEMENT: [&str; 4] = ["judged-by", "rationale", "uncertainty", "likelihood"];

/// The key of a marking.
const TLP: &str = "tlp";

/// How to merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeOptions {
    /// The analyst that the second file's authors become: an id. Unless told it is made of the first author's name,
    /// and authors who wrote both files stay one.
    pub analyst: Option<String>,
    /// What the comments call the second file.
    pub name: String,
}

/// Two files as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The merged case file.
    pub text: String,
    /// The analyst that the second file's authors became; none where they judged nothing of their own.
    pub analyst: Option<String>,
    /// What was taken over from the second file, in its order.
    pub taken: Vec<Taken>,
    /// What the files say otherwise.
    pub conflicts: Vec<Conflict>,
    /// What is wrong with the merged file until somebody settles it: priors that no longer add up.
    pub open: Vec<String>,
}

/// Something that only the second file had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Taken {
    /// `evidence`, `source`, `judgement`, …
    pub kind: String,
    /// The id of the thing; of a judgement, that of the item.
    pub id: String,
    /// The key, where the thing itself was there; of a judgement, the analyst.
    pub key: Option<String>,
}

/// What the files say otherwise; the first one's word stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Conflict {
    /// `evidence`, `source`, …
    pub kind: String,
    /// The id of the thing.
    pub id: String,
    /// The key; of a judgement, `judgement` and the analyst.
    pub key: String,
    /// As the first file writes it.
    pub a: String,
    /// As the second does.
    pub b: String,
}

/// Merges two files of one case.
///
/// # Errors
/// One of them is no case, the two are not of one case or give words different meanings, or a list is written in one line.
pub fn merge(a: &str, b: &str, options: &MergeOptions) -> Result<Merged, Error> {
    let (case_a, case_b) = (Case::parse(a)?, Case::parse(b)?);
    if case_a.header.id != *case_b.header.id {
        let message = format!("they are two cases: `{}` and `{}`", case_a.header.id, case_b.header.id);
        return Err(
            Error::new(ErrorKind::Question, message).hint("files of one case have one `id` below `[case]`")
        );
    }
    if case_a.scale != case_b.scale {
        let message = "the two files give words for likelihoods different meanings";
        return Err(Error::new(ErrorKind::Question, message)
            .hint("make `[scale]` of both the same, or write numbers in one of them; then merge"));
    }
    let (mut to, from) = (tree(a)?, tree(b)?);
    let author = case_b.header.authors.first().map_or(options.name.as_str(), String::as_str);
    let analyst = options.analyst.clone().unwrap_or_else(|| slug(author));
    let mut merging = Merging {
        analyst,
        is_named: false,
        one_voice: options.analyst.is_none() && wrote_both(&case_a, &case_b),
        comments: Comments {
            of: options.name.chars().filter(|letter| !letter.is_control()).take(80).collect(),
        },
        taken: Vec::new(),
        conflicts: Vec::new(),
    };
    for (key, theirs) in from.iter() {
        match theirs {
            Item::ArrayOfTables(theirs) => merging.all(&mut to, key, theirs),
            Item::Table(theirs) => merging.single(&mut to, key, theirs),
            _ => {}
        }
    }
    let known = |case: &Case| case.analysts.iter().any(|one| one.id == *merging.analyst);
    if merging.is_named && !known(&case_a) && !known(&case_b) {
        let analysts = to.entry("analyst").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        if let Some(analysts) = analysts.as_array_of_tables_mut() {
            analysts.push(named(&merging.analyst, author));
        }
    }
    merging.mark(&mut to, &case_a, &case_b);
    let text = with_ends_of(a, &to.to_string());
    let open = Case::parse_all(&text).err().unwrap_or_default();
    Ok(Merged {
        text,
        analyst: merging.is_named.then_some(merging.analyst),
        taken: merging.taken,
        conflicts: merging.conflicts,
        open: open.iter().map(Error::to_string).collect(),
    })
}

/// A file as a tree whose lists can be added to.
fn tree(text: &str) -> Result<DocumentMut, Error> {
    let tree = text.parse::<DocumentMut>().map_err(|error| Error::new(ErrorKind::Syntax, error.message()))?;
    if let Some((key, _)) = tree.iter().find(|(_, item)| item.is_value()) {
        let message = format!("the case writes `{key} = …` in one line, which cannot be merged");
        return Err(Error::new(ErrorKind::Question, message)
            .hint(format!("write it as a table, or its members as `[[{key}]]`")));
    }
    Ok(tree)
}

fn named(id: &str, name: &str) -> Table {
    let mut table = Table::new();
    table.insert("id", toml_edit::value(id));
    table.insert("name", toml_edit::value(name));
    table.decor_mut().set_prefix("\n");
    table
}

/// The second file on its way into the first.
struct Merging {
    analyst: String,
    /// A judgement was taken over in the name of the analyst.
    is_named: bool,
    /// Both files are by the same authors: they are not set beside themselves.
    one_voice: bool,
    comments: Comments,
    taken: Vec<Taken>,
    conflicts: Vec<Conflict>,
}

impl Merging {
    fn take(&mut self, kind: &str, id: &str, key: Option<&str>) {
        let (kind, id, key) = (kind.to_owned(), id.to_owned(), key.map(str::to_owned));
        self.taken.push(Taken { kind, id, key });
    }

    /// A table that a file has once.
    fn single(&mut self, to: &mut DocumentMut, kind: &str, theirs: &Table) {
        match to.get_mut(kind).and_then(Item::as_table_mut) {
            Some(ours) => self.table(ours, theirs, kind, kind, ""),
            None => {
                to.insert(kind, Item::Table(without_place(theirs)));
                self.take(kind, kind, None);
            }
        }
    }

    /// A list of things with ids.
    fn all(&mut self, to: &mut DocumentMut, kind: &str, theirs: &ArrayOfTables) {
        let ours = to.entry(kind).or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        let Some(ours) = ours.as_array_of_tables_mut() else { return };
        let places = places(ours);
        for thing in theirs.iter() {
            let id = text(thing, "id").unwrap_or_default();
            let Some(there) = places.get(&id).and_then(|place| ours.get_mut(*place)) else {
                let mut thing = without_place(thing);
                if kind == "evidence" {
                    self.sign(&mut thing);
                }
                ours.push(thing);
                self.take(kind, &id, None);
                continue;
            };
            self.table(there, thing, kind, &id, "");
            if kind == "evidence" {
                self.judgements(there, thing, &id);
            }
        }
    }

    /// Whoever may not read a thing in the one file must not read it in the other.
    fn mark(&mut self, to: &mut DocumentMut, a: &Case, b: &Case) {
        if b.tlp() > a.tlp()
            && let Some(head) = to.get_mut("case").and_then(Item::as_table_mut)
        {
            head.insert(TLP, toml_edit::value(b.tlp().id()));
            self.take("case", "case", Some(TLP));
        }
        let items: BTreeMap<&str, Tlp> =
            b.evidence.iter().map(|item| (item.id.as_str(), b.tlp_of(item))).collect();
        let Some(merged) = to.get_mut("evidence").and_then(Item::as_array_of_tables_mut) else { return };
        // The items of the first file stand first, in its order.
        for (item, table) in a.evidence.iter().zip(merged.iter_mut()) {
            let Some(tlp) = items.get(item.id.as_str()) else { continue };
            if *tlp > item.tlp.unwrap_or(a.tlp().max(b.tlp())) {
                table.insert(TLP, toml_edit::value(tlp.id()));
                self.take("evidence", item.id.as_str(), Some(TLP));
            }
        }
    }

    /// An item of the second file alone is judged by its authors.
    fn sign(&mut self, item: &mut Table) {
        let blank = item.get("likelihood").and_then(Item::as_table_like).is_none_or(TableLike::is_empty);
        if !blank && !self.one_voice && !item.contains_key("judged-by") {
            item.insert("judged-by", toml_edit::value(&self.analyst));
            self.is_named = true;
        }
    }

    /// Whether the first judgements of an item are one author's, and no two people's.
    fn is_one_judgement(&self, ours: &Table, theirs: &Table) -> bool {
        self.one_voice && !ours.contains_key("judged-by") && !theirs.contains_key("judged-by")
    }

    /// Key by key; `path` is that of the table within the thing.
    fn table(&mut self, ours: &mut Table, theirs: &Table, kind: &str, id: &str, path: &str) {
        let judges = kind == "evidence" && path.is_empty();
        let is_own = judges && self.is_one_judgement(ours, theirs);
        for (key, value) in theirs.iter() {
            if judges && (key == "judgement" || JUDGEMENT.contains(&key) && !is_own) {
                continue;
            }
            if key == TLP && path.is_empty() {
                continue;
            }
            let name = format!("{path}{key}");
            match ours.get_mut(key) {
                None => {
                    let value = match value {
                        Item::Table(table) => Item::Table(without_place(table)),
                        other => other.clone(),
                    };
                    ours.insert(key, value);
                    self.take(kind, id, Some(&name));
                }
                Some(mine) if same(mine, value) => {}
                Some(Item::Table(mine)) if value.is_table() => {
                    if let Some(value) = value.as_table() {
                        self.table(mine, value, kind, id, &format!("{name}."));
                    }
                }
                Some(Item::Value(Value::Array(mine)))
                    if kind != "set" && is_of_texts(mine) && value.as_array().is_some_and(is_of_texts) =>
                {
                    same::add_all(mine, value);
                    self.take(kind, id, Some(&name));
                }
                Some(mine) => {
                    self.conflicts.push(Conflict {
                        kind: kind.to_owned(),
                        id: id.to_owned(),
                        key: name,
                        a: written(mine),
                        b: written(value),
                    });
                    self.comments.above(ours, key, value);
                }
            }
        }
    }

    /// The judgements of an item that both have.
    fn judgements(&mut self, ours: &mut Table, theirs: &Table, id: &str) {
        let mine: Vec<Opinion> = opinions(ours);
        // What is of one voice was compared key by key.
        let compared = usize::from(self.is_one_judgement(ours, theirs));
        for opinion in opinions(theirs).into_iter().skip(compared) {
            let by = opinion.by.clone().unwrap_or_else(|| self.analyst.clone());
            let equal = |other: &&Opinion| other.by == opinion.by && other.says_the_same(&opinion);
            if opinion.is_blank() || mine.iter().any(|other| equal(&other)) {
                continue;
            }
            if let Some(other) = mine.iter().find(|other| other.by.as_deref() == Some(by.as_str())) {
                if !other.says_the_same(&opinion) {
                    self.conflicts.push(Conflict {
                        kind: "evidence".to_owned(),
                        id: id.to_owned(),
                        key: format!("judgement {by}"),
                        a: other.shown(),
                        b: opinion.shown(),
                    });
                    self.comments.above(ours, "id", &Item::Table(opinion.table(&by)));
                }
                continue;
            }
            self.is_named |= opinion.by.is_none();
            let list = ours.entry("judgement").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
            match list {
                Item::ArrayOfTables(list) => list.push(opinion.table(&by)),
                Item::Value(Value::Array(list)) => list.push(opinion.table(&by).into_inline_table()),
                _ => continue,
            }
            self.take("judgement", id, Some(&by));
        }
    }
}

/// Whether two files name the same authors, in whatever order.
fn wrote_both(a: &Case, b: &Case) -> bool {
    let authors = |case: &Case| case.header.authors.iter().map(|name| fold(name)).collect::<BTreeSet<_>>();
    let all = authors(a);
    !all.is_empty() && all == authors(b)
}

/// Where things stand in their list, by id.
pub(crate) fn places(all: &ArrayOfTables) -> BTreeMap<String, usize> {
    all.iter().enumerate().filter_map(|(place, one)| Some((text(one, "id")?, place))).collect()
}

fn text(table: &dyn TableLike, key: &str) -> Option<String> {
    table.get(key).and_then(Item::as_str).map(str::to_owned)
}

fn is_of_texts(array: &toml_edit::Array) -> bool {
    array.iter().all(Value::is_str)
}

/// A table of one file as it stands in another: behind what is there.
fn without_place(table: &Table) -> Table {
    let mut table = table.clone();
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(inner) => *inner = without_place(inner),
            Item::ArrayOfTables(all) => all.iter_mut().for_each(|inner| *inner = without_place(inner)),
            _ => {}
        }
    }
    table
}

/// A text with the ends of lines of another.
pub(crate) fn with_ends_of(old: &str, new: &str) -> String {
    let lines = old.matches('\n').count();
    let all = lines > 0 && old.matches("\r\n").count() == lines;
    if all { new.replace("\r\n", "\n").replace('\n', "\r\n") } else { new.to_owned() }
}
