//! Buttons.

use std::sync::Arc;

use leptos::prelude::*;

use super::element::element;
use crate::ui::context::TextSignal;

/// How much a button stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// What most people want here.
    Primary,
    /// One of several factors.
    Choice,
    /// Something else that can be done.
    Quiet,
}

impl Weight {
    /// The classes that the style knows it by, and the parts that partners do.
    pub(super) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Primary => ("sca-button sca-button-primary", "button button-primary"),
            Self::Choice => ("sca-button sca-button-choice", "button button-choice"),
            Self::Quiet => ("sca-button sca-button-quiet", "button button-quiet"),
        }
    }
}

/// What a button does.
#[derive(Clone)]
pub(crate) enum Press {
    /// Submits the form it stands in, which decides whether it may.
    Submit,
    /// Something of its own.
    Do(Arc<dyn Fn() + Send + Sync>),
}

/// Whether a button can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// It can.
    Ready,
    /// Not for now. It keeps its place and the focus, and does nothing.
    Idle,
    /// What it started is going on.
    Busy,
    /// There is nothing it could do: it is not there.
    Absent,
}

/// How ready a button is; depends on the screen and the clock.
pub(crate) type Ready = Arc<dyn Fn() -> Readiness + Send + Sync>;

/// A button.
pub(crate) fn button(
    weight: Weight,
    label: TextSignal,
    described_by: Option<&str>,
    readiness: Ready,
    press: Press,
) -> AnyView {
    let is = |wanted: fn(Readiness) -> bool| {
        let readiness = Arc::clone(&readiness);
        move || wanted(readiness())
    };
    let (class, part) = weight.names();
    let kind = match press {
        Press::Submit => "submit",
        Press::Do(_) => "button",
    };
    let mut button = element("button", class)
        .part(part)
        .attr("type", kind)
        .bool_attr("hidden", "", is(|readiness| readiness == Readiness::Absent))
        .bool_attr(
            "aria-disabled",
            "true",
            is(|readiness| matches!(readiness, Readiness::Idle | Readiness::Busy)),
        )
        .bool_attr("data-busy", "", is(|readiness| readiness == Readiness::Busy));
    if let Some(id) = described_by {
        button = button.attr("aria-describedby", id);
    }
    if let Press::Do(action) = press {
        button = button.on("click", move |_| {
            if untrack(|| readiness()) == Readiness::Ready {
                action();
            }
        });
    }
    let label = element("span", "sca-button-label").text(label).view();
    button.child(label).view()
}
