//! Wise fails, or answers what it never documented. The caller gets one problem, and the approval stays usable.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson, ENCRYPTED_PIN, TestEnv, assert_ended, assert_problem, assert_status, create, creation,
    stub::{PIN_THEN_SMS, StubResponse},
    stubbed,
    waiting::until,
    wise_configuration,
};

const VERIFY_PIN: &str = "POST /v1/one-time-token/pin/verify";

fn pin_attempt() -> Value {
    json!({"challenge": "1", "factor": "pin", "entry": {"jwe": ENCRYPTED_PIN}})
}

/// A call meets a fault and gets a problem. The approval stays pending, and the same call succeeds afterwards.
async fn recovers_from(endpoint: &str, when: &str, fault: Value, code: &str) {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    let at_code = endpoint.starts_with("code");
    if at_code {
        widget.pin("1", "1234").await.ok();
    }
    if endpoint == "code-verify" {
        widget.start("2", "sms").await.ok();
    }
    env.fault(&customer, endpoint, 1, when, fault.clone()).await;
    let submit = async || match endpoint {
        "pin-verify" => widget.pin("1", "1234").await,
        "code-trigger" => widget.start("2", "sms").await,
        _ => widget.code("2", "sms", "111111").await,
    };
    let refused = submit().await;
    assert_eq!(refused.code(), code, "{endpoint} {when} {fault}: {}", refused.text);
    assert_status(&widget.snapshot().await, "pending");
    let again = submit().await;
    assert!(again.status.is_success(), "{endpoint} {when} {fault}: {}", again.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_response_to_an_attempt_or_a_send_leaves_the_approval_usable() {
    for endpoint in ["pin-verify", "code-trigger", "code-verify"] {
        for (fault, code) in [
            (json!({"kind": "reset"}), "provider-error"),
            (json!({"kind": "serverErrorHtml"}), "provider-error"),
            (json!({"kind": "redirect"}), "provider-error"),
            (json!({"kind": "tooManyRequests", "retryAfter": 7}), "too-many-requests"),
        ] {
            recovers_from(endpoint, "before", fault, code).await;
        }
    }
    for (fault, code) in [
        (json!({"kind": "html"}), "provider-error"),
        (json!({"kind": "hugeBody"}), "provider-error"),
        (json!({"kind": "slow", "milliseconds": 6000}), "provider-timeout"),
    ] {
        recovers_from("pin-verify", "before", fault, code).await;
    }
    // To a PIN, a 500 means that Wise could not decrypt it. A code is not encrypted.
    recovers_from(
        "code-verify",
        "before",
        json!({"kind": "serverError"}),
        "provider-error",
    )
    .await;
}

/// Wise has verified the PIN and its answer is lost, so the token's status counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_right_pin_is_recovered_from_the_token_status() {
    for fault in [
        json!({"kind": "reset"}),
        json!({"kind": "truncatedJson"}),
        json!({"kind": "html"}),
    ] {
        let env = TestEnv::start().await;
        let (customer, widget) = env.approval().await;
        env.fault(&customer, "pin-verify", 1, "after", fault.clone()).await;
        let verified = widget.pin("1", "1234").await;
        assert_eq!(verified.body["verdict"], "accepted", "{fault}: {}", verified.text);
    }
}

/// Wise has verified the PIN, and neither its answer nor the status arrives: the next read polls the status again.
#[tokio::test]
async fn an_unknown_outcome_is_resolved_when_the_widget_reads_the_approval() {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    for endpoint in ["pin-verify", "status"] {
        env.fault(&customer, endpoint, 1, "after", json!({"kind": "reset"}))
            .await;
    }
    assert_eq!(widget.pin("1", "1234").await.code(), "provider-error");
    let snapshot = widget.snapshot().await;
    assert!(snapshot.challenge(0).passed());
    assert_status(&snapshot, "pending");
}

#[tokio::test]
async fn an_ended_session_and_an_expired_token_fail_the_approval() {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    env.fault(&customer, "pin-verify", 1, "before", json!({"kind": "expiredToken"}))
        .await;
    assert_eq!(widget.pin("1", "1234").await.code(), "provider-session-ended");
    let snapshot = widget.snapshot().await;
    assert_ended(&snapshot, "failed", "session-ended");

    let (customer, widget) = env.approval().await;
    let jwe = widget.encrypt("1234").await;
    let hours = json!({"seconds": 7200, "userId": customer.user});
    env.control(Method::POST, "/clock/advance", hours).await;
    assert_eq!(widget.jwe("1", &jwe).await.code(), "approval-settled");
    let snapshot = widget.snapshot().await;
    assert_ended(&snapshot, "failed", "provider-refused");
}

#[tokio::test]
async fn a_failing_key_endpoint_is_a_provider_error_and_ends_nothing() {
    let (stub, widget) = stubbed().await;
    stub.respond(
        "GET /v1/auth/jose/response/public-keys",
        StubResponse::json(200, "<html>"),
    );
    assert_eq!(widget.get("/encryption-key").await.code(), "provider-error");
    stub.respond("POST /oauth/token", StubResponse::json(401, "{}"));
    assert_eq!(widget.get("/encryption-key").await.code(), "provider-error");
    assert_status(&widget.snapshot().await, "pending");
}

/// While the key endpoint hangs, its callers share one call, and verification attempts do not wait for it.
#[tokio::test]
async fn concurrent_reads_of_the_encryption_key_make_one_call_to_wise() {
    let (stub, widget) = stubbed().await;
    let keys = "GET /v1/auth/jose/response/public-keys";
    stub.respond(keys, StubResponse::never());
    let reads = (0..10).map(|_| widget.get("/encryption-key"));
    for reply in futures_util::future::join_all(reads).await {
        assert_eq!(reply.code(), "provider-timeout");
    }
    assert_eq!(stub.calls(keys), 1);
    let unreadable = StubResponse::json(500, r#"{"message":"Internal Server Error"}"#);
    stub.respond(VERIFY_PIN, unreadable);
    assert_eq!(widget.jwe("1", ENCRYPTED_PIN).await.ok().verdict(), "key-stale");
    assert_eq!(stub.calls(keys), 1);
}

#[tokio::test]
async fn undocumented_responses_are_provider_errors() {
    let (stub, widget) = stubbed().await;
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
        // Each in its own approval: an attempt that Wise may have verified stays counted.
        let (stub, widget) = stubbed().await;
        stub.respond(VERIFY_PIN, StubResponse::json(status, body));
        let reply = widget.post("/verify", &pin_attempt()).await;
        assert_eq!(reply.code(), "provider-error", "{status} {body}");
        let snapshot = widget.snapshot().await;
        assert_eq!((snapshot.status(), snapshot.attempts_left()), ("pending", Some(4)));
    }
    // A refusal with a new token: the old one cannot be used any more.
    let refusal = StubResponse::json(403, "").header("x-2fa-approval", "bb676aeb-0000-4930-bb55-ab949fd3fd87");
    stub.respond(VERIFY_PIN, refusal);
    assert_eq!(widget.post("/verify", &pin_attempt()).await.code(), "approval-settled");
    assert_eq!(widget.snapshot().await.reason(), Some("provider-refused"));
}

#[tokio::test]
async fn retry_after_is_in_seconds_whatever_form_wise_uses() {
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
        let mut response = StubResponse::json(429, "{}");
        if let Some(header) = &header {
            response = response.header("retry-after", header.clone());
        }
        stub.respond(VERIFY_PIN, response);
        let reply = widget.post("/verify", &pin_attempt()).await;
        assert_problem(&reply, 429, "too-many-requests");
        let wait = reply.retry_after();
        assert!((least..=most).contains(&wait), "{header:?}: {wait}");
        // Wise has verified nothing.
        assert_eq!(widget.snapshot().await.attempts_left(), None);
    }
}

#[tokio::test]
async fn wises_answer_to_a_code_determines_the_verdict() {
    for (status, body, verdict) in [
        (400, r#"{"errors":[{"code":"otp.invalid"}]}"#, "refused"),
        (403, "{}", "refused"),
        (422, "not json", "refused"),
        (400, r#"{"errors":[{"code":"otp.expired"}]}"#, "code-expired"),
        (400, r#"{"errors":[{"code":"otp.not.triggered"}]}"#, "code-expired"),
        (400, r#"{"errors":[{"code":"otp.blocked"}]}"#, "blocked"),
        // Wise accepts the code, but the token's status does not show it.
        (200, r#"{"oneTimeTokenProperties":{"challenges":[]}}"#, "refused"),
    ] {
        let (stub, widget) = stubbed().await;
        let passed = PIN_THEN_SMS.replacen("\"passed\":false", "\"passed\":true", 1);
        stub.respond("GET /v1/one-time-token/status", StubResponse::json(200, passed));
        stub.respond(VERIFY_PIN, StubResponse::json(200, "{}"));
        assert_eq!(widget.post("/verify", &pin_attempt()).await.ok().verdict(), "accepted");
        widget.start("2", "sms").await.ok();
        stub.respond("POST /v1/one-time-token/sms/verify", StubResponse::json(status, body));
        let verified = widget.code("2", "sms", "123456").await.ok();
        assert_eq!(verified.verdict(), verdict, "{status} {body}");
        assert_ne!(verified.approval().status(), "approved");
    }
}

/// Wise is slow at both calls of an attempt: the answer comes when one call's time is up, and the next read resolves the result.
#[tokio::test]
async fn a_verification_attempt_takes_no_longer_than_one_provider_call_may() {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    let jwe = widget.encrypt("1234").await;
    for endpoint in ["pin-verify", "status"] {
        let slow = json!({"kind": "slow", "milliseconds": 4000});
        env.fault(&customer, endpoint, 1, "after", slow).await;
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
    assert!(widget.snapshot().await.challenge(0).passed());
}

#[tokio::test]
async fn the_circuit_breaker_fails_calls_fast_when_wise_is_unreachable() {
    let backend = wise_configuration("http://127.0.0.1:9", "v1").backend().await.unwrap();
    let app = sca_backend::routes::router(backend);
    let mut codes = Vec::new();
    for _ in 0..25 {
        let reply = create(&app, API_KEY, &creation()).await;
        codes.push(reply.code().to_owned());
    }
    assert_eq!(codes[0], "provider-error");
    assert_eq!(codes[24], "service-unavailable");
}

/// The page is closed while Wise verifies the PIN. The backend still stores the result.
#[tokio::test]
async fn a_widget_that_disconnects_loses_no_verification_result() {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    let jwe = widget.encrypt("1234").await;
    let slow = json!({"kind": "slow", "milliseconds": 300});
    env.fault(&customer, "pin-verify", 1, "before", slow).await;
    let calling = tokio::spawn({
        let widget = widget.clone();
        async move { widget.jwe("1", &jwe).await }
    });
    until("a PIN submitted to Wise", async || {
        !env.calls("pin-verify").await.is_empty()
    })
    .await;
    calling.abort();
    assert!(calling.await.unwrap_err().is_cancelled());
    until("a passed challenge", async || {
        widget.snapshot().await.challenge(0).passed()
    })
    .await;
}
