//! The page around the widget, friendly or not.

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/tests/web/browser/page.js")]
extern "C" {
    #[wasm_bindgen(js_name = patchFetch)]
    pub fn patch_fetch(kind: &str);
    #[wasm_bindgen(js_name = removeFetch)]
    pub fn remove_fetch();
    #[wasm_bindgen(js_name = restoreFetch)]
    pub fn restore_fetch();
    #[wasm_bindgen(js_name = lastRequest)]
    fn last_request_text() -> Promise;
    #[wasm_bindgen(js_name = lastRequestIsAborted)]
    pub fn last_request_is_aborted() -> bool;
    #[wasm_bindgen(js_name = fakeBackend)]
    pub fn fake_backend(spki: &str);
    #[wasm_bindgen(js_name = startCounting)]
    pub fn start_counting();
    #[wasm_bindgen(js_name = stopCounting)]
    pub fn stop_counting();
    #[wasm_bindgen(js_name = runningTimers)]
    pub fn running_timers() -> usize;
    #[wasm_bindgen(js_name = listenersOutside)]
    pub fn listeners_outside() -> i32;
    #[wasm_bindgen(js_name = turn)]
    fn turn_promise() -> Promise;
    #[wasm_bindgen(js_name = hideSubtle)]
    pub fn hide_subtle();
    #[wasm_bindgen(js_name = restoreSubtle)]
    pub fn restore_subtle();
    #[wasm_bindgen(js_name = polluteObjects)]
    pub fn pollute_objects();
    #[wasm_bindgen(js_name = cleanObjects)]
    pub fn clean_objects();
}

/// What the last request asked of the browser, as JSON.
pub async fn last_request() -> String {
    JsFuture::from(last_request_text()).await.unwrap().as_string().unwrap()
}

/// Lets the browser do what is in its queue.
pub async fn turn() {
    JsFuture::from(turn_promise()).await.unwrap();
}

/// Lets the browser go on until something has become true.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..10_000 {
        if is_so() {
            return;
        }
        turn().await;
    }
    panic!("it never came to this: {what}");
}
