//! Answers that are about the caller, and no answers at all.

use std::time::Duration;

use sca_backend::{
    metrics::Metrics,
    providers::{
        InvalidResponse, ProviderError,
        weavr::{ChallengeTarget, Channel, config::WeavrConfig, resource::ResourceType},
    },
};

use crate::{KEY, TOKEN, id, secret, stub::Says, stubbed, stubbed_with, token, wires};

const FACTORS: &str = "GET /multi/authentication_factors";
const LOGIN: &str = "POST /multi/login_with_password";

/// Weavr answers the same to both and says no more. A key that is wrong is the operator's matter, and no customer's session has ended.
#[tokio::test]
async fn a_session_that_ended_is_told_from_a_key_that_is_not_known() {
    for (refusal, customers) in [(401, ProviderError::SessionEnded), (403, ProviderError::Forbidden)] {
        let body = r#"{"errorCode":"INSUFFICIENT_PERMISSIONS"}"#;
        let refused = Says::json(refusal, if refusal == 403 { body } else { "" });
        let undecided = ProviderError::Unusable(InvalidResponse::Status(refusal));
        for (status, expected) in [
            (400, customers.clone()),
            (409, customers),
            (401, ProviderError::ClientRefused(refusal)),
            (403, ProviderError::ClientRefused(refusal)),
            (429, undecided.clone()),
            (503, undecided.clone()),
            (200, undecided),
        ] {
            // One that has not asked yet.
            let (stub, weavr) = stubbed().await;
            stub.says(FACTORS, refused.clone());
            stub.says(LOGIN, Says::json(status, ""));
            assert_eq!(weavr.factors(&token()).await, Err(expected), "{refusal} {status}");
        }
    }
    let (stub, weavr) = stubbed().await;
    stub.says(FACTORS, Says::json(403, ""));
    stub.says(LOGIN, Says::json(400, "x".repeat(2 * 1024 * 1024)));
    let unanswered = weavr.factors(&token()).await;
    assert_eq!(unanswered, Err(ProviderError::Unusable(InvalidResponse::Status(403))));
    // Asked with the key alone, and about nobody.
    let asked = stub.requests();
    let asked = asked.iter().find(|came| came.call == LOGIN).unwrap();
    assert_eq!(
        (asked.headers["api-key"].to_str().unwrap(), asked.body.as_str()),
        (KEY, "{}")
    );
    assert!(!asked.headers.contains_key("authorization"));
}

/// Logins are what all customers need: whoever comes with tokens that have ended does not spend them.
#[tokio::test]
async fn whose_a_refusal_is_is_asked_once_for_many() {
    let (stub, weavr) = stubbed().await;
    stub.says(FACTORS, Says::json(401, ""));
    stub.says(LOGIN, Says::json(400, ""));
    let token = token();
    let many = (0..20).map(|_| weavr.factors(&token));
    for answer in futures_util::future::join_all(many).await {
        assert_eq!(answer, Err(ProviderError::SessionEnded));
    }
    assert_eq!(weavr.factors(&token).await, Err(ProviderError::SessionEnded));
    assert_eq!((stub.calls(FACTORS), stub.calls(LOGIN)), (21, 1));
}

#[tokio::test]
async fn refusals_say_whose_they_are() {
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
        (423, "", ProviderError::Locked),
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
        stub.says(FACTORS, Says::json(status, body));
        assert_eq!(weavr.factors(&token()).await, Err(expected), "{status} {body}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for_and_may_have_happened() {
    let (stub, weavr) = stubbed_with(|config| config.timeout = Duration::from_secs(1)).await;
    stub.says(FACTORS, Says::nothing());
    let error = weavr.factors(&token()).await.unwrap_err();
    assert_eq!(error, ProviderError::TimedOut);
    assert!(!error.is_not_executed());
}

#[tokio::test]
async fn too_many_calls_say_when_to_come_back() {
    let (stub, weavr) = stubbed().await;
    let busy = || {
        let limit = "20, 10;w=60, 20;w=3600, 200;w=86400";
        Says::json(429, "").header("x-ratelimit-limit", limit)
    };
    for (says, expected) in [
        (busy().header("x-ratelimit-reset", "42"), 42_000),
        (busy().header("retry-after", "7"), 7_000),
        (busy(), 5_000),
    ] {
        stub.says("POST /multi/challenges/otp/SMS", says);
        let issued = weavr
            .issue(&token(), &wires(&["115"]), Channel::Sms, "attempt-0123456789")
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
async fn a_body_that_is_too_large_is_not_read_to_its_end() {
    let (stub, weavr) = stubbed().await;
    stub.says(
        FACTORS,
        Says::json(
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
async fn where_nobody_listens_nothing_happened() {
    // Bound and not listening: the port stays ours, and connections to it are refused.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let base = format!("http://{}/multi", socket.local_addr().unwrap());
    let nowhere = WeavrConfig::new(base, secret(KEY)).weavr(Metrics::default()).unwrap();
    let issued = nowhere
        .issue(&token(), &ChallengeTarget::StepUp, Channel::Sms, "attempt-0123456789")
        .await;
    let error = issued.unwrap_err();
    assert_eq!(error, ProviderError::Unreachable);
    assert!(error.is_not_executed());
}

/// Neither the client nor what it says of itself shows a credential.
#[tokio::test]
async fn no_output_shows_a_credential() {
    let (stub, weavr) = stubbed().await;
    stub.says(
        FACTORS,
        Says::json(403, format!(r#"{{"errorCode":"CANARY","message":"{TOKEN}"}}"#)),
    );
    let error = weavr.factors(&token()).await.unwrap_err();
    let read = weavr.resource(&token(), ResourceType::Sends, &id("1")).await;
    let shown = format!("{weavr:?} {error:?} {error} {read:?}");
    assert!(!shown.to_lowercase().contains("canary"), "{shown}");
}
