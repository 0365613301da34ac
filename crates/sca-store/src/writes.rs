//! The writes that end a transaction, sent to PostgreSQL as one statement.
//!
//! Each statement of its own costs a round trip, during which the transaction's locks are held. PostgreSQL takes several writes in one
//! `WITH`; SQLite does not, and has no network in between.

use sqlx::{Any, AnyConnection, any::AnyArguments, query::Query};

use super::{
    StoreError,
    connections::{Connections, End, Step},
    engine::Engine,
    sql,
};

/// Stands in a write for the condition under which it happens.
const CONDITION: &str = "{condition}";
const ALWAYS: &str = "TRUE";

/// An `INSERT`, `UPDATE` or `DELETE` with its values. Its places are `$1`, `$2` and so on. Its `WHERE` has a [`CONDITION`] if other writes
/// may decide whether it happens.
#[derive(Debug)]
pub(super) struct Write {
    text: String,
    values: Vec<Value>,
}

#[derive(Debug)]
enum Value {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Write {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    pub(super) fn number(mut self, value: impl Into<Option<i64>>) -> Self {
        self.values.push(Value::Number(value.into()));
        self
    }

    pub(super) fn text(mut self, value: &str) -> Self {
        self.values.push(Value::Text(Some(value.to_owned())));
        self
    }

    pub(super) fn text_or_null(mut self, value: Option<&str>) -> Self {
        self.values.push(Value::Text(value.map(str::to_owned)));
        self
    }

    pub(super) fn bytes(mut self, value: &[u8]) -> Self {
        self.values.push(Value::Bytes(Some(value.to_vec())));
        self
    }

    /// The write, followed by `more`.
    pub(super) fn and(mut self, more: Self) -> Self {
        self.text = format!("{} {}", self.text, renumbered(&more.text, self.values.len()));
        self.values.extend(more.values);
        self
    }

    fn query(self) -> Query<'static, Any, AnyArguments> {
        let query = sqlx::query(sql(self.text.replace(CONDITION, ALWAYS)));
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Number(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        })
    }
}

/// Executes writes, none of which may touch a row that another one touches: PostgreSQL executes them in any order. Returns the number of
/// rows that the last one changed.
pub(super) async fn execute(
    connection: &mut AnyConnection,
    engine: Engine,
    writes: Vec<Write>,
) -> Result<u64, StoreError> {
    let writes = match engine {
        Engine::Sqlite => writes,
        Engine::Postgres => Vec::from_iter(joined(writes)),
    };
    let mut changed = 0;
    for write in writes {
        changed = write.query().execute(&mut *connection).await?.rows_affected();
    }
    Ok(changed)
}

/// Executes writes if `first`, an `UPDATE` of one row, finds its row. False, and nothing is written, if it does not.
pub(super) async fn execute_if(
    connections: &Connections,
    first: Write,
    writes: Vec<Write>,
) -> Result<bool, StoreError> {
    match connections.engine {
        Engine::Sqlite => {
            connections
                .transaction(move |transaction| -> Step<'_, _> {
                    Box::pin(async move {
                        if first.query().execute(&mut *transaction).await?.rows_affected() != 1 {
                            return Ok(End::Rollback(false));
                        }
                        execute(transaction, Engine::Sqlite, writes).await?;
                        Ok(End::Commit(true, Vec::new()))
                    })
                })
                .await
        }
        Engine::Postgres => {
            let statement = conditional(first, writes);
            Ok(connections.fetch_all(statement.query()).await?.len() == 1)
        }
    }
}

/// One statement for all writes, or `None` if there are none.
fn joined(mut writes: Vec<Write>) -> Option<Write> {
    let last = writes.pop()?;
    let mut with = With::default();
    for write in writes {
        with.add(write, ALWAYS);
    }
    Some(with.ending_in(last))
}

/// One statement that returns a row if `first` has found its row, and only then writes the others.
fn conditional(first: Write, writes: Vec<Write>) -> Write {
    let mut with = With::default();
    with.add(first.and(Write::new("RETURNING 1")), ALWAYS);
    for write in writes {
        with.add(write, "EXISTS (SELECT 1 FROM write_0)");
    }
    with.ending_in(Write::new("SELECT 1 FROM write_0"))
}

/// The beginning of a statement of several writes.
#[derive(Debug, Default)]
struct With {
    writes: Vec<String>,
    values: Vec<Value>,
}

impl With {
    fn add(&mut self, write: Write, condition: &str) {
        let text = renumbered(&write.text, self.values.len()).replace(CONDITION, condition);
        self.writes.push(format!("write_{} AS ({text})", self.writes.len()));
        self.values.extend(write.values);
    }

    fn ending_in(mut self, last: Write) -> Write {
        if self.writes.is_empty() {
            return last;
        }
        let text = renumbered(&last.text, self.values.len());
        self.values.extend(last.values);
        Write {
            text: format!("WITH {} {text}", self.writes.join(", ")),
            values: self.values,
        }
    }
}

/// A statement whose places come after `before` others.
fn renumbered(text: &str, before: usize) -> String {
    let mut parts = text.split('$');
    let mut renumbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        let place = number.parse::<usize>().unwrap_or_default().saturating_add(before);
        renumbered.push_str(&format!("${place}{rest}"));
    }
    renumbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_become_one_statement_whose_places_count_on() {
        let writes = vec![
            Write::new("INSERT INTO a VALUES ($1, $2, $1)").text("x").number(1),
            Write::new("DELETE FROM b WHERE c = $1").bytes(b"y"),
            Write::new("UPDATE d SET e = $10, f = $2").number(2),
        ];
        let joined = joined(writes).unwrap();
        assert_eq!(
            joined.text,
            "WITH write_0 AS (INSERT INTO a VALUES ($1, $2, $1)), write_1 AS (DELETE FROM b WHERE c = $3) \
             UPDATE d SET e = $13, f = $5"
        );
        assert_eq!(joined.values.len(), 4);
    }

    #[test]
    fn conditional_writes_happen_if_the_first_one_finds_its_row() {
        let first = Write::new("UPDATE a SET b = $1 WHERE c = $2").number(1).number(2);
        let first = first.and(Write::new("AND d = $1").text("x"));
        let insert = Write::new("INSERT INTO e SELECT $1 WHERE {condition}").number(3);
        let statement = conditional(first, vec![insert]);
        assert_eq!(
            statement.text,
            "WITH write_0 AS (UPDATE a SET b = $1 WHERE c = $2 AND d = $3 RETURNING 1), \
             write_1 AS (INSERT INTO e SELECT $4 WHERE EXISTS (SELECT 1 FROM write_0)) SELECT 1 FROM write_0"
        );
        assert_eq!(statement.values.len(), 4);
    }

    #[test]
    fn a_single_write_stays_as_it_is() {
        let alone = joined(vec![Write::new("DELETE FROM b WHERE c = $1").number(7)]).unwrap();
        assert_eq!(alone.text, "DELETE FROM b WHERE c = $1");
        assert!(joined(Vec::new()).is_none());
    }
}
