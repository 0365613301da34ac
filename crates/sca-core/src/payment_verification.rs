//! The verdict of a provider that issues challenges itself on the code of a confirmation.

use sca_protocol::{Availability, Reason, Status, Timestamp, api::Verdict};

use super::{AttemptReservation, AttemptResult, ConfirmationTarget, Limits, Observation, Record};
use crate::{InvalidResponse, ProviderError, VerifyResult};

impl Record {
    /// Applies the provider's response to a code, and the observation that was read after it.
    ///
    /// An accepted code alone does not approve payments: each has to be observed as cleared. A wrong code stays counted, and so does one
    /// whose verdict was lost. The last attempt of [`Limits::max_failed_attempts`] declines the approval, unless the provider did before.
    pub fn conclude_verification(
        &mut self,
        attempt: &AttemptReservation,
        verify_result: &Result<VerifyResult, ProviderError>,
        observation: Option<&Observation>,
        now: Timestamp,
        limits: &Limits,
    ) -> AttemptResult {
        let in_time = self
            .progress
            .lease
            .as_ref()
            .is_some_and(|lease| lease.holder == attempt.holder);
        // The observation comes first: the target may have been confirmed or rejected in the meantime.
        if let Some(observation) = observation {
            self.apply_observation(observation, now);
        }
        if !self.is_settled() {
            self.apply_verify_result(attempt, verify_result, observation, now, limits);
        }
        // After an accepted code more phases count as cleared.
        if let Some(observation) = observation {
            self.apply_observation(observation, now);
        }
        self.drop_lease(&attempt.holder);
        let result = if self.is_settled() {
            AttemptResult::Verdict(self.verdict_when_settled())
        } else {
            self.attempt_result(verify_result, observation, in_time)
        };
        if self.progress.failed_attempts >= limits.max_failed_attempts {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        }
        // Polling starts anew: the first poll need not wait.
        self.progress.next_poll_at = None;
        self.schedule_next_poll(now, &limits.confirmations);
        result
    }

    fn apply_verify_result(
        &mut self,
        attempt: &AttemptReservation,
        verify_result: &Result<VerifyResult, ProviderError>,
        observation: Option<&Observation>,
        now: Timestamp,
        limits: &Limits,
    ) {
        match verify_result {
            Ok(VerifyResult::Accepted) => self.accept_code(attempt, now, limits),
            // Only a step-up has this result.
            Ok(VerifyResult::AlreadyVerified) if self.is_step_up() => self.accept_code(attempt, now, limits),
            Ok(VerifyResult::Wrong) => self.progress.confirmation.last_attempt = false,
            Ok(VerifyResult::WrongLastAttemptLeft) => self.progress.confirmation.last_attempt = true,
            Ok(VerifyResult::LimitReached) => self.settle(Status::Declined, Some(Reason::TooManyAttempts), now),
            Ok(VerifyResult::CodeExpired) => {
                self.refund_attempt();
                self.clear_code(attempt);
            }
            Ok(VerifyResult::NothingPending | VerifyResult::AlreadyVerified) => {
                self.refund_attempt();
                match observation {
                    Some(_) => self.clear_code(attempt),
                    None => self.progress.status_unknown = true,
                }
            }
            Ok(VerifyResult::FactorNotSetUp) => {
                self.refund_attempt();
                self.disable_factor(&attempt.factor, &Availability::NotSetUp, now);
            }
            Ok(VerifyResult::Malformed) => self.refund_attempt(),
            // The provider may have verified the code.
            Ok(VerifyResult::Rejected) => {}
            Err(error) => {
                if error.is_not_executed() {
                    self.refund_attempt();
                } else {
                    self.progress.status_unknown = observation.is_none();
                    self.progress.unanswered_attempt = Some(attempt.challenge.clone());
                }
                self.settle_on_error(error, now);
            }
        }
    }

    fn attempt_result(
        &self,
        verify_result: &Result<VerifyResult, ProviderError>,
        observation: Option<&Observation>,
        in_time: bool,
    ) -> AttemptResult {
        match verify_result {
            Ok(VerifyResult::Accepted) => AttemptResult::Verdict(Verdict::Accepted),
            Ok(_) | Err(_) if !in_time => AttemptResult::Failed(ProviderError::TimedOut),
            Ok(VerifyResult::Wrong | VerifyResult::WrongLastAttemptLeft | VerifyResult::LimitReached) => {
                AttemptResult::Verdict(Verdict::Refused)
            }
            Ok(VerifyResult::CodeExpired) => AttemptResult::Verdict(Verdict::CodeExpired),
            Ok(VerifyResult::NothingPending | VerifyResult::AlreadyVerified) => match observation {
                // A newer code was sent, or nothing is pending.
                Some(_) => AttemptResult::Verdict(Verdict::CodeExpired),
                None => AttemptResult::Failed(ProviderError::Broken),
            },
            Ok(VerifyResult::FactorNotSetUp) => AttemptResult::Verdict(Verdict::NotSetUp),
            Ok(VerifyResult::Malformed) => AttemptResult::Failed(ProviderError::Unusable(InvalidResponse::Status(400))),
            Ok(VerifyResult::Rejected) => AttemptResult::Failed(ProviderError::Unusable(InvalidResponse::Status(409))),
            Err(error) => AttemptResult::Failed(error.clone()),
        }
    }

    /// Records an accepted code. It approves a step-up and a batch of payees. Payments are approved by their observations.
    fn accept_code(&mut self, attempt: &AttemptReservation, now: Timestamp, limits: &Limits) {
        self.progress.failed_attempts = 0;
        self.progress.unanswered_attempt = None;
        self.progress.confirmation.last_attempt = false;
        self.progress.confirmation.code_accepted = true;
        for challenge in &mut self.progress.challenges {
            if challenge.id == attempt.challenge {
                challenge.passed = true;
                challenge.delivery = None;
            }
        }
        let target = self.source.confirmation().map(|confirmation| &confirmation.target);
        match target {
            Some(ConfirmationTarget::StepUp | ConfirmationTarget::PayeeBatch(_)) => self.clear(now),
            // The customer has finished in time, so the observations get their own deadline.
            Some(ConfirmationTarget::Payments { .. }) => {
                self.expires_at = self.expires_at.max(now.plus(limits.confirmations.settlement_grace));
            }
            None => {}
        }
    }

    /// Removes a code that is no longer valid, so that another can be sent.
    fn clear_code(&mut self, attempt: &AttemptReservation) {
        self.progress
            .confirmation
            .issued
            .retain(|issued| issued.factor != attempt.factor);
        self.clear_delivery(&attempt.challenge);
    }

    fn is_step_up(&self) -> bool {
        let confirmation = self.source.confirmation();
        confirmation.is_some_and(|confirmation| confirmation.target == ConfirmationTarget::StepUp)
    }
}
