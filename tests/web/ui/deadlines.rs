//! Texts and announcements that depend on the clock.

use sca_protocol::flow::{Notice, Screen, View};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    canned::NOW,
    stage::{Stage, Wish, code, pin, text_of},
};

/// The announcements, each change once, while the clock runs through these seconds.
async fn announcements(stage: &Stage, seconds: std::ops::RangeInclusive<u64>) -> Vec<String> {
    let mut heard = vec![stage.announced()];
    for second in seconds {
        stage.at(second * 1000).await;
        let announced = stage.announced();
        if heard.last() != Some(&announced) {
            heard.push(announced);
        }
    }
    heard
}

#[wasm_bindgen_test]
async fn the_end_is_shown_every_second_and_announced_three_times() {
    let mut screen = pin();
    screen.expires_at = Some(NOW.plus_ms(90_000));
    let stage = Stage::new(screen).await;
    let shown = || text_of(&stage.one(".sca-expiry"));
    assert_eq!(shown(), "", "there is time enough");
    stage.at(30_000).await;
    assert_eq!(shown(), "This request ends in 60 seconds.");
    stage.at(89_000).await;
    assert_eq!(shown(), "This request ends in 1 second.");
    stage.at(90_000).await;
    assert_eq!(shown(), "");

    stage.at(0).await;
    assert_eq!(
        announcements(&stage, 1..=89).await,
        [
            "Enter your PIN",
            "Enter your PIN This request ends in 60 seconds.",
            "Enter your PIN This request ends in 30 seconds.",
            "Enter your PIN This request ends in 10 seconds.",
        ]
    );
}

#[wasm_bindgen_test]
async fn another_code_can_be_requested_after_the_wait() {
    let mut screen = code();
    if let View::Code { resend_at, .. } = &mut screen.view {
        *resend_at = Some(NOW.plus_ms(150_000));
    }
    let stage = Stage::new(screen).await;
    let explanation = |stage: &Stage| {
        let id = stage
            .button("Get a new code")
            .get_attribute("aria-describedby")
            .unwrap();
        text_of(&stage.one(&format!("[id='{id}']")))
    };
    assert_eq!(explanation(&stage), "You can get a new code in 3 minutes.");
    stage.at(90_000).await;
    assert_eq!(explanation(&stage), "You can get a new code in 60 seconds.");
    stage.press("Get a new code").await;
    assert_eq!(stage.wishes(), []);
    assert_eq!(
        announcements(&stage, 91..=155).await,
        ["Enter your code", "Enter your code You can get a new code now."]
    );
    assert_eq!(explanation(&stage), "");
    stage.press("Get a new code").await;
    assert_eq!(stage.wishes(), [Wish::Resend]);
}

/// A code that expires after five minutes.
fn living_code() -> Screen {
    let mut screen = code();
    if let View::Code { expires_at, .. } = &mut screen.view {
        *expires_at = Some(NOW.plus_ms(300_000));
    }
    screen
}

#[wasm_bindgen_test]
async fn the_time_to_live_of_a_code_is_shown_to_its_end_and_announced_at_few_moments() {
    let stage = Stage::new(living_code()).await;
    let shown = || text_of(&stage.one("[part~=life]"));
    for (seconds, text) in [
        (0, "The code works for another 5 minutes."),
        (1, "The code works for another 4 minutes."),
        (179, "The code works for another 2 minutes."),
        (181, "The code works for another 119 seconds."),
        (299, "The code works for another 1 second."),
        (300, "The code has expired."),
        (1000, "The code has expired."),
    ] {
        stage.at(seconds * 1000).await;
        assert_eq!(shown(), text, "never more than it does");
    }

    stage.at(0).await;
    let heard = announcements(&stage, 1..=310).await;
    let of_life = heard.iter().map(|text| text.replace("Enter your code", ""));
    assert_eq!(
        of_life.collect::<Vec<_>>(),
        [
            " The code works for another 5 minutes.",
            " The code works for another 4 minutes.",
            " The code works for another 3 minutes.",
            " The code works for another 2 minutes.",
            " The code works for another 60 seconds.",
            " The code works for another 30 seconds.",
            " The code has expired.",
        ]
    );
}

#[wasm_bindgen_test]
async fn an_expired_code_is_not_submitted_and_another_one_can_be_requested_at_once() {
    let stage = Stage::new(living_code()).await;
    let is_idle = |name: &str| stage.button(name).get_attribute("aria-disabled").is_some();
    stage.keys("123456");
    stage.at(299_000).await;
    assert!(!is_idle("Confirm"));
    stage.at(300_000).await;
    assert!(is_idle("Confirm"));
    stage.press("Confirm").await;
    stage.submit();
    assert_eq!(stage.wishes(), [], "neither the button nor Return uses an attempt");
    assert_eq!(stage.slots(), "123456", "and what was typed can be read again");
    assert!(!is_idle("Get a new code"));
    stage.press("Get a new code").await;
    assert_eq!(stage.wishes(), [Wish::Resend]);
}

#[wasm_bindgen_test]
async fn text_that_changes_every_second_does_not_describe_the_field() {
    let stage = Stage::new(living_code()).await;
    let description = || {
        let ids = stage.field().get_attribute("aria-describedby").unwrap();
        let texts = ids.split(' ').map(|id| text_of(&stage.one(&format!("[id='{id}']"))));
        texts.collect::<Vec<_>>()
    };
    let before = description();
    for second in 1..=300 {
        stage.at(second * 1000).await;
        assert_eq!(description(), before, "a screen reader would say it again");
    }
}

#[wasm_bindgen_test]
async fn a_code_expires_no_later_than_its_approval() {
    let mut screen = living_code();
    screen.expires_at = Some(NOW.plus_ms(100_000));
    let stage = Stage::new(screen).await;
    assert_eq!(
        text_of(&stage.one("[part~=life]")),
        "The code works for another 100 seconds."
    );
    stage.at(45_000).await;
    assert_eq!(
        stage.announced(),
        "Enter your code This request ends in 55 seconds.",
        "once is enough"
    );
}

#[wasm_bindgen_test]
async fn a_new_code_has_its_own_time_to_live() {
    let stage = Stage::new(living_code()).await;
    stage.at(300_000).await;
    stage
        .change(|screen| {
            if let View::Code { expires_at, .. } = &mut screen.view {
                *expires_at = Some(NOW.plus_ms(600_000));
            }
        })
        .await;
    assert_eq!(
        text_of(&stage.one("[part~=life]")),
        "The code works for another 5 minutes."
    );
    stage.keys("123456");
    stage.submit();
    assert_eq!(stage.wishes(), [Wish::Code("123456".into())]);
}

#[wasm_bindgen_test]
async fn after_a_clock_jump_the_remaining_time_is_shown() {
    let mut screen = pin();
    screen.expires_at = Some(NOW.plus_ms(40_000));
    screen.notice = Some(Notice::NotReceived);
    let stage = Stage::new(screen).await;
    stage.at(35_000).await;
    stage.at(20_000).await;
    assert_eq!(text_of(&stage.one(".sca-expiry")), "This request ends in 20 seconds.");
}
