//! Submitting, once.

use sca_protocol::{
    Factor, Timestamp,
    flow::{Notice, View},
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    canned::NOW,
    stage::{Stage, Wish, code, pin, submitting, text_of},
};

#[wasm_bindgen_test]
async fn return_twice_and_the_button_submit_once() {
    let stage = Stage::new(code()).await;
    stage.keys("123456");
    stage.submit();
    stage.submit();
    stage.press("Confirm").await;
    assert_eq!(stage.notice(), "", "a second Return is no mistake");
    stage.show(submitting(code())).await;
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Code("123456".into())]);
}

#[wasm_bindgen_test]
async fn the_button_submits() {
    let stage = Stage::new(pin()).await;
    stage.keys("7391");
    stage.press("Confirm").await;
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into())]);
}

#[wasm_bindgen_test]
async fn an_incomplete_entry_is_not_submitted() {
    let stage = Stage::new(code()).await;
    stage.keys("12345");
    stage.submit();
    stage.settle().await;
    assert_eq!(stage.wishes(), []);
    assert_eq!(stage.notice(), "Please enter all 6 digits.");
    assert_eq!(stage.slots(), "12345 ", "what was typed is kept");
    assert!(stage.has_focus(&stage.field()));
}

/// Whether a change of the notice is announced.
fn is_announced(stage: &Stage) -> bool {
    stage.one("[part~=notice]").get_attribute("aria-live").as_deref() != Some("off")
}

#[wasm_bindgen_test]
async fn what_is_wrong_is_said_once_by_the_field_or_else_by_the_notice() {
    let wrong = || sca_protocol::flow::Screen {
        notice: Some(Notice::Wrong { attempts_left: Some(2) }),
        ..pin()
    };
    let stage = Stage::new(pin()).await;
    for by_button in [true, false, true] {
        stage.field().focus().unwrap();
        stage.keys("7391");
        assert!(is_announced(&stage));
        if by_button {
            stage.press("Confirm").await;
        } else {
            stage.submit();
        }
        stage.show(submitting(pin())).await;
        stage.at(2_000).await;
        stage.show(wrong()).await;
        assert!(stage.has_focus(&stage.field()), "its description has the notice");
        assert_eq!(is_announced(&stage), !by_button);
        // Later changes come without a move of the focus.
        stage.at(5_000).await;
        assert!(is_announced(&stage));
    }
    stage.keys("73");
    stage.press("Confirm").await;
    assert_eq!(stage.notice(), "Please enter all 4 digits.");
    assert!(stage.has_focus(&stage.field()) && !is_announced(&stage));
}

#[wasm_bindgen_test]
async fn during_a_submission_nothing_can_be_typed_or_submitted() {
    let stage = Stage::new(code()).await;
    stage.field().focus().unwrap();
    stage.keys("123456");
    stage.submit();
    stage.show(submitting(code())).await;
    assert!(stage.has_focus(&stage.field()), "the focus stays");
    assert_eq!(stage.field().get_attribute("aria-disabled").as_deref(), Some("true"));
    assert!(!stage.field().disabled(), "a disabled field loses the focus");
    assert_eq!(stage.slots(), "••••••");
    assert_eq!(
        stage.button("Confirming…").get_attribute("aria-disabled").as_deref(),
        Some("true")
    );

    stage.keys("9");
    stage.paste("999999");
    stage.fill("999999");
    assert_eq!(stage.field().value(), "");
    stage.submit();
    stage.press("Use another way").await;
    stage.press("Get a new code").await;
    assert_eq!(stage.wishes(), [Wish::Code("123456".into())]);
}

#[wasm_bindgen_test]
async fn after_a_failed_attempt_the_customer_sees_why_and_can_type_at_once() {
    let stage = Stage::new(pin()).await;
    stage.keys("7391");
    stage.press("Confirm").await;
    stage.show(submitting(pin())).await;
    let mut wrong = pin();
    wrong.notice = Some(Notice::Wrong { attempts_left: Some(1) });
    stage.show(wrong).await;
    assert_eq!(
        stage.notice(),
        "That PIN is not right. Please check and try again. \
         This is your last attempt: after another wrong entry, the request is declined."
    );
    let field = stage.field();
    assert!(stage.has_focus(&field));
    assert_eq!(field.get_attribute("aria-invalid").as_deref(), Some("true"));
    let described_by = field.get_attribute("aria-describedby").unwrap();
    let notice = stage.one("[role=status] [part~=notice]").id();
    assert!(
        described_by.split(' ').any(|id| id == notice),
        "the error is tied to the field"
    );
    assert_eq!(stage.slots(), "    ");

    stage.keys("7392");
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Pin("7391".into()), Wish::Pin("7392".into())]);
}

#[wasm_bindgen_test]
async fn the_last_attempt_is_announced_before_it_also_after_a_return() {
    let last = "This is your last attempt: after another wrong entry, the request is declined.";
    let mut screen = code();
    screen.last_entry = true;
    let stage = Stage::new(screen.clone()).await;
    assert_eq!(stage.notice(), last);
    let described_by = stage.field().get_attribute("aria-describedby").unwrap();
    let explained = described_by
        .split(' ')
        .map(|id| text_of(&stage.one(&format!("[id='{id}']"))));
    assert!(explained.collect::<String>().contains(last), "the field is tied to it");

    stage.keys("12");
    stage.submit();
    stage.settle().await;
    assert_eq!(stage.notice(), format!("Please enter all 6 digits. {last}"));
    screen.notice = Some(Notice::Sent(Factor::Sms));
    stage.show(screen.clone()).await;
    assert_eq!(
        stage.notice(),
        format!("A new code is on its way by text message. Earlier codes no longer work. {last}")
    );
    screen.view = View::Checking;
    screen.notice = None;
    stage.show(screen).await;
    assert_eq!(stage.notice(), "", "nothing can be entered here");
}

#[wasm_bindgen_test]
async fn nothing_is_submitted_before_the_retry_after_is_over() {
    let stage = Stage::new(pin()).await;
    let until = NOW.plus_ms(2_000);
    stage
        .change(|screen| {
            screen.notice = Some(Notice::Wait { until });
            if let View::Pin { not_before, .. } = &mut screen.view {
                *not_before = Some(until);
            }
        })
        .await;
    stage.keys("7391");
    stage.submit();
    stage.press("Confirm").await;
    assert_eq!(stage.wishes(), []);
    let confirm = stage.button("Confirm");
    let explained = stage.page.query_selector(&format!(
        "[id='{}']",
        confirm.get_attribute("aria-describedby").unwrap()
    ));
    assert_eq!(
        explained.unwrap().unwrap().text_content().unwrap(),
        "You can go on in 2 seconds."
    );

    stage.at(2_000).await;
    assert_eq!(stage.button("Confirm").get_attribute("aria-disabled"), None);
    stage.submit();
    assert_eq!(
        stage.wishes(),
        [Wish::Pin("7391".into())],
        "what was typed meanwhile is kept"
    );
}

#[wasm_bindgen_test]
async fn a_new_code_empties_the_field_and_keeps_the_focus() {
    let stage = Stage::new(code()).await;
    stage.keys("123");
    stage.press("Get a new code").await;
    assert_eq!(stage.wishes(), [Wish::Resend]);
    stage
        .change(|screen| {
            if let View::Code { resending, .. } = &mut screen.view {
                *resending = true;
            }
        })
        .await;
    let button = stage.button("Getting a new code…");
    assert!(stage.has_focus(&button), "the button stays where it is");
    let mut sent = code();
    sent.notice = Some(Notice::Sent(Factor::Sms));
    if let View::Code { resend_at, .. } = &mut sent.view {
        *resend_at = Some(Timestamp(NOW.0 + 30_000));
    }
    stage.show(sent).await;
    assert_eq!(stage.slots(), "      ");
    assert_eq!(stage.field().value(), "");
    assert_eq!(
        stage.notice(),
        "A new code is on its way by text message. Earlier codes no longer work."
    );
}
