//! Dynamic linking: what is shown is what is approved (Delegated Regulation (EU) 2018/389, article 5).

use axum::http::header;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson, ENCRYPTED_PIN, TestEnv, Widget, assert_status, facesign_env::FaceSignEnv, read_approval,
    stubbed, weavr_env::WeavrEnv,
};

/// `shown` members that do not match: of another payment, of another approval, of a version that never was, and of nothing.
fn mismatches(shown: &Value, other: &Value) -> Vec<Value> {
    let with = |name: &str, value: Value| {
        let mut changed = shown.clone();
        changed[name] = value;
        changed
    };
    vec![
        other.clone(),
        with("digest", other["digest"].clone()),
        with("approval", other["approval"].clone()),
        with("version", json!(1_000_000)),
        with("digest", json!("")),
        with("digest", json!(shown.text("digest").to_uppercase())),
    ]
}

async fn assert_mismatches_are_refused(widget: &Widget, other: &Widget, path: &str, mut body: Value) {
    let (shown, other) = (widget.shown().await, other.shown().await);
    for shown in mismatches(&shown, &other) {
        body["shown"] = shown.clone();
        let reply = widget.post(path, &body).await;
        assert_eq!(reply.problem(), (409, "shown-mismatch"), "{path} {shown}");
    }
}

#[tokio::test]
async fn a_mismatched_verification_attempt_never_reaches_wise_and_costs_no_attempt() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let (_, other) = env.approval().await;
    let pin = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": widget.encrypt("1234").await}});
    assert_mismatches_are_refused(&widget, &other, "/verify", pin).await;
    assert_eq!(env.calls("pin-verify").await.len(), 0);
    assert_eq!(widget.snapshot().await.attempts_left(), None);

    widget.pin("1", "1234").await.ok();
    let start = json!({"challenge": "2", "factor": "sms"});
    assert_mismatches_are_refused(&widget, &other, "/start", start).await;
    assert_eq!(env.calls("code-trigger").await.len(), 0);
    widget.start("2", "sms").await.ok();
    let code = json!({"challenge": "2", "factor": "sms", "entry": {"code": "111111"}});
    assert_mismatches_are_refused(&widget, &other, "/verify", code).await;
    assert_eq!(env.calls("code-verify").await.len(), 0);
    let verified = widget.code("2", "sms", "111111").await.ok();
    assert_eq!(verified.approval().status(), "approved");
}

#[tokio::test]
async fn a_mismatched_call_never_reaches_weavr() {
    let env = WeavrEnv::start().await;
    let (widget, other) = (env.held_wire().await.2, env.held_wire().await.2);
    let start = json!({"challenge": "1", "factor": "sms"});
    assert_mismatches_are_refused(&widget, &other, "/start", start).await;
    widget.start("1", "sms").await.ok();
    let code = json!({"challenge": "1", "factor": "sms", "entry": {"code": "123456"}});
    assert_mismatches_are_refused(&widget, &other, "/verify", code).await;
    assert_status(&widget.snapshot().await, "pending");
}

#[tokio::test]
async fn a_mismatched_start_opens_no_face_session() {
    let env = FaceSignEnv::start().await;
    let (widget, other) = (env.hold("txn-shown").await, env.hold("txn-other").await);
    let start = json!({"challenge": "1", "factor": "face"});
    assert_mismatches_are_refused(&widget, &other, "/start", start).await;
    assert_eq!(env.sessions("txn-shown").await.len(), 0);
}

#[tokio::test]
async fn what_the_customer_saw_is_kept_as_evidence() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let shown = widget.shown().await;
    widget.pin("1", "9999").await.ok();
    widget.approve().await;
    let approval = read_approval(&widget.app, API_KEY, &widget.id).await.ok();
    assert_status(&approval, "approved");
    let evidence = approval["evidence"].as_array().unwrap();
    let passed: Vec<_> = evidence
        .iter()
        .map(|one| (one.text("challenge"), one.text("factor")))
        .collect();
    assert_eq!(passed, [("1", "pin"), ("2", "sms")]);
    for one in evidence {
        assert_eq!(
            (one.text("digest"), one.version()),
            (shown.text("digest"), shown.version())
        );
        assert!(one.number("at") > 0);
    }
}

#[tokio::test]
async fn a_verification_attempt_without_a_shown_member_is_an_invalid_request() {
    let (stub, widget) = stubbed().await;
    let body = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": ENCRYPTED_PIN}, "shown": null});
    assert_eq!(widget.post("/verify", &body).await.code(), "invalid-request");
    drop(stub);
}

#[tokio::test]
async fn no_response_to_a_widget_may_be_cached() {
    let (_, widget) = stubbed().await;
    for path in ["", "/encryption-key"] {
        let reply = widget.get(path).await;
        assert_eq!(reply.headers[header::VARY], "origin, authorization", "{path}");
        assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store, no-transform", "{path}");
    }
}
