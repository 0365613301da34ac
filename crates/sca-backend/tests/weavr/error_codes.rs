//! What each error code of Weavr means to the client. The two tables name each documented code once; each test lists the codes that
//! its endpoint documents.

use sca_core::{InvalidResponse, ProviderError};
use sca_weavr::{
    ChallengeId, ChallengeTarget, Channel, IssueResult, VerifyResult, Weavr,
    code::ErrorCode,
    factors::{EnrolResult, UnlinkResult},
    resource::{ResourceType, State},
};

use crate::{
    CODE, IDEMPOTENCY_REF, conflict, id, issue, secret,
    stub::{Stub, StubResponse},
    stubbed, stubbed_with, token, verify_step_up, wires,
};

/// The codes with which Weavr refuses to issue a challenge, and one that no document names.
fn issue_results() -> [(&'static str, IssueResult); 11] {
    [
        ("STATE_INVALID", IssueResult::NotPending),
        ("CHANNEL_NOT_SUPPORTED", IssueResult::NotSupported),
        ("CHANNEL_NOT_REGISTERED", IssueResult::NotSetUp),
        ("MOBILE_NUMBER_INVALID", IssueResult::NumberInvalid),
        ("MOBILE_COUNTRY_NOT_SUPPORTED", IssueResult::CountryNotSupported),
        ("RETRY_IN_15SEC", IssueResult::TooEarly),
        ("RETRY_IN_15_SECS", IssueResult::TooEarly),
        ("CHALLENGE_LIMIT_EXCEEDED", IssueResult::LimitReached),
        ("CHALLENGE_LIMIT_EXCEED", IssueResult::LimitReached),
        ("SCA_EXEMPTION_APPLIED", IssueResult::Exempt),
        (
            "SOMETHING_NEW",
            IssueResult::Refused(ErrorCode::Other("SOMETHING_NEW".into())),
        ),
    ]
}

/// The codes with which Weavr refuses to verify a code, and one that no document names.
fn verify_results() -> [(&'static str, VerifyResult); 12] {
    [
        ("STATE_INVALID", VerifyResult::NotPending),
        ("CHALLENGE_NOT_PENDING", VerifyResult::NotPending),
        ("CHANNEL_NOT_SUPPORTED", VerifyResult::NotSupported),
        ("CHANNEL_NOT_REGISTERED", VerifyResult::NotSetUp),
        ("VERIFICATION_CODE_EXPIRED", VerifyResult::CodeExpired),
        ("VERIFICATION_CODE_INVALID", VerifyResult::Wrong),
        ("ONE_CHALLENGE_LIMIT_REMAINING", VerifyResult::WrongLastAttemptLeft),
        ("CHALLENGE_LIMIT_EXCEEDED", VerifyResult::LimitReached),
        ("CHALLENGE_LIMIT_EXCEED", VerifyResult::LimitReached),
        ("ALREADY_VERIFIED", VerifyResult::AlreadyVerified),
        ("SCA_EXEMPTION_APPLIED", VerifyResult::Exempt),
        (
            "SOMETHING_NEW",
            VerifyResult::Refused(ErrorCode::Other("SOMETHING_NEW".into())),
        ),
    ]
}

/// The result that a table gives for a code.
fn row<T>(table: impl IntoIterator<Item = (&'static str, T)>, code: &str) -> T {
    let found = table.into_iter().find(|(known, _)| *known == code);
    found.unwrap_or_else(|| panic!("no row for {code}")).1
}

/// The codes that every endpoint documents.
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

/// An endpoint that issues challenges maps these codes as the table says.
async fn assert_issue_codes(
    stub: &Stub,
    weavr: &Weavr,
    target: &ChallengeTarget,
    channel: Channel,
    path: &str,
    codes: &[&str],
) {
    for code in ISSUE.iter().chain(codes) {
        stub.respond(&format!("POST /multi/{path}"), conflict(code));
        assert_eq!(
            issue(weavr, target, channel).await,
            row(issue_results(), code),
            "{path} {code}"
        );
    }
    stub.respond(
        &format!("POST /multi/{path}"),
        StubResponse::json(404, r#"{"code":"NOT_FOUND"}"#),
    );
    assert_eq!(issue(weavr, target, channel).await, IssueResult::NotFound, "{path}");
}

/// An endpoint that verifies codes maps these codes as the table says.
async fn assert_verify_codes(stub: &Stub, weavr: &Weavr, target: &ChallengeTarget, path: &str, codes: &[&str]) {
    let challenge = ChallengeId::new("200").unwrap();
    let code = secret(CODE);
    let verify = async || {
        weavr
            .verify(&token(), target, Channel::Sms, Some(&challenge), &code)
            .await
    };
    for error in VERIFY.iter().chain(codes) {
        stub.respond(&format!("POST /multi/{path}"), conflict(error));
        assert_eq!(verify().await, Ok(row(verify_results(), error)), "{path} {error}");
    }
    for (status, expected) in [
        (400, Ok(VerifyResult::Malformed)),
        (404, Ok(VerifyResult::NotFound)),
        // Only the documented status is an acceptance.
        (200, Err(ProviderError::Unusable(InvalidResponse::Status(200)))),
        (201, Err(ProviderError::Unusable(InvalidResponse::Status(201)))),
        (202, Err(ProviderError::Unusable(InvalidResponse::Status(202)))),
        (302, Err(ProviderError::Unusable(InvalidResponse::Status(302)))),
        (204, Ok(VerifyResult::Accepted)),
    ] {
        stub.respond(&format!("POST /multi/{path}"), StubResponse::json(status, "{}"));
        assert_eq!(verify().await, expected, "{path} {status}");
    }
}

#[tokio::test]
async fn every_error_code_of_the_challenge_endpoints_for_payments_is_mapped() {
    let (stub, weavr) = stubbed().await;
    let wires = wires(&["115"]);
    let sms = [
        "RETRY_IN_15SEC",
        "RETRY_IN_15_SECS",
        "CHALLENGE_LIMIT_EXCEEDED",
        "CHALLENGE_LIMIT_EXCEED",
    ];
    assert_issue_codes(&stub, &weavr, &wires, Channel::Sms, "challenges/otp/SMS", &sms).await;
    let push = ["CHALLENGE_LIMIT_EXCEEDED"];
    assert_issue_codes(&stub, &weavr, &wires, Channel::Authy, "challenges/push/AUTHY", &push).await;
    assert_issue_codes(
        &stub,
        &weavr,
        &wires,
        Channel::Biometric,
        "challenges/push/BIOMETRIC",
        &push,
    )
    .await;
    assert_verify_codes(&stub, &weavr, &wires, "challenges/200/otp/SMS/verify", &[]).await;
}

#[tokio::test]
async fn every_error_code_of_the_step_up_and_payee_endpoints_is_mapped() {
    let (stub, weavr) = stubbed().await;
    let sms = [
        "MOBILE_NUMBER_INVALID",
        "MOBILE_COUNTRY_NOT_SUPPORTED",
        "RETRY_IN_15SEC",
        "CHALLENGE_LIMIT_EXCEEDED",
    ];
    assert_issue_codes(
        &stub,
        &weavr,
        &ChallengeTarget::StepUp,
        Channel::Sms,
        "stepup/challenges/otp/SMS",
        &sms,
    )
    .await;
    let push = ["CHALLENGE_LIMIT_EXCEEDED"];
    assert_issue_codes(
        &stub,
        &weavr,
        &ChallengeTarget::StepUp,
        Channel::Authy,
        "stepup/challenges/push/AUTHY",
        &push,
    )
    .await;
    assert_verify_codes(
        &stub,
        &weavr,
        &ChallengeTarget::StepUp,
        "stepup/challenges/otp/SMS/verify",
        &["ALREADY_VERIFIED"],
    )
    .await;

    let batch = ChallengeTarget::PayeeBatch(id("118"));
    let path = "beneficiaries/batch/118/challenges";
    assert_issue_codes(&stub, &weavr, &batch, Channel::Sms, &format!("{path}/otp/SMS"), &[]).await;
    assert_issue_codes(
        &stub,
        &weavr,
        &batch,
        Channel::Authy,
        &format!("{path}/push/AUTHY"),
        &push,
    )
    .await;
    assert_verify_codes(&stub, &weavr, &batch, &format!("{path}/otp/SMS/verify"), &[]).await;
}

/// Weavr's changelog documents this code for the third code of a session.
#[tokio::test]
async fn the_third_step_up_code_is_over_the_limit_in_both_spellings() {
    let (stub, weavr) = stubbed().await;
    for body in [r#"{"errorCode":"INVALID_REQUEST"}"#, r#"{"message":"INVALID_REQUEST"}"#] {
        stub.respond("POST /multi/stepup/challenges/otp/SMS", StubResponse::json(400, body));
        assert_eq!(
            issue(&weavr, &ChallengeTarget::StepUp, Channel::Sms).await,
            IssueResult::LimitReached
        );
    }
    stub.respond("POST /multi/stepup/challenges/otp/SMS", StubResponse::json(400, "{}"));
    let refused = weavr
        .issue(&token(), &ChallengeTarget::StepUp, Channel::Sms, IDEMPOTENCY_REF)
        .await;
    assert_eq!(refused, Err(ProviderError::Unusable(InvalidResponse::Status(400))));
}

#[tokio::test]
async fn every_error_code_of_the_deprecated_endpoints_is_mapped() {
    let (stub, weavr) = stubbed_with(|config| config.deprecated_endpoints = true).await;
    let sends = ChallengeTarget::Resources {
        kind: ResourceType::Sends,
        ids: vec![id("115")],
    };
    for (target, kind) in [(wires(&["115"]), "outgoing_wire_transfers"), (sends, "sends")] {
        let path = format!("{kind}/115/challenges");
        let exempt = ["SCA_EXEMPTION_APPLIED"];
        assert_issue_codes(
            &stub,
            &weavr,
            &target,
            Channel::Sms,
            &format!("{path}/otp/SMS"),
            &exempt,
        )
        .await;
        let push = ["CHALLENGE_LIMIT_EXCEEDED", "SCA_EXEMPTION_APPLIED"];
        assert_issue_codes(
            &stub,
            &weavr,
            &target,
            Channel::Authy,
            &format!("{path}/push/AUTHY"),
            &push,
        )
        .await;
        let verify = ["SCA_EXEMPTION_APPLIED", "CHALLENGE_NOT_PENDING"];
        assert_verify_codes(&stub, &weavr, &target, &format!("{path}/otp/SMS/verify"), &verify).await;
    }
}

#[tokio::test]
async fn a_conflict_without_an_error_code_is_a_refusal() {
    let (stub, weavr) = stubbed().await;
    for body in ["", "{}", "<html>", r#"{"errorCode":null}"#, "null"] {
        stub.respond(
            "POST /multi/stepup/challenges/otp/SMS/verify",
            StubResponse::json(409, body),
        );
        let refused = verify_step_up(&weavr).await;
        assert_eq!(refused, VerifyResult::Refused(ErrorCode::Other("".into())), "{body}");
        stub.respond(
            "POST /multi/authentication_factors/push/AUTHY",
            StubResponse::json(409, body),
        );
        let refused = weavr.enrol(&token(), Channel::Authy, IDEMPOTENCY_REF).await;
        assert!(matches!(refused, Ok(EnrolResult::Refused(_))), "{body}");
        stub.respond(
            "DELETE /multi/authentication_factors/push/AUTHY",
            StubResponse::json(409, body),
        );
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
async fn a_challenge_without_a_usable_id_is_a_provider_error() {
    let (stub, weavr) = stubbed().await;
    for (status, body, reason) in [
        (200, "{}", InvalidResponse::Body),
        (200, r#"{"scaChallengeId":"../../sends"}"#, InvalidResponse::Body),
        (200, "<html>", InvalidResponse::Body),
        (204, "", InvalidResponse::Status(204)),
    ] {
        stub.respond("POST /multi/challenges/otp/SMS", StubResponse::json(status, body));
        let issued = weavr
            .issue(&token(), &wires(&["115"]), Channel::Sms, IDEMPOTENCY_REF)
            .await;
        assert_eq!(issued, Err(ProviderError::Unusable(reason)), "{status} {body}");
    }
}

#[tokio::test]
async fn a_payment_is_read_only_under_its_own_id() {
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
        stub.respond(call, StubResponse::json(200, body("\"115\"", amount)));
        let resource = read().await.unwrap().unwrap();
        assert_eq!(
            (resource.state, resource.amount.minor()),
            (State::PendingChallenge, 2500)
        );
    }
    stub.respond(call, StubResponse::json(404, ""));
    assert_eq!(read().await, Ok(None));
    for (status, response) in [
        (200, body("\"116\"", "2500")),
        (200, body("\"115\"", "-2500")),
        (200, body("\"115\"", "25.5")),
        (200, "{}".into()),
        (200, "<html>".into()),
        (204, String::new()),
    ] {
        stub.respond(call, StubResponse::json(status, response.clone()));
        assert_eq!(
            read().await,
            Err(ProviderError::Unusable(InvalidResponse::Body)),
            "{response}"
        );
    }
}
