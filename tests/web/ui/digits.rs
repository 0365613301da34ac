//! Typing, pasting and autofill.

use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::{Stage, Wish, code, pin};

#[wasm_bindgen_test]
async fn a_pasted_code_is_accepted_in_every_format() {
    for text in [
        "123456",
        "123 456",
        "123-456",
        "\u{a0}123\u{a0}456\n",
        "١٢٣٤٥٦",
        "۱۲۳۴۵۶",
        "१२३४५६",
        "１２３４５６",
        "\u{2066}123456\u{2069}",
    ] {
        for way in ["pasted", "dropped", "filled in", "typed in one go"] {
            let stage = Stage::new(code()).await;
            match way {
                "pasted" => stage.paste(text),
                "dropped" => stage.insert("insertFromDrop", text),
                "filled in" => stage.fill(text),
                _ => stage.insert("insertText", text),
            }
            stage.settle().await;
            assert_eq!(stage.slots(), "123456", "{text:?} {way}");
            assert_eq!(stage.wishes(), [], "nothing is handed in by itself");
            stage.submit();
            assert_eq!(stage.wishes(), [Wish::Code("123456".into())], "{text:?} {way}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_pin_can_be_pasted_and_filled_in() {
    for way in ["pasted", "filled in"] {
        let stage = Stage::new(pin()).await;
        match way {
            "pasted" => stage.paste("73 91"),
            _ => stage.fill("7391"),
        }
        assert_eq!(stage.field().value(), "••••", "{way}");
        stage.submit();
        assert_eq!(stage.wishes(), [Wish::Pin("7391".into())], "{way}");
    }
}

#[wasm_bindgen_test]
async fn a_complete_code_replaces_the_typed_digits_and_a_part_is_appended() {
    let stage = Stage::new(code()).await;
    stage.keys("99");
    stage.paste("123456");
    stage.settle().await;
    assert_eq!(stage.slots(), "123456");

    let stage = Stage::new(code()).await;
    stage.keys("12");
    stage.paste("3456");
    stage.settle().await;
    assert_eq!(stage.slots(), "123456");
}

#[wasm_bindgen_test]
async fn keys_fill_the_places_in_turn_and_backspace_empties_them() {
    let stage = Stage::new(code()).await;
    stage.keys("0٤2");
    stage.settle().await;
    assert_eq!(stage.slots(), "042   ");
    assert_eq!(stage.field().value(), "042");
    stage.delete("deleteContentBackward");
    stage.settle().await;
    assert_eq!(stage.slots(), "04    ");
    stage.delete("deleteWordBackward");
    stage.settle().await;
    assert_eq!(stage.slots(), "      ");
}

#[wasm_bindgen_test]
async fn an_extra_key_press_changes_nothing() {
    let stage = Stage::new(code()).await;
    stage.keys("1234567");
    stage.settle().await;
    assert_eq!(stage.slots(), "123456");
    assert_eq!(stage.notice(), "");
}

#[wasm_bindgen_test]
async fn typing_replaces_the_selection() {
    let stage = Stage::new(code()).await;
    stage.keys("1234");
    stage.field().select();
    stage.keys("9");
    stage.settle().await;
    assert_eq!(stage.slots(), "9     ");
    stage.field().select();
    stage.delete("deleteContentBackward");
    stage.settle().await;
    assert_eq!(stage.slots(), "      ");
}

#[wasm_bindgen_test]
async fn a_phone_keyboard_that_composes_can_type_and_delete() {
    let stage = Stage::new(code()).await;
    for value in ["1", "12", "123", "12", "129"] {
        stage.compose(value);
    }
    stage.settle().await;
    assert_eq!(stage.slots(), "129   ");

    let stage = Stage::new(pin()).await;
    for value in ["7", "•3", "••9"] {
        stage.compose(value);
        assert!(stage.field().value().chars().all(|shown| shown == '•'));
    }
    // One bullet is gone: it was deleted.
    stage.compose("••");
    stage.compose("••9");
    stage.compose("•••1");
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);
}

#[wasm_bindgen_test]
async fn other_characters_are_refused_with_a_hint_and_change_nothing() {
    for text in ["x", "123456 or 654321", "3²", "①"] {
        let stage = Stage::new(code()).await;
        stage.keys("12");
        for way in ["insertText", "insertFromPaste"] {
            stage.insert(way, text);
            stage.settle().await;
            assert_eq!(stage.slots(), "12    ", "{text} by {way}");
            assert_eq!(stage.notice(), "Please use digits only.");
        }
        stage.fill(text);
        stage.settle().await;
        assert_eq!(stage.field().value(), "12");
        assert_eq!(stage.notice(), "Please use digits only.");
        assert_eq!(stage.field().get_attribute("aria-invalid").as_deref(), Some("true"));

        stage.keys("3");
        stage.settle().await;
        assert_eq!(stage.notice(), "", "the hint goes when typing goes on");
        assert_eq!(stage.field().get_attribute("aria-invalid"), None);
    }
}

#[wasm_bindgen_test]
async fn a_text_that_is_too_long_is_refused_with_a_hint() {
    let stage = Stage::new(code()).await;
    stage.paste("12345678");
    stage.settle().await;
    assert_eq!(stage.slots(), "      ");
    assert_eq!(stage.notice(), "That is too long: there are 6 digits.");
}

#[wasm_bindgen_test]
async fn undo_does_not_restore_digits() {
    let stage = Stage::new(pin()).await;
    stage.keys("7391");
    stage.delete("historyUndo");
    assert_eq!(stage.field().value(), "••••");
}
