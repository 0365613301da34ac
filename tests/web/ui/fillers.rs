//! Password managers that fill the field without an event, and browsers that restore or empty it.

use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::{Stage, Wish, code, pin};

#[wasm_bindgen_test]
async fn a_filled_field_is_read_after_any_event_or_none() {
    for (screen, digits, shown, wish) in [
        (pin(), "7391", "••••", Wish::Pin as fn(String) -> Wish),
        (code(), "739146", "739146", Wish::Code),
    ] {
        for notice in ["change", "blur", "time passes", "nothing"] {
            let stage = Stage::new(screen.clone()).await;
            stage.fill_silently(digits);
            match notice {
                "time passes" => stage.at(1_000).await,
                "nothing" => {}
                event => stage.tell(event),
            }
            if notice != "nothing" {
                assert_eq!(stage.field().value(), shown, "{notice}");
            }
            stage.submit();
            assert_eq!(stage.wishes(), [wish(digits.into())], "{notice}");
            assert_eq!(stage.field().value(), "", "{notice}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_value_that_is_set_after_its_event_is_read() {
    let stage = Stage::new(pin()).await;
    stage.tell("input");
    stage.tell("change");
    stage.fill_silently("7391");
    stage.settle().await;
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);
}

#[wasm_bindgen_test]
async fn a_key_press_continues_from_a_filled_value() {
    for (screen, digits, wish) in [
        (pin(), "7391", Wish::Pin as fn(String) -> Wish),
        (code(), "739146", Wish::Code),
    ] {
        let stage = Stage::new(screen).await;
        let (all_but_one, last) = digits.split_at(digits.len() - 1);
        stage.fill_silently(all_but_one);
        stage.keys(last);
        stage.submit();
        assert_eq!(stage.wishes(), [wish(digits.into())]);
    }
}

#[wasm_bindgen_test]
async fn a_filled_text_that_is_not_a_code_shows_a_hint_and_is_not_submitted() {
    let stage = Stage::new(code()).await;
    stage.keys("739146");
    stage.fill_silently("x");
    stage.submit();
    stage.settle().await;
    assert_eq!(stage.wishes(), []);
    assert_eq!(stage.notice(), "Please use digits only.");
    assert_eq!(stage.field().value(), "739146", "and what is left can be seen");

    stage.fill_silently("1234567");
    stage.submit();
    stage.settle().await;
    assert_eq!(stage.wishes(), []);
    assert_eq!(stage.notice(), "That is too long: there are 6 digits.");
}

/// WebKit empties a password field that it restores from its back/forward cache.
#[wasm_bindgen_test]
async fn a_field_that_the_browser_has_emptied_is_an_empty_entry() {
    let stage = Stage::new(pin()).await;
    stage.keys("73");
    stage.fill_silently("");
    stage.at(1_000).await;
    assert_eq!(stage.slots(), "    ", "the places say so");
    stage.keys("7391");
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);

    // No tick of the clock before the first key.
    stage.keys("73");
    stage.fill_silently("");
    stage.keys("7391");
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);

    stage.keys("7391");
    stage.fill_silently("");
    stage.submit();
    assert_eq!(stage.wishes(), [], "nothing is handed in that the field does not say");
}

#[wasm_bindgen_test]
async fn bullets_that_a_browser_restores_are_ignored() {
    let stage = Stage::new(pin()).await;
    stage.fill_silently("••••");
    stage.at(1_000).await;
    assert_eq!(stage.slots(), "    ");
    assert_eq!(stage.field().value(), "");
    stage.keys("7391");
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);
}

/// A correction names a range, which need not be the selection.
#[wasm_bindgen_test]
async fn a_replacement_is_read_from_the_field() {
    let stage = Stage::new(code()).await;
    stage.keys("12");
    if stage.asks("insertReplacementText", "34") {
        stage.fill("34");
    }
    stage.settle().await;
    assert_eq!(stage.slots(), "34    ");
    assert_eq!(stage.field().value(), "34");
}

#[wasm_bindgen_test]
async fn undo_does_not_restore_replaced_text() {
    let stage = Stage::new(code()).await;
    stage.keys("12");
    stage.field().select();
    stage.delete("historyUndo");
    assert_eq!(stage.field().value(), "12");
}
