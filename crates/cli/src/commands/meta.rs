//! Commands about the program itself: completions, manual page, schemas.

use crate::context::Context;
use crate::error::{Result, json, output, question};
use crate::help;
use clap_complete::Shell;
use cognate_report::schema;

/// Prints completions for a shell.
pub fn completions(context: &Context<'_>, shell: Shell) -> Result<bool> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut help::command(), "cognate", &mut out);
    context.print(&out)?;
    Ok(true)
}

/// Prints the manual page, with a part for each command.
pub fn man(context: &Context<'_>) -> Result<bool> {
    let mut out = Vec::new();
    let command = help::command();
    clap_mangen::Man::new(command.clone()).render(&mut out).map_err(output)?;
    for part in command.get_subcommands().filter(|part| !part.is_hide_set()) {
        let title = format!("cognate {}", part.get_name());
        let part = part.clone().bin_name(title.clone()).display_name(title);
        clap_mangen::Man::new(part).render(&mut out).map_err(output)?;
    }
    context.print(&out)?;
    Ok(true)
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
