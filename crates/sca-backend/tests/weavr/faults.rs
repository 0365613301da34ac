//! Refusals that concern the caller, and calls without an answer.

use std::time::Duration;

use sca_core::{InvalidResponse, ProviderError};
use sca_runtime::metrics::Metrics;
use sca_weavr::{ChallengeTarget, Channel, config::WeavrConfig, resource::ResourceType};

use crate::{IDEMPOTENCY_REF, KEY, TOKEN, id, secret, stub::StubResponse, stubbed, stubbed_with, token, wires};

const FACTORS: &str = "GET /multi/authentication_factors";
const LOGIN: &str = "POST /multi/login_with_password";

/// Weavr answers both cases alike. With a wrong key, no customer's session has ended: the operator has to act.
#[tokio::test]
async fn an_ended_session_is_distinguished_from_an_unknown_api_key() {
    for (refusal, with_known_key) in [(401, ProviderError::SessionEnded), (403, ProviderError::Forbidden)] {
        let body = r#"{"errorCode":"INSUFFICIENT_PERMISSIONS"}"#;
        let refused = StubResponse::json(refusal, if refusal == 403 { body } else { "" });
        let undecided = ProviderError::Unusable(InvalidResponse::Status(refusal));
        for (status, expected) in [
            (400, with_known_key.clone()),
            (409, with_known_key),
            (401, ProviderError::ClientRefused(refusal)),
            (403, ProviderError::ClientRefused(refusal)),
            (429, undecided.clone()),
            (503, undecided.clone()),
            (200, undecided),
        ] {
            // A client that has not checked its key yet.
            let (stub, weavr) = stubbed().await;
            stub.respond(FACTORS, refused.clone());
            stub.respond(LOGIN, StubResponse::json(status, ""));
            assert_eq!(weavr.factors(&token()).await, Err(expected), "{refusal} {status}");
        }
    }
    let (stub, weavr) = stubbed().await;
    stub.respond(FACTORS, StubResponse::json(403, ""));
    stub.respond(LOGIN, StubResponse::json(400, "x".repeat(2 * 1024 * 1024)));
    let unanswered = weavr.factors(&token()).await;
    assert_eq!(unanswered, Err(ProviderError::Unusable(InvalidResponse::Status(403))));
    // The check sends the key alone, without a customer's token.
    let requests = stub.requests();
    let check = requests.iter().find(|received| received.call == LOGIN).unwrap();
    assert_eq!(
        (check.headers["api-key"].to_str().unwrap(), check.body.as_str()),
        (KEY, "{}")
    );
    assert!(!check.headers.contains_key("authorization"));
}

/// All customers share the rate limit of logins, so tokens that have ended must not use it up.
#[tokio::test]
async fn concurrent_refusals_check_the_api_key_once() {
    let (stub, weavr) = stubbed().await;
    stub.respond(FACTORS, StubResponse::json(401, ""));
    stub.respond(LOGIN, StubResponse::json(400, ""));
    let token = token();
    let many = (0..20).map(|_| weavr.factors(&token));
    for answer in futures_util::future::join_all(many).await {
        assert_eq!(answer, Err(ProviderError::SessionEnded));
    }
    assert_eq!(weavr.factors(&token).await, Err(ProviderError::SessionEnded));
    assert_eq!((stub.calls(FACTORS), stub.calls(LOGIN)), (21, 1));
}

#[tokio::test]
async fn refusals_map_to_their_provider_errors() {
    let (stub, weavr) = stubbed().await;
    for (status, body, expected) in [
        (
            403,
            r#"{"errorCode":"STEP_UP_REQUIRED"}"#,
            ProviderError::StepUpRequired,
        ),
        (403, r#"{"message":"STEP_UP_REQUIRED"}"#, ProviderError::StepUpRequired),
        (
            403,
            r#"{"errorCode":"INSUFFICIENT_PERMISSIONS"}"#,
            ProviderError::Forbidden,
        ),
        (
            403,
            r#"{"errorCode":"ACCESS_TOKEN_REQUIRED"}"#,
            ProviderError::Forbidden,
        ),
        (403, "", ProviderError::Forbidden),
        (
            423,
            "",
            ProviderError::Locked {
                retry_after: Duration::from_secs(1_800),
            },
        ),
        (400, "{}", ProviderError::Unusable(InvalidResponse::Status(400))),
        (404, "", ProviderError::Unusable(InvalidResponse::Status(404))),
        (405, "", ProviderError::Unusable(InvalidResponse::Status(405))),
        (302, "", ProviderError::Unusable(InvalidResponse::Status(302))),
        (500, "", ProviderError::Unusable(InvalidResponse::Status(500))),
        (503, "busy", ProviderError::Unusable(InvalidResponse::Status(503))),
        (200, "<html>", ProviderError::Unusable(InvalidResponse::Body)),
        (
            200,
            r#"{"factors":[{"type":"OTP","stat"#,
            ProviderError::Unusable(InvalidResponse::Body),
        ),
    ] {
        stub.respond(FACTORS, StubResponse::json(status, body));
        assert_eq!(weavr.factors(&token()).await, Err(expected), "{status} {body}");
    }
}

#[tokio::test]
async fn a_call_that_times_out_may_have_been_executed() {
    let (stub, weavr) = stubbed_with(|config| config.timeout = Duration::from_secs(1)).await;
    stub.respond(FACTORS, StubResponse::never());
    let error = weavr.factors(&token()).await.unwrap_err();
    assert_eq!(error, ProviderError::TimedOut);
    assert!(!error.is_not_executed());
}

#[tokio::test]
async fn throttled_calls_carry_their_retry_time() {
    let (stub, weavr) = stubbed().await;
    let busy = || {
        let limit = "20, 10;w=60, 20;w=3600, 200;w=86400";
        StubResponse::json(429, "").header("x-ratelimit-limit", limit)
    };
    for (response, expected) in [
        (busy().header("x-ratelimit-reset", "42"), 42_000),
        (busy().header("retry-after", "7"), 7_000),
        (busy(), 5_000),
    ] {
        stub.respond("POST /multi/challenges/otp/SMS", response);
        let issued = weavr
            .issue(&token(), &wires(&["115"]), Channel::Sms, IDEMPOTENCY_REF)
            .await;
        assert_eq!(
            issued,
            Err(ProviderError::TooManyRequests {
                retry_after: Duration::from_millis(expected)
            })
        );
    }
}

#[tokio::test]
async fn an_oversized_response_is_rejected() {
    let (stub, weavr) = stubbed().await;
    stub.respond(
        FACTORS,
        StubResponse::json(
            200,
            format!(r#"{{"factors":[],"x":"{}"}}"#, "x".repeat(2 * 1024 * 1024)),
        ),
    );
    assert_eq!(
        weavr.factors(&token()).await,
        Err(ProviderError::Unusable(InvalidResponse::TooLarge))
    );
}

#[tokio::test]
async fn a_refused_connection_was_not_executed() {
    // A bound socket that does not listen keeps its port and refuses connections.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let base = format!("http://{}/multi", socket.local_addr().unwrap());
    let unreachable = WeavrConfig::new(base, secret(KEY))
        .provider(Metrics::default())
        .unwrap();
    let issued = unreachable
        .issue(&token(), &ChallengeTarget::StepUp, Channel::Sms, IDEMPOTENCY_REF)
        .await;
    let error = issued.unwrap_err();
    assert_eq!(error, ProviderError::Unreachable);
    assert!(error.is_not_executed());
}

#[tokio::test]
async fn no_debug_or_error_output_shows_a_credential() {
    let (stub, weavr) = stubbed().await;
    stub.respond(
        FACTORS,
        StubResponse::json(403, format!(r#"{{"errorCode":"CANARY","message":"{TOKEN}"}}"#)),
    );
    let error = weavr.factors(&token()).await.unwrap_err();
    let read = weavr.resource(&token(), ResourceType::Sends, &id("1")).await;
    let shown = format!("{weavr:?} {error:?} {error} {read:?}");
    assert!(!shown.to_lowercase().contains("canary"), "{shown}");
}
