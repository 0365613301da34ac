//! The context that every view receives.

use std::{
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use leptos::prelude::*;
use sca_protocol::{
    HostedChallenges, SessionUrl, Timestamp,
    flow::{Event, Screen},
};

use super::{
    Inputs,
    frames::{Container, HostedLink, ViewFrames},
    parts::entry::Typed,
    text::{Language, Localizer, Phrase},
};
use crate::driver::ports::{Formats, Frame};

/// A text that depends on the language, the screen and the clock. A plain closure: a signal would be one more type.
pub(crate) type TextSignal = Arc<dyn Fn() -> String + Send + Sync>;

/// A condition that depends on the screen and the clock.
pub(crate) type BoolSignal = Arc<dyn Fn() -> bool + Send + Sync>;

/// When something is due, if it is.
pub(crate) type Due = RwSignal<Option<Timestamp>>;

/// One widget's inputs, in a form that closures can copy.
#[derive(Clone, Copy)]
pub(crate) struct Ui {
    pub(crate) screen: ReadSignal<Screen>,
    pub(crate) language: ReadSignal<Language>,
    pub(crate) now: ReadSignal<Timestamp>,
    /// The visible state of the digits being typed.
    pub(crate) typed: RwSignal<Typed>,
    /// From when on the call in progress takes long.
    pub(crate) slow_from: Due,
    /// When a press of "Cancel" takes effect. Until then it can be undone.
    pub(crate) cancel_at: Due,
    /// The same of "This was not me".
    pub(crate) deny_at: Due,
    pub(crate) hosted_link: HostedLink,
    outside: StoredValue<Outside, LocalStorage>,
    number: u32,
}

#[derive(Clone)]
struct Outside {
    formats: Rc<dyn Formats>,
    frames: ViewFrames,
    on_event: Rc<dyn Fn(Event)>,
}

impl Ui {
    pub(crate) fn new(inputs: Inputs) -> Self {
        /// Numbers the widgets of a page, so that their element ids differ.
        static WIDGETS: AtomicU32 = AtomicU32::new(0);
        let Inputs {
            screen,
            now,
            language,
            formats,
            frames,
            hosted_link,
            on_event,
        } = inputs;
        Self {
            screen,
            now,
            language,
            typed: RwSignal::new(Typed::default()),
            slow_from: RwSignal::new(None),
            cancel_at: RwSignal::new(None),
            deny_at: RwSignal::new(None),
            hosted_link,
            outside: StoredValue::new_local(Outside {
                formats,
                frames,
                on_event,
            }),
            number: WIDGETS.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Sends a user event: the customer goes on. Call it last: the handler may unmount the widget.
    pub(crate) fn send(self, event: Event) {
        // One that is not due stays untouched: a button with the focus would be hidden before the focus has moved on.
        for due in [self.cancel_at, self.deny_at] {
            if due.get_untracked().is_some() {
                due.set(None);
            }
        }
        if let Some(outside) = self.outside.try_get_value() {
            (outside.on_event)(event);
        }
    }

    /// Opens a provider's page in a container. It closes when the returned frame is dropped.
    pub(crate) fn open_frame(
        self,
        container: &Container,
        url: &SessionUrl,
        name: &str,
        here: HostedChallenges,
    ) -> Option<Box<dyn Frame>> {
        let Outside { frames, on_event, .. } = self.outside.try_get_value()?;
        frames.open(container, url, name, on_event, here)
    }

    /// Whether the focus is in a container.
    pub(crate) fn holds_focus(self, container: &Container) -> bool {
        let outside = self.outside.try_get_value();
        outside.is_some_and(|outside| outside.frames.holds_focus(container))
    }

    /// The text of a phrase without values.
    pub(crate) fn phrase(self, phrase: Phrase) -> TextSignal {
        Arc::new(move || self.language.read().phrase(phrase).to_owned())
    }

    /// A text that is made from phrases and values.
    pub(crate) fn text(self, words: impl Fn(&Localizer) -> String + Send + Sync + 'static) -> TextSignal {
        // One type of closure for all texts.
        let words: Arc<dyn Fn(&Localizer) -> String + Send + Sync> = Arc::new(words);
        Arc::new(move || words(&self.localizer()))
    }

    /// The current language; tracked.
    fn localizer(self) -> Localizer {
        Localizer::new(self.language.get(), self.outside.get_value().formats)
    }

    /// How many milliseconds are left until a deadline; tracks the clock.
    pub(crate) fn left_until(self, deadline: Option<Timestamp>) -> u64 {
        deadline.map_or(0, |deadline| self.now.get().ms_until(deadline))
    }

    /// Whether the call in progress takes long.
    pub(crate) fn is_slow(self) -> bool {
        self.left_until(self.slow_from.get()) == 0
    }

    /// An element id that no other widget on the page has.
    pub(crate) fn id(self, name: &str) -> String {
        ["sca-", &self.number.to_string(), "-", name].concat()
    }

    /// The same for several elements, as an attribute lists them.
    pub(crate) fn ids(self, names: &[&str]) -> String {
        let mut ids = String::new();
        for name in names {
            if !ids.is_empty() {
                ids.push(' ');
            }
            ids.push_str(&self.id(name));
        }
        ids
    }
}

/// A text that never changes: a name, a reference.
pub(crate) fn fixed_text(text: &str) -> TextSignal {
    let text = text.to_owned();
    Arc::new(move || text.clone())
}
