//! Idempotency keys of a widget's calls.

use serde_json::json;

use crate::support::{ContractJson, TestEnv, assert_status, stubbed};

const KEY: &str = "attempt-of-the-customer-1";

#[tokio::test]
async fn a_repeated_idempotency_key_gets_the_same_answer_and_one_execution() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let jwe = widget.encrypt("9999").await;
    let body = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": jwe}}).to_string();
    let first = widget.post_as(KEY, "/verify", &body).await;
    let second = widget.post_as(KEY, "/verify", &body).await;
    assert_eq!(first.body["verdict"], "refused");
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_eq!(env.calls("pin-verify").await.len(), 1);
    assert_eq!(widget.snapshot().await.attempts_left(), Some(4));
}

#[tokio::test]
async fn the_response_that_settled_the_approval_is_replayed() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    widget.pin("1", "1234").await.ok();
    widget.start("2", "sms").await.ok();
    let body = json!({"challenge": "2", "factor": "sms", "entry": {"code": "111111"}}).to_string();
    let first = widget.post_as(KEY, "/verify", &body).await;
    let again = widget.post_as(KEY, "/verify", &body).await;
    assert_eq!(again.body.approval().status(), "approved");
    assert_eq!(first.text, again.text);
}

#[tokio::test]
async fn an_idempotency_key_is_for_one_body_and_one_route() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let body = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": widget.encrypt("9999").await}});
    widget.post_as(KEY, "/verify", &body.to_string()).await.ok();
    let other = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": widget.encrypt("1234").await}});
    assert_eq!(
        widget.post_as(KEY, "/verify", &other.to_string()).await.code(),
        "idempotency-key-reused"
    );
    for path in ["/cancel", "/deny"] {
        assert_eq!(widget.post_as(KEY, path, "").await.code(), "idempotency-key-reused");
    }
    // The same key may be used for another approval.
    let (_, other_widget) = env.approval().await;
    assert_eq!(
        other_widget.post_as(KEY, "/cancel", "").await.ok().status(),
        "cancelled"
    );
    assert_status(&widget.snapshot().await, "pending");
}

#[tokio::test]
async fn a_rejected_call_leaves_its_idempotency_key_unused() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let early = json!({"challenge": "2", "factor": "sms"}).to_string();
    assert_eq!(
        widget.post_as(KEY, "/start", &early).await.code(),
        "factor-not-available"
    );
    widget.pin("1", "1234").await.ok();
    assert_eq!(
        widget
            .post_as(KEY, "/start", &early)
            .await
            .ok()
            .challenge(1)
            .delivery()
            .unwrap()
            .text("factor"),
        "sms"
    );
}

#[tokio::test]
async fn an_invalid_idempotency_key_is_rejected() {
    let (_, widget) = stubbed().await;
    for key in [
        "short",
        "with spaces in the name",
        &"x".repeat(65),
        "emoji-emoji-emoji-é",
    ] {
        assert_eq!(
            widget.post_as(key, "/cancel", "").await.code(),
            "invalid-request",
            "{key}"
        );
    }
    assert_status(&widget.snapshot().await, "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_copies_of_one_call_execute_once() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let jwe = widget.encrypt("1234").await;
    let body = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": jwe}}).to_string();
    let copies: Vec<_> = (0..50)
        .map(|_| {
            let (widget, body) = (widget.clone(), body.clone());
            tokio::spawn(async move { widget.post_as(KEY, "/verify", &body).await })
        })
        .collect();
    for copy in copies {
        let reply = copy.await.unwrap();
        assert!(
            reply.body["verdict"] == "accepted" || reply.code() == "request-in-progress",
            "{}",
            reply.text
        );
    }
    assert_eq!(env.calls("pin-verify").await.len(), 1);
}
