//! The element that a view is mounted in.

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, ShadowRoot};

/// A new element in a shadow root; `None` when it cannot be created.
pub(super) fn container(root: &ShadowRoot) -> Option<HtmlElement> {
    let document = web_sys::window()?.document()?;
    let container = document.create_element("div").ok()?;
    root.append_child(&container).ok()?;
    container.dyn_into().ok()
}
