//! The database's own key, which the configured keys protect (envelope encryption).

use sqlx::{AnyConnection, Row};
use zeroize::Zeroizing;

use super::{
    EncryptionKeys, Sealer, StoreError,
    connections::{Connections, End, Step},
    engine::Engine,
};
use sca_runtime::random;

/// Whether the database has values that were sealed or digested before it had a data key: under the configured key itself.
const IN_USE: &str = "SELECT 1 AS used FROM approvals UNION ALL SELECT 1 FROM exempted UNION ALL SELECT 1 FROM idempotency_keys \
    UNION ALL SELECT 1 FROM low_value_usage UNION ALL SELECT 1 FROM enrolments UNION ALL SELECT 1 FROM enrolled_devices \
    UNION ALL SELECT 1 FROM enrolled_phones UNION ALL SELECT 1 FROM enrolled_faces LIMIT 1";

/// Opens the data key, or creates it. One that is sealed under an older key is sealed again under the newest.
///
/// # Errors
/// [`StoreError::Sealed`] when no configured key opens it.
pub(super) async fn open(
    connections: &Connections,
    engine: Engine,
    keys: EncryptionKeys,
) -> Result<Sealer, StoreError> {
    connections
        .transaction(move |transaction| -> Step<'_, _> {
            Box::pin(async move { open_or_create(engine, transaction, &keys).await })
        })
        .await
}

async fn open_or_create(
    engine: Engine,
    transaction: &mut AnyConnection,
    keys: &EncryptionKeys,
) -> Result<End<Sealer>, StoreError> {
    if let Some(lock) = engine.lock_by_name() {
        sqlx::query(lock).bind("data-key").execute(&mut *transaction).await?;
    }
    let found = sqlx::query("SELECT sealed FROM data_key WHERE id = 1")
        .fetch_optional(&mut *transaction)
        .await?;
    let key = if let Some(row) = found {
        let opened = keys.open(row.try_get("sealed")?)?;
        if !opened.is_newest {
            let sealed = keys.seal(&opened.key)?;
            let update = sqlx::query("UPDATE data_key SET sealed = $1 WHERE id = 1").bind(sealed);
            update.execute(&mut *transaction).await?;
            tracing::info!("the data key is now sealed under the newest encryption key");
        }
        opened.key
    } else {
        let is_in_use = sqlx::query(IN_USE).fetch_optional(&mut *transaction).await?.is_some();
        let key = if is_in_use {
            keys.oldest().clone()
        } else {
            Zeroizing::new(random::bytes()?)
        };
        let insert = sqlx::query("INSERT INTO data_key (id, sealed) VALUES (1, $1)").bind(keys.seal(&key)?);
        insert.execute(&mut *transaction).await?;
        key
    };
    Ok(End::Commit(Sealer::new(&key), Vec::new()))
}
