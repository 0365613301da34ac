//! `[facesign]` of the configuration.

use std::time::Duration;

use sca_protocol::face::{Origin, default_frame_origins, origin_of};
use serde::Deserialize;

use super::http::FaceSign;
use crate::{
    config::ConfigError,
    metrics::Metrics,
    providers::http::{HttpLimits, ProviderHttp},
};
use sca_core::RequiredAnalyses;
use sca_core::secret::Secret;

/// How FaceSign is reached, and what is asked of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaceSignConfig {
    /// The address.
    #[serde(default = "default_base")]
    pub base: String,
    /// Which of FaceSign's environments the key is for.
    pub environment: Environment,
    /// The account's key: `sk_test_…` for the sandbox, `sk_prod_…` for production.
    pub api_key: Secret,
    /// What webhooks are signed with: one, or two while FaceSign moves from one to the other.
    pub webhook_secrets: Vec<Secret>,
    /// The origins that FaceSign's pages may have. A page that frames them names the same ones.
    #[serde(default)]
    pub frame_origins: Vec<String>,
    /// Whether the film is looked through for signs of coercion before a transfer is carried out.
    #[serde(default = "default_video_analysis")]
    pub video_analysis: bool,
    /// Whether FaceSign's verdict about pictures made by machines is waited for. The account has to have it switched on.
    #[serde(default)]
    pub deepfake_analysis: bool,
    /// For how many seconds analyses are waited for once the customer is done.
    #[serde(default = "default_analyses_wait")]
    pub analyses_wait: u64,
    /// After how many seconds without an event a session is asked for, again and again.
    #[serde(default = "default_poll_interval")]
    pub poll_interval: u64,
    /// How many sessions may be opened for one transfer.
    #[serde(default = "default_sessions")]
    pub sessions: u8,
    /// How many milliseconds a connection may take.
    #[serde(default = "default_connect_timeout")]
    pub connect_timeout: u64,
    /// How many milliseconds a call may take in all.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
}

/// FaceSign's environments. Both are at one address: the key alone tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Environment {
    /// For trying things out.
    Sandbox,
    /// For customers.
    Production,
}

impl Environment {
    fn key_prefix(self) -> &'static str {
        match self {
            Self::Sandbox => "sk_test_",
            Self::Production => "sk_prod_",
        }
    }

    /// How many sessions may be asked for every five seconds, beside what customers and events cause: half of what FaceSign takes.
    #[must_use]
    pub fn polls(self) -> u32 {
        match self {
            Self::Sandbox => 2,
            Self::Production => 20,
        }
    }

    /// The fewest characters of a secret.
    fn shortest_secret(self) -> usize {
        match self {
            Self::Sandbox => 12,
            Self::Production => 24,
        }
    }
}

fn default_base() -> String {
    "https://api.facesign.ai".into()
}

fn default_video_analysis() -> bool {
    true
}

fn default_analyses_wait() -> u64 {
    300
}

fn default_poll_interval() -> u64 {
    15
}

fn default_sessions() -> u8 {
    3
}

fn default_connect_timeout() -> u64 {
    3_000
}

fn default_timeout() -> u64 {
    10_000
}

impl FaceSignConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first that is not as described, and quotes no secret.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.origins()?;
        let prefix = self.environment.key_prefix();
        let rest = self.api_key.expose().strip_prefix(prefix).unwrap_or_default();
        if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong(
                "facesign.api_key",
                format!("a key of this environment begins with {prefix}"),
            ));
        }
        let shortest = self.environment.shortest_secret();
        if !(1..=2).contains(&self.webhook_secrets.len()) {
            return Err(wrong("facesign.webhook_secrets", "one or two".into()));
        }
        if self
            .webhook_secrets
            .iter()
            .any(|secret| secret.expose().len() < shortest)
        {
            let reason = format!("a secret has at least {shortest} characters");
            return Err(wrong("facesign.webhook_secrets", reason));
        }
        for (name, value, most) in [
            ("facesign.analyses_wait", self.analyses_wait, 3_600),
            ("facesign.poll_interval", self.poll_interval, 600),
            ("facesign.sessions", u64::from(self.sessions), 10),
            ("facesign.timeout", self.timeout, 30_000),
        ] {
            if !(1..=most).contains(&value) {
                return Err(wrong(name, format!("between 1 and {most}")));
            }
        }
        Ok(())
    }

    /// FaceSign as this describes it.
    ///
    /// # Errors
    /// When a value is not as described.
    pub fn facesign(&self, metrics: Metrics) -> Result<FaceSign, ConfigError> {
        let limits = HttpLimits {
            connect: Duration::from_millis(self.connect_timeout),
            total: Duration::from_millis(self.timeout),
            ..HttpLimits::default()
        };
        let http = ProviderHttp::new("facesign", &self.base, limits, metrics)
            .map_err(|error| wrong("facesign.base", error.to_string()))?;
        let required = RequiredAnalyses {
            video: self.video_analysis,
            deepfake: self.deepfake_analysis,
        };
        Ok(FaceSign::new(http, self.api_key.clone(), self.origins()?, required)
            .with_webhook_secrets(self.webhook_secrets.clone()))
    }

    fn origins(&self) -> Result<Vec<Origin>, ConfigError> {
        if self.frame_origins.is_empty() {
            return Ok(default_frame_origins());
        }
        let origin = |text: &String| {
            origin_of(text)
                .filter(|origin| origin.as_str() == text)
                .ok_or_else(|| wrong("facesign.frame_origins", format!("`{text}` is not an origin")))
        };
        self.frame_origins.iter().map(origin).collect()
    }
}

fn wrong(name: &'static str, reason: String) -> ConfigError {
    ConfigError::Value { name, reason }
}

/// What the environment says about the section, in the place of what the file says: `SCA_FACESIGN_BASE`, `SCA_FACESIGN_ENVIRONMENT`,
/// `SCA_FACESIGN_API_KEY`, `SCA_FACESIGN_WEBHOOK_SECRETS` and `SCA_FACESIGN_FRAME_ORIGINS` (both by commas).
pub(crate) fn read_environment(table: &mut toml::Table, environment: &impl Fn(&str) -> Option<String>) {
    let texts = ["base", "environment", "api_key"].map(|name| {
        let value = environment(&format!("SCA_FACESIGN_{}", name.to_ascii_uppercase()));
        (name, value.map(toml::Value::String))
    });
    let lists = ["webhook_secrets", "frame_origins"].map(|name| {
        let value = environment(&format!("SCA_FACESIGN_{}", name.to_ascii_uppercase()));
        let list = value.map(|text| {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            toml::Value::Array(items.map(|item| toml::Value::String(item.into())).collect())
        });
        (name, list)
    });
    for (name, value) in texts.into_iter().chain(lists) {
        let Some(value) = value else { continue };
        let section = table
            .entry("facesign")
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let Some(section) = section.as_table_mut() {
            section.insert(name.into(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &str = r#"
        environment = "sandbox"
        api_key = "sk_test_canary"
        webhook_secrets = ["whsec_canary_1"]
    "#;

    fn check(text: &str) -> Result<(), ConfigError> {
        toml::from_str::<FaceSignConfig>(text).unwrap().check()
    }

    #[test]
    fn a_key_of_the_other_environment_is_refused() {
        assert!(check(SECTION).is_ok());
        let long = SECTION.replace("whsec_canary_1", "whsec_canary_0123456789abcdef");
        let production = long.replace("sandbox", "production");
        assert!(check(&production.replace("sk_test_", "sk_prod_")).is_ok());
        for text in [
            production.clone(),
            SECTION.replace("sk_test_", "sk_prod_"),
            SECTION.replace("sk_test_canary", "sk_test_"),
            SECTION.replace("sk_test_canary", "sk_test_canary\\n"),
            SECTION.replace("sk_test_", "sk_live_"),
            SECTION.replace("sandbox", "production").replace("sk_test_", "sk_prod_"),
        ] {
            let error = check(&text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (change, name) in [
            ("webhook_secrets = []", "webhook_secrets"),
            (
                "webhook_secrets = [\"whsec_a_0123\", \"whsec_b_0123\", \"whsec_c_0123\"]",
                "webhook_secrets",
            ),
            ("webhook_secrets = [\"short\"]", "webhook_secrets"),
        ] {
            let text = SECTION.replace("webhook_secrets = [\"whsec_canary_1\"]", change);
            assert!(check(&text).unwrap_err().to_string().contains(name), "{change}");
        }
        for (line, name) in [
            ("frame_origins = [\"http://evil.example\"]", "frame_origins"),
            ("frame_origins = [\"https://a.example/\"]", "frame_origins"),
            ("analyses_wait = 0", "analyses_wait"),
            ("poll_interval = 601", "poll_interval"),
            ("sessions = 0", "sessions"),
            ("timeout = 30001", "timeout"),
        ] {
            let error = check(&format!("{SECTION}\n{line}")).unwrap_err();
            assert!(error.to_string().contains(name), "{line}: {error}");
        }
    }
}
