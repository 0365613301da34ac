//! `[tracing]` of the configuration.

use std::time::Duration;

use sca_core::secret::Secret;
use sca_runtime::settings::{check_duration, duration, list};
use serde::Deserialize;
use utoipa::ToSchema;

use super::ConfigError;
use crate::traces;

/// Traces: spans of calls, exported by OTLP over HTTP.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TracingConfig {
    /// The base URL of the collector, without `v1/traces`, which is added: `http://127.0.0.1:4318`.
    pub otlp_endpoint: String,
    /// Headers of every export, as `name=value`, such as a key of the collector's. They need `https`, or loopback.
    #[serde(default, deserialize_with = "list")]
    #[schema(value_type = Vec<String>, default = json!([]))]
    pub otlp_headers: Vec<Secret>,
    /// The share of the traces that is recorded, from 0 to 1. A partner's server that names its trace decides for its own calls.
    #[serde(default = "default_sample_ratio")]
    #[schema(default = 1.0)]
    pub sample_ratio: f64,
    /// The attribute `service.name`.
    #[serde(default = "default_service_name")]
    #[schema(default = "sca-backend")]
    pub service_name: String,
    /// The attribute `service.instance.id`, different for each instance. If absent, it is random at each start.
    #[serde(default)]
    pub service_instance_id: Option<String>,
    /// The attribute `deployment.environment.name`: `production`.
    #[serde(default)]
    pub deployment_environment: Option<String>,
    /// The deadline of an export, retries included, from `100ms` to `30s`.
    #[serde(default = "default_tracing_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "5s")]
    pub timeout: Duration,
}

fn default_sample_ratio() -> f64 {
    1.0
}

fn default_service_name() -> String {
    "sca-backend".into()
}

fn default_tracing_timeout() -> Duration {
    Duration::from_secs(5)
}

impl TracingConfig {
    /// Exports every trace to the collector at this base URL.
    #[must_use]
    pub fn new(otlp_endpoint: impl Into<String>) -> Self {
        Self {
            otlp_endpoint: otlp_endpoint.into(),
            otlp_headers: Vec::new(),
            sample_ratio: default_sample_ratio(),
            service_name: default_service_name(),
            service_instance_id: None,
            deployment_environment: None,
            timeout: default_tracing_timeout(),
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        traces::endpoint(self)?;
        traces::headers(self)?;
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            return Err(ConfigError::setting(
                "tracing.sample_ratio",
                "expected a number from 0 to 1",
            ));
        }
        let timeouts = Duration::from_millis(100)..=Duration::from_secs(30);
        Ok(check_duration("tracing.timeout", self.timeout, timeouts)?)
    }
}
