//! Settings: how values are written, and what is wrong with one.

mod values;

pub use values::{check_duration, duration, list, tables, whole, whole_if_any};

/// A setting is missing or has a value that is not allowed. The text quotes no value: a value may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {reason}")]
pub struct SettingError {
    /// The setting, with its sections before it: `wise.timeout`.
    pub name: String,
    /// What is expected.
    pub reason: String,
}

impl SettingError {
    /// What is expected of a setting.
    #[must_use]
    pub fn new(name: &str, reason: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            reason: reason.into(),
        }
    }
}
