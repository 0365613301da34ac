//! What waits at Weavr until its customer has confirmed it: payments, a session that is to be good for more, payees.

mod create;
mod factors;
mod issue;
mod poll;
mod verify;
mod webhooks;

pub use create::{ConfirmationAnswer, NewConfirmation, NewPayeeBatch, NewStepUp};
pub use factors::{EnrolmentOutcome, FactorReport};

use sca_protocol::api::ProblemCode;

use super::Backend;
use crate::{
    decision::{ConfirmationTarget, Record, Refusal},
    problem::AppError,
    providers::weavr::{self, Weavr, resource::ResourceId},
    secret::Secret,
};

/// How many times the time of one call what is asked of Weavr may take: the deprecated endpoints take a call for each payment.
const CALLS: u32 = 2;

impl Backend {
    /// Weavr.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] where it is not configured.
    fn weavr(&self) -> Result<&Weavr, AppError> {
        let missing = || AppError::new(ProblemCode::NotFound).with_source("[weavr] is not configured");
        self.0.providers.weavr.as_ref().ok_or_else(missing)
    }

    /// The customer's token, while it is kept.
    async fn access_token(&self, record: &Record) -> Result<Secret, AppError> {
        let tokens = self.0.store.tokens(&record.id).await?;
        tokens
            .and_then(|tokens| tokens.access_token)
            .ok_or_else(|| Refusal::Settled.into())
    }
}

/// What Weavr is to be asked about: payments that were seen cleared no longer.
fn correlation_key(record: &Record) -> Result<weavr::ChallengeTarget, AppError> {
    let confirmation = record.source.confirmation().ok_or(Refusal::Factor)?;
    let waits = |id: &ResourceId| !record.progress.confirming.cleared.contains(id.as_str());
    Ok(match &confirmation.target {
        ConfirmationTarget::Payments { kind, payments } => weavr::ChallengeTarget::Resources {
            kind: *kind,
            ids: payments
                .iter()
                .map(|payment| payment.id.clone())
                .filter(waits)
                .collect(),
        },
        ConfirmationTarget::StepUp => weavr::ChallengeTarget::StepUp,
        ConfirmationTarget::PayeeBatch(id) => weavr::ChallengeTarget::PayeeBatch(id.clone()),
    })
}
