//! The ways that a customer has set up at Weavr, and setting them up: passed on, nothing is kept.

use sca_protocol::{Factor, api::ProblemCode};

use super::super::Backend;
use crate::{
    problem::AppError,
    providers::{
        ProviderError,
        weavr::{
            Channel,
            factors::{ChannelName, EnrolResult, FactorStatus, UnlinkResult, VerifyEnrolmentResult},
        },
    },
    secret::Secret,
};

/// One way that a customer has to confirm things, or has begun to set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorReport {
    /// The way; one that is not known here by Weavr's name.
    pub factor: Factor,
    /// Whether it can be used: `active`, `pending-verification`, `inactive`, or Weavr's word where that is not known.
    pub status: String,
}

/// What came of setting a way up or giving it up, as the partner's server is told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnrolmentOutcome {
    /// A code or a request is on its way to the customer.
    Started,
    /// It can be used now; the customer's session is stepped up with that.
    SetUp,
    /// It could be used before.
    AlreadySetUp,
    /// The customer no longer has it.
    Unlinked,
    /// The customer did not have it.
    NotSetUp,
    /// The code is wrong.
    Wrong,
    /// The code is wrong, and the next one is the last.
    LastTry,
    /// The code is too old.
    CodeExpired,
    /// Nothing waits for a code.
    NothingToVerify,
    /// No more tries.
    TooMany,
    /// It cannot be set up or given up from here, or not by customers of this kind.
    NotSupported,
    /// Weavr has to make it ready first.
    NotReady,
    /// Weavr has no number of the customer's.
    NumberMissing,
    /// No text can be sent to the customer's number.
    NumberUnusable,
    /// The customer has chosen no passcode yet.
    PasscodeMissing,
    /// The customer's credentials are inactive.
    Inactive,
    /// The session has to be stepped up first.
    StepUpRequired,
    /// Weavr says something that is not known here; the log has it.
    Refused,
}

impl Backend {
    /// The ways that a customer has set up or begun to.
    ///
    /// # Errors
    /// When Weavr is not configured or does not say.
    pub async fn factors(&self, token: &Secret) -> Result<Vec<FactorReport>, AppError> {
        let factors = self.weavr()?.factors(token).await?;
        let report = factors.into_iter().map(|known| FactorReport {
            factor: factor(&known.channel),
            status: match &known.status {
                FactorStatus::Active => "active".to_owned(),
                FactorStatus::PendingVerification => "pending-verification".to_owned(),
                FactorStatus::Inactive => "inactive".to_owned(),
                FactorStatus::Other(name) => name.to_string(),
            },
        });
        Ok(report.collect())
    }

    /// Begins to set a way up. `reference` names the attempt.
    ///
    /// # Errors
    /// When Weavr is not configured or does not say what came of it.
    pub async fn enrol(&self, token: &Secret, factor: &Factor, reference: &str) -> Result<EnrolmentOutcome, AppError> {
        let outcome = match self.weavr()?.enrol(token, channel(factor)?, reference).await {
            Err(ProviderError::StepUpRequired) => return Ok(EnrolmentOutcome::StepUpRequired),
            outcome => outcome?,
        };
        Ok(match outcome {
            EnrolResult::Started => EnrolmentOutcome::Started,
            EnrolResult::AlreadySetUp => EnrolmentOutcome::AlreadySetUp,
            EnrolResult::NotSupported => EnrolmentOutcome::NotSupported,
            EnrolResult::NotReady => EnrolmentOutcome::NotReady,
            EnrolResult::NumberMissing => EnrolmentOutcome::NumberMissing,
            EnrolResult::NumberInvalid | EnrolResult::CountryNotSupported => EnrolmentOutcome::NumberUnusable,
            EnrolResult::PasscodeMissing => EnrolmentOutcome::PasscodeMissing,
            EnrolResult::CredentialsInactive => EnrolmentOutcome::Inactive,
            EnrolResult::LimitReached => EnrolmentOutcome::TooMany,
            EnrolResult::NotFound | EnrolResult::Refused(_) => EnrolmentOutcome::Refused,
        })
    }

    /// Ends setting codes by text message up.
    ///
    /// # Errors
    /// When Weavr is not configured or does not say what came of it.
    pub async fn verify_enrolment(
        &self,
        token: &Secret,
        factor: &Factor,
        code: &Secret,
    ) -> Result<EnrolmentOutcome, AppError> {
        match channel(factor)? {
            Channel::Sms => {}
            Channel::Authy | Channel::Biometric => return Ok(EnrolmentOutcome::NotSupported),
        }
        Ok(match self.weavr()?.verify_enrolment(token, code).await? {
            VerifyEnrolmentResult::Accepted => EnrolmentOutcome::SetUp,
            VerifyEnrolmentResult::Wrong => EnrolmentOutcome::Wrong,
            VerifyEnrolmentResult::WrongLastAttemptLeft => EnrolmentOutcome::LastTry,
            VerifyEnrolmentResult::LimitReached => EnrolmentOutcome::TooMany,
            VerifyEnrolmentResult::CodeExpired => EnrolmentOutcome::CodeExpired,
            VerifyEnrolmentResult::NotPending => EnrolmentOutcome::NothingToVerify,
            VerifyEnrolmentResult::AlreadySetUp => EnrolmentOutcome::AlreadySetUp,
            VerifyEnrolmentResult::NotSupported => EnrolmentOutcome::NotSupported,
            VerifyEnrolmentResult::CredentialsInactive => EnrolmentOutcome::Inactive,
            VerifyEnrolmentResult::Malformed => return Err(AppError::new(ProblemCode::InvalidRequest)),
            VerifyEnrolmentResult::NotFound | VerifyEnrolmentResult::Refused(_) => EnrolmentOutcome::Refused,
        })
    }

    /// Gives a way up.
    ///
    /// # Errors
    /// When Weavr is not configured or does not say what came of it.
    pub async fn unlink(&self, token: &Secret, factor: &Factor) -> Result<EnrolmentOutcome, AppError> {
        let outcome = match self.weavr()?.unlink(token, channel(factor)?).await {
            Err(ProviderError::StepUpRequired) => return Ok(EnrolmentOutcome::StepUpRequired),
            outcome => outcome?,
        };
        Ok(match outcome {
            UnlinkResult::Unlinked => EnrolmentOutcome::Unlinked,
            UnlinkResult::NotSetUp => EnrolmentOutcome::NotSetUp,
            UnlinkResult::NotSupported => EnrolmentOutcome::NotSupported,
            UnlinkResult::CredentialsInactive => EnrolmentOutcome::Inactive,
            UnlinkResult::Refused(_) => EnrolmentOutcome::Refused,
        })
    }
}

fn channel(factor: &Factor) -> Result<Channel, AppError> {
    Channel::of(factor)
        .ok_or_else(|| AppError::new(ProblemCode::InvalidRequest).with_source("Weavr has no such factor"))
}

fn factor(channel: &ChannelName) -> Factor {
    match channel {
        ChannelName::Sms => Factor::Sms,
        ChannelName::Authy => Factor::Push,
        ChannelName::Biometric => Factor::Biometric,
        ChannelName::Other(name) => Factor::Other(name.clone()),
    }
}
