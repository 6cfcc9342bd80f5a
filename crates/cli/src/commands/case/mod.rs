//! `cognate case`: weigh evidence for who is behind an incident.
//!
//! [`mod@file`] reads and writes case files; the rest is one module per question.

mod added;
mod check;
mod draft;
mod file;
mod matrix;
mod merge;
mod score;
mod weigh;

use crate::args::CaseCommand;
use crate::context::Context;
use crate::error::Result;
pub use added::today;

/// Carries out a command on cases, on as many threads as asked.
pub fn run(context: &Context<'_>, command: &CaseCommand) -> Result<bool> {
    context.threads()?.install(|| carry_out(context, command))
}

fn carry_out(context: &Context<'_>, command: &CaseCommand) -> Result<bool> {
    match command {
        CaseCommand::New(args) => file::new(context, args),
        CaseCommand::Check { files, deny_warnings } => check::run(context, files, *deny_warnings),
        CaseCommand::Assess(args) => weigh::assess(context, args),
        CaseCommand::Explain(args) => weigh::explain(context, args),
        CaseCommand::Compare(args) => weigh::compare(context, args),
        CaseCommand::Export(args) => weigh::export(context, args),
        CaseCommand::AddMatch(args) => added::run(context, args),
        CaseCommand::Matrix(args) => matrix::run(context, args),
        CaseCommand::Merge(args) => merge::run(context, args),
        CaseCommand::Draft(args) => draft::run(context, args),
        CaseCommand::Score(args) => score::run(context, args),
    }
}
