//! What the sandbox tells by itself, as it signs it.

use sca_backend::{
    clock::{Clock, SystemClock},
    providers::weavr::{
        ChallengeTarget, Channel,
        event::{self, Event, RequestStatus, ResourceEvent},
        resource::{ResourceType, State},
        signature::{self, SignatureError},
    },
};
use serde_json::{Value, json};

use crate::{
    fixture::{KEY, Webhook, World},
    secret,
};

fn checked(webhook: &Webhook) -> Result<String, SignatureError> {
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
    let world = World::start().await;
    world.behave(behaviour).await;
    let webhooks = world.listen(json!({"key": KEY})).await;
    let send = world.send(990_000).await;
    let target = ChallengeTarget::Resources {
        kind: ResourceType::Sends,
        ids: vec![send],
    };
    world.issued(&target, Channel::Authy, "attempt-0000000001").await;
    world.answer("reject").await;
    world.told().await;
    webhooks.lock().unwrap().clone()
}

#[tokio::test]
async fn what_became_of_a_send_is_told_and_signed_in_either_spelling() {
    for behaviour in [json!({}), json!({"amounts": "swapped", "eventIds": "text"})] {
        let webhooks = rejected_send(behaviour).await;
        let names: Vec<_> = webhooks.iter().map(|webhook| checked(webhook).unwrap()).collect();
        let mut different = names.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), names.len());
        let events = resources(&webhooks);
        assert!(events.iter().any(|event| event.state == State::PendingChallenge));
        let last = events.iter().find(|event| event.state == State::Rejected).unwrap();
        assert_eq!(last.kind, ResourceType::Sends);
        assert_eq!(last.amount.unwrap().to_decimal(), "9900.00");
    }
}

#[tokio::test]
async fn what_is_not_signed_as_described_is_not_taken() {
    let world = World::start().await;
    for (how, expected) in [
        (json!({"signature": "v1Only"}), Err(SignatureError::Missing)),
        (json!({"signature": "unsigned"}), Err(SignatureError::Missing)),
        (json!({"signature": "wrong"}), Err(SignatureError::Wrong)),
        (json!({"key": "another_key_01"}), Err(SignatureError::Wrong)),
        (json!({"timestampShift": 3_600}), Err(SignatureError::Stale)),
        (json!({"timestampShift": -43_200}), Err(SignatureError::Stale)),
        (json!({"timestampShift": -14_400}), Ok(())),
        (json!({"callRef": false}), Ok(())),
    ] {
        let webhooks = world.listen(how.clone()).await;
        world.wire(250_000).await;
        world.told().await;
        let webhooks = webhooks.lock().unwrap().clone();
        assert_eq!(webhooks.len(), 1, "{how}");
        assert_eq!(checked(&webhooks[0]).map(|_| ()), expected, "{how}");
    }
}

#[tokio::test]
async fn a_step_up_on_the_phone_is_told_by_its_challenge_and_its_token_is_not_kept() {
    let world = World::start().await;
    world.behave(json!({"stepUpTokenInEvent": true})).await;
    let webhooks = world.listen(json!({"key": KEY})).await;
    let challenge = world
        .issued(&ChallengeTarget::StepUp, Channel::Biometric, "attempt-0000000001")
        .await
        .unwrap();
    world.answer("approve").await;
    world.told().await;
    let webhooks = webhooks.lock().unwrap().clone();
    let webhook = webhooks.iter().find(|webhook| webhook.path == "/stepup/watch").unwrap();
    checked(webhook).unwrap();
    let body: Value = serde_json::from_slice(&webhook.body).unwrap();
    let brought = body["authToken"].as_str().unwrap();
    let event = read(webhook);
    assert!(!format!("{event:?}").contains(brought));
    let Event::StepUp {
        challenge: told,
        status,
    } = event
    else {
        panic!("{event:?}");
    };
    assert_eq!((told, status), (challenge, RequestStatus::Verified));
}
