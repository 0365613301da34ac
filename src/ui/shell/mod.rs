//! What surrounds every screen.

mod notice;
mod status;
mod summary;
mod visit;

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::flow::Event;

use super::{
    context::{Ui, Words},
    parts::{
        attributes::Handle,
        button::{Press, Readiness, Weight, button},
        element::{changing, element, focus_on_arrival, watch},
        entry::Typed,
        prose::paragraph,
    },
    screens::body,
    text::fill,
};
use visit::{Presence, Visit};

/// How long before the end the customer is told, in milliseconds.
const WARNING_BEFORE_END: u64 = 60_000;

/// The whole widget: what is approved above, the way out below, and the screen between them.
pub(super) fn shell(ui: Ui) -> AnyView {
    let root = Handle::new();
    let presence = Presence::new(ui, root);
    let visit = follow_visits(ui, presence);
    forget_hints(ui);

    let screen = changing(move || {
        let Visit { place, follow, .. } = visit.get();
        element("div", "sca-screen").children(body(ui, place, follow)).view()
    });
    element("section", "sca")
        .part("root")
        .with("role", "group")
        .with("aria-labelledby", &ui.id("heading"))
        .follow("lang", move || Some(ui.language.read().tag().to_owned()))
        .follow("dir", move || Some(ui.language.read().direction().to_owned()))
        .follow("data-place", move || Some(visit.read().place.name().to_owned()))
        .toggle("aria-busy", "true", move || visit.read().is_loading())
        .held_by(root)
        .on("click", move |_| presence.noticed())
        .on("focusin", move |_| presence.arrived())
        .on("focusout", move |_| presence.doubted())
        .child(changing(move || summary::summary(ui, visit.read().action.as_ref())))
        .child(paragraph("sca-step", step(ui)))
        .child(changing(move || heading(ui, visit.get())))
        .child(status::status(ui, visit))
        .child(screen)
        .child(paragraph("sca-expiry", ending(ui)))
        .child(cancel(ui))
        .view()
}

/// Follows the screens. The elements of a stay change only when the stay does.
fn follow_visits(ui: Ui, presence: Presence) -> ReadSignal<Visit> {
    let first = Visit::next(None, &ui.screen.read_untracked(), presence);
    let (visit, set_visit) = signal(first);
    watch(move |_| {
        let next = Visit::next(Some(&visit.read_untracked()), &ui.screen.read(), presence);
        if next != *visit.read_untracked() {
            set_visit.set(next);
        }
        true
    });
    visit
}

/// The heading of a screen. It can take the focus, so that a screen reader starts there.
fn heading(ui: Ui, visit: Visit) -> AnyView {
    let Visit { place, follow, .. } = visit;
    let handle = Handle::new();
    if follow && !place.takes_digits() {
        focus_on_arrival(handle);
    }
    element("h2", "sca-heading")
        .part("heading")
        .with("id", &ui.id("heading"))
        .with("tabindex", "-1")
        .held_by(handle)
        .words(ui.tell(move |speech| place.heading(speech.phrases).to_owned()))
        .view()
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

fn cancel(ui: Ui) -> AnyView {
    let readiness = move || {
        if ui.screen.read().can_cancel {
            Readiness::Ready
        } else {
            Readiness::Absent
        }
    };
    button(
        Weight::Quiet,
        ui.say(|phrases| phrases.cancel),
        None,
        Arc::new(readiness),
        Press::Do(Arc::new(move || ui.send(Event::CancelWanted))),
    )
}

/// What the flow has to say comes before what was the matter with the typing.
fn forget_hints(ui: Ui) {
    watch(move |_| {
        ui.screen.track();
        if ui.typed.read_untracked().hint.is_some() {
            let shown = ui.typed.get_untracked().shown;
            ui.typed.set(Typed { shown, hint: None });
        }
        true
    });
}
