//! Event listeners that are removed on drop. `gloo-events` does the same, but with its options for passive and capturing listeners
//! it does not fit into the download (`docs/benchmarks.md`).

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::EventTarget;

/// Listens for an event until it is dropped.
#[derive(Debug)]
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    callback: Closure<dyn FnMut(JsValue)>,
}

impl Listener {
    /// Adds a listener for events of that name. `None` when the target refuses it.
    #[must_use]
    pub fn new(target: &EventTarget, event: &'static str, callback: impl FnMut(JsValue) + 'static) -> Option<Self> {
        let callback = Closure::<dyn FnMut(JsValue)>::new(callback);
        target
            .add_event_listener_with_callback(event, callback.as_ref().unchecked_ref())
            .ok()?;
        Some(Self {
            target: target.clone(),
            event,
            callback,
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.callback.as_ref().unchecked_ref();
        // A target that refuses this has no listener any more.
        let _ = self.target.remove_event_listener_with_callback(self.event, callback);
    }
}
