//! The client against the sandbox, which shares no code with it.

use axum::http::Method;
use sca_core::ProviderError;
use sca_weavr::{
    ChallengeTarget, Channel, IssueResult, VerifyResult,
    batch::BatchState,
    factors::{EnrolResult, FactorState, UnlinkResult, VerifyEnrolmentResult},
    resource::{Exemption, RejectedBy, ResourceId, ResourceType, State},
};
use serde_json::json;

use crate::{fixture::TestEnv, id, secret};

const RIGHT: &str = "123456";
const WRONG: &str = "000000";

fn several(kind: ResourceType, ids: &[&ResourceId]) -> ChallengeTarget {
    ChallengeTarget::Resources {
        kind,
        ids: ids.iter().map(|id| (*id).clone()).collect(),
    }
}

const WIRES: ResourceType = ResourceType::OutgoingWireTransfers;
const SENDS: ResourceType = ResourceType::Sends;

#[tokio::test]
async fn several_wires_are_confirmed_with_one_code() {
    let env = TestEnv::start().await;
    let (first, second) = (env.wire(250_000).await, env.wire(99_999).await);
    let read = env.read(WIRES, &first).await;
    assert_eq!(
        (read.state, read.amount.to_decimal()),
        (State::PendingChallenge, "2500.00".into())
    );
    assert_eq!(read.payee.unwrap().as_str(), "Acme Corp");
    assert_eq!(read.account_tail.unwrap().as_str(), "3000");

    let target = several(WIRES, &[&first, &second]);
    let challenge = env.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    assert_eq!(env.verify(&target, Some(&challenge), WRONG).await, VerifyResult::Wrong);
    assert_eq!(
        env.verify(&target, Some(&challenge), RIGHT).await,
        VerifyResult::Accepted
    );
    for wire in [&first, &second] {
        let state = env.read(WIRES, wire).await.state;
        assert!(matches!(state, State::Submitted | State::Completed), "{state:?}");
    }
    assert_eq!(
        env.verify(&target, Some(&challenge), RIGHT).await,
        VerifyResult::NotPending
    );
    assert_eq!(
        env.issue(&target, Channel::Sms, "attempt-0000000002").await,
        IssueResult::NotPending
    );
}

#[tokio::test]
async fn sends_are_approved_and_rejected_on_the_phone() {
    let env = TestEnv::start().await;
    for (channel, answer, expected) in [
        (Channel::Authy, "approve", None),
        (Channel::Biometric, "reject", Some(State::Rejected)),
    ] {
        let send = env.send(990_000).await;
        let read = env.read(SENDS, &send).await;
        assert_eq!((read.amount.to_decimal(), read.payee), ("9900.00".into(), None));
        assert_eq!(read.account_tail.unwrap().as_str(), "0204");
        let target = several(SENDS, &[&send]);
        env.issued(&target, channel, "attempt-0000000001").await.unwrap();
        // Weavr sends no second request while one is open.
        assert_eq!(
            env.issue(&target, channel, "attempt-0000000002").await,
            IssueResult::NotPending
        );
        env.answer(answer).await;
        let state = env.read(SENDS, &send).await.state;
        match expected {
            Some(expected) => assert_eq!(state, expected),
            None => assert!(matches!(state, State::Approved | State::Completed), "{state:?}"),
        }
    }
}

#[tokio::test]
async fn the_last_attempt_is_announced_and_then_the_limit_is_reached() {
    let env = TestEnv::start().await;
    let wire = env.wire(250_000).await;
    let target = several(WIRES, &[&wire]);
    let challenge = env.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    for expected in [
        VerifyResult::Wrong,
        VerifyResult::Wrong,
        VerifyResult::Wrong,
        VerifyResult::WrongLastAttemptLeft,
        VerifyResult::LimitReached,
        VerifyResult::NotPending,
    ] {
        assert_eq!(env.verify(&target, Some(&challenge), WRONG).await, expected);
    }
    assert_eq!(
        env.verify(&target, Some(&challenge), RIGHT).await,
        VerifyResult::NotPending
    );
    let read = env.read(WIRES, &wire).await;
    assert_eq!(
        (read.state, read.rejected_by),
        (State::Rejected, Some(RejectedBy::User))
    );
}

#[tokio::test]
async fn a_code_can_be_resent_after_a_while_and_only_the_newest_is_accepted() {
    let env = TestEnv::start().await;
    env.behave(json!({"codes": "fresh"})).await;
    let wire = env.wire(250_000).await;
    let target = several(WIRES, &[&wire]);
    let first = env.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    // A repeated idempotency reference issues no second challenge.
    let again = env.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    assert_eq!(first, again);
    assert_eq!(
        env.issue(&target, Channel::Sms, "attempt-0000000002").await,
        IssueResult::TooEarly
    );
    env.advance(16).await;
    let second = env.issued(&target, Channel::Sms, "attempt-0000000003").await.unwrap();
    assert_ne!(first, second);
    let live = format!("/weavr/requests/{}", second.as_str());
    let request = env.control(Method::GET, &live, json!({})).await;
    let code = request["code"].as_str().unwrap();
    assert_eq!(env.verify(&target, Some(&first), code).await, VerifyResult::NotPending);
    env.advance(16).await;
    assert_eq!(
        env.issue(&target, Channel::Sms, "attempt-0000000004").await,
        IssueResult::LimitReached
    );
    assert_eq!(env.verify(&target, Some(&second), code).await, VerifyResult::Accepted);
}

#[tokio::test]
async fn an_expired_code_leaves_the_payment_pending() {
    let env = TestEnv::start().await;
    env.behave(json!({"codeSeconds": 60})).await;
    let wire = env.wire(250_000).await;
    let target = several(WIRES, &[&wire]);
    let challenge = env.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    env.advance(61).await;
    assert_eq!(
        env.verify(&target, Some(&challenge), RIGHT).await,
        VerifyResult::CodeExpired
    );
    assert_eq!(env.read(WIRES, &wire).await.state, State::PendingChallenge);
}

#[tokio::test]
async fn payments_of_another_customer_or_kind_are_not_found() {
    let env = TestEnv::start().await;
    let (wire, send) = (env.wire(250_000).await, env.send(990_000).await);
    let unknown = id("115999999999999999");
    for (kind, ids) in [
        (WIRES, vec![&wire, &unknown]),
        (WIRES, vec![&wire, &send]),
        (SENDS, vec![&wire]),
    ] {
        assert_eq!(
            env.issue(&several(kind, &ids), Channel::Sms, "attempt-0000000001")
                .await,
            IssueResult::NotFound
        );
    }
    assert_eq!(env.weavr.resource(&env.token, WIRES, &unknown).await, Ok(None));
    assert_eq!(env.weavr.resource(&env.token, SENDS, &wire).await, Ok(None));
    let stranger = env.control(Method::POST, "/weavr/customers", json!({})).await;
    let stranger = secret(stranger["token"].as_str().unwrap());
    assert_eq!(env.weavr.resource(&stranger, WIRES, &wire).await, Ok(None));
}

#[tokio::test]
async fn low_value_payments_are_exempt_and_say_so() {
    let env = TestEnv::start().await;
    let wire = env.wire(2_000).await;
    let read = env.read(WIRES, &wire).await;
    assert_eq!(read.exemption, Some(Exemption::LowValue));
    assert!(matches!(read.state, State::Submitted | State::Completed));
    let target = several(WIRES, &[&wire]);
    assert_eq!(
        env.issue(&target, Channel::Sms, "attempt-0000000001").await,
        IssueResult::NotPending
    );
}

#[tokio::test]
async fn the_alternative_spellings_mean_the_same() {
    let env = TestEnv::start().await;
    let alternative = json!({"spelling": "prose", "badRequest": "embedded", "stepUpField": "message", "amounts": "swapped",
        "attemptLimit": 1, "thirdStepUp": "invalidRequest"});
    env.behave(alternative).await;
    let wire = env.wire(250_000).await;
    assert_eq!(env.read(WIRES, &wire).await.amount.minor(), 250_000);
    let target = several(WIRES, &[&wire]);
    let challenge = env.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    assert_eq!(
        env.issue(&target, Channel::Sms, "attempt-0000000002").await,
        IssueResult::TooEarly
    );
    assert_eq!(
        env.verify(&target, Some(&challenge), WRONG).await,
        VerifyResult::LimitReached
    );

    let step_up = ChallengeTarget::StepUp;
    env.issued(&step_up, Channel::Sms, "attempt-0000000003").await;
    env.advance(16).await;
    env.issued(&step_up, Channel::Sms, "attempt-0000000004").await;
    env.advance(16).await;
    assert_eq!(
        env.issue(&step_up, Channel::Sms, "attempt-0000000005").await,
        IssueResult::LimitReached
    );
    assert_eq!(
        env.weavr.unlink(&env.token, Channel::Authy).await,
        Err(ProviderError::StepUpRequired)
    );
}

#[tokio::test]
async fn a_stepped_up_session_may_unlink_a_factor() {
    let env = TestEnv::start().await;
    let unlink = async || env.weavr.unlink(&env.token, Channel::Authy).await;
    assert_eq!(unlink().await, Err(ProviderError::StepUpRequired));
    assert_eq!(
        env.issued(&ChallengeTarget::StepUp, Channel::Sms, "attempt-0000000001")
            .await,
        None
    );
    assert_eq!(
        env.verify(&ChallengeTarget::StepUp, None, WRONG).await,
        VerifyResult::Wrong
    );
    assert_eq!(
        env.verify(&ChallengeTarget::StepUp, None, RIGHT).await,
        VerifyResult::Accepted
    );
    assert_eq!(unlink().await, Ok(UnlinkResult::Unlinked));
    assert_eq!(unlink().await, Ok(UnlinkResult::NotSetUp));
    let factors = env.weavr.factors(&env.token).await.unwrap();
    let active: Vec<_> = factors.iter().filter_map(FactorState::active).collect();
    assert_eq!(active, [Channel::Sms, Channel::Biometric]);
}

#[tokio::test]
async fn the_sms_factor_is_enrolled_with_a_code() {
    let env = TestEnv::with(json!({"factors": {"BIOMETRIC": "ACTIVE"}}), |_| {}).await;
    let wire = env.wire(250_000).await;
    let target = several(WIRES, &[&wire]);
    assert_eq!(
        env.issue(&target, Channel::Sms, "attempt-0000000001").await,
        IssueResult::NotSetUp
    );
    assert_eq!(
        env.issue(&target, Channel::Authy, "attempt-0000000001").await,
        IssueResult::NotSetUp
    );
    let (weavr, token) = (&env.weavr, &env.token);
    let verify = async |code: &str| weavr.verify_enrolment(token, &secret(code)).await;
    assert_eq!(
        weavr.enrol(token, Channel::Sms, "attempt-0000000002").await,
        Ok(EnrolResult::Started)
    );
    assert_eq!(verify(WRONG).await, Ok(VerifyEnrolmentResult::Wrong));
    assert_eq!(verify(RIGHT).await, Ok(VerifyEnrolmentResult::Accepted));
    assert_eq!(
        weavr.enrol(token, Channel::Sms, "attempt-0000000003").await,
        Ok(EnrolResult::AlreadySetUp)
    );
    env.issued(&target, Channel::Sms, "attempt-0000000004").await.unwrap();
}

#[tokio::test]
async fn payee_batches_are_confirmed_with_a_code_or_on_the_phone() {
    let env = TestEnv::start().await;
    let first = ChallengeTarget::PayeeBatch(env.payees().await);
    assert_eq!(env.issued(&first, Channel::Sms, "attempt-0000000001").await, None);
    assert_eq!(env.verify(&first, None, WRONG).await, VerifyResult::Wrong);
    assert_eq!(env.verify(&first, None, RIGHT).await, VerifyResult::Accepted);
    let id = env.payees().await;
    let second = ChallengeTarget::PayeeBatch(id.clone());
    let state = async |id| env.weavr.batch(&env.token, id).await.unwrap();
    assert_eq!(state(&id).await, Some(BatchState::PendingChallenge));
    assert_eq!(
        env.issued(&second, Channel::Biometric, "attempt-0000000002").await,
        None
    );
    env.answer("approve").await;
    let approved = state(&id).await;
    assert!(
        matches!(approved, Some(BatchState::ChallengeCompleted | BatchState::Completed)),
        "{approved:?}"
    );
    assert_eq!(state(&crate::id("115999999999999999")).await, None);
}

#[tokio::test]
async fn the_deprecated_endpoints_confirm_one_payment_at_a_time() {
    let env = TestEnv::with(json!({}), |config| config.deprecated_endpoints = true).await;
    let (first, second) = (env.wire(250_000).await, env.wire(99_999).await);
    let target = several(WIRES, &[&first, &second]);
    assert_eq!(env.issued(&target, Channel::Sms, "attempt-0000000001").await, None);
    assert_eq!(env.verify(&target, None, WRONG).await, VerifyResult::Wrong);
    assert_eq!(env.verify(&target, None, RIGHT).await, VerifyResult::Accepted);
    for wire in [&first, &second] {
        let state = env.read(WIRES, wire).await.state;
        assert!(matches!(state, State::Submitted | State::Completed), "{state:?}");
    }
    let small = several(WIRES, &[&env.wire(2_000).await]);
    assert_eq!(
        env.issue(&small, Channel::Sms, "attempt-0000000002").await,
        IssueResult::Exempt
    );
    let send = several(SENDS, &[&env.send(990_000).await]);
    assert_eq!(env.verify(&send, None, RIGHT).await, VerifyResult::NotPending);
}

#[tokio::test]
async fn an_ended_session_and_a_wrong_api_key_are_different_errors() {
    let env = TestEnv::start().await;
    env.control(
        Method::POST,
        &format!("/weavr/customers/{}/logout", env.user),
        json!({}),
    )
    .await;
    assert_eq!(env.weavr.factors(&env.token).await, Err(ProviderError::SessionEnded));
    for (key, expected) in [
        ("weavr_unknown_key", ProviderError::ClientRefused(401)),
        ("weavr_other_key", ProviderError::ClientRefused(403)),
    ] {
        let env = TestEnv::with(json!({}), |config| config.api_key = secret(key)).await;
        assert_eq!(env.weavr.factors(&env.token).await, Err(expected), "{key}");
    }
}

#[tokio::test]
async fn injected_faults_map_to_their_provider_errors() {
    let env = TestEnv::start().await;
    let status = |status: u16| json!({"kind": "status", "status": status});
    for (fault, expected) in [
        (status(423), "Locked { retry_after: 1800s }"),
        (status(401), "SessionEnded"),
        (status(503), "Unusable(Status(503))"),
        (
            json!({"kind": "tooManyRequests", "retryAfter": 30}),
            "TooManyRequests { retry_after: 30s }",
        ),
        (json!({"kind": "html"}), "Unusable(Page(200))"),
        (json!({"kind": "truncatedJson"}), "Unusable(Body)"),
        (json!({"kind": "reset"}), "Broken"),
    ] {
        env.fault("factors", fault.clone()).await;
        let error = env.weavr.factors(&env.token).await.unwrap_err();
        let actual = format!("{error:?}");
        let alike = actual == expected || (fault["kind"] == "truncatedJson" && actual == "Broken");
        assert!(alike, "{fault}: {actual}");
    }
    assert_eq!(env.weavr.factors(&env.token).await.unwrap().len(), 3);
}
