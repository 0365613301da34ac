use sca_protocol::flow;
use sca_widget::{browser::BrowserCamera, driver::ports::Camera};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen(module = "/tests/web/browser/frame.js")]
extern "C" {
    #[wasm_bindgen(js_name = pretendCamera)]
    fn pretend_camera(state: &str);
    #[wasm_bindgen(js_name = realCamera)]
    fn real_camera() -> u32;
}

const ORIGIN: &str = "https://session.facesign.ai";

#[wasm_bindgen_test]
async fn the_camera_is_queried_and_never_opened() {
    for (state, expected) in [
        ("ready", flow::Camera::Ready),
        ("allowed before", flow::Camera::Ready),
        ("no policy", flow::Camera::Ready),
        ("policy throws", flow::Camera::Ready),
        ("permission unknown", flow::Camera::Ready),
        ("permission unknown, later", flow::Camera::Ready),
        ("no permissions", flow::Camera::Ready),
        ("refused", flow::Camera::Refused),
        ("none", flow::Camera::Missing),
        ("list fails", flow::Camera::Unknown),
        ("list is odd", flow::Camera::Unknown),
        ("no media devices", flow::Camera::Unknown),
        ("policy says no", flow::Camera::BlockedByPolicy),
        ("insecure", flow::Camera::BlockedByPolicy),
    ] {
        pretend_camera(state);
        let seen = BrowserCamera.look(ORIGIN).await;
        assert_eq!(real_camera(), 0, "{state}: opened");
        assert_eq!(seen, expected, "{state}");
    }
}
