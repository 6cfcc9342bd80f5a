//! Reads the weights of the re-ranker (`data/rerank.toml`) and writes them as code: a model
//! that cannot be read, or names a feature that there is not, fails the build.
// what cargo wants to know it wants on stdout
#![allow(clippy::print_stdout)]

#[allow(dead_code)]
#[path = "src/model.rs"]
mod model;

use std::error::Error;
use std::path::Path;

const WEIGHTS: &str = "data/rerank.toml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={WEIGHTS}");
    println!("cargo::rerun-if-changed=src/model.rs");
    let text =
        std::fs::read_to_string(WEIGHTS).map_err(|error| format!("cannot read `{WEIGHTS}`: {error}"))?;
    let model = model::Model::parse(&text).map_err(|error| format!("`{WEIGHTS}`: {error}"))?;
    let code = format!(
        "Model {{ remarks: {:?}.map(str::to_owned).to_vec(), intercept: {:?}, weights: {:?}, means: {:?}, scales: {:?} }}",
        model.remarks, model.intercept, model.weights, model.means, model.scales
    );
    let folder = std::env::var_os("OUT_DIR").ok_or("cargo names no folder to write to")?;
    Ok(std::fs::write(Path::new(&folder).join("fitted.rs"), code)?)
}
