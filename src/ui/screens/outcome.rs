//! The outcome, and what to do next.

use leptos::prelude::*;
use sca_protocol::{Outcome, Reason, flow::Receipt};

use super::message::told;
use crate::ui::{
    context::{Ui, fixed_text},
    parts::{
        element::element,
        facts::{Writing, fact, facts},
    },
    text::{PHRASES, Phrase},
};

/// The text below the heading of an outcome, the receipt, and a place for what the page offers next.
pub(super) fn outcome(ui: Ui, outcome: Outcome) -> Vec<AnyView> {
    let text = told(
        ui,
        ui.text(move |localizer| localizer.phrase(text(&outcome)).to_owned()),
    );
    let next = element("slot", "").attr("name", "next").view();
    let receipt = ui.screen.read_untracked().receipt.clone();
    std::iter::once(text)
        .chain(receipt.map(|receipt| facts(receipt_rows(ui, receipt)).view()))
        .chain([next])
        .collect()
}

/// When the request ended, if the backend said so, and its number.
fn receipt_rows(ui: Ui, receipt: Receipt) -> Vec<AnyView> {
    let row = |label, value, writing| fact("sca-fact", ui.phrase(label), value, writing);
    let time = receipt.settled_at.map(|time| {
        let value = ui.text(move |localizer| localizer.moment(time));
        row(PHRASES.receipt_time, value, Writing::Own)
    });
    let number = row(
        PHRASES.receipt_number,
        fixed_text(&receipt.number),
        Writing::LeftToRight,
    );
    time.into_iter().chain([number]).collect()
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
