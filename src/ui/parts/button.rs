//! Buttons.

use std::sync::Arc;

use leptos::prelude::*;

use super::element::{Element, element};
use crate::ui::context::TextSignal;

/// The prominence of a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The main action.
    Primary,
    /// One of several factors.
    Choice,
    /// A secondary action.
    Quiet,
}

impl Weight {
    /// Its CSS classes, and its `part` names for partners.
    pub(super) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Primary => ("sca-button sca-button-primary", "button button-primary"),
            Self::Choice => ("sca-button sca-button-choice", "button button-choice"),
            Self::Quiet => ("sca-button sca-button-quiet", "button button-quiet"),
        }
    }
}

/// Submits a form.
pub(crate) type Submit = Arc<dyn Fn() + Send + Sync>;

/// What a button does.
#[derive(Clone)]
pub(crate) enum Press {
    /// Submits its form, which decides whether that is possible. Return in a field of the form does the same. The browser itself submits no
    /// form in a frame that is sandboxed without `allow-forms`.
    Submit(Submit),
    /// Calls a function.
    Do(Arc<dyn Fn() + Send + Sync>),
}

/// Whether a button can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// Yes.
    Ready,
    /// Not now. It keeps its place and the focus, and does nothing.
    Idle,
    /// Its action is in progress.
    Busy,
    /// It has no action and is not shown.
    Absent,
}

/// The readiness of a button; depends on the screen and the clock.
pub(crate) type Ready = Arc<dyn Fn() -> Readiness + Send + Sync>;

/// Always ready.
pub(crate) fn always() -> Ready {
    Arc::new(|| Readiness::Ready)
}

/// A button.
pub(crate) fn button(
    weight: Weight,
    label: TextSignal,
    described_by: Option<&str>,
    readiness: Ready,
    press: Press,
) -> AnyView {
    button_element(weight, label, described_by, readiness, press).view()
}

/// The same, to which more can be added.
pub(crate) fn button_element(
    weight: Weight,
    label: TextSignal,
    described_by: Option<&str>,
    readiness: Ready,
    press: Press,
) -> Element {
    let is = |wanted: fn(Readiness) -> bool| {
        let readiness = Arc::clone(&readiness);
        move || wanted(readiness())
    };
    let (class, part) = weight.names();
    let kind = match press {
        Press::Submit(_) => "submit",
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
    button = button.on("click", move |event| match &press {
        Press::Submit(submit) => {
            event.prevent_default();
            submit();
        }
        Press::Do(action) => {
            if untrack(|| readiness()) == Readiness::Ready {
                action();
            }
        }
    });
    let label = element("span", "sca-button-label").text(label).view();
    button.child(label)
}
