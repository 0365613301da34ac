use super::layers;
use sca_runtime::{random::RandomnessError, settings::SettingError};
use sca_store::{KeyError, StoreError};

/// The configuration cannot be used. Each text says which setting is at fault and quotes no value: a value may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not TOML.
    #[error("the configuration file is not TOML{}: {message}", at_line(*.line))]
    Syntax {
        /// The line, counted from 1, if the parser says so.
        line: Option<usize>,
        /// What the parser expected.
        message: String,
    },
    /// A setting is missing, unknown or has a value that is not allowed.
    #[error("{name}: {reason} (in the file: {name}; in the environment: {})", layers::variable_of(.name))]
    Setting {
        /// The setting, with its sections before it: `wise.timeout`. A name that is unknown stands in the reason.
        name: String,
        /// What is expected.
        reason: String,
    },
    /// The configuration has a setting at the top level that does not exist.
    #[error("{0}")]
    Unknown(String),
    /// A variable of the environment cannot be used.
    #[error("{variable}: {reason}")]
    Variable {
        /// The variable: `SCA_ENCRYPTION_KEYS_FILE`.
        variable: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A database needs a key that it is encrypted under.
    #[error("encryption_keys: required with a database; `openssl rand -base64 32` makes one")]
    KeyMissing,
    /// The key is not 32 bytes in base64.
    #[error("encryption_keys: {0}")]
    Key(#[from] KeyError),
    /// The database cannot be opened.
    #[error("database: {0}")]
    Store(#[from] StoreError),
    /// The operating system gives no random bytes.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

impl From<SettingError> for ConfigError {
    fn from(SettingError { name, reason }: SettingError) -> Self {
        Self::Setting { name, reason }
    }
}

impl ConfigError {
    /// A setting that has a value which is not allowed.
    pub(crate) fn setting(name: &str, reason: impl Into<String>) -> Self {
        Self::Setting {
            name: name.to_owned(),
            reason: reason.into(),
        }
    }
}

fn at_line(line: Option<usize>) -> String {
    line.map(|line| format!(" (line {line})")).unwrap_or_default()
}
