//! Face sessions: one open session per approval, its sealed URL, and its polls.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::*;
use sca_core::CorrelationKey;

use crate::{FaceSessionRow, SessionFate, StoredWebhookEvent};

const OVER: SessionFate = SessionFate::Over { is_final: false };

fn session(session_id: &str, approval_id: &str) -> FaceSessionRow {
    FaceSessionRow {
        session_id: session_id.into(),
        approval_id: approval_id.into(),
        url: Some(Secret::new(format!(
            "https://session.facesign.ai?cs=canary-{session_id}"
        ))),
        expected: Secret::new(format!("canary-expected-{session_id}")),
        expires_at: NOW.plus_ms(3_600_000),
        poll_at: NOW.plus_ms(60_000),
        created_at: NOW,
        closed_at: None,
    }
}

async fn with_session() -> Store {
    let store = with_approval().await;
    assert!(store.add_face_session(&session("s1", "appr_test")).await.unwrap());
    store
}

#[tokio::test]
async fn an_approval_has_one_open_face_session_at_a_time() {
    let store = with_session().await;
    assert!(!store.add_face_session(&session("s2", "appr_test")).await.unwrap());
    assert!(store.face_session("s2").await.unwrap().is_none());
    assert!(store.close_face_session("s1", NOW.plus_ms(1)).await.unwrap());
    assert!(!store.close_face_session("s1", NOW.plus_ms(2)).await.unwrap());
    assert_eq!(
        store.face_session("s1").await.unwrap().unwrap().closed_at,
        Some(NOW.plus_ms(1))
    );
    assert!(store.open_face_session("appr_test").await.unwrap().is_none());
    assert!(store.add_face_session(&session("s2", "appr_test")).await.unwrap());
    assert_eq!(
        store.open_face_session("appr_test").await.unwrap().unwrap().session_id,
        "s2"
    );
    let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM face_sessions WHERE approval_id = 'appr_test'")
        .fetch_one(&mut raw_connection(&store).await)
        .await
        .unwrap();
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn the_session_url_is_encrypted_renewable_while_open_and_wiped_on_close() {
    let store = with_session().await;
    let raw = async || -> Option<Vec<u8>> {
        let query = sqlx::query_scalar("SELECT url FROM face_sessions");
        query.fetch_one(&mut raw_connection(&store).await).await.unwrap()
    };
    let url = async || store.face_session("s1").await.unwrap().unwrap().url;
    assert!(url().await.unwrap().expose().ends_with("canary-s1"));
    assert!(!raw().await.unwrap().windows(6).any(|window| window == b"canary"));

    let fresh = Secret::new("https://session.facesign.ai?cs=fresh".into());
    let until = NOW.plus_ms(7_200_000);
    assert!(store.renew_face_session("s1", &fresh, until).await.unwrap());
    assert_eq!(url().await.unwrap().expose(), fresh.expose());
    assert_eq!(store.face_session("s1").await.unwrap().unwrap().expires_at, until);

    store.close_face_session("s1", NOW).await.unwrap();
    assert!(raw().await.is_none() && url().await.is_none());
    assert!(!store.renew_face_session("s1", &fresh, until).await.unwrap());
    assert!(raw().await.is_none());
}

#[tokio::test]
async fn settling_the_approval_closes_its_face_session() {
    let store = with_session().await;
    let cancel = |record: &mut Record| record.cancel(NOW).unwrap();
    assert!(store.update("appr_test", cancel).await.unwrap().unwrap().settled);
    let closed = store.face_session("s1").await.unwrap().unwrap();
    assert_eq!((closed.closed_at, closed.url.is_none()), (Some(NOW), true));
    let updated = store
        .update_with_face_session("s1", None, None, |_| ((), OVER))
        .await
        .unwrap();
    assert!(updated.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_session_is_applied_once_by_concurrent_callers() {
    let store = with_session().await;
    let updated = Arc::new(AtomicUsize::new(0));
    // Webhooks, polls and widgets update it concurrently, on all instances.
    all((0..60).map(|number| {
        let (store, updated) = (store.clone(), Arc::clone(&updated));
        async move {
            if number % 3 == 0 {
                store
                    .update("appr_test", |record| record.progress.sends += 1)
                    .await
                    .unwrap();
                return;
            }
            // Some have read the approval before.
            let known = if number % 3 == 1 {
                store.by_id("appr_test").await.unwrap()
            } else {
                None
            };
            let over = store.update_with_face_session("s1", known, None, |record| {
                record.fail(sca_protocol::Reason::SessionEnded, NOW);
                ((), OVER)
            });
            if over.await.unwrap().is_some() {
                updated.fetch_add(1, Ordering::SeqCst);
            }
        }
    }))
    .await;
    assert_eq!(updated.load(Ordering::SeqCst), 1);
    assert!(store.by_id("appr_test").await.unwrap().unwrap().is_settled());
}

#[tokio::test]
async fn a_change_and_its_event_are_stored_together() {
    let event = |id: &str| StoredWebhookEvent {
        id: id.into(),
        correlation_key: CorrelationKey::session(&HOSTING, "s1"),
        kind: "session.status".into(),
        payload: None,
        received_at: NOW,
    };
    for (stale, sends) in [(None, 0), (Some(false), 1), (Some(true), 3)] {
        let store = with_session().await;
        // The approval as it was read: not at all, now, or before a change.
        let mut known = store.by_id("appr_test").await.unwrap();
        if stale == Some(true) {
            store
                .update("appr_test", |record| record.progress.sends += 2)
                .await
                .unwrap();
        }
        if stale.is_none() {
            known = None;
        }
        let end = |id: &str, known| {
            store.update_with_face_session("s1", known, Some(event(id)), |record| {
                record.progress.sends += 1;
                ((), SessionFate::Over { is_final: true })
            })
        };
        let updated = end("evt_1", known.clone()).await.unwrap().unwrap();
        assert_eq!(updated.record.progress.sends, sends.max(1));
        assert_eq!(store.by_id("appr_test").await.unwrap().unwrap(), updated.record);
        assert!(store.has_webhook_event(&HOSTING, "evt_1").await.unwrap());
        // The session is closed now, and its report is final.
        assert!(end("evt_2", Some(updated.record)).await.unwrap().is_none());
        assert!(end("evt_2", known).await.unwrap().is_none());
        assert!(!store.has_webhook_event(&HOSTING, "evt_2").await.unwrap());
        let reported = store.face_session_of_event("s1", &HOSTING, "evt_1").await.unwrap();
        let reported = reported.unwrap();
        assert!(reported.is_event_stored && reported.session.closed_at.is_some());
        let closed = store.claim_closed_face_sessions(Duration::from_secs(60), Duration::ZERO, 9);
        assert!(closed.await.unwrap().is_empty());
        // It counts as processed: no sweep claims it.
        let later = at(&store, NOW.plus_ms(60_000));
        let waiting = later.claim_webhook_events(&HOSTING, Duration::ZERO, 9).await;
        assert_eq!(waiting.unwrap(), []);
    }
}

#[tokio::test]
async fn a_session_that_stays_open_can_be_updated_again() {
    let store = with_session().await;
    for sends in 1..3 {
        let updated = store.update_with_face_session("s1", None, None, |record| {
            record.progress.sends += 1;
            ((), SessionFate::StaysOpen)
        });
        assert_eq!(updated.await.unwrap().unwrap().record.progress.sends, sends);
    }
    let unknown = store.update_with_face_session("s9", None, None, |_| ((), OVER));
    assert!(unknown.await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_session_is_claimed_by_one_caller() {
    let store = empty().await;
    for number in 0..30 {
        let id = format!("appr_{number}");
        insert_new(&store, &approval(&id, wise())).await;
        let session = session(&format!("s{number}"), &id);
        assert!(store.add_face_session(&session).await.unwrap());
    }
    let early = store.claim_face_sessions(Duration::from_millis(1), 30).await.unwrap();
    assert_eq!(early.len(), 0);
    let (due, next) = (NOW.plus_ms(60_000), NOW.plus_ms(90_000));
    let claimed = all((0..10).map(|_| {
        let store = store.clone();
        async move {
            at(&store, due)
                .claim_face_sessions(Duration::from_secs(30), 5)
                .await
                .unwrap()
        }
    }))
    .await;
    let claimed: Vec<FaceSessionRow> = claimed.into_iter().flatten().collect();
    let ids: HashSet<&str> = claimed.iter().map(|session| session.session_id.as_str()).collect();
    assert_eq!((claimed.len(), ids.len()), (ids.len(), claimed.len()));
    assert!(claimed.iter().all(|session| session.poll_at == next));
    let rest = at(&store, due)
        .claim_face_sessions(Duration::from_secs(30), 30)
        .await
        .unwrap();
    assert_eq!(claimed.len() + rest.len(), 30);
    store.close_face_session("s0", due).await.unwrap();
    assert_eq!(
        at(&store, next)
            .claim_face_sessions(Duration::from_millis(0), 30)
            .await
            .unwrap()
            .len(),
        29
    );
}

/// Its URL was sealed under another key, or comes from an incomplete backup.
#[tokio::test]
async fn an_unreadable_session_does_not_block_the_others() {
    let store = with_session().await;
    insert_new(&store, &approval("appr_2", wise())).await;
    assert!(store.add_face_session(&session("s2", "appr_2")).await.unwrap());
    sqlx::query("UPDATE face_sessions SET url = $1 WHERE session_id = 's1'")
        .bind(&b"not sealed by us"[..])
        .execute(&mut raw_connection(&store).await)
        .await
        .unwrap();
    let due = NOW.plus_ms(60_000);
    let claimed = at(&store, due)
        .claim_face_sessions(Duration::from_millis(0), 9)
        .await
        .unwrap();
    let ids: Vec<&str> = claimed.iter().map(|session| session.session_id.as_str()).collect();
    assert_eq!(ids, ["s2"]);
}

#[tokio::test]
async fn a_closed_session_is_polled_until_it_is_final_or_too_old() {
    let store = with_session().await;
    let due = NOW.plus_ms(60_000);
    let claim = async |since: Timestamp| {
        let then = at(&store, due);
        let claimed = then
            .claim_closed_face_sessions(since.until(due), Duration::ZERO, 9)
            .await;
        claimed.unwrap().len()
    };
    assert_eq!(claim(NOW).await, 0);
    store.close_face_session("s1", NOW.plus_ms(1)).await.unwrap();
    assert_eq!((claim(NOW).await, claim(NOW.plus_ms(1)).await), (1, 0));
    store.mark_face_session_final("s1", NOW.plus_ms(2)).await.unwrap();
    assert_eq!(claim(NOW).await, 0);
}
