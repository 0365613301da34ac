//! What depends on the clock.

use sca_protocol::flow::{Notice, View};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    canned::NOW,
    stage::{Stage, Wish, code, pin, text_of},
};

/// What was announced, each change once, while the clock ran from one second to another.
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
    screen.expires_at = Some(NOW.plus(90_000));
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
async fn another_code_can_be_had_from_its_time_on() {
    let mut screen = code();
    if let View::Code { resend_at, .. } = &mut screen.view {
        *resend_at = NOW.plus(150_000);
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

#[wasm_bindgen_test]
async fn a_clock_that_jumps_back_shows_the_time_that_is_left() {
    let mut screen = pin();
    screen.expires_at = Some(NOW.plus(40_000));
    screen.notice = Some(Notice::NotReceived);
    let stage = Stage::new(screen).await;
    stage.at(35_000).await;
    stage.at(20_000).await;
    assert_eq!(text_of(&stage.one(".sca-expiry")), "This request ends in 20 seconds.");
}
