//! The user interface: a [`Screen`] in, [`Event`]s out. It knows no network and keeps no state of the flow. It is built of the widget's parts.

mod context;
mod new_device;
mod new_face;
mod new_phone;
mod new_pin;
mod overview;
mod phone_code;
mod removal;
mod shell;
mod text_field;
mod view_key;

use std::rc::Rc;

use leptos::prelude::*;
use sca_protocol::{
    Timestamp,
    enrolment_flow::{Event, Screen},
};

use super::text::EnrolmentLanguage;
use crate::driver::ports::Formats;

/// Formats the day of a point in time in the customer's time zone, for a BCP 47 tag.
pub type FormatDay = fn(&str, Timestamp) -> String;

/// Lists the countries of phone numbers for a BCP 47 tag.
pub type ListCountries = Rc<dyn Fn(&str) -> Vec<(String, String)>>;

/// The inputs of the views.
pub struct Inputs {
    /// What to show. Replaced as a whole at each change; the digits that are being typed are kept.
    pub screen: ReadSignal<Screen>,
    /// The browser's clock. It has to tick about once a second while a screen shows a deadline.
    pub now: ReadSignal<Timestamp>,
    /// The language, which may change at any time.
    pub language: ReadSignal<EnrolmentLanguage>,
    /// Formats numbers and points in time.
    pub formats: Rc<dyn Formats>,
    /// Formats days.
    pub format_day: FormatDay,
    /// The countries of phone numbers for a BCP 47 tag: pairs of code (ISO 3166-1 alpha-2) and name, in the order of the alphabet.
    pub countries: ListCountries,
    /// A name for this device that the customer can change; may be empty.
    pub device_name: String,
    /// Receives the customer's events.
    pub on_event: Rc<dyn Fn(Event)>,
}

impl std::fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Inputs")
    }
}

/// The view of one enrolment, with all its screens.
#[must_use]
pub fn view(inputs: Inputs) -> AnyView {
    shell::shell(context::EnrolmentUi::new(inputs))
}
