use super::FACESIGN;
use std::time::Duration;

use super::*;
use crate::store::WebhookEvent;
use sca_core::CorrelationKey;

fn event(id: &str, received_at: Timestamp) -> WebhookEvent {
    WebhookEvent {
        id: id.into(),
        correlation_key: CorrelationKey::session(&FACESIGN, "s1"),
        kind: "session.status".into(),
        payload: None,
        received_at,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_copies_at_once_are_one_event() {
    let store = empty().await;
    let kept = all((0..1000).map(|_| {
        let store = store.clone();
        async move { store.insert_webhook_event(&event("evt_1", NOW)).await.unwrap() }
    }))
    .await;
    assert_eq!(kept.into_iter().filter(|kept| *kept).count(), 1);
}

#[tokio::test]
async fn what_was_kept_but_not_handled_is_found_again() {
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
            .claim_webhook_events(&FACESIGN, before.until(now), limit)
            .await
            .unwrap();
        let mut ids: Vec<String> = events.into_iter().map(|event| event.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(waiting(NOW.plus_ms(3), NOW.plus_ms(10), 10).await, ["evt_1", "evt_2"]);
    // What fails goes to the end of the line, and is one caller's for a while.
    assert_eq!(waiting(NOW.plus_ms(10), NOW.plus_ms(10), 10).await, ["evt_3"]);
    assert!(waiting(NOW.plus_ms(10), NOW.plus_ms(20), 10).await.is_empty());
    store
        .mark_webhook_event_processed(&FACESIGN, "evt_1", NOW.plus_ms(4))
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
async fn an_event_is_handled_by_one() {
    let store = empty().await;
    for number in 0..30 {
        let told = event(&format!("evt_{number}"), NOW);
        assert!(store.insert_webhook_event(&told).await.unwrap());
    }
    let claimed = all((0..10).map(|_| {
        let store = store.clone();
        async move {
            at(&store, NOW.plus_ms(9))
                .claim_webhook_events(&FACESIGN, Duration::from_millis(8), 5)
                .await
                .unwrap()
        }
    }))
    .await;
    let mut ids: Vec<String> = claimed.into_iter().flatten().map(|event| event.id).collect();
    let rest = at(&store, NOW.plus_ms(9))
        .claim_webhook_events(&FACESIGN, Duration::from_millis(8), 30)
        .await
        .unwrap();
    ids.extend(rest.into_iter().map(|event| event.id));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 30);
}
