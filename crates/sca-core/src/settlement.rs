use sca_protocol::{Availability, Factor, Reason, Status, Timestamp};

use super::{BlockReason, Limits, Record, Refusal};
use crate::ProviderError;

impl Record {
    /// Settles the approval if it has expired. True when that changed it.
    pub fn expire_if_due(&mut self, now: Timestamp) -> bool {
        // A code that the provider is verifying was entered in time.
        let due = !self.is_settled() && now >= self.expires_at && !self.is_verification_in_flight(now);
        if due && self.progress.confirmation.code_accepted {
            // The customer did everything, but the provider did not report the result.
            self.settle(Status::Failed, None, now);
        } else if due && self.awaits_analyses() {
            self.block(BlockReason::NotAnalysed, now);
        } else if due {
            self.settle(Status::Expired, None, now);
        }
        due
    }

    /// Cancels a pending approval because the partner replaced it. A settled one is unchanged.
    pub fn supersede(&mut self, now: Timestamp) {
        if !self.is_settled() {
            self.progress.face.session = None;
            self.settle(Status::Cancelled, Some(Reason::Changed), now);
        }
    }

    /// Cancels the approval on the customer's request.
    ///
    /// # Errors
    /// When the approval is settled, or it [is past cancellation](Self::is_past_cancellation).
    pub fn cancel(&mut self, now: Timestamp) -> Result<(), Refusal> {
        self.stop(Status::Cancelled, None, now)
    }

    /// Declines the approval, because the customer says that the action is not theirs.
    ///
    /// # Errors
    /// As [`cancel`](Self::cancel).
    pub fn deny(&mut self, now: Timestamp) -> Result<(), Refusal> {
        self.stop(Status::Declined, Some(Reason::Denied), now)
    }

    fn stop(&mut self, status: Status, reason: Option<Reason>, now: Timestamp) -> Result<(), Refusal> {
        if self.is_settled() {
            return Err(Refusal::Settled);
        }
        if self.is_past_cancellation(now) {
            return Err(Refusal::InProgress);
        }
        self.settle(status, reason, now);
        Ok(())
    }

    /// Takes the lease for a final poll before a cancellation, where the customer may have confirmed without the backend having received
    /// the result. False when no poll is necessary.
    ///
    /// # Errors
    /// As [`cancel`](Self::cancel), or when another call holds the lease.
    pub fn reserve_cancellation(&mut self, holder: &str, now: Timestamp, limits: &Limits) -> Result<bool, Refusal> {
        if self.is_settled() {
            return Err(Refusal::Settled);
        }
        if self.is_past_cancellation(now) {
            return Err(Refusal::InProgress);
        }
        if !self.may_have_unreported_result() {
            return Ok(false);
        }
        self.take_lease(holder, None, now, limits)?;
        Ok(true)
    }

    /// Whether a confirmation can no longer be cancelled: a call to the provider is in flight, or the provider accepted a code.
    #[must_use]
    pub fn is_past_cancellation(&self, now: Timestamp) -> bool {
        self.source.confirmation().is_some() && (self.is_leased(now) || self.progress.confirmation.code_accepted)
    }

    fn awaits_analyses(&self) -> bool {
        let session = self.progress.face.session.as_ref();
        session.is_some_and(|session| session.analyses_until.is_some())
    }

    /// Settles the approval after a provider error that it cannot recover from.
    pub fn settle_on_error(&mut self, error: &ProviderError, now: Timestamp) {
        match error {
            ProviderError::SessionEnded => self.fail(Reason::SessionEnded, now),
            ProviderError::Locked { .. } => self.fail(Reason::FactorBlocked, now),
            ProviderError::TokenRefused(_) | ProviderError::Forbidden => {
                self.fail(Reason::ProviderRefused, now);
            }
            ProviderError::StepUpRequired
            | ProviderError::TooManyRequests { .. }
            | ProviderError::Malformed
            | ProviderError::Unreachable
            | ProviderError::Overloaded
            | ProviderError::TimedOut
            | ProviderError::Broken
            | ProviderError::Unusable(_)
            | ProviderError::ClientRefused(_) => {}
        }
    }

    /// Settles the approval as failed.
    pub fn fail(&mut self, reason: Reason, now: Timestamp) {
        self.settle(Status::Failed, Some(reason), now);
    }

    /// Settles the approval. This is the only function that does, and it does so once.
    pub(super) fn settle(&mut self, status: Status, reason: Option<Reason>, now: Timestamp) {
        if self.is_settled() {
            return;
        }
        self.status = status;
        self.reason = reason;
        self.settled_at = Some(now);
        self.progress.lease = None;
        self.progress.status_unknown = false;
        self.progress.face.session = None;
        self.progress.next_poll_at = None;
    }

    /// Disables a factor in all challenges. The approval fails when a required challenge has no available factor left.
    pub(super) fn disable_factor(&mut self, factor: &Factor, availability: &Availability, now: Timestamp) {
        for challenge in &mut self.progress.challenges {
            for option in std::iter::once(&mut challenge.primary).chain(&mut challenge.alternatives) {
                if option.factor == *factor {
                    option.availability = availability.clone();
                }
            }
        }
        self.fail_if_no_factor_left(now);
    }

    pub(super) fn fail_if_no_factor_left(&mut self, now: Timestamp) {
        let stuck = self.progress.challenges.iter().find(|challenge| {
            challenge.is_open()
                && !challenge.options().any(|option| {
                    option.availability == Availability::Available && !self.is_cooling_off(&option.factor, now)
                })
        });
        let Some(stuck) = stuck else { return };
        let blocked = stuck
            .options()
            .any(|option| option.availability == Availability::Blocked);
        let cooling_off = stuck
            .options()
            .any(|option| option.availability == Availability::Available && self.is_cooling_off(&option.factor, now));
        let reason = if blocked {
            Reason::FactorBlocked
        } else if cooling_off {
            Reason::FactorCoolingOff
        } else {
            Reason::FactorNotSetUp
        };
        self.settle(Status::Failed, Some(reason), now);
    }
}
