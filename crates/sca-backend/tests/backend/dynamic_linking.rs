//! What is shown is what is approved (Delegated Regulation (EU) 2018/389, article 5).

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::support::{API_KEY, ENTRY, Widget, World, facesign_env::Faces, send, stubbed, weavr_env::Confirmations};

/// What a widget says that shows something else: another payment, another approval, a snapshot that was never told, nothing.
fn under_other_texts(shown: &Value, other: &Value) -> Vec<Value> {
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
        with("digest", json!(shown["digest"].as_str().unwrap().to_uppercase())),
    ]
}

async fn is_refused_under_other_texts(widget: &Widget, other: &Widget, path: &str, mut body: Value) {
    let (shown, other) = (widget.shown().await, other.shown().await);
    for shown in under_other_texts(&shown, &other) {
        body["shown"] = shown.clone();
        let reply = widget.post(path, &body).await;
        assert_eq!(
            (reply.status, reply.code()),
            (StatusCode::CONFLICT, "shown-mismatch"),
            "{path} {shown}"
        );
    }
}

async fn account(widget: &Widget) -> Value {
    let request = Request::get(format!("/v1/approvals/{}", widget.id))
        .header("x-api-key", API_KEY)
        .body(Body::empty());
    send(&widget.app, request.unwrap()).await.ok()
}

#[tokio::test]
async fn an_entry_under_another_text_never_reaches_wise_and_costs_no_attempt() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let (_, other) = world.approval().await;
    let pin = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": widget.encrypt("1234").await}});
    is_refused_under_other_texts(&widget, &other, "/verify", pin).await;
    assert_eq!(world.calls("pin-verify").await.len(), 0);
    assert_eq!(widget.snapshot().await["attemptsLeft"], Value::Null);

    widget.pin("1", "1234").await.ok();
    let start = json!({"challenge": "2", "factor": "sms"});
    is_refused_under_other_texts(&widget, &other, "/start", start).await;
    assert_eq!(world.calls("code-trigger").await.len(), 0);
    widget.start("2", "sms").await.ok();
    let code = json!({"challenge": "2", "factor": "sms", "entry": {"code": "111111"}});
    is_refused_under_other_texts(&widget, &other, "/verify", code).await;
    assert_eq!(world.calls("code-verify").await.len(), 0);
    let verified = widget.code("2", "sms", "111111").await.ok();
    assert_eq!(verified["approval"]["status"], "approved");
}

#[tokio::test]
async fn nothing_is_asked_of_weavr_under_another_text() {
    let world = Confirmations::start().await;
    let (widget, other) = (world.held_wire().await.2, world.held_wire().await.2);
    let start = json!({"challenge": "1", "factor": "sms"});
    is_refused_under_other_texts(&widget, &other, "/start", start).await;
    widget.start("1", "sms").await.ok();
    let code = json!({"challenge": "1", "factor": "sms", "entry": {"code": "123456"}});
    is_refused_under_other_texts(&widget, &other, "/verify", code).await;
    assert_eq!(widget.snapshot().await["status"], "pending");
}

#[tokio::test]
async fn no_face_session_is_opened_under_another_text() {
    let world = Faces::start().await;
    let (widget, other) = (world.hold("txn-shown").await, world.hold("txn-other").await);
    let start = json!({"challenge": "1", "factor": "face"});
    is_refused_under_other_texts(&widget, &other, "/start", start).await;
    assert_eq!(world.sessions("txn-shown").await.len(), 0);
}

#[tokio::test]
async fn what_the_payer_saw_is_kept_as_evidence() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let shown = widget.shown().await;
    widget.pin("1", "9999").await.ok();
    widget.approve().await;
    let account = account(&widget).await;
    assert_eq!(account["status"], "approved");
    let evidence = account["evidence"].as_array().unwrap();
    let steps: Vec<_> = evidence.iter().map(|one| (&one["challenge"], &one["factor"])).collect();
    assert_eq!(steps, [(&json!("1"), &json!("pin")), (&json!("2"), &json!("sms"))]);
    for one in evidence {
        assert_eq!((&one["digest"], &one["version"]), (&shown["digest"], &shown["version"]));
        assert!(one["at"].as_u64().unwrap() > 0);
    }
}

#[tokio::test]
async fn an_entry_that_does_not_say_what_was_shown_is_malformed() {
    let (stub, widget) = stubbed().await;
    let body = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": ENTRY}, "shown": null});
    assert_eq!(widget.post("/verify", &body).await.code(), "invalid-request");
    drop(stub);
}

#[tokio::test]
async fn every_answer_of_the_widgets_is_for_one_approval_and_kept_by_nobody() {
    let (_, widget) = stubbed().await;
    for path in ["", "/encryption-key"] {
        let reply = widget.get(path).await;
        assert_eq!(reply.headers[header::VARY], "origin, authorization", "{path}");
        assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store", "{path}");
    }
}
