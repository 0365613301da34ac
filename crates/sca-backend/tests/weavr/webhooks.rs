//! The sandbox's webhooks, as it signs them.

use sca_runtime::clock::{Clock, SystemClock};
use sca_weavr::{
    ChallengeTarget, Channel,
    event::{self, Event, RequestStatus, ResourceEvent},
    resource::{ResourceType, State},
    signature::{self, SignatureError},
};
use serde_json::{Value, json};

use crate::{
    fixture::{KEY, TestEnv, Webhook},
    secret,
};

fn verified_id(webhook: &Webhook) -> Result<String, SignatureError> {
    let keys = [secret(KEY)];
    signature::verify(&keys, &webhook.headers, &webhook.body, SystemClock.now()).map(|name| name.as_str().to_owned())
}

fn read(webhook: &Webhook) -> Event {
    event::read(&webhook.path, &webhook.body).unwrap()
}

fn resources(webhooks: &[Webhook]) -> Vec<ResourceEvent> {
    let events = webhooks.iter().map(read);
    events
        .filter_map(|event| match event {
            Event::Resource(event) => Some(event),
            Event::StepUp { .. } | Event::Batch { .. } | Event::Factor { .. } | Event::Ignored => None,
        })
        .collect()
}

async fn rejected_send(behaviour: Value) -> Vec<Webhook> {
    let env = TestEnv::start().await;
    env.behave(behaviour).await;
    let webhooks = env.receive_webhooks(json!({"key": KEY})).await;
    let send = env.send(990_000).await;
    let target = ChallengeTarget::Resources {
        kind: ResourceType::Sends,
        ids: vec![send],
    };
    env.issued(&target, Channel::Authy, "attempt-0000000001").await;
    env.answer("reject").await;
    env.webhooks_delivered().await;
    webhooks.lock().unwrap().clone()
}

#[tokio::test]
async fn the_webhooks_about_a_send_are_signed_and_readable_in_either_spelling() {
    for behaviour in [json!({}), json!({"amounts": "swapped", "eventIds": "text"})] {
        let webhooks = rejected_send(behaviour).await;
        let ids: Vec<_> = webhooks.iter().map(|webhook| verified_id(webhook).unwrap()).collect();
        let mut distinct = ids.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), ids.len());
        let events = resources(&webhooks);
        assert!(events.iter().any(|event| event.state == State::PendingChallenge));
        let last = events.iter().find(|event| event.state == State::Rejected).unwrap();
        assert_eq!(last.kind, ResourceType::Sends);
        assert_eq!(last.amount.unwrap().to_decimal(), "9900.00");
    }
}

#[tokio::test]
async fn only_webhooks_with_a_fresh_and_valid_signature_are_accepted() {
    let env = TestEnv::start().await;
    for (settings, expected) in [
        (json!({"signature": "v1Only"}), Err(SignatureError::Missing)),
        (json!({"signature": "unsigned"}), Err(SignatureError::Missing)),
        (json!({"signature": "wrong"}), Err(SignatureError::Wrong)),
        (json!({"key": "another_key_01"}), Err(SignatureError::Wrong)),
        (json!({"timestampShift": 3_600}), Err(SignatureError::Stale)),
        (json!({"timestampShift": -43_200}), Err(SignatureError::Stale)),
        (json!({"timestampShift": -14_400}), Ok(())),
        (json!({"callRef": false}), Ok(())),
    ] {
        let webhooks = env.receive_webhooks(settings.clone()).await;
        env.wire(250_000).await;
        env.webhooks_delivered().await;
        let webhooks = webhooks.lock().unwrap().clone();
        assert_eq!(webhooks.len(), 1, "{settings}");
        assert_eq!(verified_id(&webhooks[0]).map(|_| ()), expected, "{settings}");
    }
}

#[tokio::test]
async fn a_step_up_webhook_names_its_challenge_and_its_token_is_dropped() {
    let env = TestEnv::start().await;
    env.behave(json!({"stepUpTokenInEvent": true})).await;
    let webhooks = env.receive_webhooks(json!({"key": KEY})).await;
    let challenge = env
        .issued(&ChallengeTarget::StepUp, Channel::Biometric, "attempt-0000000001")
        .await
        .unwrap();
    env.answer("approve").await;
    env.webhooks_delivered().await;
    let webhooks = webhooks.lock().unwrap().clone();
    let webhook = webhooks.iter().find(|webhook| webhook.path == "/stepup/watch").unwrap();
    verified_id(webhook).unwrap();
    let body: Value = serde_json::from_slice(&webhook.body).unwrap();
    let token = body["authToken"].as_str().unwrap();
    let event = read(webhook);
    assert!(!format!("{event:?}").contains(token));
    let Event::StepUp {
        challenge: named,
        status,
    } = event
    else {
        panic!("{event:?}");
    };
    assert_eq!((named, status), (challenge, RequestStatus::Verified));
}
