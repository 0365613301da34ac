//! How a backend is set up: from a TOML file, from the environment, or from code.

use std::{collections::HashMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use sca_protocol::exemption::LowValue;
use serde::Deserialize;

use crate::{
    clock::Clock,
    metrics::Metrics,
    policy::{Exemption, Policy},
    providers::{
        facesign::config::{self as facesign_config, Environment, FaceSignConfig},
        http::{HttpError, HttpLimits, ProviderHttp},
        weavr::config::{self as weavr_config, WeavrConfig},
        wise::{Wise, keys::ClientCredentials, paths::PathGeneration},
    },
    random::RandomnessError,
    service::{ApiKey, Backend, ConfirmationSettings, FaceSettings, Providers, Settings},
    store::{Database, KeyError, Sealer, Store, StoreError},
    webhooks::{
        config::{self as webhooks, PartnerWebhookConfig, WiresConfig},
        http::Webhooks,
    },
};
use sca_core::secret::Secret;
use sca_core::{ConfirmationLimits, Limits};

/// How a backend is set up.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Where to listen for health and figures, if not at the same place.
    #[serde(default)]
    pub admin_listen: Option<SocketAddr>,
    /// The database: a file, or for several instances a `postgres://` address. Without one, approvals live as long as the
    /// process.
    #[serde(default)]
    pub database: Option<Database>,
    /// 32 bytes in base64 that tokens are encrypted under. Needed with a database.
    #[serde(default)]
    pub encryption_key: Option<Secret>,
    /// The origins of the pages that may call from another host, exactly: `https://shop.example`.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// The keys of the partner's servers, by name.
    #[serde(default)]
    pub api_keys: HashMap<String, Secret>,
    /// For how many seconds an approval lives at most.
    #[serde(default = "default_lifetime")]
    pub approval_lifetime: u64,
    /// For how many seconds after a code none can be asked for on the same channel.
    #[serde(default = "default_resend_after")]
    pub resend_after: u64,
    /// Who carries out wires that were approved.
    #[serde(default)]
    pub wires: Option<WiresConfig>,
    /// Who is told how approvals end; without it, nobody is.
    #[serde(default)]
    pub partner_webhook: Option<PartnerWebhookConfig>,
    /// Wise, where calls that it refuses are approved.
    #[serde(default)]
    pub wise: Option<WiseConfig>,
    /// Weavr, where what waits there is confirmed.
    #[serde(default)]
    pub weavr: Option<WeavrConfig>,
    /// FaceSign, where transfers are held.
    #[serde(default)]
    pub facesign: Option<FaceSignConfig>,
    /// Which transfers need not be held.
    #[serde(default)]
    pub exemptions: Vec<Exemption>,
    /// Where small transfers need not be held, as the law there allows: `EU`, `UK`.
    #[serde(default)]
    pub low_value: Vec<String>,
}

/// How Wise is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WiseConfig {
    /// The address: `https://api.wise.com`.
    pub base: String,
    /// Which generation of paths: `v1`, `v2`, or a calendar version such as `2026Q3`.
    #[serde(default = "default_paths")]
    pub paths: String,
    /// The partner's client id.
    pub client_id: String,
    /// The partner's client secret.
    pub client_secret: Secret,
    /// How many steps there are, where Wise names them one at a time and the number is known.
    #[serde(default)]
    pub expected_steps: Option<u8>,
    /// How many milliseconds a connection may take.
    #[serde(default = "default_connect_timeout")]
    pub connect_timeout: u64,
    /// How many milliseconds a call may take in all.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
}

impl WiseConfig {
    /// Wise as this describes it.
    fn wise(&self, metrics: Metrics) -> Result<Wise, ConfigError> {
        let limits = HttpLimits {
            connect: Duration::from_millis(self.connect_timeout),
            total: Duration::from_millis(self.timeout),
            ..HttpLimits::default()
        };
        let paths: PathGeneration = self.paths.parse().map_err(|error| ConfigError::Value {
            name: "wise.paths",
            reason: format!("{error}"),
        })?;
        let credentials = ClientCredentials {
            id: self.client_id.clone(),
            secret: self.client_secret.clone(),
        };
        let http = ProviderHttp::new("wise", &self.base, limits, metrics)?;
        Ok(Wise::new(http, paths, credentials))
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_lifetime() -> u64 {
    900
}

fn default_resend_after() -> u64 {
    30
}

fn default_paths() -> String {
    "v1".into()
}

fn default_connect_timeout() -> u64 {
    3_000
}

fn default_timeout() -> u64 {
    10_000
}

/// The backend cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not as described. The text says where, and quotes nothing.
    #[error("the configuration is not as described: {0}")]
    Unreadable(String),
    /// A value is not as described.
    #[error("{name}: {reason}")]
    Value {
        /// Which one.
        name: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A database needs a key.
    #[error("encryption_key: a database needs one; `openssl rand -base64 32` makes it")]
    KeyMissing,
    /// The key is not one.
    #[error("encryption_key: {0}")]
    Key(#[from] KeyError),
    /// The provider's address.
    #[error("wise.base: {0}")]
    Http(#[from] HttpError),
    /// The database.
    #[error("database: {0}")]
    Store(#[from] StoreError),
    /// The operating system.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

impl Config {
    /// A backend for Wise at an address, or for none yet, with everything else as it is by default. One without any provider cannot be
    /// set up.
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
            wires: None,
            partner_webhook: None,
            wise: wise.into(),
            weavr: None,
            facesign: None,
            exemptions: Vec::new(),
            low_value: Vec::new(),
        }
    }

    /// Reads a TOML file's text, with what the environment sets put in its place: `SCA_LISTEN`, `SCA_ADMIN_LISTEN`,
    /// `SCA_DATABASE`, `SCA_ENCRYPTION_KEY`, `SCA_ALLOWED_ORIGINS` and `SCA_LOW_VALUE` (by commas), `SCA_API_KEY` (a key named `environment`),
    /// `SCA_APPROVAL_LIFETIME`, `SCA_RESEND_AFTER`, `SCA_WISE_BASE`, `SCA_WISE_PATHS`, `SCA_WISE_CLIENT_ID`,
    /// `SCA_WISE_CLIENT_SECRET`, `SCA_WISE_EXPECTED_STEPS`, `SCA_WIRES_EXECUTE_URL`, `SCA_WIRES_SECRETS` (by commas),
    /// `SCA_WIRES_TIMEOUT`, `SCA_PARTNER_WEBHOOK_URL`, `SCA_PARTNER_WEBHOOK_SECRETS`, `SCA_PARTNER_WEBHOOK_TIMEOUT`,
    /// and for FaceSign and Weavr what [`FaceSignConfig`] and [`WeavrConfig`] name.
    ///
    /// # Errors
    /// When something is missing, unknown or of the wrong kind.
    pub fn read(text: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut table: toml::Table = text.parse().map_err(|error| unreadable(&error))?;
        let mut wise = toml::Table::new();
        for name in ["base", "paths", "client_id", "client_secret"] {
            if let Some(value) = environment(&variable("wise_", name)) {
                wise.insert(name.into(), toml::Value::String(value));
            }
        }
        if let Some(value) = whole(&environment, "wise_", "expected_steps")? {
            wise.insert("expected_steps".into(), toml::Value::Integer(value));
        }
        if !wise.is_empty() {
            let section = table
                .entry("wise")
                .or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let Some(section) = section.as_table_mut() {
                section.extend(wise);
            }
        }
        webhooks::read_environment(&mut table, &environment)?;
        facesign_config::read_environment(&mut table, &environment);
        weavr_config::read_environment(&mut table, &environment)?;
        for name in ["listen", "admin_listen", "database", "encryption_key"] {
            if let Some(value) = environment(&variable("", name)) {
                table.insert(name.into(), toml::Value::String(value));
            }
        }
        for name in ["approval_lifetime", "resend_after"] {
            if let Some(value) = whole(&environment, "", name)? {
                table.insert(name.into(), toml::Value::Integer(value));
            }
        }
        for name in ["allowed_origins", "low_value"] {
            if let Some(list) = environment(&variable("", name)) {
                let list = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
                let list = list.map(|entry| toml::Value::String(entry.into())).collect();
                table.insert(name.into(), toml::Value::Array(list));
            }
        }
        let mut config: Self = table.try_into().map_err(|error| unreadable(&error))?;
        if let Some(key) = environment("SCA_API_KEY") {
            config.api_keys.insert("environment".into(), Secret::new(key));
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        for origin in &self.allowed_origins {
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains(['/', '*', '?', '#', '@', ' '])) {
                let reason = format!("`{origin}` is not an origin such as https://shop.example");
                let name = "allowed_origins";
                return Err(ConfigError::Value { name, reason });
            }
        }
        if let Some(unknown) = self.low_value.iter().find(|name| LowValue::named(name).is_none()) {
            let reason = format!("`{unknown}` is neither EU nor UK");
            let name = "low_value";
            return Err(ConfigError::Value { name, reason });
        }
        if self.api_keys.values().any(|key| key.expose().len() < 24) {
            let reason = "a key has at least 24 characters; `openssl rand -base64 32` makes one".into();
            return Err(ConfigError::Value {
                name: "api_keys",
                reason,
            });
        }
        // A repeated call waits for the first for two minutes, in which that makes several calls to Wise.
        let timeout = self.wise.as_ref().map(|wise| wise.timeout);
        if timeout.is_some_and(|timeout| !(1..=30_000).contains(&timeout)) {
            let reason = "between 1 and 30000 milliseconds".into();
            let name = "wise.timeout";
            return Err(ConfigError::Value { name, reason });
        }
        if self.wise.is_none() && self.weavr.is_none() && self.facesign.is_none() {
            let reason = "without it [weavr] or [facesign] is needed".into();
            return Err(ConfigError::Value { name: "wise", reason });
        }
        if let Some(weavr) = &self.weavr {
            weavr.check()?;
        }
        if let Some(facesign) = &self.facesign {
            facesign.check()?;
            if self.wires.is_none() {
                let reason = "needed with [facesign]: it says who carries out the wires that are approved".into();
                return Err(ConfigError::Value { name: "wires", reason });
            }
            if facesign.environment == Environment::Production && self.database.is_none() {
                let reason =
                    "needed with FaceSign's production: wires that are approved would go with the process".into();
                let name = "database";
                return Err(ConfigError::Value { name, reason });
            }
        }
        if !(1..=3600).contains(&self.approval_lifetime) {
            let reason = "between 1 and 3600 seconds".into();
            let name = "approval_lifetime";
            return Err(ConfigError::Value { name, reason });
        }
        Ok(())
    }

    /// Takes what a SQLite database holds over into the configured database, which has to be empty. Gives how many rows that
    /// were. No backend may be running on either.
    ///
    /// # Errors
    /// When there is no such file, no database is configured, or either fails.
    pub async fn import_sqlite(&self, file: &Path) -> Result<u64, ConfigError> {
        let (Some(database), Some(key)) = (&self.database, &self.encryption_key) else {
            return Err(ConfigError::KeyMissing);
        };
        // Opening it would make one.
        std::fs::metadata(file).map_err(StoreError::File)?;
        let sealer = Sealer::from_base64(key.expose())?;
        let old = Store::open(&Database::File(file.to_owned()), sealer.clone()).await?;
        let new = Store::open(database, sealer).await?;
        let copied = new.import_sqlite(&old).await?;
        new.close().await;
        old.close().await;
        Ok(copied)
    }

    /// Sets the backend up.
    ///
    /// # Errors
    /// When a value is not as described, or the database cannot be opened.
    pub async fn backend(&self) -> Result<Backend, ConfigError> {
        self.check()?;
        self.with_store(self.store().await?)
    }

    /// Sets the backend up with a clock of the caller's, by which everything then goes, what is kept in the database included.
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

    /// Everything goes by the clock of what is kept.
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

    /// Sends to whomever this names.
    fn webhooks(&self, clock: Arc<dyn Clock>) -> Result<Webhooks, ConfigError> {
        let execute = self.wires.as_ref().map(WiresConfig::endpoint).transpose()?;
        let notify = self
            .partner_webhook
            .as_ref()
            .map(PartnerWebhookConfig::endpoint)
            .transpose()?;
        Webhooks::new(execute, notify, clock).map_err(|error| ConfigError::Value {
            name: "wires",
            reason: error.to_string(),
        })
    }

    fn settings(&self) -> Settings {
        let mut limits = Limits {
            resend_after: Duration::from_secs(self.resend_after),
            ..Limits::default()
        };
        // An entry is put before the provider and what it was for is read: two calls, and a little more.
        let timeouts = [
            self.wise.as_ref().map(|wise| wise.timeout),
            // What is asked of Weavr may take as long as two calls.
            self.weavr
                .as_ref()
                .map(|weavr| weavr.timeout.saturating_mul(3).div_ceil(2)),
        ];
        if let Some(longest) = timeouts.into_iter().flatten().max() {
            limits.lease = Duration::from_millis(longest) * 2 + Duration::from_secs(10);
        }
        if let Some(weavr) = &self.weavr {
            limits.confirmations = ConfirmationLimits {
                resend_after: Duration::from_secs(weavr.resend_after),
                code_lifetime: Duration::from_secs(weavr.code_lifetime),
                request_lifetime: Duration::from_secs(weavr.request_lifetime),
                poll_interval: Duration::from_secs(weavr.poll_interval),
                ..limits.confirmations
            };
        }
        let mut faces = FaceSettings {
            policy: Policy::new(self.exemptions.clone())
                .with_low_value(self.low_value.iter().filter_map(|name| LowValue::named(name)).collect()),
            ..FaceSettings::default()
        };
        if let Some(facesign) = &self.facesign {
            faces.poll_interval = Duration::from_secs(facesign.poll_interval);
            faces.polls = facesign.environment.polls();
            limits.max_face_sessions = facesign.sessions;
            limits.analyses_wait = Duration::from_secs(facesign.analyses_wait);
            // A session is looked at, and another one opened or the way into it renewed.
            limits.lease = limits
                .lease
                .max(Duration::from_millis(facesign.timeout) * 3 + Duration::from_secs(10));
        }
        let api_keys = self.api_keys.iter().map(|(name, key)| ApiKey {
            name: name.clone(),
            digest: key.digest(),
        });
        Settings {
            limits,
            lifetime: Duration::from_secs(self.approval_lifetime),
            expected_steps: self.wise.as_ref().and_then(|wise| wise.expected_steps),
            origins: self.allowed_origins.clone(),
            api_keys: api_keys.collect(),
            faces,
            confirmations: ConfirmationSettings::default(),
            ..Settings::default()
        }
    }
}

fn variable(section: &str, name: &str) -> String {
    format!("SCA_{section}{name}").to_ascii_uppercase()
}

fn whole(
    environment: &impl Fn(&str) -> Option<String>,
    section: &str,
    name: &'static str,
) -> Result<Option<i64>, ConfigError> {
    let value = environment(&variable(section, name)).map(|text| text.parse());
    value.transpose().map_err(|_| ConfigError::Value {
        name,
        reason: "not a whole number".into(),
    })
}

/// What is wrong, without the line it stands on: the line may hold a secret.
fn unreadable(error: &toml::de::Error) -> ConfigError {
    ConfigError::Unreadable(error.message().to_owned())
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

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn the_environment_comes_before_the_file() {
        let config = Config::read(FILE, |name| match name {
            "SCA_WISE_PATHS" => Some("v2".into()),
            "SCA_APPROVAL_LIFETIME" => Some("60".into()),
            "SCA_ALLOWED_ORIGINS" => Some("https://a.example, http://localhost:1".into()),
            "SCA_LOW_VALUE" => Some("EU, UK".into()),
            _ => None,
        })
        .unwrap();
        let paths = config.wise.as_ref().map(|wise| wise.paths.as_str());
        assert_eq!((paths, config.approval_lifetime), (Some("v2"), 60));
        assert_eq!(config.allowed_origins, ["https://a.example", "http://localhost:1"]);
        assert_eq!(config.low_value, ["EU", "UK"]);
        assert_eq!(config.api_keys.len(), 1);
    }

    #[test]
    fn mistakes_are_named_and_quote_no_secret() {
        for text in [
            "",
            "listen = 7",
            "nonsense",
            &FILE.replace("[wise]", "[wise]\nclient_secrets = \"canary-secret\""),
            &FILE.replace("\"canary-secret\"", "\"canary-secret"),
            &FILE.replace("https://shop.example", "*"),
            &FILE.replace("https://shop.example", "https://shop.example/"),
            &FILE.replace("sk_0123456789012345678901234", "short"),
            &FILE.replace("paths =", "timeout = 30001\npaths ="),
            &FILE.replace(
                "allowed_origins",
                "database = \"mysql://u:canary@db.example/sca\"\nallowed_origins",
            ),
            &FILE.replace(
                "allowed_origins",
                "database = \"postgres://u:canary@[\"\nallowed_origins",
            ),
            &FILE.replace("allowed_origins", "approval_lifetime = 0\nallowed_origins"),
            &FILE.replace("allowed_origins", "low_value = [\"US\"]\nallowed_origins"),
        ] {
            let error = Config::read(text, nothing).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    /// Approved by customers, and carried out by nobody.
    #[test]
    fn wires_are_not_held_without_somebody_to_carry_them_out_and_a_place_to_keep_them() {
        const FACES: &str = r#"
            [facesign]
            environment = "production"
            api_key = "sk_prod_0123456789"
            webhook_secrets = ["whsec_0123456789abcdef0123456789abcdef"]
        "#;
        const WIRES: &str = r#"
            [wires]
            execute_url = "https://bank.example/wires"
            secrets = ["whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE="]
        "#;
        let read = |text: String| Config::read(&text, nothing);
        let kept = format!("database = \"/var/lib/sca.db\"\n{FILE}");
        read(format!("{kept}{FACES}{WIRES}")).unwrap();
        let sandbox = FACES.replace("production", "sandbox").replace("sk_prod_", "sk_test_");
        read(format!("{FILE}{sandbox}{WIRES}")).unwrap();
        for (text, missing) in [
            (format!("{kept}{FACES}"), "wires"),
            (format!("{FILE}{FACES}{WIRES}"), "database"),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                matches!(error, ConfigError::Value { name, .. } if name == missing),
                "{error}"
            );
        }
    }

    /// One is enough, whichever it is, and none is not.
    #[tokio::test]
    async fn a_backend_has_a_provider() {
        let weavr = "[weavr]\nbase = \"https://sandbox.weavr.io/multi\"\napi_key = \"a-key-of-the-programme\"";
        let config = Config::read(weavr, nothing).unwrap();
        assert!(config.wise.is_none());
        assert!(config.backend().await.unwrap().wise().is_none());
        let by_environment = |name: &str| match name {
            "SCA_WEAVR_BASE" => Some("https://sandbox.weavr.io/multi".to_owned()),
            "SCA_WEAVR_API_KEY" => Some("a-key-of-the-programme".to_owned()),
            _ => None,
        };
        assert!(Config::read("", by_environment).unwrap().weavr.is_some());
        for text in [
            "",
            "[wires]\nexecute_url = \"https://bank.example/wires\"\nsecrets = []",
        ] {
            assert!(Config::read(text, nothing).is_err(), "{text}");
        }
        assert!(Config::new(None).backend().await.is_err());
    }

    #[tokio::test]
    async fn a_database_needs_a_key() {
        let mut config = Config::read(FILE, nothing).unwrap();
        config.database = Some(Database::File("/nowhere/sca.sqlite".into()));
        assert!(matches!(config.backend().await, Err(ConfigError::KeyMissing)));
    }
}
