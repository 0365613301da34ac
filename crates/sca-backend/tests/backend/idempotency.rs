use serde_json::json;

use crate::support::{World, stubbed};

const KEY: &str = "attempt-of-the-customer-1";

#[tokio::test]
async fn the_same_attempt_gives_the_same_answer_and_is_carried_out_once() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let jwe = widget.encrypt("9999").await;
    let body = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": jwe}}).to_string();
    let first = widget.post_as(KEY, "/verify", &body).await;
    let second = widget.post_as(KEY, "/verify", &body).await;
    assert_eq!(first.body["verdict"], "refused");
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_eq!(world.calls("pin-verify").await.len(), 1);
    assert_eq!(widget.snapshot().await["attemptsLeft"], 4);
}

#[tokio::test]
async fn the_answer_that_settled_the_approval_can_be_had_again() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    widget.pin("1", "1234").await.ok();
    widget.start("2", "sms").await.ok();
    let body = json!({"challenge": "2", "factor": "sms", "entry": {"code": "111111"}}).to_string();
    let first = widget.post_as(KEY, "/verify", &body).await;
    let again = widget.post_as(KEY, "/verify", &body).await;
    assert_eq!(again.body["approval"]["status"], "approved");
    assert_eq!(first.text, again.text);
}

#[tokio::test]
async fn a_key_is_for_one_body_and_one_route() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let body = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": widget.encrypt("9999").await}});
    widget.post_as(KEY, "/verify", &body.to_string()).await.ok();
    let other = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": widget.encrypt("1234").await}});
    assert_eq!(
        widget.post_as(KEY, "/verify", &other.to_string()).await.code(),
        "idempotency-key-reused"
    );
    assert_eq!(
        widget.post_as(KEY, "/cancel", "").await.code(),
        "idempotency-key-reused"
    );
    // Another approval's keys are its own.
    let (_, stranger) = world.approval().await;
    assert_eq!(stranger.post_as(KEY, "/cancel", "").await.ok()["status"], "cancelled");
    assert_eq!(widget.snapshot().await["status"], "pending");
}

#[tokio::test]
async fn what_was_not_carried_out_leaves_its_key_free() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let early = json!({"challenge": "2", "factor": "sms"}).to_string();
    assert_eq!(
        widget.post_as(KEY, "/start", &early).await.code(),
        "factor-not-available"
    );
    widget.pin("1", "1234").await.ok();
    assert_eq!(
        widget.post_as(KEY, "/start", &early).await.ok()["challenges"][1]["delivery"]["factor"],
        "sms"
    );
}

#[tokio::test]
async fn an_attempt_needs_a_name() {
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
    assert_eq!(widget.snapshot().await["status"], "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_one_attempt_at_once_are_carried_out_once() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
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
    assert_eq!(world.calls("pin-verify").await.len(), 1);
}
