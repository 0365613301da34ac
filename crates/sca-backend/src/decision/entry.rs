use sca_protocol::{Availability, Factor, FactorOption, Millis, Reason, Status, factor::Handling, wire::Verdict};

use super::{Limits, Record, Refusal};
use crate::provider::{Flaw, Judgement, ProviderError, TokenStatus};

/// An entry may be put before the provider. It counts as a wrong one until the provider has said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryReserved {
    /// The step.
    pub challenge: String,
    /// The factor.
    pub factor: Factor,
    /// Who holds the lease.
    pub holder: String,
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryResult {
    /// The provider judged it, and this is what the widget is told.
    Verdict(Verdict),
    /// The provider gave nothing to go by.
    Failed(ProviderError),
}

impl Record {
    /// Makes room for an entry: checks the step and the factor, counts the entry and keeps other calls out.
    ///
    /// # Errors
    /// When the approval is settled, another call is on its way, or the step or factor cannot be used now.
    pub fn reserve_entry(
        &mut self,
        challenge: &str,
        factor: &Factor,
        holder: &str,
        now: Millis,
        limits: &Limits,
    ) -> Result<EntryReserved, Refusal> {
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
        if self.progress.wrong_entries >= limits.wrong_entries {
            // Entries whose judgement never reached us used the last attempts up.
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
            return Err(Refusal::Settled);
        }
        self.progress.wrong_entries += 1;
        Ok(EntryReserved {
            challenge: challenge.into(),
            factor: factor.clone(),
            holder: holder.into(),
        })
    }

    /// Takes over what the provider said to an entry, and what it said about the token afterwards.
    ///
    /// The entry is accepted only if the token's status shows the step cleared. A wrong one stays counted, and so does one
    /// that may have been judged without our hearing of it; the last of five declines the approval.
    pub fn conclude_entry(
        &mut self,
        entry: &EntryReserved,
        judged: Result<Judgement, ProviderError>,
        status: Option<&TokenStatus>,
        now: Millis,
        limits: &Limits,
    ) -> EntryResult {
        if self.is_settled() {
            return EntryResult::Verdict(self.verdict_when_settled());
        }
        if !self.drop_lease(&entry.holder) {
            return self.conclude_late(status, now);
        }
        if let Some(status) = status {
            self.read(status, now);
        }
        let cleared = match &judged {
            // Only a plain yes takes back a no: the provider may have named the step in another way or left it out.
            Ok(
                Judgement::Refused
                | Judgement::Blocked
                | Judgement::NotSetUp
                | Judgement::CodeExpired
                | Judgement::CodeNotSent
                | Judgement::CannotDecrypt,
            ) => status.is_some_and(|status| status.is_cleared() || self.is_named_passed(&entry.challenge, status)),
            Ok(Judgement::Taken) | Err(_) => status.is_some() && !self.waits_for(&entry.challenge),
        };
        let result = match judged {
            Ok(Judgement::Taken) if status.is_none() => {
                self.give_back();
                self.progress.unread = true;
                EntryResult::Failed(ProviderError::Broken)
            }
            Ok(_) | Err(_) if cleared => {
                self.progress.wrong_entries = 0;
                self.progress.lost_entry = None;
                EntryResult::Verdict(Verdict::Accepted)
            }
            Ok(Judgement::Taken | Judgement::Refused) => EntryResult::Verdict(Verdict::Refused),
            Ok(Judgement::CodeExpired) => EntryResult::Verdict(Verdict::CodeExpired),
            Ok(Judgement::CodeNotSent) => {
                self.give_back();
                self.forget_delivery(&entry.challenge);
                EntryResult::Verdict(Verdict::CodeExpired)
            }
            // The entry may be the one that made the provider block: it stays counted.
            Ok(Judgement::Blocked) => {
                self.withdraw(&entry.factor, &Availability::Blocked, now);
                EntryResult::Verdict(Verdict::Blocked)
            }
            Ok(Judgement::NotSetUp) => {
                self.give_back();
                self.withdraw(&entry.factor, &Availability::NotSetUp, now);
                EntryResult::Verdict(Verdict::NotSetUp)
            }
            Ok(Judgement::CannotDecrypt) => {
                self.give_back();
                self.progress.unread = true;
                self.progress.undecryptable = self.progress.undecryptable.saturating_add(1);
                if self.progress.undecryptable >= limits.undecryptable {
                    self.fail(Reason::ProviderRefused, now);
                }
                if self.progress.undecryptable > 1 {
                    EntryResult::Failed(ProviderError::Unusable(Flaw::Status(500)))
                } else {
                    EntryResult::Verdict(Verdict::KeyStale)
                }
            }
            Err(error) => {
                if error.nothing_happened() {
                    self.give_back();
                } else {
                    self.progress.unread = status.is_none();
                    self.progress.lost_entry = Some(entry.challenge.clone());
                }
                self.end_with(&error, now);
                EntryResult::Failed(error)
            }
        };
        if self.progress.wrong_entries >= limits.wrong_entries {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        }
        result
    }

    /// An entry whose lease had run out stays counted; only what the provider says about the token is of use.
    fn conclude_late(&mut self, status: Option<&TokenStatus>, now: Millis) -> EntryResult {
        match status {
            Some(status) => self.read(status, now),
            None => self.progress.unread = !self.is_settled(),
        }
        EntryResult::Failed(ProviderError::TimedOut)
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

    pub(super) fn give_back(&mut self) {
        self.progress.wrong_entries = self.progress.wrong_entries.saturating_sub(1);
    }

    pub(super) fn forget_delivery(&mut self, challenge: &str) {
        for known in &mut self.progress.challenges {
            if known.id == challenge {
                known.delivery = None;
            }
        }
    }
}
