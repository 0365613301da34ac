//! The outbox: claims, leases, retries, and the ids of its messages.

use std::{collections::HashSet, time::Duration};

use super::*;
use crate::{Claim, OutboxBacklog, OutboxRow, outbox::message, writes};
use sca_core::{EventType, OutboundEvent};

const EXECUTE: &[&str] = &["transfer.execute"];
const ALL: &[&str] = &["transfer.execute", "approval.settled"];

/// Adds a message to the outbox.
pub(super) async fn enqueue(store: &Store, approval_id: &str, kind: EventType, now: Timestamp) {
    let event = OutboundEvent {
        kind,
        data: serde_json::json!({"id": approval_id}),
    };
    let (engine, message) = (store.engine, message(approval_id, &event, now));
    let adding = store
        .connections
        .statement(move |connection| Box::pin(async move { writes::execute(connection, engine, vec![message]).await }));
    assert_eq!(adding.await.unwrap(), 1);
}

pub(super) async fn claim(store: &Store, holder: &str, kinds: &[&str], now: Timestamp, limit: u32) -> Vec<OutboxRow> {
    let claim = Claim {
        holder,
        lease: Duration::from_secs(1),
        kinds,
        limit,
    };
    at(store, now).claim_outbox(&claim).await.unwrap()
}

fn approvals(rows: &[OutboxRow]) -> Vec<&str> {
    rows.iter().map(|row| row.approval_id.as_str()).collect()
}

#[tokio::test]
async fn messages_are_claimed_in_order_and_by_event_type() {
    let store = empty().await;
    enqueue(&store, "b", EventType::TransferExecute, NOW.plus_ms(2)).await;
    enqueue(&store, "a", EventType::TransferExecute, NOW.plus_ms(1)).await;
    enqueue(&store, "a", EventType::ApprovalSettled, NOW).await;
    enqueue(&store, "c", EventType::TransferExecute, NOW.plus_ms(9)).await;
    assert_eq!(claim(&store, "one", &[], NOW.plus_ms(5), 9).await, []);
    let rows = claim(&store, "one", EXECUTE, NOW.plus_ms(5), 9).await;
    assert_eq!(approvals(&rows), ["a", "b"]);
    assert_eq!(
        (rows[0].payload.as_str(), rows[0].created_at, rows[0].attempts),
        ("{\"id\":\"a\"}", NOW.plus_ms(1), 0)
    );
    let rest = claim(&store, "one", ALL, NOW.plus_ms(9), 9).await;
    assert_eq!(approvals(&rest), ["a", "c"]);
}

#[tokio::test]
async fn the_backlog_is_what_is_neither_delivered_nor_exhausted() {
    let store = empty().await;
    let backlog = async |waiting, oldest| {
        let expected = OutboxBacklog { waiting, oldest };
        assert_eq!(store.outbox_backlog().await.unwrap(), expected);
    };
    backlog(0, None).await;
    for (approval, after_ms) in [("a", 0), ("b", 1), ("c", 2)] {
        enqueue(&store, approval, EventType::TransferExecute, NOW.plus_ms(after_ms)).await;
    }
    let rows = claim(&store, "one", EXECUTE, NOW.plus_ms(5), 2).await;
    backlog(3, Some(NOW)).await;
    store.mark_outbox_delivered(&[rows[0].id.clone()], NOW).await.unwrap();
    backlog(2, Some(NOW.plus_ms(1))).await;
    assert!(store.mark_outbox_exhausted(&rows[1].id, "one", NOW).await.unwrap());
    backlog(1, Some(NOW.plus_ms(2))).await;
}

#[tokio::test]
async fn a_claim_is_exclusive_until_its_lease_expires() {
    let store = empty().await;
    enqueue(&store, "a", EventType::TransferExecute, NOW).await;
    let first = claim(&store, "one", EXECUTE, NOW, 9).await;
    assert_eq!(claim(&store, "two", EXECUTE, NOW.plus_ms(999), 9).await, []);
    let second = claim(&store, "two", EXECUTE, NOW.plus_ms(1_000), 9).await;
    let id = &first[0].id;
    assert_eq!((id, NOW.plus_ms(1_000)), (&second[0].id, first[0].held_until));
    assert_eq!(second[0].held_until, NOW.plus_ms(2_000));
    // The first holder is too late to record a failure, but not a delivery.
    assert!(!store.schedule_outbox_retry(id, "one", NOW).await.unwrap());
    assert!(!store.mark_outbox_exhausted(id, "one", NOW).await.unwrap());
    store
        .mark_outbox_delivered(std::slice::from_ref(id), NOW.plus_ms(1_001))
        .await
        .unwrap();
    assert!(!store.schedule_outbox_retry(id, "two", NOW).await.unwrap());
    assert_eq!(claim(&store, "three", EXECUTE, NOW.plus_ms(9_999), 9).await, []);
}

#[tokio::test]
async fn a_failed_attempt_is_counted_and_retried_later_or_never() {
    let store = empty().await;
    enqueue(&store, "a", EventType::TransferExecute, NOW).await;
    let rows = claim(&store, "one", EXECUTE, NOW, 9).await;
    let id = &rows[0].id;
    assert!(store.schedule_outbox_retry(id, "one", NOW.plus_ms(50)).await.unwrap());
    assert_eq!(claim(&store, "one", EXECUTE, NOW.plus_ms(49), 9).await, []);
    let again = claim(&store, "two", EXECUTE, NOW.plus_ms(50), 9).await;
    assert_eq!((&again[0].id, again[0].attempts), (id, 1));
    assert!(store.mark_outbox_exhausted(id, "two", NOW.plus_ms(60)).await.unwrap());
    assert_eq!(claim(&store, "one", EXECUTE, NOW.plus_ms(9_999), 9).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_claims_never_share_a_message() {
    let store = empty().await;
    for number in 0..40 {
        enqueue(&store, &format!("a{number}"), EventType::TransferExecute, NOW).await;
    }
    let claims = all((0..12).map(|number| {
        let store = store.clone();
        async move { claim(&store, &format!("holder-{number}"), EXECUTE, NOW, 4).await }
    }))
    .await;
    let rows: Vec<OutboxRow> = claims.into_iter().flatten().collect();
    let distinct: HashSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(rows.len(), distinct.len());
    let rest = claim(&store, "last", EXECUTE, NOW, 40).await;
    assert_eq!(rows.len() + rest.len(), 40);
}

/// The database was restored from a backup before the decision, which is then made again.
#[tokio::test]
async fn a_repeated_decision_has_the_same_message_id() {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let store = empty().await;
        let new = approval("appr_one", wise());
        insert_new(&store, &new).await;
        let cancel = |record: &mut Record| record.cancel(NOW).unwrap();
        assert!(store.update("appr_one", cancel).await.unwrap().unwrap().settled);
        enqueue(&store, "appr_one", EventType::TransferExecute, NOW).await;
        enqueue(&store, "appr_two", EventType::TransferExecute, NOW).await;
        let rows = claim(&store, "one", ALL, NOW, 9).await;
        let mut messages: Vec<String> = rows.into_iter().map(|row| row.id).collect();
        messages.sort_unstable();
        ids.push(messages);
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(
        ids[0],
        [
            "msg_one_approval_settled",
            "msg_one_transfer_execute",
            "msg_two_transfer_execute"
        ]
    );
}
