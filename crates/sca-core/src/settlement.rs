use sca_protocol::{Availability, Factor, Reason, Status, Timestamp};

use super::{BlockReason, Limits, Record, Refusal};
use crate::ProviderError;

impl Record {
    /// Ends an approval that is due. True when that changed it.
    pub fn expire_if_due(&mut self, now: Timestamp) -> bool {
        // What is being judged was entered in time: what it brings is waited for.
        let due = !self.is_settled() && now >= self.expires_at && !self.is_verification_in_flight(now);
        if due && self.progress.confirming.code_accepted {
            // The customer has done everything: what became of it, Weavr did not say.
            self.settle(Status::Failed, None, now);
        } else if due && self.awaits_analyses() {
            self.block(BlockReason::NotAnalysed, now);
        } else if due {
            self.settle(Status::Expired, None, now);
        }
        due
    }

    /// The partner has changed what was to be approved: what was shown of it no longer counts. A settled approval stays as it is.
    pub fn supersede(&mut self, now: Timestamp) {
        if !self.is_settled() {
            self.progress.face.session = None;
            self.settle(Status::Cancelled, Some(Reason::Changed), now);
        }
    }

    /// The customer stops.
    ///
    /// # Errors
    /// When the approval is settled, or a call is on its way to Weavr or has confirmed a payment.
    pub fn cancel(&mut self, now: Timestamp) -> Result<(), Refusal> {
        if self.is_settled() {
            return Err(Refusal::Settled);
        }
        if self.is_past_cancellation(now) {
            return Err(Refusal::InProgress);
        }
        self.settle(Status::Cancelled, None, now);
        Ok(())
    }

    /// Makes room for a last look before the customer stops, where something may have been confirmed of which nothing was heard: keeps
    /// other calls out. False where there is no need.
    ///
    /// # Errors
    /// As [`cancel`](Self::cancel), or when another call is on its way.
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

    /// Whether a call is on its way to Weavr with which something is confirmed or sent to the customer, or the customer has confirmed.
    #[must_use]
    pub fn is_past_cancellation(&self, now: Timestamp) -> bool {
        self.source.confirmation().is_some() && (self.is_leased(now) || self.progress.confirming.code_accepted)
    }

    fn awaits_analyses(&self) -> bool {
        let session = self.progress.face.session.as_ref();
        session.is_some_and(|session| session.analyses_until.is_some())
    }

    /// Ends the approval where a failure of the provider's leaves it no way on.
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

    /// The approval cannot be completed.
    pub fn fail(&mut self, reason: Reason, now: Timestamp) {
        self.settle(Status::Failed, Some(reason), now);
    }

    /// The one place where an approval ends: once.
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

    /// The provider does not take a factor: wherever it is offered, it no longer is. When that leaves a required step
    /// without any way to take it, the approval has failed.
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
                && !challenge
                    .options()
                    .any(|option| option.availability == Availability::Available)
        });
        let Some(stuck) = stuck else { return };
        let blocked = stuck
            .options()
            .any(|option| option.availability == Availability::Blocked);
        let reason = if blocked {
            Reason::FactorBlocked
        } else {
            Reason::FactorNotSetUp
        };
        self.settle(Status::Failed, Some(reason), now);
    }
}
