//! What the customer sees: a [`Screen`] in, [`Event`]s out. Knows no network and keeps no state of the flow.
//!
//! - [`text`]: every phrase in every language.
//! - `parts`: the few building blocks. They are plain functions that answer an [`AnyView`], because a component per use
//!   costs the download three times as much.
//! - `screens`: one file per question that is asked or answer that is attr.
//! - `shell`: what surrounds every screen: the action, the position of the challenge, the heading, the notices and the cancel button.

mod context;
mod frames;
mod parts;
mod screens;
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

/// The style of every screen, for the shadow root that holds them. Partners change it through the `--sca-*` custom
/// properties and the `part` names.
pub const STYLESHEET: &str = include_str!(env!("SCA_STYLESHEET"));

/// What the screens are made of.
pub struct Inputs {
    /// What to show. Replaced whole at each change; what is being typed survives.
    pub screen: ReadSignal<Screen>,
    /// The browser's clock. It has to tick about once a second while a screen shows a deadline.
    pub now: ReadSignal<Timestamp>,
    /// The language, which may change at any time.
    pub language: ReadSignal<Language>,
    /// How amounts, days and numbers are written.
    pub formats: Rc<dyn Formats>,
    /// How a provider's page comes into the widget.
    pub frames: ViewFrames,
    /// How it is opened outside of it.
    pub hosted_link: HostedLink,
    /// Receives the customer's events.
    pub on_event: Rc<dyn Fn(Event)>,
}

impl std::fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Inputs")
    }
}

/// Every screen of one approval.
#[must_use]
pub fn view(inputs: Inputs) -> AnyView {
    shell::shell(context::Ui::new(inputs))
}
