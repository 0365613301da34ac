//! The page around the widget, with and without interference.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/tests/web/browser/page.js")]
extern "C" {
    #[wasm_bindgen(js_name = patchFetch)]
    pub(super) fn patch_fetch(kind: &str);
    #[wasm_bindgen(js_name = removeFetch)]
    pub(super) fn remove_fetch();
    #[wasm_bindgen(js_name = restoreFetch)]
    pub(super) fn restore_fetch();
    #[wasm_bindgen(js_name = lastRequest)]
    fn last_request_text() -> Promise;
    #[wasm_bindgen(js_name = lastRequestIsAborted)]
    pub(super) fn last_request_is_aborted() -> bool;
    #[wasm_bindgen(js_name = lastBody)]
    pub(super) fn last_body() -> Uint8Array;
    #[wasm_bindgen(js_name = fakeBackend)]
    pub(super) fn fake_backend(spki: &str);
    #[wasm_bindgen(js_name = startCounting)]
    pub(super) fn start_counting();
    #[wasm_bindgen(js_name = stopCounting)]
    pub(super) fn stop_counting();
    #[wasm_bindgen(js_name = runningTimers)]
    pub(super) fn running_timers() -> usize;
    #[wasm_bindgen(js_name = listenersOutside)]
    pub(super) fn listeners_outside() -> i32;
    #[wasm_bindgen(js_name = turn)]
    fn turn_promise() -> Promise;
    #[wasm_bindgen(js_name = hideSubtle)]
    pub(super) fn hide_subtle();
    #[wasm_bindgen(js_name = restoreSubtle)]
    pub(super) fn restore_subtle();
    #[wasm_bindgen(js_name = polluteObjects)]
    pub(super) fn pollute_objects();
    #[wasm_bindgen(js_name = cleanObjects)]
    pub(super) fn clean_objects();
}

/// The options of the last request, as JSON.
pub(super) async fn last_request() -> String {
    JsFuture::from(last_request_text()).await.unwrap().as_string().unwrap()
}

/// Lets the browser run its queued tasks.
pub(super) async fn turn() {
    JsFuture::from(turn_promise()).await.unwrap();
}

/// How long the browser may take for asynchronous work such as encryption, in milliseconds.
const LONGEST_WAIT: f64 = 60_000.0;

/// Waits until a condition holds.
pub(super) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = js_sys::Date::now();
    while js_sys::Date::now() - began < LONGEST_WAIT {
        if is_so() {
            return;
        }
        turn().await;
    }
    panic!("it never came to this: {what}");
}
