//! `case explain`: the working of an assessment as formulas with the numbers put in, so that a reader with a calculator can follow.
//!
//! Start at the text of [`Explanation`]. What stands there comes from
//! `cognate-case`; nothing is worked out here.

mod claim;
mod item;
mod lines;
mod observation;

use crate::products::numbers::safe;
use crate::text::wrap;
use crate::{Document, Style};
use cognate_case::Explanation;
use std::fmt::Write;

impl Document for Explanation {
    const NAME: &'static str = "case-explain";

    fn text(&self, style: &Style) -> String {
        let day = self.as_of.map(|day| format!(", as of {day}")).unwrap_or_default();
        let mut out = format!("{}\n", style.heading(&format!("{}{day}", safe(&self.title))));
        for claim in &self.claims {
            out.push_str(&claim::claim_text(self, claim, style));
        }
        for item in &self.items {
            out.push_str(&item::item_text(self, item, style));
        }
        let more = format!("Claims to ask for: {}; or any item's id.", self.known_claims.join(", "));
        let _ = write!(out, "\n{}", wrap(&style.faint(&more), 0, style.width));
        out
    }
}
