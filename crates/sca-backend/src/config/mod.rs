//! The settings of a backend: from a TOML file, from the environment, or from code.

mod error;
mod layers;
mod reference;
mod values;

use std::{collections::HashMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use sca_protocol::{exemption::LowValue, face::origin_of};
use serde::Deserialize;
use utoipa::ToSchema;

pub use error::ConfigError;
pub use reference::{Setting, help, markdown, settings};
pub(crate) use values::{check_duration, duration, list, whole, whole_if_any};

use sca_core::{ConfirmationLimits, Limits, secret::Secret};

use crate::{
    clock::Clock,
    metrics::Metrics,
    policy::{Exemption, Policy},
    providers::{
        facesign::config::{Environment, FaceSignConfig},
        http::{HttpLimits, ProviderHttp},
        weavr::config::WeavrConfig,
        wise::{Wise, keys::ClientCredentials, paths::PathGeneration},
    },
    service::{ApiKey, Backend, ConfirmationSettings, FaceSettings, Providers, Settings},
    store::{Database, Sealer, Store, StoreError},
    webhooks::{
        config::{PartnerWebhookConfig, TransfersConfig},
        http::Webhooks,
    },
};

/// The settings of a backend.
///
/// Durations are written with their unit: `500ms`, `30s`, `15m`. In the environment, a list is written with commas between its
/// items.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address and port to listen at.
    #[serde(default = "default_listen")]
    #[schema(value_type = String, default = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The address and port for health checks and metrics. If absent, `listen` serves them too.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub admin_listen: Option<SocketAddr>,
    /// The database: the path of a SQLite file for one instance, or a `postgres://` URL for several. If absent, approvals are lost
    /// when the process ends.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub database: Option<Database>,
    /// The key that secrets and personal data are encrypted under in the database: 32 bytes in base64. Required with `database`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub encryption_key: Option<Secret>,
    /// The origins of the pages that may call from another host, exactly as a browser sends them: `https://shop.example`.
    #[serde(default, deserialize_with = "list")]
    #[schema(default = json!([]))]
    pub allowed_origins: Vec<String>,
    /// The API keys of the partner's servers, by a name of yours; each at least 24 characters. In the environment:
    /// `SCA_API_KEYS__SHOP` for the key named `shop`.
    #[serde(default)]
    #[schema(value_type = HashMap<String, String>)]
    pub api_keys: HashMap<String, Secret>,
    /// How long an approval stays open at most, from `1s` to `1h`. A provider's own limit may be shorter.
    #[serde(default = "default_lifetime", deserialize_with = "duration")]
    #[schema(value_type = String, default = "15m")]
    pub approval_lifetime: Duration,
    /// How long a customer has to wait between two one-time codes on one channel.
    #[serde(default = "default_resend_after", deserialize_with = "duration")]
    #[schema(value_type = String, default = "30s")]
    pub resend_after: Duration,
    /// The endpoint that executes transfers once they are approved. Required with `[facesign]`.
    #[serde(default)]
    pub transfers: Option<TransfersConfig>,
    /// The partner's endpoint for events about approvals. If absent, no events are sent.
    #[serde(default)]
    pub partner_webhook: Option<PartnerWebhookConfig>,
    /// Wise, whose refused calls are approved by the customer. If absent, there is no gate.
    #[serde(default)]
    pub wise: Option<WiseConfig>,
    /// Weavr, whose pending payments are confirmed by the customer.
    #[serde(default)]
    pub weavr: Option<WeavrConfig>,
    /// FaceSign, which verifies the customer's face before a transfer is executed.
    #[serde(default)]
    pub facesign: Option<FaceSignConfig>,
    /// The transfers that are exempt from an approval, as tables of `currency`, `up_to` (in the currency's minor unit) and
    /// `regions` (ISO 3166-1 alpha-2 codes; empty for every other region). In the environment, a JSON array of such objects.
    #[serde(default, deserialize_with = "values::tables")]
    #[schema(value_type = Vec<Object>, default = json!([]))]
    pub exemptions: Vec<Exemption>,
    /// The laws under which low-value transfers are exempt: `EU` and `UK` (Delegated Regulation (EU) 2018/389, article 16).
    #[serde(default, deserialize_with = "list")]
    #[schema(default = json!([]))]
    pub low_value: Vec<String>,
}

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
    /// The deadline of a connection attempt, from `1ms` to `30s`.
    #[serde(default = "default_connect_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "3s")]
    pub connect_timeout: Duration,
    /// The deadline of a whole call, from `1ms` to `30s`.
    #[serde(default = "default_timeout", deserialize_with = "duration")]
    #[schema(value_type = String, default = "10s")]
    pub timeout: Duration,
}

/// The deadlines of a provider's connections and calls. A repeated request waits two minutes for the first one, which may make
/// several calls.
pub(crate) const PROVIDER_TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_secs(30);

impl WiseConfig {
    fn check(&self) -> Result<(), ConfigError> {
        check_duration("wise.connect_timeout", self.connect_timeout, PROVIDER_TIMEOUTS)?;
        check_duration("wise.timeout", self.timeout, PROVIDER_TIMEOUTS)
    }

    fn wise(&self, metrics: Metrics) -> Result<Wise, ConfigError> {
        let limits = HttpLimits {
            connect: self.connect_timeout,
            total: self.timeout,
            ..HttpLimits::default()
        };
        let paths: PathGeneration = self
            .paths
            .parse()
            .map_err(|error| ConfigError::setting("wise.paths", format!("{error}")))?;
        let credentials = ClientCredentials {
            id: self.client_id.clone(),
            secret: self.client_secret.clone(),
        };
        let http = ProviderHttp::new("wise", &self.base, limits, metrics)
            .map_err(|error| ConfigError::setting("wise.base", error.to_string()))?;
        Ok(Wise::new(http, paths, credentials))
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_lifetime() -> Duration {
    Duration::from_secs(900)
}

fn default_resend_after() -> Duration {
    Duration::from_secs(30)
}

fn default_paths() -> String {
    "v1".into()
}

pub(crate) fn default_connect_timeout() -> Duration {
    Duration::from_secs(3)
}

pub(crate) fn default_timeout() -> Duration {
    Duration::from_secs(10)
}

impl Config {
    /// The defaults, with Wise as the provider or with no provider yet. A backend needs at least one provider.
    #[must_use]
    pub fn new(wise: impl Into<Option<WiseConfig>>) -> Self {
        Self {
            listen: default_listen(),
            admin_listen: None,
            database: None,
            encryption_key: None,
            allowed_origins: Vec::new(),
            api_keys: HashMap::new(),
            approval_lifetime: default_lifetime(),
            resend_after: default_resend_after(),
            transfers: None,
            partner_webhook: None,
            wise: wise.into(),
            weavr: None,
            facesign: None,
            exemptions: Vec::new(),
            low_value: Vec::new(),
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        let is_origin = |text: &&String| origin_of(text).is_some_and(|origin| origin.as_str() == text.as_str());
        if let Some(other) = self.allowed_origins.iter().find(|text| !is_origin(text)) {
            let reason = format!("`{other}` is not an origin such as https://shop.example");
            return Err(ConfigError::setting("allowed_origins", reason));
        }
        if let Some(unknown) = self.low_value.iter().find(|name| LowValue::named(name).is_none()) {
            let reason = format!("`{unknown}` is neither EU nor UK");
            return Err(ConfigError::setting("low_value", reason));
        }
        if self.api_keys.values().any(|key| key.expose().len() < 24) {
            let reason = "a key has at least 24 characters; `openssl rand -base64 32` makes one";
            return Err(ConfigError::setting("api_keys", reason));
        }
        if self.wise.is_none() && self.weavr.is_none() && self.facesign.is_none() {
            return Err(ConfigError::setting("wise", "required without [weavr] and [facesign]"));
        }
        if let Some(wise) = &self.wise {
            wise.check()?;
        }
        if let Some(weavr) = &self.weavr {
            weavr.check()?;
        }
        if let Some(facesign) = &self.facesign {
            facesign.check()?;
            if self.transfers.is_none() {
                let reason = "required with [facesign]: the endpoint that executes approved transfers";
                return Err(ConfigError::setting("transfers", reason));
            }
            if facesign.environment == Environment::Production && self.database.is_none() {
                let reason =
                    "required with FaceSign's production: approved transfers would be lost when the process ends";
                return Err(ConfigError::setting("database", reason));
            }
        }
        let hour = Duration::from_secs(3600);
        check_duration(
            "approval_lifetime",
            self.approval_lifetime,
            Duration::from_secs(1)..=hour,
        )?;
        check_duration("resend_after", self.resend_after, Duration::ZERO..=hour)
    }

    /// Imports a SQLite database into the configured database, which has to be empty. Returns the number of rows. No backend may be
    /// running on either database.
    ///
    /// # Errors
    /// When there is no such file, no database is configured, or either database fails.
    pub async fn import_sqlite(&self, file: &Path) -> Result<u64, ConfigError> {
        let (Some(database), Some(key)) = (&self.database, &self.encryption_key) else {
            return Err(ConfigError::KeyMissing);
        };
        // Opening would create the file.
        std::fs::metadata(file).map_err(StoreError::File)?;
        let sealer = Sealer::from_base64(key.expose())?;
        let old = Store::open(&Database::File(file.to_owned()), sealer.clone()).await?;
        let new = Store::open(database, sealer).await?;
        let copied = new.import_sqlite(&old).await?;
        new.close().await;
        old.close().await;
        Ok(copied)
    }

    /// Builds the backend.
    ///
    /// # Errors
    /// When a setting is not allowed, or the database cannot be opened.
    pub async fn backend(&self) -> Result<Backend, ConfigError> {
        self.check()?;
        self.with_store(self.store().await?)
    }

    /// Builds the backend with another clock, which the database uses as well.
    ///
    /// # Errors
    /// As [`backend`](Self::backend).
    pub async fn backend_with(&self, clock: Arc<dyn Clock>) -> Result<Backend, ConfigError> {
        self.check()?;
        self.with_store(self.store().await?.with_clock(clock))
    }

    async fn store(&self) -> Result<Store, ConfigError> {
        Ok(match (&self.database, &self.encryption_key) {
            (Some(database), Some(key)) => Store::open(database, Sealer::from_base64(key.expose())?).await?,
            (Some(_), None) => return Err(ConfigError::KeyMissing),
            (None, Some(key)) => Store::temporary(Sealer::from_base64(key.expose())?).await?,
            (None, None) => Store::temporary(Sealer::ephemeral()?).await?,
        })
    }

    fn with_store(&self, store: Store) -> Result<Backend, ConfigError> {
        let clock = store.clock();
        let metrics = Metrics::default();
        let wise = self.wise.as_ref().map(|wise| wise.wise(metrics.clone())).transpose()?;
        let mut providers = Providers::default().with_wise(wise);
        if let Some(facesign) = &self.facesign {
            providers = providers.with(facesign.facesign(metrics.clone())?);
        }
        if let Some(weavr) = &self.weavr {
            providers = providers.with(weavr.weavr(metrics.clone())?);
        }
        let webhooks = self.webhooks(Arc::clone(&clock))?;
        Ok(Backend::new(
            store,
            providers,
            Arc::new(webhooks),
            clock,
            self.settings(),
            metrics,
        ))
    }

    fn webhooks(&self, clock: Arc<dyn Clock>) -> Result<Webhooks, ConfigError> {
        let execute = self.transfers.as_ref().map(TransfersConfig::endpoint).transpose()?;
        let notify = self
            .partner_webhook
            .as_ref()
            .map(PartnerWebhookConfig::endpoint)
            .transpose()?;
        Webhooks::new(execute, notify, clock).map_err(|error| ConfigError::setting("transfers", error.to_string()))
    }

    fn settings(&self) -> Settings {
        let mut limits = Limits {
            resend_after: self.resend_after,
            ..Limits::default()
        };
        // A verification attempt makes two calls to the provider. The margin covers the work around them.
        let timeouts = [
            self.wise.as_ref().map(|wise| wise.timeout),
            // With Weavr, one of the two may last as long as two calls.
            self.weavr.as_ref().map(|weavr| weavr.timeout * 3 / 2),
        ];
        if let Some(longest) = timeouts.into_iter().flatten().max() {
            limits.lease = longest * 2 + Duration::from_secs(10);
        }
        if let Some(weavr) = &self.weavr {
            limits.confirmations = ConfirmationLimits {
                resend_after: weavr.resend_after,
                code_lifetime: weavr.code_lifetime,
                request_lifetime: weavr.request_lifetime,
                poll_interval: weavr.poll_interval,
                ..limits.confirmations
            };
        }
        let mut faces = FaceSettings {
            policy: Policy::new(self.exemptions.clone())
                .with_low_value(self.low_value.iter().filter_map(|name| LowValue::named(name)).collect()),
            ..FaceSettings::default()
        };
        if let Some(facesign) = &self.facesign {
            faces.poll_interval = facesign.poll_interval;
            faces.polls = facesign.environment.polls();
            limits.max_face_sessions = facesign.sessions;
            limits.analyses_wait = facesign.analyses_wait;
            // A session is polled, and another one opened or its URL renewed: three calls.
            limits.lease = limits.lease.max(facesign.timeout * 3 + Duration::from_secs(10));
        }
        let api_keys = self.api_keys.iter().map(|(name, key)| ApiKey {
            name: name.clone(),
            digest: key.digest(),
        });
        Settings {
            limits,
            lifetime: self.approval_lifetime,
            expected_steps: self.wise.as_ref().and_then(|wise| wise.expected_steps),
            origins: self.allowed_origins.clone(),
            api_keys: api_keys.collect(),
            faces,
            confirmations: ConfirmationSettings::default(),
            ..Settings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        allowed_origins = ["https://shop.example"]
        [api_keys]
        shop = "sk_0123456789012345678901234"
        [wise]
        base = "https://api.wise.com"
        paths = "2026Q3"
        client_id = "id"
        client_secret = "canary-secret"
    "#;
    const SECRET: &str = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";

    fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(file, environment)
    }

    /// Every setting with a value that differs from its default, as the environment and as the file have it.
    const VALUES: [(&str, &str, &str); 43] = [
        ("listen", "127.0.0.1:9", "\"127.0.0.1:9\""),
        ("admin_listen", "127.0.0.1:10", "\"127.0.0.1:10\""),
        ("database", "/tmp/sca.sqlite", "\"/tmp/sca.sqlite\""),
        (
            "encryption_key",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"",
        ),
        (
            "allowed_origins",
            "https://a.example, http://localhost:1",
            r#"["https://a.example", "http://localhost:1"]"#,
        ),
        (
            "api_keys.<name>",
            "sk_9876543210987654321098765",
            "\"sk_9876543210987654321098765\"",
        ),
        ("approval_lifetime", "1m", "\"1m\""),
        ("resend_after", "2s", "\"2s\""),
        (
            "exemptions",
            r#"[{"currency": "USD", "up_to": 1000000, "regions": ["US"]}]"#,
            r#"[{currency = "USD", up_to = 1000000, regions = ["US"]}]"#,
        ),
        ("low_value", "EU,UK", r#"["EU", "UK"]"#),
        ("transfers.execute_url", "https://b.example", "\"https://b.example\""),
        (
            "transfers.secrets",
            "whsec_YQ==,whsec_Yg==",
            r#"["whsec_YQ==", "whsec_Yg=="]"#,
        ),
        ("transfers.timeout", "500ms", "\"500ms\""),
        ("partner_webhook.url", "https://b.example", "\"https://b.example\""),
        (
            "partner_webhook.secrets",
            "whsec_YQ==,whsec_Yg==",
            r#"["whsec_YQ==", "whsec_Yg=="]"#,
        ),
        ("partner_webhook.timeout", "500ms", "\"500ms\""),
        ("wise.base", "https://b.example", "\"https://b.example\""),
        ("wise.paths", "v2", "\"v2\""),
        ("wise.client_id", "007", "\"007\""),
        ("wise.client_secret", "1e3", "\"1e3\""),
        ("wise.expected_steps", "2", "2"),
        ("wise.connect_timeout", "1s", "\"1s\""),
        ("wise.timeout", "2s", "\"2s\""),
        ("weavr.base", "https://b.example", "\"https://b.example\""),
        ("weavr.api_key", "000000000012", "\"000000000012\""),
        (
            "weavr.webhook_keys",
            "canary_key_01,canary_key_02",
            r#"["canary_key_01", "canary_key_02"]"#,
        ),
        ("weavr.deprecated_endpoints", "true", "true"),
        ("weavr.connect_timeout", "1s", "\"1s\""),
        ("weavr.timeout", "2s", "\"2s\""),
        ("weavr.resend_after", "16s", "\"16s\""),
        ("weavr.code_lifetime", "4m", "\"4m\""),
        ("weavr.request_lifetime", "3m", "\"3m\""),
        ("weavr.poll_interval", "7s", "\"7s\""),
        ("facesign.base", "https://b.example", "\"https://b.example\""),
        ("facesign.environment", "production", "\"production\""),
        ("facesign.api_key", "sk_test_1", "\"sk_test_1\""),
        (
            "facesign.webhook_secrets",
            "whsec_canary_1,whsec_canary_2",
            r#"["whsec_canary_1", "whsec_canary_2"]"#,
        ),
        (
            "facesign.frame_origins",
            "https://f.example",
            r#"["https://f.example"]"#,
        ),
        ("facesign.video_analysis", "false", "false"),
        ("facesign.deepfake_analysis", "true", "true"),
        ("facesign.analyses_wait", "6m", "\"6m\""),
        ("facesign.poll_interval", "7s", "\"7s\""),
        ("facesign.sessions", "4", "4"),
    ];
    const DEADLINES: [(&str, &str, &str); 2] = [
        ("facesign.connect_timeout", "1s", "\"1s\""),
        ("facesign.timeout", "2s", "\"2s\""),
    ];

    /// All that a configuration says, secrets included.
    fn everything(config: &Config) -> String {
        let mut secrets: Vec<&str> = Vec::new();
        secrets.extend(config.encryption_key.as_ref().map(Secret::expose));
        let mut keys: Vec<_> = config.api_keys.iter().collect();
        keys.sort_by_key(|(name, _)| name.as_str());
        secrets.extend(keys.iter().map(|(_, key)| key.expose()));
        if let Some(wise) = &config.wise {
            secrets.push(wise.client_secret.expose());
        }
        if let Some(weavr) = &config.weavr {
            secrets.push(weavr.api_key.expose());
            secrets.extend(weavr.webhook_keys.iter().map(Secret::expose));
        }
        if let Some(facesign) = &config.facesign {
            secrets.push(facesign.api_key.expose());
            secrets.extend(facesign.webhook_secrets.iter().map(Secret::expose));
        }
        let transfers = config.transfers.iter().flat_map(|transfers| &transfers.secrets);
        let partner = config.partner_webhook.iter().flat_map(|partner| &partner.secrets);
        secrets.extend(transfers.chain(partner).map(Secret::expose));
        let mut keyless = config.clone();
        keyless.api_keys.clear();
        let names: Vec<_> = keys.iter().map(|(name, _)| name).collect();
        format!("{keyless:?} {names:?} {secrets:?}")
    }

    #[test]
    fn every_setting_comes_from_the_file_and_from_the_environment() {
        let full = format!(
            "{FILE}
            [transfers]
            execute_url = \"https://bank.example\"
            secrets = [\"{SECRET}\"]
            [partner_webhook]
            url = \"https://shop.example\"
            secrets = [\"{SECRET}\"]
            [weavr]
            base = \"https://sandbox.weavr.io/multi\"
            api_key = \"canary_api_key\"
            [facesign]
            environment = \"sandbox\"
            api_key = \"sk_test_0\"
            webhook_secrets = [\"whsec_0123456789abcdef0123456789abcdef\"]"
        );
        let with_database = format!("database = \"/var/lib/sca.db\"\n{full}");
        let all: Vec<_> = VALUES.into_iter().chain(DEADLINES).collect();
        let mut named: Vec<String> = settings().into_iter().map(|setting| setting.name).collect();
        named.sort();
        let mut tried: Vec<&str> = all.iter().map(|(name, ..)| *name).collect();
        tried.sort_unstable();
        assert_eq!(named, tried);
        for (name, in_environment, in_file) in all {
            let name = name.replace("<name>", "other");
            // A key of FaceSign's belongs to one environment.
            let others: &[(&str, &str)] = match name.as_str() {
                "facesign.environment" => &[("SCA_FACESIGN__API_KEY", "sk_prod_0")],
                _ => &[],
            };
            let variable = layers::variable_of(&name);
            let without = everything(&load(&with_database, &[]).unwrap());
            let by_environment = [others, &[(variable.as_str(), in_environment)]].concat();
            let by_environment = everything(&load(&with_database, &by_environment).unwrap());
            assert_ne!(by_environment, without, "{name}");
            let mut file: toml::Table = with_database.parse().unwrap();
            let value: toml::Table = format!("{name} = {in_file}").parse().unwrap();
            merge(&mut file, value);
            let by_file = everything(&load(&toml::to_string(&file).unwrap(), others).unwrap());
            assert_eq!(by_environment, by_file, "{name}");
        }
    }

    fn merge(table: &mut toml::Table, other: toml::Table) {
        for (name, value) in other {
            match (table.get_mut(&name), value) {
                (Some(toml::Value::Table(table)), toml::Value::Table(other)) => merge(table, other),
                (_, value) => drop(table.insert(name, value)),
            }
        }
    }

    #[test]
    fn the_defaults_are_those_that_are_listed() {
        let sections = [
            ("SCA_WISE__BASE", "https://api.wise.com"),
            ("SCA_WISE__CLIENT_ID", "id"),
            ("SCA_WISE__CLIENT_SECRET", "secret"),
            ("SCA_WEAVR__BASE", "https://sandbox.weavr.io/multi"),
            ("SCA_WEAVR__API_KEY", "canary_api_key"),
            ("SCA_FACESIGN__ENVIRONMENT", "sandbox"),
            ("SCA_FACESIGN__API_KEY", "sk_test_1"),
            ("SCA_FACESIGN__WEBHOOK_SECRETS", "whsec_canary_1"),
            ("SCA_TRANSFERS__EXECUTE_URL", "https://bank.example"),
            ("SCA_TRANSFERS__SECRETS", SECRET),
            ("SCA_PARTNER_WEBHOOK__URL", "https://shop.example"),
            ("SCA_PARTNER_WEBHOOK__SECRETS", SECRET),
        ];
        let without = everything(&load("", &sections).unwrap());
        let mut defaults = 0;
        for setting in settings() {
            let is_set = sections.iter().any(|(name, _)| *name == setting.variable);
            assert_eq!(setting.is_required, is_set, "{}", setting.name);
            let Some(default) = setting.default else { continue };
            let default = match (default.as_str(), setting.name.as_str()) {
                ("empty", "exemptions") => "[]",
                ("empty", _) => "",
                (default, _) => default,
            };
            let with = [&sections[..], &[(setting.variable.as_str(), default)]].concat();
            assert_eq!(everything(&load("", &with).unwrap()), without, "{}", setting.name);
            defaults += 1;
        }
        assert!(defaults > 20, "{defaults}");
    }

    #[test]
    fn the_list_of_settings_is_the_programs() {
        assert_eq!(include_str!("../../SETTINGS.md"), markdown());
        for setting in settings() {
            assert!(help().contains(&setting.variable), "{}", setting.name);
            assert!(
                !setting.meaning.is_empty() && !setting.meaning.contains('|'),
                "{}",
                setting.name
            );
        }
    }

    #[test]
    fn the_environment_takes_precedence_and_adds_to_sections() {
        let config = load(
            FILE,
            &[
                ("SCA_WISE__PATHS", "v2"),
                ("SCA_APPROVAL_LIFETIME", "60s"),
                ("SCA_ALLOWED_ORIGINS", "https://a.example, http://localhost:1"),
                ("SCA_LOW_VALUE", "EU, UK"),
                ("SCA_API_KEYS__OTHER", "sk_9876543210987654321098765"),
                // Neither is a setting, nor is what others set.
                ("SCA_CONFIG", "sca.toml"),
                ("SCA_LOG", "debug"),
                ("HOME", "/root"),
            ],
        )
        .unwrap();
        let paths = config.wise.as_ref().map(|wise| wise.paths.as_str());
        assert_eq!((paths, config.approval_lifetime), (Some("v2"), Duration::from_secs(60)));
        assert_eq!(config.allowed_origins, ["https://a.example", "http://localhost:1"]);
        assert_eq!(config.low_value, ["EU", "UK"]);
        assert_eq!(config.api_keys.len(), 2);
    }

    #[test]
    fn a_secret_can_come_from_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "canary-from-a-file\r\n").unwrap();
        let path = path.to_str().unwrap();
        let config = load(FILE, &[("SCA_WISE__CLIENT_SECRET_FILE", path)]).unwrap();
        let secret = config.wise.as_ref().map(|wise| wise.client_secret.expose());
        assert_eq!(secret, Some("canary-from-a-file"));
        for environment in [
            &[("SCA_WISE__CLIENT_SECRET_FILE", "/nowhere/secret")][..],
            &[
                ("SCA_WISE__CLIENT_SECRET_FILE", path),
                ("SCA_WISE__CLIENT_SECRET", "canary"),
            ],
        ] {
            let error = load(FILE, environment).unwrap_err().to_string();
            assert!(error.starts_with("SCA_WISE__CLIENT_SECRET_FILE: "), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn mistakes_are_named_and_quote_no_secret() {
        let first = |line: &str| format!("{line}\n{FILE}");
        let in_wise = |line: &str| FILE.replace("[wise]", &format!("[wise]\n{line}"));
        for (text, named) in [
            (String::new(), "wise"),
            (first("listen = 7"), "listen"),
            ("nonsense".into(), "line 1"),
            (
                in_wise("client_secrets = \"canary-secret\""),
                "wise: unknown setting `client_secrets`",
            ),
            (first("secret = \"canary\""), "unknown setting `secret`"),
            (FILE.replace("\"canary-secret\"", "\"canary-secret"), "line 9"),
            (
                FILE.replace("client_secret = \"canary-secret\"", ""),
                "wise.client_secret",
            ),
            (
                FILE.replace("\"canary-secret\"", "[\"canary-secret\"]"),
                "wise.client_secret",
            ),
            (FILE.replace("https://shop.example", "*"), "allowed_origins"),
            (
                FILE.replace("https://shop.example", "https://shop.example/"),
                "allowed_origins",
            ),
            (
                FILE.replace("https://shop.example", "https://shop.example:abc"),
                "allowed_origins",
            ),
            (
                FILE.replace("https://shop.example", "http://shop.example"),
                "allowed_origins",
            ),
            (FILE.replace("sk_0123456789012345678901234", "short"), "api_keys"),
            ("api_keys = \"canary\"".into(), "api_keys"),
            (in_wise("timeout = \"30001ms\""), "wise.timeout"),
            (in_wise("timeout = 30"), "wise.timeout"),
            (in_wise("timeout = \"canary\""), "wise.timeout"),
            (in_wise("connect_timeout = \"0s\""), "wise.connect_timeout"),
            (in_wise("expected_steps = 256"), "wise.expected_steps"),
            (in_wise("expected_steps = 1.5"), "wise.expected_steps"),
            (first("database = \"mysql://u:canary@db.example/sca\""), "database"),
            (first("database = \"postgres://u:canary@[\""), "database"),
            (first("approval_lifetime = \"0s\""), "approval_lifetime"),
            (first("low_value = [\"US\"]"), "low_value"),
            (first("exemptions = [{currency = \"USD\", up_to = 1.5}]"), "exemptions"),
            (
                first("exemptions = [{currency = \"USD\", up_to = 1, canary = 1}]"),
                "exemptions",
            ),
            (first("[facesign]\nenvironment = \"canary\""), "facesign.environment"),
        ] {
            let error = load(&text, &[]).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(named) && shown.lines().count() == 1, "{named}: {error}");
            assert!(!shown.contains("canary") || named == "exemptions", "{error}");
        }
        for (variable, value, named) in [
            ("SCA_WISE_BASE", "canary", "unknown setting `wise_base`"),
            ("SCA_WISE__NOTHING", "canary", "wise: unknown setting `nothing`"),
            ("SCA_WISE__TIMEOUT", "canary", "SCA_WISE__TIMEOUT"),
            ("SCA_WISE__TIMEOUT", "30", "SCA_WISE__TIMEOUT"),
            ("SCA_WISE__EXPECTED_STEPS", "canary", "SCA_WISE__EXPECTED_STEPS"),
            ("SCA_EXEMPTIONS", "canary", "SCA_EXEMPTIONS"),
            (
                "SCA_EXEMPTIONS",
                r#"[{"currency": "canary", "up_to": 1}]"#,
                "SCA_EXEMPTIONS",
            ),
            ("SCA_API_KEYS", "canary", "SCA_API_KEYS"),
            ("SCA_WISE", "canary", "SCA_WISE"),
        ] {
            let error = load(FILE, &[(variable, value)]).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(error.to_string().contains(named), "{variable}: {error}");
            assert!(!shown.contains("canary"), "{error}");
        }
    }

    #[test]
    fn transfers_are_not_held_without_an_endpoint_and_a_database() {
        const FACES: &str = r#"
            [facesign]
            environment = "production"
            api_key = "sk_prod_0123456789"
            webhook_secrets = ["whsec_0123456789abcdef0123456789abcdef"]
        "#;
        const TRANSFERS: &str = r#"
            [transfers]
            execute_url = "https://bank.example/wires"
            secrets = ["whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE="]
        "#;
        let with_database = format!("database = \"/var/lib/sca.db\"\n{FILE}");
        load(&format!("{with_database}{FACES}{TRANSFERS}"), &[]).unwrap();
        let sandbox = FACES.replace("production", "sandbox").replace("sk_prod_", "sk_test_");
        load(&format!("{FILE}{sandbox}{TRANSFERS}"), &[]).unwrap();
        for (text, missing) in [
            (format!("{with_database}{FACES}"), "transfers"),
            (format!("{FILE}{FACES}{TRANSFERS}"), "database"),
        ] {
            let error = load(&text, &[]).unwrap_err();
            assert!(
                matches!(&error, ConfigError::Setting { name, .. } if name == missing),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn one_provider_is_enough_and_none_is_not() {
        let weavr = "[weavr]\nbase = \"https://sandbox.weavr.io/multi\"\napi_key = \"a-key-of-the-programme\"";
        let config = load(weavr, &[]).unwrap();
        assert!(config.wise.is_none());
        assert!(config.backend().await.unwrap().wise().is_none());
        let by_environment = [
            ("SCA_WEAVR__BASE", "https://sandbox.weavr.io/multi"),
            ("SCA_WEAVR__API_KEY", "a-key-of-the-programme"),
        ];
        assert!(load("", &by_environment).unwrap().weavr.is_some());
        for text in [
            "",
            "[transfers]\nexecute_url = \"https://bank.example/wires\"\nsecrets = []",
        ] {
            assert!(load(text, &[]).is_err(), "{text}");
        }
        assert!(Config::new(None).backend().await.is_err());
    }

    #[tokio::test]
    async fn a_database_needs_a_key() {
        let mut config = load(FILE, &[]).unwrap();
        config.database = Some(Database::File("/nowhere/sca.sqlite".into()));
        assert!(matches!(config.backend().await, Err(ConfigError::KeyMissing)));
    }
}
