//! `[facesign]` of the configuration.

use std::time::Duration;

use sca_protocol::face::{Origin, default_frame_origins, origin_of};
use serde::Deserialize;
use utoipa::ToSchema;

use super::client::FaceSign;
use sca_core::{RequiredAnalyses, secret::Secret};
use sca_provider_http::{
    HttpLimits, ProviderHttp,
    settings::{PROVIDER_TIMEOUTS, default_connect_timeout, default_timeout},
};
use sca_runtime::{
    metrics::Metrics,
    settings::{SettingError, check_duration, duration, list, whole},
};

/// How FaceSign is called, and which analyses a transfer needs.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaceSignConfig {
    /// The base URL.
    #[serde(default = "default_base")]
    #[schema(default = "https://api.facesign.ai")]
    pub base: String,
    /// The environment that the key is for: `sandbox` or `production`.
    #[schema(value_type = String)]
    pub environment: Environment,
    /// The account's key: `sk_test_…` for the sandbox, `sk_prod_…` for production.
    #[schema(value_type = String)]
    pub api_key: Secret,
    /// The webhook signing secrets: one, or two during a rotation.
    #[serde(deserialize_with = "list")]
    #[schema(value_type = Vec<String>)]
    pub webhook_secrets: Vec<Secret>,
    /// The origins of FaceSign's hosted pages. The page that frames them has to allow the same ones. If empty, FaceSign's own.
    #[serde(default, deserialize_with = "list")]
    #[schema(default = json!([]))]
    pub frame_origins: Vec<String>,
    /// Whether the video has to be analysed for signs of coercion before a transfer is executed.
    #[serde(default = "default_video_analysis")]
    #[schema(default = true)]
    pub video_analysis: bool,
    /// Whether FaceSign's deepfake analysis has to be finished before a transfer is executed. FaceSign has to enable it for the
    /// account.
    #[serde(default)]
    #[schema(default = false)]
    pub deepfake_analysis: bool,
    /// How long to wait for the analyses after the customer has finished, from `1s` to `1h`.
    #[serde(default = "default_analyses_wait", deserialize_with = "duration")]
    #[schema(value_type = String, default = "5m")]
    pub analyses_wait: Duration,
    /// How long after the last webhook a session is polled, from `1s` to `10m`.
    #[serde(default = "default_poll_interval", deserialize_with = "duration")]
    #[schema(value_type = String, default = "15s")]
    pub poll_interval: Duration,
    /// How many sessions may be opened for one transfer, from 1 to 10.
    #[serde(default = "default_sessions", deserialize_with = "whole")]
    #[schema(default = 3)]
    pub sessions: u8,
    /// The deadline of a connection attempt, from `1ms` to `30s`.
    #[serde(default = "default_connect_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "3s")]
    pub connect_timeout: Duration,
    /// The deadline of a whole call, from `1ms` to `30s`.
    #[serde(default = "default_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "10s")]
    pub timeout: Duration,
}

/// FaceSign's environments. Both have one base URL: the key selects the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Environment {
    /// For tests.
    Sandbox,
    /// For customers.
    Production,
}

impl TryFrom<String> for Environment {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "sandbox" => Ok(Self::Sandbox),
            "production" => Ok(Self::Production),
            _ => Err("expected `sandbox` or `production`"),
        }
    }
}

impl Environment {
    fn key_prefix(self) -> &'static str {
        match self {
            Self::Sandbox => "sk_test_",
            Self::Production => "sk_prod_",
        }
    }

    /// How many sessions may be polled every five seconds, besides polls that customers and webhooks cause: half of FaceSign's rate limit.
    #[must_use]
    pub fn polls(self) -> u32 {
        match self {
            Self::Sandbox => 2,
            Self::Production => 20,
        }
    }

    /// The minimum length of a webhook secret, in bytes.
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

fn default_analyses_wait() -> Duration {
    Duration::from_secs(300)
}

fn default_poll_interval() -> Duration {
    Duration::from_secs(15)
}

fn default_sessions() -> u8 {
    3
}

impl FaceSignConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// Names the first setting that is not allowed, and quotes no secret.
    pub fn check(&self) -> Result<(), SettingError> {
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
        if !(1..=10).contains(&self.sessions) {
            return Err(wrong("facesign.sessions", "expected 1 to 10".into()));
        }
        let second = Duration::from_secs(1);
        check_duration(
            "facesign.analyses_wait",
            self.analyses_wait,
            second..=Duration::from_secs(3_600),
        )?;
        check_duration(
            "facesign.poll_interval",
            self.poll_interval,
            second..=Duration::from_secs(600),
        )?;
        check_duration("facesign.connect_timeout", self.connect_timeout, PROVIDER_TIMEOUTS)?;
        check_duration("facesign.timeout", self.timeout, PROVIDER_TIMEOUTS)
    }

    /// The client of FaceSign.
    ///
    /// # Errors
    /// Names the setting that is not allowed.
    pub fn provider(&self, metrics: Metrics) -> Result<FaceSign, SettingError> {
        let limits = HttpLimits {
            connect: self.connect_timeout,
            total: self.timeout,
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

    fn origins(&self) -> Result<Vec<Origin>, SettingError> {
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

fn wrong(name: &'static str, reason: String) -> SettingError {
    SettingError::new(name, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &str = r#"
        environment = "sandbox"
        api_key = "sk_test_canary"
        webhook_secrets = ["whsec_canary_1"]
    "#;

    fn check(text: &str) -> Result<(), SettingError> {
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
            ("analyses_wait = \"0s\"", "analyses_wait"),
            ("poll_interval = \"601s\"", "poll_interval"),
            ("sessions = 0", "sessions"),
            ("connect_timeout = \"0s\"", "connect_timeout"),
            ("timeout = \"30001ms\"", "timeout"),
        ] {
            let error = check(&format!("{SECTION}\n{line}")).unwrap_err();
            assert!(error.to_string().contains(name), "{line}: {error}");
        }
    }
}
