//! What is answered: every word of every endpoint.

use sca_backend::providers::{
    InvalidResponse, ProviderError,
    weavr::{
        ChallengeId, ChallengeTarget, Channel, IssueResult, VerifyResult, Weavr,
        code::ErrorCode,
        factors::{EnrolResult, UnlinkResult},
        resource::{ResourceType, State},
    },
};

use crate::{
    CODE, id, issue, secret,
    stub::{Says, Stub},
    stubbed, stubbed_with, token, verify_step_up, wires,
};

fn conflict(word: &str) -> Says {
    Says::json(409, format!(r#"{{"errorCode":"{word}"}}"#))
}

fn issuing(word: &str) -> IssueResult {
    match word {
        "STATE_INVALID" => IssueResult::NotPending,
        "CHANNEL_NOT_SUPPORTED" => IssueResult::NotSupported,
        "CHANNEL_NOT_REGISTERED" => IssueResult::NotSetUp,
        "MOBILE_NUMBER_INVALID" => IssueResult::NumberInvalid,
        "MOBILE_COUNTRY_NOT_SUPPORTED" => IssueResult::CountryNotSupported,
        "RETRY_IN_15SEC" | "RETRY_IN_15_SECS" => IssueResult::TooEarly,
        "CHALLENGE_LIMIT_EXCEEDED" | "CHALLENGE_LIMIT_EXCEED" => IssueResult::LimitReached,
        "SCA_EXEMPTION_APPLIED" => IssueResult::Exempt,
        other => IssueResult::Refused(ErrorCode::Other(other.into())),
    }
}

fn verifying(word: &str) -> VerifyResult {
    match word {
        "STATE_INVALID" | "CHALLENGE_NOT_PENDING" => VerifyResult::NotPending,
        "CHANNEL_NOT_SUPPORTED" => VerifyResult::NotSupported,
        "CHANNEL_NOT_REGISTERED" => VerifyResult::NotSetUp,
        "VERIFICATION_CODE_EXPIRED" => VerifyResult::CodeExpired,
        "VERIFICATION_CODE_INVALID" => VerifyResult::Wrong,
        "ONE_CHALLENGE_LIMIT_REMAINING" => VerifyResult::WrongLastAttemptLeft,
        "CHALLENGE_LIMIT_EXCEEDED" | "CHALLENGE_LIMIT_EXCEED" => VerifyResult::LimitReached,
        "ALREADY_VERIFIED" => VerifyResult::AlreadyVerified,
        "SCA_EXEMPTION_APPLIED" => VerifyResult::Exempt,
        other => VerifyResult::Refused(ErrorCode::Other(other.into())),
    }
}

const ISSUE: [&str; 4] = [
    "STATE_INVALID",
    "CHANNEL_NOT_SUPPORTED",
    "CHANNEL_NOT_REGISTERED",
    "SOMETHING_NEW",
];
const VERIFY: [&str; 9] = [
    "STATE_INVALID",
    "CHANNEL_NOT_SUPPORTED",
    "CHANNEL_NOT_REGISTERED",
    "VERIFICATION_CODE_EXPIRED",
    "VERIFICATION_CODE_INVALID",
    "CHALLENGE_LIMIT_EXCEEDED",
    "CHALLENGE_LIMIT_EXCEED",
    "ONE_CHALLENGE_LIMIT_REMAINING",
    "SOMETHING_NEW",
];

async fn issues(stub: &Stub, weavr: &Weavr, target: &ChallengeTarget, channel: Channel, path: &str, words: &[&str]) {
    for word in ISSUE.iter().chain(words) {
        stub.says(&format!("POST /multi/{path}"), conflict(word));
        assert_eq!(issue(weavr, target, channel).await, issuing(word), "{path} {word}");
    }
    stub.says(
        &format!("POST /multi/{path}"),
        Says::json(404, r#"{"code":"NOT_FOUND"}"#),
    );
    assert_eq!(issue(weavr, target, channel).await, IssueResult::NotFound, "{path}");
}

async fn verifies(stub: &Stub, weavr: &Weavr, target: &ChallengeTarget, path: &str, words: &[&str]) {
    let challenge = ChallengeId::new("200").unwrap();
    let code = secret(CODE);
    let verify = async || {
        weavr
            .verify(&token(), target, Channel::Sms, Some(&challenge), &code)
            .await
    };
    for word in VERIFY.iter().chain(words) {
        stub.says(&format!("POST /multi/{path}"), conflict(word));
        assert_eq!(verify().await, Ok(verifying(word)), "{path} {word}");
    }
    for (status, expected) in [
        (400, Ok(VerifyResult::Malformed)),
        (404, Ok(VerifyResult::NotFound)),
        // Only the documented answer is a yes.
        (200, Err(ProviderError::Unusable(InvalidResponse::Status(200)))),
        (201, Err(ProviderError::Unusable(InvalidResponse::Status(201)))),
        (202, Err(ProviderError::Unusable(InvalidResponse::Status(202)))),
        (302, Err(ProviderError::Unusable(InvalidResponse::Status(302)))),
        (204, Ok(VerifyResult::Accepted)),
    ] {
        stub.says(&format!("POST /multi/{path}"), Says::json(status, "{}"));
        assert_eq!(verify().await, expected, "{path} {status}");
    }
}

#[tokio::test]
async fn every_word_to_a_challenge_for_transfers() {
    let (stub, weavr) = stubbed().await;
    let wires = wires(&["115"]);
    let sms = [
        "RETRY_IN_15SEC",
        "RETRY_IN_15_SECS",
        "CHALLENGE_LIMIT_EXCEEDED",
        "CHALLENGE_LIMIT_EXCEED",
    ];
    issues(&stub, &weavr, &wires, Channel::Sms, "challenges/otp/SMS", &sms).await;
    let push = ["CHALLENGE_LIMIT_EXCEEDED"];
    issues(&stub, &weavr, &wires, Channel::Authy, "challenges/push/AUTHY", &push).await;
    issues(
        &stub,
        &weavr,
        &wires,
        Channel::Biometric,
        "challenges/push/BIOMETRIC",
        &push,
    )
    .await;
    verifies(&stub, &weavr, &wires, "challenges/200/otp/SMS/verify", &[]).await;
}

#[tokio::test]
async fn every_word_to_a_step_up_and_to_payees() {
    let (stub, weavr) = stubbed().await;
    let sms = [
        "MOBILE_NUMBER_INVALID",
        "MOBILE_COUNTRY_NOT_SUPPORTED",
        "RETRY_IN_15SEC",
        "CHALLENGE_LIMIT_EXCEEDED",
    ];
    issues(
        &stub,
        &weavr,
        &ChallengeTarget::StepUp,
        Channel::Sms,
        "stepup/challenges/otp/SMS",
        &sms,
    )
    .await;
    let push = ["CHALLENGE_LIMIT_EXCEEDED"];
    issues(
        &stub,
        &weavr,
        &ChallengeTarget::StepUp,
        Channel::Authy,
        "stepup/challenges/push/AUTHY",
        &push,
    )
    .await;
    verifies(
        &stub,
        &weavr,
        &ChallengeTarget::StepUp,
        "stepup/challenges/otp/SMS/verify",
        &["ALREADY_VERIFIED"],
    )
    .await;

    let batch = ChallengeTarget::PayeeBatch(id("118"));
    let path = "beneficiaries/batch/118/challenges";
    issues(&stub, &weavr, &batch, Channel::Sms, &format!("{path}/otp/SMS"), &[]).await;
    issues(
        &stub,
        &weavr,
        &batch,
        Channel::Authy,
        &format!("{path}/push/AUTHY"),
        &push,
    )
    .await;
    verifies(&stub, &weavr, &batch, &format!("{path}/otp/SMS/verify"), &[]).await;
}

/// The changelog has the third code of a session refused in a way of its own.
#[tokio::test]
async fn the_third_code_of_a_step_up_is_one_too_many_in_both_spellings() {
    let (stub, weavr) = stubbed().await;
    for body in [r#"{"errorCode":"INVALID_REQUEST"}"#, r#"{"message":"INVALID_REQUEST"}"#] {
        stub.says("POST /multi/stepup/challenges/otp/SMS", Says::json(400, body));
        assert_eq!(
            issue(&weavr, &ChallengeTarget::StepUp, Channel::Sms).await,
            IssueResult::LimitReached
        );
    }
    stub.says("POST /multi/stepup/challenges/otp/SMS", Says::json(400, "{}"));
    let refused = weavr
        .issue(&token(), &ChallengeTarget::StepUp, Channel::Sms, "attempt-0123456789")
        .await;
    assert_eq!(refused, Err(ProviderError::Unusable(InvalidResponse::Status(400))));
}

#[tokio::test]
async fn every_word_of_the_deprecated_endpoints() {
    let (stub, weavr) = stubbed_with(|config| config.deprecated_endpoints = true).await;
    let sends = ChallengeTarget::Resources {
        kind: ResourceType::Sends,
        ids: vec![id("115")],
    };
    for (target, kind) in [(wires(&["115"]), "outgoing_wire_transfers"), (sends, "sends")] {
        let path = format!("{kind}/115/challenges");
        let exempt = ["SCA_EXEMPTION_APPLIED"];
        issues(
            &stub,
            &weavr,
            &target,
            Channel::Sms,
            &format!("{path}/otp/SMS"),
            &exempt,
        )
        .await;
        let push = ["CHALLENGE_LIMIT_EXCEEDED", "SCA_EXEMPTION_APPLIED"];
        issues(
            &stub,
            &weavr,
            &target,
            Channel::Authy,
            &format!("{path}/push/AUTHY"),
            &push,
        )
        .await;
        let words = ["SCA_EXEMPTION_APPLIED", "CHALLENGE_NOT_PENDING"];
        verifies(&stub, &weavr, &target, &format!("{path}/otp/SMS/verify"), &words).await;
    }
}

#[tokio::test]
async fn a_conflict_that_says_nothing_is_a_refusal() {
    let (stub, weavr) = stubbed().await;
    for body in ["", "{}", "<html>", r#"{"errorCode":null}"#, "null"] {
        stub.says("POST /multi/stepup/challenges/otp/SMS/verify", Says::json(409, body));
        let refused = verify_step_up(&weavr).await;
        assert_eq!(refused, VerifyResult::Refused(ErrorCode::Other("".into())), "{body}");
        stub.says("POST /multi/authentication_factors/push/AUTHY", Says::json(409, body));
        let refused = weavr.enrol(&token(), Channel::Authy, "attempt-0123456789").await;
        assert!(matches!(refused, Ok(EnrolResult::Refused(_))), "{body}");
        stub.says("DELETE /multi/authentication_factors/push/AUTHY", Says::json(409, body));
        assert!(
            matches!(
                weavr.unlink(&token(), Channel::Authy).await,
                Ok(UnlinkResult::Refused(_))
            ),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_challenge_without_a_name_cannot_be_used() {
    let (stub, weavr) = stubbed().await;
    for (status, body, flaw) in [
        (200, "{}", InvalidResponse::Body),
        (200, r#"{"scaChallengeId":"../../sends"}"#, InvalidResponse::Body),
        (200, "<html>", InvalidResponse::Body),
        (204, "", InvalidResponse::Status(204)),
    ] {
        stub.says("POST /multi/challenges/otp/SMS", Says::json(status, body));
        let issued = weavr
            .issue(&token(), &wires(&["115"]), Channel::Sms, "attempt-0123456789")
            .await;
        assert_eq!(issued, Err(ProviderError::Unusable(flaw)), "{status} {body}");
    }
}

#[tokio::test]
async fn a_transfer_is_read_or_missing_and_never_another_one() {
    let (stub, weavr) = stubbed().await;
    let call = "GET /multi/outgoing_wire_transfers/115";
    let body = |name: &str, amount: &str| {
        format!(
            r#"{{"id":{name},"state":"PENDING_CHALLENGE","transferAmount":{{"currency":"EUR","amount":{amount}}},
            "destination":{{"name":"Acme","iban":"DE89370400440532013000"}}}}"#
        )
    };
    let wire = id("115");
    let read = async || {
        weavr
            .resource(&token(), ResourceType::OutgoingWireTransfers, &wire)
            .await
    };
    for amount in ["2500", "\"2500\""] {
        stub.says(call, Says::json(200, body("\"115\"", amount)));
        let resource = read().await.unwrap().unwrap();
        assert_eq!(
            (resource.state, resource.amount.minor()),
            (State::PendingChallenge, 2500)
        );
    }
    stub.says(call, Says::json(404, ""));
    assert_eq!(read().await, Ok(None));
    for (status, says) in [
        (200, body("\"116\"", "2500")),
        (200, body("\"115\"", "-2500")),
        (200, body("\"115\"", "25.5")),
        (200, "{}".into()),
        (200, "<html>".into()),
        (204, String::new()),
    ] {
        stub.says(call, Says::json(status, says.clone()));
        assert_eq!(
            read().await,
            Err(ProviderError::Unusable(InvalidResponse::Body)),
            "{says}"
        );
    }
}
