//! `[wise]` of the configuration.

use std::time::Duration;

use sca_core::Secret;
use sca_provider_http::{
    HttpLimits, ProviderHttp,
    settings::{PROVIDER_TIMEOUTS, default_connect_timeout, default_timeout},
};
use sca_runtime::{
    metrics::Metrics,
    settings::{SettingError, check_duration, duration, list, whole_if_any},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Wise, call_patterns::CallPatterns, keys::ClientCredentials, paths::PathGeneration};

/// How Wise is called.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WiseConfig {
    /// The base URL: `https://api.wise.com`. Plain `http` only for loopback.
    pub base: String,
    /// The generation of paths: `v1`, `v2`, or a calendar version such as `2026Q3`.
    #[serde(default = "default_paths")]
    #[schema(default = "v1")]
    pub paths: String,
    /// The partner's client id.
    pub client_id: String,
    /// The partner's client secret.
    #[schema(value_type = String)]
    pub client_secret: Secret,
    /// How many challenges a refusal leads to, if known: Wise may name them one at a time.
    #[serde(default, deserialize_with = "whole_if_any")]
    pub expected_steps: Option<u8>,
    /// The calls of low risk: a method and a path each, `{…}` for one segment, such as
    /// `GET /v1/profiles/{profile}/balance-statements/{balance}/statement.json`. If Wise refuses such a call and the customer has approved
    /// nothing for five minutes, the gate has an SCA session approved instead of the single call. If empty, every refused call is approved
    /// on its own.
    #[serde(default, deserialize_with = "list")]
    #[schema(default = json!([]))]
    pub low_risk_calls: Vec<String>,
    /// The deadline of a connection attempt, from `1ms` to `30s`.
    #[serde(default = "default_connect_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "3s")]
    pub connect_timeout: Duration,
    /// The deadline of a whole call, from `1ms` to `30s`. Of a call through the gate: of the head of the response, and of each further part.
    #[serde(default = "default_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "10s")]
    pub timeout: Duration,
}

fn default_paths() -> String {
    "v1".into()
}

impl WiseConfig {
    /// Checks the settings that can be checked without a connection.
    ///
    /// # Errors
    /// Names the first setting that is not allowed.
    pub fn check(&self) -> Result<(), SettingError> {
        self.low_risk()?;
        check_duration("wise.connect_timeout", self.connect_timeout, PROVIDER_TIMEOUTS)?;
        check_duration("wise.timeout", self.timeout, PROVIDER_TIMEOUTS)
    }

    /// The client.
    ///
    /// # Errors
    /// Names the setting that is not allowed.
    pub fn provider(&self, metrics: Metrics) -> Result<Wise, SettingError> {
        let limits = HttpLimits {
            connect: self.connect_timeout,
            total: self.timeout,
            ..HttpLimits::default()
        };
        let paths: PathGeneration = self
            .paths
            .parse()
            .map_err(|error| SettingError::new("wise.paths", format!("{error}")))?;
        let credentials = ClientCredentials {
            id: self.client_id.clone(),
            secret: self.client_secret.clone(),
        };
        let http = ProviderHttp::new("wise", &self.base, limits, metrics)
            .map_err(|error| SettingError::new("wise.base", error.to_string()))?;
        Ok(Wise::new(http, paths, credentials)
            .with_expected_steps(self.expected_steps)
            .with_low_risk_calls(self.low_risk()?))
    }

    fn low_risk(&self) -> Result<CallPatterns, SettingError> {
        CallPatterns::new(&self.low_risk_calls)
            .map_err(|error| SettingError::new("wise.low_risk_calls", error.to_string()))
    }
}
