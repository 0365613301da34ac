use std::path::PathBuf;

use reqwest::Url;
use serde::Deserialize;

use sca_core::secret::Secret;

/// Which database: SQLite for one instance, PostgreSQL for several.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum Database {
    /// SQLite, in a file.
    File(PathBuf),
    /// PostgreSQL, by its address: `postgres://name:password@host/database`.
    Postgres(Secret),
}

/// The text names no database. It is not quoted: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a database is a file, or an address such as postgres://name:password@host/database")]
pub struct DatabaseError;

impl TryFrom<String> for Database {
    type Error = DatabaseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() {
            return Err(DatabaseError);
        }
        if !text.contains("://") {
            return Ok(Self::File(text.into()));
        }
        let secret = Secret::new(text);
        address(&secret).map(|_| Self::Postgres(secret))
    }
}

impl From<PathBuf> for Database {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

/// The address of a PostgreSQL. A server elsewhere has to prove by its certificate that it is the one that is named, unless the
/// address itself asks for less.
pub(super) fn address(secret: &Secret) -> Result<Url, DatabaseError> {
    let mut url = Url::parse(secret.expose()).map_err(|_| DatabaseError)?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(DatabaseError);
    }
    let asks = |name: &str| url.query_pairs().any(|(key, _)| key == name);
    let is_here = asks("host") || matches!(url.host_str(), None | Some("" | "localhost" | "127.0.0.1" | "[::1]"));
    if !is_here && !asks("sslmode") {
        url.query_pairs_mut().append_pair("sslmode", "verify-full");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Database, DatabaseError> {
        Database::try_from(text.to_owned())
    }

    #[test]
    fn a_database_is_a_file_or_a_postgresql() {
        assert!(matches!(read("/var/lib/sca/approvals.sqlite"), Ok(Database::File(_))));
        assert!(matches!(
            read("postgres://u:canary@db.example/sca"),
            Ok(Database::Postgres(_))
        ));
        assert!(matches!(
            read("postgresql:///sca?host=/run/postgresql"),
            Ok(Database::Postgres(_))
        ));
        for text in [
            "",
            "mysql://u:canary@db.example/sca",
            "https://db.example",
            "postgres://[canary",
        ] {
            assert_eq!(read(text).unwrap_err(), DatabaseError, "{text}");
        }
    }

    #[test]
    fn no_output_shows_the_password() {
        let database = read("postgres://u:canary@db.example/sca").unwrap();
        assert!(!format!("{database:?}").contains("canary"));
    }

    #[test]
    fn a_server_elsewhere_proves_who_it_is_unless_told_otherwise() {
        for (text, mode) in [
            ("postgres://u@db.example/sca", Some("verify-full")),
            ("postgres://u@10.0.0.7/sca", Some("verify-full")),
            ("postgres://u@db.example/sca?sslmode=require", Some("require")),
            ("postgres://u@127.0.0.1:5432/sca", None),
            ("postgres://u@localhost/sca", None),
            ("postgres:///sca?host=/run/postgresql", None),
        ] {
            let url = address(&Secret::new(text.into())).unwrap();
            let modes: Vec<_> = url.query_pairs().filter(|(name, _)| name == "sslmode").collect();
            assert_eq!(modes.first().map(|(_, mode)| mode.as_ref()), mode, "{text}");
            assert!(modes.len() <= 1);
        }
    }
}
