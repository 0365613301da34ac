use std::time::Duration;

use std::collections::HashSet;

use super::*;
use crate::{
    decision::OutboundEvent,
    store::{Claim, OutboxRow, outbox::add_to_outbox},
    webhooks::EventType,
};

const EXECUTE: &[&str] = &["transfer.execute"];
const ALL: &[&str] = &["transfer.execute", "approval.settled"];

pub(super) async fn tell(store: &Store, approval_id: &str, kind: EventType, now: Timestamp) {
    let news = OutboundEvent {
        kind,
        data: serde_json::json!({"id": approval_id}),
    };
    let about = approval_id.to_owned();
    let adding = store
        .connections
        .run(move |connection| Box::pin(async move { add_to_outbox(connection, &about, &news, now).await }));
    adding.await.unwrap();
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
async fn messages_are_taken_in_their_order_and_each_kind_by_itself() {
    let store = empty().await;
    tell(&store, "b", EventType::TransferExecute, NOW.plus_ms(2)).await;
    tell(&store, "a", EventType::TransferExecute, NOW.plus_ms(1)).await;
    tell(&store, "a", EventType::ApprovalSettled, NOW).await;
    tell(&store, "c", EventType::TransferExecute, NOW.plus_ms(9)).await;
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
async fn a_message_is_one_holder_s_until_its_time_is_up() {
    let store = empty().await;
    tell(&store, "a", EventType::TransferExecute, NOW).await;
    let first = claim(&store, "one", EXECUTE, NOW, 9).await;
    assert_eq!(claim(&store, "two", EXECUTE, NOW.plus_ms(999), 9).await, []);
    let second = claim(&store, "two", EXECUTE, NOW.plus_ms(1_000), 9).await;
    let id = &first[0].id;
    assert_eq!((id, NOW.plus_ms(1_000)), (&second[0].id, first[0].held_until));
    assert_eq!(second[0].held_until, NOW.plus_ms(2_000));
    // The first is too late to say that it failed, but not that it arrived.
    assert!(!store.schedule_outbox_retry(id, "one", NOW).await.unwrap());
    assert!(!store.mark_outbox_exhausted(id, "one", NOW).await.unwrap());
    store.mark_outbox_delivered(id, NOW.plus_ms(1_001)).await.unwrap();
    assert!(!store.schedule_outbox_retry(id, "two", NOW).await.unwrap());
    assert_eq!(claim(&store, "three", EXECUTE, NOW.plus_ms(9_999), 9).await, []);
}

#[tokio::test]
async fn a_try_that_came_to_nothing_is_counted_and_made_again_later_or_never() {
    let store = empty().await;
    tell(&store, "a", EventType::TransferExecute, NOW).await;
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
async fn no_message_is_two_holders() {
    let store = empty().await;
    for number in 0..40 {
        tell(&store, &format!("a{number}"), EventType::TransferExecute, NOW).await;
    }
    let claims = all((0..12).map(|number| {
        let store = store.clone();
        async move { claim(&store, &format!("holder-{number}"), EXECUTE, NOW, 4).await }
    }))
    .await;
    let rows: Vec<OutboxRow> = claims.into_iter().flatten().collect();
    let names: HashSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(rows.len(), names.len());
    let rest = claim(&store, "last", EXECUTE, NOW, 40).await;
    assert_eq!(rows.len() + rest.len(), 40);
}

/// The database was set back to before the decision, and the decision is made again.
#[tokio::test]
async fn a_decision_that_is_made_again_is_told_under_the_same_name() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let store = empty().await;
        let new = approval("appr_one", wise());
        assert!(matches!(store.insert(&new).await, Ok(InsertResult::New)));
        let cancel = |record: &mut Record| record.cancel(NOW).unwrap();
        assert!(store.update("appr_one", cancel).await.unwrap().unwrap().settled);
        tell(&store, "appr_one", EventType::TransferExecute, NOW).await;
        tell(&store, "appr_two", EventType::TransferExecute, NOW).await;
        let rows = claim(&store, "one", ALL, NOW, 9).await;
        let mut names: Vec<String> = rows.into_iter().map(|row| row.id).collect();
        names.sort_unstable();
        told.push(names);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(
        told[0],
        [
            "msg_one_approval_settled",
            "msg_one_transfer_execute",
            "msg_two_transfer_execute"
        ]
    );
}
