//! The focus.

use leptos::prelude::document;
use sca_protocol::{
    Factor, Outcome,
    flow::{Choice, Notice, View},
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use super::stage::{Stage, code, pin, screen};

fn choose() -> sca_protocol::flow::Screen {
    screen(View::Choose {
        choices: vec![Choice {
            factor: Factor::Sms,
            usable: true,
            availability: sca_protocol::Availability::Available,
        }],
        starting: None,
        scanning: None,
        not_before: None,
    })
}

#[wasm_bindgen_test]
async fn the_first_screen_takes_no_focus_and_is_announced() {
    let stage = Stage::new(screen(View::Loading)).await;
    stage.show(pin()).await;
    assert!(!stage.has_focus(&stage.field()));
    assert_eq!(stage.announced(), "Enter your PIN");
}

#[wasm_bindgen_test]
async fn the_focus_follows_the_customer() {
    let stage = Stage::new(choose()).await;
    stage.press("Code by text message").await;
    stage.show(code()).await;
    assert!(stage.has_focus(&stage.field()), "digits can be typed at once");
    assert_eq!(stage.announced(), "", "the focus says it");
    stage.show(screen(View::Checking)).await;
    let checking = stage.one("h2");
    assert!(stage.has_focus(&checking));
    stage.show(screen(View::Done(Outcome::Approved))).await;
    let approved = stage.one("h2");
    assert_ne!(
        checking, approved,
        "the focus on an element that stays would tell nobody"
    );
    assert!(stage.has_focus(&approved));
    assert_eq!(stage.heading(), "Approved");
}

#[wasm_bindgen_test]
async fn the_focus_is_not_taken_from_another_part_of_the_page() {
    let elsewhere: HtmlElement = document().create_element("button").unwrap().unchecked_into();
    document().body().unwrap().append_child(&elsewhere).unwrap();
    let stage = Stage::new(choose()).await;
    stage.press("Code by text message").await;
    elsewhere.focus().unwrap();
    stage.show(code()).await;
    assert!(stage.has_focus(&elsewhere));
    assert_eq!(stage.announced(), "Enter your code", "it is announced instead");
    elsewhere.remove();
}

#[wasm_bindgen_test]
async fn the_next_challenge_of_the_same_kind_has_a_new_field() {
    let first = |number| {
        let mut screen = pin();
        screen.position = Some(sca_protocol::flow::ChallengePosition { number, of: Some(2) });
        screen
    };
    let stage = Stage::new(first(1)).await;
    stage.field().focus().unwrap();
    stage.keys("739");
    stage.show(first(2)).await;
    assert_eq!(stage.slots(), "    ");
    assert!(stage.has_focus(&stage.field()));
}

#[wasm_bindgen_test]
async fn a_change_of_the_same_view_keeps_typing_and_focus() {
    let stage = Stage::new(code()).await;
    let field = stage.field();
    field.focus().unwrap();
    stage.keys("739");
    stage
        .change(|screen| {
            screen.expires_at = Some(super::canned::NOW.plus_ms(40_000));
            screen.notice = Some(Notice::NotDelivered(Factor::Sms));
        })
        .await;
    assert_eq!(stage.field(), field);
    assert!(stage.has_focus(&field));
    assert_eq!(stage.slots(), "739   ");
}
