use sca_protocol::{Availability, Delivery, Factor, FactorOption, Timestamp, factor::Handling};

use super::{IssuedChallenge, Limits, Observation, Record, Refusal, Sent, UnansweredIssue};
use crate::{InvalidResponse, IssueResult, ProviderError};

/// What the backend has to do when the customer starts a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueDecision {
    /// Issue a challenge. The lease is taken.
    Issue(IssueReservation),
    /// Nothing: an earlier challenge is still valid.
    Nothing,
}

/// A reserved challenge, which the backend may have the provider issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueReservation {
    /// The challenge's id in the approval.
    pub challenge: String,
    /// The factor.
    pub factor: Factor,
    /// The holder of the lease.
    pub holder: String,
    /// The call's idempotency key. A retry of a lost call has the same one.
    pub reference: String,
}

/// Why no challenge was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueRejected {
    /// The approval does not allow it now.
    Refused(Refusal),
    /// The provider call failed.
    Failed(ProviderError),
}

impl Record {
    /// Reserves a challenge: counts the send and takes the lease.
    ///
    /// # Errors
    /// When the approval is settled, another call holds the lease, the challenge or factor is not available now, or it is too early.
    pub fn reserve_issue(
        &mut self,
        challenge: &str,
        factor: &Factor,
        holder: &str,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<IssueDecision, Refusal> {
        if self.is_settled() {
            return Err(Refusal::Settled);
        }
        if self.source.confirmation().is_none() {
            return Err(Refusal::Factor);
        }
        let open = self.open_challenge_mut(challenge).ok_or(Refusal::Factor)?;
        if !open.option(factor).is_some_and(FactorOption::is_usable) {
            return Err(Refusal::Factor);
        }
        let is_request = match factor.handling() {
            Handling::Phone => true,
            Handling::Code => false,
            Handling::Secret
            | Handling::Device(_)
            | Handling::FaceScan(_)
            | Handling::Frame(_)
            | Handling::Unsupported => {
                return Err(Refusal::Factor);
            }
        };
        let is_shown = open
            .delivery
            .as_ref()
            .is_some_and(|delivery| delivery.factor == *factor);
        let live = self.progress.confirmation.issued(factor).cloned();
        let live = live.filter(|issued| now < issued.expires_at);
        let resend_at = self.resend_at(factor).filter(|resend_at| now < *resend_at);
        if let Some(live) = &live
            && (is_request || (resend_at.is_some() && !is_shown))
        {
            // The customer returned to a valid challenge.
            self.set_delivery(challenge, live);
            return Ok(IssueDecision::Nothing);
        }
        if self.progress.confirmation.exhausted.contains(factor) {
            return Err(self.on_limit_reached(factor, live.is_some(), now));
        }
        if self.progress.sends >= limits.max_otp_sends {
            return Err(Refusal::TooEarly {
                not_before: self.expires_at,
            });
        }
        if let Some(not_before) = resend_at {
            return Err(Refusal::TooEarly { not_before });
        }
        self.take_lease(holder, None, now, limits)?;
        self.progress.sends += 1;
        let lifetime = limits.confirmations.lifetime(factor);
        let lost = self.progress.confirmation.unanswered_issue.take();
        let lost = lost.filter(|lost| lost.factor == *factor && now < lost.at.plus(lifetime));
        let call = lost.unwrap_or_else(|| UnansweredIssue {
            factor: factor.clone(),
            reference: holder.into(),
            at: now,
        });
        let reference = call.reference.clone();
        self.progress.confirmation.unanswered_issue = Some(call);
        Ok(IssueDecision::Issue(IssueReservation {
            challenge: challenge.into(),
            factor: factor.clone(),
            holder: holder.into(),
            reference,
        }))
    }

    /// Applies the result of the call. `observation` was read after it where the provider reported that nothing is pending.
    ///
    /// # Errors
    /// When no challenge was issued.
    pub fn conclude_issue(
        &mut self,
        issue: &IssueReservation,
        issue_result: &Result<IssueResult, ProviderError>,
        observation: Option<&Observation>,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<(), IssueRejected> {
        let factor = &issue.factor;
        if self.is_settled() {
            return Err(IssueRejected::Refused(Refusal::Settled));
        }
        if !self.drop_lease(&issue.holder) {
            return Err(IssueRejected::Failed(ProviderError::TimedOut));
        }
        let call = self.progress.confirmation.unanswered_issue.take();
        if !matches!(issue_result, Ok(IssueResult::Issued { .. })) {
            self.progress.sends = self.progress.sends.saturating_sub(1);
        }
        let lifetime = limits.confirmations.lifetime(factor);
        let outcome = match issue_result {
            Ok(IssueResult::Issued { challenge: name }) => {
                let issued = IssuedChallenge {
                    factor: factor.clone(),
                    challenge: name.clone(),
                    expires_at: call.map_or(now, |call| call.at).plus(lifetime).min(self.expires_at),
                };
                let resend_after = limits.confirmations.resend_after;
                let resend_at = if issued.is_request() {
                    issued.expires_at
                } else {
                    now.plus(resend_after)
                };
                self.set_resend_at(factor, resend_at);
                self.set_delivery(&issue.challenge, &issued);
                let known = &mut self.progress.confirmation.issued;
                known.retain(|known| known.factor != *factor);
                known.push(issued);
                Ok(())
            }
            Ok(IssueResult::FactorNotSetUp) => {
                self.disable_factor(factor, &Availability::NotSetUp, now);
                Err(IssueRejected::Refused(self.refused_or_settled(Refusal::Factor)))
            }
            Ok(IssueResult::TooEarly) => Err(IssueRejected::Refused(self.back_off(factor, limits, now))),
            Ok(IssueResult::LimitReached) => {
                let confirming = &mut self.progress.confirmation;
                confirming.exhausted.push(factor.clone());
                let is_valid = confirming.issued(factor).is_some_and(|issued| now < issued.expires_at);
                Err(IssueRejected::Refused(self.on_limit_reached(factor, is_valid, now)))
            }
            Ok(IssueResult::NothingPending) => Err(self.on_nothing_pending(factor, observation, now, limits)),
            Ok(IssueResult::NotFound) => Err(IssueRejected::Failed(ProviderError::Unusable(InvalidResponse::Status(
                404,
            )))),
            Ok(IssueResult::Rejected) => Err(IssueRejected::Failed(ProviderError::Unusable(InvalidResponse::Status(
                409,
            )))),
            Err(error) => {
                if !error.is_not_executed() {
                    self.progress.sends = self.progress.sends.saturating_add(1);
                    self.progress.confirmation.unanswered_issue = call;
                }
                self.settle_on_error(error, now);
                Err(IssueRejected::Failed(error.clone()))
            }
        };
        self.schedule_next_poll(now, &limits.confirmations);
        outcome
    }

    /// The provider reports that nothing is pending: the target was confirmed or ended in the meantime, or another challenge is open.
    fn on_nothing_pending(
        &mut self,
        factor: &Factor,
        observation: Option<&Observation>,
        now: Timestamp,
        limits: &Limits,
    ) -> IssueRejected {
        let Some(observation) = observation else {
            self.progress.status_unknown = true;
            return IssueRejected::Failed(ProviderError::Broken);
        };
        self.apply_observation(observation, now);
        if self.is_settled() {
            return IssueRejected::Refused(Refusal::Settled);
        }
        let last = self.progress.confirmation.issued(factor);
        if let Some(not_before) = last.map(|issued| issued.expires_at).filter(|until| now < *until) {
            // Some deployments send no second code while the first one is valid.
            self.set_resend_at(factor, not_before);
            return IssueRejected::Refused(Refusal::TooEarly { not_before });
        }
        IssueRejected::Refused(self.back_off(factor, limits, now))
    }

    fn back_off(&mut self, factor: &Factor, limits: &Limits, now: Timestamp) -> Refusal {
        let not_before = now.plus(limits.confirmations.resend_after);
        self.set_resend_at(factor, not_before);
        Refusal::TooEarly { not_before }
    }

    /// The provider issues no more challenges with this factor. The last one may still be valid.
    fn on_limit_reached(&mut self, factor: &Factor, is_valid: bool, now: Timestamp) -> Refusal {
        if is_valid {
            let not_before = self.expires_at;
            self.set_resend_at(factor, not_before);
            return Refusal::TooEarly { not_before };
        }
        self.disable_factor(factor, &Availability::Blocked, now);
        self.refused_or_settled(Refusal::Factor)
    }

    fn refused_or_settled(&self, refusal: Refusal) -> Refusal {
        if self.is_settled() { Refusal::Settled } else { refusal }
    }

    fn resend_at(&self, factor: &Factor) -> Option<Timestamp> {
        let sent = self.progress.sent.iter().find(|sent| sent.factor == *factor);
        sent.map(|sent| sent.resend_at)
    }

    /// Sets the earliest time for another send, also in the delivery that the widget shows.
    fn set_resend_at(&mut self, factor: &Factor, resend_at: Timestamp) {
        let sent = &mut self.progress.sent;
        sent.retain(|sent| sent.factor != *factor);
        sent.push(Sent {
            factor: factor.clone(),
            resend_at,
        });
        let shown = self
            .progress
            .challenges
            .iter_mut()
            .filter_map(|challenge| challenge.delivery.as_mut());
        for delivery in shown.filter(|delivery| delivery.factor == *factor) {
            delivery.resend_at = resend_at;
        }
    }

    fn set_delivery(&mut self, challenge: &str, issued: &IssuedChallenge) {
        let destination = self
            .source
            .confirmation()
            .and_then(|confirmation| confirmation.destination.as_ref());
        let destination = destination
            .filter(|_| !issued.is_request())
            .map(|masked| masked.as_str().to_owned());
        let delivery = Delivery {
            factor: issued.factor.clone(),
            destination,
            resend_at: self.resend_at(&issued.factor).unwrap_or(issued.expires_at),
            expires_at: Some(issued.expires_at),
        };
        if let Some(open) = self.open_challenge_mut(challenge) {
            open.delivery = Some(delivery);
            open.step_failure = None;
        }
    }
}
