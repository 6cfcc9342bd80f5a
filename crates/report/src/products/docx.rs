//! The first page of an assessment as a Word document (Office Open XML), for those who paste into a template.
//!
//! Everything has a style by its built-in name (Title, Heading 1, List Bullet),
//! so a house template that knows these lays it out as its own. No links, no
//! fields but page numbers, no clock: the same assessment gives the same bytes.

use super::answer::SUMMARY;
use super::identifier::{Days, timestamp};
use super::numbers;
use super::outline::{Block, Extent, Limits, Outline, Tone};
use super::sections::outline;
use cognate_case::Assessment;
use docx_rs::{
    AbstractNumbering, Docx, Footer, Header, IndentLevel, Level, LevelJc, LevelText, LineSpacing,
    NumberFormat, Numbering, NumberingId, PageMargin, PageNum, Paragraph, Run, RunFonts, SpecialIndentType,
    Start, Style, StyleType,
};
use std::io::{Cursor, Error, Result};

/// The numberings of the document: bullets, and citations. The writer has one of its own, with the number 1.
const BULLETS: usize = 2;
const CITATIONS: usize = 3;
/// A4, in twentieths of a point.
const PAGE: (u32, u32) = (11_906, 16_838);
const MARGIN: i32 = 960;
/// The size of running text, in half points.
const SIZE: usize = 18;

/// Writes the first page of an assessment as a `.docx`.
///
/// Text from the case file stays text. Fails only where memory cannot be written to.
pub fn docx(assessment: &Assessment) -> Result<Vec<u8>> {
    let outline = outline(assessment, &Limits::FILE, Extent::Brief);
    let Days { created, modified } = Days::of(assessment);
    let mut document = styled(Docx::new())
        .created_at(&timestamp(created))
        .updated_at(&timestamp(modified))
        .header(Header::new().add_paragraph(plain("Header", &marking(&outline))))
        .footer(Footer::new().add_paragraph(foot(&outline)))
        .add_paragraph(plain("Title", &outline.title))
        .add_paragraph(plain("Subtitle", &outline.question));
    document = facts(&outline).into_iter().fold(document, Docx::add_paragraph);
    for section in &outline.sections {
        document = document.add_paragraph(plain("Heading1", section.title));
        document = section.blocks.iter().flat_map(paragraphs).fold(document, Docx::add_paragraph);
    }
    let mut out = Cursor::new(Vec::new());
    document.build().pack(&mut out).map_err(Error::other)?;
    Ok(out.into_inner())
}

/// Short facts on one line, what happened by itself.
fn facts(outline: &Outline) -> Vec<Paragraph> {
    let mut lines: Vec<Paragraph> = Vec::new();
    let mut short = Paragraph::new().style("BodyText");
    for (what, value) in &outline.facts {
        let name = |line: Paragraph| line.add_run(Run::new().add_text(format!("{what}: ")).bold());
        let long = *what == SUMMARY;
        let value = |line: Paragraph| line.add_run(Run::new().add_text(safe(value)));
        if long {
            lines.push(value(name(Paragraph::new().style("BodyText"))));
        } else {
            short = value(name(short)).add_run(Run::new().add_text("   "));
        }
    }
    lines.insert(0, short);
    lines
}

/// What stands at the head of every page.
fn marking(outline: &Outline) -> String {
    format!("{}   {}", outline.tlp.label(), outline.title)
}

/// The marking again, and the number of the page.
fn foot(outline: &Outline) -> Paragraph {
    plain("Footer", outline.tlp.label()).add_run(Run::new().add_text("   page ")).add_page_num(PageNum::new())
}

fn paragraphs(block: &Block) -> Vec<Paragraph> {
    let numbered = |lines: &[String], style: &str, numbering: usize| -> Vec<Paragraph> {
        let item =
            |line: &String| plain(style, line).numbering(NumberingId::new(numbering), IndentLevel::new(0));
        lines.iter().map(item).collect()
    };
    match block {
        Block::Heading(text) => vec![plain("Heading2", text)],
        Block::Say(Tone::Answer, text) => vec![plain("Strong", text)],
        Block::Say(Tone::Faint, text) => vec![plain("Note", text)],
        Block::Say(_, text) => vec![plain("BodyText", text)],
        Block::List(lines) => numbered(lines, "ListBullet", BULLETS),
        Block::Numbered(lines) => numbered(lines, "ListNumber", CITATIONS),
        Block::Grid(_) | Block::Matrix(_) | Block::Course(_) => {
            debug_assert!(false, "the first page has no tables");
            Vec::new()
        }
    }
}

fn plain(style: &str, text: &str) -> Paragraph {
    Paragraph::new().style(style).add_run(Run::new().add_text(safe(text)))
}

/// Text on one line without what XML cannot hold; what means something in XML is escaped by the writer.
fn safe(text: &str) -> String {
    numbers::joined(&numbers::safe(text), '\u{a0}').replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// The page, the styles by their built-in names, and the two numberings.
fn styled(docx: Docx) -> Docx {
    let style = |id: &str, name: &str| Style::new(id, StyleType::Paragraph).name(name).based_on("Normal");
    let gap = |before: u32, after: u32| LineSpacing::new().before(before).after(after);
    let level = |format: &str, text: &str| {
        Level::new(0, Start::new(1), NumberFormat::new(format), LevelText::new(text), LevelJc::new("left"))
            .indent(Some(360), Some(SpecialIndentType::Hanging(360)), None, None)
    };
    let fonts = RunFonts::new().ascii("Calibri").hi_ansi("Calibri").cs("Calibri");
    let margin = PageMargin {
        top: 800,
        bottom: 700,
        left: MARGIN,
        right: MARGIN,
        header: 400,
        footer: 350,
        ..PageMargin::new()
    };
    docx.page_size(PAGE.0, PAGE.1)
        .page_margin(margin)
        .default_fonts(fonts)
        .default_size(SIZE)
        .add_style(style("Title", "Title").size(30).bold().line_spacing(gap(0, 0)))
        .add_style(style("Subtitle", "Subtitle").size(22).italic().line_spacing(gap(0, 40)))
        .add_style(style("Heading1", "heading 1").size(22).bold().outline_lvl(0).line_spacing(gap(60, 10)))
        .add_style(style("Heading2", "heading 2").size(20).bold().outline_lvl(1).line_spacing(gap(80, 20)))
        .add_style(style("BodyText", "Body Text").line_spacing(gap(0, 20)))
        .add_style(style("Strong", "Key Judgement").bold().line_spacing(gap(0, 20)))
        .add_style(style("Note", "Note").size(17).color("5A6069").line_spacing(gap(0, 10)))
        .add_style(style("ListBullet", "List Bullet").line_spacing(gap(0, 0)))
        .add_style(style("ListNumber", "List Number").size(15).line_spacing(gap(0, 0)))
        .add_style(style("Header", "header").size(16).line_spacing(gap(0, 60)))
        .add_style(style("Footer", "footer").size(16))
        .add_abstract_numbering(AbstractNumbering::new(BULLETS).add_level(level("bullet", "•")))
        .add_abstract_numbering(AbstractNumbering::new(CITATIONS).add_level(level("decimal", "[%1]")))
        .add_numbering(Numbering::new(BULLETS, BULLETS))
        .add_numbering(Numbering::new(CITATIONS, CITATIONS))
}
