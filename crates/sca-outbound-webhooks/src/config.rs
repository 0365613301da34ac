//! `[transfers]` and `[partner_webhook]` of the configuration.

use std::{ops::RangeInclusive, time::Duration};

use serde::Deserialize;
use utoipa::ToSchema;

use super::{http_transport::Endpoint, standard_webhooks::SigningKeys};
use sca_core::secret::Secret;

use sca_runtime::settings::{SettingError, check_duration, duration, list};

/// The endpoint that executes approved transfers.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransfersConfig {
    /// The URL that `transfer.execute` is sent to. Plain `http` only for loopback.
    pub execute_url: String,
    /// The signing secrets: `whsec_` and base64 (Standard Webhooks). Two during a rotation.
    #[serde(deserialize_with = "list")]
    #[schema(value_type = Vec<String>)]
    pub secrets: Vec<Secret>,
    /// The deadline of a delivery attempt, from `100ms` to `30s`.
    #[serde(default = "default_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "15s")]
    pub timeout: Duration,
}

/// The partner's endpoint for events about approvals.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartnerWebhookConfig {
    /// The URL that `approval.settled`, `transfer.blocked`, `payment.executed_after_settlement`, `factor.enrolled` and
    /// `factor.removed` are sent to. Plain `http` only for loopback.
    pub url: String,
    /// The signing secrets: `whsec_` and base64 (Standard Webhooks). Two during a rotation.
    #[serde(deserialize_with = "list")]
    #[schema(value_type = Vec<String>)]
    pub secrets: Vec<Secret>,
    /// The deadline of a delivery attempt, from `100ms` to `30s`.
    #[serde(default = "default_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "15s")]
    pub timeout: Duration,
}

/// The deadlines of a delivery attempt.
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(30);

fn default_timeout() -> Duration {
    Duration::from_secs(15)
}

impl TransfersConfig {
    /// The endpoint.
    ///
    /// # Errors
    /// Names the setting whose value is not allowed.
    pub fn endpoint(&self) -> Result<Endpoint, SettingError> {
        let names = ["transfers.execute_url", "transfers.secrets", "transfers.timeout"];
        endpoint(names, &self.execute_url, &self.secrets, self.timeout)
    }
}

impl PartnerWebhookConfig {
    /// The endpoint.
    ///
    /// # Errors
    /// Names the setting whose value is not allowed.
    pub fn endpoint(&self) -> Result<Endpoint, SettingError> {
        let names = [
            "partner_webhook.url",
            "partner_webhook.secrets",
            "partner_webhook.timeout",
        ];
        endpoint(names, &self.url, &self.secrets, self.timeout)
    }
}

fn endpoint(
    names: [&'static str; 3],
    url: &str,
    secrets: &[Secret],
    timeout: Duration,
) -> Result<Endpoint, SettingError> {
    let [url_name, secrets_name, timeout_name] = names;
    check_duration(timeout_name, timeout, TIMEOUTS)?;
    let keys = SigningKeys::new(secrets).map_err(|error| SettingError::new(secrets_name, error.to_string()))?;
    Endpoint::new(url, keys, timeout).map_err(|error| SettingError::new(url_name, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn transfers(url: &str, secret: &str, milliseconds: u64) -> Result<Endpoint, SettingError> {
        TransfersConfig {
            execute_url: url.into(),
            secrets: vec![Secret::new(secret.into())],
            timeout: Duration::from_millis(milliseconds),
        }
        .endpoint()
    }

    #[test]
    fn mistakes_are_named_and_quote_no_secret() {
        assert!(transfers("https://bank.example/wires", SECRET, 15_000).is_ok());
        for (url, secret, timeout, name) in [
            ("http://bank.example/wires", SECRET, 15_000, "transfers.execute_url"),
            (
                "https://bank.example/wires",
                "whsec_canary",
                15_000,
                "transfers.secrets",
            ),
            ("https://bank.example/wires", SECRET, 0, "transfers.timeout"),
            ("https://bank.example/wires", SECRET, 30_001, "transfers.timeout"),
        ] {
            let error = transfers(url, secret, timeout).unwrap_err().to_string();
            assert!(error.starts_with(name) && !error.contains("canary"), "{error}");
        }
    }
}
