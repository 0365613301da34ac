use sqlx::{
    AnyConnection, Column, Row, ValueRef,
    any::{AnyRow, AnyTypeInfoKind},
};

use super::{
    Store, StoreError,
    connections::{End, Step},
    sql,
};

/// Every table but that of the data key, in the order of their references.
const TABLES: [&str; 13] = [
    "approvals",
    "exempted",
    "low_value_usage",
    "approval_correlations",
    "idempotency_keys",
    "face_sessions",
    "webhook_events",
    "outbox",
    "enrolments",
    "enrolled_devices",
    "factor_waits",
    "enrolled_phones",
    "enrolled_faces",
];

impl Store {
    /// Copies every row of another database, in one transaction. Sealed values stay sealed: the other database's data key takes the place of this
    /// one's, so both need the same encryption keys, and this store has to be opened again. Returns the number of rows.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] when this database has rows; otherwise when either database fails.
    pub async fn import_sqlite(&self, other: &Self) -> Result<u64, StoreError> {
        let other = other.clone();
        self.connections
            .long_transaction(move |transaction| -> Step<'_, _> {
                Box::pin(async move { copy_all(&other, transaction).await })
            })
            .await
    }
}

async fn copy_all(other: &Store, transaction: &mut AnyConnection) -> Result<End<u64>, StoreError> {
    let mut copied = 0;
    sqlx::query("DELETE FROM data_key").execute(&mut *transaction).await?;
    for row in &other
        .connections
        .fetch_all(sqlx::query("SELECT * FROM data_key"))
        .await?
    {
        copy(&mut *transaction, "data_key", row).await?;
    }
    for table in TABLES {
        let held: i64 = sqlx::query_scalar(sql(format!("SELECT COUNT(*) FROM {table}")))
            .fetch_one(&mut *transaction)
            .await?;
        if held > 0 {
            return Err(StoreError::NotEmpty(table));
        }
        let query = sqlx::query(sql(format!("SELECT * FROM {table}")));
        for row in &other.connections.fetch_all(query).await? {
            copy(&mut *transaction, table, row).await?;
            copied += 1;
        }
    }
    Ok(End::Commit(copied, Vec::new()))
}

async fn copy(transaction: &mut AnyConnection, table: &'static str, row: &AnyRow) -> Result<(), StoreError> {
    // A NULL has no type that PostgreSQL would accept: its column is left out.
    let mut names = Vec::new();
    for column in row.columns() {
        if !row.try_get_raw(column.ordinal())?.is_null() {
            names.push(column.name());
        }
    }
    let places: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
    let (columns, places) = (names.join(", "), places.join(", "));
    let mut query = sqlx::query(sql(format!("INSERT INTO {table} ({columns}) VALUES ({places})")));
    for name in names {
        let value = row.try_get_raw(name)?;
        query = match value.type_info().kind() {
            AnyTypeInfoKind::Text => query.bind(row.try_get::<String, _>(name)?),
            AnyTypeInfoKind::Blob => query.bind(row.try_get::<Vec<u8>, _>(name)?),
            AnyTypeInfoKind::SmallInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::BigInt => {
                query.bind(row.try_get::<i64, _>(name)?)
            }
            AnyTypeInfoKind::Null | AnyTypeInfoKind::Bool | AnyTypeInfoKind::Real | AnyTypeInfoKind::Double => {
                return Err(StoreError::Unreadable(table));
            }
        };
    }
    query.execute(transaction).await?;
    Ok(())
}
