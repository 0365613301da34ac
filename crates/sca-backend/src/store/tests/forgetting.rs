use super::{
    outbox::{claim, tell},
    *,
};
use crate::{
    decision::{Subject, Teller},
    delivery::Kind,
    store::{Attempt, WebhookEvent},
};

const DAY: u64 = 86_400_000;

async fn count(store: &Store, table: &str) -> i64 {
    let query = format!("SELECT COUNT(*) FROM {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(query))
        .fetch_one(&mut behind(store).await)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_was_told_is_kept_for_as_long_as_approvals_are() {
    let store = empty().await;
    tell(&store, "told", Kind::ApprovalSettled, NOW).await;
    for row in claim(&store, "one", &["approval.settled"], NOW, 9).await {
        store.outbox_done(&row.id, NOW).await.unwrap();
    }
    store.forget_old(Millis(0), NOW).await.unwrap();
    assert_eq!(count(&store, "outbox").await, 1);
    store.forget_old(Millis(0), NOW.plus(1)).await.unwrap();
    assert_eq!(count(&store, "outbox").await, 0);
}

#[tokio::test]
async fn what_was_not_told_is_kept_and_so_is_a_wire_that_was_given_up() {
    let store = empty().await;
    tell(&store, "waiting", Kind::ApprovalSettled, NOW).await;
    tell(&store, "given-up", Kind::WireExecute, NOW).await;
    tell(&store, "given-up", Kind::WireBlocked, NOW).await;
    for row in claim(&store, "one", &["wire.execute", "wire.blocked"], NOW, 9).await {
        assert!(store.outbox_give_up(&row.id, "one", NOW).await.unwrap());
    }
    store.forget_old(Millis(0), NOW.plus(1)).await.unwrap();
    let left: Vec<String> = sqlx::query_scalar("SELECT kind FROM outbox ORDER BY kind")
        .fetch_all(&mut behind(&store).await)
        .await
        .unwrap();
    assert_eq!(left, ["approval.settled", "wire.execute"]);
}

#[tokio::test]
async fn an_event_that_was_handled_is_known_for_five_days() {
    let store = empty().await;
    for id in ["handled", "waiting"] {
        let event = WebhookEvent {
            id: id.into(),
            subject: Subject::face_session("s1"),
            kind: "session.status".into(),
            said: None,
            received_at: NOW,
        };
        assert!(store.keep_webhook_event(&event).await.unwrap());
    }
    store
        .webhook_event_handled(Teller::FaceSign, "handled", NOW)
        .await
        .unwrap();
    store.forget_old(NOW.plus(5 * DAY), NOW).await.unwrap();
    assert_eq!(count(&store, "webhook_events").await, 2);
    store.forget_old(NOW.plus(5 * DAY + 1), NOW).await.unwrap();
    assert_eq!(count(&store, "webhook_events").await, 1);
    store.forget_old(NOW.plus(30 * DAY), NOW.plus(1)).await.unwrap();
    assert_eq!(count(&store, "webhook_events").await, 0);
}

#[tokio::test]
async fn an_idempotency_key_is_known_for_a_day() {
    let store = empty().await;
    let (key, body) = (Fingerprint::of(&[b"key"]), Fingerprint::of(&[b"body"]));
    let begin = async || store.begin_attempt("caller", &key, &body).await.unwrap();
    assert!(matches!(begin().await, Attempt::Ours));
    store.forget_old(NOW.plus(DAY), Millis(0)).await.unwrap();
    assert!(matches!(begin().await, Attempt::UnderWay));
    store.forget_old(NOW.plus(DAY + 1), Millis(0)).await.unwrap();
    assert!(matches!(begin().await, Attempt::Ours));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_forget_at_once_without_standing_in_each_other_s_way() {
    let store = empty().await;
    for number in 0..200 {
        let id = format!("appr_{number}");
        assert!(matches!(store.insert(&approval(&id, wise())).await, Ok(Inserted::New)));
        store.update(&id, |record| record.cancel(NOW).unwrap()).await.unwrap();
    }
    all((0..6).map(|_| {
        let store = store.clone();
        async move { store.forget_old(NOW.plus(1), NOW.plus(1)).await.unwrap() }
    }))
    .await;
    store.forget_old(NOW.plus(1), NOW.plus(1)).await.unwrap();
    assert_eq!(count(&store, "approvals").await, 0);
}
