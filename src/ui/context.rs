//! What every view has at hand.

use std::{
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use leptos::prelude::*;
use sca_protocol::{
    Millis,
    flow::{Event, Screen},
};

use super::{
    Inputs,
    parts::hint::Hint,
    text::{Language, Phrases, Speech},
};
use crate::driver::ports::Formats;

/// A text that follows the language, the screen and the clock.
pub(crate) type Words = Signal<String>;

/// One widget's inputs, in a form that closures can copy.
#[derive(Clone, Copy)]
pub(crate) struct Ui {
    pub(crate) screen: Signal<Screen>,
    pub(crate) now: Signal<Millis>,
    pub(crate) language: Signal<Language>,
    /// What is the matter with the digits typed here, told beside what the screen tells.
    pub(crate) hint: RwSignal<Option<Hint>>,
    formats: StoredValue<Rc<dyn Formats>, LocalStorage>,
    on_event: StoredValue<Rc<dyn Fn(Event)>, LocalStorage>,
    number: u32,
}

impl Ui {
    pub(crate) fn new(inputs: Inputs) -> Self {
        /// Several widgets may share a page: ids must differ.
        static WIDGETS: AtomicU32 = AtomicU32::new(0);
        Self {
            screen: inputs.screen,
            now: inputs.now,
            language: inputs.language,
            hint: RwSignal::new(None),
            formats: StoredValue::new_local(inputs.formats),
            on_event: StoredValue::new_local(inputs.on_event),
            number: WIDGETS.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Hands in what the customer wants. Call it last: whoever listens may take the whole widget away.
    pub(crate) fn send(self, event: Event) {
        if let Some(on_event) = self.on_event.try_get_value() {
            on_event(event);
        }
    }

    /// A phrase without values.
    pub(crate) fn say(self, phrase: fn(&'static Phrases) -> &'static str) -> Words {
        Signal::derive(move || phrase(self.language.read().phrases()).to_owned())
    }

    /// A text made from phrases and values.
    pub(crate) fn tell(self, words: impl Fn(&Speech) -> String + Send + Sync + 'static) -> Words {
        self.tell_shared(Arc::new(words))
    }

    fn tell_shared(self, words: Arc<dyn Fn(&Speech) -> String + Send + Sync>) -> Words {
        Signal::derive(move || words(&self.speech()))
    }

    /// The language of the moment; follows it where it is called in a reactive place.
    pub(crate) fn speech(self) -> Speech {
        Speech::new(self.language.get(), self.formats.get_value())
    }

    /// How many milliseconds are left until a deadline; follows the clock while there are any.
    pub(crate) fn left_until(self, deadline: Option<Millis>) -> u64 {
        deadline.map_or(0, |deadline| self.now.get().until(deadline))
    }

    /// An element id that no other widget on the page has.
    pub(crate) fn id(self, name: &str) -> String {
        ["sca-", &self.number.to_string(), "-", name].concat()
    }
}
