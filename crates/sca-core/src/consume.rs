use std::time::Duration;

use sca_protocol::{Access, Action, Status, Timestamp};

use super::{Limits, ProviderId, Record, Source};
use crate::Fingerprint;

/// How long after an approval an enrolment may begin with it.
const APPROVAL_VALID_FOR: Duration = Duration::from_secs(600);

/// Why an approval cannot be consumed. The request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsumeRefusal {
    /// It was created for another request, or belongs to another partner.
    #[error("the approval was created for another request")]
    Mismatch,
    /// The customer has not completed the challenges.
    #[error("the approval is pending")]
    Pending,
    /// It was settled without approval, or longer ago than [`Limits::settled_grace_period`].
    #[error("the approval has ended")]
    Ended,
    /// It was consumed before.
    #[error("the approval was consumed before")]
    Consumed,
}

/// Why an enrolment cannot begin with an approval. The approval is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentApprovalRefusal {
    /// The partner has no such approval.
    #[error("there is no such approval")]
    Unknown,
    /// It is not about access to the security settings, or belongs to another provider, profile or user.
    #[error("the approval is not for the security settings of this customer")]
    Mismatch,
    /// The customer has not approved it, or the provider asked for no factor.
    #[error("the customer has not approved it with a factor")]
    NotApproved,
    /// The customer approved it too long ago.
    #[error("the customer approved it too long ago")]
    TooOld,
    /// It was used before.
    #[error("the approval was used before")]
    Used,
}

impl Record {
    /// Consumes the approval for the request that it was created for. An approval can be consumed once.
    ///
    /// # Errors
    /// When it cannot be consumed. The record is unchanged then.
    pub fn consume(&mut self, request: &Fingerprint, now: Timestamp, limits: &Limits) -> Result<(), ConsumeRefusal> {
        if self.request.as_ref() != Some(request) {
            return Err(ConsumeRefusal::Mismatch);
        }
        if self.consumed_at.is_some() {
            return Err(ConsumeRefusal::Consumed);
        }
        match self.status {
            Status::Approved if self.is_gone(now, limits) => Err(ConsumeRefusal::Ended),
            Status::Approved => {
                self.consumed_at = Some(now);
                Ok(())
            }
            Status::Pending => Err(ConsumeRefusal::Pending),
            Status::Declined | Status::Cancelled | Status::Expired | Status::Failed | Status::Other(_) => {
                Err(ConsumeRefusal::Ended)
            }
        }
    }

    /// Consumes an approval for an enrolment of the same customer.
    ///
    /// The approval has to be of access to the security settings, at the same provider, for the same profile, and of the same user where
    /// the provider reported one. The customer has to have passed a challenge of it: a provider may name none, for example for a customer
    /// without factors, and such an approval proves nothing.
    ///
    /// # Errors
    /// When it cannot be used. The record is unchanged then.
    pub fn consume_for_enrolment(
        &mut self,
        provider: &ProviderId,
        profile: Option<&str>,
        user: Option<&str>,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<(), EnrolmentApprovalRefusal> {
        let is_security = match self.action {
            Action::Access(Access::Security) => true,
            Action::Access(Access::Account) | Action::Statement(_) | Action::Payments(_) | Action::Payees(_) => false,
        };
        let is_of_customer = match &self.source {
            Source::OneTimeToken {
                provider: rejected_by,
                profile: approved,
                ..
            } => rejected_by == provider && approved.is_some() && approved.as_deref() == profile,
            Source::Transfer(_) | Source::Confirmation(_) => false,
        };
        let is_of_user = match (&self.progress.user, user) {
            (Some(approved), Some(user)) => approved == user,
            (Some(_) | None, None) | (None, Some(_)) => true,
        };
        if !is_security || !is_of_customer || !is_of_user || self.request.is_some() {
            return Err(EnrolmentApprovalRefusal::Mismatch);
        }
        if self.consumed_at.is_some() {
            return Err(EnrolmentApprovalRefusal::Used);
        }
        let challenges = &self.progress.challenges;
        let is_authenticated =
            challenges.iter().any(|challenge| challenge.passed) && !self.progress.evidence.is_empty();
        let is_approved = match self.status {
            Status::Approved => is_authenticated,
            Status::Pending
            | Status::Declined
            | Status::Cancelled
            | Status::Expired
            | Status::Failed
            | Status::Other(_) => false,
        };
        let Some(settled_at) = self.settled_at.filter(|_| is_approved) else {
            return Err(EnrolmentApprovalRefusal::NotApproved);
        };
        if now >= settled_at.plus(APPROVAL_VALID_FOR) || self.is_gone(now, limits) {
            return Err(EnrolmentApprovalRefusal::TooOld);
        }
        self.consumed_at = Some(now);
        Ok(())
    }

    /// Undoes [`consume`](Self::consume), for a request that certainly did not reach the provider.
    pub fn release(&mut self) {
        self.consumed_at = None;
    }
}
