use sca_protocol::{Availability, Factor, FactorOption, Reason, Status, Timestamp, api::Verdict, factor::Handling};

use super::{Limits, Record, Refusal};
use crate::{InvalidResponse, ProviderError, TokenStatus, VerificationVerdict};

/// An entry may be put before the provider. It counts as a wrong one until the provider has said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptReservation {
    /// The step.
    pub challenge: String,
    /// The factor.
    pub factor: Factor,
    /// Who holds the lease.
    pub holder: String,
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// The provider verification it, and this is what the widget is told.
    Verdict(Verdict),
    /// The provider gave nothing to go by.
    Failed(ProviderError),
}

impl Record {
    /// Makes room for an entry: checks the step and the factor, counts the entry and keeps other calls out.
    ///
    /// # Errors
    /// When the approval is settled, another call is on its way, or the step or factor cannot be used now.
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
        if !open.option(factor).is_some_and(FactorOption::is_usable) {
            return Err(Refusal::Factor);
        }
        let code_is_out = open
            .delivery
            .as_ref()
            .is_some_and(|delivery| delivery.factor == *factor);
        if factor.handling() == Handling::Code && !code_is_out {
            return Err(Refusal::Factor);
        }
        self.take_lease(holder, Some(challenge), now, limits)?;
        if self.progress.failed_attempts >= limits.max_failed_attempts {
            // Entries whose verdict never reached us used the last attempts up.
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

    /// Takes over what the provider said to an entry, and what it said about the token afterwards.
    ///
    /// The entry is accepted only if the token's status shows the step cleared. A wrong one stays counted, and so does one
    /// that may have been verification without our hearing of it; the last of five declines the approval.
    pub fn conclude_attempt(
        &mut self,
        entry: &AttemptReservation,
        verification: Result<VerificationVerdict, ProviderError>,
        status: Option<&TokenStatus>,
        now: Timestamp,
        limits: &Limits,
    ) -> AttemptResult {
        if self.is_settled() {
            return AttemptResult::Verdict(self.verdict_when_settled());
        }
        if !self.drop_lease(&entry.holder) {
            return self.conclude_late(status, now);
        }
        if let Some(status) = status {
            self.read(status, now);
        }
        let cleared = match &verification {
            // Only a plain yes takes back a no: the provider may have named the step in another way or left it out.
            Ok(
                VerificationVerdict::Refused
                | VerificationVerdict::Blocked
                | VerificationVerdict::NotSetUp
                | VerificationVerdict::CodeExpired
                | VerificationVerdict::CodeNotSent
                | VerificationVerdict::CannotDecrypt,
            ) => status.is_some_and(|status| status.is_cleared() || self.is_named_passed(&entry.challenge, status)),
            Ok(VerificationVerdict::Accepted) | Err(_) => status.is_some() && !self.waits_for(&entry.challenge),
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
                self.clear_delivery(&entry.challenge);
                AttemptResult::Verdict(Verdict::CodeExpired)
            }
            // The entry may be the one that made the provider block: it stays counted.
            Ok(VerificationVerdict::Blocked) => {
                self.disable_factor(&entry.factor, &Availability::Blocked, now);
                AttemptResult::Verdict(Verdict::Blocked)
            }
            Ok(VerificationVerdict::NotSetUp) => {
                self.refund_attempt();
                self.disable_factor(&entry.factor, &Availability::NotSetUp, now);
                AttemptResult::Verdict(Verdict::NotSetUp)
            }
            Ok(VerificationVerdict::CannotDecrypt) => {
                self.refund_attempt();
                self.progress.status_unknown = true;
                self.progress.undecryptable = self.progress.undecryptable.saturating_add(1);
                if self.progress.undecryptable >= limits.undecryptable {
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
                    self.progress.unanswered_attempt = Some(entry.challenge.clone());
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

    /// An entry whose lease had run out stays counted; only what the provider says about the token is of use.
    fn conclude_late(&mut self, status: Option<&TokenStatus>, now: Timestamp) -> AttemptResult {
        match status {
            Some(status) => self.read(status, now),
            None => self.progress.status_unknown = !self.is_settled(),
        }
        AttemptResult::Failed(ProviderError::TimedOut)
    }

    fn waits_for(&self, challenge: &str) -> bool {
        self.progress
            .challenges
            .iter()
            .any(|known| known.id == challenge && known.is_open())
    }

    /// Whether the provider names the step, and says that it is passed.
    pub(super) fn is_named_passed(&self, challenge: &str, status: &TokenStatus) -> bool {
        let known = &self.progress.challenges;
        known.iter().find(|known| known.id == challenge).is_some_and(|step| {
            let factor = &step.primary.factor;
            let named = status.challenges.iter().filter(|named| named.primary == *factor);
            let alike = known.iter().filter(|known| known.primary.factor == *factor);
            step.passed && named.count() >= alike.count()
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
