//! The settings of a backend: from a TOML file, from the environment, or from code.

mod error;
mod isolated;
mod layers;
mod providers;
mod reference;
mod tracing;

use std::{collections::HashMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use sca_core::{Exemption, Policy, Region, secret::Secret};
use sca_outbound_webhooks::http_transport::Webhooks;
use sca_protocol::{
    Currency,
    exemption::LowValue,
    face::{default_frame_origins, origin_of},
};
use sca_runtime::{
    clock::Clock,
    metrics::Metrics,
    settings::{check_duration, duration, list, tables, whole},
};
use sca_store::{Database, EncryptionKeys, Store, StoreError};
use serde::Deserialize;
use utoipa::ToSchema;

pub use self::tracing::TracingConfig;
pub use error::ConfigError;
pub use isolated::IsolatedConfig;
pub use reference::{Setting, help, markdown, settings};
pub use sca_facesign::config::FaceSignConfig;
pub use sca_facetec::config::FaceTecConfig;
pub use sca_outbound_webhooks::config::{PartnerWebhookConfig, TransfersConfig};
pub use sca_phone::config::PhoneConfig;
pub use sca_weavr::config::WeavrConfig;
pub use sca_wise::config::WiseConfig;

use crate::service::{ApiKey, Backend, ConfirmationSettings, EnrolmentSettings, FaceSettings, Isolated, Settings};

/// A transfer up to an amount is exempt from an approval.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExemptionConfig {
    /// The currency (ISO 4217).
    pub currency: Currency,
    /// The highest exempt amount, in the currency's minor unit. Zero exempts nothing.
    #[serde(deserialize_with = "whole")]
    pub up_to: u64,
    /// The regions where it applies. If empty: all regions that no other exemption for the same currency names.
    #[serde(default)]
    pub regions: Vec<Region>,
}

impl From<ExemptionConfig> for Exemption {
    fn from(config: ExemptionConfig) -> Self {
        Self {
            currency: config.currency,
            up_to: config.up_to,
            regions: config.regions,
        }
    }
}

/// Enrolments: a customer sets up and removes factors in the widget.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EnrolmentConfig {
    /// Whether an enrolment may begin with `"authorization": "partner"`: your server has authenticated the customer by means of its own. If
    /// not, it begins with an approval of access to the security settings.
    #[schema(default = false)]
    pub partner_step_up: bool,
    /// How long an enrolment stays open, from `1s` to `1h`.
    #[serde(deserialize_with = "duration")]
    #[schema(value_type = String, default = "15m")]
    pub lifetime: Duration,
    /// Whether the widget accepts no new PIN that is easy to guess: repeated digits, a run, a year. If not, it warns the customer.
    #[schema(default = false)]
    pub refuse_weak_pins: bool,
    /// How long a newly enrolled factor waits before it can be used for an approval, from `0s` to `720h`. `0s`: not at all, and factors that
    /// wait already can be used.
    #[serde(deserialize_with = "duration")]
    #[schema(value_type = String, default = "0s")]
    pub cooling_off: Duration,
}

impl Default for EnrolmentConfig {
    fn default() -> Self {
        let EnrolmentSettings {
            partner_step_up,
            lifetime,
            refuse_weak_pins,
            cooling_off,
            phone: _,
        } = EnrolmentSettings::default();
        Self {
            partner_step_up,
            lifetime,
            refuse_weak_pins,
            cooling_off,
        }
    }
}

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
    /// How many connections may be open at once; further ones wait to be accepted.
    #[serde(default = "default_max_connections", deserialize_with = "whole")]
    #[schema(default = 8192)]
    pub max_connections: usize,
    /// How many event streams may be open at once: fewer than `max_connections`, so that other calls are served. A further one is answered
    /// `too-many-requests`.
    #[serde(default = "default_max_event_streams", deserialize_with = "whole")]
    #[schema(default = 4096)]
    pub max_event_streams: usize,
    /// The database: the path of a SQLite file for one instance, or a `postgres://` URL for several. If absent, approvals are lost
    /// when the process ends.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub database: Option<Database>,
    /// The keys that protect secrets and personal data in the database, newest first: each 32 bytes in base64. One, or two during a rotation.
    /// Required with `database`.
    #[serde(default, deserialize_with = "list")]
    #[schema(value_type = Vec<String>, default = json!([]))]
    pub encryption_keys: Vec<Secret>,
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
    /// Your FaceTec server, which compares faces and exports them for Wise. If absent, no face is enrolled or verified.
    #[serde(default)]
    pub facetec: Option<FaceTecConfig>,
    /// Your own verification of phone numbers, which Wise requires before a number is registered. If absent, none is.
    #[serde(default)]
    pub phone: Option<PhoneConfig>,
    /// Enrolments: a customer sets up and removes factors in the widget.
    #[serde(default)]
    pub enrolment: EnrolmentConfig,
    /// Isolated mode: the widget in a frame of this backend's origin. If absent, there is no such frame.
    #[serde(default)]
    pub isolated: Option<IsolatedConfig>,
    /// Traces: spans of calls, exported by OTLP over HTTP. If absent, none are recorded.
    #[serde(default)]
    pub tracing: Option<TracingConfig>,
    /// The transfers that are exempt from an approval, as tables of `currency`, `up_to` (in the currency's minor unit) and
    /// `regions` (ISO 3166-1 alpha-2 codes; empty for every other region). In the environment, a JSON array of such objects.
    #[serde(default, deserialize_with = "tables")]
    #[schema(value_type = Vec<Object>, default = json!([]))]
    pub exemptions: Vec<ExemptionConfig>,
    /// The laws under which low-value transfers are exempt: `EU` and `UK` (Delegated Regulation (EU) 2018/389, article 16).
    #[serde(default, deserialize_with = "list")]
    #[schema(default = json!([]))]
    pub low_value: Vec<String>,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_max_connections() -> usize {
    Settings::default().connections
}

fn default_max_event_streams() -> usize {
    Settings::default().streams_in_all
}

fn default_lifetime() -> Duration {
    Duration::from_secs(900)
}

fn default_resend_after() -> Duration {
    Duration::from_secs(30)
}

impl Config {
    /// The defaults, with Wise as the provider or with no provider yet. A backend needs at least one provider.
    #[must_use]
    pub fn new(wise: impl Into<Option<WiseConfig>>) -> Self {
        Self {
            listen: default_listen(),
            admin_listen: None,
            max_connections: default_max_connections(),
            max_event_streams: default_max_event_streams(),
            database: None,
            encryption_keys: Vec::new(),
            allowed_origins: Vec::new(),
            api_keys: HashMap::new(),
            approval_lifetime: default_lifetime(),
            resend_after: default_resend_after(),
            transfers: None,
            partner_webhook: None,
            wise: wise.into(),
            weavr: None,
            facesign: None,
            facetec: None,
            phone: None,
            enrolment: EnrolmentConfig::default(),
            isolated: None,
            tracing: None,
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
        if self.max_event_streams == 0 || self.max_event_streams >= self.max_connections {
            let reason = format!(
                "from 1 to {}, one less than max_connections",
                self.max_connections.saturating_sub(1)
            );
            return Err(ConfigError::setting("max_event_streams", reason));
        }
        self.check_providers()?;
        self.tracing.as_ref().map_or(Ok(()), TracingConfig::check)?;
        self.isolated.as_ref().map_or(Ok(()), IsolatedConfig::check)?;
        let hour = Duration::from_secs(3600);
        check_duration(
            "approval_lifetime",
            self.approval_lifetime,
            Duration::from_secs(1)..=hour,
        )?;
        check_duration("resend_after", self.resend_after, Duration::ZERO..=hour)?;
        let lifetimes = Duration::from_secs(1)..=hour;
        check_duration("enrolment.lifetime", self.enrolment.lifetime, lifetimes)?;
        let month = Duration::from_secs(30 * 86_400);
        check_duration(
            "enrolment.cooling_off",
            self.enrolment.cooling_off,
            Duration::ZERO..=month,
        )?;
        Ok(())
    }

    /// Imports a SQLite database into the configured database, which has to be empty. Returns the number of rows. No backend may be
    /// running on either database.
    ///
    /// # Errors
    /// When there is no such file, no database is configured, or either database fails.
    pub async fn import_sqlite(&self, file: &Path) -> Result<u64, ConfigError> {
        let (Some(database), Some(keys)) = (&self.database, self.encryption_keys()?) else {
            return Err(ConfigError::KeyMissing);
        };
        // Opening would create the file.
        std::fs::metadata(file).map_err(StoreError::File)?;
        let old = Store::open(&Database::File(file.to_owned()), keys.clone()).await?;
        let new = Store::open(database, keys).await?;
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
        Ok(match (&self.database, self.encryption_keys()?) {
            (Some(database), Some(keys)) => Store::open(database, keys).await?,
            (Some(_), None) => return Err(ConfigError::KeyMissing),
            (None, Some(keys)) => Store::temporary(keys).await?,
            (None, None) => Store::temporary(EncryptionKeys::ephemeral()?).await?,
        })
    }

    fn encryption_keys(&self) -> Result<Option<EncryptionKeys>, ConfigError> {
        let Some((newest, older)) = self.encryption_keys.split_first() else {
            return Ok(None);
        };
        let keys = EncryptionKeys::from_base64(newest.expose(), older.iter().map(Secret::expose))?;
        Ok(Some(keys))
    }

    fn with_store(&self, store: Store) -> Result<Backend, ConfigError> {
        let clock = store.clock();
        let metrics = Metrics::default();
        let providers = self.providers(&metrics)?;
        let webhooks = self.outbound_webhooks(Arc::clone(&clock))?;
        Ok(Backend::new(
            store,
            providers,
            Arc::new(webhooks),
            clock,
            self.settings(),
            metrics,
        ))
    }

    fn outbound_webhooks(&self, clock: Arc<dyn Clock>) -> Result<Webhooks, ConfigError> {
        let execute = self.transfers.as_ref().map(TransfersConfig::endpoint).transpose()?;
        let notify = self
            .partner_webhook
            .as_ref()
            .map(PartnerWebhookConfig::endpoint)
            .transpose()?;
        Webhooks::new(execute, notify, clock).map_err(|error| ConfigError::setting("transfers", error.to_string()))
    }

    fn settings(&self) -> Settings {
        let faces = FaceSettings {
            policy: Policy::new(self.exemptions.iter().cloned().map(Exemption::from).collect())
                .with_low_value(self.low_value.iter().filter_map(|name| LowValue::named(name)).collect()),
            ..self.face_polls()
        };
        let api_keys = self.api_keys.iter().map(|(name, key)| ApiKey {
            name: name.clone(),
            digest: key.digest(),
        });
        Settings {
            limits: self.limits(),
            streams_in_all: self.max_event_streams,
            connections: self.max_connections,
            lifetime: self.approval_lifetime,
            origins: self.allowed_origins.clone(),
            api_keys: api_keys.collect(),
            faces,
            confirmations: ConfirmationSettings::default(),
            enrolments: EnrolmentSettings {
                partner_step_up: self.enrolment.partner_step_up,
                lifetime: self.enrolment.lifetime,
                refuse_weak_pins: self.enrolment.refuse_weak_pins,
                cooling_off: self.enrolment.cooling_off,
                phone: self.phone.as_ref().map(PhoneConfig::limits).unwrap_or_default(),
            },
            isolated: self.isolated.as_ref().map(|isolated| Isolated {
                parents: isolated.parents.clone(),
                package: isolated.package.clone(),
                frame_origins: self.frame_origins(),
            }),
            ..Settings::default()
        }
    }

    /// The origins of FaceSign's pages; none without FaceSign.
    fn frame_origins(&self) -> Vec<String> {
        let Some(facesign) = &self.facesign else {
            return Vec::new();
        };
        if facesign.frame_origins.is_empty() {
            return default_frame_origins()
                .iter()
                .map(|origin| origin.as_str().to_owned())
                .collect();
        }
        facesign.frame_origins.clone()
    }
}

#[cfg(test)]
mod tests;
