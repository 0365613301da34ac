use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use sca_core::secret::Secret;

use sca_runtime::secure_url::is_loopback;

/// Which database: SQLite for one instance, PostgreSQL for several.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum Database {
    /// SQLite, in a file.
    File(PathBuf),
    /// PostgreSQL, by its URL: `postgres://name:password@host/database`.
    Postgres(Secret),
}

/// The text is neither a path nor a PostgreSQL URL. It is not quoted: it may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the path of a file, or a URL such as postgres://name:password@host/database")]
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

/// The URL of a PostgreSQL server. A server on another machine has to present a certificate for its name (`sslmode=verify-full`),
/// unless the URL sets another `sslmode`.
pub(super) fn address(secret: &Secret) -> Result<Url, DatabaseError> {
    let mut url = Url::parse(secret.expose()).map_err(|_| DatabaseError)?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(DatabaseError);
    }
    let asks = |name: &str| url.query_pairs().any(|(key, _)| key == name);
    // For a scheme that it does not know, `url` leaves an IPv4 address as a name.
    let is_unix = asks("host") || matches!(url.host_str(), None | Some(""));
    let is_here = is_unix || is_loopback(&url) || url.host_str() == Some("127.0.0.1");
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
    fn a_server_elsewhere_needs_a_certificate_unless_the_url_says_otherwise() {
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
