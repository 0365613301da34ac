//! Asks to answer on the phone, and waits.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    Factor,
    flow::{Event, Screen, View},
};

use super::{life::life, message::message, other_way::other_way};
use crate::ui::{
    context::Ui,
    parts::{
        button::{Press, Readiness, Weight, button},
        element::element,
        prose::points,
    },
};

/// What to do there, how long there is, and what can be done instead. Nothing needs to be pressed here.
pub(super) fn phone(ui: Ui, factor: &Factor) -> Vec<AnyView> {
    let answer = if *factor == Factor::Biometric {
        ui.say(|phrases| phrases.phone_biometric)
    } else {
        ui.say(|phrases| phrases.phone_answer)
    };
    let steps = [
        ui.say(|phrases| phrases.phone_open),
        ui.say(|phrases| phrases.phone_compare),
        answer,
    ];
    let besides = move || match instead(&ui.screen.read()) {
        Some((_, true)) => Readiness::Ready,
        Some((_, false)) | None => Readiness::Absent,
    };
    let picture = element("div", "sca-phone").with("aria-hidden", "true").view();
    vec![
        picture,
        points("ol", &ui.id("question"), steps),
        message(ui.say(|phrases| phrases.phone_waits)),
        life(ui),
        code_instead(ui),
        other_way(ui, Arc::new(besides)),
    ]
}

fn code_instead(ui: Ui) -> AnyView {
    let code = move || instead(&ui.screen.read())?.0.cloned();
    let readiness = move || match code() {
        Some(_) => Readiness::Ready,
        None => Readiness::Absent,
    };
    let send = move || {
        if let Some(factor) = untrack(code) {
            ui.send(Event::FactorChosen(factor));
        }
    };
    button(
        Weight::Quiet,
        ui.say(|phrases| phrases.code_instead),
        None,
        Arc::new(readiness),
        Press::Do(Arc::new(send)),
    )
}

/// The code that can be had in place of the request, and whether there is another way besides.
fn instead(screen: &Screen) -> Option<(Option<&Factor>, bool)> {
    if let View::Phone {
        code_instead,
        other_way,
        ..
    } = &screen.view
    {
        Some((code_instead.as_ref(), *other_way))
    } else {
        None
    }
}
