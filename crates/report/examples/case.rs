//! Renders a case: `cargo run -p cognate-report --example case -- text|markdown|html|json FILE [YYYY-MM-DD] [WIDTH]`.
#![allow(clippy::print_stdout)]

use cognate_case::{Case, Options, assess};
use cognate_report::{Document, Style, case, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let kind = args.next().ok_or("text, markdown, html or json")?;
    let text = std::fs::read_to_string(args.next().ok_or("a case file")?)?;
    let as_of = args.next().filter(|day| day != "-").map(|day| day.parse()).transpose()?;
    let width = args.next().map_or(Ok(100), |width| width.parse())?;
    let assessment = assess(&Case::parse(&text)?, &"0".repeat(64), &Options { as_of, ..Options::default() });
    let out = match kind.as_str() {
        "markdown" => case::markdown(&assessment),
        "html" => case::html(&assessment),
        "json" => json(&case::AssessDocument(&assessment))?.to_string(),
        _ => case::AssessDocument(&assessment).text(&Style { width, colour: false }),
    };
    print!("{out}");
    Ok(())
}
