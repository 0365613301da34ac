//! `[weavr]` of the configuration.

use std::time::Duration;

use serde::Deserialize;

use super::{Endpoints, Weavr};
use crate::{
    config::ConfigError,
    metrics::Metrics,
    providers::http::{HttpLimits, ProviderHttp},
};
use sca_core::secret::Secret;

/// How Weavr is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeavrConfig {
    /// The address with what stands before every path: `https://sandbox.weavr.io/multi`.
    pub base: String,
    /// The key of the programme.
    pub api_key: Secret,
    /// What webhooks are signed with, where that is another key: one, or two while one takes the other's place. Weavr uses the key of the
    /// API client that was made first.
    #[serde(default)]
    pub webhook_keys: Vec<Secret>,
    /// Whether transfers and sends are confirmed one at a time at the endpoints that Weavr calls deprecated.
    #[serde(default)]
    pub deprecated_endpoints: bool,
    /// How many milliseconds a connection may take.
    #[serde(default = "default_connect_timeout")]
    pub connect_timeout: u64,
    /// How many milliseconds a call may take in all.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
    /// For how many seconds after a code none can be asked for. Weavr refuses one before fifteen.
    #[serde(default = "default_resend_after")]
    pub resend_after: u64,
    /// For how many seconds Weavr accepts a code.
    #[serde(default = "default_lifetime")]
    pub code_lifetime: u64,
    /// For how many seconds a request on the phone can be answered.
    #[serde(default = "default_lifetime")]
    pub request_lifetime: u64,
    /// After how many seconds without an event Weavr is asked, again and again.
    #[serde(default = "default_poll_interval")]
    pub poll_interval: u64,
}

fn default_connect_timeout() -> u64 {
    3_000
}

fn default_timeout() -> u64 {
    10_000
}

fn default_resend_after() -> u64 {
    15
}

fn default_lifetime() -> u64 {
    300
}

fn default_poll_interval() -> u64 {
    15
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

    /// Checks every value.
    ///
    /// # Errors
    /// Names the first that is not as described, and quotes no secret.
    pub fn check(&self) -> Result<(), ConfigError> {
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
        for (name, value, most) in [
            ("weavr.timeout", self.timeout, 30_000),
            ("weavr.resend_after", self.resend_after, 300),
            ("weavr.code_lifetime", self.code_lifetime, 3_600),
            ("weavr.request_lifetime", self.request_lifetime, 3_600),
            ("weavr.poll_interval", self.poll_interval, 600),
        ] {
            if !(1..=most).contains(&value) {
                return Err(wrong(name, &format!("between 1 and {most}")));
            }
        }
        Ok(())
    }

    /// Weavr as this describes it.
    ///
    /// # Errors
    /// When a value is not as described.
    pub fn weavr(&self, metrics: Metrics) -> Result<Weavr, ConfigError> {
        self.check()?;
        let limits = HttpLimits {
            connect: Duration::from_millis(self.connect_timeout),
            total: Duration::from_millis(self.timeout),
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
    fn address(&self) -> Result<(String, String), ConfigError> {
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

fn wrong(name: &'static str, reason: &str) -> ConfigError {
    ConfigError::Value {
        name,
        reason: reason.to_owned(),
    }
}

/// What the environment says about the section, in the place of what the file says: `SCA_WEAVR_BASE`, `SCA_WEAVR_API_KEY`,
/// `SCA_WEAVR_WEBHOOK_KEYS` (by commas), `SCA_WEAVR_DEPRECATED_ENDPOINTS` (`true` or `false`), `SCA_WEAVR_CONNECT_TIMEOUT`,
/// `SCA_WEAVR_TIMEOUT`, `SCA_WEAVR_RESEND_AFTER`, `SCA_WEAVR_CODE_LIFETIME`, `SCA_WEAVR_REQUEST_LIFETIME` and
/// `SCA_WEAVR_POLL_INTERVAL`.
///
/// # Errors
/// Names the first that is not of its kind, and quotes nothing.
pub(crate) fn read_environment(
    table: &mut toml::Table,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<(), ConfigError> {
    let mut values: Vec<(&'static str, toml::Value)> = Vec::new();
    for (name, variable) in [("base", "SCA_WEAVR_BASE"), ("api_key", "SCA_WEAVR_API_KEY")] {
        values.extend(environment(variable).map(|text| (name, toml::Value::String(text))));
    }
    if let Some(text) = environment("SCA_WEAVR_WEBHOOK_KEYS") {
        let keys = text.split(',').map(str::trim).filter(|key| !key.is_empty());
        let keys = keys.map(|key| toml::Value::String(key.into())).collect();
        values.push(("webhook_keys", toml::Value::Array(keys)));
    }
    if let Some(text) = environment("SCA_WEAVR_DEPRECATED_ENDPOINTS") {
        let value = text.trim().parse();
        let value = value.map_err(|_| wrong("SCA_WEAVR_DEPRECATED_ENDPOINTS", "neither true nor false"))?;
        values.push(("deprecated_endpoints", toml::Value::Boolean(value)));
    }
    for (name, variable) in [
        ("connect_timeout", "SCA_WEAVR_CONNECT_TIMEOUT"),
        ("timeout", "SCA_WEAVR_TIMEOUT"),
        ("resend_after", "SCA_WEAVR_RESEND_AFTER"),
        ("code_lifetime", "SCA_WEAVR_CODE_LIFETIME"),
        ("request_lifetime", "SCA_WEAVR_REQUEST_LIFETIME"),
        ("poll_interval", "SCA_WEAVR_POLL_INTERVAL"),
    ] {
        if let Some(text) = environment(variable) {
            let value = text.trim().parse().map_err(|_| wrong(variable, "not a whole number"))?;
            values.push((name, toml::Value::Integer(value)));
        }
    }
    for (name, value) in values {
        let section = table
            .entry("weavr")
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let Some(section) = section.as_table_mut() {
            section.insert(name.into(), value);
        }
    }
    Ok(())
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
            (config.resend_after, config.code_lifetime, config.request_lifetime),
            (15, 300, 300)
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
            let error = config.weavr(Metrics::default()).unwrap_err();
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
            ("timeout = 30001", "timeout"),
            ("resend_after = 0", "resend_after"),
            ("code_lifetime = 3601", "code_lifetime"),
            ("request_lifetime = 0", "request_lifetime"),
            ("poll_interval = 601", "poll_interval"),
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

    #[test]
    fn the_environment_comes_before_the_file_and_can_make_the_section() {
        let mut table: toml::Table = format!("[weavr]{SECTION}").parse().unwrap();
        read_environment(&mut table, &|name| match name {
            "SCA_WEAVR_API_KEY" => Some("environment_key".into()),
            "SCA_WEAVR_WEBHOOK_KEYS" => Some("oldest_api_key, newest_api_key,".into()),
            "SCA_WEAVR_DEPRECATED_ENDPOINTS" => Some("true".into()),
            "SCA_WEAVR_POLL_INTERVAL" => Some("7".into()),
            _ => None,
        })
        .unwrap();
        let config: WeavrConfig = table.get("weavr").unwrap().clone().try_into().unwrap();
        assert_eq!(config.base, "https://sandbox.weavr.io/multi");
        assert_eq!((config.api_key.expose(), config.poll_interval), ("environment_key", 7));
        assert_eq!((config.webhook_keys.len(), config.deprecated_endpoints), (2, true));

        let mut table = toml::Table::new();
        read_environment(&mut table, &|_| None).unwrap();
        assert!(table.is_empty());
        for (variable, text) in [
            ("SCA_WEAVR_TIMEOUT", "canary"),
            ("SCA_WEAVR_DEPRECATED_ENDPOINTS", "canary"),
        ] {
            let error = read_environment(&mut table, &|name| (name == variable).then(|| text.into())).unwrap_err();
            assert!(
                error.to_string().contains(variable) && !error.to_string().contains("canary"),
                "{error}"
            );
        }
    }
}
