//! What is observed of payments, payees and challenges at a provider, and what that means for the approval that waits for them.

use std::time::Duration;

use sca_protocol::{Money, PlainText, Reason, Status, StepFailure, Timestamp, factor::Handling};
use serde::{Deserialize, Serialize};

use super::{ConfirmationLimits, ConfirmationTarget, LinkedPayment, Record, Refusal};
use crate::{ChallengeId, ProviderError, ResourceId};

/// What was observed of what is to be confirmed, by an answer, a poll or a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// Payments; those that the provider does not know are left out.
    Payments(Vec<PaymentObservation>),
    /// A batch of payees.
    PayeeBatch(PayeeBatchPhase),
    /// The result of a challenge that only a webhook reports.
    Challenge {
        /// The provider's id of the challenge.
        id: ChallengeId,
        /// Its result.
        result: ChallengeResult,
    },
    /// There is nothing that could be observed.
    Nothing,
}

/// What was observed of one payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentObservation {
    /// The provider's id of it.
    pub id: ResourceId,
    /// Its phase.
    pub phase: PaymentPhase,
    /// What the payee receives. `None` where a webhook does not say: such an observation decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Who rejected it, where the provider reports that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_by: Option<RejectedBy>,
    /// Whom it is for. `None` where a webhook reported it: webhooks name the payee in other words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Recipient>,
}

/// Whom a payment is for, as the provider reports it when the payment is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// The name.
    pub payee: Option<PlainText>,
    /// The last characters of the account.
    pub account_tail: Option<PlainText>,
}

/// What a payment's state at the provider means for its confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentPhase {
    /// It waits for the customer's confirmation.
    Waiting,
    /// It was confirmed, or needed no confirmation: it is being executed or has been.
    Cleared,
    /// It will be executed later. A provider may report that before the customer has confirmed it, so a webhook with it counts only
    /// once a challenge was issued.
    Scheduled,
    /// The provider is at work on it: that follows a confirmation, and may precede one.
    Processing,
    /// It was rejected.
    Rejected,
    /// It failed, or the money came back.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// Nothing that decides; states that are not known among them.
    Undecided,
}

impl PaymentPhase {
    /// Whether the payment is executed or will be, whoever confirmed it.
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
    /// The customer: on the phone, or by wrong codes.
    Customer,
    /// The provider, or somebody who is not known here.
    Other,
}

/// The phase of a batch of payees that the customer wants to trust.
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
    /// Nothing that decides; states that are not known among them.
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
    /// Nothing that decides; results that are not known among them.
    Undecided,
}

impl PaymentObservation {
    /// Whether the customer's confirmation was accepted, or none was needed. `accepted`: the provider has accepted a code; `issued`: a
    /// challenge was issued.
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
    /// Whether the observed payment is the one that was shown (dynamic linking).
    fn is_same(&self, seen: &PaymentObservation) -> bool {
        let recipient = seen.recipient.as_ref();
        Some(self.amount) == seen.amount
            && recipient.is_none_or(|to| to.payee == self.payee && to.account_tail == self.account_tail)
    }
}

impl Record {
    /// Takes over what was seen. The only way in which an approval of payments is approved: each of them was seen cleared, with its own
    /// amount, in whatever order and however often. One that was seen cleared stays so, whatever becomes of it at a bank.
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

    /// Takes over that something the approval was for is carried out, though it has ended otherwise: what was sent to the customer may live
    /// longer than the approval. True when that is news: what was seen cleared before was told with the end.
    pub fn record_late_execution(&mut self, id: &str, now: Timestamp) -> bool {
        let confirming = &mut self.progress.confirming;
        let ended_otherwise = self.settled_at.is_some() && self.status != Status::Approved;
        let is_news = ended_otherwise && !confirming.cleared.contains(id) && !confirming.executed_late.contains_key(id);
        if is_news {
            confirming.executed_late.insert(id.to_owned(), now);
        }
        is_news
    }

    fn apply_payment_observations(&mut self, bound: &[LinkedPayment], seen: &[PaymentObservation], now: Timestamp) {
        let pairs = || {
            // Without its amount a payment is not known to be the one that was shown.
            seen.iter()
                .filter(|seen| seen.amount.is_some())
                .filter_map(|seen| Some((bound.iter().find(|bound| bound.id == seen.id)?, seen)))
        };
        if pairs().any(|(bound, seen)| !bound.is_same(seen)) {
            self.settle(Status::Declined, Some(Reason::Changed), now);
            return;
        }
        let confirming = &mut self.progress.confirming;
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

    /// Applies the result of a request on the phone that only a webhook reports.
    fn apply_challenge_result(&mut self, challenge: &ChallengeId, result: ChallengeResult, now: Timestamp) {
        match result {
            ChallengeResult::Approved => self.clear(now),
            ChallengeResult::Declined => self.settle(Status::Declined, Some(Reason::Denied), now),
            ChallengeResult::Expired => {
                let issued = &mut self.progress.confirming.issued;
                for issued in issued.iter_mut().filter(|issued| issued.is_called(challenge)) {
                    issued.expires_at = now;
                }
                self.expire_requests(now);
            }
            ChallengeResult::Undecided => {}
        }
    }

    /// Whether a request on the phone is overdue, or something was not heard to its end.
    #[must_use]
    pub fn is_poll_due(&self, now: Timestamp) -> bool {
        let is_lost = |lease: &super::Lease| lease.until <= now;
        !self.is_settled()
            && self.source.confirmation().is_some()
            && (self.progress.status_unknown
                || self.progress.lease.as_ref().is_some_and(is_lost)
                || self.is_overdue(now))
    }

    /// Whether something may have been confirmed of which nothing was heard yet.
    #[must_use]
    pub fn may_have_unreported_result(&self) -> bool {
        let asks = self.progress.next_poll_at.is_some() || self.progress.lease.is_some();
        !self.is_settled() && self.source.confirmation().is_some() && asks
    }

    /// Whether Weavr is judging a code: what it confirms may be carried out at this moment.
    pub(super) fn is_verification_in_flight(&self, now: Timestamp) -> bool {
        let entry = |lease: &super::Lease| lease.entry.is_some() && now < lease.until;
        self.source.confirmation().is_some() && self.progress.lease.as_ref().is_some_and(entry)
    }

    /// Whether a request on the phone was not answered in time.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let issued = &self.progress.confirming.issued;
        !self.is_settled()
            && issued
                .iter()
                .any(|issued| issued.is_request() && issued.expires_at <= now)
    }

    /// Takes over a look at Weavr: what was seen, if anything was, and that time has gone by. A call that never came back is over.
    pub fn record_poll(&mut self, observation: Option<&Observation>, now: Timestamp, limits: &ConfirmationLimits) {
        if self.is_settled() {
            return;
        }
        let lost = self.progress.lease.take_if(|lease| lease.until <= now);
        if let Some(lost) = lost {
            self.progress.unanswered_attempt = lost.entry.or(self.progress.unanswered_attempt.take());
            self.progress.status_unknown = true;
        }
        if let Some(observation) = observation {
            self.progress.status_unknown = false;
            self.apply_observation(observation, now);
        }
        self.expire_requests(now);
        self.schedule_next_poll(now, limits);
    }

    /// Requests on the phone that were not answered in time are over: the customer may choose again.
    pub fn expire_requests(&mut self, now: Timestamp) {
        if self.is_settled() {
            return;
        }
        let issued = &mut self.progress.confirming.issued;
        let (over, open): (Vec<_>, Vec<_>) = std::mem::take(issued)
            .into_iter()
            .partition(|issued| issued.is_request() && issued.expires_at <= now);
        *issued = open;
        let sent = &mut self.progress.sent;
        sent.retain(|sent| over.iter().all(|over| over.factor != sent.factor));
        for challenge in self.progress.challenges.iter_mut().filter(|step| step.is_open()) {
            let shown = challenge.delivery.as_ref().map(|delivery| &delivery.factor);
            if over.iter().any(|over| Some(&over.factor) == shown) {
                challenge.delivery = None;
                challenge.setback = Some(StepFailure::RequestExpired);
            }
        }
    }

    /// Asks Weavr again and again for as long as it may tell nothing of what happens: a request is on the phone, a call's outcome is
    /// unknown, or a code was taken and its payments are not yet seen to be on their way.
    pub fn schedule_next_poll(&mut self, now: Timestamp, limits: &ConfirmationLimits) {
        let confirming = &self.progress.confirming;
        let waits = !self.is_settled()
            && (self.progress.status_unknown
                || self.progress.unanswered_attempt.is_some()
                || self.is_verification_in_flight(now)
                || confirming.code_accepted
                || confirming.may_have_asked(now, limits)
                || confirming.issued.iter().any(super::IssuedChallenge::is_request));
        // What has happened already can be seen at once.
        let pause = if self.progress.status_unknown || confirming.code_accepted {
            Duration::ZERO
        } else {
            limits.poll_interval
        };
        let from = waits.then(|| now.plus(pause));
        self.progress.next_poll_at = from.and(self.progress.next_poll_at.or(from));
    }

    /// Weavr is not to be asked before a time.
    pub fn back_off_polling(&mut self, error: &ProviderError, now: Timestamp) {
        if self.progress.next_poll_at.is_none() {
            return;
        }
        match error {
            ProviderError::TooManyRequests { retry_after } => self.progress.next_poll_at = Some(now.plus(*retry_after)),
            // Only events tell now, until the request's time is up.
            ProviderError::SessionEnded => {
                let issued = self.progress.confirming.issued.iter();
                let over = issued
                    .filter(|issued| issued.is_request())
                    .map(|issued| issued.expires_at);
                self.progress.next_poll_at = over.max().or(Some(self.expires_at));
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

    /// The same payments are to be confirmed anew: this approval is over, and what its customer got wrong counts on in the new one.
    ///
    /// # Errors
    /// When a call is on its way for it, or its customer has confirmed.
    pub fn supersede_same_payments(&mut self, now: Timestamp) -> Result<u8, Refusal> {
        if self.is_past_cancellation(now) {
            return Err(Refusal::InProgress);
        }
        self.supersede(now);
        Ok(self.progress.failed_attempts)
    }

    /// What was asked of the customer is done.
    pub(super) fn clear(&mut self, now: Timestamp) {
        for challenge in &mut self.progress.challenges {
            challenge.passed = true;
        }
        self.settle(Status::Approved, None, now);
    }

    /// Somebody said no: the customer on the phone, the customer with one wrong code too many, or Weavr itself.
    fn reject(&mut self, by: Option<RejectedBy>, now: Timestamp) {
        let confirming = &self.progress.confirming;
        let request_is_out = confirming.issued.iter().any(super::IssuedChallenge::is_request);
        let code_is_judged = self.progress.lease.as_ref().is_some_and(|lease| lease.entry.is_some());
        let by_customer = match by {
            Some(RejectedBy::Customer) => true,
            Some(RejectedBy::Other) => false,
            None => request_is_out || self.progress.failed_attempts > 0,
        };
        if code_is_judged && (confirming.last_attempt || !request_is_out) {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        } else if !by_customer {
            self.fail(Reason::ProviderRefused, now);
        } else if request_is_out || self.progress.failed_attempts == 0 {
            self.settle(Status::Declined, Some(Reason::Denied), now);
        } else {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        }
    }
}

impl super::Confirming {
    /// Whether a request may be on the phone though the call for it was never answered.
    fn may_have_asked(&self, now: Timestamp, limits: &ConfirmationLimits) -> bool {
        self.unanswered_issue.as_ref().is_some_and(|lost| {
            lost.factor.handling() == Handling::Phone && now < lost.at.plus(limits.lifetime(&lost.factor))
        })
    }
}

impl super::IssuedChallenge {
    /// Whether it is a request on the customer's phone.
    pub(super) fn is_request(&self) -> bool {
        self.factor.handling() == Handling::Phone
    }

    fn is_called(&self, challenge: &ChallengeId) -> bool {
        self.challenge.as_ref() == Some(challenge)
    }
}

/// How a payment has ended otherwise than cleared.
enum Ended {
    Rejected(Option<RejectedBy>),
    Failed,
    Cancelled,
}
