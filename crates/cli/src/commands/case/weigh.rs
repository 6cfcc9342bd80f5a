//! `cognate case assess`, `explain`, `compare` and `export`: what a case proves, at a date.

use super::file::{CaseFile, read, write};
use crate::args::{AsOf, CaseAssessArgs, CaseCompareArgs, CaseExplainArgs, CaseExportArgs, CaseFormat};
use crate::context::Context;
use crate::error::{Result, json as cannot_write_json, output, question};
use cognate_base::Error;
use cognate_case::explanation::NotThere;
use cognate_case::{AssessOptions, Assessment, Explanation, Scheme, assess as weigh};
use cognate_report::products::{Extent, case_uco, docx, html, markdown, misp, stix};
use cognate_report::{AssessDocument, CaseCompareDocument, Document, Style, json};
use std::path::Path;

/// Assesses a case; found when any item counts at the date.
pub fn assess(context: &Context<'_>, args: &CaseAssessArgs) -> Result<bool> {
    let file = read(&args.file)?;
    let assessment = assessed(context, &file, &args.at);
    let extent = match (args.brief, args.full) {
        (true, _) => Extent::Brief,
        (_, true) => Extent::Full,
        _ => Extent::Screen,
    };
    context.show(&AssessDocument(&assessment, extent))?;
    Ok(assessment.counts.items > 0)
}

/// Shows every number of claims and items down to its inputs; found when any item counts.
pub fn explain(context: &Context<'_>, args: &CaseExplainArgs) -> Result<bool> {
    let file = read(&args.file)?;
    let assessment = assessed(context, &file, &args.at);
    let document = Explanation::new(&file.case, &assessment, &args.names)
        .map_err(|NotThere(name)| unknown(&file, &assessment, &name))?;
    context.show(&document)?;
    Ok(assessment.counts.items > 0)
}

/// Why a name cannot be explained.
fn unknown(file: &CaseFile, assessment: &Assessment, name: &str) -> Error {
    if let (Some(item), Some(day)) = (file.case.item(name), assessment.as_of) {
        let message = format!("`{name}` plays no part as of {day}: it was reported on {}", item.reported);
        return question(message).hint("take a later day, or leave `--as-of` out");
    }
    let claims: Vec<&str> = assessment.claims.iter().take(24).map(|claim| claim.id.as_str()).collect();
    question(format!("`{name}` is neither a claim nor an item of `{}`", file.name))
        .hint(format!("claims: {}; items are named by their ids", claims.join(", ")))
}

/// Puts two cases, or one at two dates, side by side; found when anything differs.
pub fn compare(context: &Context<'_>, args: &CaseCompareArgs) -> Result<bool> {
    let (a, b) = (read(&args.a)?, read(args.b.as_ref().unwrap_or(&args.a))?);
    let of = |file: &CaseFile, as_of| {
        let at = AsOf { as_of, wording: args.wording, seed: args.seed };
        assessed(context, file, &at)
    };
    let document = CaseCompareDocument::new(&a.name, &of(&a, args.as_of_a), &b.name, &of(&b, args.as_of_b));
    context.show(&document)?;
    Ok(document.found())
}

/// Writes an assessment in one of the formats; found when any item counts.
pub fn export(context: &Context<'_>, args: &CaseExportArgs) -> Result<bool> {
    let file = read(&args.file)?;
    if let Some(path) = &args.output {
        keep_the_case(&args.file, path)?;
    }
    if file.case.header.tlp.is_none() {
        let place = &file.name;
        context.say(&format!(
            "warning: `{place}` has no `tlp`, so this is marked {}: `tlp = \"…\"` below `[case]` says who may read it",
            file.case.tlp().label()
        ))?;
    }
    let assessment = assessed(context, &file, &args.at);
    let extent = if args.brief { Extent::Brief } else { Extent::Full };
    let text = match args.format {
        CaseFormat::Text => AssessDocument(&assessment, extent).text(&Style::default()),
        CaseFormat::Markdown => markdown(&assessment, extent),
        CaseFormat::Html => html(&assessment, extent),
        CaseFormat::Json => pretty(&json(&AssessDocument(&assessment, extent)).map_err(cannot_write_json)?)?,
        CaseFormat::Stix => pretty(&stix(&assessment))?,
        CaseFormat::Misp => pretty(&misp(&assessment))?,
        CaseFormat::Docx => {
            let bytes = docx(&assessment).map_err(output)?;
            return put(context, args, &bytes, assessment.counts.items > 0);
        }
        CaseFormat::CaseUco => pretty(&case_uco(&assessment))?,
    };
    put(context, args, text.as_bytes(), assessment.counts.items > 0)
}

/// Writes a product where it was asked for.
fn put(context: &Context<'_>, args: &CaseExportArgs, product: &[u8], found: bool) -> Result<bool> {
    match &args.output {
        None => context.print(product)?,
        Some(path) => {
            write(path, product, args.force).map_err(|error| match path.is_file() && !args.force {
                true => error.hint("`--force` replaces it"),
                false => error,
            })?;
            context.say(&format!("wrote `{}`", path.display()))?;
        }
    }
    Ok(found)
}

/// A product of a case never takes the place of the case itself, whatever it is called there.
fn keep_the_case(case: &Path, to: &Path) -> Result<()> {
    let same = case.canonicalize().ok().zip(to.canonicalize().ok()).is_some_and(|(case, to)| case == to);
    if same {
        return Err(question(format!("`{}` is the case file itself", to.display()))
            .hint("name another file for the product"));
    }
    Ok(())
}

fn pretty(value: &serde_json::Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value).map_err(cannot_write_json)? + "\n")
}

fn assessed(context: &Context<'_>, file: &CaseFile, at: &AsOf) -> Assessment {
    context.waiting(&format!("weighing {} items", file.case.evidence.len()), || weighed(file, at))
}

fn weighed(file: &CaseFile, at: &AsOf) -> Assessment {
    let scheme = at.wording.unwrap_or(Scheme::Icd203);
    let seed = at.seed.unwrap_or(cognate_case::SEED);
    weigh(&file.case, &file.sha256, &AssessOptions { as_of: at.as_of, scheme, seed })
}
