//! One file for each question or message.

mod choose;
mod code;
mod common;
mod digits;
mod hosted;
pub(crate) mod message;
mod other_factor;
mod outcome;
mod phone;
mod pin;
mod ttl;
mod view_key;

use leptos::prelude::*;

use super::context::Ui;
use crate::ui::text::PHRASES;
pub(crate) use code::ResendState;
pub(crate) use common::{in_progress, uses_camera};
pub(crate) use digits::takes_entry;
pub(crate) use hosted::HostedState;
pub(crate) use outcome::text as outcome_text;
pub(crate) use ttl::{remaining_ms, ttl_text};
pub(crate) use view_key::ViewKey;

/// The views below the heading. `follow`: whether a field takes the focus.
pub(crate) fn body(ui: Ui, key: ViewKey, follow: bool) -> Vec<AnyView> {
    match key {
        ViewKey::Loading => Vec::new(),
        ViewKey::Choose { choices, .. } => choose::choose(ui, choices),
        ViewKey::Pin { digits, .. } => pin::pin(ui, digits, follow),
        ViewKey::Code { factor, digits, .. } => code::code(ui, factor, digits, follow),
        ViewKey::Phone {
            factor,
            code_instead,
            other_factor,
            ..
        } => phone::phone(ui, &factor, code_instead, other_factor),
        ViewKey::Hosted { .. } => hosted::explain(ui),
        ViewKey::HostedFrame { url, here, .. } => hosted::frame(ui, url, follow, here),
        ViewKey::TabWanted { url, .. } => hosted::elsewhere(ui, &url),
        ViewKey::Checking => message::waiting(ui.phrase(PHRASES.checking_text)),
        ViewKey::Unreachable => message::unreachable(ui),
        ViewKey::CannotBeDoneHere => vec![message::told(ui, ui.phrase(PHRASES.cannot_be_done_text))],
        ViewKey::Cancelling => message::waiting(ui.phrase(PHRASES.cancelling_text)),
        ViewKey::Done(outcome) => outcome::outcome(ui, outcome),
    }
}
