//! Reads the weights of the models (`data/*.toml`) and writes them as code: a model
//! that cannot be read, or names a feature that there is not, fails the build.
// what cargo wants to know it wants on stdout
#![allow(clippy::print_stdout)]

#[allow(dead_code)]
#[path = "src/model.rs"]
mod model;

use std::error::Error;
use std::path::Path;

/// The models, and how the code calls them.
const MODELS: [(&str, &str); 2] = [("content", "data/content.toml"), ("placed", "data/placed.toml")];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/model.rs");
    let folder = std::env::var_os("OUT_DIR").ok_or("cargo names no folder to write to")?;
    for (name, weights) in MODELS {
        println!("cargo::rerun-if-changed={weights}");
        let text =
            std::fs::read_to_string(weights).map_err(|error| format!("cannot read `{weights}`: {error}"))?;
        let model = model::Model::parse(&text).map_err(|error| format!("`{weights}`: {error}"))?;
        let code = format!(
            "Model {{ remarks: {:?}.map(str::to_owned).to_vec(), intercept: {:?}, bar: {:?}, rise: {:?}, weights: {:?}, means: {:?}, scales: {:?} }}",
            model.remarks, model.intercept, model.bar, model.rise, model.weights, model.means, model.scales
        );
        std::fs::write(Path::new(&folder).join(format!("{name}.rs")), code)?;
    }
    Ok(())
}
