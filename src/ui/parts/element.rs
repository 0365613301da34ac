//! Elements and what is in them, each kind with one type for all its uses.
//!
//! The macro gives every element a type of its own, and the compiler makes a renderer for every type: with it the screens
//! were twice as large as all the rest of the download. This is the builder syntax of Leptos with the types erased early.

use leptos::{
    ev, html,
    prelude::*,
    tachys::html::{
        attribute::{
            any_attribute::{AnyAttribute, IntoAnyAttribute},
            custom::custom_attribute,
        },
        event,
        node_ref::node_ref,
    },
};

use crate::ui::context::Words;

/// A hold on one element: to focus it, and to read and set a field's value. It is of use only once the element is there.
pub(crate) type Handle = NodeRef<html::Input>;

/// An element being put together.
pub(crate) struct Element {
    tag: &'static str,
    attributes: Vec<AnyAttribute>,
    children: Vec<AnyView>,
}

/// Starts an element that the style knows by a class.
pub(crate) fn element(tag: &'static str, class: &str) -> Element {
    let element = Element {
        tag,
        attributes: Vec::new(),
        children: Vec::new(),
    };
    if class.is_empty() {
        element
    } else {
        element.with("class", class)
    }
}

impl Element {
    /// An attribute that stays as it is.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.attributes
            .push(custom_attribute(name, value.to_owned()).into_any_attr());
        self
    }

    /// The names that partners may style it by.
    pub(crate) fn part(self, names: &str) -> Self {
        self.with("part", names)
    }

    /// An attribute that follows what its value is made of; `None` takes it away.
    pub(crate) fn follow(self, name: &'static str, value: impl Fn() -> Option<String> + Send + 'static) -> Self {
        self.follow_boxed(name, Box::new(value))
    }

    fn follow_boxed(mut self, name: &'static str, value: Box<dyn Fn() -> Option<String> + Send>) -> Self {
        self.attributes.push(custom_attribute(name, value).into_any_attr());
        self
    }

    /// An attribute that is there or not.
    pub(crate) fn toggle(
        self,
        name: &'static str,
        value: &'static str,
        on: impl Fn() -> bool + Send + 'static,
    ) -> Self {
        self.follow(name, move || on().then(|| value.to_owned()))
    }

    /// What to do at an event.
    pub(crate) fn on(mut self, name: &'static str, handler: impl FnMut(ev::Event) + 'static) -> Self {
        let handler: Box<dyn FnMut(ev::Event)> = Box::new(handler);
        self.attributes
            .push(event::on(ev::Custom::new(name), handler).into_any_attr());
        self
    }

    /// What to do when a field is edited.
    pub(crate) fn on_edit(mut self, name: &'static str, handler: impl FnMut(ev::InputEvent) + 'static) -> Self {
        let handler: Box<dyn FnMut(ev::InputEvent)> = Box::new(handler);
        self.attributes
            .push(event::on(ev::Custom::new(name), handler).into_any_attr());
        self
    }

    /// Gives a hold on the element.
    pub(crate) fn held_by(mut self, handle: Handle) -> Self {
        self.attributes.push(node_ref::<html::Input, _>(handle).into_any_attr());
        self
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
    pub(crate) fn words(self, words: Words) -> Self {
        self.child(text(words))
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
pub(crate) fn text(words: Words) -> AnyView {
    (move || words()).into_any()
}

/// A view that is made anew when what it reads changes.
pub(crate) fn changing(view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    changing_boxed(Box::new(view))
}

fn changing_boxed(view: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    view.into_any()
}

/// Does something now and whenever what it reads changes. What it answers is handed to it the next time.
pub(crate) fn watch(step: impl Fn(Option<bool>) -> bool + 'static) {
    let step: Box<dyn Fn(Option<bool>) -> bool> = Box::new(step);
    Effect::new(step);
}

/// Moves the focus to an element as soon as it is there.
pub(crate) fn focus_on_arrival(handle: Handle) {
    watch(move |done| {
        let element = handle.get().filter(|_| done != Some(true));
        if let Some(element) = element {
            drop(element.focus());
            return true;
        }
        done == Some(true)
    });
}
