//! The same against the sandbox, which shares no code with it.

use axum::http::Method;
use sca_backend::providers::{
    ProviderError,
    weavr::{
        ChallengeTarget, Channel, IssueResult, VerifyResult,
        batch::BatchState,
        factors::{EnrolResult, FactorState, UnlinkResult, VerifyEnrolmentResult},
        resource::{Exemption, RejectedBy, ResourceId, ResourceType, State},
    },
};
use serde_json::json;

use crate::{fixture::World, id, secret};

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
    let world = World::start().await;
    let (first, second) = (world.wire(250_000).await, world.wire(99_999).await);
    let read = world.read(WIRES, &first).await;
    assert_eq!(
        (read.state, read.amount.to_decimal()),
        (State::PendingChallenge, "2500.00".into())
    );
    assert_eq!(read.payee.unwrap().as_str(), "Acme");
    assert_eq!(read.account_tail.unwrap().as_str(), "3000");

    let target = several(WIRES, &[&first, &second]);
    let challenge = world.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    assert_eq!(
        world.verify(&target, Some(&challenge), WRONG).await,
        VerifyResult::Wrong
    );
    assert_eq!(
        world.verify(&target, Some(&challenge), RIGHT).await,
        VerifyResult::Accepted
    );
    for wire in [&first, &second] {
        let state = world.read(WIRES, wire).await.state;
        assert!(matches!(state, State::Submitted | State::Completed), "{state:?}");
    }
    assert_eq!(
        world.verify(&target, Some(&challenge), RIGHT).await,
        VerifyResult::NotPending
    );
    assert_eq!(
        world.issue(&target, Channel::Sms, "attempt-0000000002").await,
        IssueResult::NotPending
    );
}

#[tokio::test]
async fn a_send_is_confirmed_on_the_phone_and_another_is_rejected_there() {
    let world = World::start().await;
    for (channel, answer, expected) in [
        (Channel::Authy, "approve", None),
        (Channel::Biometric, "reject", Some(State::Rejected)),
    ] {
        let send = world.send(990_000).await;
        let read = world.read(SENDS, &send).await;
        assert_eq!((read.amount.to_decimal(), read.payee), ("9900.00".into(), None));
        assert_eq!(read.account_tail.unwrap().as_str(), "0204");
        let target = several(SENDS, &[&send]);
        world.issued(&target, channel, "attempt-0000000001").await.unwrap();
        // A request that is open is not sent twice; a code can be asked for all the same.
        assert_eq!(
            world.issue(&target, channel, "attempt-0000000002").await,
            IssueResult::NotPending
        );
        world.answer(answer).await;
        let state = world.read(SENDS, &send).await.state;
        match expected {
            Some(expected) => assert_eq!(state, expected),
            None => assert!(matches!(state, State::Approved | State::Completed), "{state:?}"),
        }
    }
}

#[tokio::test]
async fn wrong_codes_come_to_an_end_and_the_last_try_is_said_before() {
    let world = World::start().await;
    let wire = world.wire(250_000).await;
    let target = several(WIRES, &[&wire]);
    let challenge = world.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    for expected in [
        VerifyResult::Wrong,
        VerifyResult::Wrong,
        VerifyResult::Wrong,
        VerifyResult::WrongLastAttemptLeft,
        VerifyResult::LimitReached,
        VerifyResult::NotPending,
    ] {
        assert_eq!(world.verify(&target, Some(&challenge), WRONG).await, expected);
    }
    assert_eq!(
        world.verify(&target, Some(&challenge), RIGHT).await,
        VerifyResult::NotPending
    );
    let read = world.read(WIRES, &wire).await;
    assert_eq!(
        (read.state, read.rejected_by),
        (State::Rejected, Some(RejectedBy::User))
    );
}

#[tokio::test]
async fn a_code_can_be_sent_again_after_a_while_and_the_newest_counts() {
    let world = World::start().await;
    world.behave(json!({"codes": "fresh"})).await;
    let wire = world.wire(250_000).await;
    let target = several(WIRES, &[&wire]);
    let first = world.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    // The same attempt is one attempt.
    let again = world.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    assert_eq!(first, again);
    assert_eq!(
        world.issue(&target, Channel::Sms, "attempt-0000000002").await,
        IssueResult::TooEarly
    );
    world.advance(16).await;
    let second = world.issued(&target, Channel::Sms, "attempt-0000000003").await.unwrap();
    assert_ne!(first, second);
    let live = format!("/weavr/requests/{}", second.as_str());
    let request = world.control(Method::GET, &live, json!({})).await;
    let code = request["code"].as_str().unwrap();
    assert_eq!(
        world.verify(&target, Some(&first), code).await,
        VerifyResult::NotPending
    );
    world.advance(16).await;
    assert_eq!(
        world.issue(&target, Channel::Sms, "attempt-0000000004").await,
        IssueResult::LimitReached
    );
    assert_eq!(world.verify(&target, Some(&second), code).await, VerifyResult::Accepted);
}

#[tokio::test]
async fn an_old_code_is_too_old_and_the_transfer_still_waits() {
    let world = World::start().await;
    world.behave(json!({"codeSeconds": 60})).await;
    let wire = world.wire(250_000).await;
    let target = several(WIRES, &[&wire]);
    let challenge = world.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    world.advance(61).await;
    assert_eq!(
        world.verify(&target, Some(&challenge), RIGHT).await,
        VerifyResult::CodeExpired
    );
    assert_eq!(world.read(WIRES, &wire).await.state, State::PendingChallenge);
}

#[tokio::test]
async fn what_is_not_the_customers_or_of_another_kind_is_missing() {
    let world = World::start().await;
    let (wire, send) = (world.wire(250_000).await, world.send(990_000).await);
    let unknown = id("115999999999999999");
    for (kind, ids) in [
        (WIRES, vec![&wire, &unknown]),
        (WIRES, vec![&wire, &send]),
        (SENDS, vec![&wire]),
    ] {
        assert_eq!(
            world
                .issue(&several(kind, &ids), Channel::Sms, "attempt-0000000001")
                .await,
            IssueResult::NotFound
        );
    }
    assert_eq!(world.weavr.resource(&world.token, WIRES, &unknown).await, Ok(None));
    assert_eq!(world.weavr.resource(&world.token, SENDS, &wire).await, Ok(None));
    let stranger = world.control(Method::POST, "/weavr/customers", json!({})).await;
    let stranger = secret(stranger["token"].as_str().unwrap());
    assert_eq!(world.weavr.resource(&stranger, WIRES, &wire).await, Ok(None));
}

#[tokio::test]
async fn small_amounts_are_let_through_and_say_so() {
    let world = World::start().await;
    let wire = world.wire(2_000).await;
    let read = world.read(WIRES, &wire).await;
    assert_eq!(read.exemption, Some(Exemption::LowValue));
    assert!(matches!(read.state, State::Submitted | State::Completed));
    let target = several(WIRES, &[&wire]);
    assert_eq!(
        world.issue(&target, Channel::Sms, "attempt-0000000001").await,
        IssueResult::NotPending
    );
}

#[tokio::test]
async fn the_other_spellings_mean_the_same() {
    let world = World::start().await;
    let odd = json!({"spelling": "prose", "badRequest": "embedded", "stepUpField": "message", "amounts": "swapped",
        "attemptLimit": 1, "thirdStepUp": "invalidRequest"});
    world.behave(odd).await;
    let wire = world.wire(250_000).await;
    assert_eq!(world.read(WIRES, &wire).await.amount.minor(), 250_000);
    let target = several(WIRES, &[&wire]);
    let challenge = world.issued(&target, Channel::Sms, "attempt-0000000001").await.unwrap();
    assert_eq!(
        world.issue(&target, Channel::Sms, "attempt-0000000002").await,
        IssueResult::TooEarly
    );
    assert_eq!(
        world.verify(&target, Some(&challenge), WRONG).await,
        VerifyResult::LimitReached
    );

    let step_up = ChallengeTarget::StepUp;
    world.issued(&step_up, Channel::Sms, "attempt-0000000003").await;
    world.advance(16).await;
    world.issued(&step_up, Channel::Sms, "attempt-0000000004").await;
    world.advance(16).await;
    assert_eq!(
        world.issue(&step_up, Channel::Sms, "attempt-0000000005").await,
        IssueResult::LimitReached
    );
    assert_eq!(
        world.weavr.unlink(&world.token, Channel::Authy).await,
        Err(ProviderError::StepUpRequired)
    );
}

#[tokio::test]
async fn a_session_is_stepped_up_by_code_and_may_then_give_a_way_up() {
    let world = World::start().await;
    let unlink = async || world.weavr.unlink(&world.token, Channel::Authy).await;
    assert_eq!(unlink().await, Err(ProviderError::StepUpRequired));
    assert_eq!(
        world
            .issued(&ChallengeTarget::StepUp, Channel::Sms, "attempt-0000000001")
            .await,
        None
    );
    assert_eq!(
        world.verify(&ChallengeTarget::StepUp, None, WRONG).await,
        VerifyResult::Wrong
    );
    assert_eq!(
        world.verify(&ChallengeTarget::StepUp, None, RIGHT).await,
        VerifyResult::Accepted
    );
    assert_eq!(unlink().await, Ok(UnlinkResult::Unlinked));
    assert_eq!(unlink().await, Ok(UnlinkResult::NotSetUp));
    let factors = world.weavr.factors(&world.token).await.unwrap();
    let active: Vec<_> = factors.iter().filter_map(FactorState::active).collect();
    assert_eq!(active, [Channel::Sms, Channel::Biometric]);
}

#[tokio::test]
async fn codes_by_text_message_are_set_up_with_one() {
    let world = World::with(json!({"factors": {"BIOMETRIC": "ACTIVE"}}), |_| {}).await;
    let wire = world.wire(250_000).await;
    let target = several(WIRES, &[&wire]);
    assert_eq!(
        world.issue(&target, Channel::Sms, "attempt-0000000001").await,
        IssueResult::NotSetUp
    );
    assert_eq!(
        world.issue(&target, Channel::Authy, "attempt-0000000001").await,
        IssueResult::NotSetUp
    );
    let (weavr, token) = (&world.weavr, &world.token);
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
    world.issued(&target, Channel::Sms, "attempt-0000000004").await.unwrap();
}

#[tokio::test]
async fn payees_are_trusted_by_code_or_on_the_phone() {
    let world = World::start().await;
    let first = ChallengeTarget::PayeeBatch(world.payees().await);
    assert_eq!(world.issued(&first, Channel::Sms, "attempt-0000000001").await, None);
    assert_eq!(world.verify(&first, None, WRONG).await, VerifyResult::Wrong);
    assert_eq!(world.verify(&first, None, RIGHT).await, VerifyResult::Accepted);
    let id = world.payees().await;
    let second = ChallengeTarget::PayeeBatch(id.clone());
    let state = async |id| world.weavr.batch(&world.token, id).await.unwrap();
    assert_eq!(state(&id).await, Some(BatchState::PendingChallenge));
    assert_eq!(
        world.issued(&second, Channel::Biometric, "attempt-0000000002").await,
        None
    );
    world.answer("approve").await;
    let approved = state(&id).await;
    assert!(
        matches!(approved, Some(BatchState::ChallengeCompleted | BatchState::Completed)),
        "{approved:?}"
    );
    assert_eq!(state(&crate::id("115999999999999999")).await, None);
}

#[tokio::test]
async fn the_deprecated_endpoints_confirm_one_at_a_time() {
    let world = World::with(json!({}), |config| config.deprecated_endpoints = true).await;
    let (first, second) = (world.wire(250_000).await, world.wire(99_999).await);
    let target = several(WIRES, &[&first, &second]);
    assert_eq!(world.issued(&target, Channel::Sms, "attempt-0000000001").await, None);
    assert_eq!(world.verify(&target, None, WRONG).await, VerifyResult::Wrong);
    assert_eq!(world.verify(&target, None, RIGHT).await, VerifyResult::Accepted);
    for wire in [&first, &second] {
        let state = world.read(WIRES, wire).await.state;
        assert!(matches!(state, State::Submitted | State::Completed), "{state:?}");
    }
    let small = several(WIRES, &[&world.wire(2_000).await]);
    assert_eq!(
        world.issue(&small, Channel::Sms, "attempt-0000000002").await,
        IssueResult::Exempt
    );
    let send = several(SENDS, &[&world.send(990_000).await]);
    assert_eq!(world.verify(&send, None, RIGHT).await, VerifyResult::NotPending);
}

#[tokio::test]
async fn a_session_that_ended_is_the_customers_and_a_key_that_is_wrong_is_ours() {
    let world = World::start().await;
    world
        .control(
            Method::POST,
            &format!("/weavr/customers/{}/logout", world.user),
            json!({}),
        )
        .await;
    assert_eq!(
        world.weavr.factors(&world.token).await,
        Err(ProviderError::SessionEnded)
    );
    for (key, expected) in [
        ("weavr_unknown_key", ProviderError::ClientRefused(401)),
        ("weavr_other_key", ProviderError::ClientRefused(403)),
    ] {
        let world = World::with(json!({}), |config| config.api_key = secret(key)).await;
        assert_eq!(world.weavr.factors(&world.token).await, Err(expected), "{key}");
    }
}

#[tokio::test]
async fn faults_are_told_apart() {
    let world = World::start().await;
    let status = |status: u16| json!({"kind": "status", "status": status});
    for (fault, expected) in [
        (status(423), "Locked"),
        (status(401), "SessionEnded"),
        (status(503), "Unusable(Status(503))"),
        (
            json!({"kind": "tooManyRequests", "retryAfter": 30}),
            "TooManyRequests { retry_after: 30000 }",
        ),
        (json!({"kind": "html"}), "Unusable(Body)"),
        (json!({"kind": "truncatedJson"}), "Unusable(Body)"),
        (json!({"kind": "reset"}), "Broken"),
    ] {
        world.fault("factors", fault.clone()).await;
        let error = world.weavr.factors(&world.token).await.unwrap_err();
        let told = format!("{error:?}");
        let alike = told == expected || (fault["kind"] == "truncatedJson" && told == "Broken");
        assert!(alike, "{fault}: {told}");
    }
    assert_eq!(world.weavr.factors(&world.token).await.unwrap().len(), 3);
}
