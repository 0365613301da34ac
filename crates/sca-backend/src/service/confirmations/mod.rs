//! Confirmations at a provider: payments, the step-up of a session, and batches of payees.

mod create;
mod factors;
mod issue;
mod poll;
mod verify;

pub use create::{ConfirmationAnswer, NewConfirmation, NewPayeeBatch, NewStepUp};

use std::time::Duration;

use sca_core::{
    ConfirmationTarget, ProviderError, ProviderId, Record, Refusal, ResourceId, Secret,
    provider::{ChallengeTarget, Confirmations},
};

use super::Backend;
use crate::problem::AppError;

/// A provider with confirmations, and its timeouts.
#[derive(Clone, Copy, Debug)]
struct ConfirmationProvider<'a> {
    api: &'a dyn Confirmations,
    /// The total timeout of one call.
    call_timeout: Duration,
    /// The total timeout of one operation, which may need several calls.
    operation_timeout: Duration,
}

impl Backend {
    /// A provider with confirmations, by its id.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`](sca_protocol::api::ProblemCode::NotFound) where it is not configured or has no confirmations.
    fn confirmation_provider(&self, id: &ProviderId) -> Result<ConfirmationProvider<'_>, AppError> {
        let provider = self.0.providers.get(id)?;
        let confirmations = provider.confirmations().ok_or_else(super::not_configured)?;
        Ok(ConfirmationProvider {
            api: confirmations,
            call_timeout: provider.call_timeout(),
            operation_timeout: provider.operation_timeout(),
        })
    }

    /// The provider of an approval's confirmation.
    fn confirmation_provider_of(&self, record: &Record) -> Result<ConfirmationProvider<'_>, AppError> {
        let confirmation = record.source.confirmation().ok_or(Refusal::Factor)?;
        self.confirmation_provider(&confirmation.provider)
    }

    /// What a call about a record's challenge needs. Nothing is sent to the provider when one of them is missing.
    async fn prepare_call(
        &self,
        record: &Record,
    ) -> Result<(ConfirmationProvider<'_>, ChallengeTarget, Secret), ProviderError> {
        let prepared = async {
            let (provider, target) = (self.confirmation_provider_of(record)?, challenge_target(record)?);
            Ok::<_, AppError>((provider, target, self.access_token(record).await?))
        };
        prepared.await.map_err(|error| {
            tracing::error!(
                approval = record.id,
                ?error,
                "preparing the call to the provider failed"
            );
            ProviderError::Unreachable
        })
    }

    /// The customer's access token. It is wiped at settlement.
    async fn access_token(&self, record: &Record) -> Result<Secret, AppError> {
        let tokens = self.0.store.tokens(&record.id).await?;
        tokens
            .and_then(|tokens| tokens.access_token)
            .ok_or_else(|| Refusal::Settled.into())
    }
}

/// The target of the provider call. Payments that were observed as cleared are omitted.
fn challenge_target(record: &Record) -> Result<ChallengeTarget, AppError> {
    let confirmation = record.source.confirmation().ok_or(Refusal::Factor)?;
    let is_open = |id: &ResourceId| !record.progress.confirmation.cleared.contains(id.as_str());
    Ok(match &confirmation.target {
        ConfirmationTarget::Payments { kind, payments } => ChallengeTarget::Payments {
            kind: kind.clone(),
            ids: payments
                .iter()
                .map(|payment| payment.id.clone())
                .filter(is_open)
                .collect(),
        },
        ConfirmationTarget::StepUp => ChallengeTarget::StepUp,
        ConfirmationTarget::PayeeBatch(id) => ChallengeTarget::PayeeBatch(id.clone()),
    })
}
