//! What a case proves, for readers and their programs: pages, pictures and exchange formats made of one [`Assessment`].
//!
//! | what                                       | where                                                |
//! |--------------------------------------------|------------------------------------------------------|
//! | which sections there are, in which order   | `sections`, of the pieces that `outline` defines     |
//! | what the first page says                   | `answer`, `brief`, `cited`                           |
//! | what the sections after it say             | `weighing`, `ground`, `matrix`                       |
//! | how numbers and words are written          | `numbers`                                            |
//! | terminal text, [`markdown`](fn@markdown), [`html`], [`docx`](fn@docx) | `terminal`, `markdown`, `page` (with `table`, `markup`), `docx` |
//! | pictures as text, pictures in a page       | `plot`, `picture`                                    |
//! | [`stix`](fn@stix), [`misp`](fn@misp), [`case_uco`](fn@case_uco) | `stix`, `misp`, `case_uco`, with `artefact`, `catalogue`, `identifier`, `plain` |
//! | what they may state as a fact              | `established`                                        |
//!
//! All but STIX, MISP and CASE/UCO lay out one outline, so they say the same in the same
//! order; long cases are shortened, with a count of what is left out. The
//! answers of the case commands stand in `answers::case`.
//!
//! [`Assessment`]: cognate_case::Assessment

mod answer;
mod artefact;
mod brief;
mod case_uco;
mod catalogue;
mod cited;
mod days;
mod docx;
mod established;
#[cfg(test)]
mod example;
mod ground;
pub(crate) mod identifier;
pub(crate) mod markdown;
pub(crate) mod markup;
mod matrix;
pub(crate) mod misp;
pub(crate) mod numbers;
pub(crate) mod outline;
pub(crate) mod page;
pub(crate) mod picture;
pub(crate) mod plain;
mod plot;
pub(crate) mod sections;
pub(crate) mod stix;
mod table;
pub(crate) mod terminal;
mod weighing;

pub use case_uco::case_uco;
pub use docx::docx;
pub use markdown::markdown;
pub use misp::misp;
pub use outline::Extent;
pub use page::html;
pub use stix::stix;
