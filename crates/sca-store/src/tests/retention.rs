//! Retention: what is purged, and when.

use std::time::Duration;

use super::{
    outbox::{claim, enqueue},
    *,
};
use crate::{Attempt, StoredWebhookEvent};
use sca_core::{CorrelationKey, EventType};

const DAY: Duration = Duration::from_secs(86_400);

async fn count(store: &Store, table: &str) -> i64 {
    let query = format!("SELECT COUNT(*) FROM {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(query))
        .fetch_one(&mut raw_connection(store).await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_delivered_message_is_kept_as_long_as_approvals() {
    let store = empty().await;
    enqueue(&store, "delivered", EventType::ApprovalSettled, NOW).await;
    for row in claim(&store, "one", &["approval.settled"], NOW, 9).await {
        store.mark_outbox_delivered(&[row.id], NOW).await.unwrap();
    }
    store.purge_expired(Timestamp(0), NOW).await.unwrap();
    assert_eq!(count(&store, "outbox").await, 1);
    store.purge_expired(Timestamp(0), NOW.plus_ms(1)).await.unwrap();
    assert_eq!(count(&store, "outbox").await, 0);
}

#[tokio::test]
async fn undelivered_messages_and_exhausted_executions_are_not_purged() {
    let store = empty().await;
    enqueue(&store, "waiting", EventType::ApprovalSettled, NOW).await;
    enqueue(&store, "exhausted", EventType::TransferExecute, NOW).await;
    enqueue(&store, "exhausted", EventType::TransferBlocked, NOW).await;
    for row in claim(&store, "one", &["transfer.execute", "transfer.blocked"], NOW, 9).await {
        assert!(store.mark_outbox_exhausted(&row.id, "one", NOW).await.unwrap());
    }
    store.purge_expired(Timestamp(0), NOW.plus_ms(1)).await.unwrap();
    let left: Vec<String> = sqlx::query_scalar("SELECT kind FROM outbox ORDER BY kind")
        .fetch_all(&mut raw_connection(&store).await)
        .await
        .unwrap();
    assert_eq!(left, ["approval.settled", "transfer.execute"]);
}

#[tokio::test]
async fn a_processed_webhook_event_is_kept_for_five_days() {
    let store = empty().await;
    let [processed, waiting] = ["processed", "waiting"].map(|id| StoredWebhookEvent {
        id: id.into(),
        correlation_key: CorrelationKey::session(&HOSTING, "s1"),
        kind: "session.status".into(),
        payload: None,
        received_at: NOW,
    });
    assert!(store.insert_webhook_event(&waiting).await.unwrap());
    store.mark_webhook_event_processed(&processed, NOW).await.unwrap();
    store.purge_expired(NOW.plus(DAY * 5), NOW).await.unwrap();
    assert_eq!(count(&store, "webhook_events").await, 2);
    store.purge_expired(NOW.plus(DAY * 5).plus_ms(1), NOW).await.unwrap();
    assert_eq!(count(&store, "webhook_events").await, 1);
    store.purge_expired(NOW.plus(DAY * 30), NOW.plus_ms(1)).await.unwrap();
    assert_eq!(count(&store, "webhook_events").await, 0);
}

#[tokio::test]
async fn an_idempotency_key_is_kept_for_a_day() {
    let store = empty().await;
    let (key, body) = (Fingerprint::of(&[b"key"]), Fingerprint::of(&[b"body"]));
    let begin = async || store.begin_attempt("caller", &key, &body).await.unwrap();
    assert!(matches!(begin().await, Attempt::Ours));
    store.purge_expired(NOW.plus(DAY), Timestamp(0)).await.unwrap();
    assert!(matches!(begin().await, Attempt::UnderWay));
    store
        .purge_expired(NOW.plus(DAY).plus_ms(1), Timestamp(0))
        .await
        .unwrap();
    assert!(matches!(begin().await, Attempt::Ours));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_purges_do_not_block_each_other() {
    let store = empty().await;
    for number in 0..200 {
        let id = format!("appr_{number}");
        insert_new(&store, &approval(&id, wise())).await;
        store.update(&id, |record| record.cancel(NOW).unwrap()).await.unwrap();
    }
    all((0..6).map(|_| {
        let store = store.clone();
        async move { store.purge_expired(NOW.plus_ms(1), NOW.plus_ms(1)).await.unwrap() }
    }))
    .await;
    store.purge_expired(NOW.plus_ms(1), NOW.plus_ms(1)).await.unwrap();
    assert_eq!(count(&store, "approvals").await, 0);
}
