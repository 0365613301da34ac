//! What the customer hears and sees while a call is in progress, and when "Cancel" was pressed.

use sca_protocol::{
    HostedChallenges, SessionUrl,
    flow::{Camera, HostedStage, Notice, Screen, View},
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    canned::NOW,
    stage::{Stage, Wish, code, pin, screen, submitting, text_of},
};

/// The same screen of an approval that ends in ten minutes.
fn open(screen: Screen) -> Screen {
    Screen {
        expires_at: Some(NOW.plus_ms(600_000)),
        ..screen
    }
}

#[wasm_bindgen_test]
async fn a_call_is_announced_once_and_once_more_when_it_takes_long() {
    let stage = Stage::new(open(pin())).await;
    stage.keys("7391");
    stage.press("Confirm").await;
    stage.show(submitting(open(pin()))).await;
    let mut heard = vec![stage.announced()];
    let mut labels = vec![stage.buttons().remove(0)];
    for second in 1..=20 {
        stage.at(second * 1_000).await;
        heard.push(stage.announced());
        labels.push(stage.buttons().remove(0));
    }
    heard.dedup();
    labels.dedup();
    assert_eq!(heard, ["Enter your PIN Confirming…", "Enter your PIN Still checking…"]);
    assert_eq!(labels, ["Confirming…", "Still checking…"]);
    stage.show(open(pin())).await;
    assert_eq!(stage.announced(), "Enter your PIN");
    // The next call has its own time.
    stage.at(21_000).await;
    stage.show(submitting(open(pin()))).await;
    assert_eq!(stage.announced(), "Enter your PIN Confirming…");
}

#[wasm_bindgen_test]
async fn cancel_can_be_undone_for_five_seconds_and_loses_no_digit() {
    let stage = Stage::new(open(code())).await;
    stage.keys("123");
    stage.press("Cancel").await;
    assert_eq!(
        stage.announced(),
        "Enter your code This request is about to be cancelled."
    );
    stage.seconds(1..=4).await;
    assert_eq!(stage.wishes(), [], "not yet");
    let undo = stage.button("Go on after all");
    assert!(stage.has_focus(&undo), "the button stays where it is");
    stage.press("Go on after all").await;
    assert_eq!(stage.announced(), "Enter your code");
    stage.seconds(5..=20).await;
    assert_eq!(stage.wishes(), [], "undone");
    assert_eq!(stage.slots(), "123   ");
    stage.keys("456");
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Code("123456".into())]);
}

#[wasm_bindgen_test]
async fn cancel_takes_effect_once_it_can_no_longer_be_undone() {
    let stage = Stage::new(open(pin())).await;
    stage.press("Cancel").await;
    stage.seconds(1..=30).await;
    assert_eq!(stage.wishes(), [Wish::Cancel]);
}

#[wasm_bindgen_test]
async fn a_customer_can_say_that_the_action_is_not_theirs_and_take_it_back() {
    let stage = Stage::new(open(code())).await;
    stage.keys("123");
    stage.press("This was not me").await;
    assert_eq!(
        stage.announced(),
        "Enter your code This request is about to be cancelled."
    );
    let undo = stage.button("Go on after all");
    assert!(stage.has_focus(&undo), "the button stays where it is");
    assert!(
        !stage.buttons().contains(&"Cancel".to_owned()),
        "one button takes it back"
    );
    stage.press("Go on after all").await;
    stage.seconds(1..=20).await;
    assert_eq!(stage.wishes(), [], "undone");
    assert_eq!(stage.slots(), "123   ");
    stage.press("This was not me").await;
    stage.seconds(21..=26).await;
    assert_eq!(stage.wishes(), [Wish::Deny]);
}

#[wasm_bindgen_test]
async fn a_customer_who_confirms_has_not_cancelled() {
    let stage = Stage::new(open(pin())).await;
    stage.keys("7391");
    stage.press("Cancel").await;
    stage.seconds(1..=2).await;
    stage.press("Confirm").await;
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);
    stage.seconds(3..=30).await;
    assert_eq!(stage.wishes(), []);
    assert!(stage.buttons().contains(&"Cancel".to_owned()));
}

#[wasm_bindgen_test]
async fn an_approval_that_ends_meanwhile_is_not_cancelled() {
    let stage = Stage::new(open(pin())).await;
    stage.press("Cancel").await;
    let done = Screen {
        can_cancel: false,
        ..open(pin())
    };
    stage.show(done).await;
    stage.seconds(1..=30).await;
    assert_eq!(stage.wishes(), []);
    assert_eq!(stage.announced(), "Enter your PIN");
}

#[wasm_bindgen_test]
async fn where_the_camera_may_be_on_cancel_takes_effect_at_once() {
    let shown = View::Hosted {
        camera: Camera::Ready,
        stage: HostedStage::Shown {
            url: SessionUrl::new("https://session.facesign.ai?cs=cs00".to_owned()),
            late: false,
        },
        step_failure: None,
        other_factor: false,
        here: HostedChallenges,
    };
    let stage = Stage::new(open(screen(shown))).await;
    stage.press("Cancel").await;
    assert_eq!(stage.wishes(), [Wish::Cancel]);
}

#[wasm_bindgen_test]
async fn when_no_more_codes_are_sent_the_widget_says_so_and_counts_nothing_down() {
    let mut last = open(code());
    if let View::Code { resend_at, .. } = &mut last.view {
        *resend_at = None;
    }
    let text = "No more codes can be sent for this request. The newest one works until it expires.";
    let stage = Stage::new(open(code())).await;
    stage.show(last).await;
    let button = stage.button("Get a new code");
    assert_eq!(button.get_attribute("aria-disabled").as_deref(), Some("true"));
    let id = button.get_attribute("aria-describedby").unwrap();
    assert_eq!(text_of(&stage.one(&format!("[id='{id}']"))), text);
    assert_eq!(stage.announced(), format!("Enter your code {text}"));
    assert_eq!(stage.notice(), "");
    stage.press("Get a new code").await;
    assert_eq!(stage.wishes(), []);
    stage.seconds(1..=60).await;
    assert_eq!(stage.announced(), format!("Enter your code {text}"), "said once");
}

#[wasm_bindgen_test]
async fn what_was_wrong_is_named_and_what_is_not_known_is_not_claimed() {
    let cases = [
        (
            pin(),
            Notice::Wrong { attempts_left: None },
            "That PIN is not right. Please check and try again.",
        ),
        (
            code(),
            Notice::Wrong { attempts_left: None },
            "That code is not right. Please check and try again.",
        ),
        (
            pin(),
            Notice::NoAnswer,
            "We got no clear answer. Please try again. The last try may have counted as an attempt.",
        ),
    ];
    for (screen, notice, text) in cases {
        let stage = Stage::new(Screen {
            notice: Some(notice),
            ..screen
        })
        .await;
        assert_eq!(stage.notice(), text);
    }
}
