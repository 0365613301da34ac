use std::{cell::RefCell, rc::Rc};

use js_sys::{Object, Reflect, WebAssembly};
use sca_widget::{boundary::Widget, ui::text::source};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlInputElement, InputEvent, InputEventInit, ShadowRoot, ShadowRootInit, ShadowRootMode};

use super::page;

const SPKI: &str = include_str!("../../fixtures/jose/test-key-2048.spki.b64");
const PAGE_OF_MEMORY: u32 = 64 * 1024;

fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}

struct Mounted {
    host: Element,
    root: ShadowRoot,
    widget: Option<Widget>,
    results: Rc<RefCell<Vec<JsValue>>>,
    _on_end: Closure<dyn FnMut(JsValue)>,
}

impl Mounted {
    fn new() -> Self {
        let host = document().create_element("div").unwrap();
        document().body().unwrap().append_child(&host).unwrap();
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).unwrap();
        let options = Object::new();
        // The first phrases of a language are kept for the whole page, so these are what all tests of the page read.
        let phrases = source::strip_keys(include_str!("../../../src/ui/text/en.txt")).unwrap();
        for (name, value) in [
            ("clientSecret", "apr_1_secret_canary"),
            ("baseUrl", "/sca"),
            ("locale", "en"),
            ("phrases", phrases.as_str()),
        ] {
            Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value)).unwrap();
        }
        let results = Rc::new(RefCell::new(Vec::new()));
        let received = Rc::clone(&results);
        let on_end = Closure::<dyn FnMut(JsValue)>::new(move |result| received.borrow_mut().push(result));
        let function = on_end.as_ref().unchecked_ref::<js_sys::Function>().clone();
        let widget = Widget::open(&root, &options, function).unwrap();
        Self {
            host,
            root,
            widget: Some(widget),
            results,
            _on_end: on_end,
        }
    }

    async fn place(&self, name: &str) -> Element {
        let selector = format!("[data-place=\"{name}\"]");
        let find = || self.root.query_selector(&selector).unwrap();
        page::until(name, || find().is_some()).await;
        find().unwrap()
    }

    /// Types with the events of a keyboard.
    async fn type_text(&self, text: &str) {
        let input: HtmlInputElement = self.root.query_selector("input").unwrap().unwrap().unchecked_into();
        for digit in text.chars() {
            let init = InputEventInit::new();
            init.set_bubbles(true);
            init.set_cancelable(true);
            init.set_input_type("insertText");
            init.set_data(Some(&digit.to_string()));
            let event = InputEvent::new_with_event_init_dict("beforeinput", &init).unwrap();
            input.dispatch_event(&event).unwrap();
        }
        page::turn().await;
    }

    fn take_away(mut self) {
        self.widget = None;
        self.host.remove();
    }
}

#[wasm_bindgen_test]
async fn an_approval_is_completed_and_reported_once() {
    page::fake_backend(SPKI.trim());
    let mounted = Mounted::new();
    mounted.place("pin").await;
    mounted.type_text("1234").await;
    let form: web_sys::HtmlFormElement = mounted.root.query_selector("form").unwrap().unwrap().unchecked_into();
    form.request_submit().unwrap();
    mounted.place("approved").await;
    page::until("the result", || !mounted.results.borrow().is_empty()).await;
    for _ in 0..20 {
        page::turn().await;
    }
    page::restore_fetch();

    let results = mounted.results.borrow();
    assert_eq!(results.len(), 1);
    // `pkg/widget.js` names them: outcome, approvalId, reason.
    let members: Vec<Option<String>> = serde_wasm_bindgen::from_value(results[0].clone()).unwrap();
    assert_eq!(members, [Some("approved".to_owned()), Some("apr_1".to_owned()), None]);
    assert!(results[0].unchecked_ref::<js_sys::Array>().get(2).is_null());
    assert!(!mounted.root.inner_html().contains("1234"));
    drop(results);
    mounted.take_away();
}

#[wasm_bindgen_test]
async fn a_hundred_widgets_leave_nothing_behind() {
    page::fake_backend(SPKI.trim());
    let memory = || {
        let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        memory.buffer().unchecked_into::<js_sys::ArrayBuffer>().byte_length()
    };
    let elements = || document().query_selector_all("*").unwrap().length();
    for _ in 0..10 {
        let mounted = Mounted::new();
        mounted.place("pin").await;
        mounted.type_text("12").await;
        mounted.take_away();
        page::turn().await;
    }
    let (elements_before, memory_before) = (elements(), memory());
    page::start_counting();
    let mut most_listeners = 0;
    let mut most_timers = 0;
    for _ in 0..100 {
        let mounted = Mounted::new();
        mounted.place("pin").await;
        mounted.type_text("12").await;
        most_listeners = most_listeners.max(page::listeners_outside());
        most_timers = most_timers.max(page::running_timers());
        mounted.take_away();
        page::turn().await;
    }
    page::until("all timers are cleared", || page::running_timers() == 0).await;
    let listeners = page::listeners_outside();
    page::stop_counting();
    page::restore_fetch();
    assert!(most_listeners > 0 && most_timers > 0, "the counters count");
    assert_eq!(listeners, 0);
    assert_eq!(elements(), elements_before);
    assert!(
        memory() - memory_before <= PAGE_OF_MEMORY,
        "{} bytes more",
        memory() - memory_before
    );
}

#[wasm_bindgen_test]
fn invalid_frame_origins_are_refused_before_anything_is_shown() {
    let open = |origins: &JsValue| {
        let host = document().create_element("div").unwrap();
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).unwrap();
        let options = Object::new();
        let set = |name: &str, value: &JsValue| Reflect::set(&options, &JsValue::from_str(name), value).unwrap();
        set("clientSecret", &JsValue::from_str("apr_1_secret_canary"));
        set("baseUrl", &JsValue::from_str("/sca"));
        set("frameOrigins", origins);
        let error = Widget::open(&root, &options, js_sys::Function::new_no_args("")).err();
        (error.and_then(|error| error.as_string()), root.child_element_count())
    };
    let list = |text: &str| js_sys::JSON::parse(text).unwrap();
    for wrong in [
        r#""https://session.facesign.ai""#,
        r#"["https://session.facesign.ai/"]"#,
        r#"["https://session.facesign.ai?cs=1"]"#,
        r#"["https://*.facesign.ai"]"#,
        r#"["http://session.facesign.ai"]"#,
        r#"["https://session.facesign.ai", "null"]"#,
        r#"["https://session.facesign.ai", 7]"#,
        r#"["https://SESSION.facesign.ai"]"#,
        r"{}",
        r"7",
    ] {
        let refused = (Some("frame-origin-malformed".to_owned()), 0);
        assert_eq!(open(&list(wrong)), refused, "{wrong}");
    }
    page::fake_backend(SPKI.trim());
    for right in [
        r"null",
        r"[]",
        r#"["https://session.facesign.ai","http://localhost:9"]"#,
    ] {
        assert_eq!(open(&list(right)), (None, 1), "{right}");
    }
    page::restore_fetch();
}
