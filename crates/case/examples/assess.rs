//! Prints the claims of a case file: `cargo run -p cognate-case --example assess -- FILE [YYYY-MM-DD]`.
#![allow(clippy::print_stdout)]

use cognate_case::{Case, Options, assess};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let text = std::fs::read_to_string(args.next().ok_or("a case file")?)?;
    let as_of = args.next().map(|day| day.parse()).transpose()?;
    let case = Case::parse(&text)?;
    let assessment = assess(&case, "", &Options { as_of, ..Options::default() });
    for line in &assessment.headline {
        println!("{line}");
    }
    for claim in &assessment.claims {
        println!(
            "{:30} prior {:.3}  {:.3} ({:.3}-{:.3})  x{:.1}  independent {:.4}  {:?} {:?}",
            claim.id, claim.prior, claim.probability, claim.low, claim.high, claim.odds_multiplier, claim.if_independent,
            claim.confidence.level, claim.confidence.bound_by
        );
    }
    for line in &assessment.unknown {
        println!("- {line}");
    }
    Ok(())
}
