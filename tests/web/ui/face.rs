//! The face check.

use leptos::web_sys::HtmlAnchorElement;
use sca_protocol::{
    Factor, HostedChallenges, SessionUrl, StepFailure,
    flow::{Camera, HostedStage, Notice, Screen, View},
};
use sca_widget::ui::HostedLink;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    canned::{self, NOW},
    stage::{Stage, Wish, screen, text_of},
};

const URL: &str = "https://session.facesign.ai?cs=cscanary";

fn url() -> SessionUrl {
    SessionUrl::new(URL.to_owned())
}

fn face(camera: Camera, stage: HostedStage, step_failure: Option<StepFailure>) -> Screen {
    screen(View::Hosted {
        camera,
        stage,
        step_failure,
        other_factor: true,
        here: HostedChallenges,
    })
}

fn explaining() -> Screen {
    face(Camera::Ready, HostedStage::Explaining { not_before: None }, None)
}

fn shown(late: bool) -> Screen {
    face(Camera::Ready, HostedStage::Shown { url: url(), late }, None)
}

fn elsewhere() -> Screen {
    face(Camera::Ready, HostedStage::Elsewhere { url: url() }, None)
}

fn link(stage: &Stage) -> HtmlAnchorElement {
    stage.one("a").unchecked_into()
}

#[wasm_bindgen_test]
async fn nothing_is_opened_before_the_customer_begins() {
    let stage = Stage::new(explaining()).await;
    assert!(text_of(&stage.one("ul")).contains("camera and microphone"));
    assert_eq!(stage.frames(), [] as [&str; 0]);
    assert_eq!(stage.all("a, iframe").len(), 0);
    stage.press("Start the check").await;
    assert_eq!(stage.wishes(), [Wish::FaceHere]);
    stage.show(face(Camera::Ready, HostedStage::Opening, None)).await;
    stage.press("Opening…").await;
    stage.press("Use another way").await;
    assert_eq!(stage.wishes(), [], "one thing at a time");
    stage.press("Cancel").await;
    assert_eq!(stage.wishes(), [Wish::Cancel]);
}

#[wasm_bindgen_test]
async fn the_check_does_not_start_before_the_retry_after_is_over() {
    let not_before = Some(NOW.plus_ms(3_000));
    let stage = Stage::new(face(Camera::Ready, HostedStage::Explaining { not_before }, None)).await;
    stage.press("Start the check").await;
    assert_eq!(stage.wishes(), []);
    stage.at(3_000).await;
    stage.press("Start the check").await;
    assert_eq!(stage.wishes(), [Wish::FaceHere]);
}

#[wasm_bindgen_test]
async fn the_frame_exists_exactly_while_its_screen_is_shown() {
    let mut stage = Stage::new(explaining()).await;
    stage.show(shown(false)).await;
    assert_eq!(stage.frames(), [format!("Face check by FaceSign opens {URL}")]);
    stage.show(shown(true)).await;
    stage
        .change(|screen| screen.notice = Some(Notice::Wait { until: NOW }))
        .await;
    assert_eq!(
        stage.frames(),
        [] as [&str; 0],
        "a frame that were made anew would start again"
    );
    stage.speak("ar").await;
    assert_eq!(stage.frames(), ["is called التحقق من الوجه لدى FaceSign"]);
    stage.show(screen(View::Checking)).await;
    assert_eq!(stage.frames(), ["closes"]);
    stage.show(shown(false)).await;
    stage.frames();
    let other = SessionUrl::new(format!("{URL}2"));
    stage
        .show(face(
            Camera::Ready,
            HostedStage::Shown {
                url: other,
                late: false,
            },
            None,
        ))
        .await;
    assert_eq!(
        stage.frames(),
        [
            "closes".to_owned(),
            format!("التحقق من الوجه لدى FaceSign opens {URL}2")
        ]
    );
    stage.unmount();
    stage.settle().await;
    assert_eq!(stage.frames(), ["closes"]);
}

#[wasm_bindgen_test]
async fn cancel_and_another_factor_are_offered_beside_the_frame() {
    let stage = Stage::new(shown(false)).await;
    stage.press("Use another way").await;
    stage.press("Cancel").await;
    assert_eq!(stage.wishes(), [Wish::OtherWay, Wish::Cancel]);
    stage
        .change(|screen| {
            if let View::Hosted { other_factor, .. } = &mut screen.view {
                *other_factor = false;
            }
        })
        .await;
    assert_eq!(stage.buttons(), ["Cancel"]);
}

#[wasm_bindgen_test]
async fn the_link_opens_the_check_without_referrer_and_opener() {
    for (screen, opening, label, target) in [
        (shown(false), HostedLink::NewTab, "Open in a new tab", "_blank"),
        (elsewhere(), HostedLink::NewTab, "Open in a new tab", "_blank"),
        (shown(true), HostedLink::SameTab, "Open as a page of its own", "_self"),
    ] {
        let stage = Stage::with_link(screen, opening).await;
        let link = link(&stage);
        assert_eq!(link.text_content().as_deref(), Some(label));
        assert_eq!(link.get_attribute("href").as_deref(), Some(URL));
        assert_eq!(link.target(), target);
        assert_eq!(link.rel(), "noopener noreferrer");
        assert_eq!(link.get_attribute("referrerpolicy").as_deref(), Some("no-referrer"));
        // The test's page must not navigate.
        link.set_attribute("href", "#").unwrap();
        link.set_target("_self");
        link.click();
        stage.settle().await;
        assert_eq!(stage.wishes(), [Wish::TabWanted]);
    }
}

#[wasm_bindgen_test]
async fn a_camera_problem_is_explained_and_the_customer_can_still_try() {
    for (camera, text) in [
        (Camera::Refused, "Your browser keeps the camera from this site."),
        (Camera::Missing, "We found no camera."),
    ] {
        let stage = Stage::new(explaining()).await;
        assert_eq!(stage.notice(), "");
        stage
            .show(face(camera, HostedStage::Explaining { not_before: None }, None))
            .await;
        assert!(stage.notice().starts_with(text), "{}", stage.notice());
        stage.press("Start the check").await;
        assert_eq!(stage.wishes(), [Wish::FaceHere]);
    }
    for camera in [Camera::Unknown, Camera::Ready] {
        let stage = Stage::new(face(camera, HostedStage::Explaining { not_before: None }, None)).await;
        assert_eq!(stage.notice(), "");
    }
}

#[wasm_bindgen_test]
async fn if_a_frame_would_not_work_the_check_opens_in_another_tab() {
    let blocked = face(
        Camera::BlockedByPolicy,
        HostedStage::Explaining { not_before: None },
        None,
    );
    let mut lost = explaining();
    lost.notice = Some(Notice::FrameLost);
    for screen in [blocked, lost] {
        let stage = Stage::new(screen).await;
        assert!(stage.notice().contains("on a page of its own"), "{}", stage.notice());
        stage.press("Start the check").await;
        assert_eq!(stage.wishes(), [Wish::TabWanted]);
    }
}

#[wasm_bindgen_test]
async fn every_failure_says_what_to_do_next() {
    let mut texts = std::collections::HashSet::new();
    for step_failure in [
        StepFailure::NoFace,
        StepFailure::Inconclusive,
        StepFailure::CodeNotDelivered,
        StepFailure::Abandoned,
        StepFailure::SessionExpired,
        StepFailure::from_name("eclipse"),
    ] {
        let stage = Stage::new(face(
            Camera::Missing,
            HostedStage::Explaining { not_before: None },
            Some(step_failure),
        ))
        .await;
        let text = stage.notice();
        assert!(text.contains("We found no camera."), "neither hides the other: {text}");
        assert!(text.contains("start"), "{text}");
        assert!(texts.insert(text));
    }
}

#[wasm_bindgen_test]
async fn a_check_that_does_not_load_is_reported_without_moving_the_focus() {
    let stage = Stage::new(explaining()).await;
    stage.press("Start the check").await;
    stage.show(shown(false)).await;
    let heading = stage.one("h2");
    assert!(stage.has_focus(&heading), "the next stop is the frame");
    assert_eq!(stage.announced(), "");
    stage.show(shown(true)).await;
    assert!(stage.announced().starts_with("The check takes long to load."));
    assert!(stage.has_focus(&heading));
    stage.show(shown(false)).await;
    assert_eq!(stage.announced(), "");
}

#[wasm_bindgen_test]
async fn a_session_that_was_not_opened_is_not_called_a_code() {
    let mut screen = explaining();
    screen.notice = Some(Notice::NotDelivered(Factor::Face));
    let stage = Stage::new(screen).await;
    assert!(stage.notice().starts_with("The check could not be opened."));
}

#[wasm_bindgen_test]
async fn the_amount_and_the_payee_are_shown_at_every_stage() {
    for canned in canned::all() {
        if !matches!(canned.screen.view, View::Hosted { .. }) {
            continue;
        }
        let stage = Stage::new(canned.screen).await;
        let summary = text_of(&stage.one("[part~=summary]"));
        for part in ["50000.00", "Acme Corp", "7890"] {
            assert!(summary.contains(part), "{}: {summary}", canned.name);
        }
    }
}
