//! All attributes of an element in one list.
//!
//! Leptos has a list of erased attributes of its own. It can also remove an attribute that sets an element's inner HTML, and so
//! contains the call that a strict content security policy forbids. This list holds four kinds and does not contain that call.

use std::{future::Future, sync::Arc};

use leptos::{
    html,
    prelude::*,
    tachys::{
        html::{
            attribute::{Attribute, NextAttribute},
            element::ElementType,
            node_ref::NodeRefContainer,
        },
        renderer::{
            RemoveEventHandler, Rndr,
            types::{Element, Event},
        },
    },
};

/// The element type that Leptos gives an `ElementRef`.
pub(crate) type Input = <html::Input as ElementType>::Output;

/// A reference to one element of the view: to focus it, and to read and set a field's value. Empty until the element is mounted.
///
/// Leptos types a reference by its element. All of ours have the type of an input, so that one list of attributes serves all
/// elements. Only the fields' elements are inputs, or a list that has `value` as well; of the others, only methods that every element has are used.
#[derive(Clone, Copy)]
pub(crate) struct ElementRef(NodeRef<html::Input>);

impl ElementRef {
    pub(crate) fn new() -> Self {
        Self(NodeRef::new())
    }

    /// The element; tracked, so that an effect runs again once it is mounted.
    pub(crate) fn get(self) -> Option<Input> {
        self.0.get()
    }

    /// The element, untracked; `None` also while the view is being unmounted.
    pub(crate) fn peek(self) -> Option<Input> {
        self.0.try_get_untracked().flatten()
    }
}

/// The attributes, listeners and reference of an element.
#[derive(Clone, Default)]
pub(super) struct Attrs(pub(super) Vec<Attr>);

#[derive(Clone)]
pub(super) enum Attr {
    /// An attribute with a fixed value.
    Fixed(&'static str, String),
    /// An attribute whose value is a signal; `None` removes it.
    Signal(&'static str, Arc<dyn Fn() -> Option<String> + Send + Sync>),
    /// An event listener.
    Listener(&'static str, Arc<dyn Fn(Event) + Send + Sync>),
    /// A reference to set to the element.
    Ref(ElementRef),
}

/// Kept while the element is mounted: dropping it ends the effects and removes the listeners.
pub(super) struct MountedAttrs {
    element: Element,
    _effects: Vec<RenderEffect<Option<String>>>,
    _listeners: Vec<RemoveEventHandler<Element>>,
}

impl Attribute for Attrs {
    const MIN_LENGTH: usize = 0;
    type State = MountedAttrs;
    type AsyncOutput = Self;
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn build(self, element: &Element) -> MountedAttrs {
        let mut effects = Vec::new();
        let mut listeners = Vec::new();
        for attr in self.0 {
            match attr {
                Attr::Fixed(name, value) => Rndr::set_attribute(element, name, &value),
                Attr::Signal(name, value) => effects.push(apply_signal(element.clone(), name, value)),
                Attr::Listener(name, handler) => {
                    let handler = Box::new(move |event| handler(event));
                    listeners.push(Rndr::add_event_listener(element, name, handler));
                }
                Attr::Ref(reference) => NodeRefContainer::<html::Input>::load(reference.0, element),
            }
        }
        MountedAttrs {
            element: element.clone(),
            _effects: effects,
            _listeners: listeners,
        }
    }

    /// Views are built again rather than changed. If one is changed all the same, this sets its attributes again.
    fn rebuild(self, state: &mut MountedAttrs) {
        let element = state.element.clone();
        *state = self.build(&element);
    }

    fn into_cloneable(self) -> Self {
        self
    }

    fn into_cloneable_owned(self) -> Self {
        self
    }

    fn dry_resolve(&mut self) {}

    fn resolve(self) -> impl Future<Output = Self> + Send {
        std::future::ready(self)
    }

    // Nothing is rendered on a server.

    fn html_len(&self) -> usize {
        0
    }

    fn to_html(self, _: &mut String, _: &mut String, _: &mut String, _: &mut String) {}

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element) -> MountedAttrs {
        self.build(element)
    }
}

impl NextAttribute for Attrs {
    type Output<NewAttr: Attribute> = (Self, NewAttr);

    fn add_any_attr<NewAttr: Attribute>(self, new_attr: NewAttr) -> Self::Output<NewAttr> {
        (self, new_attr)
    }
}

fn apply_signal(
    element: Element,
    name: &'static str,
    value: Arc<dyn Fn() -> Option<String> + Send + Sync>,
) -> RenderEffect<Option<String>> {
    RenderEffect::new(move |before: Option<Option<String>>| {
        let now = value();
        match &now {
            Some(_) if before.as_ref() == Some(&now) => {}
            Some(now) => Rndr::set_attribute(&element, name, now),
            None if before.flatten().is_some() => Rndr::remove_attribute(&element, name),
            None => {}
        }
        now
    })
}
