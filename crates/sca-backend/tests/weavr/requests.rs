//! The requests that the client sends: paths, credentials, bodies.

use sca_core::ProviderError;
use sca_weavr::{
    ChallengeId, ChallengeTarget, Channel, IssueResult, VerifyResult,
    factors::{EnrolResult, UnlinkResult, VerifyEnrolmentResult},
};
use serde_json::{Value, json};

use crate::{
    CODE, IDEMPOTENCY_REF, KEY, TOKEN, conflict, id, issue, secret,
    stub::{ReceivedRequest, StubResponse},
    stubbed, stubbed_with, token, wires,
};

const MADE: &str = r#"{"scaChallengeId":"115000000000000401"}"#;

fn last(requests: &[ReceivedRequest]) -> &ReceivedRequest {
    requests.last().unwrap()
}

#[tokio::test]
async fn several_payments_share_one_challenge_and_one_code() {
    let (stub, weavr) = stubbed().await;
    stub.respond("POST /multi/challenges/otp/SMS", StubResponse::json(200, MADE));
    stub.respond(
        "POST /multi/challenges/115000000000000401/otp/SMS/verify",
        StubResponse::json(204, ""),
    );
    let target = wires(&["115", "116"]);
    let challenge = ChallengeId::new("115000000000000401").unwrap();
    let issued = issue(&weavr, &target, Channel::Sms).await;
    assert_eq!(
        issued,
        IssueResult::Issued {
            challenge: Some(challenge.clone())
        }
    );

    let requests = stub.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].headers["api-key"], KEY);
    assert_eq!(requests[0].headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(requests[0].headers["idempotency-ref"], IDEMPOTENCY_REF);
    assert_eq!(
        serde_json::from_str::<Value>(&requests[0].body).unwrap(),
        json!({"resourceType": "outgoing_wire_transfers", "resourceIds": ["115", "116"]})
    );

    let code = secret(CODE);
    let verified = weavr
        .verify(&token(), &target, Channel::Sms, Some(&challenge), &code)
        .await;
    assert_eq!(verified, Ok(VerifyResult::Accepted));
    assert_eq!(
        serde_json::from_str::<Value>(&last(&stub.requests()).body).unwrap(),
        json!({"verificationCode": CODE, "resourceType": "outgoing_wire_transfers"})
    );
}

#[tokio::test]
async fn a_push_request_is_issued_for_the_chosen_channel() {
    let (stub, weavr) = stubbed().await;
    for (channel, path) in [(Channel::Authy, "AUTHY"), (Channel::Biometric, "BIOMETRIC")] {
        stub.respond(
            &format!("POST /multi/challenges/push/{path}"),
            StubResponse::json(200, MADE),
        );
        stub.respond(
            &format!("POST /multi/stepup/challenges/push/{path}"),
            StubResponse::json(200, r#"{"id":"117"}"#),
        );
        stub.respond(
            &format!("POST /multi/beneficiaries/batch/118/challenges/push/{path}"),
            StubResponse::json(204, ""),
        );
        let issued = |challenge: Option<&str>| IssueResult::Issued {
            challenge: challenge.map(|name| ChallengeId::new(name).unwrap()),
        };
        assert_eq!(
            issue(&weavr, &wires(&["115"]), channel).await,
            issued(Some("115000000000000401"))
        );
        assert_eq!(
            issue(&weavr, &ChallengeTarget::StepUp, channel).await,
            issued(Some("117"))
        );
        assert_eq!(
            issue(&weavr, &ChallengeTarget::PayeeBatch(id("118")), channel).await,
            issued(None)
        );
        // A push request has no code, so nothing is sent to Weavr.
        let calls = stub.requests().len();
        let verified = weavr
            .verify(&token(), &ChallengeTarget::StepUp, channel, None, &secret(CODE))
            .await;
        assert_eq!(
            (verified, stub.requests().len()),
            (Ok(VerifyResult::NotSupported), calls)
        );
    }
}

#[tokio::test]
async fn codes_for_step_ups_and_payee_batches_have_no_challenge_id() {
    let (stub, weavr) = stubbed().await;
    for (target, path) in [
        (ChallengeTarget::StepUp, "stepup/challenges/otp/SMS"),
        (
            ChallengeTarget::PayeeBatch(id("118")),
            "beneficiaries/batch/118/challenges/otp/SMS",
        ),
    ] {
        stub.respond(&format!("POST /multi/{path}"), StubResponse::json(204, ""));
        stub.respond(&format!("POST /multi/{path}/verify"), StubResponse::json(204, ""));
        assert_eq!(
            issue(&weavr, &target, Channel::Sms).await,
            IssueResult::Issued { challenge: None }
        );
        let verified = weavr.verify(&token(), &target, Channel::Sms, None, &secret(CODE)).await;
        assert_eq!(verified, Ok(VerifyResult::Accepted));
        let body: Value = serde_json::from_str(&last(&stub.requests()).body).unwrap();
        assert_eq!(body, json!({"verificationCode": CODE}));
    }
}

/// Weavr would count a malformed code as an attempt, or read it as something else.
#[tokio::test]
async fn a_malformed_code_is_not_sent() {
    let (stub, weavr) = stubbed().await;
    let challenge = ChallengeId::new("115").unwrap();
    for code in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "1\",\"a\""] {
        let code = secret(code);
        let verified = weavr
            .verify(&token(), &wires(&["115"]), Channel::Sms, Some(&challenge), &code)
            .await;
        assert_eq!(verified, Ok(VerifyResult::Malformed));
        assert_eq!(
            weavr.verify_enrolment(&token(), &code).await,
            Ok(VerifyEnrolmentResult::Malformed)
        );
    }
    let unnamed = weavr
        .verify(&token(), &wires(&["115"]), Channel::Sms, None, &secret(CODE))
        .await;
    assert_eq!(unnamed, Err(ProviderError::Malformed));
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn a_value_that_is_invalid_in_a_header_is_not_sent() {
    let (stub, weavr) = stubbed().await;
    let target = wires(&["115"]);
    let refused = weavr
        .issue(&secret("token\r\nx: y"), &target, Channel::Sms, IDEMPOTENCY_REF)
        .await;
    assert_eq!(refused, Err(ProviderError::SessionEnded));
    let refused = weavr.issue(&token(), &target, Channel::Sms, "attempt\r\nx: y").await;
    assert_eq!(refused, Err(ProviderError::Malformed));
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn factors_are_enrolled_and_unlinked_where_weavr_supports_it() {
    let (stub, weavr) = stubbed().await;
    for call in [
        "POST /multi/authentication_factors/otp/SMS",
        "POST /multi/authentication_factors/otp/SMS/verify",
        "POST /multi/authentication_factors/push/AUTHY",
        "DELETE /multi/authentication_factors/push/AUTHY",
        "DELETE /multi/authentication_factors/push/BIOMETRIC",
    ] {
        stub.respond(call, StubResponse::json(204, ""));
    }
    for (channel, expected) in [
        (Channel::Sms, EnrolResult::Started),
        (Channel::Authy, EnrolResult::Started),
        (Channel::Biometric, EnrolResult::NotSupported),
    ] {
        assert_eq!(weavr.enrol(&token(), channel, IDEMPOTENCY_REF).await, Ok(expected));
    }
    assert_eq!(
        weavr.verify_enrolment(&token(), &secret(CODE)).await,
        Ok(VerifyEnrolmentResult::Accepted)
    );
    for (channel, expected) in [
        (Channel::Sms, UnlinkResult::NotSupported),
        (Channel::Authy, UnlinkResult::Unlinked),
        (Channel::Biometric, UnlinkResult::Unlinked),
    ] {
        assert_eq!(weavr.unlink(&token(), channel).await, Ok(expected));
    }
    assert_eq!(stub.requests().len(), 5);
}

/// There, each payment has its own challenge, and Weavr takes no idempotency reference.
#[tokio::test]
async fn the_deprecated_endpoints_are_called_once_per_payment() {
    let (stub, weavr) = stubbed_with(|config| config.deprecated_endpoints = true).await;
    let target = wires(&["115", "116"]);
    for name in ["115", "116"] {
        let path = format!("POST /multi/outgoing_wire_transfers/{name}/challenges/otp/SMS");
        stub.respond(&path, StubResponse::json(204, ""));
        stub.respond(&format!("{path}/verify"), StubResponse::json(204, ""));
    }
    assert_eq!(
        issue(&weavr, &target, Channel::Sms).await,
        IssueResult::Issued { challenge: None }
    );
    let code = secret(CODE);
    let verify = async || weavr.verify(&token(), &target, Channel::Sms, None, &code).await;
    assert_eq!(verify().await, Ok(VerifyResult::Accepted));
    assert_eq!(stub.requests().len(), 4);
    assert!(
        stub.requests()
            .iter()
            .all(|received| !received.headers.contains_key("idempotency-ref"))
    );

    // A payment that is no longer pending does not stop the others from being confirmed. A wrong code does.
    let gone = conflict("STATE_INVALID");
    let exempt = conflict("SCA_EXEMPTION_APPLIED");
    let wrong = conflict("VERIFICATION_CODE_INVALID");
    let first = "POST /multi/outgoing_wire_transfers/115/challenges/otp/SMS";
    let second = "POST /multi/outgoing_wire_transfers/116/challenges/otp/SMS";
    stub.respond(first, exempt.clone());
    assert_eq!(
        issue(&weavr, &target, Channel::Sms).await,
        IssueResult::Issued { challenge: None }
    );
    stub.respond(second, gone.clone());
    assert_eq!(issue(&weavr, &target, Channel::Sms).await, IssueResult::Exempt);
    stub.respond(&format!("{first}/verify"), gone.clone());
    assert_eq!(verify().await, Ok(VerifyResult::Accepted));
    stub.respond(&format!("{second}/verify"), gone);
    assert_eq!(verify().await, Ok(VerifyResult::NotPending));
    stub.respond(&format!("{first}/verify"), wrong);
    let calls = stub.calls(&format!("{second}/verify"));
    assert_eq!(verify().await, Ok(VerifyResult::Wrong));
    assert_eq!(stub.calls(&format!("{second}/verify")), calls);
}
