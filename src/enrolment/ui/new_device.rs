//! Asks for a name of this device.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{PlainText, enrolment_api::MAX_DEVICE_NAME, enrolment_flow::Event};

use super::{
    context::{EnrolmentUi, id},
    shell::{back, change_readiness, label, not_before, wait},
    text_field::TextField,
    view_key::is_submitting,
};
use crate::enrolment::text::PHRASES;
use crate::ui::parts::{
    button::{Press, Submit, Weight, button},
    field::form,
    paragraph::paragraph,
};

pub(super) fn new_device(ui: EnrolmentUi, follow: bool) -> Vec<AnyView> {
    let field = TextField::new(ui, |_| false);
    let name = field.input("name", ui.phrase(PHRASES.device_name), follow, |input| {
        input
            .attr("type", "text")
            .attr("maxlength", &MAX_DEVICE_NAME.to_string())
            .attr("autocomplete", "off")
            .attr("enterkeyhint", "done")
            .attr("dir", "auto")
            .attr("value", &ui.device_name())
    });
    let submit: Submit = Arc::new(move || {
        if untrack(|| is_submitting(&ui.screen.read()) || ui.left_until(not_before(ui)) > 0) {
            return;
        }
        let Some(name) = field.value() else {
            return;
        };
        match PlainText::new(&name) {
            Some(name) => ui.send(Event::DeviceNamed(name)),
            None => field.refuse(ui.phrase(PHRASES.device_name_missing)),
        }
    });
    let content = vec![
        paragraph("sca-text", ui.phrase(PHRASES.new_device_text)),
        paragraph("sca-text", ui.phrase(PHRASES.new_device_lost)),
        name,
        button(
            Weight::Primary,
            label(ui, PHRASES.add_device),
            Some(&id("wait")),
            change_readiness(ui),
            Press::Submit(Arc::clone(&submit)),
        ),
        wait(ui),
    ];
    vec![form(submit, content), back(ui)]
}
