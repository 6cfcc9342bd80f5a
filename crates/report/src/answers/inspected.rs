//! `inspect`: what one file is, and how well it could be read.

use crate::text::{Align, Table, bytes, count, name, percent, plural, shorten, wrap};
use crate::{Document, Listing, Style};
use cognate_base::{Gap, SampleId};
use cognate_binary::{Forgeability, FunctionOutline, Outline, Segment, StartSource, Trait};
use cognate_documents::{Arch, Failure, Format, ratio};
use cognate_fingerprint::{Component, SampleFingerprint};
use schemars::JsonSchema;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Components that the first lines name, those with most functions first; the rest is counted.
const MOST_COMPONENTS: usize = 8;

/// What `inspect` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InspectDocument {
    /// The samples, in the order given.
    pub samples: Vec<Inspected>,
    /// What could not be loaded.
    pub failed: Vec<Failure>,
}

/// One sample.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Inspected {
    /// The name it was given, not escaped.
    pub name: String,
    /// SHA-256.
    pub id: SampleId,
    /// SHA-256 of the universal Mach-O file that it is a slice of.
    pub whole: Option<SampleId>,
    /// Bytes of the file.
    pub size: u64,
    /// Container.
    pub format: Format,
    /// Instruction set.
    pub arch: Arch,
    /// Preferred load address.
    pub base: u64,
    /// Entry point.
    pub entry: Option<u64>,
    /// What the file says about itself.
    pub traits: Vec<Trait>,
    /// Libraries it says it carries.
    pub components: Vec<Component>,
    /// Memory, by address.
    pub segments: Vec<SegmentLine>,
    /// Its functions in numbers.
    pub functions: FunctionTotals,
    /// Every function, where asked for.
    pub function_list: Option<Vec<FunctionLine>>,
    /// The instructions of the function asked for.
    pub listing: Option<Listing>,
    /// It was read in part: functions may be missing.
    pub partial: bool,
    /// What could not be read or followed.
    pub gaps: Vec<Gap>,
}

/// A range of memory.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SegmentLine {
    /// Its name, not escaped.
    pub name: String,
    /// First address.
    pub address: u64,
    /// Bytes in memory.
    pub size: u64,
    /// Bytes in the file.
    pub file_bytes: u64,
    /// May be written.
    pub writable: bool,
    /// May be executed.
    pub executable: bool,
}

/// Functions in numbers.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct FunctionTotals {
    /// Functions recovered.
    pub count: u64,
    /// Bytes in their blocks.
    pub bytes: u64,
    /// Instructions in their blocks.
    pub instructions: u64,
    /// Basic blocks.
    pub blocks: u64,
    /// Functions that only jump elsewhere.
    pub thunks: u64,
    /// Jumps to addresses known only when it runs.
    pub unknown_jumps: u64,
    /// Functions that say too little to be looked up on their own.
    pub below_floor: u64,
    /// Functions with a name.
    pub named: u64,
    /// How their starts became known.
    pub by_source: BTreeMap<StartSource, u64>,
}

/// One function.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FunctionLine {
    /// Its address.
    pub address: u64,
    /// Its name where the file tells, not escaped.
    pub name: Option<String>,
    /// How its start became known.
    pub source: StartSource,
    /// Bytes in its blocks.
    pub bytes: u64,
    /// Instructions in its blocks.
    pub instructions: u64,
    /// Basic blocks.
    pub blocks: u64,
    /// Calls and tail calls it makes.
    pub calls: u64,
    /// How much its code says, in bits, saturating.
    pub information: u16,
    /// The component that it belongs to, where that is known.
    pub component: Option<String>,
    /// The known function of that component that it resembles, by name, not escaped.
    pub known_as: Option<String>,
    /// What it refers to that is rare: constants, strings, imports, tables; not escaped.
    pub anchors: Vec<String>,
}

impl Inspected {
    /// Sums a sample up, with what could not be read of it; lists every function where `with_functions`. `known_as` has of each
    /// function the known one that it resembles.
    pub fn new(
        name: &str,
        outline: &Outline,
        (fingerprint, known_as): (&SampleFingerprint, &[Option<String>]),
        gaps: &[Gap],
        with_functions: bool,
    ) -> Self {
        Inspected {
            name: name.to_owned(),
            id: fingerprint.id,
            whole: None,
            size: fingerprint.size,
            format: fingerprint.format,
            arch: fingerprint.arch,
            base: outline.base,
            entry: outline.entry,
            traits: outline.traits.clone(),
            components: fingerprint.components.clone(),
            segments: outline.segments.iter().map(segment_line).collect(),
            functions: totals(outline, fingerprint),
            function_list: with_functions.then(|| function_lines(outline, fingerprint, known_as)),
            listing: None,
            partial: fingerprint.partial,
            gaps: gaps.to_vec(),
        }
    }
}

fn segment_line(segment: &Segment) -> SegmentLine {
    SegmentLine {
        name: segment.name.clone(),
        address: segment.address,
        size: segment.size,
        file_bytes: segment.file_bytes,
        writable: segment.writable,
        executable: segment.executable,
    }
}

fn totals(outline: &Outline, fingerprint: &SampleFingerprint) -> FunctionTotals {
    let functions = &outline.functions;
    let mut totals = FunctionTotals { count: functions.len() as u64, ..FunctionTotals::default() };
    for function in functions {
        totals.bytes = totals.bytes.saturating_add(function.bytes);
        totals.instructions = totals.instructions.saturating_add(function.instructions);
        totals.blocks = totals.blocks.saturating_add(function.blocks);
        totals.thunks += u64::from(function.thunk);
        totals.unknown_jumps = totals.unknown_jumps.saturating_add(function.unknown_jumps);
        totals.named += u64::from(function.named);
        *totals.by_source.entry(function.source).or_default() += 1;
    }
    let quiet = fingerprint.functions.iter().filter(|function| !function.fingerprint.is_telling());
    totals.below_floor = quiet.count() as u64;
    totals
}

fn function_lines(
    outline: &Outline,
    fingerprint: &SampleFingerprint,
    known_as: &[Option<String>],
) -> Vec<FunctionLine> {
    let functions = (0u32..).zip(&fingerprint.functions);
    let prints: BTreeMap<u64, _> =
        functions.map(|(at, function)| (function.address, (at, function))).collect();
    let components = fingerprint.components.iter();
    let owner: BTreeMap<u32, &str> = components
        .flat_map(|component| component.functions.iter().map(|&at| (at, component.name.as_str())))
        .collect();
    let line = |function: &FunctionOutline| {
        let print = prints.get(&function.address);
        FunctionLine {
            address: function.address,
            name: function.name.clone(),
            source: function.source,
            bytes: function.bytes,
            instructions: function.instructions,
            blocks: function.blocks,
            calls: function.calls,
            component: print.and_then(|(at, _)| owner.get(at)).map(|name| (*name).to_owned()),
            known_as: print.and_then(|(at, _)| known_as.get(*at as usize)).cloned().flatten(),
            information: print.map_or(0, |(_, print)| print.fingerprint.information),
            anchors: print.map(|(_, print)| print.anchor_texts.clone()).unwrap_or_default(),
        }
    };
    outline.functions.iter().map(line).collect()
}

impl Document for InspectDocument {
    const NAME: &'static str = "inspect";

    fn text(&self, style: &Style) -> String {
        let parts: Vec<String> = self.samples.iter().map(|sample| sample.text(style)).collect();
        parts.join("\n")
    }
}

impl Inspected {
    fn text(&self, style: &Style) -> String {
        let mut out = style.heading(&name(&self.name, style.width));
        out.push('\n');
        out.push_str(&self.facts(style));
        if let Some(listing) = &self.listing {
            out.push_str(&listing_text(listing, style));
            return out;
        }
        out.push_str(&self.traits_text(style));
        out.push_str(&self.segments_text(style));
        out.push_str(&self.functions_text(style));
        out.push_str(&gaps_text("", &self.gaps, style));
        out
    }

    fn facts(&self, style: &Style) -> String {
        let mut table = Table::new(2, &[("", Align::Left), ("", Align::Left)]);
        let entry = self.entry.map_or(String::new(), |entry| format!(", entry {entry:#x}"));
        table.row(["file".to_owned(), format!("{} {}, {}", self.format, self.arch, bytes(self.size))]);
        table.row(["sha256".to_owned(), self.id.to_string()]);
        if let Some(whole) = self.whole {
            table.row(["sha256 of the universal file".to_owned(), whole.to_string()]);
        }
        if self.partial {
            table.row(["read".to_owned(), "in part: functions may be missing, see the gaps".to_owned()]);
        }
        table.row(["image".to_owned(), format!("base {:#x}{entry}", self.base)]);
        let mut out = table.render();
        let (own, mut carried): (Vec<&Component>, Vec<&Component>) =
            self.components.iter().partition(|it| !it.is_public());
        carried.sort_by_key(|it| Reverse(it.functions.len()));
        for (title, components) in [("carries", carried), ("its own", own)] {
            let more = components.len().saturating_sub(MOST_COMPONENTS);
            let named = components.iter().take(MOST_COMPONENTS).map(|it| name(&it.title(), 60));
            let more = (more > 0).then(|| format!("and {more} more"));
            let named: Vec<String> = named.chain(more).collect();
            if !named.is_empty() {
                out.push_str(&wrap(&format!("{title:<9}{}", named.join(", ")), 2, style.width));
            }
        }
        out
    }

    fn traits_text(&self, style: &Style) -> String {
        if self.traits.is_empty() {
            return String::new();
        }
        let columns = [("trait", Align::Left), ("to forge", Align::Left), ("value", Align::Left)];
        let mut table = Table::new(2, &columns);
        let kind_width = self.traits.iter().map(|item| item.kind.len()).max().unwrap_or(0);
        let room = style.width.saturating_sub(kind_width + 16).max(20);
        for item in &self.traits {
            let forge = forgeability(item.forgeability).to_owned();
            table.row([name(&item.kind, 24), forge, name(&item.value, room)]);
        }
        format!("\n{}\n{}", style.heading("what it says about itself"), table.render())
    }

    fn segments_text(&self, style: &Style) -> String {
        let columns = [
            ("segment", Align::Left),
            ("address", Align::Right),
            ("in memory", Align::Right),
            ("in file", Align::Right),
            ("access", Align::Left),
        ];
        let mut table = Table::new(2, &columns);
        for segment in &self.segments {
            let access = match (segment.writable, segment.executable) {
                (false, false) => "read",
                (true, false) => "read, write",
                (false, true) => "read, execute",
                (true, true) => "read, write, execute",
            };
            table.row([
                name(&segment.name, 24),
                format!("{:#x}", segment.address),
                bytes(segment.size),
                bytes(segment.file_bytes),
                access.to_owned(),
            ]);
        }
        format!("\n{}\n{}", style.heading("memory"), table.render())
    }

    fn functions_text(&self, style: &Style) -> String {
        let totals = &self.functions;
        let mut out = format!("\n{}\n", style.heading("functions"));
        let covered: u64 = self
            .segments
            .iter()
            .filter(|segment| segment.executable)
            .map(|s| s.file_bytes)
            .fold(0, u64::saturating_add);
        let told = format!(
            "{}, {} in {}: {} of code, {} of what may be executed",
            plural(totals.count, "function"),
            plural(totals.instructions, "instruction"),
            plural(totals.blocks, "block"),
            bytes(totals.bytes),
            percent(ratio(totals.bytes as f64, covered as f64)),
        );
        out.push_str(&wrap(&told, 2, style.width));
        let _ = writeln!(
            out,
            "  {} named, {} only jump elsewhere, {} too short to be looked up",
            count(totals.named),
            count(totals.thunks),
            count(totals.below_floor),
        );
        if totals.unknown_jumps > 0 {
            let jumps = plural(totals.unknown_jumps, "jump");
            let _ = writeln!(out, "  {jumps} to addresses known only when it runs");
        }
        if !totals.by_source.is_empty() {
            let sources = totals.by_source.iter();
            let sources: Vec<String> =
                sources.map(|(source, number)| format!("{} {}", count(*number), source.words())).collect();
            out.push_str(&wrap(&format!("starts known by: {}", sources.join(", ")), 2, style.width));
        }
        if let Some(list) = &self.function_list {
            out.push('\n');
            out.push_str(&function_table(list, style));
        }
        out
    }
}

fn function_table(list: &[FunctionLine], style: &Style) -> String {
    let columns = [
        ("address", Align::Right),
        ("bytes", Align::Right),
        ("instr.", Align::Right),
        ("blocks", Align::Right),
        ("calls", Align::Right),
        ("bits", Align::Right),
        ("known by", Align::Left),
        ("name", Align::Left),
    ];
    let mut table = Table::new(2, &columns);
    for function in list {
        table.row([
            format!("{:#x}", function.address),
            count(function.bytes),
            count(function.instructions),
            count(function.blocks),
            count(function.calls),
            function.information.to_string(),
            function.source.words().to_owned(),
            name(&function_title(function), style.width.saturating_sub(66).max(20)),
        ]);
    }
    table.render()
}

/// Its name; where the file tells none, the component that it is of, with the known function that it resembles.
fn function_title(function: &FunctionLine) -> String {
    match (&function.name, &function.component, &function.known_as) {
        (Some(name), ..) => name.clone(),
        (None, Some(component), Some(known)) => format!("like {known} of {component}"),
        (None, Some(component), None) => format!("of {component}"),
        (None, None, _) => String::new(),
    }
}

/// A listing, blocks apart, widths bounded.
pub(crate) fn listing_text(listing: &Listing, style: &Style) -> String {
    let title = listing.name.as_deref().map(|text| format!(" {}", name(text, 80))).unwrap_or_default();
    let mut out = format!("\n{}\n", style.heading(&format!("function {:#x}{title}", listing.address)));
    let columns = [("", Align::Right), ("", Align::Left), ("", Align::Left)];
    let mut table = Table::new(2, &columns);
    for line in &listing.lines {
        let mark = if line.leads { ">" } else { " " };
        table.row([
            format!("{mark} {:x}", line.address),
            name(&line.bytes, 20),
            name(&line.text, style.width.saturating_sub(42).max(40)),
        ]);
    }
    out.push_str(&table.render());
    if listing.truncated {
        let _ = writeln!(out, "  {}", style.doubt("more instructions were left out"));
    }
    out
}

/// Gaps, the first twenty, with their number; those because of which functions may be missing come first.
pub(crate) fn gaps_text(whose: &str, gaps: &[Gap], style: &Style) -> String {
    if gaps.is_empty() {
        return String::new();
    }
    let title = format!("{whose}{}: what could not be read or followed", plural(gaps.len() as u64, "gap"));
    let mut out = format!("\n{}\n", style.doubt(&title));
    let (code, other): (Vec<&Gap>, Vec<&Gap>) = gaps.iter().partition(|gap| gap.code_lost);
    for gap in code.iter().chain(&other).take(20) {
        let text = name(&style.advised(&gap.to_string()), 4 * style.width);
        let _ = writeln!(out, "  {}", wrap(&text, 4, style.width).trim());
    }
    out + &style.more(2, gaps.len().saturating_sub(20))
}

/// A line that a file was read in part, with the first reason.
pub(crate) fn read_in_part(gaps: &[Gap], indent: usize, style: &Style) -> String {
    let first =
        gaps.iter().find(|gap| gap.code_lost).map(|gap| format!(" ({}: {})", gap.subject, gap.reason));
    let text = format!("read in part: functions may be missing{}", first.unwrap_or_default());
    // a name without blanks is cut in its middle; two lines are enough
    let room = style.width.saturating_sub(indent);
    let words: Vec<String> =
        name(&style.advised(&text), 2 * room).split(' ').map(|word| shorten(word, room)).collect();
    style.doubt(&wrap(&words.join(" "), indent, style.width))
}

fn forgeability(forgeability: Forgeability) -> &'static str {
    match forgeability {
        Forgeability::Trivial => "trivial",
        Forgeability::Low => "easy",
        Forgeability::Moderate => "some work",
        Forgeability::High => "hard",
    }
}
