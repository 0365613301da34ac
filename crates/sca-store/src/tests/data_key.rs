//! The database's own key, and the configured keys in front of it.

use super::{
    enrolments::with_device,
    low_value_usage::{euros, most, use_up},
    *,
};
use crate::StoreError;

/// Keys in base64.
const OLD: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const NEW: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A database, and its folder where it has one.
fn database() -> (Database, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = Database::File(folder.path().join("approvals.db"));
    (postgres().unwrap_or(file), folder)
}

async fn open(database: &Database, newest: &str, older: &[&str]) -> Result<Store, StoreError> {
    let keys = EncryptionKeys::from_base64(newest, older.iter().copied()).unwrap();
    Ok(at(&Store::open(database, keys).await?, NOW))
}

/// Writes an approval with tokens, an enrolment with a device, and a customer's low-value usage.
async fn fill(store: &Store) {
    insert_new(store, &approval("appr_test", wise())).await;
    with_device(store).await;
    assert_eq!(use_up(store, "shop", "ann", euros()).await, most(euros()));
}

/// Reads what was sealed, and finds what was digested.
async fn assert_readable(store: &Store) {
    let tokens = store.tokens("appr_test").await.unwrap().unwrap();
    assert_eq!(tokens.access_token.unwrap().expose(), "access");
    let enrolment = store.enrolment("enr_1").await.unwrap().unwrap();
    assert_eq!(store.known_factors(&enrolment).await.unwrap().devices.len(), 1);
    assert_eq!(use_up(store, "shop", "ann", euros()).await, 0);
}

#[tokio::test]
async fn a_key_is_replaced_while_approvals_are_open() {
    let (database, _folder) = database();
    let store = open(&database, OLD, &[]).await.unwrap();
    fill(&store).await;
    // Another instance has the new key already. This one goes on.
    let rotated = open(&database, NEW, &[OLD]).await.unwrap();
    assert!(store.by_id("appr_test").await.unwrap().is_some());
    store.close().await;
    rotated.close().await;
    assert!(matches!(open(&database, OLD, &[]).await, Err(StoreError::Sealed)));
    assert_readable(&open(&database, NEW, &[]).await.unwrap()).await;
}

#[tokio::test]
async fn another_key_does_not_open_the_database() {
    let (database, _folder) = database();
    open(&database, OLD, &[]).await.unwrap().close().await;
    assert!(matches!(open(&database, NEW, &[]).await, Err(StoreError::Sealed)));
}

#[tokio::test]
async fn the_configured_key_itself_opens_nothing() {
    let (database, _folder) = database();
    let store = open(&database, OLD, &[]).await.unwrap();
    fill(&store).await;
    let key = zeroize::Zeroizing::new([0; 32]);
    let other = Store {
        sealer: Sealer::new(&key),
        ..store
    };
    assert!(matches!(other.tokens("appr_test").await, Err(StoreError::Sealed)));
}

/// Before the data key, the configured key sealed every value.
#[tokio::test]
async fn a_database_without_a_data_key_keeps_what_its_key_sealed() {
    let (database, _folder) = database();
    let store = open(&database, OLD, &[]).await.unwrap();
    let earlier = Store {
        sealer: Sealer::new(&zeroize::Zeroizing::new([0; 32])),
        ..store
    };
    fill(&earlier).await;
    sqlx::query("DELETE FROM data_key")
        .execute(&mut raw_connection(&earlier).await)
        .await
        .unwrap();
    earlier.close().await;
    open(&database, NEW, &[OLD]).await.unwrap().close().await;
    assert_readable(&open(&database, NEW, &[]).await.unwrap()).await;
}

#[tokio::test]
async fn an_imported_database_brings_its_data_key() {
    let (new, _new) = database();
    let folder = tempfile::tempdir().unwrap();
    let old = open(&Database::File(folder.path().join("old.db")), OLD, &[])
        .await
        .unwrap();
    fill(&old).await;
    let imported = open(&new, OLD, &[]).await.unwrap();
    imported.import_sqlite(&old).await.unwrap();
    imported.close().await;
    assert_readable(&open(&new, OLD, &[]).await.unwrap()).await;
}
