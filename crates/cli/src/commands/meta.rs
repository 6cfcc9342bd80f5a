//! Commands about the program itself: completions, manual page, schemas.

use crate::context::Context;
use crate::error::{Result, cannot_write, json, output, question};
use crate::help;
use crate::whole;
use clap_complete::Shell;
use cognate_report::schema;
use std::path::Path;

/// Prints completions for a shell.
pub fn completions(context: &Context<'_>, shell: Shell) -> Result<bool> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut help::command(), "cognate", &mut out);
    context.print(&out)?;
    Ok(true)
}

/// Prints the manual page, with a part for each command; or writes one page for each into a folder.
pub fn man(context: &Context<'_>, dir: Option<&Path>) -> Result<bool> {
    let pages = pages()?;
    let Some(dir) = dir else {
        context.print(pages.into_iter().flat_map(|(_, page)| page).collect::<Vec<u8>>())?;
        return Ok(true);
    };
    std::fs::create_dir_all(dir).map_err(|error| cannot_write(dir, error))?;
    for (name, page) in &pages {
        let path = dir.join(format!("{name}.1"));
        whole::write(&path, page, true).map_err(|error| cannot_write(&path, error))?;
    }
    context.say(&format!("{} pages written to `{}`", pages.len(), dir.display()))?;
    Ok(true)
}

/// The page of the program and of each command and subcommand, with their names.
fn pages() -> Result<Vec<(String, Vec<u8>)>> {
    let mut command = help::command();
    command.build();
    let mut ahead = vec![command];
    let mut pages = Vec::new();
    while let Some(command) = ahead.pop() {
        let words = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
        let mut page = Vec::new();
        let titled = command.clone().display_name(words.replace(' ', "-"));
        clap_mangen::Man::new(titled).render(&mut page).map_err(output)?;
        pages.push((words.replace(' ', "-"), page));
        let parts = command.get_subcommands().filter(|part| !part.is_hide_set() && part.get_name() != "help");
        let parts: Vec<clap::Command> = parts.cloned().collect();
        ahead.extend(parts.into_iter().rev());
    }
    Ok(pages)
}

/// Prints a page or the help of a command.
pub fn help(context: &Context<'_>, topic: &[String]) -> Result<bool> {
    let text = help::of(topic, context.style().width).ok_or_else(|| {
        question(format!("no command and no page is called `{}`", topic.join(" ")))
            .hint("`cognate help` lists the commands; the page is `verdicts`")
    })?;
    context.print(&text)?;
    Ok(true)
}

/// Prints a document's schema, or the names of all.
pub fn schema(context: &Context<'_>, name: Option<&str>) -> Result<bool> {
    let Some(name) = name else {
        context.print(schema::names().map(|name| format!("{name}\n")).collect::<String>())?;
        return Ok(true);
    };
    let schema = schema::schema(name).ok_or_else(|| {
        question(format!("no document is called `{name}`"))
            .hint(format!("one of {}", schema::names().collect::<Vec<_>>().join(", ")))
    })?;
    context.print(format!("{}\n", serde_json::to_string_pretty(&schema).map_err(json)?))?;
    Ok(true)
}
