use super::{FACESIGN, WEAVR};
use sca_core::{ChallengeId, ResourceId, ResourceKind};
use std::time::Duration;

use std::collections::HashSet;

use sca_protocol::{Currency, Money};

use super::*;
use crate::store::WebhookEvent;
use sca_core::{Confirmation, ConfirmationTarget, CorrelationKey, LinkedPayment};

/// Sends with these ids.
fn sends(ids: &[&str]) -> Source {
    let payment = |id: &&str| LinkedPayment {
        id: ResourceId::new(id).unwrap(),
        amount: Money::new(2_500, Currency::new("EUR").unwrap()).unwrap(),
        payee: None,
        account_tail: None,
    };
    Source::Confirmation(Confirmation {
        provider: WEAVR,
        target: ConfirmationTarget::Payments {
            kind: ResourceKind::new("sends").unwrap(),
            payments: ids.iter().map(payment).collect(),
        },
        destination: None,
    })
}

fn send(id: &str) -> CorrelationKey {
    CorrelationKey::resource(
        &WEAVR,
        &ResourceKind::new("sends").unwrap(),
        &ResourceId::new(id).unwrap(),
    )
}

async fn keep(store: &Store, id: &str, source: Source) {
    assert!(matches!(
        store.insert(&approval(id, source)).await,
        Ok(InsertResult::New)
    ));
}

#[tokio::test]
async fn an_approval_is_found_by_each_of_its_payments_while_it_is_open() {
    let store = empty().await;
    keep(&store, "appr_single", sends(&["115"])).await;
    keep(&store, "appr_bulk", sends(&["115", "116"])).await;
    let open = async |correlation_key: CorrelationKey| store.open_about(&correlation_key).await.unwrap();
    assert_eq!(open(send("115")).await, ["appr_bulk", "appr_single"]);
    assert_eq!(open(send("116")).await, ["appr_bulk"]);
    // The same number is another thing where another kind, or another provider, speaks of it.
    for other in [
        CorrelationKey::resource(
            &WEAVR,
            &ResourceKind::new("outgoing_wire_transfers").unwrap(),
            &ResourceId::new("115").unwrap(),
        ),
        CorrelationKey::session(&FACESIGN, "sends/115"),
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
async fn what_becomes_known_later_is_added_once_and_goes_with_the_approval() {
    let store = empty().await;
    keep(&store, "appr_1", sends(&["115"])).await;
    let challenge = CorrelationKey::challenge(&WEAVR, &ChallengeId::new("9").unwrap());
    for _ in 0..2 {
        store.add_correlation_keys("appr_1", &challenge).await.unwrap();
    }
    assert_eq!(store.open_about(&challenge).await.unwrap(), ["appr_1"]);
    assert!(store.add_correlation_keys("appr_none", &challenge).await.is_err());
    store
        .update("appr_1", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    store.purge_expired(NOW.plus_ms(1), NOW.plus_ms(1)).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM approval_correlations")
        .fetch_one(&mut behind(&store).await)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

/// The provider tells of a challenge before the call that asked for it has come back.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_second_finds_what_the_first_has_left() {
    let store = empty().await;
    for number in 0..20 {
        let (id, challenge) = (
            format!("appr_{number}"),
            CorrelationKey::challenge(&WEAVR, &ChallengeId::new(&number.to_string()).unwrap()),
        );
        keep(&store, &id, sends(&["115"])).await;
        let told = WebhookEvent {
            id: format!("call_{number}"),
            correlation_key: challenge.clone(),
            kind: "VERIFIED".into(),
            payload: Some(r#"{"status":"VERIFIED"}"#.into()),
            received_at: NOW,
        };
        let hearing = {
            let (store, told) = (store.clone(), told.clone());
            async move {
                assert!(store.insert_webhook_event(&told).await.unwrap());
                let found = !store.open_about(&told.correlation_key).await.unwrap().is_empty();
                store.mark_webhook_event_processed(&WEAVR, &told.id, NOW).await.unwrap();
                found
            }
        };
        let issuing = {
            let store = store.clone();
            async move {
                store.add_correlation_keys(&id, &challenge).await.unwrap();
                store.webhook_events_about(&challenge).await.unwrap() == [told]
            }
        };
        let (heard, issued) = tokio::join!(tokio::spawn(hearing), tokio::spawn(issuing));
        assert!(heard.unwrap() || issued.unwrap(), "{number}");
    }
}

#[tokio::test]
async fn providers_names_for_events_are_their_own() {
    let store = empty().await;
    let event = |correlation_key: CorrelationKey| WebhookEvent {
        id: "1".into(),
        correlation_key,
        kind: "COMPLETED".into(),
        payload: None,
        received_at: NOW,
    };
    let (weavr, facesign) = (event(send("115")), event(CorrelationKey::session(&FACESIGN, "s1")));
    for told in [&weavr, &facesign] {
        assert!(store.insert_webhook_event(told).await.unwrap());
        assert!(!store.insert_webhook_event(told).await.unwrap());
    }
    store.mark_webhook_event_processed(&WEAVR, "1", NOW).await.unwrap();
    let waiting = async |provider: sca_core::ProviderId| {
        at(&store, NOW.plus_ms(1))
            .claim_webhook_events(&provider, Duration::ZERO, 9)
            .await
            .unwrap()
    };
    assert_eq!(waiting(WEAVR).await, []);
    assert_eq!(waiting(FACESIGN).await, [facesign]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_missed_is_asked_about_by_one() {
    let store = empty().await;
    for number in 0..30 {
        let id = format!("appr_{number:02}");
        keep(&store, &id, sends(&["115"])).await;
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
    // Other changes do not put it off, and being asked about is no change.
    let record = store.update("appr_00", |record| record.progress.sends += 1).await;
    assert_eq!(record.unwrap().unwrap().record.version, 3);
    // What is over, or waits no longer, is not asked about.
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
    // Set anew, it begins anew.
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
async fn what_waits_from_the_beginning_is_asked_about() {
    let store = empty().await;
    let mut new = approval("appr_1", sends(&["115"]));
    new.record.progress.next_poll_at = Some(NOW);
    assert!(matches!(store.insert(&new).await, Ok(InsertResult::New)));
    assert_eq!(
        store.claim_polls(Duration::from_millis(1), 9).await.unwrap(),
        ["appr_1"]
    );
}
