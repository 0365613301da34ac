//! Correlation keys, by which webhooks find their approvals, and the polls that replace lost webhooks.

use std::{collections::HashSet, time::Duration};

use sca_protocol::{Currency, Money};

use super::*;
use crate::StoredWebhookEvent;
use sca_core::{
    ChallengeId, Confirmation, ConfirmationTarget, CorrelationKey, LinkedPayment, ResourceId, ResourceKind,
};

/// Sends with these ids.
fn sends(ids: &[&str]) -> Source {
    let payment = |id: &&str| LinkedPayment {
        id: ResourceId::new(id).unwrap(),
        amount: Money::new(2_500, Currency::new("EUR").unwrap()).unwrap(),
        payee: None,
        account_tail: None,
    };
    Source::Confirmation(Confirmation {
        provider: CONFIRMING,
        target: ConfirmationTarget::Payments {
            kind: ResourceKind::new("sends").unwrap(),
            payments: ids.iter().map(payment).collect(),
        },
        destination: None,
    })
}

fn send(id: &str) -> CorrelationKey {
    CorrelationKey::resource(
        &CONFIRMING,
        &ResourceKind::new("sends").unwrap(),
        &ResourceId::new(id).unwrap(),
    )
}

/// Inserts an approval.
async fn insert(store: &Store, id: &str, source: Source) {
    insert_new(store, &approval(id, source)).await;
}

#[tokio::test]
async fn an_open_approval_is_found_by_each_of_its_payments() {
    let store = empty().await;
    insert(&store, "appr_single", sends(&["115"])).await;
    insert(&store, "appr_bulk", sends(&["115", "116"])).await;
    let open = async |correlation_key: CorrelationKey| store.open_by_correlation_key(&correlation_key).await.unwrap();
    assert_eq!(open(send("115")).await, ["appr_bulk", "appr_single"]);
    assert_eq!(open(send("116")).await, ["appr_bulk"]);
    // The same id of another kind, or of another provider, is another key.
    for other in [
        CorrelationKey::resource(
            &CONFIRMING,
            &ResourceKind::new("outgoing_wire_transfers").unwrap(),
            &ResourceId::new("115").unwrap(),
        ),
        CorrelationKey::session(&HOSTING, "sends/115"),
        send("11"),
        send("%"),
    ] {
        assert!(open(other.clone()).await.is_empty(), "{other:?}");
    }
    store
        .update("appr_bulk", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    assert_eq!(open(send("115")).await, ["appr_single"]);
    assert!(open(send("116")).await.is_empty());
}

#[tokio::test]
async fn a_later_correlation_key_is_added_once_and_purged_with_its_approval() {
    let store = empty().await;
    insert(&store, "appr_1", sends(&["115"])).await;
    let challenge = CorrelationKey::challenge(&CONFIRMING, &ChallengeId::new("9").unwrap());
    for _ in 0..2 {
        store.add_correlation_keys("appr_1", &challenge).await.unwrap();
    }
    assert_eq!(store.open_by_correlation_key(&challenge).await.unwrap(), ["appr_1"]);
    assert!(store.add_correlation_keys("appr_none", &challenge).await.is_err());
    store
        .update("appr_1", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    store.purge_expired(NOW.plus_ms(1), NOW.plus_ms(1)).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM approval_correlations")
        .fetch_one(&mut raw_connection(&store).await)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

/// The webhook about a challenge arrives before the response to the call that issued it.
#[tokio::test(flavor = "multi_thread")]
async fn a_concurrent_webhook_and_correlation_key_always_find_each_other() {
    let store = empty().await;
    for number in 0..20 {
        let (id, challenge) = (
            format!("appr_{number}"),
            CorrelationKey::challenge(&CONFIRMING, &ChallengeId::new(&number.to_string()).unwrap()),
        );
        insert(&store, &id, sends(&["115"])).await;
        let event = StoredWebhookEvent {
            id: format!("call_{number}"),
            correlation_key: challenge.clone(),
            kind: "VERIFIED".into(),
            payload: Some(r#"{"status":"VERIFIED"}"#.into()),
            received_at: NOW,
        };
        let receiving = {
            let (store, event) = (store.clone(), event.clone());
            async move {
                assert!(store.insert_webhook_event(&event).await.unwrap());
                let found = !store
                    .open_by_correlation_key(&event.correlation_key)
                    .await
                    .unwrap()
                    .is_empty();
                store.mark_webhook_event_processed(&event, NOW).await.unwrap();
                found
            }
        };
        let issuing = {
            let store = store.clone();
            async move {
                store.add_correlation_keys(&id, &challenge).await.unwrap();
                store.webhook_events_about(&challenge).await.unwrap() == [event]
            }
        };
        let (received, issued) = tokio::join!(tokio::spawn(receiving), tokio::spawn(issuing));
        assert!(received.unwrap() || issued.unwrap(), "{number}");
    }
}

#[tokio::test]
async fn event_ids_are_unique_per_provider() {
    let store = empty().await;
    let event = |correlation_key: CorrelationKey| StoredWebhookEvent {
        id: "1".into(),
        correlation_key,
        kind: "COMPLETED".into(),
        payload: None,
        received_at: NOW,
    };
    let (confirming, hosting) = (event(send("115")), event(CorrelationKey::session(&HOSTING, "s1")));
    for event in [&confirming, &hosting] {
        assert!(store.insert_webhook_event(event).await.unwrap());
        assert!(!store.insert_webhook_event(event).await.unwrap());
    }
    store.mark_webhook_event_processed(&confirming, NOW).await.unwrap();
    let waiting = async |provider: sca_core::ProviderId| {
        at(&store, NOW.plus_ms(1))
            .claim_webhook_events(&provider, Duration::ZERO, 9)
            .await
            .unwrap()
    };
    assert_eq!(waiting(CONFIRMING).await, []);
    assert_eq!(waiting(HOSTING).await, [hosting]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_poll_is_claimed_by_one_caller() {
    let store = empty().await;
    for number in 0..30 {
        let id = format!("appr_{number:02}");
        insert(&store, &id, sends(&["115"])).await;
        let wait = |record: &mut Record| record.progress.next_poll_at = Some(NOW.plus_ms(5));
        store.update(&id, wait).await.unwrap();
    }
    assert!(
        store
            .claim_polls(Duration::from_millis(9), 30)
            .await
            .unwrap()
            .is_empty()
    );
    let (due, next) = (NOW.plus_ms(5), NOW.plus_ms(9));
    let claimed = all((0..10).map(|_| {
        let store = store.clone();
        async move { at(&store, due).claim_polls(Duration::from_millis(4), 5).await.unwrap() }
    }))
    .await;
    let claimed: Vec<String> = claimed.into_iter().flatten().collect();
    let distinct: HashSet<&String> = claimed.iter().collect();
    assert_eq!(claimed.len(), distinct.len());
    let rest = at(&store, due).claim_polls(Duration::from_millis(4), 30).await.unwrap();
    assert_eq!(claimed.len() + rest.len(), 30);
    assert!(
        at(&store, due)
            .claim_polls(Duration::from_millis(4), 30)
            .await
            .unwrap()
            .is_empty()
    );
    // Other changes do not move the next poll, and a claim is no change.
    let record = store.update("appr_00", |record| record.progress.sends += 1).await;
    assert_eq!(record.unwrap().unwrap().record.version, 3);
    // A settled approval, and one without a next poll, is not claimed.
    store
        .update("appr_01", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    store
        .update("appr_02", |record| record.progress.next_poll_at = None)
        .await
        .unwrap();
    assert_eq!(
        at(&store, next)
            .claim_polls(Duration::from_millis(11), 30)
            .await
            .unwrap()
            .len(),
        28
    );
    // A new time for the next poll makes it due again.
    store
        .update("appr_02", |record| record.progress.next_poll_at = Some(NOW.plus_ms(6)))
        .await
        .unwrap();
    assert_eq!(
        at(&store, next)
            .claim_polls(Duration::from_millis(11), 30)
            .await
            .unwrap(),
        ["appr_02"]
    );
}

#[tokio::test]
async fn an_approval_inserted_with_a_poll_time_is_polled() {
    let store = empty().await;
    let mut new = approval("appr_1", sends(&["115"]));
    new.record.progress.next_poll_at = Some(NOW);
    insert_new(&store, &new).await;
    assert_eq!(
        store.claim_polls(Duration::from_millis(1), 9).await.unwrap(),
        ["appr_1"]
    );
}
