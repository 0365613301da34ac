//! Verification attempts: how one is reserved, and what the provider's verdict on the entry for a one-time token means. The verdict on
//! a confirmation's code is in `payment_verification`.

use sca_protocol::{Availability, Factor, FactorOption, Reason, Status, Timestamp, api::Verdict, factor::Handling};

use super::{Limits, Record, Refusal};
use crate::{InvalidResponse, ProviderError, TokenStatus, VerificationVerdict};

/// A reserved verification attempt, which the backend may submit to the provider. It counts as failed until the verdict arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptReservation {
    /// The challenge's id.
    pub challenge: String,
    /// The factor.
    pub factor: Factor,
    /// The holder of the lease.
    pub holder: String,
}

/// The result of a verification attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// The verdict for the widget.
    Verdict(Verdict),
    /// The provider call failed without a verdict.
    Failed(ProviderError),
}

impl Record {
    /// Reserves a verification attempt: checks the challenge and the factor, counts the attempt and takes the lease.
    ///
    /// # Errors
    /// When the approval is settled, another call holds the lease, or the challenge or factor is not available now.
    pub fn reserve_attempt(
        &mut self,
        challenge: &str,
        factor: &Factor,
        holder: &str,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<AttemptReservation, Refusal> {
        if self.is_settled() {
            return Err(Refusal::Settled);
        }
        let open = self.open_challenge_mut(challenge).ok_or(Refusal::Factor)?;
        if !open.option(factor).is_some_and(is_accepted) {
            return Err(Refusal::Factor);
        }
        if self.is_cooling_off(factor, now) {
            return Err(Refusal::CoolingOff);
        }
        let open = self.open_challenge_mut(challenge).ok_or(Refusal::Factor)?;
        let code_is_out = open
            .delivery
            .as_ref()
            .is_some_and(|delivery| delivery.factor == *factor);
        if factor.handling() == Handling::Code && !code_is_out {
            return Err(Refusal::Factor);
        }
        self.take_lease(holder, Some(challenge), now, limits)?;
        if self.progress.failed_attempts >= limits.max_failed_attempts {
            // Attempts with lost verdicts used up the limit.
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
            return Err(Refusal::Settled);
        }
        self.progress.failed_attempts += 1;
        Ok(AttemptReservation {
            challenge: challenge.into(),
            factor: factor.clone(),
            holder: holder.into(),
        })
    }

    /// Applies the provider's verdict on an attempt, and the token's status that was read after it.
    ///
    /// The attempt is accepted only if the token's status shows the challenge as passed. A failed attempt stays counted, and so does
    /// one whose verdict was lost. The last attempt of [`Limits::max_failed_attempts`] declines the approval.
    pub fn conclude_attempt(
        &mut self,
        attempt: &AttemptReservation,
        verification: Result<VerificationVerdict, ProviderError>,
        status: Option<&TokenStatus>,
        now: Timestamp,
        limits: &Limits,
    ) -> AttemptResult {
        if self.is_settled() {
            return AttemptResult::Verdict(self.verdict_when_settled());
        }
        if !self.drop_lease(&attempt.holder) {
            return self.conclude_late(status, now);
        }
        if let Some(status) = status {
            self.apply_token_status(status, now);
        }
        let cleared = match &verification {
            // Only an explicit `passed` overrides a negative verdict: the status may name the challenge differently or omit it.
            Ok(
                VerificationVerdict::Refused
                | VerificationVerdict::Blocked
                | VerificationVerdict::NotSetUp
                | VerificationVerdict::CodeExpired
                | VerificationVerdict::CodeNotSent
                | VerificationVerdict::CannotDecrypt,
            ) => {
                status.is_some_and(|status| status.is_cleared() || self.is_reported_passed(&attempt.challenge, status))
            }
            Ok(VerificationVerdict::Accepted) | Err(_) => {
                status.is_some() && !self.is_challenge_open(&attempt.challenge)
            }
        };
        let result = match verification {
            Ok(VerificationVerdict::Accepted) if status.is_none() => {
                self.refund_attempt();
                self.progress.status_unknown = true;
                AttemptResult::Failed(ProviderError::Broken)
            }
            Ok(_) | Err(_) if cleared => {
                self.progress.failed_attempts = 0;
                self.progress.unanswered_attempt = None;
                AttemptResult::Verdict(Verdict::Accepted)
            }
            Ok(VerificationVerdict::Accepted | VerificationVerdict::Refused) => {
                AttemptResult::Verdict(Verdict::Refused)
            }
            Ok(VerificationVerdict::CodeExpired) => AttemptResult::Verdict(Verdict::CodeExpired),
            Ok(VerificationVerdict::CodeNotSent) => {
                self.refund_attempt();
                self.clear_delivery(&attempt.challenge);
                AttemptResult::Verdict(Verdict::CodeExpired)
            }
            // This attempt may have caused the block, so it stays counted.
            Ok(VerificationVerdict::Blocked) => {
                self.disable_factor(&attempt.factor, &Availability::Blocked, now);
                AttemptResult::Verdict(Verdict::Blocked)
            }
            Ok(VerificationVerdict::NotSetUp) => {
                self.refund_attempt();
                self.disable_factor(&attempt.factor, &Availability::NotSetUp, now);
                AttemptResult::Verdict(Verdict::NotSetUp)
            }
            Ok(VerificationVerdict::CannotDecrypt) => {
                self.refund_attempt();
                self.progress.status_unknown = true;
                self.progress.undecryptable = self.progress.undecryptable.saturating_add(1);
                if self.progress.undecryptable >= limits.max_undecryptable {
                    self.fail(Reason::ProviderRefused, now);
                }
                if self.progress.undecryptable > 1 {
                    AttemptResult::Failed(ProviderError::Unusable(InvalidResponse::Status(500)))
                } else {
                    AttemptResult::Verdict(Verdict::KeyStale)
                }
            }
            Err(error) => {
                if error.is_not_executed() {
                    self.refund_attempt();
                } else {
                    self.progress.status_unknown = status.is_none();
                    self.progress.unanswered_attempt = Some(attempt.challenge.clone());
                }
                self.settle_on_error(&error, now);
                AttemptResult::Failed(error)
            }
        };
        if self.progress.failed_attempts >= limits.max_failed_attempts {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        }
        result
    }

    /// Takes back an attempt that the provider was never asked about, because something that comes before it failed.
    pub fn conclude_unsubmitted_attempt(
        &mut self,
        attempt: &AttemptReservation,
        error: ProviderError,
        now: Timestamp,
    ) -> AttemptResult {
        if self.is_settled() {
            return AttemptResult::Verdict(self.verdict_when_settled());
        }
        if !self.drop_lease(&attempt.holder) {
            return self.conclude_late(None, now);
        }
        self.refund_attempt();
        AttemptResult::Failed(error)
    }

    /// An attempt whose lease expired stays counted. Only the token's status is applied.
    fn conclude_late(&mut self, status: Option<&TokenStatus>, now: Timestamp) -> AttemptResult {
        match status {
            Some(status) => self.apply_token_status(status, now),
            None => self.progress.status_unknown = !self.is_settled(),
        }
        AttemptResult::Failed(ProviderError::TimedOut)
    }

    fn is_challenge_open(&self, challenge: &str) -> bool {
        self.progress
            .challenges
            .iter()
            .any(|known| known.id == challenge && known.is_open())
    }

    /// Whether the provider reports the challenge as passed.
    pub(super) fn is_reported_passed(&self, challenge: &str, status: &TokenStatus) -> bool {
        let known = &self.progress.challenges;
        known.iter().find(|known| known.id == challenge).is_some_and(|step| {
            let factor = &step.primary.factor;
            let reported = status.challenges.iter().filter(|reported| reported.primary == *factor);
            let same_factor = known.iter().filter(|known| known.primary.factor == *factor);
            step.passed && reported.count() >= same_factor.count()
        })
    }

    pub(super) fn verdict_when_settled(&self) -> Verdict {
        if self.status == Status::Approved {
            Verdict::Accepted
        } else {
            Verdict::Refused
        }
    }

    pub(super) fn refund_attempt(&mut self) {
        self.progress.failed_attempts = self.progress.failed_attempts.saturating_sub(1);
    }

    pub(super) fn clear_delivery(&mut self, challenge: &str) {
        for known in &mut self.progress.challenges {
            if known.id == challenge {
                known.delivery = None;
            }
        }
    }
}

/// Whether an attempt with a factor may be made. The host's page scans a face also where this version of the widget does not.
fn is_accepted(option: &FactorOption) -> bool {
    option.is_usable() || (option.factor == Factor::FaceScan && option.availability == Availability::Available)
}
