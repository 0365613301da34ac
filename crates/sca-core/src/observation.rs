//! Observations of payments, payees and challenges at a provider, and their effect on the approval.

use std::time::Duration;

use sca_protocol::{Money, PlainText, Reason, Status, StepFailure, Timestamp, factor::Handling};
use serde::{Deserialize, Serialize};

use super::{ConfirmationLimits, ConfirmationTarget, LinkedPayment, Record, Refusal};
use crate::{ChallengeId, ProviderError, ResourceId};

/// The observed state of a confirmation's target, from a response, a poll or a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// Payments. Those that the provider does not know are omitted.
    Payments(Vec<PaymentObservation>),
    /// A batch of payees.
    PayeeBatch(PayeeBatchPhase),
    /// The result of a challenge, which only a webhook reports.
    Challenge {
        /// The provider's id of the challenge.
        id: ChallengeId,
        /// Its result.
        result: ChallengeResult,
    },
    /// The target has no state that can be read.
    Nothing,
}

/// The observed state of one payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentObservation {
    /// The provider's id of it.
    pub id: ResourceId,
    /// Its phase.
    pub phase: PaymentPhase,
    /// The amount that the payee receives. `None` where a webhook does not report it: such an observation decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Who rejected it, where the provider reports that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_by: Option<RejectedBy>,
    /// The payee, where the payment was read. `None` in a webhook, because webhooks spell the payee differently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Recipient>,
}

/// The payee of a payment, as the provider reports it when the payment is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// The payee's name.
    pub payee: Option<PlainText>,
    /// The last characters of the payee's account.
    pub account_tail: Option<PlainText>,
}

/// The phase of a payment: the meaning of the provider's state for the confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentPhase {
    /// It waits for the customer's confirmation.
    Waiting,
    /// It was confirmed, or needed no confirmation. The provider executes it or has executed it.
    Cleared,
    /// The provider will execute it later. This state can precede the confirmation, so a webhook that reports it counts only after a
    /// challenge was issued.
    Scheduled,
    /// The provider processes it. This state follows a confirmation, and can also precede one.
    Processing,
    /// It was rejected.
    Rejected,
    /// It failed, or the money was returned.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// Another state, which decides nothing. Unknown states are among them.
    Undecided,
}

impl PaymentPhase {
    /// Whether the provider executes the payment, now or later.
    #[must_use]
    pub fn is_executing(self) -> bool {
        match self {
            Self::Cleared | Self::Scheduled => true,
            Self::Waiting | Self::Processing | Self::Rejected | Self::Failed | Self::Cancelled | Self::Undecided => {
                false
            }
        }
    }
}

/// Who rejected a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RejectedBy {
    /// The customer, on the phone or by wrong codes.
    Customer,
    /// The provider, or an unknown actor.
    Other,
}

/// The phase of a batch of payees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PayeeBatchPhase {
    /// It waits for the customer's confirmation.
    Waiting,
    /// The customer has confirmed it.
    Confirmed,
    /// The customer has rejected it.
    Rejected,
    /// It failed.
    Failed,
    /// Another state, which decides nothing. Unknown states are among them.
    Undecided,
}

/// The result of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChallengeResult {
    /// The customer approved.
    Approved,
    /// The customer declined.
    Declined,
    /// The customer did not answer in time.
    Expired,
    /// Another result, which decides nothing. Unknown results are among them.
    Undecided,
}

impl PaymentObservation {
    /// Whether the payment is confirmed, or needs no confirmation. `accepted`: the provider accepted a code. `issued`: a challenge was
    /// issued.
    fn is_cleared(&self, accepted: bool, issued: bool) -> bool {
        match self.phase {
            PaymentPhase::Cleared => true,
            PaymentPhase::Scheduled => accepted || issued || self.recipient.is_some(),
            PaymentPhase::Processing => accepted,
            PaymentPhase::Waiting
            | PaymentPhase::Rejected
            | PaymentPhase::Failed
            | PaymentPhase::Cancelled
            | PaymentPhase::Undecided => false,
        }
    }
}

impl LinkedPayment {
    /// Whether the observed payment matches the linked one (dynamic linking).
    fn matches(&self, seen: &PaymentObservation) -> bool {
        let recipient = seen.recipient.as_ref();
        Some(self.amount) == seen.amount
            && recipient.is_none_or(|to| to.payee == self.payee && to.account_tail == self.account_tail)
    }
}

impl Record {
    /// Decides what an observation means for the approval. Only this approves payments: each was observed as cleared with its linked amount, in any order and any
    /// number of times. A cleared payment stays cleared, whatever its later state at the bank.
    pub fn apply_observation(&mut self, observation: &Observation, now: Timestamp) {
        if self.is_settled() {
            return;
        }
        let Some(confirmation) = self.source.confirmation() else {
            return;
        };
        match (&confirmation.target, observation) {
            (ConfirmationTarget::Payments { payments, .. }, Observation::Payments(seen)) => {
                let payments = payments.clone();
                self.apply_payment_observations(&payments, seen, now);
            }
            (ConfirmationTarget::PayeeBatch(_), Observation::PayeeBatch(phase)) => {
                self.apply_payee_batch_phase(*phase, now);
            }
            (ConfirmationTarget::StepUp, Observation::Challenge { id, result }) => {
                self.apply_challenge_result(id, *result, now);
            }
            (
                ConfirmationTarget::Payments { .. },
                Observation::PayeeBatch(_) | Observation::Challenge { .. } | Observation::Nothing,
            )
            | (
                ConfirmationTarget::PayeeBatch(_),
                Observation::Payments(_) | Observation::Challenge { .. } | Observation::Nothing,
            )
            | (
                ConfirmationTarget::StepUp,
                Observation::Payments(_) | Observation::PayeeBatch(_) | Observation::Nothing,
            ) => {}
        }
    }

    /// Records that a resource was executed after the approval was settled without approval. That can happen because a challenge can
    /// stay valid longer than the approval. True when it is new: resources that were cleared before settlement are in its event.
    pub fn record_late_execution(&mut self, id: &str, now: Timestamp) -> bool {
        let confirming = &mut self.progress.confirmation;
        let ended_otherwise = self.settled_at.is_some() && self.status != Status::Approved;
        let is_new = ended_otherwise && !confirming.cleared.contains(id) && !confirming.executed_late.contains_key(id);
        if is_new {
            confirming.executed_late.insert(id.to_owned(), now);
        }
        is_new
    }

    fn apply_payment_observations(&mut self, bound: &[LinkedPayment], seen: &[PaymentObservation], now: Timestamp) {
        let pairs = || {
            // A payment without its amount cannot be compared with the linked one.
            seen.iter()
                .filter(|seen| seen.amount.is_some())
                .filter_map(|seen| Some((bound.iter().find(|bound| bound.id == seen.id)?, seen)))
        };
        if pairs().any(|(bound, seen)| !bound.matches(seen)) {
            self.settle(Status::Declined, Some(Reason::Changed), now);
            return;
        }
        let confirming = &mut self.progress.confirmation;
        let (accepted, issued) = (confirming.code_accepted, !confirming.issued.is_empty());
        for (bound, seen) in pairs() {
            if seen.is_cleared(accepted, issued) {
                confirming.cleared.insert(bound.id.as_str().to_owned());
            }
        }
        let is_cleared = |payment: &LinkedPayment| confirming.cleared.contains(payment.id.as_str());
        if !bound.is_empty() && bound.iter().all(is_cleared) {
            self.clear(now);
            return;
        }
        let ended = pairs()
            .filter(|(bound, _)| !is_cleared(bound))
            .find_map(|(_, seen)| match seen.phase {
                PaymentPhase::Rejected => Some(Ended::Rejected(seen.rejected_by)),
                PaymentPhase::Failed => Some(Ended::Failed),
                PaymentPhase::Cancelled => Some(Ended::Cancelled),
                PaymentPhase::Waiting
                | PaymentPhase::Cleared
                | PaymentPhase::Scheduled
                | PaymentPhase::Processing
                | PaymentPhase::Undecided => None,
            });
        match ended {
            Some(Ended::Rejected(by)) => self.reject(by, now),
            Some(Ended::Cancelled) => self.settle(Status::Cancelled, None, now),
            Some(Ended::Failed) => self.fail(Reason::ProviderRefused, now),
            None => {}
        }
    }

    fn apply_payee_batch_phase(&mut self, phase: PayeeBatchPhase, now: Timestamp) {
        match phase {
            PayeeBatchPhase::Confirmed => self.clear(now),
            PayeeBatchPhase::Rejected => self.reject(None, now),
            PayeeBatchPhase::Failed => self.fail(Reason::ProviderRefused, now),
            PayeeBatchPhase::Waiting | PayeeBatchPhase::Undecided => {}
        }
    }

    /// Applies the result of a phone request.
    fn apply_challenge_result(&mut self, challenge: &ChallengeId, result: ChallengeResult, now: Timestamp) {
        match result {
            ChallengeResult::Approved => self.clear(now),
            ChallengeResult::Declined => self.settle(Status::Declined, Some(Reason::Denied), now),
            ChallengeResult::Expired => {
                let issued = &mut self.progress.confirmation.issued;
                for issued in issued.iter_mut().filter(|issued| issued.has_id(challenge)) {
                    issued.expires_at = now;
                }
                self.expire_requests(now);
            }
            ChallengeResult::Undecided => {}
        }
    }

    /// Whether the provider has to be polled before the approval is shown: the outcome of a call is unknown, or a phone request expired.
    #[must_use]
    pub fn is_poll_due(&self, now: Timestamp) -> bool {
        let is_lost = |lease: &super::Lease| lease.until <= now;
        !self.is_settled()
            && self.source.confirmation().is_some()
            && (self.progress.status_unknown
                || self.progress.lease.as_ref().is_some_and(is_lost)
                || self.is_overdue(now))
    }

    /// Whether the customer may have confirmed without the backend having received the result.
    #[must_use]
    pub fn may_have_unreported_result(&self) -> bool {
        let is_open = self.progress.next_poll_at.is_some() || self.progress.lease.is_some();
        !self.is_settled() && self.source.confirmation().is_some() && is_open
    }

    /// Whether the provider is verifying a code, so that payments may be executed at this moment.
    pub(super) fn is_verification_in_flight(&self, now: Timestamp) -> bool {
        let attempt = |lease: &super::Lease| lease.attempt.is_some() && now < lease.until;
        self.source.confirmation().is_some() && self.progress.lease.as_ref().is_some_and(attempt)
    }

    /// Whether a phone request expired.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let issued = &self.progress.confirmation.issued;
        !self.is_settled()
            && issued
                .iter()
                .any(|issued| issued.is_request() && issued.expires_at <= now)
    }

    /// Records a poll: applies its observation if it has one, expires phone requests and lost calls, and schedules the next poll.
    pub fn record_poll(&mut self, observation: Option<&Observation>, now: Timestamp, limits: &ConfirmationLimits) {
        if self.is_settled() {
            return;
        }
        let lost = self.progress.lease.take_if(|lease| lease.until <= now);
        if let Some(lost) = lost {
            self.progress.unanswered_attempt = lost.attempt.or(self.progress.unanswered_attempt.take());
            self.progress.status_unknown = true;
        }
        if let Some(observation) = observation {
            self.progress.status_unknown = false;
            self.apply_observation(observation, now);
        }
        self.expire_requests(now);
        self.schedule_next_poll(now, limits);
    }

    /// Removes expired phone requests, so that the customer can choose a factor again.
    pub fn expire_requests(&mut self, now: Timestamp) {
        if self.is_settled() {
            return;
        }
        let issued = &mut self.progress.confirmation.issued;
        let (expired, open): (Vec<_>, Vec<_>) = std::mem::take(issued)
            .into_iter()
            .partition(|issued| issued.is_request() && issued.expires_at <= now);
        *issued = open;
        let sent = &mut self.progress.sent;
        sent.retain(|sent| expired.iter().all(|expired| expired.factor != sent.factor));
        for challenge in self.progress.challenges.iter_mut().filter(|step| step.is_open()) {
            let shown = challenge.delivery.as_ref().map(|delivery| &delivery.factor);
            if expired.iter().any(|expired| Some(&expired.factor) == shown) {
                challenge.delivery = None;
                challenge.step_failure = Some(StepFailure::RequestExpired);
            }
        }
    }

    /// Schedules polling while a result can arrive without a webhook: a phone request is open, the outcome of a call is unknown, or a
    /// code was accepted and its payments are not yet observed as cleared. Otherwise ends polling.
    pub fn schedule_next_poll(&mut self, now: Timestamp, limits: &ConfirmationLimits) {
        let confirming = &self.progress.confirmation;
        let is_polled = !self.is_settled()
            && (self.progress.status_unknown
                || self.progress.unanswered_attempt.is_some()
                || self.is_verification_in_flight(now)
                || confirming.code_accepted
                || confirming.may_have_sent_request(now, limits)
                || confirming.issued.iter().any(super::IssuedChallenge::is_request));
        // The result exists already, so the first poll need not wait.
        let pause = if self.progress.status_unknown || confirming.code_accepted {
            Duration::ZERO
        } else {
            limits.poll_interval
        };
        let from = is_polled.then(|| now.plus(pause));
        self.progress.next_poll_at = from.and(self.progress.next_poll_at.or(from));
    }

    /// Delays the next poll after an error.
    pub fn back_off_polling(&mut self, error: &ProviderError, now: Timestamp) {
        if self.progress.next_poll_at.is_none() {
            return;
        }
        match error {
            ProviderError::TooManyRequests { retry_after } => self.progress.next_poll_at = Some(now.plus(*retry_after)),
            // Without a session only webhooks report the result, until the phone request expires.
            ProviderError::SessionEnded => {
                let issued = self.progress.confirmation.issued.iter();
                let expiries = issued
                    .filter(|issued| issued.is_request())
                    .map(|issued| issued.expires_at);
                self.progress.next_poll_at = expiries.max().or(Some(self.expires_at));
            }
            ProviderError::TokenRefused(_)
            | ProviderError::Malformed
            | ProviderError::Unreachable
            | ProviderError::Overloaded
            | ProviderError::TimedOut
            | ProviderError::Broken
            | ProviderError::Unusable(_)
            | ProviderError::ClientRefused(_)
            | ProviderError::Locked { .. }
            | ProviderError::StepUpRequired
            | ProviderError::Forbidden => {}
        }
    }

    /// Supersedes this approval by a new one for the same payments. Returns its failed attempts, which the new one inherits.
    ///
    /// # Errors
    /// [`Refusal::InProgress`] when a call for it is in flight, or the customer has confirmed.
    pub fn supersede_same_payments(&mut self, now: Timestamp) -> Result<u8, Refusal> {
        if self.is_past_cancellation(now) {
            return Err(Refusal::InProgress);
        }
        self.supersede(now);
        Ok(self.progress.failed_attempts)
    }

    /// Settles the approval as approved.
    pub(super) fn clear(&mut self, now: Timestamp) {
        for challenge in &mut self.progress.challenges {
            challenge.passed = true;
        }
        self.settle(Status::Approved, None, now);
    }

    /// Settles a rejected confirmation. The reason depends on who rejected it: the customer on the phone, the customer with too many
    /// wrong codes, or the provider.
    fn reject(&mut self, by: Option<RejectedBy>, now: Timestamp) {
        let confirming = &self.progress.confirmation;
        let has_open_request = confirming.issued.iter().any(super::IssuedChallenge::is_request);
        let is_verifying_code = self
            .progress
            .lease
            .as_ref()
            .is_some_and(|lease| lease.attempt.is_some());
        let by_customer = match by {
            Some(RejectedBy::Customer) => true,
            Some(RejectedBy::Other) => false,
            None => has_open_request || self.progress.failed_attempts > 0,
        };
        if is_verifying_code && (confirming.last_attempt || !has_open_request) {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        } else if !by_customer {
            self.fail(Reason::ProviderRefused, now);
        } else if has_open_request || self.progress.failed_attempts == 0 {
            self.settle(Status::Declined, Some(Reason::Denied), now);
        } else {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        }
    }
}

impl super::ConfirmationState {
    /// Whether a phone request may be open although the response to its call was lost.
    fn may_have_sent_request(&self, now: Timestamp, limits: &ConfirmationLimits) -> bool {
        self.unanswered_issue.as_ref().is_some_and(|lost| {
            lost.factor.handling() == Handling::Phone && now < lost.at.plus(limits.lifetime(&lost.factor))
        })
    }
}

impl super::IssuedChallenge {
    /// Whether it is a phone request.
    pub(super) fn is_request(&self) -> bool {
        self.factor.handling() == Handling::Phone
    }

    fn has_id(&self, challenge: &ChallengeId) -> bool {
        self.challenge.as_ref() == Some(challenge)
    }
}

/// How a payment ended without being cleared.
enum Ended {
    Rejected(Option<RejectedBy>),
    Failed,
    Cancelled,
}
