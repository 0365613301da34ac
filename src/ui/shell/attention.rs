//! Whether the customer is here, and where the focus goes when the screen changes.

use leptos::{ev, prelude::*};

use crate::ui::screens::Place;

/// Whether the customer is using the widget, as far as the focus and the pointer tell. While they use another part of the
/// page, the focus is not taken away from there.
#[derive(Clone, Copy)]
pub(super) struct Attention(StoredValue<bool>);

impl Attention {
    pub(super) fn new() -> Self {
        Self(StoredValue::new(false))
    }

    /// Something in the widget got the focus or was pressed.
    pub(super) fn came(self) {
        self.0.set_value(true);
    }

    /// Something in the widget lost the focus. When nothing else got it, the customer has not gone anywhere: the element
    /// may have been replaced, or the window left for a moment.
    pub(super) fn left(self, event: &ev::FocusEvent) {
        if event.related_target().is_some() {
            self.0.set_value(false);
        }
    }
}

/// A stay at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) place: Place,
    /// Whether the focus goes along: to the field where digits are asked for, so that they can be typed at once, and to the
    /// heading everywhere else. Where it does not, the heading is announced instead.
    pub(super) follow: bool,
}

impl Visit {
    pub(super) fn next(before: Option<&Self>, place: Place, attention: Attention) -> Self {
        match before {
            Some(before) if before.place == place => before.clone(),
            Some(_) => Self {
                place,
                follow: attention.0.get_value(),
            },
            None => Self { place, follow: false },
        }
    }
}
