//! What surrounds every screen.

mod attention;
mod notice;
mod status;
mod summary;

use std::rc::Rc;

use leptos::{html, prelude::*};
use sca_protocol::flow::{Event, Screen};

use super::{
    context::{Ui, Words},
    parts::{
        button::{Button, Press, Weight},
        prose::{heading, paragraph},
    },
    screens::{Place, body},
    text::fill,
};
use attention::{Attention, Visit};

/// How long before the end the customer is told, in milliseconds.
const WARNING_BEFORE_END: u64 = 60_000;

/// The whole widget: what is approved above, the way out below, and the screen between them.
pub(super) fn shell(ui: Ui) -> AnyView {
    let attention = Attention::new();
    let visit = Memo::new(move |before| Visit::next(before, Place::of(&ui.screen.read()), attention));
    forget_hints(ui);

    let head = move || {
        let Visit { place, follow } = visit.get();
        let element = NodeRef::<html::H2>::new();
        if follow && !place.takes_digits() {
            element.on_load(|heading| drop(heading.focus()));
        }
        let text = ui.tell(move |speech| place.heading(speech.phrases).to_owned());
        heading(ui.id("heading"), text, element)
    };
    let screen = move || {
        let Visit { place, follow } = visit.get();
        body(ui, place, follow)
    };
    view! {
        <section
            class="sca"
            role="group"
            part="root"
            lang=move || ui.language.read().tag().to_owned()
            dir=move || ui.language.read().direction().as_str()
            data-place=move || visit.read().place.name()
            aria-labelledby=ui.id("heading")
            aria-busy=move || matches!(visit.read().place, Place::Loading).then_some("true")
            on:focusin=move |_| attention.came()
            on:focusout=move |event| attention.left(&event)
            on:click=move |_| attention.came()
        >
            {summary::summary(ui)}
            {paragraph("sca-step", step(ui))}
            {head}
            {status::status(ui, visit)}
            {screen}
            {paragraph("sca-expiry", ending(ui))}
            {cancel(ui)}
        </section>
    }
    .into_any()
}

fn step(ui: Ui) -> Words {
    ui.tell(move |speech| {
        let Some(step) = ui.screen.read().step else {
            return String::new();
        };
        let number = speech.number(step.number.into());
        match step.of {
            Some(of) => fill(
                speech.phrases.step_of,
                &[("n", &number), ("of", &speech.number(of.into()))],
            ),
            None => fill(speech.phrases.step, &[("n", &number)]),
        }
    })
}

fn ending(ui: Ui) -> Words {
    ui.tell(move |speech| match time_left(ui) {
        Some(left) if left <= WARNING_BEFORE_END => speech.time(speech.phrases.ends_in, left),
        Some(_) | None => String::new(),
    })
}

/// How many milliseconds are left before the approval ends; none once it has ended or where nothing says when.
fn time_left(ui: Ui) -> Option<u64> {
    let expires_at = ui.screen.read().expires_at?;
    Some(ui.left_until(Some(expires_at))).filter(|left| *left > 0)
}

fn cancel(ui: Ui) -> impl IntoView {
    let can_cancel = Memo::new(move |_| ui.screen.read().can_cancel);
    move || {
        can_cancel.get().then(|| {
            let button = Button {
                weight: Weight::Quiet,
                label: ui.say(|phrases| phrases.cancel),
                idle: Signal::stored(false),
                busy: Signal::stored(false),
                described_by: None,
                press: Press::Do(Rc::new(move || ui.send(Event::CancelWanted))),
            };
            button.view()
        })
    }
}

/// What the flow has to say comes before what was the matter with the typing.
fn forget_hints(ui: Ui) {
    Effect::watch(
        move || ui.screen.get(),
        move |_: &Screen, _, _: Option<()>| ui.hint.set(None),
        false,
    );
}
