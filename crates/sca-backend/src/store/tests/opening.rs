use super::*;

#[tokio::test]
async fn a_database_of_a_later_version_is_left_alone() {
    let store = kept().await;
    sqlx::raw_sql("INSERT INTO schema_versions (version) VALUES (99)")
        .execute(&store.pool)
        .await
        .unwrap();
    assert!(matches!(
        store.migrate().await,
        Err(crate::store::StoreError::Newer(99))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn many_open_a_new_database_at_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let file = Database::File(folder.path().join("approvals.db"));
        let database = postgres().unwrap_or(file);
        let opening: Vec<_> = (0..8)
            .map(|_| {
                let database = database.clone();
                tokio::spawn(async move { Store::open(&database, Vault::ephemeral().unwrap()).await })
            })
            .collect();
        for opened in opening {
            let store = opened.await.unwrap().unwrap();
            store.ping().await.unwrap();
        }
    }
}
