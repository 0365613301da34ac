//! The outcome, and what to do next.

use leptos::prelude::*;
use sca_protocol::{Outcome, Reason};

use super::message::message;
use crate::ui::{context::Ui, text::Phrases};

/// The text below the heading of an outcome.
pub(super) fn outcome(ui: Ui, outcome: Outcome) -> AnyView {
    message(ui.text(move |localizer| text(&outcome, localizer.phrases).to_owned()))
}

fn text(outcome: &Outcome, phrases: &Phrases) -> &'static str {
    let because = |reason: &Option<Reason>| reason.as_ref().and_then(|reason| phrases.reasons.of(reason));
    match outcome {
        Outcome::Approved => phrases.approved_text,
        Outcome::Cancelled => phrases.cancelled_text,
        Outcome::Expired => phrases.expired_text,
        Outcome::Declined(reason) => because(reason).unwrap_or(phrases.declined_text),
        Outcome::Failed(reason) => because(reason).unwrap_or(phrases.failed_text),
    }
}
