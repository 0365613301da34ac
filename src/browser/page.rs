//! The page that the widget is in: visible or hidden, online or offline.

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

/// Whether the browser says that it has no connection. It may be wrong: behind some virtual adapters it says so for ever.
pub(super) fn is_offline() -> bool {
    web_sys::window().is_some_and(|window| !window.navigator().on_line())
}

/// Calls back whenever the page may have been resumed: it is visible again, restored from the back/forward cache, or online again.
/// Stops when the returned listeners are dropped.
#[must_use]
pub fn on_resume(callback: impl Fn() + 'static) -> Vec<EventListener> {
    let Some(window) = web_sys::window() else {
        return Vec::new();
    };
    let callback = Rc::new(callback);
    let listen = |target: &EventTarget, event| {
        let callback = Rc::clone(&callback);
        EventListener::new(target, event, move |_| callback())
    };
    let of_document = window.document().map(|document| listen(&document, "visibilitychange"));
    of_document
        .into_iter()
        .chain([listen(&window, "pageshow"), listen(&window, "online")])
        .collect()
}
