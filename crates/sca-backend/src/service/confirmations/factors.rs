//! A customer's factors at a provider, managed by the partner's server. Nothing is stored.

use sca_core::{
    ProviderId, Secret,
    provider::{Answer, Enrolment, EnrolmentOutcome, FactorReport},
};
use sca_protocol::{Factor, api::ProblemCode};

use super::super::{Backend, not_configured};
use crate::problem::AppError;

impl Backend {
    fn enrolment(&self, provider: &ProviderId) -> Result<&dyn Enrolment, AppError> {
        self.0.providers.get(provider)?.enrolment().ok_or_else(not_configured)
    }

    /// The factors that the customer has set up or has begun to set up.
    ///
    /// # Errors
    /// When the provider is not configured or gives no usable answer.
    pub async fn factors(&self, provider: &ProviderId, token: &Secret) -> Result<Vec<FactorReport>, AppError> {
        Ok(self.enrolment(provider)?.list(token).await?)
    }

    /// Begins to set a factor up. `reference` is the call's idempotency key.
    ///
    /// # Errors
    /// When the provider is not configured, has no such factor or gives no usable answer.
    pub async fn enrol(
        &self,
        provider: &ProviderId,
        token: &Secret,
        factor: &Factor,
        reference: &str,
    ) -> Result<EnrolmentOutcome, AppError> {
        answered(self.enrolment(provider)?.enrol(token, factor, reference)).await
    }

    /// Verifies a factor with the code that was sent.
    ///
    /// # Errors
    /// As [`enrol`](Self::enrol).
    pub async fn verify_enrolment(
        &self,
        provider: &ProviderId,
        token: &Secret,
        factor: &Factor,
        code: &Secret,
    ) -> Result<EnrolmentOutcome, AppError> {
        answered(self.enrolment(provider)?.verify(token, factor, code)).await
    }

    /// Removes a factor.
    ///
    /// # Errors
    /// As [`enrol`](Self::enrol).
    pub async fn unlink(
        &self,
        provider: &ProviderId,
        token: &Secret,
        factor: &Factor,
    ) -> Result<EnrolmentOutcome, AppError> {
        answered(self.enrolment(provider)?.unlink(token, factor)).await
    }
}

async fn answered(answer: Option<Answer<'_, EnrolmentOutcome>>) -> Result<EnrolmentOutcome, AppError> {
    let unknown = || AppError::new(ProblemCode::InvalidRequest).with_source("the provider does not manage this factor");
    Ok(answer.ok_or_else(unknown)?.await?)
}
