use std::sync::Arc;

use sca_core::{
    ProviderId,
    provider::{FactorEnrolment, HostedSessions, OneTimeTokens, Provider},
};
use sca_protocol::api::ProblemCode;

use crate::problem::AppError;

/// The configured providers.
#[derive(Clone, Debug, Default)]
pub struct Providers(Vec<Arc<dyn Provider>>);

impl Providers {
    /// Adds a provider. Of several with the same capability, the first is the default.
    #[must_use]
    pub fn with(mut self, provider: impl Provider + 'static) -> Self {
        self.0.push(Arc::new(provider));
        self
    }

    pub(super) fn list(&self) -> impl Iterator<Item = &dyn Provider> {
        self.0.iter().map(AsRef::as_ref)
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

pub(super) fn not_configured() -> AppError {
    AppError::new(ProblemCode::NotFound).with_source("no such provider is configured")
}
