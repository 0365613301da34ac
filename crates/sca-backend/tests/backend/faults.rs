//! Whatever the provider answers: one clear problem, and the approval can still be used.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{ENTRY, World, stub::Says, stubbed, waiting::until_so};

/// The entry is met by a fault; after it the approval is pending and the same entry is accepted.
async fn survives(endpoint: &str, when: &str, fault: Value, code: &str) {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    let in_code = endpoint.starts_with("code");
    if in_code {
        widget.pin("1", "1234").await.ok();
    }
    if endpoint == "code-verify" {
        widget.start("2", "sms").await.ok();
    }
    world.fault(&customer, endpoint, 1, when, fault.clone()).await;
    let hand_in = async || match endpoint {
        "pin-verify" => widget.pin("1", "1234").await,
        "code-trigger" => widget.start("2", "sms").await,
        _ => widget.code("2", "sms", "111111").await,
    };
    let met = hand_in().await;
    assert_eq!(met.code(), code, "{endpoint} {when} {fault}: {}", met.text);
    assert_eq!(widget.snapshot().await["status"], "pending");
    let again = hand_in().await;
    assert!(again.status.is_success(), "{endpoint} {when} {fault}: {}", again.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_answers_to_entries_and_sendings() {
    for endpoint in ["pin-verify", "code-trigger", "code-verify"] {
        for (fault, code) in [
            (json!({"kind": "reset"}), "provider-error"),
            (json!({"kind": "serverErrorHtml"}), "provider-error"),
            (json!({"kind": "redirect"}), "provider-error"),
            (json!({"kind": "tooManyRequests", "retryAfter": 7}), "too-many-requests"),
        ] {
            survives(endpoint, "before", fault, code).await;
        }
    }
    for (fault, code) in [
        (json!({"kind": "html"}), "provider-error"),
        (json!({"kind": "hugeBody"}), "provider-error"),
        (json!({"kind": "slow", "milliseconds": 6000}), "provider-timeout"),
    ] {
        survives("pin-verify", "before", fault, code).await;
    }
    // Here 500 means no decryption: there is nothing to decrypt in a code.
    survives(
        "code-verify",
        "before",
        json!({"kind": "serverError"}),
        "provider-error",
    )
    .await;
}

/// The entry was judged, but the answer is lost: what the token's status says counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_right_entry_is_found_again() {
    for fault in [
        json!({"kind": "reset"}),
        json!({"kind": "truncatedJson"}),
        json!({"kind": "html"}),
    ] {
        let world = World::start().await;
        let (customer, widget) = world.approval().await;
        world.fault(&customer, "pin-verify", 1, "after", fault.clone()).await;
        let verified = widget.pin("1", "1234").await;
        assert_eq!(verified.body["verdict"], "accepted", "{fault}: {}", verified.text);
    }
}

/// The entry was judged, and neither its answer nor the status arrives: the next look asks again.
#[tokio::test]
async fn an_unknown_outcome_is_asked_for_when_the_widget_looks() {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    for endpoint in ["pin-verify", "status"] {
        world
            .fault(&customer, endpoint, 1, "after", json!({"kind": "reset"}))
            .await;
    }
    assert_eq!(widget.pin("1", "1234").await.code(), "provider-error");
    let snapshot = widget.snapshot().await;
    assert_eq!(snapshot["challenges"][0]["passed"], true);
    assert_eq!(snapshot["status"], "pending");
}

#[tokio::test]
async fn a_session_that_ended_and_a_token_that_is_gone_end_the_approval() {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    world
        .fault(&customer, "pin-verify", 1, "before", json!({"kind": "expiredToken"}))
        .await;
    assert_eq!(widget.pin("1", "1234").await.code(), "provider-session-ended");
    let snapshot = widget.snapshot().await;
    assert_eq!(
        (&snapshot["status"], &snapshot["reason"]),
        (&json!("failed"), &json!("session-ended"))
    );

    let (customer, widget) = world.approval().await;
    let jwe = widget.encrypt("1234").await;
    let hours = json!({"seconds": 7200, "userId": customer.user});
    world.control(axum::http::Method::POST, "/clock/advance", hours).await;
    assert_eq!(widget.jwe("1", &jwe).await.code(), "approval-settled");
    let snapshot = widget.snapshot().await;
    assert_eq!(
        (&snapshot["status"], &snapshot["reason"]),
        (&json!("failed"), &json!("provider-refused"))
    );
}

#[tokio::test]
async fn the_key_endpoint_down_is_one_problem_and_nothing_is_lost() {
    let (stub, widget) = stubbed().await;
    stub.says("GET /v1/auth/jose/response/public-keys", Says::json(200, "<html>"));
    assert_eq!(widget.get("/encryption-key").await.code(), "provider-error");
    stub.says("POST /oauth/token", Says::json(401, "{}"));
    assert_eq!(widget.get("/encryption-key").await.code(), "provider-error");
    assert_eq!(widget.snapshot().await["status"], "pending");
}

/// The key endpoint fails or hangs: those who wait for it wait together, and entries do not wait for it at all.
#[tokio::test]
async fn a_key_is_fetched_by_one_for_all_who_ask() {
    let (stub, widget) = stubbed().await;
    let keys = "GET /v1/auth/jose/response/public-keys";
    stub.says(keys, Says::nothing());
    let asking = (0..10).map(|_| widget.get("/encryption-key"));
    for reply in futures_util::future::join_all(asking).await {
        assert_eq!(reply.code(), "provider-timeout");
    }
    assert_eq!(stub.calls(keys), 1);
    let unreadable = Says::json(500, r#"{"message":"Internal Server Error"}"#);
    stub.says("POST /v1/one-time-token/pin/verify", unreadable);
    assert_eq!(widget.jwe("1", ENTRY).await.ok()["verdict"], "key-stale");
    assert_eq!(stub.calls(keys), 1);
}

#[tokio::test]
async fn statuses_that_no_document_names_are_one_problem_each() {
    let (stub, widget) = stubbed().await;
    let entry = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": ENTRY}});
    for (status, body) in [
        (200, "null"),
        (200, "[]"),
        (204, "not empty"),
        (302, ""),
        (402, "{}"),
        (418, "{}"),
        (500, "{}"),
        (503, "busy"),
    ] {
        // Each in an approval of its own, since an entry that may have been judged stays counted.
        let (stub, widget) = stubbed().await;
        stub.says("POST /v1/one-time-token/pin/verify", Says::json(status, body));
        let reply = widget.post("/verify", &entry).await;
        assert_eq!(reply.code(), "provider-error", "{status} {body}");
        let snapshot = widget.snapshot().await;
        assert_eq!(
            (&snapshot["status"], &snapshot["attemptsLeft"]),
            (&json!("pending"), &json!(4))
        );
    }
    // A refusal with a new token: this one is of no more use.
    let refusal = Says::json(403, "").header("x-2fa-approval", "bb676aeb-0000-4930-bb55-ab949fd3fd87");
    stub.says("POST /v1/one-time-token/pin/verify", refusal);
    assert_eq!(widget.post("/verify", &entry).await.code(), "approval-settled");
    assert_eq!(widget.snapshot().await["reason"], "provider-refused");
}

#[tokio::test]
async fn retry_after_is_in_seconds_whatever_form_wise_uses() {
    let entry = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": ENTRY}});
    for (header, least, most) in [
        (Some("7".to_owned()), 7, 7),
        (Some("99999999999999999999".into()), 600, 600),
        (Some("nonsense".into()), 5, 5),
        (None, 5, 5),
        (
            Some(httpdate::fmt_http_date(
                std::time::SystemTime::now() + std::time::Duration::from_secs(60),
            )),
            50,
            60,
        ),
    ] {
        let (stub, widget) = stubbed().await;
        let mut says = Says::json(429, "{}");
        if let Some(header) = &header {
            says = says.header("retry-after", header.clone());
        }
        stub.says("POST /v1/one-time-token/pin/verify", says);
        let reply = widget.post("/verify", &entry).await;
        assert_eq!(
            (reply.status, reply.code()),
            (StatusCode::TOO_MANY_REQUESTS, "too-many-requests")
        );
        let wait = reply.body["retryAfter"].as_u64().unwrap();
        assert!((least..=most).contains(&wait), "{header:?}: {wait}");
        assert_eq!(reply.headers["retry-after"], wait.to_string());
        // Nothing was judged.
        assert_eq!(widget.snapshot().await["attemptsLeft"], json!(null));
    }
}

#[tokio::test]
async fn what_wise_says_about_a_code_decides_what_the_widget_is_told() {
    for (status, body, verdict) in [
        (400, r#"{"errors":[{"code":"otp.invalid"}]}"#, "refused"),
        (403, "{}", "refused"),
        (422, "not json", "refused"),
        (400, r#"{"errors":[{"code":"otp.expired"}]}"#, "code-expired"),
        (400, r#"{"errors":[{"code":"otp.not.triggered"}]}"#, "code-expired"),
        (400, r#"{"errors":[{"code":"otp.blocked"}]}"#, "blocked"),
        // Wise says yes, but the token's status does not show it.
        (200, r#"{"oneTimeTokenProperties":{"challenges":[]}}"#, "refused"),
    ] {
        let (stub, widget) = stubbed().await;
        let passed = crate::support::stub::PIN_THEN_SMS.replacen("\"passed\":false", "\"passed\":true", 1);
        stub.says("GET /v1/one-time-token/status", Says::json(200, passed));
        stub.says("POST /v1/one-time-token/pin/verify", Says::json(200, "{}"));
        let pin = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": ENTRY}});
        assert_eq!(widget.post("/verify", &pin).await.ok()["verdict"], "accepted");
        widget.start("2", "sms").await.ok();
        stub.says("POST /v1/one-time-token/sms/verify", Says::json(status, body));
        let verified = widget.code("2", "sms", "123456").await.ok();
        assert_eq!(verified["verdict"], verdict, "{status} {body}");
        assert_ne!(verified["approval"]["status"], "approved");
    }
}

/// Wise is slow at both calls that an entry takes: the answer comes when one call's time is up, and the next look finds out.
#[tokio::test]
async fn an_entry_takes_no_longer_than_one_call_may() {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    let jwe = widget.encrypt("1234").await;
    for endpoint in ["pin-verify", "status"] {
        let slow = json!({"kind": "slow", "milliseconds": 4000});
        world.fault(&customer, endpoint, 1, "after", slow).await;
    }
    let started = std::time::Instant::now();
    let reply = widget.jwe("1", &jwe).await;
    assert_eq!(reply.code(), "provider-error", "{}", reply.text);
    // Less than both calls take together.
    assert!(
        started.elapsed() < std::time::Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(widget.snapshot().await["challenges"][0]["passed"], true);
}

#[tokio::test]
async fn when_wise_is_gone_callers_are_told_at_once() {
    let backend = crate::support::configuration("http://127.0.0.1:9", "v1")
        .backend()
        .await
        .unwrap();
    let app = sca_backend::routes::router(backend);
    let mut codes = Vec::new();
    for _ in 0..25 {
        let creation = crate::support::creation();
        let reply = crate::support::create(&app, crate::support::API_KEY, &creation).await;
        codes.push(reply.code().to_owned());
    }
    assert_eq!(codes[0], "provider-error");
    assert_eq!(codes[24], "service-unavailable");
}

/// The page is closed while Wise is judging: what Wise says is written down all the same.
#[tokio::test]
async fn a_widget_that_hangs_up_loses_nothing() {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    let jwe = widget.encrypt("1234").await;
    let slow = json!({"kind": "slow", "milliseconds": 300});
    world.fault(&customer, "pin-verify", 1, "before", slow).await;
    let calling = tokio::spawn({
        let widget = widget.clone();
        async move { widget.jwe("1", &jwe).await }
    });
    until_so("an entry before Wise", async || {
        !world.calls("pin-verify").await.is_empty()
    })
    .await;
    calling.abort();
    assert!(calling.await.unwrap_err().is_cancelled());
    until_so("a step that is passed", async || {
        widget.snapshot().await["challenges"][0]["passed"] == true
    })
    .await;
}
