//! The outcome, and what to do next.

use leptos::prelude::*;
use sca_protocol::{Outcome, Reason};

use super::message::told;
use crate::ui::{
    context::Ui,
    parts::element::element,
    text::{PHRASES, Phrase},
};

/// The text below the heading of an outcome, and a place for what the page offers next.
pub(super) fn outcome(ui: Ui, outcome: Outcome) -> Vec<AnyView> {
    let text = told(
        ui,
        ui.text(move |localizer| localizer.phrase(text(&outcome)).to_owned()),
    );
    vec![text, element("slot", "").attr("name", "next").view()]
}

/// The reason of an outcome.
pub(crate) fn text(outcome: &Outcome) -> Phrase {
    let because = |reason: &Option<Reason>| reason.as_ref().and_then(|reason| PHRASES.reasons.of(reason));
    match outcome {
        Outcome::Approved => PHRASES.approved_text,
        Outcome::Cancelled => PHRASES.cancelled_text,
        Outcome::Expired => PHRASES.expired_text,
        Outcome::Declined(reason) => because(reason).unwrap_or(PHRASES.declined_text),
        Outcome::Failed(reason) => because(reason).unwrap_or(PHRASES.failed_text),
    }
}
