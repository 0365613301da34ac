use std::sync::Arc;

use sca_core::{
    ProviderId,
    provider::{Confirmations, HostedSessions, Provider},
};
use sca_protocol::api::ProblemCode;

use crate::{problem::AppError, providers::wise::Wise};

/// The configured providers.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    /// Wise. The gate repeats calls that Wise rejected until the customer approved them.
    pub wise: Option<Wise>,
    list: Vec<Arc<dyn Provider>>,
}

impl Providers {
    /// Adds Wise, where it is configured.
    #[must_use]
    pub fn with_wise(self, wise: Option<Wise>) -> Self {
        Self { wise, ..self }
    }

    /// Adds a provider. Of several with the same capability, the first is the default.
    #[must_use]
    pub fn with(mut self, provider: impl Provider + 'static) -> Self {
        self.list.push(Arc::new(provider));
        self
    }

    /// All providers but Wise.
    pub(super) fn list(&self) -> impl Iterator<Item = &dyn Provider> {
        self.list.iter().map(AsRef::as_ref)
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

    /// The default provider with hosted sessions.
    pub(super) fn hosted_sessions(&self) -> Result<(ProviderId, &dyn HostedSessions), AppError> {
        let mut hosted = self
            .list()
            .filter_map(|provider| Some((provider.id(), provider.hosted_sessions()?)));
        hosted.next().ok_or_else(not_configured)
    }

    /// The default provider with confirmations.
    pub(super) fn default_confirming(&self) -> Result<ProviderId, AppError> {
        let confirms = |provider: &&dyn Provider| provider.confirmations().map(|_: &dyn Confirmations| ()).is_some();
        Ok(self.list().find(confirms).ok_or_else(not_configured)?.id())
    }
}

pub(super) fn not_configured() -> AppError {
    AppError::new(ProblemCode::NotFound).with_source("no such provider is configured")
}
