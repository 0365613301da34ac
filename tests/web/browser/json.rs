use sca_protocol::Approval;
use sca_widget::{
    browser::BrowserJson,
    driver::ports::Json,
    json::{FromJson, JsonValue},
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::page;

#[wasm_bindgen_test]
fn only_json_is_read() {
    for text in ["", "{", "<html>", "undefined", "{'a':1}", "{\"a\":1}x"] {
        assert!(BrowserJson.parse(text).is_none(), "{text}");
    }
}

#[wasm_bindgen_test]
fn only_exact_integers_are_numbers() {
    for (text, number) in [
        ("0", Some(0)),
        ("-0", Some(0)),
        ("9007199254740991", Some(9_007_199_254_740_991)),
        ("9007199254740992", None),
        ("1.5", None),
        ("-1", None),
        ("1e300", None),
        ("\"1\"", None),
        ("null", None),
    ] {
        assert_eq!(BrowserJson.parse(text).unwrap().as_u64(), number, "{text}");
    }
}

#[wasm_bindgen_test]
fn only_objects_have_members() {
    let list = BrowserJson.parse("[1]").unwrap();
    assert!(list.get("length").is_none());
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert!(BrowserJson.parse("\"text\"").unwrap().get("length").is_none());
    let object = BrowserJson
        .parse("{\"hasOwnProperty\":1,\"a\":null,\"b\":true}")
        .unwrap();
    assert!(object.get("a").is_none());
    assert!(object.get("toString").is_none());
    assert_eq!(object.get("b").unwrap().as_bool(), Some(true));
    assert!(object.as_array().is_none());
}

#[wasm_bindgen_test]
fn inherited_members_are_ignored() {
    page::pollute_objects();
    let text = r#"{"id":"apr_1","version":1,"serverTime":1,"expiresAt":2,"status":"declined"}"#;
    let approval = Approval::read(&BrowserJson.parse(text).unwrap());
    page::clean_objects();
    assert_eq!(approval.unwrap().reason, None);
}
