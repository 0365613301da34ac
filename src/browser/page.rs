//! The page that the widget is in: seen or hidden, connected or not.

use std::rc::Rc;

use gloo_events::EventListener;
use web_sys::{EventTarget, VisibilityState};

use crate::driver::ports::Page;

/// The document.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserPage;

impl Page for BrowserPage {
    fn is_visible(&self) -> bool {
        web_sys::window()
            .and_then(|window| window.document())
            .is_none_or(|document| document.visibility_state() != VisibilityState::Hidden)
    }
}

/// Whether the browser knows that it has no connection.
pub(super) fn is_offline() -> bool {
    web_sys::window().is_some_and(|window| !window.navigator().on_line())
}

/// Calls back whenever the page may have come back from a sleep: it is seen again, taken from the back-forward cache, or
/// connected again. Stops when what it returns is dropped.
#[must_use]
pub fn on_resume(callback: impl Fn() + 'static) -> Vec<EventListener> {
    let Some(window) = web_sys::window() else {
        return Vec::new();
    };
    let callback = Rc::new(callback);
    let listen = |target: &EventTarget, event: &'static str| {
        let callback = Rc::clone(&callback);
        EventListener::new(target, event, move |_| callback())
    };
    let mut listeners = vec![listen(&window, "pageshow"), listen(&window, "online")];
    listeners.extend(window.document().map(|document| listen(&document, "visibilitychange")));
    listeners
}
