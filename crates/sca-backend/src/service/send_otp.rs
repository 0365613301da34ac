use sca_protocol::{
    Approval,
    api::{ProblemCode, Start},
    factor::Handling,
};

use sca_core::{OtpSendResult, ProviderError, Record, Refusal, Source};

use super::Backend;
use crate::problem::AppError;

impl Backend {
    /// Starts a factor: sends a code or a phone request, or opens a face session.
    ///
    /// # Errors
    /// When the factor is not available now, or the provider gives no usable response.
    pub async fn start(&self, record: &Record, start: &Start) -> Result<Approval, AppError> {
        let id = &record.id;
        match &record.source {
            Source::Confirmation(_) => self.issue(id, start).await,
            Source::Transfer(_) | Source::OneTimeToken { .. }
                if matches!(start.factor.handling(), Handling::Frame(_)) =>
            {
                self.start_face(id, start).await
            }
            Source::Transfer(_) | Source::OneTimeToken { .. } => self.send_code(record, start).await,
        }
    }

    async fn send_code(&self, record: &Record, start: &Start) -> Result<Approval, AppError> {
        let id = record.id.as_str();
        let tokens = self.tokens_of(record)?;
        if !tokens.sends_otp(&start.factor) {
            return Err(AppError::new(ProblemCode::FactorNotAvailable));
        }
        let waits = self.factor_waits_of(record).await?;
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let (lease, request) = (holder.clone(), start.clone());
        let (record, reserved) = self
            .update_record(id, move |record, now| {
                record.apply_waits(waits, now);
                record.with_evidence(&request.shown, &request.challenge, &request.factor, now, |record| {
                    record.reserve_otp_send(&request.challenge, &request.factor, &lease, now, &limits)
                })
            })
            .await?;
        reserved.map_err(|refusal| self.too_early(refusal))?;
        let result = match self.session(&record).await {
            Ok(session) => tokens.send_otp(&session, &start.factor).await,
            Err(error) => {
                tracing::error!(approval = id, ?error, "the tokens cannot be read");
                Err(ProviderError::Unreachable)
            }
        };
        let request = start.clone();
        let (record, result) = self
            .update_record(id, move |record, now| {
                record.conclude_otp_send(&request.challenge, &request.factor, &holder, &result, now, &limits);
                result
            })
            .await?;
        match result {
            Ok(OtpSendResult::Sent { .. }) => Ok(self.snapshot(&record)),
            Ok(OtpSendResult::Blocked | OtpSendResult::NotSetUp) => Err(AppError::new(ProblemCode::FactorNotAvailable)),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn too_early(&self, refusal: Refusal) -> AppError {
        match refusal {
            Refusal::TooEarly { not_before } => AppError::from(refusal).retry_after(self.now().until(not_before)),
            Refusal::Settled | Refusal::InProgress | Refusal::Factor | Refusal::CoolingOff | Refusal::ShownMismatch => {
                refusal.into()
            }
        }
    }
}
