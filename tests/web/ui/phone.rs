//! Waiting for the answer on the phone.

use sca_protocol::{
    Factor,
    flow::{Notice, Screen, View},
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    canned::{self, NOW},
    stage::{Stage, Wish, screen, text_of},
};

fn phone(factor: Factor, code_instead: Option<Factor>, other_factor: bool) -> Screen {
    screen(View::Phone {
        factor,
        expires_at: Some(NOW.plus_ms(300_000)),
        code_instead,
        other_factor,
    })
}

fn push() -> Screen {
    phone(Factor::Push, Some(Factor::Sms), false)
}

#[wasm_bindgen_test]
async fn the_screen_explains_the_phone_and_needs_no_input() {
    let stage = Stage::new(push()).await;
    assert_eq!(stage.heading(), "Approve on your phone");
    assert_eq!(stage.all("[role=list] li").len(), 3);
    assert!(text_of(&stage.one("[part~=text].sca-text")).starts_with("You do not need to press anything here"));
    assert_eq!(stage.all("input, a").len(), 0);
    assert_eq!(stage.buttons(), ["Use a code instead", "Cancel"]);
}

#[wasm_bindgen_test]
async fn a_biometric_request_asks_for_fingerprint_or_face() {
    let stage = Stage::new(push()).await;
    assert!(!text_of(&stage.one("ol")).contains("fingerprint"));
    stage.show(phone(Factor::Biometric, None, false)).await;
    assert!(text_of(&stage.one("ol")).contains("fingerprint or face"));
}

#[wasm_bindgen_test]
async fn a_code_or_another_factor_can_replace_the_request() {
    let stage = Stage::new(push()).await;
    stage.press("Use a code instead").await;
    assert_eq!(stage.wishes(), [Wish::Chosen(Factor::Sms)]);
    stage.show(phone(Factor::Push, None, true)).await;
    assert_eq!(stage.buttons(), ["Use another way", "Cancel"]);
    stage.press("Use another way").await;
    assert_eq!(stage.wishes(), [Wish::OtherWay]);
    stage.show(phone(Factor::Push, None, false)).await;
    assert_eq!(stage.buttons(), ["Cancel"]);
    stage.press("Cancel").await;
    assert_eq!(stage.wishes(), [Wish::Cancel]);
}

#[wasm_bindgen_test]
async fn the_last_minute_is_shown_every_second_and_announced_at_few_moments() {
    let stage = Stage::new(push()).await;
    let mut shown = Vec::new();
    let mut announced = Vec::new();
    for second in 0..=305 {
        stage.at(second * 1000).await;
        shown.push(text_of(&stage.one("[part~=life]")));
        announced.push(stage.announced());
    }
    announced.dedup();
    let minutes = |left| format!("Approve on your phone Please answer within {left}.");
    assert_eq!(
        announced,
        [
            minutes("5 minutes"),
            minutes("4 minutes"),
            minutes("3 minutes"),
            minutes("2 minutes"),
            minutes("60 seconds"),
            minutes("30 seconds"),
            "Approve on your phone We are checking your request. There is nothing to do now.".to_owned(),
        ]
    );
    assert_eq!(shown[180], "Please answer within 2 minutes.");
    assert_eq!(shown[181], "Please answer within 119 seconds.");
    assert_eq!(shown[299], "Please answer within 1 second.");
    assert!(shown[300].starts_with("We are checking your request."));
}

#[wasm_bindgen_test]
async fn a_request_without_a_known_expiry_is_shown() {
    let mut endless = push();
    if let View::Phone { expires_at, .. } = &mut endless.view {
        *expires_at = None;
    }
    let stage = Stage::new(endless).await;
    assert_eq!(stage.heading(), "Approve on your phone");
    assert_eq!(text_of(&stage.one("[part~=life]")), "");
    assert_eq!(stage.announced(), "Approve on your phone");
}

#[wasm_bindgen_test]
async fn the_focus_goes_to_the_heading_and_stays_while_time_passes() {
    let stage = Stage::new(screen(View::Choose {
        choices: vec![sca_protocol::flow::Choice {
            factor: Factor::Push,
            usable: true,
            availability: sca_protocol::Availability::Available,
        }],
        starting: None,
        scanning: None,
        not_before: None,
    }))
    .await;
    stage.press("Approval on your phone").await;
    stage.show(push()).await;
    let heading = stage.one("h2");
    assert!(stage.has_focus(&heading));
    stage.at(120_000).await;
    stage
        .change(|screen| {
            screen.notice = Some(Notice::Wait { until: NOW });
            if let View::Phone { expires_at, .. } = &mut screen.view {
                *expires_at = Some(NOW.plus_ms(400_000));
            }
        })
        .await;
    assert!(stage.has_focus(&heading));
    assert_eq!(stage.one("h2"), heading, "what stays is not made anew");
}

#[wasm_bindgen_test]
async fn a_factor_button_that_disappears_with_the_focus_keeps_the_focus_in_the_widget() {
    let stage = Stage::new(push()).await;
    stage.button("Use a code instead").focus().unwrap();
    stage.show(phone(Factor::Push, None, false)).await;
    assert_eq!(stage.buttons(), ["Cancel"]);
    assert!(stage.has_focus(&stage.one("h2")));
}

#[wasm_bindgen_test]
async fn the_amount_and_the_payee_are_shown_above_the_request() {
    for canned in canned::all() {
        if !matches!(canned.screen.view, View::Phone { .. }) {
            continue;
        }
        let stage = Stage::new(canned.screen).await;
        let summary = text_of(&stage.one("[part~=summary]"));
        for part in ["1250.00", "Brightside Studio GmbH", "4821"] {
            assert!(summary.contains(part), "{}: {summary}", canned.name);
        }
    }
}

#[wasm_bindgen_test]
async fn notices_about_a_request_do_not_call_it_a_code() {
    for (notice, text) in [
        (
            Notice::RequestExpired,
            "The request on your phone was not answered in time.",
        ),
        (Notice::NotDelivered(Factor::Push), "We could not send the request."),
        (
            Notice::NotDelivered(Factor::Biometric),
            "We could not send the request.",
        ),
    ] {
        let mut choices = screen(View::Choose {
            choices: Vec::new(),
            starting: None,
            scanning: None,
            not_before: None,
        });
        choices.notice = Some(notice);
        let stage = Stage::new(choices).await;
        assert!(stage.notice().starts_with(text), "{}", stage.notice());
        assert!(!stage.notice().contains("code"), "{}", stage.notice());
    }
}
