//! A field for text, with its label above it.

use leptos::prelude::*;
use sca_protocol::enrolment_flow::Notice;
use zeroize::Zeroizing;

use super::{
    context::{EnrolmentUi, id},
    view_key::is_submitting,
};
use crate::ui::{
    context::TextSignal,
    parts::{
        attributes::ElementRef,
        element::{Element, element, focus_on_mount, watch},
    },
};

/// A field in a view.
#[derive(Clone, Copy)]
pub(super) struct TextField {
    ui: EnrolmentUi,
    element: ElementRef,
    /// Whether the hint is about this field.
    is_refused: RwSignal<bool>,
    /// Whether a notice is about this field.
    is_about: fn(&Notice) -> bool,
}

impl TextField {
    /// A field. `is_about`: which notices say that something is wrong with it.
    pub(super) fn new(ui: EnrolmentUi, is_about: fn(&Notice) -> bool) -> Self {
        Self {
            ui,
            element: ElementRef::new(),
            is_refused: RwSignal::new(false),
            is_about,
        }
    }

    /// An input with the attributes that `with` adds. `follow`: whether it takes the focus.
    pub(super) fn input(
        self,
        name: &str,
        label: TextSignal,
        follow: bool,
        with: impl FnOnce(Element) -> Element,
    ) -> AnyView {
        let ui = self.ui;
        let input =
            with(element("input", "sca-name")).bool_attr("readonly", "", move || is_submitting(&ui.screen.read()));
        self.labelled(input, name, label, follow)
    }

    /// A list from which one value is picked.
    pub(super) fn select(self, name: &str, label: TextSignal, follow: bool, options: Vec<AnyView>) -> AnyView {
        let ui = self.ui;
        let select = element("select", "sca-name")
            .children(options)
            // A list cannot be read-only.
            .bool_attr("disabled", "", move || is_submitting(&ui.screen.read()));
        self.labelled(select, name, label, follow)
    }

    fn labelled(self, control: Element, name: &str, label: TextSignal, follow: bool) -> AnyView {
        if follow {
            focus_on_mount(self.element);
        }
        self.return_after_answer();
        self.empty_when_left();
        let label = element("label", "sca-label").attr("for", &id(name)).text(label).view();
        let control = control
            .part("name")
            .attr("id", &id(name))
            .attr("aria-describedby", &id("notice"))
            .bool_attr("aria-invalid", "true", move || self.is_wrong())
            .on("input", move |_| self.ui.hint.set(None))
            .node_ref(self.element)
            .view();
        element("div", "sca-labelled").child(label).child(control).view()
    }

    /// What was typed or picked; untracked. `None` while the view is being removed.
    pub(super) fn value(self) -> Option<Zeroizing<String>> {
        self.element.peek().map(|field| Zeroizing::new(field.value()))
    }

    /// Says what is wrong with the input, and moves the focus to it.
    pub(super) fn refuse(self, hint: TextSignal) {
        self.is_refused.set(true);
        self.ui.hint.set(Some(hint));
        self.focus();
    }

    fn is_wrong(self) -> bool {
        let is_hinted = self.ui.hint.read().is_some();
        let notice_is_about = self.ui.screen.read().notice.as_ref().is_some_and(self.is_about);
        (is_hinted && self.is_refused.get()) || notice_is_about
    }

    fn focus(self) {
        if let Some(field) = self.element.peek() {
            self.ui.focus(&field);
        }
    }

    /// Moves the focus to the field after an answer that says that something is wrong with it.
    fn return_after_answer(self) {
        watch(move |was_submitting| {
            let (submitting, is_about) = {
                let screen = self.ui.screen.read();
                (
                    is_submitting(&screen),
                    screen.notice.as_ref().is_some_and(self.is_about),
                )
            };
            if is_about && !submitting && was_submitting == Some(true) {
                self.focus();
            }
            submitting
        });
    }

    /// The page may keep a reference to the field.
    fn empty_when_left(self) {
        on_cleanup(move || {
            if let Some(field) = self.element.peek() {
                field.set_value("");
            }
        });
    }
}
