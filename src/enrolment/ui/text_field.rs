//! A field for text, with its label above it.

use leptos::prelude::*;

use super::{
    context::{EnrolmentUi, id},
    view_key::is_submitting,
};
use crate::ui::{
    context::TextSignal,
    parts::{
        attributes::ElementRef,
        element::{Element, element, focus_on_mount},
    },
};

/// A field, and the reference with which its value is read.
pub(super) struct TextField {
    pub(super) element: ElementRef,
    pub(super) view: AnyView,
}

/// A field with the attributes that `with` adds. `follow`: whether it takes the focus.
pub(super) fn text_field(
    ui: EnrolmentUi,
    name: &str,
    label: TextSignal,
    follow: bool,
    with: impl FnOnce(Element) -> Element,
) -> TextField {
    control(ui, element("input", "sca-name"), name, label, follow, with)
}

/// A list from which one value is picked: pairs of value and text. The first one says that nothing is picked.
pub(super) fn select(ui: EnrolmentUi, name: &str, label: TextSignal, follow: bool, options: Vec<AnyView>) -> TextField {
    let select = element("select", "sca-name").children(options);
    control(ui, select, name, label, follow, |select| select)
}

fn control(
    ui: EnrolmentUi,
    control: Element,
    name: &str,
    label: TextSignal,
    follow: bool,
    with: impl FnOnce(Element) -> Element,
) -> TextField {
    let field = ElementRef::new();
    if follow {
        focus_on_mount(field);
    }
    let label = element("label", "sca-label").attr("for", &id(name)).text(label).view();
    let control = control
        .part("name")
        .attr("id", &id(name))
        .attr("aria-describedby", &id("notice"))
        .bool_attr("aria-invalid", "true", move || ui.hint.read().is_some())
        .bool_attr("readonly", "", move || is_submitting(&ui.screen.read()))
        .on("input", move |_| ui.hint.set(None))
        .node_ref(field);
    TextField {
        element: field,
        view: element("div", "sca-labelled")
            .child(label)
            .child(with(control).view())
            .view(),
    }
}

impl TextField {
    /// What was typed or picked; untracked.
    pub(super) fn value(element: ElementRef) -> Option<String> {
        element.peek().map(|field| field.value())
    }

    /// Moves the focus to it.
    pub(super) fn focus(element: ElementRef) {
        if let Some(field) = element.peek() {
            drop(field.focus());
        }
    }
}
