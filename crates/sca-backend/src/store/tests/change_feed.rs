use super::*;
use crate::store::{ChangeListener, ChangeNotification};

async fn listening(store: &Store) -> ChangeListener {
    store.change_feed().await.unwrap().unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn what_one_changes_all_hear_of_and_what_changed_nothing_nobody() {
    let store = kept().await;
    let (mut one, mut two) = (listening(&store).await, listening(&store).await);
    store.update("appr_test", |_| ()).await.unwrap();
    let new = approval("appr_2", wise());
    assert!(matches!(store.insert(&new).await, Ok(InsertResult::New)));
    store
        .update("appr_2", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    for change_feed in [&mut one, &mut two] {
        assert_eq!(
            change_feed.next().await.unwrap(),
            ChangeNotification::Changed("appr_2".into())
        );
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_line_that_is_cut_is_noticed() {
    let store = kept().await;
    let mut change_feed = listening(&store).await;
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
        .execute(&mut behind(&store).await)
        .await
        .unwrap();
    assert!(change_feed.next().await.is_err());
    let mut change_feed = listening(&store).await;
    store
        .update("appr_test", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    assert_eq!(
        change_feed.next().await.unwrap(),
        ChangeNotification::Changed("appr_test".into())
    );
}

#[tokio::test]
async fn a_database_with_one_instance_has_nothing_to_listen_to() {
    let store = Store::temporary(Sealer::ephemeral().unwrap()).await.unwrap();
    assert!(store.change_feed().await.unwrap().is_none());
}
