use sqlx::AnyConnection;

use super::{Store, StoreError, connections::End, engine::Engine};

/// The schema, in the order in which it grew.
const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/0001_initial.sql")];

/// What instances that start at once line up for: any number that nobody else uses.
const TURN: i64 = 0x5c_a5_c4_e3;

impl Store {
    /// Brings the schema up to date; an instance that does so at the same time is waited for.
    pub(super) async fn migrate(&self) -> Result<(), StoreError> {
        let engine = self.engine;
        self.connections
            .long_transaction(move |transaction| Box::pin(bring_up_to_date(engine, transaction)))
            .await
    }
}

async fn bring_up_to_date(engine: Engine, transaction: &mut AnyConnection) -> Result<End<()>, StoreError> {
    match engine {
        // Beginning has waited.
        Engine::Sqlite => {}
        Engine::Postgres => {
            let turn = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(TURN);
            turn.execute(&mut *transaction).await?;
        }
    }
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT NOT NULL PRIMARY KEY)")
        .execute(&mut *transaction)
        .await?;
    let reached: Option<i64> = sqlx::query_scalar("SELECT MAX(version) FROM schema_versions")
        .fetch_one(&mut *transaction)
        .await?;
    let reached = reached.unwrap_or_default();
    let done = usize::try_from(reached).map_err(|_| StoreError::Newer(reached))?;
    let waiting = MIGRATIONS.get(done..).ok_or(StoreError::Newer(reached))?;
    for (version, migration) in (reached + 1..).zip(waiting) {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO schema_versions (version) VALUES ($1)")
            .bind(version)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(End::Commit((), Vec::new()))
}
