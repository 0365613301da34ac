use sca_protocol::{Availability, Millis, Reason, Status, wire::Verdict};

use super::{EntryReserved, EntryResult, Limits, Matter, Record, Sight};
use crate::provider::{Flaw, ProviderError, weavr::Verifying};

impl Record {
    /// Takes over what Weavr said to a code, and what was seen after it.
    ///
    /// That a code was taken approves no payment: it is approved once each was seen cleared. A wrong code stays counted, and so does one
    /// that may have been judged without our hearing of it; the last of five declines the approval, if Weavr has not before.
    pub fn conclude_verification(
        &mut self,
        entry: &EntryReserved,
        verifying: &Result<Verifying, ProviderError>,
        sight: Option<&Sight>,
        now: Millis,
        limits: &Limits,
    ) -> EntryResult {
        let in_time = self
            .progress
            .lease
            .as_ref()
            .is_some_and(|lease| lease.holder == entry.holder);
        // What was seen comes first: somebody may have confirmed or rejected it in the meantime.
        if let Some(sight) = sight {
            self.see(sight, now);
        }
        if !self.is_settled() {
            self.judge(entry, verifying, sight, now, limits);
        }
        // A code that was taken lets more count as confirmed.
        if let Some(sight) = sight {
            self.see(sight, now);
        }
        self.drop_lease(&entry.holder);
        let told = if self.is_settled() {
            EntryResult::Verdict(self.verdict_when_settled())
        } else {
            self.told(verifying, sight, in_time)
        };
        if self.progress.wrong_entries >= limits.wrong_entries {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
        }
        // From the beginning: what has happened can be seen at once.
        self.progress.poll_from = None;
        self.keep_asking(now, &limits.confirmations);
        told
    }

    fn judge(
        &mut self,
        entry: &EntryReserved,
        verifying: &Result<Verifying, ProviderError>,
        sight: Option<&Sight>,
        now: Millis,
        limits: &Limits,
    ) {
        match verifying {
            Ok(Verifying::Taken) => self.take(entry, now, limits),
            // Of a session that is stepped up; nothing else is.
            Ok(Verifying::AlreadyVerified) if self.steps_up() => self.take(entry, now, limits),
            Ok(Verifying::Wrong) => self.progress.confirming.last_attempt = false,
            Ok(Verifying::WrongOneLeft) => self.progress.confirming.last_attempt = true,
            Ok(Verifying::LimitReached) => self.settle(Status::Declined, Some(Reason::TooManyAttempts), now),
            Ok(Verifying::CodeExpired | Verifying::Missing) => {
                self.give_back();
                self.forget_code(entry);
            }
            Ok(Verifying::NotPending | Verifying::Exempt | Verifying::AlreadyVerified) => {
                self.give_back();
                match sight {
                    Some(_) => self.forget_code(entry),
                    None => self.progress.unread = true,
                }
            }
            Ok(Verifying::NotSetUp | Verifying::NotSupported) => {
                self.give_back();
                self.withdraw(&entry.factor, &Availability::NotSetUp, now);
            }
            Ok(Verifying::Malformed) => self.give_back(),
            // It may have been judged.
            Ok(Verifying::Refused(_)) => {}
            Err(error) => {
                if error.nothing_happened() {
                    self.give_back();
                } else {
                    self.progress.unread = sight.is_none();
                    self.progress.lost_entry = Some(entry.challenge.clone());
                }
                self.end_with(error, now);
            }
        }
    }

    fn told(&self, verifying: &Result<Verifying, ProviderError>, sight: Option<&Sight>, in_time: bool) -> EntryResult {
        match verifying {
            Ok(Verifying::Taken) => EntryResult::Verdict(Verdict::Accepted),
            Ok(_) | Err(_) if !in_time => EntryResult::Failed(ProviderError::TimedOut),
            Ok(Verifying::Wrong | Verifying::WrongOneLeft | Verifying::LimitReached) => {
                EntryResult::Verdict(Verdict::Refused)
            }
            Ok(Verifying::CodeExpired | Verifying::Missing) => EntryResult::Verdict(Verdict::CodeExpired),
            Ok(Verifying::NotPending | Verifying::Exempt | Verifying::AlreadyVerified) => match sight {
                // Another code was sent since, or none waits.
                Some(_) => EntryResult::Verdict(Verdict::CodeExpired),
                None => EntryResult::Failed(ProviderError::Broken),
            },
            Ok(Verifying::NotSetUp | Verifying::NotSupported) => EntryResult::Verdict(Verdict::NotSetUp),
            Ok(Verifying::Malformed) => EntryResult::Failed(ProviderError::Unusable(Flaw::Status(400))),
            Ok(Verifying::Refused(_)) => EntryResult::Failed(ProviderError::Unusable(Flaw::Status(409))),
            Err(error) => EntryResult::Failed(error.clone()),
        }
    }

    /// Weavr took the code. What there is nothing to look at for is approved with that.
    fn take(&mut self, entry: &EntryReserved, now: Millis, limits: &Limits) {
        self.progress.wrong_entries = 0;
        self.progress.lost_entry = None;
        self.progress.confirming.last_attempt = false;
        self.progress.confirming.taken = true;
        for challenge in &mut self.progress.challenges {
            if challenge.id == entry.challenge {
                challenge.passed = true;
                challenge.delivery = None;
            }
        }
        let matter = self.source.confirmation().map(|confirmation| &confirmation.matter);
        match matter {
            Some(Matter::StepUp | Matter::PayeeBatch(_)) => self.clear(now),
            // The customer is done: what is waited for now has a deadline of its own.
            Some(Matter::Payments { .. }) => {
                self.expires_at = self.expires_at.max(now.plus(limits.confirmations.seen_within));
            }
            None => {}
        }
    }

    /// The code can no longer be used; another can be sent.
    fn forget_code(&mut self, entry: &EntryReserved) {
        self.progress
            .confirming
            .issued
            .retain(|issued| issued.factor != entry.factor);
        self.forget_delivery(&entry.challenge);
    }

    fn steps_up(&self) -> bool {
        let confirmation = self.source.confirmation();
        confirmation.is_some_and(|confirmation| confirmation.matter == Matter::StepUp)
    }
}
