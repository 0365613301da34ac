//! `[wires]` and `[partner_webhook]` of the configuration.

use std::time::Duration;

use serde::Deserialize;

use super::{http::Endpoint, standard_webhooks::SigningKeys};
use crate::config::ConfigError;
use sca_core::secret::Secret;

/// Who carries out wires that were approved.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WiresConfig {
    /// Where `transfer.execute` is sent to.
    pub execute_url: String,
    /// What it is signed with: `whsec_` and base64. Two while the receiver moves from one to the other.
    pub secrets: Vec<Secret>,
    /// How many milliseconds the receiver may take.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
}

/// Who is told how approvals end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerWebhookConfig {
    /// Where `approval.settled` and `transfer.blocked` are sent to.
    pub url: String,
    /// What they are signed with: `whsec_` and base64. Two while the receiver moves from one to the other.
    pub secrets: Vec<Secret>,
    /// How many milliseconds the receiver may take.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
}

fn default_timeout() -> u64 {
    15_000
}

impl WiresConfig {
    /// The endpoint that this describes.
    ///
    /// # Errors
    /// When a value is not as described.
    pub fn endpoint(&self) -> Result<Endpoint, ConfigError> {
        let names = ["wires.execute_url", "wires.secrets", "wires.timeout"];
        endpoint(names, &self.execute_url, &self.secrets, self.timeout)
    }
}

impl PartnerWebhookConfig {
    /// The endpoint that this describes.
    ///
    /// # Errors
    /// When a value is not as described.
    pub fn endpoint(&self) -> Result<Endpoint, ConfigError> {
        let names = [
            "partner_webhook.url",
            "partner_webhook.secrets",
            "partner_webhook.timeout",
        ];
        endpoint(names, &self.url, &self.secrets, self.timeout)
    }
}

fn endpoint(names: [&'static str; 3], url: &str, secrets: &[Secret], timeout: u64) -> Result<Endpoint, ConfigError> {
    let [url_name, secrets_name, timeout_name] = names;
    let wrong = |name, reason: String| ConfigError::Value { name, reason };
    if !(100..=30_000).contains(&timeout) {
        return Err(wrong(timeout_name, "between 100 and 30000 milliseconds".into()));
    }
    let keys = SigningKeys::new(secrets).map_err(|error| wrong(secrets_name, error.to_string()))?;
    Endpoint::new(url, keys, Duration::from_millis(timeout)).map_err(|error| wrong(url_name, error.to_string()))
}

/// What the environment says about a section, in the place of what the file says: `SCA_WIRES_EXECUTE_URL`,
/// `SCA_WIRES_SECRETS` (by commas), `SCA_WIRES_TIMEOUT`, and `SCA_PARTNER_WEBHOOK_URL` with the same two.
///
/// # Errors
/// When a number is none.
pub(crate) fn read_environment(
    table: &mut toml::Table,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<(), ConfigError> {
    let sections = [
        ("wires", "execute_url", "wires.timeout"),
        ("partner_webhook", "url", "partner_webhook.timeout"),
    ];
    for (section, url, timeout_name) in sections {
        let variable = |name: &str| environment(&format!("SCA_{section}_{name}").to_ascii_uppercase());
        let mut found = Vec::new();
        if let Some(value) = variable(url) {
            found.push((url, toml::Value::String(value)));
        }
        if let Some(secrets) = variable("secrets") {
            let secrets = secrets
                .split(',')
                .map(|secret| toml::Value::String(secret.trim().into()));
            found.push(("secrets", toml::Value::Array(secrets.collect())));
        }
        if let Some(value) = variable("timeout") {
            let number = value.parse().map_err(|_| ConfigError::Value {
                name: timeout_name,
                reason: "not a whole number".into(),
            })?;
            found.push(("timeout", toml::Value::Integer(number)));
        }
        if found.is_empty() {
            continue;
        }
        let section = table
            .entry(section)
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let Some(section) = section.as_table_mut() {
            section.extend(found.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn wires(url: &str, secret: &str, timeout: u64) -> Result<Endpoint, ConfigError> {
        let secrets = vec![Secret::new(secret.into())];
        let execute_url = url.into();
        WiresConfig {
            execute_url,
            secrets,
            timeout,
        }
        .endpoint()
    }

    #[test]
    fn mistakes_are_named_and_quote_no_secret() {
        assert!(wires("https://bank.example/wires", SECRET, 15_000).is_ok());
        for (url, secret, timeout, name) in [
            ("http://bank.example/wires", SECRET, 15_000, "wires.execute_url"),
            ("https://bank.example/wires", "whsec_canary", 15_000, "wires.secrets"),
            ("https://bank.example/wires", SECRET, 0, "wires.timeout"),
            ("https://bank.example/wires", SECRET, 30_001, "wires.timeout"),
        ] {
            let error = wires(url, secret, timeout).unwrap_err().to_string();
            assert!(error.starts_with(name) && !error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn the_environment_alone_is_enough_and_comes_before_the_file() {
        let mut table: toml::Table = "[partner_webhook]\nurl = \"https://old.example\"\nsecrets = []"
            .parse()
            .unwrap();
        let environment = |name: &str| match name {
            "SCA_WIRES_EXECUTE_URL" => Some("https://bank.example".into()),
            "SCA_WIRES_SECRETS" => Some(format!("{SECRET}, {SECRET}")),
            "SCA_WIRES_TIMEOUT" => Some("500".into()),
            "SCA_PARTNER_WEBHOOK_URL" => Some("https://new.example".into()),
            _ => None,
        };
        read_environment(&mut table, &environment).unwrap();
        let wires: WiresConfig = table["wires"].clone().try_into().unwrap();
        assert_eq!((wires.secrets.len(), wires.timeout), (2, 500));
        let partner: PartnerWebhookConfig = table["partner_webhook"].clone().try_into().unwrap();
        assert_eq!(partner.url, "https://new.example");

        let mut nothing = toml::Table::new();
        read_environment(&mut nothing, &|_| None).unwrap();
        assert!(nothing.is_empty());
    }
}
