//! The frame around every screen.

mod focus;
mod notice;
mod status;
mod summary;

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::flow::Event;

use super::{
    context::{TextSignal, Ui},
    parts::{
        attributes::ElementRef,
        button::{Press, Readiness, Weight, button},
        element::{dynamic, element, focus_on_mount, watch},
        entry::Typed,
        paragraph::{paragraph, paragraph_with_id},
    },
    screens::{body, in_progress},
    text::fill,
};
use crate::ui::text::PHRASES;
use focus::{FocusManager, MountedView};

/// How long before its expiry the approval's remaining time is shown, in milliseconds.
const END_WARNING_MS: u64 = 60_000;

/// For how many ticks of the clock, a second each, a press of "Cancel" can be undone. The first may come at once.
const UNDO_TICKS: u8 = 6;

/// For how many ticks of the clock a call counts as short.
const PATIENCE_TICKS: u8 = 5;

/// The whole widget: the action above, the cancel button below, and the screen between them.
pub(super) fn shell(ui: Ui) -> AnyView {
    let root = ElementRef::new();
    let focus = FocusManager::new(ui, root);
    let mounted = track_mounted_view(ui, focus);
    forget_hints(ui);
    count_ticks(ui);

    let screen = dynamic(move || {
        let MountedView { key, follow, .. } = mounted.get();
        element("div", "sca-screen").children(body(ui, key, follow)).view()
    });
    element("section", "sca")
        .part("root")
        .attr("role", "group")
        .attr("aria-labelledby", &ui.id("heading"))
        .attr_signal("lang", move || Some(ui.language.read().tag().to_owned()))
        .attr_signal("dir", move || Some(ui.language.read().direction().to_owned()))
        .attr_signal("data-place", move || Some(mounted.read().key.name().to_owned()))
        .bool_attr("aria-busy", "true", move || mounted.read().is_loading())
        .node_ref(root)
        .on("click", move |_| focus.pointer_down())
        .on("focusin", move |_| focus.focused())
        .on("focusout", move |_| focus.blurred())
        .child(dynamic(move || summary::summary(ui, mounted.read().action.as_ref())))
        .child(paragraph_with_id("sca-step", &ui.id("step"), position(ui)))
        .child(dynamic(move || heading(ui, mounted.get())))
        .child(status::status(ui, mounted))
        .child(screen)
        .child(paragraph("sca-expiry", ending(ui)))
        .child(cancel(ui))
        .view()
}

/// Tracks the screen. The elements are replaced only when the mounted view changes.
fn track_mounted_view(ui: Ui, focus: FocusManager) -> ReadSignal<MountedView> {
    let first = MountedView::next(None, &ui.screen.read_untracked(), focus);
    let (mounted, set_mounted) = signal(first);
    watch(move |_| {
        let next = MountedView::next(Some(&mounted.read_untracked()), &ui.screen.read(), focus);
        if next != *mounted.read_untracked() {
            set_mounted.set(next);
        }
        true
    });
    mounted
}

/// The heading of a screen. It can take the focus, so that a screen reader starts there.
fn heading(ui: Ui, mounted: MountedView) -> AnyView {
    let MountedView { key, follow, .. } = mounted;
    let heading = ElementRef::new();
    if follow && !key.takes_digits() {
        focus_on_mount(heading);
    }
    element("h2", "sca-heading")
        .part("heading")
        .attr("id", &ui.id("heading"))
        .attr("tabindex", "-1")
        .attr("aria-describedby", &ui.ids(&["action", "step"]))
        .node_ref(heading)
        .text(ui.text(move |localizer| localizer.phrase(key.heading()).to_owned()))
        .view()
}

fn position(ui: Ui) -> TextSignal {
    ui.text(move |localizer| {
        let Some(position) = ui.screen.read().position else {
            return String::new();
        };
        let number = localizer.number(position.number.into());
        match position.of {
            Some(of) => fill(
                localizer.phrase(PHRASES.step_of),
                &[("n", &number), ("of", &localizer.number(of.into()))],
            ),
            None => fill(localizer.phrase(PHRASES.step), &[("n", &number)]),
        }
    })
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

fn cancel(ui: Ui) -> AnyView {
    let readiness = move || {
        if ui.screen.read().can_cancel {
            Readiness::Ready
        } else {
            Readiness::Absent
        }
    };
    let label = ui.text(move |localizer| {
        let phrase = match ui.undo.get() {
            0 => PHRASES.cancel,
            _ => PHRASES.cancel_undo,
        };
        localizer.phrase(phrase).to_owned()
    });
    button(
        Weight::Quiet,
        label,
        None,
        Arc::new(readiness),
        Press::Do(Arc::new(move || press_cancel(ui))),
    )
}

/// While a request is open, the approval is cancelled a little later: the customer can go on after all, and loses no digit.
fn press_cancel(ui: Ui) {
    let is_open = ui.screen.read_untracked().expires_at.is_some();
    match ui.undo.get_untracked() {
        0 if is_open => ui.undo.set(UNDO_TICKS),
        0 => ui.send(Event::CancelWanted),
        _ => ui.undo.set(0),
    }
}

/// Counts the ticks of the clock.
fn count_ticks(ui: Ui) {
    watch(move |_| {
        ui.now.track();
        let (is_busy, can_cancel) = {
            let screen = ui.screen.read_untracked();
            (in_progress(&screen).is_some(), screen.can_cancel)
        };
        let patience = ui.patience.get_untracked();
        ui.patience.set(if is_busy {
            patience.saturating_sub(1)
        } else {
            PATIENCE_TICKS
        });
        match ui.undo.get_untracked() {
            0 => {}
            1 if can_cancel => ui.send(Event::CancelWanted),
            undo => ui.undo.set(if can_cancel { undo - 1 } else { 0 }),
        }
        true
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
