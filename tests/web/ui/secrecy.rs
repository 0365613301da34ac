//! Digits that must not remain in the page.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;

use super::stage::{Stage, Wish, code, pin, submitting};

/// Every digit in the page's attributes, texts and values.
fn digits_in(stage: &Stage) -> String {
    let values: String = stage
        .all("input")
        .into_iter()
        .map(|input| input.unchecked_into::<HtmlInputElement>().value())
        .collect();
    let page = stage.page.outer_html() + &values;
    page.chars().filter(|character| character.is_numeric()).collect()
}

#[wasm_bindgen_test]
async fn no_digit_of_a_pin_is_ever_on_the_page() {
    let stage = Stage::new(pin()).await;
    let before = digits_in(&stage);
    for key in ["7", "3", "٩", "1"] {
        stage.insert("insertText", key);
        assert_eq!(digits_in(&stage), before, "right after the key");
        stage.settle().await;
        assert_eq!(digits_in(&stage), before, "after everything has been painted");
    }
    assert_eq!(stage.slots(), "••••");
    assert_eq!(stage.field().get_attribute("type").as_deref(), Some("password"));
    stage.submit();
    assert_eq!(digits_in(&stage), before);
    stage.show(submitting(pin())).await;
    assert_eq!(digits_in(&stage), before);
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);
}

#[wasm_bindgen_test]
async fn a_pin_is_painted_for_a_moment_when_the_customer_asks_for_that_and_the_field_keeps_its_bullets() {
    let stage = Stage::new(pin()).await;
    let before = digits_in(&stage);
    stage.keys("73");
    stage.press("Show the PIN").await;
    assert_eq!(stage.slots(), "73  ");
    stage.keys("9");
    stage.settle().await;
    assert_eq!(
        (stage.slots().as_str(), stage.field().value().as_str()),
        ("739 ", "•••")
    );
    stage.at(3000).await;
    assert_eq!(stage.slots(), "739 ");
    for second in 4..=8 {
        stage.at(second * 1000).await;
    }
    assert_eq!((stage.slots().as_str(), digits_in(&stage)), ("••• ", before.clone()));

    stage.press("Show the PIN").await;
    stage.press("Show the PIN").await;
    assert_eq!((stage.slots().as_str(), digits_in(&stage)), ("••• ", before.clone()));

    stage.keys("1");
    stage.press("Show the PIN").await;
    stage.submit();
    stage.show(submitting(pin())).await;
    assert_eq!((stage.slots().as_str(), digits_in(&stage)), ("••••", before));
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);
}

#[wasm_bindgen_test]
async fn a_code_is_removed_from_the_page_at_its_submission() {
    let stage = Stage::new(code()).await;
    let before = digits_in(&stage);
    stage.keys("739146");
    stage.settle().await;
    assert_ne!(digits_in(&stage), before);
    stage.submit();
    stage.settle().await;
    assert_eq!(digits_in(&stage), before);
}

#[wasm_bindgen_test]
async fn an_unmounted_field_is_emptied() {
    let mut stage = Stage::new(code()).await;
    stage.keys("7391");
    let field = stage.field();
    assert_eq!(field.value(), "7391");
    stage.unmount();
    stage.settle().await;
    assert_eq!(field.value(), "");
    assert_eq!(stage.page.child_element_count(), 0);
}

#[wasm_bindgen_test]
async fn a_field_is_emptied_when_the_screen_changes() {
    let stage = Stage::new(code()).await;
    stage.keys("7391");
    let field = stage.field();
    stage.show(pin()).await;
    assert_eq!(field.value(), "");
    assert_eq!(stage.slots(), "    ", "nothing is carried over");
}
