//! Asks whether to remove a factor.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{PlainText, enrolment_flow::Event};

use super::{
    context::{EnrolmentUi, id},
    shell::{back, change_readiness, label, wait},
};
use crate::enrolment::text::PHRASES;
use crate::ui::{
    context::{TextSignal, fixed_text},
    parts::{
        button::{Press, Weight, button},
        element::element,
        paragraph::paragraph,
    },
};

pub(super) fn remove_pin(ui: EnrolmentUi) -> Vec<AnyView> {
    removal(ui, None, ui.phrase(PHRASES.remove_pin_text))
}

pub(super) fn remove_device(ui: EnrolmentUi, name: Option<PlainText>) -> Vec<AnyView> {
    let name = name.map(|name| name.as_str().to_owned());
    removal(ui, name, ui.phrase(PHRASES.remove_device_text))
}

pub(super) fn remove_phone(ui: EnrolmentUi, number: Option<String>) -> Vec<AnyView> {
    removal(ui, number, ui.phrase(PHRASES.remove_phone_text))
}

pub(super) fn remove_face(ui: EnrolmentUi) -> Vec<AnyView> {
    removal(ui, None, ui.phrase(PHRASES.remove_face_text))
}

/// `name`: what the customer knows the factor by.
fn removal(ui: EnrolmentUi, name: Option<String>, text: TextSignal) -> Vec<AnyView> {
    let name = name.map(|name| {
        let name = element("bdi", "").text(fixed_text(&name)).view();
        element("p", "sca-device-name").child(name).view()
    });
    let label = label(ui, PHRASES.remove);
    let confirm = button(
        Weight::Primary,
        label,
        Some(&id("wait")),
        change_readiness(ui),
        Press::Do(Arc::new(move || ui.send(Event::RemovalConfirmed))),
    );
    let mut views: Vec<AnyView> = name.into_iter().collect();
    views.extend([paragraph("sca-text", text), confirm, wait(ui), back(ui)]);
    views
}
