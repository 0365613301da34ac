//! The context that every view receives.

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;
use sca_protocol::{
    Timestamp,
    enrolment_flow::{Event, Screen},
};

use super::{
    super::text::{EnrolmentLanguage, Phrase},
    FormatDay, Inputs, ListCountries,
};
use crate::{
    driver::ports::Formats,
    ui::{context::TextSignal, parts::attributes::Input, text::Localizer},
};

/// One element's inputs, in a form that closures can copy.
#[derive(Clone, Copy)]
pub(super) struct EnrolmentUi {
    pub(super) screen: ReadSignal<Screen>,
    pub(super) language: ReadSignal<EnrolmentLanguage>,
    pub(super) now: ReadSignal<Timestamp>,
    /// What is wrong with the last input, in the words of the screen that has it. Cleared when the screen changes.
    pub(super) hint: RwSignal<Option<TextSignal>>,
    /// Whether the focus has just been moved to a field, whose description says what is wrong.
    pub(super) moves_focus: RwSignal<bool>,
    outside: StoredValue<Outside, LocalStorage>,
}

#[derive(Clone)]
struct Outside {
    formats: Rc<dyn Formats>,
    format_day: FormatDay,
    countries: ListCountries,
    device_name: String,
    on_event: Rc<dyn Fn(Event)>,
}

/// What a text is made from.
pub(super) struct Words {
    pub(super) widget: Localizer,
    language: EnrolmentLanguage,
    format_day: FormatDay,
}

impl Words {
    /// A phrase of this element's.
    pub(super) fn phrase(&self, phrase: Phrase) -> &'static str {
        self.language.phrase(phrase)
    }

    /// A day in the customer's time zone.
    pub(super) fn day(&self, time: Timestamp) -> String {
        (self.format_day)(self.language.language.tag(), time)
    }

    /// A day and a time of day in the customer's time zone.
    pub(super) fn moment(&self, time: Timestamp) -> String {
        self.widget.moment(time)
    }
}

impl EnrolmentUi {
    pub(super) fn new(inputs: Inputs) -> Self {
        let Inputs {
            screen,
            now,
            language,
            formats,
            format_day,
            countries,
            device_name,
            on_event,
        } = inputs;
        Self {
            screen,
            now,
            language,
            hint: RwSignal::new(None),
            moves_focus: RwSignal::new(false),
            outside: StoredValue::new_local(Outside {
                formats,
                format_day,
                countries,
                device_name,
                on_event,
            }),
        }
    }

    /// Moves the focus to a field that is described by what is wrong.
    pub(super) fn focus(self, field: &Input) {
        self.moves_focus.set(field.matches(":focus") == Ok(false));
        drop(field.focus());
    }

    /// Sends a user event. Call it last: the handler may unmount the element.
    pub(super) fn send(self, event: Event) {
        if let Some(outside) = self.outside.try_get_value() {
            (outside.on_event)(event);
        }
    }

    /// The suggested name of this device.
    pub(super) fn device_name(self) -> String {
        self.outside
            .try_get_value()
            .map(|outside| outside.device_name)
            .unwrap_or_default()
    }

    /// The countries of phone numbers, in the language of now.
    pub(super) fn countries(self) -> Vec<(String, String)> {
        let language = self.language.get_untracked();
        self.outside
            .try_get_value()
            .map(|outside| (outside.countries)(language.language.tag()))
            .unwrap_or_default()
    }

    /// The text of a phrase without values.
    pub(super) fn phrase(self, phrase: Phrase) -> TextSignal {
        Arc::new(move || self.language.read().phrase(phrase).to_owned())
    }

    /// A text that is made from phrases and values.
    pub(super) fn text(self, text: impl Fn(&Words) -> String + Send + Sync + 'static) -> TextSignal {
        // One type of closure for all texts.
        let text: Arc<dyn Fn(&Words) -> String + Send + Sync> = Arc::new(text);
        Arc::new(move || text(&self.words()))
    }

    /// The current language; tracked.
    fn words(self) -> Words {
        let language = self.language.get();
        let Outside {
            formats, format_day, ..
        } = self.outside.get_value();
        Words {
            widget: Localizer::new(language.language.clone(), formats),
            language,
            format_day,
        }
    }

    /// How many milliseconds are left until a deadline; tracks the clock.
    pub(super) fn left_until(self, deadline: Option<Timestamp>) -> u64 {
        deadline.map_or(0, |deadline| self.now.get().ms_until(deadline))
    }
}

/// An element id. It is unique in the shadow root.
pub(super) fn id(name: &str) -> String {
    ["sca-enrolment-", name].concat()
}
