//! Asks for a name of this device.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{PlainText, enrolment_api::MAX_DEVICE_NAME, enrolment_flow::Event};

use super::{
    context::{EnrolmentUi, id},
    shell::{back, change_readiness, not_before, wait},
    view_key::is_submitting,
};
use crate::ui::parts::{
    attributes::ElementRef,
    button::{Press, Weight, button},
    element::{element, focus_on_mount},
    field::form,
    paragraph::paragraph,
};

pub(super) fn new_device(ui: EnrolmentUi, follow: bool) -> Vec<AnyView> {
    let field = ElementRef::new();
    if follow {
        focus_on_mount(field);
    }
    let submit = move || {
        if untrack(|| is_submitting(&ui.screen.read()) || ui.left_until(not_before(ui)) > 0) {
            return;
        }
        let Some(input) = field.peek() else {
            return;
        };
        match PlainText::new(&input.value()) {
            Some(name) => ui.send(Event::DeviceNamed(name)),
            None => {
                ui.hint.set(Some(ui.phrase(|phrases| phrases.device_name_missing)));
                drop(input.focus());
            }
        }
    };
    let label = element("label", "sca-label")
        .attr("for", &id("name"))
        .text(ui.phrase(|phrases| phrases.device_name))
        .view();
    let input = element("input", "sca-name")
        .part("name")
        .attr("id", &id("name"))
        .attr("type", "text")
        .attr("maxlength", &MAX_DEVICE_NAME.to_string())
        .attr("autocomplete", "off")
        .attr("enterkeyhint", "done")
        .attr("dir", "auto")
        .attr("aria-describedby", &id("notice"))
        .attr("value", &ui.device_name())
        .bool_attr("aria-invalid", "true", move || ui.hint.read().is_some())
        .bool_attr("readonly", "", move || is_submitting(&ui.screen.read()))
        .on("input", move |_| ui.hint.set(None))
        .node_ref(field)
        .view();
    let content = vec![
        paragraph("sca-text", ui.phrase(|phrases| phrases.new_device_text)),
        paragraph("sca-text", ui.phrase(|phrases| phrases.new_device_lost)),
        element("div", "sca-labelled").child(label).child(input).view(),
        button(
            Weight::Primary,
            ui.text(move |words| {
                let phrases = words.phrases;
                let label = if is_submitting(&ui.screen.read()) {
                    phrases.adding
                } else {
                    phrases.add_device
                };
                label.to_owned()
            }),
            Some(&id("wait")),
            change_readiness(ui),
            Press::Submit,
        ),
        wait(ui),
    ];
    vec![form(Arc::new(submit), content), back(ui)]
}
