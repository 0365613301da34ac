//! Enrolment of a customer's factors at a provider, for the partner's server. The backend stores nothing of it.

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

    /// The factors that the customer has enrolled or has begun to enrol.
    ///
    /// # Errors
    /// When the provider is not configured or gives no usable response.
    pub async fn factors(&self, provider: &ProviderId, token: &Secret) -> Result<Vec<FactorReport>, AppError> {
        Ok(self.enrolment(provider)?.list(token).await?)
    }

    /// Starts an enrolment. `reference` is the call's idempotency key.
    ///
    /// # Errors
    /// When the provider is not configured, does not support the factor or gives no usable response.
    pub async fn enrol(
        &self,
        provider: &ProviderId,
        token: &Secret,
        factor: &Factor,
        reference: &str,
    ) -> Result<EnrolmentOutcome, AppError> {
        or_unsupported(self.enrolment(provider)?.enrol(token, factor, reference)).await
    }

    /// Verifies an enrolment with the code that was sent.
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
        or_unsupported(self.enrolment(provider)?.verify(token, factor, code)).await
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
        or_unsupported(self.enrolment(provider)?.unlink(token, factor)).await
    }
}

async fn or_unsupported(answer: Option<Answer<'_, EnrolmentOutcome>>) -> Result<EnrolmentOutcome, AppError> {
    let unknown = || AppError::new(ProblemCode::InvalidRequest).with_source("the provider does not manage this factor");
    Ok(answer.ok_or_else(unknown)?.await?)
}
