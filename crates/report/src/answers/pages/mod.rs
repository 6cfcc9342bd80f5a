//! The answers of `match` and `compare` as documents to send on: a page that loads nothing, Markdown, of a match also STIX
//! 2.1 and a MISP event (`match_stix`, `match_misp`).
//!
//! What both say stands in `match_sections` (of the code: `match_code`) and `compare_sections`, made of the sections that the products of a case are
//! made of; `sheet` lays them out. A page shows more, closed until somebody opens it: `functions` (every function of a
//! file), `pair` (two functions side by side) with `graph` (their blocks, of `blocks`, placed by `layers`).

mod blocks;
mod compare_page;
mod compare_sections;
mod functions;
mod graph;
mod layers;
mod match_code;
mod match_misp;
mod match_page;
mod match_sections;
mod match_stix;
mod pair;
mod rows;
mod sheet;

pub use compare_page::{compare_markdown, compare_page, page_pairs};
pub use graph::graph_svg;
pub use match_misp::match_misp;
pub use match_page::{match_markdown, match_page};
pub use match_stix::match_stix;
pub use sheet::Made;
