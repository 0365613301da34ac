use std::borrow::Cow;

use sqlx::{
    AnyConnection, SqlSafeStr,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use super::{
    StoreError,
    connections::{Connections, End},
    engine::Engine,
};

/// The migrations in the order of their versions, which start at 1. A migration that was released never changes: databases know its
/// checksum.
const MIGRATIONS: [(&str, &str); 5] = [
    ("initial", include_str!("../migrations/0001_initial.sql")),
    ("enrolment", include_str!("../migrations/0002_enrolment.sql")),
    (
        "enrolment policy",
        include_str!("../migrations/0003_enrolment_policy.sql"),
    ),
    ("phone and face", include_str!("../migrations/0004_phone_and_face.sql")),
    ("data key", include_str!("../migrations/0005_data_key.sql")),
];

/// The advisory lock of instances that migrate: any number that nothing else in the database uses.
const LOCK: i64 = 0x5c_a5_c4_e3;

/// Applies the migrations that the database does not have, in one transaction. Instances that start together wait for one another.
///
/// # Errors
/// [`StoreError::Newer`] when the database has a migration that this version does not know.
pub(super) async fn migrate(connections: &Connections, engine: Engine) -> Result<(), StoreError> {
    connections
        .long_transaction(move |transaction| Box::pin(apply(engine, transaction)))
        .await
}

async fn apply(engine: Engine, transaction: &mut AnyConnection) -> Result<End<()>, StoreError> {
    match engine {
        // `BEGIN IMMEDIATE` has waited for the other instances.
        Engine::Sqlite => {}
        Engine::Postgres => {
            let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK);
            lock.execute(&mut *transaction).await?;
        }
    }
    migrator().run_direct(None, transaction, false).await?;
    Ok(End::Commit((), Vec::new()))
}

/// SQLx's own lock is none for SQLite, and for PostgreSQL one of the session, which an error would leave behind.
fn migrator() -> Migrator {
    let migrations = (1..).zip(MIGRATIONS).map(|(version, (description, script))| {
        let kind = MigrationType::Simple;
        Migration::new(version, Cow::Borrowed(description), kind, script.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.set_locking(false);
    migrator
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        if let MigrateError::VersionMissing(version) = error {
            return Self::Newer(version);
        }
        Self::Database(error.into())
    }
}
