//! The user interface: a [`Screen`] in, [`Event`]s out. It knows no network and keeps no state of the flow.
//!
//! - [`text`]: every phrase in every language.
//! - `action`: what is being approved, in short.
//! - `parts`: the few building blocks. They are plain functions that return an [`AnyView`], because components would make the
//!   views three times as large in the download.
//! - `screens`: one file for each question or message.
//! - `shell`: what surrounds every screen: the action, the position of the challenge, the heading, the notices and the cancel button.

pub(crate) mod action;
pub(crate) mod context;
mod frames;
pub(crate) mod parts;
pub(crate) mod screens;
mod shell;
pub mod text;

use std::rc::Rc;

use leptos::prelude::*;
use sca_protocol::{
    Timestamp,
    flow::{Event, Screen},
};

pub use frames::{Container, HostedLink, ViewFrames};

use crate::driver::ports::Formats;
use text::Language;

/// The inputs of the views.
pub struct Inputs {
    /// What to show. Replaced as a whole at each change; the digits that are being typed are kept.
    pub screen: ReadSignal<Screen>,
    /// The browser's clock. It has to tick about once a second while a screen shows a deadline.
    pub now: ReadSignal<Timestamp>,
    /// The language, which may change at any time.
    pub language: ReadSignal<Language>,
    /// Formats amounts, days and numbers.
    pub formats: Rc<dyn Formats>,
    /// Opens a provider's page in a frame.
    pub frames: ViewFrames,
    /// Where the link to a provider's page opens it.
    pub hosted_link: HostedLink,
    /// Receives the customer's events.
    pub on_event: Rc<dyn Fn(Event)>,
}

impl std::fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Inputs")
    }
}

/// The view of one approval, with all its screens.
#[must_use]
pub fn view(inputs: Inputs) -> AnyView {
    shell::shell(context::Ui::new(inputs))
}
