//! One module per command; each returns whether anything was found.

mod actor;
mod base;
mod case;
mod compare;
mod components;
mod corpus;
mod demo;
mod doctor;
mod index;
mod inspect;
mod matching;
mod meta;
mod triage;
mod written;

use crate::args::{Args, Command};
use crate::context::Context;
use crate::error::Result;

/// Carries out a command.
pub fn run(args: &Args) -> Result<bool> {
    let context = Context::new(&args.global);
    match &args.command {
        Command::Index(args) => index::run(&context, args),
        Command::Match(args) => matching::run(&context, args),
        Command::Triage(args) => triage::run(&context, args),
        Command::Compare(args) => compare::run(&context, args),
        Command::Inspect(args) => inspect::run(&context, args),
        Command::Components(args) => components::run(&context, args),
        Command::Base { command } => base::run(&context, command),
        Command::Corpus { command } => corpus::run(&context, command),
        Command::Actor(args) => actor::run(&context, args),
        Command::Case { command } => case::run(&context, command),
        Command::Demo(args) => demo::run(&context, args),
        Command::Doctor => doctor::run(&context),
        // The program's entry has done with it before.
        Command::Worker => Ok(false),
        Command::Completions { shell } => meta::completions(&context, *shell),
        Command::Man { dir } => meta::man(&context, dir.as_deref()),
        Command::Help { topic } => meta::help(&context, topic),
        Command::Schema { name } => meta::schema(&context, name.as_deref()),
    }
}
