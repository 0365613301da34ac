//! One file per question that is asked or answer that is given.

mod choose;
mod code;
mod digits;
mod face;
mod life;
mod message;
mod other_way;
mod outcome;
mod phone;
mod pin;
mod place;

use leptos::prelude::*;

use super::context::Ui;
pub(crate) use code::Sending;
pub(crate) use digits::takes_entry;
pub(crate) use face::Facing;
pub(crate) use life::{life_left, life_text};
pub(crate) use place::Place;

/// What stands below the heading. `follow` tells whether a field takes the focus.
pub(crate) fn body(ui: Ui, place: Place, follow: bool) -> Vec<AnyView> {
    match place {
        Place::Loading => vec![message::skeleton()],
        Place::Choose { choices, .. } => choose::choose(ui, choices),
        Place::Pin { digits, .. } => pin::pin(ui, digits, follow),
        Place::Code { factor, digits, .. } => code::code(ui, factor, digits, follow),
        Place::Phone {
            factor,
            code_instead,
            other_way,
            ..
        } => phone::phone(ui, &factor, code_instead, other_way),
        Place::Face { .. } => face::explain(ui),
        Place::FaceFrame { url, .. } => face::frame(ui, url, follow),
        Place::FaceElsewhere { url, .. } => face::elsewhere(ui, &url),
        Place::Checking => message::waiting(ui.say(|phrases| phrases.checking_text)),
        Place::Unreachable => message::unreachable(ui),
        Place::CannotBeDoneHere => vec![message::message(ui.say(|phrases| phrases.cannot_be_done_text))],
        Place::Cancelling => message::waiting(ui.say(|phrases| phrases.cancelling_text)),
        Place::Done(outcome) => vec![outcome::outcome(ui, outcome)],
    }
}
