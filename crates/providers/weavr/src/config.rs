//! `[weavr]` of the configuration.

use std::time::Duration;

use serde::Deserialize;
use utoipa::ToSchema;

use super::{Endpoints, Weavr};
use sca_core::secret::Secret;
use sca_provider_http::{
    HttpLimits, ProviderHttp,
    settings::{PROVIDER_TIMEOUTS, default_connect_timeout, default_timeout},
};
use sca_runtime::{
    metrics::Metrics,
    settings::{SettingError, check_duration, duration, list},
};

/// How Weavr is called.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeavrConfig {
    /// The base URL with the prefix of every path: `https://sandbox.weavr.io/multi`. Plain `http` only for loopback.
    pub base: String,
    /// The programme's API key, at least 12 characters.
    #[schema(value_type = String)]
    pub api_key: Secret,
    /// The keys that webhooks are signed with: one, or two during a rotation. Weavr signs with the key of the API client that was
    /// created first. If empty, `api_key`.
    #[serde(default, deserialize_with = "list")]
    #[schema(value_type = Vec<String>, default = json!([]))]
    pub webhook_keys: Vec<Secret>,
    /// Whether transfers and sends are confirmed one at a time at the endpoints that Weavr has deprecated.
    #[serde(default)]
    #[schema(default = false)]
    pub deprecated_endpoints: bool,
    /// The deadline of a connection attempt, from `1ms` to `30s`.
    #[serde(default = "default_connect_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "3s")]
    pub connect_timeout: Duration,
    /// The deadline of a whole call, from `1ms` to `30s`.
    #[serde(default = "default_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "10s")]
    pub timeout: Duration,
    /// How long a customer has to wait between two one-time codes, from `1s` to `5m`. Weavr refuses one before 15 seconds.
    #[serde(default = "default_resend_after", deserialize_with = "duration")]
    #[schema(value_type = String, default = "15s")]
    pub resend_after: Duration,
    /// How long Weavr accepts a one-time code, from `1s` to `1h`.
    #[serde(default = "default_lifetime", deserialize_with = "duration")]
    #[schema(value_type = String, default = "5m")]
    pub code_lifetime: Duration,
    /// How long a push request on the phone can be answered, from `1s` to `1h`.
    #[serde(default = "default_lifetime", deserialize_with = "duration")]
    #[schema(value_type = String, default = "5m")]
    pub request_lifetime: Duration,
    /// How long after the last webhook Weavr is polled, from `1s` to `10m`.
    #[serde(default = "default_poll_interval", deserialize_with = "duration")]
    #[schema(value_type = String, default = "15s")]
    pub poll_interval: Duration,
}

fn default_resend_after() -> Duration {
    Duration::from_secs(15)
}

fn default_lifetime() -> Duration {
    Duration::from_secs(300)
}

fn default_poll_interval() -> Duration {
    Duration::from_secs(15)
}

impl WeavrConfig {
    /// Weavr at an address, with everything else as it is by default.
    #[must_use]
    pub fn new(base: String, api_key: Secret) -> Self {
        Self {
            base,
            api_key,
            webhook_keys: Vec::new(),
            deprecated_endpoints: false,
            connect_timeout: default_connect_timeout(),
            timeout: default_timeout(),
            resend_after: default_resend_after(),
            code_lifetime: default_lifetime(),
            request_lifetime: default_lifetime(),
            poll_interval: default_poll_interval(),
        }
    }

    /// What webhooks are signed with: the keys that are named for it, or else the key that calls are made with.
    #[must_use]
    pub fn signing_keys(&self) -> Vec<Secret> {
        if self.webhook_keys.is_empty() {
            vec![self.api_key.clone()]
        } else {
            self.webhook_keys.clone()
        }
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// Names the first setting that is not allowed, and quotes no secret.
    pub fn check(&self) -> Result<(), SettingError> {
        self.address()?;
        if !is_key(&self.api_key) {
            return Err(wrong("weavr.api_key", KEY));
        }
        if self.webhook_keys.len() > 2 {
            return Err(wrong("weavr.webhook_keys", "one or two, or none"));
        }
        if !self.webhook_keys.iter().all(is_key) {
            return Err(wrong("weavr.webhook_keys", KEY));
        }
        check_duration("weavr.connect_timeout", self.connect_timeout, PROVIDER_TIMEOUTS)?;
        check_duration("weavr.timeout", self.timeout, PROVIDER_TIMEOUTS)?;
        let second = Duration::from_secs(1);
        for (name, value, most) in [
            ("weavr.resend_after", self.resend_after, 300),
            ("weavr.code_lifetime", self.code_lifetime, 3_600),
            ("weavr.request_lifetime", self.request_lifetime, 3_600),
            ("weavr.poll_interval", self.poll_interval, 600),
        ] {
            check_duration(name, value, second..=Duration::from_secs(most))?;
        }
        Ok(())
    }

    /// The client of Weavr.
    ///
    /// # Errors
    /// Names the setting that is not allowed.
    pub fn provider(&self, metrics: Metrics) -> Result<Weavr, SettingError> {
        self.check()?;
        let limits = HttpLimits {
            connect: self.connect_timeout,
            total: self.timeout,
            ..HttpLimits::default()
        };
        let (origin, prefix) = self.address()?;
        let http = ProviderHttp::new("weavr", &origin, limits, metrics)
            .map_err(|error| wrong("weavr.base", &error.to_string()))?;
        let endpoints = if self.deprecated_endpoints {
            Endpoints::Deprecated
        } else {
            Endpoints::Current
        };
        Ok(Weavr::new(http, prefix, self.api_key.clone(), endpoints).with_webhook_keys(self.signing_keys()))
    }

    /// The address, and what stands before every path.
    fn address(&self) -> Result<(String, String), SettingError> {
        let malformed = || wrong("weavr.base", "not an address such as https://sandbox.weavr.io/multi");
        let (scheme, rest) = self.base.split_once("://").ok_or_else(malformed)?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |segment: &str| {
            !segment.is_empty()
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if host.is_empty() || !(path.is_empty() || path.split('/').all(plain)) {
            return Err(malformed());
        }
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("/{path}")
        };
        Ok((format!("{scheme}://{host}"), prefix))
    }
}

const KEY: &str = "a key is at least 12 letters, digits and signs";

/// Long enough not to be guessed from a signature, and fit for a header.
fn is_key(key: &Secret) -> bool {
    key.expose().len() >= 12 && key.expose().bytes().all(|byte| byte.is_ascii_graphic())
}

fn wrong(name: &'static str, reason: &str) -> SettingError {
    SettingError::new(name, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &str = r#"
        base = "https://sandbox.weavr.io/multi"
        api_key = "canary_api_key"
    "#;

    fn section(text: &str) -> WeavrConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_left_out_is_as_weavr_documents_it() {
        let config = section(SECTION);
        config.check().unwrap();
        assert_eq!(
            [config.resend_after, config.code_lifetime, config.request_lifetime],
            [15, 300, 300].map(Duration::from_secs)
        );
        assert!(!config.deprecated_endpoints);
        let keys = config.signing_keys();
        assert_eq!(keys.iter().map(Secret::expose).collect::<Vec<_>>(), ["canary_api_key"]);
        let other = section(&format!(
            "{SECTION}\nwebhook_keys = [\"oldest_api_key\", \"newest_api_key\"]"
        ));
        let keys = other.signing_keys();
        assert_eq!(
            keys.iter().map(Secret::expose).collect::<Vec<_>>(),
            ["oldest_api_key", "newest_api_key"]
        );
    }

    #[test]
    fn an_address_has_a_host_and_may_have_a_plain_path() {
        for (base, expected) in [
            (
                "https://sandbox.weavr.io/multi",
                Some(("https://sandbox.weavr.io", "/multi")),
            ),
            ("http://127.0.0.1:8080/multi", Some(("http://127.0.0.1:8080", "/multi"))),
            ("https://weavr.example", Some(("https://weavr.example", ""))),
            ("https://weavr.example/", Some(("https://weavr.example", ""))),
            ("https://weavr.example/a/b", Some(("https://weavr.example", "/a/b"))),
            ("https://weavr.example/multi/", None),
            ("https://weavr.example//multi", None),
            ("https://weavr.example/multi?x", None),
            ("https://weavr.example/../multi", None),
            ("https:///multi", None),
            ("sandbox.weavr.io/multi", None),
            ("", None),
        ] {
            let config = WeavrConfig::new(base.into(), Secret::new("canary_api_key".into()));
            let address = config.address().ok();
            let expected = expected.map(|(origin, prefix)| (origin.to_owned(), prefix.to_owned()));
            assert_eq!(address, expected, "{base}");
        }
        for base in [
            "http://weavr.example/multi",
            "https://user@weavr.example/multi",
            "ftp://127.0.0.1/multi",
        ] {
            let config = WeavrConfig::new(base.into(), Secret::new("canary_api_key".into()));
            let error = config.provider(Metrics::default()).unwrap_err();
            assert!(error.to_string().contains("weavr.base"), "{base}: {error}");
        }
    }

    #[test]
    fn mistakes_are_named_and_quote_no_secret() {
        for (change, name) in [
            ("webhook_keys = [\"short\"]", "webhook_keys"),
            (
                "webhook_keys = [\"canary_key_01\", \"canary_key_02\", \"canary_key_03\"]",
                "webhook_keys",
            ),
            ("timeout = \"30001ms\"", "timeout"),
            ("connect_timeout = \"31s\"", "connect_timeout"),
            ("resend_after = \"0s\"", "resend_after"),
            ("code_lifetime = \"3601s\"", "code_lifetime"),
            ("request_lifetime = \"0s\"", "request_lifetime"),
            ("poll_interval = \"601s\"", "poll_interval"),
        ] {
            let error = section(&format!("{SECTION}\n{change}")).check().unwrap_err();
            assert!(error.to_string().contains(name), "{change}: {error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
        for key in ["", "short", "canary api key", "canary_api_key\\n", "canary_api_kéy"] {
            let error = section(&SECTION.replace("canary_api_key", key)).check().unwrap_err();
            assert!(error.to_string().contains("api_key"), "{error}");
            assert!(
                key.is_empty() || !format!("{error} {error:?}").contains("canary"),
                "{error}"
            );
        }
    }
}
