//! Asks for a phone number and its country.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    enrolment_api::{Hidden, MAX_PHONE_INPUT},
    enrolment_flow::{Event, Notice, NumberFlaw, NumberPurpose},
};

use super::{
    context::{EnrolmentUi, id},
    shell::{back, change_readiness, label, not_before, wait},
    text_field::TextField,
    view_key::is_submitting,
};
use crate::enrolment::text::PHRASES;
use crate::ui::{
    context::fixed_text,
    parts::{
        button::{Press, Submit, Weight, button},
        element::element,
        field::form,
        paragraph::paragraph,
    },
};

pub(super) fn new_phone(ui: EnrolmentUi, purpose: NumberPurpose, follow: bool) -> Vec<AnyView> {
    let country = TextField::new(ui, is_about_country);
    let number = TextField::new(ui, is_about_number);
    let country_view = country.select("country", ui.phrase(PHRASES.country), follow, options(ui));
    let number_view = number.input("number", ui.phrase(PHRASES.number), false, |input| {
        input
            .attr("type", "tel")
            .attr("maxlength", &MAX_PHONE_INPUT.to_string())
            .attr("autocomplete", "tel")
            .attr("enterkeyhint", "send")
            .attr("dir", "ltr")
    });
    let submit: Submit = Arc::new(move || {
        if untrack(|| is_submitting(&ui.screen.read()) || ui.left_until(not_before(ui)) > 0) {
            return;
        }
        let (Some(picked), Some(mut typed)) = (country.value(), number.value()) else {
            return;
        };
        if picked.is_empty() {
            country.refuse(ui.phrase(PHRASES.country_missing));
        } else if typed.trim().is_empty() {
            number.refuse(ui.phrase(PHRASES.number_missing));
        } else {
            ui.send(Event::NumberEntered {
                number: Hidden::new(std::mem::take(&mut *typed)),
                country: picked.to_string(),
            });
        }
    });
    let label = label(ui, PHRASES.send_code);
    let mut content = vec![paragraph("sca-text", ui.phrase(PHRASES.new_phone_text))];
    if purpose == NumberPurpose::Replace {
        content.push(paragraph("sca-text", ui.phrase(PHRASES.replace_phone_text)));
    }
    content.extend([
        country_view,
        number_view,
        button(
            Weight::Primary,
            label,
            Some(&id("wait")),
            change_readiness(ui),
            Press::Submit(Arc::clone(&submit)),
        ),
        wait(ui),
    ]);
    vec![form(submit, content), back(ui)]
}

/// Whether a notice says that the number is wrong, or that another one is needed.
fn is_about_number(notice: &Notice) -> bool {
    matches!(notice, Notice::Number(_) | Notice::NumberRepeated)
}

/// Whether a notice says that number and country do not belong together.
fn is_about_country(notice: &Notice) -> bool {
    matches!(notice, Notice::Number(NumberFlaw::OtherCountry))
}

/// The countries in the order of the language's alphabet, after an empty one.
fn options(ui: EnrolmentUi) -> Vec<AnyView> {
    let mut options = vec![
        element("option", "")
            .attr("value", "")
            .text(ui.phrase(PHRASES.pick_country))
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
