//! All attributes of an element in one list.
//!
//! Leptos has a list of its own, made of erased attributes. It can take any of them away again, also one that sets an
//! element's inner HTML, and so brings the call that a strict policy forbids. This list holds four kinds and none of that.

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

/// A hold on one element: to focus it, and to read and set a field's value. It is of use only once the element is there.
pub(crate) type Handle = NodeRef<html::Input>;

/// What a hold is on.
pub(crate) type Input = <html::Input as ElementType>::Output;

/// What an element is given besides its tag and its children.
#[derive(Clone, Default)]
pub(super) struct Attributes(pub(super) Vec<Given>);

#[derive(Clone)]
pub(super) enum Given {
    /// An attribute that stays as it is.
    Fixed(&'static str, String),
    /// An attribute that follows what its value is made of.
    Following(&'static str, Arc<dyn Fn() -> Option<String> + Send + Sync>),
    /// What to do at an event.
    Listener(&'static str, Arc<dyn Fn(Event) + Send + Sync>),
    /// Who holds the element.
    Held(Handle),
}

/// What lives as long as the element.
pub(super) struct Alive {
    element: Element,
    _effects: Vec<RenderEffect<Option<String>>>,
    _listeners: Vec<RemoveEventHandler<Element>>,
}

impl Attribute for Attributes {
    const MIN_LENGTH: usize = 0;
    type State = Alive;
    type AsyncOutput = Self;
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn build(self, element: &Element) -> Alive {
        let mut effects = Vec::new();
        let mut listeners = Vec::new();
        for given in self.0 {
            match given {
                Given::Fixed(name, value) => Rndr::set_attribute(element, name, &value),
                Given::Following(name, value) => effects.push(follow(element.clone(), name, value)),
                Given::Listener(name, handler) => {
                    let handler = Box::new(move |event| handler(event));
                    listeners.push(Rndr::add_event_listener(element, name, handler));
                }
                Given::Held(handle) => NodeRefContainer::<html::Input>::load(handle, element),
            }
        }
        Alive {
            element: element.clone(),
            _effects: effects,
            _listeners: listeners,
        }
    }

    /// Elements of this kind are made anew rather than changed; were one changed after all, its attributes are set again.
    fn rebuild(self, state: &mut Alive) {
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

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element) -> Alive {
        self.build(element)
    }
}

impl NextAttribute for Attributes {
    type Output<NewAttr: Attribute> = (Self, NewAttr);

    fn add_any_attr<NewAttr: Attribute>(self, new_attr: NewAttr) -> Self::Output<NewAttr> {
        (self, new_attr)
    }
}

fn follow(
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
