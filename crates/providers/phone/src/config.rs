//! `[phone]` of the configuration.

use std::time::Duration;

use sca_core::{PhoneLimits, Secret};
use sca_provider_http::{
    HttpLimits,
    settings::{PROVIDER_TIMEOUTS, default_connect_timeout, default_timeout},
    split_address,
};
use sca_runtime::{
    metrics::Metrics,
    settings::{SettingError, check_duration, duration, whole},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::verification::{PartnerVerification, Target};

/// How your own server verifies that a phone number is the customer's.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhoneConfig {
    /// The URL of your server that sends a code to a number. Plain `http` only for loopback.
    pub start_url: String,
    /// The URL of your server that checks a code. Plain `http` only for loopback.
    pub check_url: String,
    /// The secret that your server knows this backend by, as a bearer token: at least 24 characters.
    #[schema(value_type = String)]
    pub secret: Secret,
    /// How long a code is accepted at most, from `1m` to `1h`.
    #[serde(default = "default_code_lifetime", deserialize_with = "duration")]
    #[schema(value_type = String, default = "10m")]
    pub code_lifetime: Duration,
    /// How long a customer has to wait between two codes, from `1s` to `10m`.
    #[serde(default = "default_resend_after", deserialize_with = "duration")]
    #[schema(value_type = String, default = "30s")]
    pub resend_after: Duration,
    /// How many codes are sent in one enrolment, from 1 to 20.
    #[serde(default = "default_sends", deserialize_with = "whole")]
    #[schema(default = 5)]
    pub sends: u8,
    /// How often a code can be entered, from 1 to 10.
    #[serde(default = "default_checks", deserialize_with = "whole")]
    #[schema(default = 5)]
    pub checks: u8,
    /// The deadline of a connection attempt, from `1ms` to `30s`.
    #[serde(default = "default_connect_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "3s")]
    pub connect_timeout: Duration,
    /// The deadline of a whole call, from `1ms` to `30s`.
    #[serde(default = "default_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "10s")]
    pub timeout: Duration,
}

fn default_code_lifetime() -> Duration {
    PhoneLimits::default().code_lifetime
}

fn default_resend_after() -> Duration {
    PhoneLimits::default().resend_after
}

fn default_sends() -> u8 {
    PhoneLimits::default().max_sends
}

fn default_checks() -> u8 {
    PhoneLimits::default().max_checks
}

impl PhoneConfig {
    /// A server at these URLs, with everything else as it is by default.
    #[must_use]
    pub fn new(start_url: String, check_url: String, secret: Secret) -> Self {
        Self {
            start_url,
            check_url,
            secret,
            code_lifetime: default_code_lifetime(),
            resend_after: default_resend_after(),
            sends: default_sends(),
            checks: default_checks(),
            connect_timeout: default_connect_timeout(),
            timeout: default_timeout(),
        }
    }

    /// Checks the settings that can be checked without a connection.
    ///
    /// # Errors
    /// Names the first setting that is not allowed, and quotes no secret.
    pub fn check(&self) -> Result<(), SettingError> {
        let secret = self.secret.expose();
        if secret.len() < 24 || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            let reason = "at least 24 letters, digits and signs; `openssl rand -base64 32` makes one";
            return Err(SettingError::new("phone.secret", reason));
        }
        for (name, value, most) in [("phone.sends", self.sends, 20), ("phone.checks", self.checks, 10)] {
            if value == 0 || value > most {
                return Err(SettingError::new(name, format!("from 1 to {most}")));
            }
        }
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        check_duration("phone.code_lifetime", self.code_lifetime, minute..=minute * 60)?;
        check_duration("phone.resend_after", self.resend_after, second..=minute * 10)?;
        check_duration("phone.connect_timeout", self.connect_timeout, PROVIDER_TIMEOUTS)?;
        check_duration("phone.timeout", self.timeout, PROVIDER_TIMEOUTS)
    }

    /// The limits of the code step.
    #[must_use]
    pub fn limits(&self) -> PhoneLimits {
        PhoneLimits {
            code_lifetime: self.code_lifetime,
            resend_after: self.resend_after,
            max_sends: self.sends,
            max_checks: self.checks,
        }
    }

    /// The client.
    ///
    /// # Errors
    /// Names the setting that is not allowed.
    pub fn verification(&self, metrics: &Metrics) -> Result<PartnerVerification, SettingError> {
        self.check()?;
        let start = self.target("phone.start_url", &self.start_url, metrics)?;
        let check = self.target("phone.check_url", &self.check_url, metrics)?;
        Ok(PartnerVerification::new(start, check, self.secret.clone()))
    }

    fn target(&self, name: &str, url: &str, metrics: &Metrics) -> Result<Target, SettingError> {
        let limits = HttpLimits {
            connect: self.connect_timeout,
            total: self.timeout,
            body: 16 * 1024,
            ..HttpLimits::default()
        };
        split_address("phone", url, limits, metrics.clone())
            .map(|(http, path)| Target { http, path })
            .map_err(|error| SettingError::new(name, error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named_and_quote_no_secret() {
        let good = || {
            PhoneConfig::new(
                "https://shop.example/codes".into(),
                "https://shop.example/codes/check".into(),
                Secret::new("canary-canary-canary-canary".into()),
            )
        };
        let made = |config: PhoneConfig| config.verification(&Metrics::default());
        assert!(made(good()).is_ok());
        let wrong = |change: fn(&mut PhoneConfig)| {
            let mut config = good();
            change(&mut config);
            made(config).unwrap_err().to_string()
        };
        for (error, name) in [
            (
                wrong(|c| c.start_url = "http://shop.example/codes".into()),
                "phone.start_url",
            ),
            (
                wrong(|c| c.start_url = "https://shop.example/codes?canary=1".into()),
                "phone.start_url",
            ),
            (
                wrong(|c| c.check_url = "https://shop.example/a%2fb".into()),
                "phone.check_url",
            ),
            (wrong(|c| c.check_url = "nonsense".into()), "phone.check_url"),
            (wrong(|c| c.secret = Secret::new("canary".into())), "phone.secret"),
            (wrong(|c| c.sends = 0), "phone.sends"),
            (wrong(|c| c.checks = 11), "phone.checks"),
            (wrong(|c| c.code_lifetime = Duration::ZERO), "phone.code_lifetime"),
            (wrong(|c| c.resend_after = Duration::ZERO), "phone.resend_after"),
            (wrong(|c| c.timeout = Duration::ZERO), "phone.timeout"),
        ] {
            assert!(error.starts_with(name) && !error.contains("canary"), "{error}");
        }
    }
}
