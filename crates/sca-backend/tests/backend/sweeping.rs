//! What the backend does by itself, again and again.

use std::time::Duration;

use std::sync::Arc;

use sca_backend::{clock::ManualClock, routes};
use sca_protocol::Timestamp;
use sqlx::Row;

use crate::support::{API_KEY, behind, configuration, create, creation, keep_in, stub::Stub};

#[tokio::test]
async fn an_approval_that_cannot_be_read_keeps_no_other_from_ending() {
    let stub = Stub::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = configuration(&stub.base, "v1");
    keep_in(&mut config, folder.path());
    let clock = Arc::new(ManualClock::at(Timestamp(1_700_000_000_000)));
    let backend = config.backend_with(clock.clone()).await.unwrap();
    let app = routes::router(backend.clone());
    create(&app, API_KEY, &creation()).await.ok();
    clock.advance(Duration::from_millis(1));
    create(&app, API_KEY, &creation()).await.ok();

    let mut connection = behind(&config).await;
    sqlx::query(
        "UPDATE approvals SET progress = 'nonsense' WHERE expires_at = (SELECT MIN(expires_at) FROM approvals)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    clock.advance(Duration::from_millis(900_001));
    backend.sweep().await.unwrap();
    let rows = sqlx::query(
        "SELECT status, CASE WHEN access_token IS NULL THEN 1 ELSE 0 END AS wiped FROM approvals ORDER BY expires_at",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let rows: Vec<(String, i64)> = rows.iter().map(|row| (row.get("status"), row.get("wiped"))).collect();
    assert_eq!(rows, [("pending".to_owned(), 0), ("expired".to_owned(), 1)]);
}

#[tokio::test]
async fn others_cannot_read_the_database_s_files() {
    let stub = Stub::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = configuration(&stub.base, "v1");
    config.database = None;
    keep_in(&mut config, folder.path());
    let app = routes::router(config.backend().await.unwrap());
    create(&app, API_KEY, &creation()).await.ok();
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert!(files.len() > 1, "{files:?}");
    for file in files {
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "others may read {file:?}");
    }
}
