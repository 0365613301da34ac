//! Reports a panic of this module to the page's scripts.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

thread_local! {
    static ON_CRASH: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Sets the function that is called when this module panics. After that nothing in the module can be called: the caller wipes its
/// memory and drops it.
#[wasm_bindgen(js_name = onCrash)]
pub fn on_crash(callback: Function) {
    ON_CRASH.set(Some(callback));
    std::panic::set_hook(Box::new(|_panic| {
        #[cfg(debug_assertions)]
        web_sys::console::error_1(&_panic.to_string().into());
        crashed();
    }));
}

/// Reports that this module has panicked. `cargo xtask build` makes every panic call this directly, without the code that formats
/// its message.
#[wasm_bindgen]
pub fn crashed() {
    if let Some(callback) = ON_CRASH.take() {
        // A failure of the callback cannot be reported anywhere.
        let _ = callback.call0(&JsValue::UNDEFINED);
    }
}
