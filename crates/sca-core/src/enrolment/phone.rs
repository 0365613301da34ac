//! A customer's phone number: the partner's code shows that it is the customer's, then it is registered at the provider.

use std::time::Duration;

use sca_protocol::{
    Timestamp,
    enrolment_api::{EnrolledPhone, EnrolmentVerdict, FactorState, PhoneCodeDelivery},
};
use serde::{Deserialize, Serialize};

use super::{
    EnrolledFactor, EnrolmentConclusion, EnrolmentRecord, EnrolmentRefusal, FactorChange, KnownFactors, KnownPhone,
};
use crate::{CodeCheck, CodeSendOutcome, Fingerprint, PhoneOutcome, ProviderError, RemoveOutcome, VerificationId};

/// Limits of the code step.
#[derive(Clone, Copy, Debug)]
pub struct PhoneLimits {
    /// How long a code is accepted at most.
    pub code_lifetime: Duration,
    /// The minimum time between two codes.
    pub resend_after: Duration,
    /// How many codes are sent in one enrolment.
    pub max_sends: u8,
    /// How often a code can be entered.
    pub max_checks: u8,
}

impl Default for PhoneLimits {
    fn default() -> Self {
        Self {
            code_lifetime: Duration::from_secs(600),
            resend_after: Duration::from_secs(30),
            max_sends: 5,
            max_checks: 5,
        }
    }
}

/// A code that was sent to a number. The number itself is not stored: the widget repeats it with the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingPhone {
    /// The partner's id of the verification.
    pub verification: VerificationId,
    /// The keyed digest of the number.
    pub number: Fingerprint,
    /// The number with all but its last digits hidden.
    pub masked: String,
    /// Until when the code is accepted.
    pub expires_at: Timestamp,
    /// How many more times a code can be entered.
    pub checks_left: u8,
    /// Whether the partner accepted the code, so that only the provider's call is left.
    pub verified: bool,
}

/// A check of a code that may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservedCheck {
    /// The partner's id of the verification.
    pub verification: VerificationId,
    /// Whether the partner accepted the code before: it is not asked again.
    pub verified: bool,
}

impl ReservedCheck {
    fn is_of(&self, pending: &PendingPhone) -> bool {
        self.verification == pending.verification
    }
}

/// How far the registration of a number has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneRegistration {
    /// The provider was asked to register the number, and nothing was removed.
    Created {
        /// The provider's answer.
        created: Result<PhoneOutcome, ProviderError>,
        /// The number that the customer has, where the provider has listed it since.
        listed: Option<KnownPhone>,
        /// Whether that is the new one.
        is_new: bool,
    },
    /// The provider was asked to change the old number into the new one.
    Updated(Result<PhoneOutcome, ProviderError>),
    /// The removal of the old number did not succeed.
    RemovalFailed(Result<RemoveOutcome, ProviderError>),
    /// The old number is gone.
    Replaced {
        /// The provider's answer to the new one.
        created: Result<PhoneOutcome, ProviderError>,
    },
    /// The new number is registered, and the provider had not refused it although there was an old one.
    Beside {
        /// The new one.
        created: crate::PhoneId,
        /// The answer to the removal of the old one.
        removed: Result<RemoveOutcome, ProviderError>,
    },
}

impl EnrolmentRecord {
    pub(super) fn phone_state(&self, known: &KnownFactors) -> FactorState {
        let progress = &self.progress;
        if self.is_in_flight(EnrolledFactor::Phone) || progress.phone_unanswered {
            FactorState::Unknown
        } else if progress.phone == FactorState::Unknown && known.phone.is_some() {
            FactorState::Enrolled
        } else {
            progress.phone.clone()
        }
    }

    pub(super) fn enrolled_phone(&self, known: &KnownFactors, lists_phones: bool) -> Option<EnrolledPhone> {
        if let Some(phone) = &known.phone {
            return Some(EnrolledPhone {
                number: Some(phone.masked.clone()),
                created_at: phone.created_at,
            });
        }
        let is_listed = lists_phones && self.phone_state(known) == FactorState::Enrolled;
        is_listed.then_some(EnrolledPhone {
            number: None,
            created_at: None,
        })
    }

    pub(super) fn phone_code(&self, now: Timestamp) -> Option<PhoneCodeDelivery> {
        let pending = self
            .progress
            .phone_code
            .as_ref()
            .filter(|pending| now < pending.expires_at)?;
        Some(PhoneCodeDelivery {
            number: pending.masked.clone(),
            resend_at: self.progress.phone_resend_at.unwrap_or(now),
            expires_at: pending.expires_at,
            checks_left: pending.checks_left,
            verified: pending.verified,
        })
    }

    /// Takes the lease for a code that is to be sent, and counts it.
    ///
    /// # Errors
    /// When the enrolment is over, another call holds the lease, it is too early, or the limit is reached.
    pub fn reserve_phone_code(
        &mut self,
        holder: &str,
        now: Timestamp,
        lease: Duration,
        limits: &PhoneLimits,
    ) -> Result<(), EnrolmentRefusal> {
        if !self.is_over(now) {
            if self.progress.phone_sends >= limits.max_sends {
                return Err(EnrolmentRefusal::CodeLimitReached);
            }
            if let Some(not_before) = self.progress.phone_resend_at.filter(|resend_at| now < *resend_at) {
                return Err(EnrolmentRefusal::TooEarly { not_before });
            }
        }
        self.reserve(holder, EnrolledFactor::PhoneCode, now, lease)?;
        self.progress.phone_sends += 1;
        self.progress.phone_resend_at = Some(now.plus(limits.resend_after));
        Ok(())
    }

    /// Applies the outcome of sending a code to the number with this digest. A code whose answer was lost stays counted.
    pub fn conclude_phone_code(
        &mut self,
        holder: &str,
        number: Fingerprint,
        masked: &str,
        sent: Result<CodeSendOutcome, ProviderError>,
        now: Timestamp,
        limits: &PhoneLimits,
    ) -> EnrolmentConclusion {
        let is_late = !self.drop_lease(holder);
        match sent {
            // Another code may have been sent since, and only the last one is known to be accepted.
            Ok(_) if is_late => EnrolmentConclusion::failed(ProviderError::TimedOut),
            Ok(CodeSendOutcome::Sent { verification, lifetime }) => {
                let lifetime = lifetime.map_or(limits.code_lifetime, |lifetime| lifetime.min(limits.code_lifetime));
                self.progress.phone_code = Some(PendingPhone {
                    verification,
                    number,
                    masked: masked.to_owned(),
                    expires_at: now.plus(lifetime),
                    checks_left: limits.max_checks,
                    verified: false,
                });
                EnrolmentConclusion::verdict(EnrolmentVerdict::CodeSent, None)
            }
            Ok(CodeSendOutcome::Unreachable) => EnrolmentConclusion::verdict(EnrolmentVerdict::NumberUnreachable, None),
            Err(error) => {
                if error.is_not_executed() && !is_late {
                    self.progress.phone_sends = self.progress.phone_sends.saturating_sub(1);
                    self.progress.phone_resend_at = None;
                }
                EnrolmentConclusion::failed(error)
            }
        }
    }

    /// Takes the lease for the check of a code and the registration of its number, and counts the check.
    ///
    /// # Errors
    /// When the enrolment is over, another call holds the lease, or no code for the number can be entered.
    pub fn reserve_phone_check(
        &mut self,
        holder: &str,
        number: &Fingerprint,
        now: Timestamp,
        lease: Duration,
    ) -> Result<ReservedCheck, EnrolmentRefusal> {
        let is_usable = |pending: &PendingPhone| {
            pending.number == *number && now < pending.expires_at && (pending.verified || pending.checks_left > 0)
        };
        if !self.is_over(now) && !self.progress.phone_code.as_ref().is_some_and(is_usable) {
            return Err(EnrolmentRefusal::NoCode);
        }
        self.reserve(holder, EnrolledFactor::Phone, now, lease)?;
        let pending = self.progress.phone_code.as_mut().ok_or(EnrolmentRefusal::NoCode)?;
        if !pending.verified {
            pending.checks_left = pending.checks_left.saturating_sub(1);
        }
        Ok(ReservedCheck {
            verification: pending.verification.clone(),
            verified: pending.verified,
        })
    }

    /// Applies the partner's answer to a code that was not correct. The provider was not called. A check whose answer was lost stays
    /// counted.
    pub fn conclude_phone_check(
        &mut self,
        holder: &str,
        check: &ReservedCheck,
        checked: Result<CodeCheck, ProviderError>,
    ) -> EnrolmentConclusion {
        self.drop_lease(holder);
        match checked {
            Ok(CodeCheck::Correct | CodeCheck::Wrong) => {
                self.drop_code_if(|pending| check.is_of(pending) && pending.checks_left == 0);
                EnrolmentConclusion::verdict(EnrolmentVerdict::CodeWrong, None)
            }
            Ok(CodeCheck::Expired) => {
                self.drop_code_if(|pending| check.is_of(pending));
                EnrolmentConclusion::verdict(EnrolmentVerdict::CodeExpired, None)
            }
            Err(error) => {
                if let Some(pending) = &mut self.progress.phone_code
                    && error.is_not_executed()
                    && check.is_of(pending)
                {
                    pending.checks_left = pending.checks_left.saturating_add(1);
                }
                EnrolmentConclusion::failed(error)
            }
        }
    }

    fn drop_code_if(&mut self, is_over: impl Fn(&PendingPhone) -> bool) {
        let taken = self.progress.phone_code.take();
        self.progress.phone_code = taken.filter(|pending| !is_over(pending));
    }

    /// Applies the outcome of the provider's calls after the partner accepted the code. `old` is the number that was known before.
    ///
    /// Once the old number is gone, the outcome is a verdict whatever it is: an error would not say that.
    pub fn conclude_phone_registration(
        &mut self,
        holder: &str,
        check: &ReservedCheck,
        masked: &str,
        old: Option<&KnownPhone>,
        registration: PhoneRegistration,
        now: Timestamp,
    ) -> EnrolmentConclusion {
        let is_late = !self.drop_lease(holder);
        // After a lease that expired, a code for another number may have been sent.
        if let Some(pending) = self.progress.phone_code.as_mut().filter(|pending| check.is_of(pending)) {
            pending.verified = true;
        }
        let known = |id| KnownPhone {
            id,
            masked: masked.to_owned(),
            created_at: Some(now),
        };
        let old = old.cloned();
        let concluded = match registration {
            PhoneRegistration::Created {
                created,
                listed,
                is_new,
            } => self.conclude_phone_creation(created, listed.filter(|_| !is_late), is_new, known),
            PhoneRegistration::Updated(Ok(PhoneOutcome::Registered(id))) => {
                self.set_phone(FactorState::Enrolled);
                let changes = [
                    FactorChange::PhoneRemoved(old),
                    FactorChange::PhoneEnrolled(Some(known(id))),
                ];
                EnrolmentConclusion::verdict(EnrolmentVerdict::Enrolled, changes)
            }
            PhoneRegistration::Updated(updated) => self.conclude_phone_creation(updated, None, false, known),
            PhoneRegistration::RemovalFailed(Ok(_)) => EnrolmentConclusion::verdict(EnrolmentVerdict::Rejected, None),
            PhoneRegistration::RemovalFailed(Err(error)) => self.conclude_error(EnrolledFactor::Phone, error),
            PhoneRegistration::Replaced { created } => self.conclude_phone_replacement(old, created, known),
            PhoneRegistration::Beside { created, removed } => {
                self.set_phone(FactorState::Enrolled);
                let enrolled = FactorChange::PhoneEnrolled(Some(known(created)));
                match removed {
                    Ok(RemoveOutcome::Removed | RemoveOutcome::NotEnrolled) => {
                        let changes = [FactorChange::PhoneRemoved(old), enrolled];
                        EnrolmentConclusion::verdict(EnrolmentVerdict::Enrolled, changes)
                    }
                    Ok(RemoveOutcome::Rejected) | Err(_) => {
                        EnrolmentConclusion::verdict(EnrolmentVerdict::OldNumberUnknown, [enrolled])
                    }
                }
            }
        };
        self.doubt_if(is_late, EnrolledFactor::Phone);
        concluded
    }

    fn conclude_phone_creation(
        &mut self,
        created: Result<PhoneOutcome, ProviderError>,
        listed: Option<KnownPhone>,
        is_new: bool,
        known: impl Fn(crate::PhoneId) -> KnownPhone,
    ) -> EnrolmentConclusion {
        let was_unanswered = self.progress.phone_unanswered;
        match created {
            Ok(PhoneOutcome::Registered(id)) => {
                self.set_phone(FactorState::Enrolled);
                EnrolmentConclusion::verdict(
                    EnrolmentVerdict::Enrolled,
                    [FactorChange::PhoneEnrolled(Some(known(id)))],
                )
            }
            Ok(PhoneOutcome::AlreadyRegistered) => {
                self.set_phone(FactorState::Enrolled);
                // The lost call may have registered it, and no event about that was written.
                let change = match listed {
                    Some(listed) if was_unanswered && is_new => {
                        Some(FactorChange::PhoneEnrolled(Some(known(listed.id))))
                    }
                    Some(listed) => Some(FactorChange::PhoneFound(listed)),
                    None => was_unanswered.then_some(FactorChange::PhoneEnrolled(None)),
                };
                EnrolmentConclusion::verdict(EnrolmentVerdict::AlreadyEnrolled, change)
            }
            Ok(PhoneOutcome::Repeated) => {
                self.progress.phone_code = None;
                EnrolmentConclusion::verdict(EnrolmentVerdict::NumberRepeated, None)
            }
            Ok(PhoneOutcome::Rejected) => EnrolmentConclusion::verdict(EnrolmentVerdict::Rejected, None),
            Err(error) => match listed {
                // The call was executed although its answer was lost.
                Some(listed) if is_new => {
                    self.set_phone(FactorState::Enrolled);
                    let change = FactorChange::PhoneEnrolled(Some(known(listed.id)));
                    EnrolmentConclusion::verdict(EnrolmentVerdict::Enrolled, [change])
                }
                Some(_) | None => self.conclude_error(EnrolledFactor::Phone, error),
            },
        }
    }

    /// `old` is gone: this call removed it, or an earlier one whose answer was lost, or one elsewhere.
    fn conclude_phone_replacement(
        &mut self,
        old: Option<KnownPhone>,
        created: Result<PhoneOutcome, ProviderError>,
        known: impl Fn(crate::PhoneId) -> KnownPhone,
    ) -> EnrolmentConclusion {
        self.progress.phone = FactorState::NotEnrolled;
        self.progress.phone_unanswered = false;
        let mut changes = vec![FactorChange::PhoneRemoved(old)];
        let verdict = match created {
            Ok(PhoneOutcome::Registered(id)) => {
                self.set_phone(FactorState::Enrolled);
                changes.push(FactorChange::PhoneEnrolled(Some(known(id))));
                EnrolmentVerdict::Enrolled
            }
            // Another call has registered one meanwhile: it is not the new one.
            Ok(PhoneOutcome::AlreadyRegistered) => {
                self.set_phone(FactorState::Enrolled);
                EnrolmentVerdict::AlreadyEnrolled
            }
            Ok(PhoneOutcome::Repeated | PhoneOutcome::Rejected) => EnrolmentVerdict::ReplacementFailed,
            Err(error) if error.is_not_executed() => EnrolmentVerdict::ReplacementFailed,
            Err(_) => {
                self.mark_unanswered(EnrolledFactor::Phone);
                EnrolmentVerdict::ReplacementUnknown
            }
        };
        EnrolmentConclusion::verdict(verdict, changes)
    }

    /// Takes the lease for the removal of the phone number. `can_list` tells whether the provider lists the customer's numbers.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve), or when no number is known.
    pub fn reserve_phone_removal(
        &mut self,
        holder: &str,
        known: &KnownFactors,
        can_list: bool,
        now: Timestamp,
        lease: Duration,
    ) -> Result<(), EnrolmentRefusal> {
        if !self.is_over(now) && known.phone.is_none() && !can_list {
            return Err(EnrolmentRefusal::NoKnownPhone);
        }
        self.reserve(holder, EnrolledFactor::Phone, now, lease)
    }

    /// Applies the outcome of removing a phone number. `stored` is the one that was known: where the provider lists another one, it is gone.
    pub fn conclude_phone_removal(
        &mut self,
        holder: &str,
        stored: Option<&KnownPhone>,
        phone: Option<KnownPhone>,
        removed: Result<RemoveOutcome, ProviderError>,
    ) -> EnrolmentConclusion {
        let is_late = !self.drop_lease(holder);
        let was_unanswered = self.progress.phone_unanswered;
        let forgotten = stored
            .filter(|stored| phone.as_ref().is_some_and(|phone| phone.id != stored.id))
            .map(|stored| FactorChange::PhoneForgotten(stored.id.clone()));
        let concluded = match removed {
            Ok(RemoveOutcome::Removed) => {
                self.progress.phone = FactorState::NotEnrolled;
                self.progress.phone_unanswered = false;
                let changes = forgotten.into_iter().chain([FactorChange::PhoneRemoved(phone)]);
                EnrolmentConclusion::verdict(EnrolmentVerdict::Removed, changes)
            }
            Ok(RemoveOutcome::NotEnrolled) => {
                self.progress.phone = FactorState::NotEnrolled;
                self.progress.phone_unanswered = false;
                // An earlier removal whose answer was lost, or one elsewhere.
                let change = (was_unanswered || phone.is_some()).then_some(FactorChange::PhoneRemoved(phone));
                EnrolmentConclusion::verdict(EnrolmentVerdict::NotEnrolled, forgotten.into_iter().chain(change))
            }
            Ok(RemoveOutcome::Rejected) => EnrolmentConclusion::verdict(EnrolmentVerdict::Rejected, None),
            Err(error) => self.conclude_error(EnrolledFactor::Phone, error),
        };
        self.doubt_if(is_late, EnrolledFactor::Phone);
        concluded
    }

    fn set_phone(&mut self, state: FactorState) {
        self.progress.phone = state;
        self.progress.phone_unanswered = false;
        self.progress.phone_code = None;
    }
}
