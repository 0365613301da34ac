//! What the states of payments, payees and requests at Weavr say about the approval that waits for them.

use sca_protocol::{Millis, Money, PlainText, Reason, Setback, Status, factor::Handling};

use super::{BoundPayment, ConfirmationLimits, Matter, Record, Refusal};
use crate::provider::{
    ProviderError,
    weavr::{
        batch::BatchState,
        event::RequestStatus,
        resource::{RejectedBy, Resource, ResourceId, State},
    },
};

/// What was seen of what is to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Payments; those that Weavr did not tell of are left out.
    Payments(Vec<Sighting>),
    /// Payees.
    PayeeBatch(BatchState),
    /// There is nothing that could be looked at.
    Nothing,
}

/// What was seen of one payment: it was read, or Weavr told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Weavr's name for it.
    pub id: ResourceId,
    /// Where it stands.
    pub state: State,
    /// How much it is.
    pub amount: Money,
    /// Who rejected it, where Weavr says.
    pub rejected_by: Option<RejectedBy>,
    /// To whom. `None` where Weavr told of it: events say that in other words.
    pub recipient: Option<Recipient>,
}

/// Whom a payment is for, as Weavr says when it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The name.
    pub payee: Option<PlainText>,
    /// The last characters of the account.
    pub account_tail: Option<PlainText>,
}

impl From<Resource> for Sighting {
    fn from(resource: Resource) -> Self {
        Self {
            id: resource.id,
            state: resource.state,
            amount: resource.amount,
            rejected_by: resource.rejected_by,
            recipient: Some(Recipient {
                payee: resource.payee,
                account_tail: resource.account_tail,
            }),
        }
    }
}

/// What a payment's state means for its confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It waits for the customer.
    Waiting,
    /// The customer's confirmation was taken, or none was needed: it is on its way or has arrived.
    Cleared,
    /// Somebody said no.
    Rejected,
    /// It came to nothing.
    Failed,
    /// It was taken back.
    Cancelled,
    /// Nothing that decides.
    Undecided,
}

/// What a payment's state means for its confirmation. A state that is not known decides nothing.
#[must_use]
pub fn standing(state: &State) -> Standing {
    match state {
        State::PendingChallenge => Standing::Waiting,
        State::Submitted | State::Approved | State::Completed | State::Scheduled => Standing::Cleared,
        State::Rejected => Standing::Rejected,
        State::Failed | State::Returned => Standing::Failed,
        State::Cancelled => Standing::Cancelled,
        State::Invalid
        | State::Undefined
        | State::Initialised
        | State::Pending
        | State::PendingConfirmation
        | State::Other(_) => Standing::Undecided,
    }
}

impl Sighting {
    /// Whether it was confirmed, as far as its state says.
    fn is_cleared(&self, taken: bool, asked: bool) -> bool {
        match &self.state {
            // Scheduled it may be before it was confirmed: what is told late or again does not count until the customer was asked.
            State::Scheduled => taken || asked || self.recipient.is_some(),
            // On its way inside Weavr: confirmed, or in no need of it.
            State::Initialised | State::Pending => taken,
            State::PendingChallenge
            | State::Submitted
            | State::Approved
            | State::Completed
            | State::Rejected
            | State::Failed
            | State::Returned
            | State::Cancelled
            | State::Invalid
            | State::Undefined
            | State::PendingConfirmation
            | State::Other(_) => standing(&self.state) == Standing::Cleared,
        }
    }
}

impl BoundPayment {
    /// Whether what was seen is what was shown.
    fn is_same(&self, seen: &Sighting) -> bool {
        let recipient = seen.recipient.as_ref();
        self.amount == seen.amount
            && recipient.is_none_or(|to| to.payee == self.payee && to.account_tail == self.account_tail)
    }
}

impl Record {
    /// Takes over what was seen. The only way in which an approval of payments is approved: each of them was seen cleared, with its own
    /// amount, in whatever order and however often. One that was seen cleared stays so, whatever becomes of it at a bank.
    pub fn see(&mut self, sight: &Sight, now: Millis) {
        if self.is_settled() {
            return;
        }
        let Some(confirmation) = self.source.confirmation() else {
            return;
        };
        match (&confirmation.matter, sight) {
            (Matter::Payments { payments, .. }, Sight::Payments(seen)) => {
                let payments = payments.clone();
                self.see_payments(&payments, seen, now);
            }
            (Matter::PayeeBatch(_), Sight::PayeeBatch(state)) => self.see_payees(state, now),
            (Matter::Payments { .. }, Sight::PayeeBatch(_) | Sight::Nothing)
            | (Matter::PayeeBatch(_), Sight::Payments(_) | Sight::Nothing)
            | (Matter::StepUp, Sight::Payments(_) | Sight::PayeeBatch(_) | Sight::Nothing) => {}
        }
    }

    /// Takes over that something the approval was for is carried out, though it has ended otherwise: what was sent to the customer may live
    /// longer than the approval. True when that is news: what was seen cleared before was told with the end.
    pub fn hear_late(&mut self, id: &str, now: Millis) -> bool {
        let confirming = &mut self.progress.confirming;
        let ended_otherwise = self.settled_at.is_some() && self.status != Status::Approved;
        let is_news = ended_otherwise && !confirming.cleared.contains(id) && !confirming.carried_out.contains_key(id);
        if is_news {
            confirming.carried_out.insert(id.to_owned(), now);
        }
        is_news
    }

    fn see_payments(&mut self, bound: &[BoundPayment], seen: &[Sighting], now: Millis) {
        let pairs = || {
            seen.iter()
                .filter_map(|seen| Some((bound.iter().find(|bound| bound.id == seen.id)?, seen)))
        };
        if pairs().any(|(bound, seen)| !bound.is_same(seen)) {
            self.settle(Status::Declined, Some(Reason::Changed), now);
            return;
        }
        let confirming = &mut self.progress.confirming;
        let (taken, asked) = (confirming.taken, !confirming.issued.is_empty());
        for (bound, seen) in pairs() {
            if seen.is_cleared(taken, asked) {
                confirming.cleared.insert(bound.id.as_str().to_owned());
            }
        }
        let is_cleared = |payment: &BoundPayment| confirming.cleared.contains(payment.id.as_str());
        if !bound.is_empty() && bound.iter().all(is_cleared) {
            self.clear(now);
            return;
        }
        let ended = pairs().filter(|(bound, _)| !is_cleared(bound)).find_map(|(_, seen)| {
            let rejected_by = seen.rejected_by.clone();
            match standing(&seen.state) {
                Standing::Rejected => Some((Standing::Rejected, rejected_by)),
                Standing::Failed => Some((Standing::Failed, None)),
                Standing::Cancelled => Some((Standing::Cancelled, None)),
                Standing::Waiting | Standing::Cleared | Standing::Undecided => None,
            }
        });
        match ended {
            Some((Standing::Rejected, by)) => self.reject(by.as_ref(), now),
            Some((Standing::Cancelled, _)) => self.settle(Status::Cancelled, None, now),
            Some((Standing::Failed | Standing::Waiting | Standing::Cleared | Standing::Undecided, _)) => {
                self.fail(Reason::ProviderRefused, now);
            }
            None => {}
        }
    }

    fn see_payees(&mut self, state: &BatchState, now: Millis) {
        match state {
            BatchState::ChallengeCompleted | BatchState::Completed => self.clear(now),
            BatchState::ChallengeFailed => self.reject(None, now),
            BatchState::Failed => self.fail(Reason::ProviderRefused, now),
            BatchState::Initialised | BatchState::PendingChallenge | BatchState::Other(_) => {}
        }
    }

    /// Takes over what became of a request on the phone whose outcome nothing but an event tells.
    pub fn hear_answer(&mut self, challenge: &str, status: &RequestStatus, now: Millis) {
        let steps_up = self
            .source
            .confirmation()
            .is_some_and(|confirmation| confirmation.matter == Matter::StepUp);
        if self.is_settled() || !steps_up {
            return;
        }
        match status {
            RequestStatus::Verified => self.clear(now),
            RequestStatus::Declined => self.settle(Status::Declined, Some(Reason::Denied), now),
            RequestStatus::Expired => {
                let issued = &mut self.progress.confirming.issued;
                for issued in issued.iter_mut().filter(|issued| issued.is_called(challenge)) {
                    issued.expires_at = now;
                }
                self.expire_requests(now);
            }
            RequestStatus::Other(_) => {}
        }
    }

    /// Whether a request on the phone is overdue, or something was not heard to its end.
    #[must_use]
    pub fn wants_a_look(&self, now: Millis) -> bool {
        let is_lost = |lease: &super::Lease| lease.until <= now;
        !self.is_settled()
            && self.source.confirmation().is_some()
            && (self.progress.unread || self.progress.lease.as_ref().is_some_and(is_lost) || self.is_overdue(now))
    }

    /// Whether something may have been confirmed of which nothing was heard yet.
    #[must_use]
    pub fn is_asked_about(&self) -> bool {
        let asks = self.progress.poll_from.is_some() || self.progress.lease.is_some();
        !self.is_settled() && self.source.confirmation().is_some() && asks
    }

    /// Whether Weavr is judging a code: what it confirms may be carried out at this moment.
    pub(super) fn is_judging(&self, now: Millis) -> bool {
        let entry = |lease: &super::Lease| lease.entry.is_some() && now < lease.until;
        self.source.confirmation().is_some() && self.progress.lease.as_ref().is_some_and(entry)
    }

    /// Whether a request on the phone was not answered in time.
    #[must_use]
    pub fn is_overdue(&self, now: Millis) -> bool {
        let issued = &self.progress.confirming.issued;
        !self.is_settled()
            && issued
                .iter()
                .any(|issued| issued.is_request() && issued.expires_at <= now)
    }

    /// Takes over a look at Weavr: what was seen, if anything was, and that time has gone by. A call that never came back is over.
    pub fn looked(&mut self, sight: Option<&Sight>, now: Millis, limits: &ConfirmationLimits) {
        if self.is_settled() {
            return;
        }
        let lost = self.progress.lease.take_if(|lease| lease.until <= now);
        if let Some(lost) = lost {
            self.progress.lost_entry = lost.entry.or(self.progress.lost_entry.take());
            self.progress.unread = true;
        }
        if let Some(sight) = sight {
            self.progress.unread = false;
            self.see(sight, now);
        }
        self.expire_requests(now);
        self.keep_asking(now, limits);
    }

    /// Requests on the phone that were not answered in time are over: the customer may choose again.
    pub fn expire_requests(&mut self, now: Millis) {
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
                challenge.setback = Some(Setback::RequestExpired);
            }
        }
    }

    /// Asks Weavr again and again for as long as it may tell nothing of what happens: a request is on the phone, a call's outcome is
    /// unknown, or a code was taken and its payments are not yet seen to be on their way.
    pub fn keep_asking(&mut self, now: Millis, limits: &ConfirmationLimits) {
        let confirming = &self.progress.confirming;
        let waits = !self.is_settled()
            && (self.progress.unread
                || self.progress.lost_entry.is_some()
                || self.is_judging(now)
                || confirming.taken
                || confirming.may_have_asked(now, limits)
                || confirming.issued.iter().any(super::Issued::is_request));
        // What has happened already can be seen at once.
        let pause = if self.progress.unread || confirming.taken {
            0
        } else {
            limits.poll_interval
        };
        let from = waits.then(|| now.plus(pause));
        self.progress.poll_from = from.and(self.progress.poll_from.or(from));
    }

    /// Weavr is not to be asked before a time.
    pub fn ask_no_sooner(&mut self, error: &ProviderError, now: Millis) {
        if self.progress.poll_from.is_none() {
            return;
        }
        match error {
            ProviderError::TooManyRequests { retry_after } => self.progress.poll_from = Some(now.plus(*retry_after)),
            // Only events tell now, until the request's time is up.
            ProviderError::SessionEnded => {
                let issued = self.progress.confirming.issued.iter();
                let over = issued
                    .filter(|issued| issued.is_request())
                    .map(|issued| issued.expires_at);
                self.progress.poll_from = over.max().or(Some(self.expires_at));
            }
            ProviderError::TokenRefused(_)
            | ProviderError::Malformed
            | ProviderError::Unreachable
            | ProviderError::Overloaded
            | ProviderError::TimedOut
            | ProviderError::Broken
            | ProviderError::Unusable(_)
            | ProviderError::ClientRefused(_)
            | ProviderError::Locked
            | ProviderError::StepUpRequired
            | ProviderError::Forbidden => {}
        }
    }

    /// The same payments are to be confirmed anew: this approval is over, and what its customer got wrong counts on in the new one.
    ///
    /// # Errors
    /// When a call is on its way for it, or its customer has confirmed.
    pub fn give_way_to_another(&mut self, now: Millis) -> Result<u8, Refusal> {
        if self.is_beyond_stopping(now) {
            return Err(Refusal::InProgress);
        }
        self.supersede(now);
        Ok(self.progress.wrong_entries)
    }

    /// What was asked of the customer is done.
    pub(super) fn clear(&mut self, now: Millis) {
        for challenge in &mut self.progress.challenges {
            challenge.passed = true;
        }
        self.settle(Status::Approved, None, now);
    }

    /// Somebody said no: the customer on the phone, the customer with one wrong code too many, or Weavr itself.
    fn reject(&mut self, by: Option<&RejectedBy>, now: Millis) {
        let confirming = &self.progress.confirming;
        let request_is_out = confirming.issued.iter().any(super::Issued::is_request);
        let code_is_judged = self.progress.lease.as_ref().is_some_and(|lease| lease.entry.is_some());
        let by_customer = match by {
            Some(RejectedBy::User) => true,
            Some(RejectedBy::System | RejectedBy::Other(_)) => false,
            None => request_is_out || self.progress.wrong_entries > 0,
        };
        if code_is_judged && (confirming.last_attempt || !request_is_out) {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        } else if !by_customer {
            self.fail(Reason::ProviderRefused, now);
        } else if request_is_out || self.progress.wrong_entries == 0 {
            self.settle(Status::Declined, Some(Reason::Denied), now);
        } else {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        }
    }
}

impl super::Confirming {
    /// Whether a request may be on the phone though the call for it was never answered.
    fn may_have_asked(&self, now: Millis, limits: &ConfirmationLimits) -> bool {
        self.lost_issue.as_ref().is_some_and(|lost| {
            lost.factor.handling() == Handling::Phone && now < lost.at.plus(limits.lifetime(&lost.factor))
        })
    }
}

impl super::Issued {
    /// Whether it is a request on the customer's phone.
    pub(super) fn is_request(&self) -> bool {
        self.factor.handling() == Handling::Phone
    }

    fn is_called(&self, challenge: &str) -> bool {
        self.challenge.as_ref().is_some_and(|known| known.as_str() == challenge)
    }
}
