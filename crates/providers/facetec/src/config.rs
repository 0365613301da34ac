//! `[facetec]` of the configuration.

use std::time::Duration;

use sca_core::Secret;
use sca_provider_http::{
    HttpLimits,
    settings::{PROVIDER_TIMEOUTS, default_connect_timeout},
    split_address,
};
use sca_runtime::{
    metrics::Metrics,
    settings::{SettingError, check_duration, duration, whole},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::FaceTec;

/// How your own FaceTec server is called.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaceTecConfig {
    /// The base URL with the prefix of every path: `https://facetec.shop.example/api`. Plain `http` only for loopback.
    pub base: String,
    /// The device key that the server expects.
    #[schema(value_type = String)]
    pub device_key: Secret,
    /// The match level that a scan needs, from 1 to 15. FaceTec's levels say how unlikely a false match is; 15 is the highest.
    #[serde(default = "default_match_level", deserialize_with = "whole")]
    #[schema(default = 15)]
    pub match_level: u8,
    /// The deadline of a connection attempt, from `1ms` to `30s`.
    #[serde(default = "default_connect_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "3s")]
    pub connect_timeout: Duration,
    /// The deadline of a whole call, from `1ms` to `30s`.
    #[serde(default = "default_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "15s")]
    pub timeout: Duration,
}

fn default_match_level() -> u8 {
    15
}

fn default_timeout() -> Duration {
    Duration::from_secs(15)
}

impl FaceTecConfig {
    /// A server at an address, with everything else as it is by default.
    #[must_use]
    pub fn new(base: String, device_key: Secret) -> Self {
        Self {
            base,
            device_key,
            match_level: default_match_level(),
            connect_timeout: default_connect_timeout(),
            timeout: default_timeout(),
        }
    }

    /// Checks the settings that can be checked without a connection.
    ///
    /// # Errors
    /// Names the first setting that is not allowed, and quotes no secret.
    pub fn check(&self) -> Result<(), SettingError> {
        let key = self.device_key.expose();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SettingError::new("facetec.device_key", "letters, digits and signs"));
        }
        if !(1..=15).contains(&self.match_level) {
            return Err(SettingError::new("facetec.match_level", "from 1 to 15"));
        }
        check_duration("facetec.connect_timeout", self.connect_timeout, PROVIDER_TIMEOUTS)?;
        check_duration("facetec.timeout", self.timeout, PROVIDER_TIMEOUTS)
    }

    /// The client.
    ///
    /// # Errors
    /// Names the setting that is not allowed.
    pub fn server(&self, metrics: Metrics) -> Result<FaceTec, SettingError> {
        self.check()?;
        let limits = HttpLimits {
            connect: self.connect_timeout,
            total: self.timeout,
            // An exported face map.
            body: 3 * 1024 * 1024,
            // A call has a scan in memory.
            calls: 64,
        };
        let (http, path) = split_address("facetec", self.base.trim_end_matches('/'), limits, metrics)
            .map_err(|error| SettingError::new("facetec.base", error.to_string()))?;
        let prefix = path.trim_end_matches('/').to_owned();
        Ok(FaceTec::new(
            http,
            prefix,
            self.device_key.clone(),
            self.match_level.into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named_and_quote_no_secret() {
        let good = || {
            FaceTecConfig::new(
                "https://facetec.shop.example/api".into(),
                Secret::new("canary-key".into()),
            )
        };
        let made = |config: FaceTecConfig| config.server(Metrics::default());
        assert!(made(good()).is_ok());
        assert!(
            made(FaceTecConfig::new(
                "http://127.0.0.1:1".into(),
                Secret::new("key".into())
            ))
            .is_ok()
        );
        let wrong = |change: fn(&mut FaceTecConfig)| {
            let mut config = good();
            change(&mut config);
            made(config).unwrap_err().to_string()
        };
        for (error, name) in [
            (wrong(|c| c.base = "http://facetec.shop.example".into()), "facetec.base"),
            (
                wrong(|c| c.base = "https://facetec.shop.example/?canary".into()),
                "facetec.base",
            ),
            (
                wrong(|c| c.device_key = Secret::new("canary key".into())),
                "facetec.device_key",
            ),
            (wrong(|c| c.match_level = 0), "facetec.match_level"),
            (wrong(|c| c.match_level = 16), "facetec.match_level"),
            (wrong(|c| c.timeout = Duration::ZERO), "facetec.timeout"),
        ] {
            assert!(error.starts_with(name) && !error.contains("canary"), "{error}");
        }
    }
}
