use std::{cell::RefCell, rc::Rc};

use js_sys::Promise;
use sca_protocol::{SessionUrl, flow::Event};
use sca_widget::browser::BrowserFrame;
use sca_widget::driver::ports::Frame;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, ShadowRootInit, ShadowRootMode};

use super::page;

#[wasm_bindgen(module = "/tests/web/browser/frame.js")]
extern "C" {
    #[wasm_bindgen(js_name = otherOrigin)]
    fn other_origin() -> String;
    fn deliver(data: &JsValue, origin: &str, source: &JsValue);
    #[wasm_bindgen(js_name = deliverJson)]
    fn deliver_json(text: &str, origin: &str, source: &JsValue);
    #[wasm_bindgen(js_name = deliverOdd)]
    fn deliver_odd(origin: &str, source: &JsValue) -> u32;
    fn flood(count: u32, data: &str, origin: &str, source: &JsValue) -> f64;
    #[wasm_bindgen(js_name = floodByHand)]
    fn flood_by_hand(count: u32, data: &str, origin: &str, source: &JsValue) -> f64;
    #[wasm_bindgen(js_name = anotherFrame)]
    fn another_frame(url: &str) -> JsValue;
    #[wasm_bindgen(js_name = removeFrames)]
    fn remove_frames();
    fn violate(directive: &str, blocked: &str, disposition: &str);
    fn say(frame: &Element, data: &JsValue) -> Promise;
    fn loaded(frame: &Element) -> Promise;
    fn painted() -> Promise;
}

const FINISHED: &str = r#"{"message":"SESSION_FINISHED"}"#;

fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}

fn origin() -> String {
    web_sys::window().unwrap().location().origin().unwrap()
}

/// A frame in a shadow root, as in a widget.
struct Opened {
    host: Element,
    element: Element,
    frame: Option<BrowserFrame>,
    events: Rc<RefCell<Vec<String>>>,
}

impl Opened {
    /// A page of this origin: an error page.
    fn new() -> Self {
        Self::at(&(origin() + "/no-such-page?cs=cs1"))
    }

    fn at(url: &str) -> Self {
        let host = document().create_element("div").unwrap();
        document().body().unwrap().append_child(&host).unwrap();
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).unwrap();
        let place = document().create_element("div").unwrap();
        root.append_child(&place).unwrap();
        let events = Rc::<RefCell<Vec<String>>>::default();
        let received = Rc::clone(&events);
        let on_event = Rc::new(move |event: Event| received.borrow_mut().push(format!("{event:?}")));
        let frame = BrowserFrame::open(&place, &SessionUrl::new(url.to_owned()), "Face check", on_event);
        let element = place.query_selector("iframe").unwrap().unwrap();
        Self {
            host,
            element,
            frame,
            events,
        }
    }

    fn window(&self) -> JsValue {
        let frame: &web_sys::HtmlIFrameElement = wasm_bindgen::JsCast::unchecked_ref(&self.element);
        frame.content_window().map_or(JsValue::NULL, JsValue::from)
    }

    /// The events since the last call.
    fn events(&self) -> Vec<String> {
        self.events.take()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.frame = None;
        self.host.remove();
        remove_frames();
    }
}

async fn finished(promise: Promise) {
    JsFuture::from(promise).await.unwrap();
}

#[wasm_bindgen_test]
fn a_frame_may_use_the_camera_but_not_navigate_the_top_window() {
    let opened = Opened::at("http://localhost:9/no-such-page?cs=cs1");
    let attribute = |name| opened.element.get_attribute(name).unwrap_or_default();
    let origin = "http://localhost:9";
    assert_eq!(
        attribute("allow"),
        format!("camera {origin}; microphone {origin}; autoplay {origin}")
    );
    assert_eq!(
        attribute("sandbox"),
        "allow-scripts allow-same-origin allow-forms allow-popups"
    );
    assert_eq!(attribute("referrerpolicy"), "no-referrer");
    assert_eq!(attribute("title"), "Face check");
    assert_eq!(attribute("src"), "http://localhost:9/no-such-page?cs=cs1");
    opened.frame.as_ref().unwrap().rename("التحقق");
    assert_eq!(attribute("title"), "التحقق");
}

#[wasm_bindgen_test]
fn an_invalid_url_opens_no_frame() {
    for url in [
        "",
        "javascript:alert(1)",
        "https://a@b.example",
        "/relative",
        "about:blank",
    ] {
        let place = document().create_element("div").unwrap();
        let frame = BrowserFrame::open(&place, &SessionUrl::new(url.to_owned()), "", Rc::new(|_| {}));
        assert!(frame.is_none(), "{url}");
        assert_eq!(place.child_element_count(), 0, "{url}");
    }
}

#[wasm_bindgen_test]
async fn a_load_is_reported() {
    let opened = Opened::new();
    finished(loaded(&opened.element)).await;
    assert_eq!(opened.events(), ["FrameLoaded"]);
    assert!(opened.element.has_attribute("data-loaded"));
}

#[wasm_bindgen_test]
async fn the_finished_message_counts_once_in_each_of_its_forms() {
    for text in [
        r#"{"message":"SESSION_FINISHED"}"#,
        r#"{"message":"session_finished","more":[1]}"#,
        r#"{"type":"Session_Finished"}"#,
        r#"{"message":"other","type":"SESSION_FINISHED"}"#,
    ] {
        for as_text in [true, false] {
            let opened = Opened::new();
            finished(loaded(&opened.element)).await;
            opened.events();
            let data = if as_text {
                JsValue::from_str(text)
            } else {
                js_sys::JSON::parse(text).unwrap()
            };
            finished(say(&opened.element, &data)).await;
            finished(say(&opened.element, &data)).await;
            assert_eq!(opened.events(), ["FrameFinished"], "{text} as text: {as_text}");
        }
    }
}

#[wasm_bindgen_test]
fn messages_of_other_windows_and_origins_are_ignored() {
    let opened = Opened::new();
    let (ours, theirs) = (origin(), opened.window());
    let other_frame = another_frame(&(origin() + "/no-such-page"));
    let ourselves = JsValue::from(web_sys::window().unwrap());
    let before: [String; 6] = [
        other_origin(),
        "null".to_owned(),
        String::new(),
        format!("{ours}.evil.example"),
        ours.to_uppercase(),
        format!("{ours}/"),
    ];
    for origin in &before {
        deliver(&JsValue::from_str(FINISHED), origin, &theirs);
        deliver_json(FINISHED, origin, &theirs);
    }
    for source in [&other_frame, &ourselves, &JsValue::NULL] {
        deliver(&JsValue::from_str(FINISHED), &ours, source);
        deliver_json(FINISHED, &ours, source);
    }
    assert_eq!(opened.events(), [] as [&str; 0]);
    deliver(&JsValue::from_str(FINISHED), &ours, &theirs);
    assert_eq!(opened.events(), ["FrameFinished"], "so it was not for another reason");
}

#[wasm_bindgen_test]
fn other_messages_of_the_page_are_ignored() {
    let opened = Opened::new();
    assert!(deliver_odd(&origin(), &opened.window()) > 20);
    assert_eq!(opened.events(), [] as [&str; 0]);
}

#[wasm_bindgen_test]
fn ten_thousand_messages_take_little_time() {
    let noise = format!("{{\"noise\":\"{}\"}}", "x".repeat(100));
    let floods = [
        (FINISHED, other_origin()),
        (noise.as_str(), origin()),
        (FINISHED, origin()),
    ];
    let here = JsValue::from(web_sys::window().unwrap());
    let by_hand = floods
        .iter()
        .map(|(data, origin)| flood_by_hand(10_000, data, origin, &here))
        .sum::<f64>();
    let opened = Opened::new();
    let window = opened.window();
    let time = floods
        .iter()
        .map(|(data, origin)| flood(10_000, data, origin, &window))
        .sum::<f64>();
    assert_eq!(opened.events(), ["FrameFinished"]);
    // Ten times, since the test build is not optimised.
    assert!(time < by_hand * 10.0, "{time} ms, and {by_hand} ms by hand");
}

#[wasm_bindgen_test]
async fn a_removed_frame_is_lost() {
    for with_host in [true, false] {
        let opened = Opened::new();
        finished(painted()).await;
        assert!(!opened.events().contains(&"FrameLost".to_owned()));
        if with_host {
            opened.host.remove();
        } else {
            opened.element.remove();
        }
        finished(painted()).await;
        assert!(
            opened.events().contains(&"FrameLost".to_owned()),
            "with its host: {with_host}"
        );
    }
}

#[wasm_bindgen_test]
async fn a_hidden_frame_is_not_lost() {
    let opened = Opened::new();
    finished(painted()).await;
    opened.host.set_attribute("hidden", "").unwrap();
    finished(painted()).await;
    assert!(!opened.events().contains(&"FrameLost".to_owned()));
}

#[wasm_bindgen_test]
async fn a_frame_that_the_policy_forbids_is_lost_and_its_error_page_does_not_count() {
    let opened = Opened::new();
    let origin = origin();
    for (directive, blocked, disposition) in [
        ("frame-src", other_origin(), "enforce"),
        ("frame-src", format!("{origin}1"), "enforce"),
        ("img-src", origin.clone(), "enforce"),
        ("frame-src", origin.clone(), "report"),
    ] {
        violate(directive, &blocked, disposition);
    }
    assert_eq!(opened.events(), [] as [&str; 0]);
    violate("frame-src", &origin, "enforce");
    assert_eq!(opened.events(), ["FrameLost"]);
    finished(loaded(&opened.element)).await;
    assert_eq!(opened.events(), [] as [&str; 0]);
}

#[wasm_bindgen_test]
async fn a_dropped_frame_is_blank_removed_and_ignores_messages() {
    page::start_counting();
    let mut opened = Opened::new();
    let (origin, window) = (origin(), opened.window());
    assert!(page::listeners_outside() > 0, "the counter counts");
    opened.frame = None;
    let left = page::listeners_outside();
    page::stop_counting();
    assert_eq!(left, 0);
    assert_eq!(opened.element.get_attribute("src").as_deref(), Some("about:blank"));
    assert!(!opened.element.is_connected());
    deliver(&JsValue::from_str(FINISHED), &origin, &window);
    violate("frame-src", &origin, "enforce");
    finished(painted()).await;
    assert_eq!(opened.events(), [] as [&str; 0]);
}
