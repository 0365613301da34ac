//! The one place where the widget speaks by itself: a polite live region that is always there.

use leptos::prelude::*;

use super::{
    attention::Visit,
    notice::{Tone, sentences},
    time_left,
};
use crate::ui::{
    context::{Ui, Words},
    screens::{Place, Sending},
};

/// When the end is announced, in milliseconds before it, the last one first.
const ANNOUNCED: [u64; 3] = [10_000, 30_000, 60_000];

/// The live region: what there is to tell, to everybody, and what only a screen reader needs to be told.
pub(super) fn status(ui: Ui, visit: Memo<Visit>) -> AnyView {
    view! {
        <div id=ui.id("status") class="sca-status" role="status" aria-atomic="false">
            {told(ui)}
            {spoken(arrival(ui, visit))}
            {spoken(end_is_near(ui))}
            {spoken(resend_is_possible(ui))}
        </div>
    }
    .into_any()
}

/// The hint about what was typed, or the notice of the screen.
fn told(ui: Ui) -> AnyView {
    let content = Memo::new(move |_| {
        let hint = ui.hint.get();
        let notice = ui.screen.read().notice.clone();
        let tone = match (hint, &notice) {
            (Some(_), _) | (None, None) => Tone::Problem,
            (None, Some(notice)) => Tone::of(notice),
        };
        let speech = ui.speech();
        let texts = match (hint, &notice) {
            (Some(hint), _) => vec![hint.text(&speech)],
            (None, Some(notice)) => sentences(notice, &speech),
            (None, None) => Vec::new(),
        };
        (tone, texts)
    });
    let notice = move || {
        let (tone, texts) = content.get();
        let (class, part) = match tone {
            Tone::Problem => ("sca-notice sca-problem", "notice problem"),
            Tone::Information => ("sca-notice sca-information", "notice information"),
        };
        let sentences: Vec<AnyView> = texts.into_iter().map(sentence).collect();
        (!sentences.is_empty()).then(|| view! { <div class=class part=part>{sentences}</div> }.into_any())
    };
    notice.into_any()
}

fn sentence(text: String) -> AnyView {
    view! { <p class="sca-sentence">{text}</p> }.into_any()
}

fn spoken(text: Words) -> AnyView {
    view! { <p class="sca-spoken">{text}</p> }.into_any()
}

/// The heading, where the focus does not go to it.
fn arrival(ui: Ui, visit: Memo<Visit>) -> Words {
    ui.tell(move |speech| {
        let visit = visit.read();
        if visit.follow || matches!(visit.place, Place::Loading) {
            String::new()
        } else {
            visit.place.heading(speech.phrases).to_owned()
        }
    })
}

/// That the end is near: at few moments, not with every second.
fn end_is_near(ui: Ui) -> Words {
    let moment = Memo::new(move |_| {
        let left = time_left(ui)?;
        ANNOUNCED.into_iter().find(|moment| left <= *moment)
    });
    ui.tell(move |speech| match moment.get() {
        Some(_) => {
            let left = untrack(|| time_left(ui)).unwrap_or_default();
            speech.time(speech.phrases.ends_in, left)
        }
        None => String::new(),
    })
}

/// That another code can be had, once the wait for it is over.
fn resend_is_possible(ui: Ui) -> Words {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Wait {
        None,
        On,
        Over,
    }
    let wait = Memo::new(move |before: Option<&Wait>| match Sending::of(&ui.screen.read()) {
        Sending::Possible { from, .. } if ui.left_until(Some(from)) > 0 => Wait::On,
        Sending::Possible { .. } => match before {
            Some(Wait::On | Wait::Over) => Wait::Over,
            Some(Wait::None) | None => Wait::None,
        },
        Sending::Now | Sending::Elsewhere => Wait::None,
    });
    ui.tell(move |speech| match wait.get() {
        Wait::Over => speech.phrases.resend_now.to_owned(),
        Wait::None | Wait::On => String::new(),
    })
}
