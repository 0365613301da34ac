//! The frame around every screen.

mod focus;
mod notice;
mod status;
mod summary;

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::flow::{ChallengePosition, Event};

use super::{
    context::{Due, TextSignal, Ui},
    parts::{
        attributes::ElementRef,
        button::{Press, Readiness, Weight, button},
        element::{dynamic, element, focus_on_mount, watch},
        entry::Typed,
        paragraph::{paragraph, paragraph_with_id},
    },
    screens::{ViewKey, body, in_progress, uses_camera},
    text::{Localizer, Phrase, fill},
};
use crate::ui::text::PHRASES;
use focus::{FocusManager, MountedView};

/// How long before its expiry the approval's remaining time is shown, in milliseconds.
const END_WARNING_MS: u64 = 60_000;

/// How long a press that stops the approval can be undone, in milliseconds.
const UNDO_MS: u64 = 5_000;

/// When a call takes long, in milliseconds.
const SLOW_MS: u64 = 5_000;

/// The whole widget: the action above, the cancel button below, and the screen between them.
pub(super) fn shell(ui: Ui) -> AnyView {
    let root = ElementRef::new();
    let focus = FocusManager::new(ui, root);
    let mounted = track_mounted_view(ui, focus);
    forget_hints(ui);
    follow_presses(ui);

    let screen = dynamic(move || {
        let (key, follow) = key_and_follow(mounted);
        element("div", "sca-screen").children(body(ui, key, follow)).view()
    });
    element("section", "sca")
        .part("root")
        .attr_signal("lang", move || Some(ui.language.read().tag().to_owned()))
        .attr_signal("dir", move || Some(ui.language.read().direction().to_owned()))
        .attr_signal("data-place", move || Some(mounted.read().key.name().to_owned()))
        .bool_attr("aria-busy", "true", move || mounted.read().is_loading())
        .bool_attr("data-first", "", move || mounted.read().first)
        .node_ref(root)
        .on("click", move |_| focus.pointer_down())
        .on("focusin", move |_| focus.focused())
        .on("focusout", move |_| focus.blurred())
        .child(dynamic(move || summary::summary(ui, mounted.read().action.as_ref())))
        .child(paragraph_with_id("sca-step", &ui.id("step"), position(ui)))
        .child(dynamic(move || heading(ui, mounted)))
        .child(status::status(ui, mounted))
        .child(screen)
        .child(paragraph("sca-expiry", ending(ui)))
        .child(stops(ui))
        .view()
}

/// Tracks the screen. The elements are replaced only when the mounted view changes.
fn track_mounted_view(ui: Ui, focus: FocusManager) -> RwSignal<MountedView> {
    let first = MountedView::next(None, &ui.screen.read_untracked(), focus);
    let mounted = RwSignal::new(first);
    watch(move |_| {
        let next = MountedView::next(Some(&mounted.read_untracked()), &ui.screen.read(), focus);
        if next != *mounted.read_untracked() {
            mounted.set(next);
        }
        true
    });
    mounted
}

fn key_and_follow(mounted: RwSignal<MountedView>) -> (ViewKey, bool) {
    let mounted = mounted.read();
    (mounted.key.clone(), mounted.follow)
}

/// The heading of a screen. It can take the focus, so that a screen reader starts there.
fn heading(ui: Ui, mounted: RwSignal<MountedView>) -> AnyView {
    let (key, follow) = key_and_follow(mounted);
    let heading = ElementRef::new();
    if follow && !key.takes_digits() {
        focus_on_mount(heading);
    }
    let described_by: &[&str] = if key.is_told() {
        &["action", "step", "question"]
    } else {
        &["action", "step"]
    };
    element("h2", "sca-heading")
        .part("heading")
        .attr("id", &ui.id("heading"))
        .attr("tabindex", "-1")
        .attr("aria-describedby", &ui.ids(described_by))
        .node_ref(heading)
        .text(ui.text(move |localizer| localizer.phrase(key.heading()).to_owned()))
        .view()
}

fn position(ui: Ui) -> TextSignal {
    ui.text(move |localizer| {
        let position = ui.screen.read().position;
        position.map(|position| step(localizer, position)).unwrap_or_default()
    })
}

fn step(localizer: &Localizer, position: ChallengePosition) -> String {
    let number = localizer.number(position.number.into());
    match position.of {
        Some(of) => fill(
            localizer.phrase(PHRASES.step_of),
            &[("n", &number), ("of", &localizer.number(of.into()))],
        ),
        None => fill(localizer.phrase(PHRASES.step), &[("n", &number)]),
    }
}

fn ending(ui: Ui) -> TextSignal {
    ui.text(move |localizer| match time_left(ui) {
        Some(left) if left <= END_WARNING_MS => localizer.wait_time(PHRASES.ends_in, left),
        Some(_) | None => String::new(),
    })
}

/// How many milliseconds are left before the approval expires; `None` once it is settled or if its expiry is not known.
fn time_left(ui: Ui) -> Option<u64> {
    let expires_at = ui.screen.read().expires_at?;
    Some(ui.left_until(Some(expires_at))).filter(|left| *left > 0)
}

/// The buttons that stop the approval. A press takes effect a little later, and can be undone until then.
fn stops(ui: Ui) -> AnyView {
    let cancel = stop(ui, PHRASES.cancel, ui.cancel_at, ui.deny_at, || Event::CancelWanted);
    let deny = stop(ui, PHRASES.deny, ui.deny_at, ui.cancel_at, || Event::DenyWanted);
    element("div", "sca-stops").child(cancel).child(deny).view()
}

/// One of them. It is away while a press of the other one can be undone, and while there is nothing to deny.
fn stop(ui: Ui, phrase: Phrase, at: Due, other: Due, wanted: fn() -> Event) -> AnyView {
    let is_denial = matches!(wanted(), Event::DenyWanted);
    let readiness = move || {
        let screen = ui.screen.read();
        if screen.can_cancel && other.get().is_none() && !(is_denial && screen.expires_at.is_none()) {
            Readiness::Ready
        } else {
            Readiness::Absent
        }
    };
    let label = ui.text(move |localizer| {
        let phrase = at.get().map_or(phrase, |_| PHRASES.cancel_undo);
        localizer.phrase(phrase).to_owned()
    });
    button(
        Weight::Quiet,
        label,
        None,
        Arc::new(readiness),
        Press::Do(Arc::new(move || press_stop(ui, at, wanted))),
    )
}

/// While a request is open, the approval is stopped a little later: the customer can go on after all, and loses no digit. Where the camera may
/// be on, it is stopped at once.
fn press_stop(ui: Ui, at: Due, wanted: fn() -> Event) {
    let is_open = {
        let screen = ui.screen.read_untracked();
        screen.expires_at.is_some() && !uses_camera(&screen)
    };
    if at.get_untracked().is_some() {
        at.set(None);
    } else if is_open {
        at.set(Some(ui.now.get_untracked().plus_ms(UNDO_MS)));
    } else {
        ui.send(wanted());
    }
}

/// What happens some time after a press: the approval is stopped, and a call takes long.
fn follow_presses(ui: Ui) {
    watch(move |was_busy| {
        let now = ui.now.get();
        let (is_busy, can_cancel) = {
            let screen = ui.screen.read();
            (in_progress(&screen).is_some(), screen.can_cancel)
        };
        if was_busy != Some(is_busy) {
            ui.slow_from.set(Some(now.plus_ms(SLOW_MS)));
        }
        for (at, event) in [(ui.cancel_at, Event::CancelWanted), (ui.deny_at, Event::DenyWanted)] {
            match at.get_untracked() {
                Some(_) if !can_cancel => at.set(None),
                Some(due) if due <= now => ui.send(event),
                Some(_) | None => {}
            }
        }
        is_busy
    });
}

/// Clears the hint about the last input when the screen changes.
fn forget_hints(ui: Ui) {
    watch(move |_| {
        ui.screen.track();
        if ui.typed.read_untracked().hint.is_some() {
            let typed = ui.typed.get_untracked();
            ui.typed.set(Typed { hint: None, ..typed });
        }
        true
    });
}
