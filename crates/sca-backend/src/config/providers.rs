//! The providers. A further one is its section in [`Config`], and its lines in the functions of this file.

use std::time::Duration;

use sca_core::{ConfirmationLimits, Limits};
use sca_facesign::config::Environment;
use sca_runtime::metrics::Metrics;

use super::{Config, ConfigError};
use crate::service::{FaceSettings, Providers};

impl Config {
    /// Checks the providers' sections. At least one is required.
    pub(super) fn check_providers(&self) -> Result<(), ConfigError> {
        if self.wise.is_none() && self.weavr.is_none() && self.facesign.is_none() {
            return Err(ConfigError::setting("wise", "required without [weavr] and [facesign]"));
        }
        if let Some(wise) = &self.wise {
            wise.check()?;
        }
        if let Some(weavr) = &self.weavr {
            weavr.check()?;
        }
        if let Some(phone) = &self.phone {
            phone.check()?;
        }
        if let Some(facetec) = &self.facetec {
            facetec.check()?;
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
        Ok(())
    }

    /// The configured providers. Of several with the same capability, the first is the default.
    pub(super) fn providers(&self, metrics: &Metrics) -> Result<Providers, ConfigError> {
        let mut providers = Providers::default();
        if let Some(wise) = &self.wise {
            let wise = wise.provider(metrics.clone())?;
            providers = providers.with(wise.with_face_scans(self.facetec.is_some()));
        }
        if let Some(weavr) = &self.weavr {
            providers = providers.with(weavr.provider(metrics.clone())?);
        }
        if let Some(facesign) = &self.facesign {
            providers = providers.with(facesign.provider(metrics.clone())?);
        }
        if let Some(phone) = &self.phone {
            providers = providers.with_phone_verification(phone.verification(metrics)?);
        }
        if let Some(facetec) = &self.facetec {
            providers = providers.with_face_server(facetec.server(metrics.clone())?);
        }
        Ok(providers)
    }

    /// The limits of an approval, as far as the providers' settings determine them.
    pub(super) fn limits(&self) -> Limits {
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
        if let (Some(wise), Some(facetec)) = (&self.wise, &self.facetec) {
            // A comparison; then, at most twice, another caller's fetch of the key, one of its own, an export and the verification; then the
            // token's status.
            let calls = facetec.timeout * 3 + wise.timeout * 7;
            limits.lease = limits.lease.max(calls + Duration::from_secs(10));
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
        if let Some(facesign) = &self.facesign {
            limits.max_face_sessions = facesign.sessions;
            limits.analyses_wait = facesign.analyses_wait;
            // A session is polled, and another one opened or its URL renewed: three calls.
            limits.lease = limits.lease.max(facesign.timeout * 3 + Duration::from_secs(10));
        }
        limits
    }

    /// How face sessions are polled.
    pub(super) fn face_polls(&self) -> FaceSettings {
        let mut faces = FaceSettings::default();
        if let Some(facesign) = &self.facesign {
            faces.poll_interval = facesign.poll_interval;
            faces.polls = facesign.environment.polls();
        }
        faces
    }
}
