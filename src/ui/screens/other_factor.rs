//! The way to another way.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::flow::Event;

use crate::ui::{
    context::Ui,
    parts::button::{Press, Ready, Weight, button},
};

/// Leaves this way to take the step for the choice of ways.
pub(super) fn other_factor(ui: Ui, readiness: Ready) -> AnyView {
    button(
        Weight::Quiet,
        ui.phrase(|phrases| phrases.other_factor),
        None,
        readiness,
        Press::Do(Arc::new(move || ui.send(Event::OtherFactorWanted))),
    )
}
