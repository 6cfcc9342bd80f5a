//! Weighs evidence for competing hypotheses of who is behind an incident.

pub mod actors;
