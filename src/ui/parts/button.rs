//! Buttons.

use std::rc::Rc;

use leptos::{ev, prelude::*};

use crate::ui::context::Words;

/// How much a button stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// What most people want here.
    Primary,
    /// One of several ways.
    Choice,
    /// Something else that can be done.
    Quiet,
}

/// What a button does.
pub(crate) enum Press {
    /// Submits the form it stands in, which decides whether it may.
    Submit,
    /// Something of its own.
    Do(Rc<dyn Fn()>),
}

/// A button that cannot be used for now keeps its place and the focus, and does nothing.
pub(crate) struct Button {
    pub(crate) weight: Weight,
    pub(crate) label: Words,
    /// Whether it cannot be used for now.
    pub(crate) idle: Signal<bool>,
    /// Whether what it started is going on.
    pub(crate) busy: Signal<bool>,
    /// The id of what explains it.
    pub(crate) described_by: Option<String>,
    pub(crate) press: Press,
}

impl Button {
    pub(crate) fn view(self) -> AnyView {
        let (class, part) = match self.weight {
            Weight::Primary => ("sca-button sca-button-primary", "button button-primary"),
            Weight::Choice => ("sca-button sca-button-choice", "button button-choice"),
            Weight::Quiet => ("sca-button sca-button-quiet", "button button-quiet"),
        };
        let Self {
            label,
            idle,
            busy,
            described_by,
            press,
            ..
        } = self;
        let (kind, action) = match press {
            Press::Submit => ("submit", None),
            Press::Do(action) => ("button", Some(action)),
        };
        let pressed = move |_: ev::MouseEvent| {
            if let Some(action) = action
                .as_ref()
                .filter(|_| !idle.get_untracked() && !busy.get_untracked())
            {
                action();
            }
        };
        view! {
            <button
                type=kind
                class=class
                part=part
                aria-disabled=move || (idle.get() || busy.get()).then_some("true")
                aria-describedby=described_by
                data-busy=move || busy.get().then_some("")
                on:click=pressed
            >
                <span class="sca-button-label">{label}</span>
            </button>
        }
        .into_any()
    }
}
