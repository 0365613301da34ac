//! The time to live of a delivery: how long a code is accepted, or a request on the phone can be answered.

use leptos::prelude::*;
use sca_protocol::flow::{Screen, View};

use crate::ui::{
    context::Ui,
    parts::element::element,
    text::{Localizer, PHRASES, Phrase},
};

/// The phrases about a time to live: before its end, with `{time}`, and after it.
#[derive(Clone, Copy)]
struct TtlPhrases {
    running: Phrase,
    expired: Phrase,
}

/// How many milliseconds remain, limited by the approval's own expiry; `None` if no end is known.
pub(crate) fn remaining_ms(ui: Ui) -> Option<u64> {
    ttl_phrases(ui, &ui.screen.read()).map(|(left, _)| left)
}

/// The text about the time to live; empty if no end is known.
pub(crate) fn ttl_text(ui: Ui, localizer: &Localizer) -> String {
    match ttl_phrases(ui, &ui.screen.read()) {
        Some((0, TtlPhrases { expired, .. })) => localizer.phrase(expired).to_owned(),
        Some((left, TtlPhrases { running, .. })) => localizer.remaining_time(running, left),
        None => String::new(),
    }
}

/// The line with that text. The status announces it to screen readers, at few moments.
pub(super) fn ttl_line(ui: Ui) -> AnyView {
    let is_absent = move || remaining_ms(ui).is_none();
    element("p", "sca-explanation sca-life")
        .part("explanation life")
        .bool_attr("hidden", "", is_absent)
        .bool_attr("data-over", "", move || remaining_ms(ui) == Some(0))
        .text(ui.text(move |localizer| ttl_text(ui, localizer)))
        .view()
}

fn ttl_phrases(ui: Ui, screen: &Screen) -> Option<(u64, TtlPhrases)> {
    let (ends_at, ttl_phrases) = if let View::Code { expires_at, .. } = &screen.view {
        let code = TtlPhrases {
            running: PHRASES.code_ttl,
            expired: PHRASES.code_over,
        };
        (expires_at, code)
    } else if let View::Phone { expires_at, .. } = &screen.view {
        let request = TtlPhrases {
            running: PHRASES.phone_ttl,
            // The flow is polling the result.
            expired: PHRASES.checking_text,
        };
        (expires_at, request)
    } else {
        return None;
    };
    let end = (*ends_at)?;
    let end = screen.expires_at.map_or(end, |all| all.min(end));
    Some((ui.left_until(Some(end)), ttl_phrases))
}
