use super::*;
use crate::store::WebhookEvent;

fn event(id: &str, received_at: Millis) -> WebhookEvent {
    WebhookEvent {
        id: id.into(),
        session_id: "s1".into(),
        kind: "session.status".into(),
        received_at,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_copies_at_once_are_one_event() {
    let store = empty().await;
    let kept = all((0..1000).map(|_| {
        let store = store.clone();
        async move { store.keep_webhook_event(&event("evt_1", NOW)).await.unwrap() }
    }))
    .await;
    assert_eq!(kept.into_iter().filter(|kept| *kept).count(), 1);
}

#[tokio::test]
async fn what_was_kept_but_not_handled_is_found_again() {
    let store = empty().await;
    for (id, received_at) in [("evt_2", NOW.plus(2)), ("evt_1", NOW.plus(1)), ("evt_3", NOW.plus(3))] {
        assert!(store.keep_webhook_event(&event(id, received_at)).await.unwrap());
    }
    let waiting = async |before: Millis, limit: u32| -> Vec<String> {
        let events = store.unhandled_webhook_events(before, limit).await.unwrap();
        events.into_iter().map(|event| event.id).collect()
    };
    assert_eq!(waiting(NOW.plus(3), 10).await, ["evt_1", "evt_2"]);
    assert_eq!(waiting(NOW.plus(9), 1).await, ["evt_1"]);
    store.webhook_event_handled("evt_1", NOW.plus(4)).await.unwrap();
    assert_eq!(waiting(NOW.plus(9), 10).await, ["evt_2", "evt_3"]);
    assert!(!store.keep_webhook_event(&event("evt_1", NOW.plus(5))).await.unwrap());
    assert_eq!(waiting(NOW.plus(9), 10).await, ["evt_2", "evt_3"]);
}
