//! Asks the customer to answer on the phone, and waits.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{Factor, flow::Event};

use super::{message::message, other_factor::other_factor, ttl::ttl_line};
use crate::ui::{
    context::Ui,
    parts::{
        button::{Press, Weight, always, button},
        element::element,
        paragraph::points,
    },
    text::PHRASES,
};

/// What to do on the phone, how much time is left, and the alternatives. The customer need not press anything here.
pub(super) fn phone(ui: Ui, factor: &Factor, code: Option<Factor>, has_other_factor: bool) -> Vec<AnyView> {
    let answer = if *factor == Factor::Biometric {
        ui.phrase(PHRASES.phone_biometric)
    } else {
        ui.phrase(PHRASES.phone_answer)
    };
    let steps = [ui.phrase(PHRASES.phone_open), ui.phrase(PHRASES.phone_compare), answer];
    let mut screen = vec![
        element("div", "sca-phone").attr("aria-hidden", "true").view(),
        points("ol", &ui.id("question"), steps),
        message(ui.phrase(PHRASES.phone_waits)),
        ttl_line(ui),
    ];
    screen.extend(code.map(|code| code_instead(ui, code)));
    if has_other_factor {
        screen.push(other_factor(ui, always()));
    }
    screen
}

fn code_instead(ui: Ui, code: Factor) -> AnyView {
    button(
        Weight::Quiet,
        ui.phrase(PHRASES.code_instead),
        None,
        always(),
        Press::Do(Arc::new(move || ui.send(Event::FactorChosen(code.clone())))),
    )
}
