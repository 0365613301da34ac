//! Received webhook events: deduplicated, and claimed until they are processed.

use std::time::Duration;

use super::*;
use crate::StoredWebhookEvent;
use sca_core::CorrelationKey;

fn event(id: &str, received_at: Timestamp) -> StoredWebhookEvent {
    StoredWebhookEvent {
        id: id.into(),
        correlation_key: CorrelationKey::session(&HOSTING, "s1"),
        kind: "session.status".into(),
        payload: None,
        received_at,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_concurrent_copies_are_one_event() {
    let store = empty().await;
    let inserted = all((0..1000).map(|_| {
        let store = store.clone();
        async move { store.insert_webhook_event(&event("evt_1", NOW)).await.unwrap() }
    }))
    .await;
    assert_eq!(inserted.into_iter().filter(|new| *new).count(), 1);
}

#[tokio::test]
async fn a_stored_but_unprocessed_event_is_claimed_again() {
    let store = empty().await;
    for (id, received_at) in [
        ("evt_2", NOW.plus_ms(2)),
        ("evt_1", NOW.plus_ms(1)),
        ("evt_3", NOW.plus_ms(3)),
    ] {
        assert!(store.insert_webhook_event(&event(id, received_at)).await.unwrap());
    }
    let waiting = async |before: Timestamp, now: Timestamp, limit: u32| -> Vec<String> {
        let events = at(&store, now)
            .claim_webhook_events(&HOSTING, before.until(now), limit)
            .await
            .unwrap();
        let mut ids: Vec<String> = events.into_iter().map(|event| event.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(waiting(NOW.plus_ms(3), NOW.plus_ms(10), 10).await, ["evt_1", "evt_2"]);
    // A claimed event goes to the end of the queue, and is not claimed again for a while.
    assert_eq!(waiting(NOW.plus_ms(10), NOW.plus_ms(10), 10).await, ["evt_3"]);
    assert!(waiting(NOW.plus_ms(10), NOW.plus_ms(20), 10).await.is_empty());
    store
        .mark_webhook_event_processed(&event("evt_1", NOW.plus_ms(1)), NOW.plus_ms(4))
        .await
        .unwrap();
    assert_eq!(waiting(NOW.plus_ms(11), NOW.plus_ms(20), 10).await, ["evt_2", "evt_3"]);
    assert!(
        !store
            .insert_webhook_event(&event("evt_1", NOW.plus_ms(5)))
            .await
            .unwrap()
    );
    assert!(waiting(NOW.plus_ms(20), NOW.plus_ms(20), 10).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_claimed_by_one_caller() {
    let store = empty().await;
    for number in 0..30 {
        let received = event(&format!("evt_{number}"), NOW);
        assert!(store.insert_webhook_event(&received).await.unwrap());
    }
    let claimed = all((0..10).map(|_| {
        let store = store.clone();
        async move {
            at(&store, NOW.plus_ms(9))
                .claim_webhook_events(&HOSTING, Duration::from_millis(8), 5)
                .await
                .unwrap()
        }
    }))
    .await;
    let mut ids: Vec<String> = claimed.into_iter().flatten().map(|event| event.id).collect();
    let rest = at(&store, NOW.plus_ms(9))
        .claim_webhook_events(&HOSTING, Duration::from_millis(8), 30)
        .await
        .unwrap();
    ids.extend(rest.into_iter().map(|event| event.id));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 30);
}
