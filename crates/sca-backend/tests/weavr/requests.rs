//! What is sent: paths, credentials, bodies.

use sca_backend::providers::{
    ProviderError,
    weavr::{
        ChallengeId, ChallengeTarget, Channel, IssueResult, VerifyResult,
        factors::{EnrolResult, UnlinkResult, VerifyEnrolmentResult},
    },
};
use serde_json::{Value, json};

use crate::{
    CODE, KEY, TOKEN, id, issue, secret,
    stub::{Came, Says},
    stubbed, stubbed_with, token, wires,
};

const MADE: &str = r#"{"scaChallengeId":"115000000000000401"}"#;

fn last(requests: &[Came]) -> &Came {
    requests.last().unwrap()
}

#[tokio::test]
async fn several_transfers_are_one_challenge_and_the_code_is_sent_for_it() {
    let (stub, weavr) = stubbed().await;
    stub.says("POST /multi/challenges/otp/SMS", Says::json(200, MADE));
    stub.says(
        "POST /multi/challenges/115000000000000401/otp/SMS/verify",
        Says::json(204, ""),
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

    let came = stub.requests();
    assert_eq!(came.len(), 1);
    assert_eq!(came[0].headers["api-key"], KEY);
    assert_eq!(came[0].headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(came[0].headers["idempotency-ref"], "attempt-0123456789");
    assert_eq!(
        serde_json::from_str::<Value>(&came[0].body).unwrap(),
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
async fn a_request_goes_to_the_app_that_was_chosen() {
    let (stub, weavr) = stubbed().await;
    for (channel, path) in [(Channel::Authy, "AUTHY"), (Channel::Biometric, "BIOMETRIC")] {
        stub.says(&format!("POST /multi/challenges/push/{path}"), Says::json(200, MADE));
        stub.says(
            &format!("POST /multi/stepup/challenges/push/{path}"),
            Says::json(200, r#"{"id":"117"}"#),
        );
        stub.says(
            &format!("POST /multi/beneficiaries/batch/118/challenges/push/{path}"),
            Says::json(204, ""),
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
        // There is no code to it, and nothing to ask Weavr.
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
async fn a_step_up_and_payees_have_codes_without_a_challenge_of_a_name() {
    let (stub, weavr) = stubbed().await;
    for (target, path) in [
        (ChallengeTarget::StepUp, "stepup/challenges/otp/SMS"),
        (
            ChallengeTarget::PayeeBatch(id("118")),
            "beneficiaries/batch/118/challenges/otp/SMS",
        ),
    ] {
        stub.says(&format!("POST /multi/{path}"), Says::json(204, ""));
        stub.says(&format!("POST /multi/{path}/verify"), Says::json(204, ""));
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

/// A code that cannot be right would use a try up, or reach Weavr as something else.
#[tokio::test]
async fn what_cannot_be_a_code_is_not_sent() {
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
async fn what_cannot_stand_in_a_header_is_not_sent() {
    let (stub, weavr) = stubbed().await;
    let target = wires(&["115"]);
    let split = weavr
        .issue(&secret("token\r\nx: y"), &target, Channel::Sms, "attempt-0123456789")
        .await;
    assert_eq!(split, Err(ProviderError::SessionEnded));
    let split = weavr.issue(&token(), &target, Channel::Sms, "attempt\r\nx: y").await;
    assert_eq!(split, Err(ProviderError::Malformed));
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn ways_are_set_up_and_given_up_where_weavr_lets_them_be() {
    let (stub, weavr) = stubbed().await;
    for call in [
        "POST /multi/authentication_factors/otp/SMS",
        "POST /multi/authentication_factors/otp/SMS/verify",
        "POST /multi/authentication_factors/push/AUTHY",
        "DELETE /multi/authentication_factors/push/AUTHY",
        "DELETE /multi/authentication_factors/push/BIOMETRIC",
    ] {
        stub.says(call, Says::json(204, ""));
    }
    for (channel, expected) in [
        (Channel::Sms, EnrolResult::Started),
        (Channel::Authy, EnrolResult::Started),
        (Channel::Biometric, EnrolResult::NotSupported),
    ] {
        assert_eq!(weavr.enrol(&token(), channel, "attempt-0123456789").await, Ok(expected));
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

/// Each has a challenge of its own there, and Weavr takes no name for an attempt.
#[tokio::test]
async fn the_deprecated_endpoints_are_called_for_one_at_a_time() {
    let (stub, weavr) = stubbed_with(|config| config.deprecated_endpoints = true).await;
    let target = wires(&["115", "116"]);
    for name in ["115", "116"] {
        let path = format!("POST /multi/outgoing_wire_transfers/{name}/challenges/otp/SMS");
        stub.says(&path, Says::json(204, ""));
        stub.says(&format!("{path}/verify"), Says::json(204, ""));
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
            .all(|came| !came.headers.contains_key("idempotency-ref"))
    );

    // One that no longer waits keeps none of the others from being confirmed; a wrong code does.
    let gone = Says::json(409, r#"{"errorCode":"STATE_INVALID"}"#);
    let exempt = Says::json(409, r#"{"errorCode":"SCA_EXEMPTION_APPLIED"}"#);
    let wrong = Says::json(409, r#"{"errorCode":"VERIFICATION_CODE_INVALID"}"#);
    let first = "POST /multi/outgoing_wire_transfers/115/challenges/otp/SMS";
    let second = "POST /multi/outgoing_wire_transfers/116/challenges/otp/SMS";
    stub.says(first, exempt.clone());
    assert_eq!(
        issue(&weavr, &target, Channel::Sms).await,
        IssueResult::Issued { challenge: None }
    );
    stub.says(second, gone.clone());
    assert_eq!(issue(&weavr, &target, Channel::Sms).await, IssueResult::Exempt);
    stub.says(&format!("{first}/verify"), gone.clone());
    assert_eq!(verify().await, Ok(VerifyResult::Accepted));
    stub.says(&format!("{second}/verify"), gone);
    assert_eq!(verify().await, Ok(VerifyResult::NotPending));
    stub.says(&format!("{first}/verify"), wrong);
    let calls = stub.calls(&format!("{second}/verify"));
    assert_eq!(verify().await, Ok(VerifyResult::Wrong));
    assert_eq!(stub.calls(&format!("{second}/verify")), calls);
}
