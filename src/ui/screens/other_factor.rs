//! The button for another factor.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::flow::Event;

use crate::ui::{
    context::Ui,
    parts::button::{Press, Ready, Weight, button},
    text::PHRASES,
};

/// Returns to the choice of factors.
pub(super) fn other_factor(ui: Ui, readiness: Ready) -> AnyView {
    button(
        Weight::Quiet,
        ui.phrase(PHRASES.other_factor),
        None,
        readiness,
        Press::Do(Arc::new(move || ui.send(Event::OtherFactorWanted))),
    )
}
