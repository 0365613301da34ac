//! The one place where the widget speaks by itself: a polite live region that is always there.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    notice::{Tone, first_sentence, second_sentence},
    time_left,
    visit::Visit,
};
use crate::ui::{
    context::{Ui, Words},
    parts::element::{element, watch},
    screens::{Facing, Sending, life_left, life_text, takes_entry},
};

/// When the end is announced, in milliseconds before it, the last one first.
const ANNOUNCED: [u64; 3] = [10_000, 30_000, 60_000];

/// The same for the life of a code or a request; before that, it is at every full minute.
const LIFE_ANNOUNCED: [u64; 3] = [0, 30_000, 60_000];

const MINUTE: u64 = 60_000;

/// The live region: what there is to tell, to everybody, and what only a screen reader needs to be told.
pub(super) fn status(ui: Ui, visit: ReadSignal<Visit>) -> AnyView {
    let (moment, set_moment) = signal(untrack(|| Moment::next(None, ui)));
    watch(move |_| {
        let next = Moment::next(Some(&moment.read_untracked()), ui);
        if next != *moment.read_untracked() {
            set_moment.set(next);
        }
        true
    });
    element("div", "sca-status")
        .with("id", &ui.id("status"))
        .with("role", "status")
        .with("aria-atomic", "false")
        .child(told(ui))
        .child(spoken(arrival(ui, visit)))
        .child(spoken(end_is_near(ui, moment)))
        .child(spoken(life_goes_on(ui, moment)))
        .child(spoken(resend_is_possible(ui, moment)))
        .view()
}

/// The hint about what was typed, or the notice of the screen, or what else has happened; then what follows from it, or
/// what stands between the customer and the camera.
fn told(ui: Ui) -> AnyView {
    let first = ui.tell(move |speech| {
        let hint = ui.typed.read().hint;
        let screen = ui.screen.read();
        hint.map(|hint| hint.text(speech))
            .or_else(|| screen.notice.as_ref().map(|notice| first_sentence(notice, speech)))
            .or_else(|| Facing::of(&screen)?.news(speech.phrases).map(str::to_owned))
            .unwrap_or_default()
    });
    let second = ui.tell(move |speech| {
        let silent = ui.typed.read().hint.is_some();
        let screen = ui.screen.read();
        let notice = screen.notice.as_ref().filter(|_| !silent);
        Facing::of(&screen)
            .and_then(|facing| facing.camera_trouble(speech.phrases))
            .map(str::to_owned)
            .or_else(|| {
                let is_last = screen.last_entry && takes_entry(&screen);
                is_last.then(|| speech.phrases.last_attempt.to_owned())
            })
            .or_else(|| notice.map(|notice| second_sentence(notice, speech)))
            .unwrap_or_default()
    });
    let tone = move || {
        let screen = ui.screen.read();
        match screen.notice.as_ref().map(Tone::of) {
            Some(tone) if ui.typed.read().hint.is_none() => tone,
            None if Facing::of(&screen).is_some_and(Facing::is_late) => Tone::Information,
            Some(_) | None => Tone::Problem,
        }
    };
    let name = move || match tone() {
        Tone::Information => "information",
        Tone::Problem => "problem",
    };
    let (is_first, is_second) = (Arc::clone(&first), Arc::clone(&second));
    element("div", "sca-notice")
        .with("id", &ui.id("notice"))
        .follow("part", move || Some(["notice ", name()].concat()))
        .follow("data-tone", move || Some(name().to_owned()))
        .toggle("hidden", "", move || is_first().is_empty() && is_second().is_empty())
        .child(sentence(first))
        .child(sentence(second))
        .view()
}

fn sentence(text: Words) -> AnyView {
    let is_silent = Arc::clone(&text);
    element("p", "sca-sentence")
        .toggle("hidden", "", move || is_silent().is_empty())
        .words(text)
        .view()
}

fn spoken(text: Words) -> AnyView {
    element("p", "sca-spoken").words(text).view()
}

/// The heading, where the focus does not go to it.
fn arrival(ui: Ui, visit: ReadSignal<Visit>) -> Words {
    ui.tell(move |speech| {
        let visit = visit.read();
        if visit.follow || visit.is_loading() {
            String::new()
        } else {
            visit.place.heading(speech.phrases).to_owned()
        }
    })
}

/// What the clock has brought that is worth announcing. It changes seldom, though the clock ticks every second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    /// Which announcement of the end is due, in milliseconds before it.
    end: Option<u64>,
    /// Which announcement of the life of what was sent.
    life: Option<u64>,
    resend: Resend,
}

/// How it stands with the wait for another code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resend {
    /// There is none, or there was none.
    NoWait,
    Waiting,
    /// The wait is over.
    Possible,
}

impl Moment {
    fn next(before: Option<&Self>, ui: Ui) -> Self {
        let waited = before.is_some_and(|before| before.resend != Resend::NoWait);
        let resend = match Sending::of(&ui.screen.read()) {
            Sending::Possible { from, .. } if ui.left_until(Some(from)) > 0 => Resend::Waiting,
            Sending::Possible { .. } if waited => Resend::Possible,
            Sending::Possible { .. } | Sending::Now | Sending::Elsewhere => Resend::NoWait,
        };
        let end = time_left(ui).and_then(|left| ANNOUNCED.into_iter().find(|moment| left <= *moment));
        // What ends with the approval is announced with it.
        let life = life_left(ui).filter(|_| end.is_none()).map(life_moment);
        Self { end, life, resend }
    }
}

fn life_moment(left: u64) -> u64 {
    let near = LIFE_ANNOUNCED.into_iter().find(|moment| left <= *moment);
    near.unwrap_or(2.max(left / MINUTE) * MINUTE)
}

/// How long what was sent lives, and when it is over.
fn life_goes_on(ui: Ui, moment: ReadSignal<Moment>) -> Words {
    ui.tell(move |speech| {
        let is_due = moment.read().life.is_some();
        if is_due {
            untrack(|| life_text(ui, speech))
        } else {
            String::new()
        }
    })
}

/// That the end is near: at few moments, not with every second.
fn end_is_near(ui: Ui, moment: ReadSignal<Moment>) -> Words {
    ui.tell(move |speech| {
        let left = moment.read().end.and_then(|_| untrack(|| time_left(ui)));
        left.map(|left| speech.time(speech.phrases.ends_in, left))
            .unwrap_or_default()
    })
}

/// That another code can be had, once the wait for it is over.
fn resend_is_possible(ui: Ui, moment: ReadSignal<Moment>) -> Words {
    ui.tell(move |speech| match moment.read().resend {
        Resend::Possible => speech.phrases.resend_now.to_owned(),
        Resend::NoWait | Resend::Waiting => String::new(),
    })
}
