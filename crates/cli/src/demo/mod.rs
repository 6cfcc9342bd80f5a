//! `cognate demo`.
use crate::args::DemoArgs;
use crate::context::Context;
use crate::error::Result;
/// Runs.
pub fn run(_context: &Context<'_>, _args: &DemoArgs) -> Result<bool> {
    Ok(true)
}
