//! Languages.

use sca_protocol::flow::Notice;
use sca_widget::{browser::IntlFormats, driver::ports::Formats, ui::text::source};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    canned,
    stage::{Stage, code, language, pin, text_of},
};

#[wasm_bindgen_test]
fn every_tag_gives_a_language() {
    for (tag, understood, direction) in [
        ("en", "en", "ltr"),
        ("en-GB", "en-GB", "ltr"),
        ("EN_us", "en-us", "ltr"),
        ("ar", "ar", "rtl"),
        ("ar-EG", "ar-EG", "rtl"),
        ("ar-Arab-AE-u-nu-latn", "ar-Arab-AE", "rtl"),
        ("en-!!", "en", "ltr"),
    ] {
        let language = language(tag);
        assert_eq!((language.tag(), language.direction()), (understood, direction), "{tag}");
    }
}

#[wasm_bindgen_test]
fn every_language_names_the_plural_forms_that_the_browser_asks_for() {
    for (tag, source) in [
        ("en", include_str!("../../../src/ui/text/en.txt")),
        ("ar", include_str!("../../../src/ui/text/ar.txt")),
    ] {
        let phrases = source::phrases(source).unwrap();
        let (_, forms) = phrases.iter().find(|(name, _)| *name == "plurals").unwrap();
        let forms: Vec<&str> = forms.split(" | ").collect();
        let asked: Vec<String> = (0..=1_000).map(|n| IntlFormats.plural_category(tag, n)).collect();
        assert!(asked.iter().all(|category| forms.contains(&category.as_str())), "{tag}");
        assert!(
            forms.iter().all(|form| asked.iter().any(|category| category == form)),
            "{tag}"
        );
        assert_eq!(forms.last(), Some(&"other"), "it is for all that is not named");
    }
}

#[wasm_bindgen_test]
async fn every_screen_is_translated_to_arabic() {
    for canned in canned::all() {
        let stage = Stage::new(canned.screen).await;
        let english = phrases(&stage);
        stage.speak("ar-EG").await;
        let root = stage.one("[part~=root]");
        assert_eq!(root.get_attribute("lang").as_deref(), Some("ar-EG"));
        assert_eq!(root.get_attribute("dir").as_deref(), Some("rtl"));
        let arabic = phrases(&stage);
        assert_eq!(english.len(), arabic.len(), "{}", canned.name);
        for (english, arabic) in english.iter().zip(&arabic) {
            assert!(
                english.is_empty() || arabic.chars().any(|letter| ('\u{0621}'..='\u{064A}').contains(&letter)),
                "{}: {english:?} is {arabic:?}",
                canned.name
            );
            assert!(
                !arabic.contains(['{', '}']) && !english.contains(['{', '}']),
                "{}",
                canned.name
            );
        }
    }
}

/// All texts of the widget, without names and amounts.
fn phrases(stage: &Stage) -> Vec<String> {
    stage
        .all("h2, p, dt, button, a, .sca-closed span, .sca-point, summary")
        .iter()
        .map(text_of)
        .collect()
}

#[wasm_bindgen_test]
async fn a_change_of_language_keeps_typing_and_focus() {
    let stage = Stage::new(code()).await;
    let field = stage.field();
    field.focus().unwrap();
    stage.keys("739");
    stage.speak("ar").await;
    assert_eq!(stage.field(), field);
    assert!(stage.has_focus(&field));
    assert_eq!(stage.slots(), "739   ");
    assert_eq!(stage.heading(), "أدخل الرمز");
}

#[wasm_bindgen_test]
async fn plurals_follow_the_language() {
    let stage = Stage::new(pin()).await;
    let notice = async |attempts_left| {
        stage
            .change(|screen| {
                screen.notice = Some(Notice::Wrong {
                    attempts_left: Some(attempts_left),
                });
            })
            .await;
        stage.notice()
    };
    assert!(notice(2).await.ends_with("You have 2 attempts left."));
    stage.speak("ar").await;
    for (left, text) in [
        (2, "تتبقى لديك محاولتان."),
        (3, "تتبقى لديك 3 محاولات."),
        (10, "تتبقى لديك 10 محاولات."),
        (11, "تتبقى لديك 11 محاولة."),
        (100, "تتبقى لديك 100 محاولة."),
        (103, "تتبقى لديك 103 محاولات."),
    ] {
        assert!(notice(left).await.ends_with(text), "{left}");
    }
}

#[wasm_bindgen_test]
async fn numbers_stay_left_to_right_in_arabic() {
    let stage = Stage::new(code()).await;
    stage.speak("ar").await;
    assert_eq!(stage.one("[part~=field]").get_attribute("dir").as_deref(), Some("ltr"));
    let question = text_of(&stage.one("[id$=question]"));
    assert!(question.contains("\u{2066}*********8888\u{2069}"), "{question}");
}
