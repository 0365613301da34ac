//! Asks for a phone number and its country.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    enrolment_api::{Hidden, MAX_PHONE_INPUT},
    enrolment_flow::{Event, NumberPurpose},
};

use super::{
    context::{EnrolmentUi, id},
    shell::{back, change_readiness, not_before, wait},
    text_field::{TextField, select, text_field},
    view_key::is_submitting,
};
use crate::ui::{
    context::fixed_text,
    parts::{
        button::{Press, Weight, button},
        element::element,
        field::form,
        paragraph::paragraph,
    },
};

pub(super) fn new_phone(ui: EnrolmentUi, purpose: NumberPurpose, follow: bool) -> Vec<AnyView> {
    let countries = select(ui, "country", ui.phrase(|phrases| phrases.country), follow, options(ui));
    let number = text_field(ui, "number", ui.phrase(|phrases| phrases.number), false, |input| {
        input
            .attr("type", "tel")
            .attr("maxlength", &MAX_PHONE_INPUT.to_string())
            .attr("autocomplete", "tel")
            .attr("enterkeyhint", "send")
            .attr("dir", "ltr")
    });
    let (country_field, number_field) = (countries.element, number.element);
    let submit = move || {
        if untrack(|| is_submitting(&ui.screen.read()) || ui.left_until(not_before(ui)) > 0) {
            return;
        }
        let (Some(country), Some(number)) = (TextField::value(country_field), TextField::value(number_field)) else {
            return;
        };
        let missing = if country.is_empty() {
            Some((country_field, ui.phrase(|phrases| phrases.country_missing)))
        } else if number.trim().is_empty() {
            Some((number_field, ui.phrase(|phrases| phrases.number_missing)))
        } else {
            None
        };
        if let Some((field, hint)) = missing {
            ui.hint.set(Some(hint));
            TextField::focus(field);
        } else {
            let number = Hidden::new(number);
            ui.send(Event::NumberEntered { number, country });
        }
    };
    let label = ui.text(move |words| {
        let phrases = words.phrases;
        let label = if is_submitting(&ui.screen.read()) {
            phrases.sending_code
        } else {
            phrases.send_code
        };
        label.to_owned()
    });
    let mut content = vec![paragraph("sca-text", ui.phrase(|phrases| phrases.new_phone_text))];
    if purpose == NumberPurpose::Replace {
        content.push(paragraph("sca-text", ui.phrase(|phrases| phrases.replace_phone_text)));
    }
    content.extend([
        countries.view,
        number.view,
        button(
            Weight::Primary,
            label,
            Some(&id("wait")),
            change_readiness(ui),
            Press::Submit,
        ),
        wait(ui),
    ]);
    vec![form(Arc::new(submit), content), back(ui)]
}

/// The countries in the order of the language's alphabet, after an empty one.
fn options(ui: EnrolmentUi) -> Vec<AnyView> {
    let mut options = vec![
        element("option", "")
            .attr("value", "")
            .text(ui.phrase(|phrases| phrases.pick_country))
            .view(),
    ];
    options.extend(ui.countries().into_iter().map(|(code, name)| {
        element("option", "")
            .attr("value", &code)
            .text(fixed_text(&name))
            .view()
    }));
    options
}
