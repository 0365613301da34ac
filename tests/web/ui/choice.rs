//! Choosing a factor.

use sca_protocol::{
    Availability, Factor, Timestamp,
    flow::{Choice, Notice, Screen, View},
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    canned::NOW,
    stage::{Stage, Wish, screen, text_of},
};

fn choose(starting: Option<Factor>, not_before: Option<Timestamp>) -> Screen {
    let usable = |factor| Choice {
        factor,
        usable: true,
        availability: Availability::Available,
    };
    let closed = |factor, availability| Choice {
        factor,
        usable: false,
        availability,
    };
    screen(View::Choose {
        choices: vec![
            usable(Factor::Sms),
            usable(Factor::Voice),
            closed(Factor::Pin, Availability::Blocked),
            closed(Factor::WhatsApp, Availability::NotSetUp),
            closed(Factor::Device, Availability::CoolingOff),
            closed(Factor::from_name("carrier-pigeon"), Availability::Available),
            closed(Factor::Push, Availability::from_name("on-holiday")),
        ],
        starting,
        scanning: None,
        not_before,
    })
}

#[wasm_bindgen_test]
async fn one_press_chooses() {
    let stage = Stage::new(choose(None, None)).await;
    assert_eq!(
        stage.buttons(),
        ["Code by text message", "Code by phone call", "Cancel"]
    );
    stage.press("Code by phone call").await;
    assert_eq!(stage.wishes(), [Wish::Chosen(Factor::Voice)]);
}

#[wasm_bindgen_test]
async fn an_unavailable_factor_says_why() {
    let stage = Stage::new(choose(None, None)).await;
    let closed: Vec<String> = stage.all("[part~=choice-closed]").iter().map(text_of).collect();
    assert_eq!(
        closed,
        [
            "PINBlocked for now, after too many wrong entries",
            "Code by WhatsApp messageNot set up",
            "This deviceNew, so it cannot be used yet",
            "Another wayNot possible here",
            "Approval on your phoneNot possible here",
        ]
    );
    assert!(
        !stage.page.inner_html().contains("carrier-pigeon"),
        "no name of ours is shown"
    );
}

#[wasm_bindgen_test]
async fn while_a_code_is_being_sent_no_other_factor_can_be_chosen() {
    let stage = Stage::new(choose(Some(Factor::Sms), None)).await;
    stage.press("Sending…").await;
    stage.press("Code by phone call").await;
    assert_eq!(stage.wishes(), []);
    stage.press("Cancel").await;
    assert_eq!(stage.wishes(), [Wish::Cancel]);
}

#[wasm_bindgen_test]
async fn nothing_is_sent_before_the_retry_after_is_over() {
    let until = NOW.plus_ms(3_000);
    let mut waiting = choose(None, Some(until));
    waiting.notice = Some(Notice::Wait { until });
    let stage = Stage::new(waiting).await;
    stage.press("Code by text message").await;
    assert_eq!(stage.wishes(), []);
    stage.at(3_000).await;
    stage.press("Code by text message").await;
    assert_eq!(stage.wishes(), [Wish::Chosen(Factor::Sms)]);
}
