//! Properties of every screen.

use std::collections::HashSet;

use sca_protocol::{
    Outcome, Reason,
    flow::{Notice, View},
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    canned,
    stage::{Stage, Wish, pin, screen, text_of},
};

#[wasm_bindgen_test]
async fn every_screen_has_one_heading_and_one_polite_live_region() {
    for canned in canned::all() {
        let stage = Stage::new(canned.screen).await;
        assert!(!stage.heading().is_empty(), "{}", canned.name);
        let live = stage.all("[role=status], [role=alert], [role=log], [aria-live], output");
        assert_eq!(live.len(), 1, "{}", canned.name);
        assert_eq!(live[0].get_attribute("role").as_deref(), Some("status"));
    }
}

#[wasm_bindgen_test]
async fn every_aria_reference_has_an_element() {
    for canned in canned::all() {
        let stage = Stage::new(canned.screen).await;
        for name in ["aria-labelledby", "aria-describedby"] {
            for element in stage.all(&format!("[{name}]")) {
                for id in element.get_attribute(name).unwrap().split(' ') {
                    assert_eq!(
                        stage.all(&format!("[id='{id}']")).len(),
                        1,
                        "{}: {name}={id}",
                        canned.name
                    );
                }
            }
        }
    }
}

#[wasm_bindgen_test]
async fn every_cancellable_screen_has_a_cancel_button() {
    for canned in canned::all() {
        let can_cancel = canned.screen.can_cancel;
        let stage = Stage::new(canned.screen).await;
        assert_eq!(
            stage.buttons().iter().any(|name| name == "Cancel"),
            can_cancel,
            "{}",
            canned.name
        );
        if can_cancel {
            stage.press("Cancel").await;
            stage.seconds(1..=6).await;
            assert_eq!(stage.wishes(), [Wish::Cancel], "{}", canned.name);
        }
    }
}

#[wasm_bindgen_test]
async fn an_unreachable_server_can_be_retried() {
    let stage = Stage::new(screen(View::Unreachable)).await;
    stage.press("Try again").await;
    assert_eq!(stage.wishes(), [Wish::Retry]);
}

#[wasm_bindgen_test]
async fn another_factor_is_offered_if_there_is_one() {
    let stage = Stage::new(pin()).await;
    assert!(!stage.buttons().iter().any(|name| name == "Use another way"));
    stage
        .change(|screen| {
            if let View::Pin { other_factor, .. } = &mut screen.view {
                *other_factor = true;
            }
        })
        .await;
    stage.press("Use another way").await;
    assert_eq!(stage.wishes(), [Wish::OtherWay]);
}

#[wasm_bindgen_test]
async fn every_outcome_has_its_own_text() {
    let reasons = [
        Reason::TooManyAttempts,
        Reason::FactorBlocked,
        Reason::FactorNotSetUp,
        Reason::FactorCoolingOff,
        Reason::SessionEnded,
        Reason::ProviderRefused,
        Reason::Denied,
        Reason::Unclear,
        Reason::NotVerified,
        Reason::CodeFailed,
        Reason::Changed,
        Reason::Unsupported,
        Reason::Unreachable,
    ];
    let mut texts = HashSet::new();
    let stage = Stage::new(screen(View::Loading)).await;
    for reason in reasons {
        stage
            .show(screen(View::Done(Outcome::Failed(Some(reason.clone())))))
            .await;
        assert!(texts.insert(text_of(&stage.one(".sca-text"))), "{reason:?}");
    }
    for outcome in [
        Outcome::Approved,
        Outcome::Declined(None),
        Outcome::Cancelled,
        Outcome::Expired,
        Outcome::Failed(None),
    ] {
        stage.show(screen(View::Done(outcome.clone()))).await;
        assert!(texts.insert(text_of(&stage.one(".sca-text"))), "{outcome:?}");
    }
}

#[wasm_bindgen_test]
async fn an_unknown_reason_has_a_general_text() {
    let stage = Stage::new(screen(View::Done(Outcome::Failed(None)))).await;
    let general = text_of(&stage.one(".sca-text"));
    let unknown = Outcome::Failed(Some(Reason::from_name("moon-phase")));
    stage.show(screen(View::Done(unknown))).await;
    assert_eq!(text_of(&stage.one(".sca-text")), general);
}

#[wasm_bindgen_test]
async fn every_notice_has_its_own_text() {
    let stage = Stage::new(pin()).await;
    let mut texts = HashSet::new();
    for canned in canned::all() {
        let Some(notice) = canned.screen.notice else { continue };
        if let Notice::Wait { .. } = notice {
            continue;
        }
        let text = format!("{notice:?}");
        stage.change(|screen| screen.notice = Some(notice)).await;
        texts.insert((text, stage.notice()));
    }
    let notice: HashSet<&String> = texts.iter().map(|(_, notice)| notice).collect();
    assert_eq!(notice.len(), texts.len());
    assert!(notice.iter().all(|notice| !notice.is_empty()));
}
