//! The last word of a widget that has hit a defect of its own.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

thread_local! {
    static ON_CRASH: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Has a function called when this module panics. Nothing in the module can be called from then on: whoever is told wipes
/// its memory and lets go of it.
#[wasm_bindgen(js_name = onCrash)]
pub fn on_crash(callback: Function) {
    ON_CRASH.set(Some(callback));
    std::panic::set_hook(Box::new(|_panic| {
        #[cfg(debug_assertions)]
        web_sys::console::error_1(&_panic.to_string().into());
        crashed();
    }));
}

/// Tells that this module has panicked. `cargo xtask build` has every panic come here right away, and leaves out of the download
/// what would have made its message.
#[wasm_bindgen]
pub fn crashed() {
    if let Some(callback) = ON_CRASH.take() {
        // There is nobody left to tell that telling failed.
        let _ = callback.call0(&JsValue::UNDEFINED);
    }
}
