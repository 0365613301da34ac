//! Whoever fills the field in without telling of it, and browsers that bring back what they remember, or nothing.

use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::{Stage, Wish, code, pin};

#[wasm_bindgen_test]
async fn a_filler_is_noticed_however_it_tells_of_itself_or_not_at_all() {
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
async fn a_filler_that_tells_first_and_sets_the_value_afterwards_is_noticed() {
    let stage = Stage::new(pin()).await;
    stage.tell("input");
    stage.tell("change");
    stage.fill_silently("7391");
    stage.settle().await;
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);
}

#[wasm_bindgen_test]
async fn a_key_goes_on_from_what_a_filler_has_put_there() {
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
async fn what_a_filler_has_put_there_and_is_no_code_is_told_and_not_handed_in() {
    let stage = Stage::new(code()).await;
    stage.keys("739146");
    stage.fill_silently("x");
    stage.submit();
    stage.settle().await;
    assert_eq!(stage.wishes(), []);
    assert_eq!(stage.told(), "Please use digits only.");
    assert_eq!(stage.field().value(), "739146", "and what is left can be seen");

    stage.fill_silently("1234567");
    stage.submit();
    stage.settle().await;
    assert_eq!(stage.wishes(), []);
    assert_eq!(stage.told(), "That is too long: there are 6 digits.");
}

/// As WebKit leaves a password field that it brings back from its back/forward cache.
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

    // No time has passed before the first key.
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
async fn bullets_that_a_browser_brings_back_stand_for_nothing() {
    let stage = Stage::new(pin()).await;
    stage.fill_silently("••••");
    stage.at(1_000).await;
    assert_eq!(stage.slots(), "    ");
    assert_eq!(stage.field().value(), "");
    stage.keys("7391");
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);
}

/// Corrections and the like name a range, which need not be what is selected.
#[wasm_bindgen_test]
async fn a_replacement_is_read_where_the_browser_has_made_it() {
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
async fn what_was_replaced_cannot_be_undone_into_the_field() {
    let stage = Stage::new(code()).await;
    stage.keys("12");
    stage.field().select();
    stage.delete("historyUndo");
    assert_eq!(stage.field().value(), "12");
}
