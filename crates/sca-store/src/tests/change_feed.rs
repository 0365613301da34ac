//! Notifications of changes between instances (`LISTEN` and `NOTIFY`).

use super::*;
use crate::{ChangeListener, ChangeNotification};

const TERMINATE_LISTENERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE datname = current_database() AND query LIKE 'LISTEN%'";

async fn open_listener(store: &Store) -> ChangeListener {
    store.change_feed().await.unwrap().unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn every_listener_is_notified_of_a_change_and_only_of_a_change() {
    let store = with_approval().await;
    let (mut one, mut two) = (open_listener(&store).await, open_listener(&store).await);
    store.update("appr_test", |_| ()).await.unwrap();
    let new = approval("appr_2", wise());
    insert_new(&store, &new).await;
    store
        .update("appr_2", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    for listener in [&mut one, &mut two] {
        assert_eq!(
            listener.next().await.unwrap(),
            ChangeNotification::Changed("appr_2".into())
        );
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_terminated_connection_is_an_error_and_can_be_reopened() {
    let store = with_approval().await;
    let mut listener = open_listener(&store).await;
    sqlx::query(TERMINATE_LISTENERS)
        .execute(&mut raw_connection(&store).await)
        .await
        .unwrap();
    assert!(listener.next().await.is_err());
    let mut listener = open_listener(&store).await;
    store
        .update("appr_test", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    assert_eq!(
        listener.next().await.unwrap(),
        ChangeNotification::Changed("appr_test".into())
    );
}

#[tokio::test]
async fn sqlite_has_no_change_feed() {
    let store = Store::temporary(EncryptionKeys::ephemeral().unwrap()).await.unwrap();
    assert!(store.change_feed().await.unwrap().is_none());
}
