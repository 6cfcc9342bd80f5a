//! What a Mach-O file says about itself.

use super::commands::Commands;
use crate::Forgeability::{Low, Trivial};
use crate::Loaded;
use cognate_base::Budget;

/// Writes the traits.
pub(super) fn read(loaded: &mut Loaded, commands: &Commands, budget: &mut Budget) {
    let traits = &mut loaded.traits;
    for (kind, value) in
        [("macho-uuid", &commands.uuid), ("build-version", &commands.build), ("soname", &commands.id)]
    {
        if let Some(value) = value {
            traits.push(kind, value, if kind == "macho-uuid" { Low } else { Trivial });
        }
    }
    for library in commands.libraries.iter().take(1024) {
        traits.push("needed-library", library, Low);
    }
    if commands.signature.is_some_and(|(_, size)| size > 0) {
        traits.push("signed", "code signature present, not verified", Low);
    }
    super::super::common::counts(loaded, budget);
}
