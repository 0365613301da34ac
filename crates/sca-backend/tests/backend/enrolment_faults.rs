//! Wise fails in the middle of an enrolment, or answers nothing. What may have been done is never called undone.

use std::{sync::Arc, time::Duration};

use axum::Router;
use sca_backend::routes;
use sca_runtime::clock::SystemClock;
use serde_json::{Value, json};
use sqlx::Row;

use crate::support::{
    API_KEY, ContractJson, ENCRYPTED_PIN, Reply, TestEnv, assert_problem,
    enrolment::{EnrolmentWidget, assert_pin, begin, state},
    idempotency_key, raw_connection,
    stub::{Stub, StubResponse},
    use_shared_database,
    waiting::until,
    wise_configuration,
};

const CREATE: &str = "POST /v2/profiles/16605/pin";
const DELETE: &str = "DELETE /v2/profiles/16605/pin";
const DEVICE: &str = "POST /v2/profiles/16605/device-fingerprints";

fn exists() -> StubResponse {
    StubResponse::json(409, "{}")
}

fn cannot_decrypt() -> StubResponse {
    StubResponse::json(500, r#"{"message":"An unexpected error occurred","request_id":"7"}"#)
}

/// A backend in front of a stub, and the widget of an enrolment.
async fn stubbed(folder: Option<&std::path::Path>) -> (Stub, EnrolmentWidget, sca_backend::config::Config) {
    let stub = Stub::start().await;
    let mut config = wise_configuration(&stub.base, "v2");
    config.wise.as_mut().unwrap().timeout = Duration::from_secs(1);
    config.enrolment.partner_step_up = true;
    if let Some(folder) = folder {
        use_shared_database(&mut config, folder);
    }
    let app: Router = routes::router(config.backend().await.unwrap());
    let order = json!({
        "customer": "ann", "accessToken": "canary-access-token", "profileId": "16605", "authorization": "partner",
    });
    let begun = begin(&app, API_KEY, &order).await.ok();
    (stub, EnrolmentWidget::new(&app, &begun), config)
}

fn encrypted() -> Value {
    json!({"jwe": ENCRYPTED_PIN})
}

async fn pin_state(widget: &EnrolmentWidget) -> String {
    state(&widget.snapshot().await, "pin").into()
}

#[tokio::test]
async fn a_call_without_an_answer_leaves_the_state_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let (stub, widget, config) = stubbed(Some(folder.path())).await;
    stub.respond(CREATE, StubResponse::never());
    let silent = widget.post("/pin", &encrypted()).await;
    assert_problem(&silent, 504, "provider-timeout");
    assert_eq!(pin_state(&widget).await, "unknown");
    for (response, status, code) in [
        (StubResponse::json(200, "<html>canary</html>"), 502, "provider-error"),
        (StubResponse::json(503, "{}"), 502, "provider-error"),
        (StubResponse::json(404, "{}"), 502, "provider-error"),
    ] {
        stub.respond(CREATE, response);
        assert_problem(&widget.post("/pin", &encrypted()).await, status, code);
        assert_eq!(pin_state(&widget).await, "unknown");
    }
    // The next answer shows that the lost call had set it, and the event is written.
    stub.respond(CREATE, exists());
    assert_pin(widget.post("/pin", &encrypted()).await, "already-enrolled", "enrolled");
    stub.respond(DELETE, StubResponse::never());
    assert_problem(&widget.remove_pin().await, 504, "provider-timeout");
    assert_eq!(pin_state(&widget).await, "unknown");
    stub.respond(DELETE, StubResponse::json(404, "{}"));
    assert_pin(widget.remove_pin().await, "not-enrolled", "not-enrolled");
    let rows = sqlx::query("SELECT kind FROM outbox ORDER BY kind")
        .fetch_all(&mut raw_connection(&config).await)
        .await
        .unwrap();
    let reported: Vec<&str> = rows.iter().map(|row| row.get("kind")).collect();
    assert_eq!(reported, ["factor.enrolled", "factor.removed"]);
}

#[tokio::test]
async fn a_call_that_was_not_executed_changes_nothing() {
    let (stub, widget, _) = stubbed(None).await;
    stub.respond(CREATE, exists());
    assert_pin(widget.post("/pin", &encrypted()).await, "already-enrolled", "enrolled");
    for (response, status, code) in [
        (StubResponse::json(401, "{}"), 409, "provider-session-ended"),
        (
            StubResponse::json(429, "{}").header("retry-after", "7"),
            429,
            "too-many-requests",
        ),
        (StubResponse::json(403, "{}"), 502, "provider-error"),
        (
            StubResponse::json(403, "").header("x-2fa-approval", "bb676aeb-7c4d-4930-bb55-ab949fd3fd87"),
            409,
            "step-up-required",
        ),
    ] {
        stub.respond(DELETE, response.clone());
        assert_problem(&widget.remove_pin().await, status, code);
        stub.respond(CREATE, response);
        assert_problem(&widget.post("/pin", &encrypted()).await, status, code);
        assert_eq!(pin_state(&widget).await, "enrolled");
    }
}

/// The first call finds the old PIN, the second removes it, and the third one sets the new PIN or fails.
#[tokio::test]
async fn a_change_whose_second_half_fails_says_that_the_old_pin_is_gone() {
    for (response, verdict, pin) in [
        (StubResponse::json(200, ""), "enrolled", "enrolled"),
        (StubResponse::json(422, "{}"), "replacement-failed", "not-enrolled"),
        (StubResponse::json(401, "{}"), "replacement-failed", "not-enrolled"),
        (StubResponse::json(429, "{}"), "replacement-failed", "not-enrolled"),
        (StubResponse::json(503, "{}"), "replacement-unknown", "unknown"),
        (
            StubResponse::json(200, "<html>canary</html>"),
            "replacement-unknown",
            "unknown",
        ),
        (cannot_decrypt(), "replacement-unknown", "unknown"),
        (StubResponse::never(), "replacement-unknown", "unknown"),
    ] {
        let (stub, widget, _) = stubbed(None).await;
        stub.respond_once(CREATE, exists());
        stub.respond(CREATE, response);
        stub.respond(DELETE, StubResponse::json(204, ""));
        let key = idempotency_key();
        let changed = widget.post_as(&key, "/pin/change", &encrypted()).await;
        // The answer is kept: a repetition must not remove the new PIN.
        let again = widget.post_as(&key, "/pin/change", &encrypted()).await;
        assert_eq!((changed.status, &changed.text), (again.status, &again.text));
        assert_pin(changed, verdict, pin);
        assert_eq!((stub.calls(CREATE), stub.calls(DELETE)), (2, 1));
        assert_eq!(pin_state(&widget).await, pin);
    }
}

#[tokio::test]
async fn a_change_whose_first_half_fails_keeps_the_old_pin() {
    for (response, status, code, pin) in [
        (StubResponse::json(401, "{}"), 409, "provider-session-ended", "enrolled"),
        (StubResponse::never(), 504, "provider-timeout", "unknown"),
        (StubResponse::json(500, "{}"), 502, "provider-error", "unknown"),
    ] {
        let (stub, widget, _) = stubbed(None).await;
        stub.respond(CREATE, exists());
        assert_pin(widget.post("/pin", &encrypted()).await, "already-enrolled", "enrolled");
        stub.respond(DELETE, response);
        assert_problem(&widget.post("/pin/change", &encrypted()).await, status, code);
        assert_eq!(stub.calls(CREATE), 2);
        assert_eq!(pin_state(&widget).await, pin);
    }
    let (stub, widget, _) = stubbed(None).await;
    stub.respond(CREATE, exists());
    stub.respond(DELETE, StubResponse::json(400, "{}"));
    let rejected = widget.post("/pin/change", &encrypted()).await.ok();
    assert_eq!(rejected.text("verdict"), "rejected");
}

/// The provider shows that it cannot decrypt before the old PIN is removed.
#[tokio::test]
async fn a_stale_key_is_fetched_again_and_costs_no_pin() {
    let env = TestEnv::with("v2", Arc::new(SystemClock), |config| {
        config.enrolment.partner_step_up = true
    })
    .await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    widget.key().await;
    assert_eq!(env.calls("public-key").await.len(), 1);
    for path in ["/pin", "/pin/change"] {
        let stale = widget.post(path, &encrypted()).await.ok();
        assert_eq!(stale.text("verdict"), "key-stale");
        assert!(stale["relayed"].is_null());
    }
    assert!(env.calls("pin-delete").await.is_empty());
    assert_eq!(env.state_of(&customer).await["pinSet"], true);
    widget.key().await;
    assert_eq!(env.calls("public-key").await.len(), 2);
    assert_pin(widget.change_pin("2468").await, "enrolled", "enrolled");
    let device = json!({"jwe": ENCRYPTED_PIN, "name": "Laptop"});
    let stale = widget.post("/devices", &device).await.ok();
    assert_eq!(stale.text("verdict"), "key-stale");
}

#[tokio::test]
async fn a_device_call_without_an_answer_leaves_the_state_unknown() {
    let (stub, widget, _) = stubbed(None).await;
    let device = json!({"jwe": ENCRYPTED_PIN, "name": "Laptop"});
    let device_state = async || state(&widget.snapshot().await, "device").to_owned();
    for (response, status, code) in [
        (StubResponse::never(), 504, "provider-timeout"),
        (StubResponse::json(200, "{}"), 502, "provider-error"),
        (StubResponse::json(200, ""), 502, "provider-error"),
    ] {
        stub.respond(DEVICE, response);
        assert_problem(&widget.post("/devices", &device).await, status, code);
        assert_eq!(device_state().await, "unknown");
    }
    stub.respond(DEVICE, exists());
    let again = widget.post("/devices", &device).await.ok();
    assert_eq!(again.text("verdict"), "already-enrolled");
    assert_eq!(device_state().await, "enrolled");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_calls_at_once_one_is_refused() {
    let (stub, widget, _) = stubbed(None).await;
    stub.respond(CREATE, StubResponse::never());
    stub.respond(DELETE, StubResponse::json(204, ""));
    let first = tokio::spawn({
        let widget = widget.clone();
        async move { widget.post("/pin", &encrypted()).await }
    });
    until("the first call to reach the provider", async || stub.calls(CREATE) == 1).await;
    // The call in flight decides.
    assert_eq!(pin_state(&widget).await, "unknown");
    for path in ["/pin/remove", "/devices/0b8e6a0c-0a43-4d5b-8f3f-0d7a0b6c1a11/record"] {
        let refused: Reply = widget.post(path, &json!({})).await;
        assert_problem(&refused, 409, "request-in-progress");
    }
    assert_eq!(stub.calls(DELETE), 0);
    assert_problem(&first.await.unwrap(), 504, "provider-timeout");
    assert_pin(widget.remove_pin().await, "removed", "not-enrolled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_hangs_up_does_not_interrupt_a_change() {
    let env = TestEnv::with("v2", Arc::new(SystemClock), |config| {
        config.enrolment.partner_step_up = true
    })
    .await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    let body = widget.pin_body("2468").await;
    let slow = json!({"kind": "slow", "milliseconds": 300});
    env.fault(&customer, "pin-delete", 1, "before", slow).await;
    let key = idempotency_key();
    let calling = tokio::spawn({
        let (widget, key, body) = (widget.clone(), key.clone(), body.clone());
        async move { widget.post_as(&key, "/pin/change", &body).await }
    });
    until("the removal to reach the provider", async || {
        !env.calls("pin-delete").await.is_empty()
    })
    .await;
    calling.abort();
    until("the new PIN to be set", async || pin_state(&widget).await == "enrolled").await;
    // The retry finds the answer.
    until("the answer to be stored", async || {
        widget.post_as(&key, "/pin/change", &body).await.code() != "request-in-progress"
    })
    .await;
    assert_pin(widget.post_as(&key, "/pin/change", &body).await, "enrolled", "enrolled");
    assert_eq!(env.calls("pin-create").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_that_ends_during_a_call_still_records_its_answer() {
    let env = TestEnv::with("v2", Arc::new(SystemClock), |config| {
        config.enrolment.partner_step_up = true
    })
    .await;
    let customer = env.customer(json!({"pin": null})).await;
    let widget = env.enrolment(&customer).await;
    let body = widget.pin_body("2468").await;
    let slow = json!({"kind": "slow", "milliseconds": 300});
    env.fault(&customer, "pin-create", 1, "after", slow).await;
    let calling = tokio::spawn({
        let widget = widget.clone();
        async move { widget.post("/pin", &body).await }
    });
    until("the call to reach the provider", async || {
        !env.calls("pin-create").await.is_empty()
    })
    .await;
    assert_eq!(widget.end().await.ok().text("status"), "ended");
    let answer = calling.await.unwrap().ok();
    assert_eq!(
        (answer.text("verdict"), answer["enrolment"].text("status")),
        ("enrolled", "ended")
    );
    assert_problem(&widget.get("").await, 401, "unauthorized");
}
