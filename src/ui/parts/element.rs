//! Elements and what is in them, each kind with one type for all its uses.
//!
//! The macro gives every element a type of its own, and the compiler makes a renderer for every type: with it the screens
//! were twice as large as all the rest of the download. This is the builder syntax of Leptos with the types erased early.

use std::sync::Arc;

use leptos::{ev, html, prelude::*};

use super::attributes::{Attr, Attrs, ElementRef};
use crate::ui::context::{BoolSignal, TextSignal};

/// An element being put together.
pub(crate) struct Element {
    tag: &'static str,
    attributes: Attrs,
    children: Vec<AnyView>,
}

/// Starts an element that the style knows by a class.
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

    /// An attribute that stays as it is.
    pub(crate) fn attr(self, name: &'static str, value: &str) -> Self {
        self.push(Attr::Fixed(name, value.to_owned()))
    }

    /// The names that partners may style it by.
    pub(crate) fn part(self, names: &str) -> Self {
        self.attr("part", names)
    }

    /// An attribute that follows what its value is made of; `None` takes it away.
    pub(crate) fn attr_signal(
        self,
        name: &'static str,
        value: impl Fn() -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.push(Attr::Signal(name, Arc::new(value)))
    }

    /// An attribute that is there or not.
    pub(crate) fn bool_attr(
        self,
        name: &'static str,
        value: &'static str,
        on: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        // One closure for all uses, which differ in what they ask only.
        let on: BoolSignal = Arc::new(on);
        self.attr_signal(name, move || on().then(|| value.to_owned()))
    }

    /// What to do at an event.
    pub(crate) fn on(self, name: &'static str, handler: impl Fn(ev::Event) + Send + Sync + 'static) -> Self {
        self.push(Attr::Listener(name, Arc::new(move |event| handler(event.into()))))
    }

    /// What to do when a field is edited.
    pub(crate) fn on_edit(self, name: &'static str, handler: impl Fn(ev::InputEvent) + Send + Sync + 'static) -> Self {
        self.push(Attr::Listener(name, Arc::new(move |event| handler(event.into()))))
    }

    /// Gives a hold on the element.
    pub(crate) fn node_ref(self, element: ElementRef) -> Self {
        self.push(Attr::Ref(element))
    }

    /// Adds what stands in it, last.
    pub(crate) fn child(mut self, child: AnyView) -> Self {
        self.children.push(child);
        self
    }

    /// Adds several.
    pub(crate) fn children(mut self, children: Vec<AnyView>) -> Self {
        self.children.extend(children);
        self
    }

    /// Adds a text.
    pub(crate) fn text(self, text: TextSignal) -> Self {
        self.child(text_node(text))
    }

    /// The element, finished.
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

/// A view that is made anew when what it reads changes.
pub(crate) fn dynamic(view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    dynamic_boxed(Box::new(view))
}

fn dynamic_boxed(view: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    view.into_any()
}

/// Does something now and whenever what it reads changes. What it answers is handed to it the next time.
pub(crate) fn watch(step: impl Fn(Option<bool>) -> bool + 'static) {
    let step: Box<dyn Fn(Option<bool>) -> bool> = Box::new(step);
    Effect::new(step);
}

/// Moves the focus to an element as soon as it is there.
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
