//! Writes the STIX and MISP products of a case file: `cargo run -p cognate-report --example products -- FILE DIR [YYYY-MM-DD]`.

use cognate_case::{Case, Options, assess};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("a case file")?;
    let folder = args.next().ok_or("a folder to write to")?;
    let day = args.next();
    let case = Case::parse(&std::fs::read_to_string(&file)?)?;
    let as_of = day.as_deref().map(str::parse).transpose()?;
    let assessment = assess(&case, "", &Options { as_of, ..Options::default() });
    let stem = Path::new(&file).file_stem().and_then(|stem| stem.to_str()).unwrap_or("case");
    let day = day.unwrap_or_else(|| "all".to_owned());
    let write = |kind: &str, value: serde_json::Value| -> Result<(), Box<dyn std::error::Error>> {
        let path = Path::new(&folder).join(format!("{stem}-{day}.{kind}.json"));
        std::fs::write(path, serde_json::to_string_pretty(&value)? + "\n")?;
        Ok(())
    };
    write("stix", cognate_report::case::stix(&assessment))?;
    write("misp", cognate_report::case::misp(&assessment))
}
