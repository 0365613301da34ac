//! What the backend does by itself, again and again.

use std::{str::FromStr, sync::Arc};

use sca_backend::{clock::ManualClock, routes, secret::Secret};
use sca_protocol::Millis;
use sqlx::{
    Connection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

use crate::support::{API_KEY, configuration, create, creation, stub::Stub};

#[tokio::test]
async fn an_approval_that_cannot_be_read_keeps_no_other_from_ending() {
    let stub = Stub::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("approvals.sqlite");
    let mut config = configuration(&stub.base, "v1");
    config.database = Some(file.clone().into());
    config.encryption_key = Some(Secret::new("A".repeat(43) + "="));
    let clock = Arc::new(ManualClock::at(Millis(1_700_000_000_000)));
    let backend = config.backend_with(clock.clone()).await.unwrap();
    let app = routes::router(backend.clone());
    create(&app, API_KEY, &creation()).await.ok();
    clock.advance(1);
    create(&app, API_KEY, &creation()).await.ok();

    for made in std::fs::read_dir(folder.path()).unwrap() {
        let made = made.unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&made.metadata().unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "others may read {made:?}");
    }

    let options = SqliteConnectOptions::from_str(&format!("sqlite:{}", file.display())).unwrap();
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(
        "UPDATE approvals SET progress = 'nonsense' WHERE expires_at = (SELECT MIN(expires_at) FROM approvals)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    clock.advance(900_001);
    backend.sweep().await.unwrap();
    let rows: Vec<SqliteRow> =
        sqlx::query("SELECT status, access_token IS NULL AS wiped FROM approvals ORDER BY expires_at")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let rows: Vec<(String, bool)> = rows.iter().map(|row| (row.get("status"), row.get("wiped"))).collect();
    assert_eq!(rows, [("pending".to_owned(), false), ("expired".to_owned(), true)]);
}
