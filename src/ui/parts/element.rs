//! Elements and their children, with one type for all elements.
//!
//! The `view!` macro gives every element a type of its own, and the compiler generates a renderer for each: the screens were twice
//! as large as the rest of the download. This is the builder syntax of Leptos, with types erased early.

use std::sync::Arc;

use leptos::{ev, html, prelude::*};

use super::attributes::{Attr, Attrs, ElementRef};
use crate::ui::context::{BoolSignal, TextSignal};

/// An element that is being built.
pub(crate) struct Element {
    tag: &'static str,
    attributes: Attrs,
    children: Vec<AnyView>,
}

/// Starts an element with a class of the style sheet.
pub(crate) fn element(tag: &'static str, class: &str) -> Element {
    let element = Element {
        tag,
        attributes: Attrs::default(),
        children: Vec::new(),
    };
    if class.is_empty() {
        element
    } else {
        element.attr("class", class)
    }
}

impl Element {
    fn push(mut self, attr: Attr) -> Self {
        self.attributes.0.push(attr);
        self
    }

    /// An attribute with a fixed value.
    pub(crate) fn attr(self, name: &'static str, value: &str) -> Self {
        self.push(Attr::Fixed(name, value.to_owned()))
    }

    /// The `part` names, by which partners can style it.
    pub(crate) fn part(self, names: &str) -> Self {
        self.attr("part", names)
    }

    /// An attribute whose value is a signal; `None` removes it.
    pub(crate) fn attr_signal(
        self,
        name: &'static str,
        value: impl Fn() -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.push(Attr::Signal(name, Arc::new(value)))
    }

    /// An attribute that is present while a condition holds.
    pub(crate) fn bool_attr(
        self,
        name: &'static str,
        value: &'static str,
        on: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        // Boxed, so that all uses share one closure.
        let on: BoolSignal = Arc::new(on);
        self.attr_signal(name, move || on().then(|| value.to_owned()))
    }

    /// An event listener.
    pub(crate) fn on(self, name: &'static str, handler: impl Fn(ev::Event) + Send + Sync + 'static) -> Self {
        self.push(Attr::Listener(name, Arc::new(move |event| handler(event.into()))))
    }

    /// A listener for input events of a field.
    pub(crate) fn on_edit(self, name: &'static str, handler: impl Fn(ev::InputEvent) + Send + Sync + 'static) -> Self {
        self.push(Attr::Listener(name, Arc::new(move |event| handler(event.into()))))
    }

    /// A listener for events of a pointer.
    pub(crate) fn on_pointer(
        self,
        name: &'static str,
        handler: impl Fn(ev::MouseEvent) + Send + Sync + 'static,
    ) -> Self {
        self.push(Attr::Listener(name, Arc::new(move |event| handler(event.into()))))
    }

    /// Sets a reference to the element.
    pub(crate) fn node_ref(self, element: ElementRef) -> Self {
        self.push(Attr::Ref(element))
    }

    /// Appends a child.
    pub(crate) fn child(mut self, child: AnyView) -> Self {
        self.children.push(child);
        self
    }

    /// Appends children.
    pub(crate) fn children(mut self, children: Vec<AnyView>) -> Self {
        self.children.extend(children);
        self
    }

    /// Appends a text.
    pub(crate) fn text(self, text: TextSignal) -> Self {
        self.child(text_node(text))
    }

    /// The finished view.
    pub(crate) fn view(self) -> AnyView {
        html::custom(self.tag)
            .add_any_attr(self.attributes)
            .child(self.children)
            .into_any()
    }
}

/// A text.
pub(crate) fn text_node(text: TextSignal) -> AnyView {
    (move || text()).into_any()
}

/// A view that is built again when a signal it reads changes.
pub(crate) fn dynamic(view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    dynamic_boxed(Box::new(view))
}

fn dynamic_boxed(view: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    view.into_any()
}

/// An effect: runs now and whenever a signal it reads changes, with what it returned the last time.
pub(crate) fn watch(step: impl Fn(Option<bool>) -> bool + 'static) {
    let step: Box<dyn Fn(Option<bool>) -> bool> = Box::new(step);
    Effect::new(step);
}

/// Focuses an element as soon as it is mounted.
pub(crate) fn focus_on_mount(element: ElementRef) {
    watch(move |done| {
        let element = element.get().filter(|_| done != Some(true));
        if let Some(element) = element {
            drop(element.focus());
            return true;
        }
        done == Some(true)
    });
}
