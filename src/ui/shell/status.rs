//! The polite live region, which is always in the document.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    focus::MountedView,
    notice::{Tone, first_sentence, second_sentence},
    step, time_left,
};
use crate::ui::{
    action::spoken,
    context::{TextSignal, Ui},
    parts::element::{element, watch},
    screens::{HostedState, ResendState, ViewKey, in_progress, outcome_text, remaining_ms, takes_entry, ttl_text},
    text::PHRASES,
};

/// When the approval's expiry is announced, in milliseconds before it, the last announcement first.
const END_ANNOUNCED_MS: [u64; 3] = [10_000, 30_000, 60_000];

/// The same for the time to live of a code or a request. Before that, it is announced at every full minute.
const TTL_ANNOUNCED_MS: [u64; 3] = [0, 30_000, 60_000];

const MINUTE_MS: u64 = 60_000;

/// The live region: the visible notice, and announcements for screen readers only.
pub(super) fn status(ui: Ui, mounted: RwSignal<MountedView>) -> AnyView {
    let announcements = RwSignal::new(untrack(|| Announcements::next(None, ui)));
    watch(move |_| {
        let next = Announcements::next(Some(&announcements.read_untracked()), ui);
        if next != *announcements.read_untracked() {
            announcements.set(next);
        }
        true
    });
    element("div", "sca-status")
        .attr("id", &ui.id("status"))
        .attr("role", "status")
        .attr("aria-atomic", "false")
        .child(notice_line(ui))
        .child(line("sca-spoken", view_announced(ui, mounted)))
        .child(line("sca-spoken", progress_announced(ui)))
        .child(line("sca-soon", stops_soon(ui)))
        .child(line("sca-spoken", end_announced(ui, announcements)))
        .child(line("sca-spoken", ttl_announced(ui, announcements)))
        .child(line("sca-spoken", resend_announced(ui, announcements)))
        .view()
}

/// The hint about the last input, or the screen's notice, or the message of a hosted challenge; then the notice's second sentence,
/// or what prevents the use of the camera.
fn notice_line(ui: Ui) -> AnyView {
    let first = ui.text(move |localizer| {
        let hint = ui.typed.read().hint;
        let screen = ui.screen.read();
        hint.map(|hint| hint.text(localizer))
            .or_else(|| {
                screen
                    .notice
                    .as_ref()
                    .map(|notice| first_sentence(notice, &screen.view, localizer))
            })
            .or_else(|| Some(localizer.phrase(HostedState::of(&screen)?.message()?).to_owned()))
            .unwrap_or_default()
    });
    let second = ui.text(move |localizer| {
        let silent = ui.typed.read().hint.is_some();
        let screen = ui.screen.read();
        let notice = screen.notice.as_ref().filter(|_| !silent);
        HostedState::of(&screen)
            .and_then(HostedState::camera_trouble)
            .map(|phrase| localizer.phrase(phrase).to_owned())
            .or_else(|| {
                let is_last = screen.last_entry && takes_entry(&screen);
                is_last.then(|| localizer.phrase(PHRASES.last_attempt).to_owned())
            })
            .or_else(|| notice.map(|notice| second_sentence(notice, localizer)))
            .unwrap_or_default()
    });
    let tone = move || {
        let screen = ui.screen.read();
        match screen.notice.as_ref().map(Tone::of) {
            Some(tone) if ui.typed.read().hint.is_none() => tone,
            None if HostedState::of(&screen).is_some_and(HostedState::is_late) => Tone::Information,
            Some(_) | None => Tone::Problem,
        }
    };
    let name = move || match tone() {
        Tone::Information => "information",
        Tone::Problem => "problem",
    };
    let (is_first, is_second) = (Arc::clone(&first), Arc::clone(&second));
    element("div", "sca-notice")
        .attr("id", &ui.id("notice"))
        .attr_signal("part", move || Some(["notice ", name()].concat()))
        .attr_signal("data-tone", move || Some(name().to_owned()))
        // Said by the field, which then gets the focus.
        .bool_attr("aria-live", "off", move || ui.typed.read().from_elsewhere)
        .bool_attr("hidden", "", move || is_first().is_empty() && is_second().is_empty())
        .child(sentence(first))
        .child(sentence(second))
        .view()
}

fn sentence(text: TextSignal) -> AnyView {
    let is_silent = Arc::clone(&text);
    element("p", "sca-sentence")
        .bool_attr("hidden", "", move || is_silent().is_empty())
        .text(text)
        .view()
}

fn line(class: &'static str, text: TextSignal) -> AnyView {
    element("p", class).text(text).view()
}

/// The heading, and the reason of an outcome, unless the view takes the focus; before the first one, what is approved and the step, as the focus
/// would say them.
fn view_announced(ui: Ui, mounted: RwSignal<MountedView>) -> TextSignal {
    ui.text(move |localizer| {
        let mounted = mounted.read();
        if mounted.follow || mounted.is_loading() {
            return String::new();
        }
        let mut parts = Vec::new();
        if let Some(action) = mounted.action.as_ref().filter(|_| mounted.first) {
            parts = spoken(localizer, action);
            parts.extend(ui.screen.read().position.map(|position| step(localizer, position)));
        }
        parts.push(localizer.phrase(mounted.key.heading()).to_owned());
        if let ViewKey::Done(outcome) = &mounted.key {
            parts.push(localizer.phrase(outcome_text(outcome)).to_owned());
        }
        parts.join(", ")
    })
}

/// That a call is in progress, and that it takes long.
fn progress_announced(ui: Ui) -> TextSignal {
    ui.text(move |localizer| match in_progress(&ui.screen.read()) {
        Some(_) if ui.is_slow() => localizer.phrase(PHRASES.still_checking).to_owned(),
        Some(phrase) => localizer.phrase(phrase).to_owned(),
        None => String::new(),
    })
}

/// That a press that stops the approval takes effect in a moment.
fn stops_soon(ui: Ui) -> TextSignal {
    ui.text(move |localizer| match ui.cancel_at.get().or(ui.deny_at.get()) {
        Some(_) => localizer.phrase(PHRASES.cancel_soon).to_owned(),
        None => String::new(),
    })
}

/// The announcements that are due. They change seldom, though the clock ticks every second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Announcements {
    /// Which announcement of the approval's expiry is due, in milliseconds before it.
    end: Option<u64>,
    /// Which announcement of the delivery's time to live is due.
    ttl: Option<u64>,
    resend: Resend,
}

/// The wait for another code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resend {
    /// The customer has not waited.
    NoWait,
    Waiting,
    /// The wait is over.
    Possible,
    /// No more codes are sent.
    Never,
}

impl Announcements {
    fn next(before: Option<&Self>, ui: Ui) -> Self {
        let waited = before.is_some_and(|before| before.resend != Resend::NoWait);
        let resend = match ResendState::of(&ui.screen.read()) {
            ResendState::Allowed { from, .. } if ui.left_until(Some(from)) > 0 => Resend::Waiting,
            ResendState::Allowed { .. } if waited => Resend::Possible,
            ResendState::NoMore => Resend::Never,
            ResendState::Allowed { .. } | ResendState::InProgress | ResendState::NotApplicable => Resend::NoWait,
        };
        let end = time_left(ui).and_then(|left| END_ANNOUNCED_MS.into_iter().find(|moment| left <= *moment));
        // A time to live that ends with the approval is announced with the approval's.
        let ttl = remaining_ms(ui).filter(|_| end.is_none()).map(ttl_announcement);
        Self { end, ttl, resend }
    }
}

fn ttl_announcement(left: u64) -> u64 {
    let near = TTL_ANNOUNCED_MS.into_iter().find(|moment| left <= *moment);
    near.unwrap_or(2.max(left / MINUTE_MS) * MINUTE_MS)
}

/// The delivery's time to live, and its end.
fn ttl_announced(ui: Ui, announcements: RwSignal<Announcements>) -> TextSignal {
    ui.text(move |localizer| {
        let is_due = announcements.read().ttl.is_some();
        if is_due {
            untrack(|| ttl_text(ui, localizer))
        } else {
            String::new()
        }
    })
}

/// The approval's remaining time, announced at few moments.
fn end_announced(ui: Ui, announcements: RwSignal<Announcements>) -> TextSignal {
    ui.text(move |localizer| {
        let left = announcements.read().end.and_then(|_| untrack(|| time_left(ui)));
        left.map(|left| localizer.wait_time(PHRASES.ends_in, left))
            .unwrap_or_default()
    })
}

/// That another code can be requested, once the wait is over, or that none can.
fn resend_announced(ui: Ui, announcements: RwSignal<Announcements>) -> TextSignal {
    ui.text(move |localizer| match announcements.read().resend {
        Resend::Possible => localizer.phrase(PHRASES.resend_now).to_owned(),
        Resend::Never => localizer.phrase(PHRASES.resend_never).to_owned(),
        Resend::NoWait | Resend::Waiting => String::new(),
    })
}
