//! The periodic sweep, and the files that it works on.

use std::{sync::Arc, time::Duration};

use sca_backend::routes;
use sca_protocol::Timestamp;
use sca_runtime::clock::ManualClock;
use sqlx::Row;

use crate::support::{
    API_KEY, create, creation, facesign_env::FaceSignEnv, raw_connection, stub::Stub, use_shared_database,
    wise_configuration,
};

#[tokio::test]
async fn an_unreadable_approval_does_not_block_the_sweep() {
    let stub = Stub::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = wise_configuration(&stub.base, "v1");
    use_shared_database(&mut config, folder.path());
    let clock = Arc::new(ManualClock::at(Timestamp(1_700_000_000_000)));
    let backend = config.backend_with(clock.clone()).await.unwrap();
    let app = routes::router(backend.clone());
    create(&app, API_KEY, &creation()).await.ok();
    clock.advance(Duration::from_millis(1));
    create(&app, API_KEY, &creation()).await.ok();

    let mut connection = raw_connection(&config).await;
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
async fn the_metrics_show_the_backlog_of_the_outbox() {
    let env = FaceSignEnv::start().await;
    let (widget, _) = env.hold_with_session("txn-1").await;
    widget.cancel().await.ok();
    let backlog = async || {
        env.backend.sweep().await.unwrap();
        let [waiting, age] = ["sca_outbox_waiting ", "sca_outbox_oldest_age_seconds "].map(|line| env.metric(line));
        (waiting, age)
    };
    env.clock.advance(Duration::from_secs(40));
    assert_eq!(backlog().await, (1, 40));
    assert_eq!(env.partner_webhooks("txn-1").await.len(), 1);
    assert_eq!(backlog().await, (0, 0));
}

#[tokio::test]
async fn the_database_files_are_readable_only_by_their_owner() {
    let stub = Stub::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = wise_configuration(&stub.base, "v1");
    config.database = None;
    use_shared_database(&mut config, folder.path());
    let app = routes::router(config.backend().await.unwrap());
    create(&app, API_KEY, &creation()).await.ok();
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert!(files.len() > 1, "{files:?}");
    for file in files {
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "others may read {file:?}");
    }
}
