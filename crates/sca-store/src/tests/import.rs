//! The import of a SQLite database into a PostgreSQL database.

use super::{
    outbox::{claim, enqueue},
    *,
};
use crate::{Exempted, FaceSessionRow, StoreError, StoredWebhookEvent};
use sca_core::{CorrelationKey, EnrolledFactor, EventType};

/// A SQLite database with rows in every table.
async fn full(keys: &EncryptionKeys) -> Store {
    let store = Store::temporary(keys.clone()).await.unwrap();
    for id in ["appr_open", "appr_over"] {
        insert_new(&store, &approval(id, wise())).await;
    }
    store
        .update("appr_over", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    let session = FaceSessionRow {
        session_id: "s1".into(),
        approval_id: "appr_open".into(),
        url: Some(Secret::new("https://session.facesign.ai?cs=1".into())),
        expected: Secret::new("{}".into()),
        expires_at: NOW,
        poll_at: NOW,
        created_at: NOW,
        closed_at: None,
    };
    assert!(store.add_face_session(&session).await.unwrap());
    assert!(store.insert_webhook_event(&event()).await.unwrap());
    store
        .add_correlation_keys("appr_open", &event().correlation_key)
        .await
        .unwrap();
    let exempt = low_value_usage::exempt(&store, "shop", "ann", "txn-1", low_value_usage::euros()).await;
    assert!(matches!(exempt, Exempted::Kept(_)));
    enqueue(&store, "appr_over", EventType::TransferExecute, NOW).await;
    enrolments::with_device(&store).await;
    enrolments::reserve(&store, "enr_1", "one", EnrolledFactor::Pin, NOW.plus_ms(9)).await;
    let (key, body) = (Fingerprint::of(&[b"key"]), Fingerprint::of(&[b"body"]));
    store.begin_attempt("caller", &key, &body).await.unwrap();
    store
}

fn event() -> StoredWebhookEvent {
    StoredWebhookEvent {
        id: "evt_1".into(),
        correlation_key: CorrelationKey::session(&HOSTING, "s1"),
        kind: "session.status".into(),
        payload: None,
        received_at: NOW,
    }
}

#[tokio::test]
async fn an_imported_database_continues_where_the_old_one_was() {
    let old = full(&EncryptionKeys::ephemeral().unwrap()).await;
    let new = Store {
        sealer: old.sealer.clone(),
        ..empty().await
    };
    // Two approvals, an idempotency key, a face session, a webhook event and its correlation key, a low-value usage and its exempt
    // version, a message to execute a transfer, one about the settled approval, and an enrolment with a device, a message about it, a phone
    // number, a face and a PIN that waits.
    assert_eq!(new.import_sqlite(&old).await.unwrap(), 16);

    for id in ["appr_open", "appr_over"] {
        assert_eq!(new.by_id(id).await.unwrap(), old.by_id(id).await.unwrap());
    }
    let tokens = new.tokens("appr_open").await.unwrap().unwrap();
    assert_eq!(tokens.access_token.unwrap().expose(), "access");
    let session = new.open_face_session("appr_open").await.unwrap().unwrap();
    assert_eq!(session.url.unwrap().expose(), "https://session.facesign.ai?cs=1");
    assert!(!new.insert_webhook_event(&event()).await.unwrap());
    assert_eq!(
        new.open_by_correlation_key(&event().correlation_key).await.unwrap(),
        ["appr_open"]
    );
    let enrolment = new.enrolment("enr_1").await.unwrap().unwrap();
    assert_eq!(Some(&enrolment), old.enrolment("enr_1").await.unwrap().as_ref());
    let known = new.known_factors(&enrolment).await.unwrap();
    assert!(known.devices.len() == 1 && known.phone.is_some() && known.face.is_some());
    assert_eq!(new.factor_waits_of(&enrolment, NOW).await.unwrap().len(), 1);
    let left = low_value_usage::use_up(&new, "shop", "ann", low_value_usage::euros()).await;
    assert_eq!(left, low_value_usage::most(low_value_usage::euros()) - 1);
    let messages = claim(&new, "one", &["transfer.execute"], NOW, 9).await;
    assert_eq!(messages, claim(&old, "one", &["transfer.execute"], NOW, 9).await);
    let updated = new.update("appr_open", |record| record.cancel(NOW).unwrap()).await;
    assert!(updated.unwrap().unwrap().settled);
}

#[tokio::test]
async fn an_import_into_a_database_with_rows_is_refused() {
    let new = with_approval().await;
    let copied = new
        .import_sqlite(&full(&EncryptionKeys::ephemeral().unwrap()).await)
        .await;
    assert!(matches!(copied, Err(StoreError::NotEmpty("approvals"))), "{copied:?}");
    assert!(new.by_id("appr_open").await.unwrap().is_none());
}
