//! Opening a database: its schema version, and its settings.

use sqlx::Row;

use super::{approvals::transfer_source, *};
use crate::{StoreError, migrations};

#[tokio::test]
async fn a_database_of_a_later_schema_version_is_refused() {
    let store = with_approval().await;
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99, 'later', TRUE, $1, 0)";
    sqlx::query(later)
        .bind(vec![0_u8; 48])
        .execute(&mut raw_connection(&store).await)
        .await
        .unwrap();
    assert!(matches!(
        migrations::migrate(&store.connections, store.engine).await,
        Err(StoreError::Newer(99))
    ));
}

#[tokio::test]
async fn a_database_of_a_changed_migration_is_left_alone() {
    let store = with_approval().await;
    sqlx::query("UPDATE _sqlx_migrations SET checksum = $1 WHERE version = 1")
        .bind(vec![0_u8; 48])
        .execute(&mut raw_connection(&store).await)
        .await
        .unwrap();
    assert!(matches!(
        migrations::migrate(&store.connections, store.engine).await,
        Err(StoreError::Database(sqlx::Error::Migrate(_)))
    ));
}

/// A database of the first version has no enrolments, and keeps its approvals.
#[tokio::test]
async fn a_database_of_an_earlier_schema_version_is_upgraded() {
    let fifth = ["DROP TABLE data_key", "DELETE FROM _sqlx_migrations WHERE version = 5"];
    let fourth = [
        "DROP TABLE enrolled_phones",
        "DROP TABLE enrolled_faces",
        "DELETE FROM _sqlx_migrations WHERE version = 4",
    ];
    let third = [
        "DROP TABLE factor_waits",
        "DROP INDEX enrolments_open",
        "ALTER TABLE enrolments DROP COLUMN customer",
        "DROP INDEX approvals_sessions",
        "ALTER TABLE approvals DROP COLUMN session",
        "DELETE FROM _sqlx_migrations WHERE version = 3",
    ];
    let second = [
        "DROP TABLE enrolments",
        "DROP TABLE enrolled_devices",
        "DELETE FROM _sqlx_migrations WHERE version = 2",
    ];
    let of_fourth = [fifth.as_slice(), &fourth].concat();
    let of_third = [of_fourth.as_slice(), &third].concat();
    let of_second = [of_third.as_slice(), &second].concat();
    for (later, is_kept) in [
        (&fifth[..], true),
        (&of_fourth, true),
        (&of_third, true),
        (&of_second, false),
    ] {
        let store = with_approval().await;
        enrolments::with_device(&store).await;
        let mut connection = raw_connection(&store).await;
        for change in later {
            sqlx::query(sqlx::AssertSqlSafe(*change))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        migrations::migrate(&store.connections, store.engine).await.unwrap();
        assert!(store.by_id("appr_test").await.unwrap().is_some());
        assert_eq!(store.enrolment("enr_1").await.unwrap().is_some(), is_kept);
        // The customer of the earlier enrolment begins another one.
        enrolments::with_device_of(&store, "enr_2").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn concurrent_opens_of_a_new_database_migrate_it_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let file = Database::File(folder.path().join("approvals.db"));
        let database = postgres().unwrap_or(file);
        let keys = EncryptionKeys::ephemeral().unwrap();
        let opening: Vec<_> = (0..8)
            .map(|_| {
                let (database, keys) = (database.clone(), keys.clone());
                tokio::spawn(async move { Store::open(&database, keys).await })
            })
            .collect();
        for opened in opening {
            let store = opened.await.unwrap().unwrap();
            store.ready().await.unwrap();
        }
    }
}

/// Some operators set these for all accounts. Under repeatable read, a transaction that waited for a lock would not see what its holder
/// wrote.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn database_settings_do_not_weaken_durability_or_isolation() {
    let database = postgres().unwrap();
    let sealer = EncryptionKeys::ephemeral().unwrap();
    let store = Store::open(&database, sealer.clone()).await.unwrap();
    for setting in [
        "default_transaction_isolation = 'repeatable read'",
        "synchronous_commit = off",
    ] {
        let change = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {}', current_database()); END $$",
            setting.replace('\'', "''")
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(change))
            .execute(&mut raw_connection(&store).await)
            .await
            .unwrap();
    }
    store.close().await;
    let store = Store::open(&database, sealer).await.unwrap();
    let query = "SELECT current_setting('default_transaction_isolation'), current_setting('synchronous_commit')";
    let row = store
        .connections
        .fetch_optional(sqlx::query(query))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.get::<String, _>(0), row.get::<String, _>(1)),
        ("repeatable read".into(), "on".into())
    );
    for round in 0..5 {
        let transfer = format!("txn-{round}");
        all((1..=8_u64).map(|version| {
            let (store, transfer) = (store.clone(), transfer.clone());
            async move {
                let new = approval(&format!("appr_{round}_{version}"), transfer_source(&transfer, version));
                let _ = store.insert(&new).await.unwrap();
            }
        }))
        .await;
        assert_eq!(
            store.open_versions("shop", &transfer).await.unwrap(),
            [format!("appr_{round}_8")]
        );
    }
}
