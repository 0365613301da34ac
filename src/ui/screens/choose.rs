//! Which way to take the step.

use std::rc::Rc;

use leptos::prelude::*;
use sca_protocol::{
    Availability, Factor,
    flow::{Choice, Event, Screen, View},
};

use crate::ui::{
    context::Ui,
    parts::{
        button::{Button, Press, Weight},
        prose::explanation,
    },
    text::Phrases,
};

/// One button for each way: a single press chooses and goes on. A way that cannot be used is listed with the reason.
pub(super) fn choose(ui: Ui) -> AnyView {
    let choices = Memo::new(move |_| choices_of(&ui.screen.read()));
    let wait_id = ui.id("wait");
    let wait = ui.tell(move |speech| match ui.left_until(not_before(&ui.screen.read())) {
        0 => String::new(),
        left => speech.time(speech.phrases.wait_for, left),
    });
    let rows = {
        let wait_id = wait_id.clone();
        move || {
            choices
                .get()
                .into_iter()
                .map(|choice| row(ui, choice, &wait_id))
                .collect::<Vec<_>>()
        }
    };
    let list = view! {
        <ul class="sca-choices" part="choices" aria-labelledby=ui.id("heading")>
            {rows}
        </ul>
    }
    .into_any();
    vec![list, explanation(wait_id, wait)].into_any()
}

fn row(ui: Ui, choice: Choice, wait_id: &str) -> AnyView {
    let content = if choice.usable {
        way(ui, choice.factor, wait_id)
    } else {
        closed_way(ui, choice)
    };
    view! { <li class="sca-choice">{content}</li> }.into_any()
}

fn way(ui: Ui, factor: Factor, wait_id: &str) -> AnyView {
    let is_this = {
        let factor = factor.clone();
        Signal::derive(move || starting(&ui.screen.read()) == Some(&factor))
    };
    let label = {
        let factor = factor.clone();
        ui.tell(move |speech| {
            if is_this.get() {
                speech.phrases.starting.to_owned()
            } else {
                speech.phrases.ways.of(&factor).to_owned()
            }
        })
    };
    let idle = Signal::derive(move || {
        let screen = ui.screen.read();
        starting(&screen).is_some() || ui.left_until(not_before(&screen)) > 0
    });
    let button = Button {
        weight: Weight::Choice,
        label,
        idle,
        busy: is_this,
        described_by: Some(wait_id.to_owned()),
        press: Press::Do(Rc::new(move || ui.send(Event::FactorChosen(factor.clone())))),
    };
    button.view()
}

fn closed_way(ui: Ui, choice: Choice) -> AnyView {
    let Choice {
        factor, availability, ..
    } = choice;
    let name = ui.tell(move |speech| speech.phrases.ways.of(&factor).to_owned());
    let reason = ui.tell(move |speech| why_closed(&availability, speech.phrases).to_owned());
    view! {
        <div class="sca-closed" part="choice-closed">
            <span class="sca-closed-name">{name}</span>
            <span class="sca-closed-reason">{reason}</span>
        </div>
    }
    .into_any()
}

fn why_closed(availability: &Availability, phrases: &Phrases) -> &'static str {
    match availability {
        Availability::Blocked => phrases.way_blocked,
        Availability::NotSetUp => phrases.way_not_set_up,
        // It could be used, or so they say, but not by this widget.
        Availability::Available | Availability::Other(_) => phrases.way_not_possible,
    }
}

fn choices_of(screen: &Screen) -> Vec<Choice> {
    if let View::Choose { choices, .. } = &screen.view {
        choices.clone()
    } else {
        Vec::new()
    }
}

fn starting(screen: &Screen) -> Option<&Factor> {
    if let View::Choose { starting, .. } = &screen.view {
        starting.as_ref()
    } else {
        None
    }
}

fn not_before(screen: &Screen) -> Option<sca_protocol::Millis> {
    if let View::Choose { not_before, .. } = &screen.view {
        *not_before
    } else {
        None
    }
}
