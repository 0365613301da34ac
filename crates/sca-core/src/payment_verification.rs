use sca_protocol::{Availability, Reason, Status, Timestamp, api::Verdict};

use super::{AttemptReservation, AttemptResult, ConfirmationTarget, Limits, Observation, Record};
use crate::{InvalidResponse, ProviderError, VerifyResult};

impl Record {
    /// Takes over what Weavr said to a code, and what was seen after it.
    ///
    /// That a code was taken approves no payment: it is approved once each was seen cleared. A wrong code stays counted, and so does one
    /// that may have been judged without our hearing of it; the last of five declines the approval, if Weavr has not before.
    pub fn conclude_verification(
        &mut self,
        entry: &AttemptReservation,
        verify_result: &Result<VerifyResult, ProviderError>,
        observation: Option<&Observation>,
        now: Timestamp,
        limits: &Limits,
    ) -> AttemptResult {
        let in_time = self
            .progress
            .lease
            .as_ref()
            .is_some_and(|lease| lease.holder == entry.holder);
        // What was seen comes first: somebody may have confirmed or rejected it in the meantime.
        if let Some(observation) = observation {
            self.apply_observation(observation, now);
        }
        if !self.is_settled() {
            self.judge(entry, verify_result, observation, now, limits);
        }
        // A code that was taken lets more count as confirmed.
        if let Some(observation) = observation {
            self.apply_observation(observation, now);
        }
        self.drop_lease(&entry.holder);
        let told = if self.is_settled() {
            AttemptResult::Verdict(self.verdict_when_settled())
        } else {
            self.told(verify_result, observation, in_time)
        };
        if self.progress.failed_attempts >= limits.max_failed_attempts {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        }
        // From the beginning: what has happened can be seen at once.
        self.progress.next_poll_at = None;
        self.schedule_next_poll(now, &limits.confirmations);
        told
    }

    fn judge(
        &mut self,
        entry: &AttemptReservation,
        verify_result: &Result<VerifyResult, ProviderError>,
        observation: Option<&Observation>,
        now: Timestamp,
        limits: &Limits,
    ) {
        match verify_result {
            Ok(VerifyResult::Accepted) => self.take(entry, now, limits),
            // Of a session that is stepped up; nothing else is.
            Ok(VerifyResult::AlreadyVerified) if self.steps_up() => self.take(entry, now, limits),
            Ok(VerifyResult::Wrong) => self.progress.confirming.last_attempt = false,
            Ok(VerifyResult::WrongLastAttemptLeft) => self.progress.confirming.last_attempt = true,
            Ok(VerifyResult::LimitReached) => self.settle(Status::Declined, Some(Reason::TooManyAttempts), now),
            Ok(VerifyResult::CodeExpired) => {
                self.refund_attempt();
                self.clear_code(entry);
            }
            Ok(VerifyResult::NothingPending | VerifyResult::AlreadyVerified) => {
                self.refund_attempt();
                match observation {
                    Some(_) => self.clear_code(entry),
                    None => self.progress.status_unknown = true,
                }
            }
            Ok(VerifyResult::FactorNotSetUp) => {
                self.refund_attempt();
                self.disable_factor(&entry.factor, &Availability::NotSetUp, now);
            }
            Ok(VerifyResult::Malformed) => self.refund_attempt(),
            // It may have been judged.
            Ok(VerifyResult::Rejected) => {}
            Err(error) => {
                if error.is_not_executed() {
                    self.refund_attempt();
                } else {
                    self.progress.status_unknown = observation.is_none();
                    self.progress.unanswered_attempt = Some(entry.challenge.clone());
                }
                self.settle_on_error(error, now);
            }
        }
    }

    fn told(
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
                // Another code was sent since, or none waits.
                Some(_) => AttemptResult::Verdict(Verdict::CodeExpired),
                None => AttemptResult::Failed(ProviderError::Broken),
            },
            Ok(VerifyResult::FactorNotSetUp) => AttemptResult::Verdict(Verdict::NotSetUp),
            Ok(VerifyResult::Malformed) => AttemptResult::Failed(ProviderError::Unusable(InvalidResponse::Status(400))),
            Ok(VerifyResult::Rejected) => AttemptResult::Failed(ProviderError::Unusable(InvalidResponse::Status(409))),
            Err(error) => AttemptResult::Failed(error.clone()),
        }
    }

    /// Weavr took the code. What there is nothing to look at for is approved with that.
    fn take(&mut self, entry: &AttemptReservation, now: Timestamp, limits: &Limits) {
        self.progress.failed_attempts = 0;
        self.progress.unanswered_attempt = None;
        self.progress.confirming.last_attempt = false;
        self.progress.confirming.code_accepted = true;
        for challenge in &mut self.progress.challenges {
            if challenge.id == entry.challenge {
                challenge.passed = true;
                challenge.delivery = None;
            }
        }
        let target = self.source.confirmation().map(|confirmation| &confirmation.target);
        match target {
            Some(ConfirmationTarget::StepUp | ConfirmationTarget::PayeeBatch(_)) => self.clear(now),
            // The customer is done: what is waited for now has a deadline of its own.
            Some(ConfirmationTarget::Payments { .. }) => {
                self.expires_at = self.expires_at.max(now.plus(limits.confirmations.settlement_grace));
            }
            None => {}
        }
    }

    /// The code can no longer be used; another can be sent.
    fn clear_code(&mut self, entry: &AttemptReservation) {
        self.progress
            .confirming
            .issued
            .retain(|issued| issued.factor != entry.factor);
        self.clear_delivery(&entry.challenge);
    }

    fn steps_up(&self) -> bool {
        let confirmation = self.source.confirmation();
        confirmation.is_some_and(|confirmation| confirmation.target == ConfirmationTarget::StepUp)
    }
}
