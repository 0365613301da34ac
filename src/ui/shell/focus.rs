//! Whether the customer is here, and where the focus goes when the screen changes.

use leptos::prelude::*;
use sca_protocol::{Action, flow::Screen};

use crate::ui::{context::Ui, parts::attributes::ElementRef, screens::ViewKey};

/// Whether the customer is using the widget, as far as the focus and the pointer tell. While they use another part of the
/// page, the focus is not taken away from there.
#[derive(Clone, Copy)]
pub(super) struct FocusManager {
    ui: Ui,
    root: ElementRef,
    /// Whether something here was pressed last. There are browsers that give a pressed button no focus.
    pressed: StoredValue<bool>,
    /// Whether the focus was taken along and has not arrived yet. Two changes can come so close together that it has left the
    /// first screen and the second is there before it.
    moving: StoredValue<bool>,
}

impl FocusManager {
    pub(super) fn new(ui: Ui, root: ElementRef) -> Self {
        Self {
            ui,
            root,
            pressed: StoredValue::new(false),
            moving: StoredValue::new(false),
        }
    }

    /// Something here was pressed.
    pub(super) fn pointer_down(self) {
        self.pressed.set_value(true);
    }

    /// Something here lost the focus.
    pub(super) fn blurred(self) {
        self.pressed.set_value(false);
    }

    /// Something here has the focus.
    pub(super) fn focused(self) {
        self.moving.set_value(false);
    }

    fn is_in_use(self) -> bool {
        let root = self.root.peek();
        self.pressed.get_value() || self.moving.get_value() || root.is_some_and(|root| self.ui.holds_focus(&root))
    }
}

/// A stay at one place. While it lasts, the elements stay and with them the focus and what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MountedView {
    pub(super) place: ViewKey,
    /// What is being approved. It is frozen: were it another one after all, nothing typed for the first may stay.
    pub(super) action: Option<Action>,
    /// Whether the focus goes along: to the field where digits are asked for, so that they can be typed at once, and to the
    /// heading everywhere else. Where it does not, the heading is announced instead.
    pub(super) follow: bool,
}

impl MountedView {
    pub(super) fn next(before: Option<&Self>, screen: &Screen, focus: FocusManager) -> Self {
        let place = ViewKey::of(screen);
        let follow = match before {
            Some(before) if before.place == place => before.follow,
            Some(_) => {
                let follow = focus.is_in_use();
                focus.moving.set_value(follow);
                follow
            }
            None => false,
        };
        Self {
            place,
            action: screen.action.clone(),
            follow,
        }
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(self.place, ViewKey::Loading)
    }
}
