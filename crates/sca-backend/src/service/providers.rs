use std::sync::Arc;

use sca_core::{
    FaceScans, FaceServer, PhoneEnrolment, PhoneVerification, ProviderId,
    provider::{FactorEnrolment, HostedSessions, OneTimeTokens, Provider},
};
use sca_protocol::api::ProblemCode;

use crate::problem::AppError;

/// The configured providers, and the partner's own servers that enrolments need.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    providers: Vec<Arc<dyn Provider>>,
    phone_verification: Option<Arc<dyn PhoneVerification>>,
    face_server: Option<Arc<dyn FaceServer>>,
}

impl Providers {
    /// Adds a provider. Of several with the same capability, the first is the default.
    #[must_use]
    pub fn with(mut self, provider: impl Provider + 'static) -> Self {
        self.providers.push(Arc::new(provider));
        self
    }

    /// Sets the partner's server that verifies phone numbers. Without it, none are enrolled.
    #[must_use]
    pub fn with_phone_verification(mut self, verification: impl PhoneVerification + 'static) -> Self {
        self.phone_verification = Some(Arc::new(verification));
        self
    }

    /// Sets the partner's face server. Without it, no face is enrolled or verified.
    #[must_use]
    pub fn with_face_server(mut self, server: impl FaceServer + 'static) -> Self {
        self.face_server = Some(Arc::new(server));
        self
    }

    /// The partner's phone verification, and the provider's registration of phone numbers.
    pub(super) fn phones(&self, id: &ProviderId) -> Result<(&dyn PhoneVerification, &dyn PhoneEnrolment), AppError> {
        let verification = self.phone_verification.as_deref();
        verification.zip(self.get(id)?.phones()).ok_or_else(not_offered)
    }

    /// The partner's face server, and the provider's verification of faces.
    pub(super) fn faces(&self, id: &ProviderId) -> Result<(&dyn FaceServer, &dyn FaceScans), AppError> {
        let server = self.face_server.as_deref();
        server.zip(self.get(id)?.face_scans()).ok_or_else(not_offered)
    }

    pub(super) fn list(&self) -> impl Iterator<Item = &dyn Provider> {
        self.providers.iter().map(AsRef::as_ref)
    }

    /// A provider by its name.
    pub(super) fn named(&self, name: &str) -> Result<&dyn Provider, AppError> {
        self.list()
            .find(|provider| provider.id().as_str() == name)
            .ok_or_else(not_configured)
    }

    /// A provider by its id.
    pub(super) fn get(&self, id: &ProviderId) -> Result<&dyn Provider, AppError> {
        self.named(id.as_str())
    }

    /// The one-time tokens of a provider.
    pub(super) fn one_time_tokens(&self, id: &ProviderId) -> Result<&dyn OneTimeTokens, AppError> {
        self.get(id)?.one_time_tokens().ok_or_else(not_configured)
    }

    /// The default provider with one-time tokens.
    pub(super) fn default_rejecting(&self) -> Result<ProviderId, AppError> {
        self.first(|provider| provider.one_time_tokens().is_some())
    }

    /// The default provider with hosted sessions.
    pub(super) fn hosted_sessions(&self) -> Result<(ProviderId, &dyn HostedSessions), AppError> {
        let mut hosted = self
            .list()
            .filter_map(|provider| Some((provider.id(), provider.hosted_sessions()?)));
        hosted.next().ok_or_else(not_configured)
    }

    /// The default provider with confirmations.
    pub(super) fn default_confirming(&self) -> Result<ProviderId, AppError> {
        self.first(|provider| provider.confirmations().is_some())
    }

    /// The factor enrolment of a provider.
    pub(super) fn factor_enrolment(&self, id: &ProviderId) -> Result<&dyn FactorEnrolment, AppError> {
        self.get(id)?.factor_enrolment().ok_or_else(not_configured)
    }

    /// The default provider with factor enrolment.
    pub(super) fn default_enrolling(&self) -> Result<ProviderId, AppError> {
        self.first(|provider| provider.factor_enrolment().is_some())
    }

    fn first(&self, has: impl Fn(&dyn Provider) -> bool) -> Result<ProviderId, AppError> {
        let mut ids = self.list().filter(|provider| has(*provider)).map(Provider::id);
        ids.next().ok_or_else(not_configured)
    }
}

/// The factor is not configured, or the provider does not have it.
fn not_offered() -> AppError {
    AppError::new(ProblemCode::FactorNotAvailable).with_source("this factor is not configured")
}

pub(super) fn not_configured() -> AppError {
    AppError::new(ProblemCode::NotFound).with_source("no such provider is configured")
}
