//! What waits at a provider until its customer has confirmed it: payments, a session that is to be stepped up, payees.

mod create;
mod factors;
mod issue;
mod poll;
mod verify;

pub use create::{ConfirmationAnswer, NewConfirmation, NewPayeeBatch, NewStepUp};

use std::time::Duration;

use sca_core::{
    ConfirmationTarget, ProviderId, Record, Refusal, ResourceId, Secret,
    provider::{ChallengeTarget, Confirmations},
};

use super::Backend;
use crate::problem::AppError;

/// A provider that confirms, with how long it may take.
#[derive(Clone, Copy, Debug)]
struct Confirming<'a> {
    provider: &'a dyn Confirmations,
    /// One call.
    call: Duration,
    /// One operation, which may need several calls.
    operation: Duration,
}

impl Backend {
    /// The provider that confirms, by its id.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`](sca_protocol::api::ProblemCode::NotFound) where it is not configured or does not confirm.
    fn confirming(&self, id: &ProviderId) -> Result<Confirming<'_>, AppError> {
        let provider = self.0.providers.get(id)?;
        let confirmations = provider.confirmations().ok_or_else(super::not_configured)?;
        Ok(Confirming {
            provider: confirmations,
            call: provider.call_timeout(),
            operation: provider.operation_timeout(),
        })
    }

    /// The provider at which an approval's subject waits.
    fn confirming_of(&self, record: &Record) -> Result<Confirming<'_>, AppError> {
        let confirmation = record.source.confirmation().ok_or(Refusal::Factor)?;
        self.confirming(&confirmation.provider)
    }

    /// The customer's access token, while it is kept.
    async fn access_token(&self, record: &Record) -> Result<Secret, AppError> {
        let tokens = self.0.store.tokens(&record.id).await?;
        tokens
            .and_then(|tokens| tokens.access_token)
            .ok_or_else(|| Refusal::Settled.into())
    }
}

/// What the provider is asked about: payments that were seen cleared are left out.
fn challenge_target(record: &Record) -> Result<ChallengeTarget, AppError> {
    let confirmation = record.source.confirmation().ok_or(Refusal::Factor)?;
    let waits = |id: &ResourceId| !record.progress.confirmation.cleared.contains(id.as_str());
    Ok(match &confirmation.target {
        ConfirmationTarget::Payments { kind, payments } => ChallengeTarget::Payments {
            kind: kind.clone(),
            ids: payments
                .iter()
                .map(|payment| payment.id.clone())
                .filter(waits)
                .collect(),
        },
        ConfirmationTarget::StepUp => ChallengeTarget::StepUp,
        ConfirmationTarget::PayeeBatch(id) => ChallengeTarget::PayeeBatch(id.clone()),
    })
}
