//! The choice of a factor.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    Availability, Factor, Timestamp,
    factor::Handling,
    flow::{Choice, Event, Screen, View},
};

use super::common::{starting_phrase, wait_line};
use crate::{
    enrolment::text::{self as enrolment, PHRASES as ENROLMENT},
    ui::{
        context::Ui,
        parts::{
            button::{Press, Readiness, Ready, Weight, button},
            element::{Element, element},
            paragraph::{explanation, list},
        },
        text::{Localizer, PHRASES, Phrase},
    },
};

/// One button for each factor; a single press chooses it. A factor that cannot be used is listed with the reason.
pub(super) fn choose(ui: Ui, choices: Vec<Choice>) -> Vec<AnyView> {
    let rows = choices.into_iter().map(|choice| row(ui, choice)).collect();
    let list = list("ul", "sca-choices")
        .part("choices")
        .attr("aria-labelledby", &ui.id("heading"))
        .attr("aria-describedby", &ui.ids(&["action", "step"]))
        .children(rows)
        .view();
    vec![list, wait_line(ui, "wait", not_before, PHRASES.wait_for)]
}

fn row(ui: Ui, choice: Choice) -> AnyView {
    let row = element("li", "sca-choice");
    if !choice.usable {
        return row.child(closed_way(ui, choice)).view();
    }
    match choice.factor.handling() {
        // No screen follows the press, so it is explained before.
        Handling::Device(_) => explained(ui, row, choice.factor, "device", ENROLMENT.device_use),
        Handling::FaceScan(_) => explained(ui, row, choice.factor, "face-scan", ENROLMENT.face_use),
        Handling::Secret | Handling::Code | Handling::Frame(_) | Handling::Phone | Handling::Unsupported => {
            row.child(way(ui, choice.factor, &ui.id("wait"))).view()
        }
    }
}

/// A factor with what a press of its button does.
fn explained(ui: Ui, row: Element, factor: Factor, name: &str, phrase: enrolment::Phrase) -> AnyView {
    let use_of_it = ui.text(move |localizer| localizer.enrolment_phrase(phrase).unwrap_or_default().to_owned());
    row.child(way(ui, factor, &ui.ids(&["wait", name])))
        .child(explanation(&ui.id(name), use_of_it))
        .view()
}

/// The label of a factor's button while the factor is being started or submitted.
fn while_busy(ui: Ui, factor: &Factor, localizer: &Localizer) -> &'static str {
    if is_scanning(&ui.screen.read()) {
        return localizer.enrolment_phrase(ENROLMENT.scanning_face).unwrap_or_default();
    }
    localizer.phrase(if ui.is_slow() {
        PHRASES.still_checking
    } else {
        starting_phrase(factor)
    })
}

fn way(ui: Ui, factor: Factor, described_by: &str) -> AnyView {
    let factor = Arc::new(factor);
    let readiness: Ready = {
        let factor = Arc::clone(&factor);
        Arc::new(move || {
            let screen = ui.screen.read();
            match starting(&screen) {
                Some(starting) if *starting == *factor => Readiness::Busy,
                Some(_) if !is_scanning(&screen) => Readiness::Idle,
                Some(_) | None if ui.left_until(not_before(&screen)) > 0 => Readiness::Idle,
                Some(_) | None => Readiness::Ready,
            }
        })
    };
    let label = {
        let (factor, readiness) = (Arc::clone(&factor), Arc::clone(&readiness));
        ui.text(move |localizer| {
            let label = match readiness() {
                Readiness::Busy => while_busy(ui, &factor, localizer),
                Readiness::Ready | Readiness::Idle | Readiness::Absent => localizer.phrase(PHRASES.factors.of(&factor)),
            };
            label.to_owned()
        })
    };
    button(
        Weight::Choice,
        label,
        Some(described_by),
        readiness,
        Press::Do(Arc::new(move || ui.send(Event::FactorChosen((*factor).clone())))),
    )
}

fn closed_way(ui: Ui, choice: Choice) -> AnyView {
    let Choice {
        factor, availability, ..
    } = choice;
    let name = ui.text(move |localizer| localizer.phrase(PHRASES.factors.of(&factor)).to_owned());
    let reason = ui.text(move |localizer| localizer.phrase(why_closed(&availability)).to_owned());
    element("div", "sca-closed")
        .part("choice-closed")
        .child(element("span", "sca-closed-name").text(name).view())
        .child(element("span", "sca-closed-reason").text(reason).view())
        .view()
}

fn why_closed(availability: &Availability) -> Phrase {
    match availability {
        Availability::Blocked => PHRASES.factor_blocked,
        Availability::NotSetUp => PHRASES.factor_not_set_up,
        Availability::CoolingOff => PHRASES.factor_cooling_off,
        // The provider allows it, but this widget does not support it.
        Availability::Available | Availability::Other(_) => PHRASES.factor_not_possible,
    }
}

pub(super) fn starting(screen: &Screen) -> Option<&Factor> {
    if let View::Choose { starting, .. } = &screen.view {
        starting.as_ref()
    } else {
        None
    }
}

/// Whether the factor that is being started can be left for another one.
pub(super) fn is_scanning(screen: &Screen) -> bool {
    matches!(screen.view, View::Choose { scanning: Some(_), .. })
}

fn not_before(screen: &Screen) -> Option<Timestamp> {
    if let View::Choose { not_before, .. } = &screen.view {
        *not_before
    } else {
        None
    }
}
