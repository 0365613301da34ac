//! Where the focus goes when the screen changes.

use leptos::prelude::*;
use sca_protocol::{Action, flow::Screen};

use crate::ui::{context::Ui, parts::attributes::ElementRef, screens::ViewKey};

/// Decides whether the focus moves with the screen. It does while the customer uses the widget; while they use another part of
/// the page, it stays there.
#[derive(Clone, Copy)]
pub(super) struct FocusManager {
    ui: Ui,
    root: ElementRef,
    /// Whether the last press was inside the widget. Some browsers do not focus a button that is pressed.
    pressed: StoredValue<bool>,
    /// Whether the focus is on its way to the new screen. A second change can come before it arrives there.
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

    /// The pointer was pressed inside the widget.
    pub(super) fn pointer_down(self) {
        self.pressed.set_value(true);
    }

    /// An element of the widget lost the focus.
    pub(super) fn blurred(self) {
        self.pressed.set_value(false);
    }

    /// An element of the widget received the focus.
    pub(super) fn focused(self) {
        self.moving.set_value(false);
    }

    fn is_in_use(self) -> bool {
        let root = self.root.peek();
        self.pressed.get_value() || self.moving.get_value() || root.is_some_and(|root| self.ui.holds_focus(&root))
    }
}

/// The view that is mounted. While its key is the same, its elements stay, and with them the focus and the typed digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MountedView {
    pub(super) key: ViewKey,
    /// What is being approved. Another action mounts a new view, without the digits that were typed for the first one.
    pub(super) action: Option<Action>,
    /// Whether the view takes the focus: its field if it asks for digits, otherwise its heading. If not, the heading is announced.
    pub(super) follow: bool,
    /// Whether it is the first one after loading. It keeps the height of the outline that was shown until then.
    pub(super) first: bool,
}

impl MountedView {
    pub(super) fn next(before: Option<&Self>, screen: &Screen, focus: FocusManager) -> Self {
        let key = ViewKey::of(screen);
        let (follow, first) = match before {
            Some(before) if before.key == key => (before.follow, before.first),
            Some(before) => {
                let follow = focus.is_in_use();
                focus.moving.set_value(follow);
                (follow, before.is_loading())
            }
            None => (false, false),
        };
        Self {
            key,
            action: screen.action.clone(),
            follow,
            first,
        }
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(self.key, ViewKey::Loading)
    }
}
