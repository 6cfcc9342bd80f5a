//! Actor names and their aliases, with provenance.
