//! The calls of an enrolment to the provider: reserve, call, conclude.

use std::time::Duration;

use sca_core::{
    CreateOutcome, DeviceId, EnrolledFactor, EnrolmentConclusion, EnrolmentRecord, EnrolmentRefusal, KnownFactors,
    ProviderError, RemoveOutcome,
    provider::{CreateResult, EnrolmentSession, FactorEnrolment},
};
use sca_protocol::{
    PlainText, Timestamp,
    api::ProblemCode,
    enrolment_api::{Ciphertext, Enrolled, Enrolment, EnrolmentVerdict},
};

use sca_store::EnrolmentUpdate;

use super::Backend;
use crate::problem::AppError;

/// How much longer than its calls an operation may take.
const MARGIN: Duration = Duration::from_secs(10);

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallKind {
    /// It enrols a factor.
    Enrol,
    /// It removes one.
    Remove,
    /// It removes one and enrols another.
    Replace,
    /// It has a code sent. The provider is not called.
    SendCode,
    /// It registers a phone number.
    RegisterPhone,
    /// It removes a phone number and registers another.
    ReplacePhone,
    /// It removes a phone number.
    RemovePhone,
    /// It enrols a face.
    EnrolFace,
}

impl CallKind {
    /// How long the operation excludes others if its backend crashes. The sum of its HTTP calls' timeouts, so that a later call of the
    /// enrolment never overlaps with it. `partner` is the sum for the partner's own servers.
    fn lease(self, call_timeout: Duration, partner: Duration) -> Duration {
        // A call under the backend's own token: the token, the call, and both again with a new token.
        let own = 4;
        let most_calls = match self {
            Self::SendCode => 0,
            Self::Enrol => 1,
            Self::Remove => own,
            // The new one is tried first: see `replace`.
            Self::Replace => 1 + own + 1,
            // The registration or the removal, and the list.
            Self::RegisterPhone | Self::RemovePhone => 2 * own,
            // The new one, the old one and the new one again; or the list, the new one and the list.
            Self::ReplacePhone => 3 * own,
            // Twice: another caller's fetch of the key, one of its own, and the face.
            Self::EnrolFace => 6,
        };
        call_timeout * most_calls + partner + MARGIN
    }

    fn may_enrol(self) -> bool {
        match self {
            Self::Enrol | Self::Replace | Self::RegisterPhone | Self::ReplacePhone | Self::EnrolFace => true,
            Self::Remove | Self::SendCode | Self::RemovePhone => false,
        }
    }
}

/// A call that may be made.
pub(super) struct ReservedCall<T = ()> {
    /// The holder of the lease.
    pub(super) holder: String,
    /// What was known of the customer's factors.
    pub(super) known: KnownFactors,
    /// What was reserved.
    pub(super) reserved: T,
    /// What the call carries; an error where the tokens cannot be read.
    pub(super) session: Result<EnrolmentSession, ProviderError>,
}

/// A stored conclusion: the verdict, or why there is none.
type ConcludedCall = EnrolmentUpdate<Result<EnrolmentVerdict, ProviderError>>;

/// How far the replacement of a PIN has come.
enum Replacement {
    /// Nothing was removed: the provider answered the new PIN.
    NotRemoved(Result<CreateResult<()>, ProviderError>),
    /// The removal of the old PIN did not succeed.
    RemovalFailed(Result<RemoveOutcome, ProviderError>),
    /// The old PIN is gone.
    Removed {
        /// Whether this removal did it.
        was_removed: bool,
        created: Result<CreateResult<()>, ProviderError>,
    },
}

impl Backend {
    /// Sets a PIN.
    ///
    /// # Errors
    /// When the ciphertext is malformed, the enrolment is over or has a call in flight, or the provider gives no documented response.
    pub async fn set_pin(&self, record: &EnrolmentRecord, jwe: &Ciphertext) -> Result<Enrolled, AppError> {
        let provider = self.enrols(record)?;
        provider.check_ciphertext(jwe.as_str())?;
        let ReservedCall { holder, session, .. } =
            self.reserve_call(record, CallKind::Enrol, EnrolledFactor::Pin).await?;
        let created = match session {
            Ok(session) => provider.create_pin(&session, jwe.as_str()).await,
            Err(error) => Err(error),
        };
        let (created, relayed) = split(provider, created);
        self.conclude_enrolment(record, "set-pin", relayed, move |record, _, _| {
            record.conclude_pin_creation(&holder, created)
        })
        .await
    }

    /// Replaces the PIN.
    ///
    /// # Errors
    /// As [`set_pin`](Self::set_pin), as long as the old PIN is not gone. After that there is always a verdict.
    pub async fn replace_pin(&self, record: &EnrolmentRecord, jwe: &Ciphertext) -> Result<Enrolled, AppError> {
        let provider = self.enrols(record)?;
        provider.check_ciphertext(jwe.as_str())?;
        let ReservedCall { holder, session, .. } = self
            .reserve_call(record, CallKind::Replace, EnrolledFactor::Pin)
            .await?;
        let replacement = match session {
            Ok(session) => replace(provider, &session, jwe).await,
            Err(error) => Replacement::NotRemoved(Err(error)),
        };
        match replacement {
            Replacement::NotRemoved(created) => {
                let (created, relayed) = split(provider, created);
                self.conclude_enrolment(record, "replace-pin", relayed, move |record, _, _| {
                    record.conclude_pin_creation(&holder, created)
                })
                .await
            }
            Replacement::RemovalFailed(removed) => {
                self.conclude_enrolment(record, "replace-pin", None, move |record, _, _| {
                    record.conclude_pin_removal(&holder, removed)
                })
                .await
            }
            Replacement::Removed { was_removed, created } => {
                let (created, relayed) = split(provider, created);
                self.conclude_enrolment(record, "replace-pin", relayed, move |record, _, _| {
                    record.conclude_pin_replacement(&holder, was_removed, created)
                })
                .await
            }
        }
    }

    /// Removes the PIN.
    ///
    /// # Errors
    /// As [`set_pin`](Self::set_pin).
    pub async fn remove_pin(&self, record: &EnrolmentRecord) -> Result<Enrolled, AppError> {
        let provider = self.enrols(record)?;
        let ReservedCall { holder, session, .. } =
            self.reserve_call(record, CallKind::Remove, EnrolledFactor::Pin).await?;
        let removed = match session {
            Ok(session) => provider.remove_pin(&session).await,
            Err(error) => Err(error),
        };
        self.conclude_enrolment(record, "remove-pin", None, move |record, _, _| {
            record.conclude_pin_removal(&holder, removed)
        })
        .await
    }

    /// Enrols a device.
    ///
    /// # Errors
    /// As [`set_pin`](Self::set_pin).
    pub async fn enrol_device(
        &self,
        record: &EnrolmentRecord,
        jwe: &Ciphertext,
        name: PlainText,
    ) -> Result<Enrolled, AppError> {
        let provider = self.enrols(record)?;
        provider.check_ciphertext(jwe.as_str())?;
        let ReservedCall { holder, session, .. } = self
            .reserve_call(record, CallKind::Enrol, EnrolledFactor::Device)
            .await?;
        let created = match session {
            Ok(session) => provider.create_device(&session, jwe.as_str()).await,
            Err(error) => Err(error),
        };
        let (created, relayed) = split(provider, created);
        self.conclude_enrolment(record, "enrol-device", relayed, move |record, known, now| {
            record.conclude_device_creation(&holder, &name, created, !known.devices.is_empty(), now)
        })
        .await
    }

    /// Records the id of the device that was enrolled last, which only the widget could read.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when the id does not have the provider's form or is that of a known device, or no device was enrolled just
    /// now that waits for one; when the enrolment is over or has a call in flight.
    pub async fn record_device(&self, record: &EnrolmentRecord, device: &str) -> Result<Enrolment, AppError> {
        let device = self.enrols(record)?.named_device_id(device);
        let device = device.ok_or_else(|| AppError::new(ProblemCode::NotFound))?;
        let change = move |record: &mut EnrolmentRecord, known: &KnownFactors, now| match record.record_device(
            &device,
            &known.devices,
            now,
        ) {
            Ok(change) => (Ok(()), vec![change]),
            Err(refusal) => (Err(refusal), Vec::new()),
        };
        let updated = self.update_enrolment(&record.id, change).await?;
        updated.outcome?;
        Ok(self.enrolment_report(&updated.record, &updated.known).await)
    }

    /// Removes a device.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when the customer has no such device; otherwise as [`set_pin`](Self::set_pin).
    pub async fn remove_device(&self, record: &EnrolmentRecord, device: &str) -> Result<Enrolled, AppError> {
        let provider = self.enrols(record)?;
        let device = self.device_id(record, device)?;
        let wanted = device.clone();
        let ReservedCall { holder, session, .. } = self
            .reserve_call_with(
                record,
                CallKind::Remove,
                Duration::ZERO,
                move |record, holder, known, now, lease| {
                    record.reserve_device_removal(holder, &wanted, &known.devices, now, lease)
                },
            )
            .await?;
        let removed = match session {
            Ok(session) => provider.remove_device(&session, &device).await,
            Err(error) => Err(error),
        };
        self.conclude_enrolment(record, "remove-device", None, move |record, _, _| {
            record.conclude_device_removal(&holder, &device, removed)
        })
        .await
    }

    fn device_id(&self, record: &EnrolmentRecord, text: &str) -> Result<DeviceId, AppError> {
        let device = self.enrols(record)?.device_id(text);
        device.ok_or_else(|| AppError::new(ProblemCode::NotFound))
    }

    async fn reserve_call(
        &self,
        record: &EnrolmentRecord,
        kind: CallKind,
        about: EnrolledFactor,
    ) -> Result<ReservedCall, AppError> {
        self.reserve_call_with(record, kind, Duration::ZERO, move |record, holder, _, now, lease| {
            record.reserve(holder, about, now, lease)
        })
        .await
    }

    /// Takes the lease for the provider's calls, and for those to the partner's own servers, which take as long as `partner` at most. A
    /// factor that the calls may enrol begins to wait.
    pub(super) async fn reserve_call_with<T: Send + 'static>(
        &self,
        record: &EnrolmentRecord,
        kind: CallKind,
        partner: Duration,
        reserve: impl FnOnce(&mut EnrolmentRecord, &str, &KnownFactors, Timestamp, Duration) -> Result<T, EnrolmentRefusal>
        + Send
        + 'static,
    ) -> Result<ReservedCall<T>, AppError> {
        let reserved = self.try_reserve_call(record, kind, partner, reserve).await?;
        reserved.map_err(|refusal| self.enrolment_refusal(refusal))
    }

    /// As [`reserve_call_with`](Self::reserve_call_with), where the caller turns some refusals into verdicts.
    pub(super) async fn try_reserve_call<T: Send + 'static>(
        &self,
        record: &EnrolmentRecord,
        kind: CallKind,
        partner: Duration,
        reserve: impl FnOnce(&mut EnrolmentRecord, &str, &KnownFactors, Timestamp, Duration) -> Result<T, EnrolmentRefusal>
        + Send
        + 'static,
    ) -> Result<Result<ReservedCall<T>, EnrolmentRefusal>, AppError> {
        let lease = kind.lease(self.0.providers.get(&record.provider)?.call_timeout(), partner);
        let cooling_off = self.0.settings.enrolments.cooling_off;
        let holder = Self::lease_holder()?;
        let held = holder.clone();
        let change = move |record: &mut EnrolmentRecord, known: &KnownFactors, now| {
            let reserved = reserve(record, &held, known, now, lease);
            if reserved.is_ok() && kind.may_enrol() && !cooling_off.is_zero() {
                record.begin_wait(now.plus(cooling_off));
            }
            (reserved.map(|reserved| (reserved, known.clone())), Vec::new())
        };
        let updated = self.update_enrolment(&record.id, change).await?;
        let (reserved, known) = match updated.outcome {
            Ok(reserved) => reserved,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let session = match self.0.store.enrolment_token(&record.id).await {
            Ok(Some(access_token)) => Ok(EnrolmentSession {
                access_token,
                profile: record.profile.clone(),
                user: record.user.clone(),
            }),
            // The enrolment has ended meanwhile.
            Ok(None) => Err(ProviderError::SessionEnded),
            Err(error) => {
                tracing::error!(enrolment = record.id, ?error, "reading the token failed");
                Err(ProviderError::Unreachable)
            }
        };
        Ok(Ok(ReservedCall {
            holder,
            known,
            reserved,
            session,
        }))
    }

    pub(super) fn enrolment_refusal(&self, refusal: EnrolmentRefusal) -> AppError {
        match refusal {
            EnrolmentRefusal::TooEarly { not_before } => {
                AppError::from(refusal).retry_after(self.now().until(not_before))
            }
            EnrolmentRefusal::Ended
            | EnrolmentRefusal::InProgress
            | EnrolmentRefusal::NoSuchDevice
            | EnrolmentRefusal::TooManyCalls
            | EnrolmentRefusal::NoKnownPhone
            | EnrolmentRefusal::CodeLimitReached
            | EnrolmentRefusal::NoCode
            | EnrolmentRefusal::ScanLimitReached => refusal.into(),
        }
    }

    pub(super) async fn conclude_enrolment(
        &self,
        record: &EnrolmentRecord,
        operation: &'static str,
        relayed: Option<String>,
        conclude: impl FnOnce(&mut EnrolmentRecord, &KnownFactors, Timestamp) -> EnrolmentConclusion + Send + 'static,
    ) -> Result<Enrolled, AppError> {
        let updated = self.store_conclusion(record, conclude).await?;
        self.enrolled(record, operation, relayed, updated).await
    }

    pub(super) async fn store_conclusion(
        &self,
        record: &EnrolmentRecord,
        conclude: impl FnOnce(&mut EnrolmentRecord, &KnownFactors, Timestamp) -> EnrolmentConclusion + Send + 'static,
    ) -> Result<ConcludedCall, AppError> {
        let change = move |record: &mut EnrolmentRecord, known: &KnownFactors, now| {
            let EnrolmentConclusion { result, changes } = conclude(record, known, now);
            (result, changes)
        };
        self.update_enrolment(&record.id, change).await
    }

    /// The answer to a call whose conclusion is stored.
    pub(super) async fn enrolled(
        &self,
        record: &EnrolmentRecord,
        operation: &'static str,
        relayed: Option<String>,
        updated: ConcludedCall,
    ) -> Result<Enrolled, AppError> {
        let verdict = updated.outcome.as_ref().map_or("none", EnrolmentVerdict::as_str);
        tracing::info!(
            enrolment = record.id,
            owner = record.owner,
            operation,
            verdict,
            "enrolment call concluded"
        );
        let verdict = updated.outcome?;
        Ok(Enrolled {
            relayed: relayed.filter(|_| verdict != EnrolmentVerdict::KeyStale),
            verdict,
            enrolment: self.enrolment_report(&updated.record, &updated.known).await,
        })
    }
}

/// Replaces a PIN at a provider that has no call for it.
///
/// The new PIN is tried first. Where there is an old one, nothing changes, and the provider has shown that it can decrypt the new one before
/// the old one is removed.
async fn replace(provider: &dyn FactorEnrolment, session: &EnrolmentSession, jwe: &Ciphertext) -> Replacement {
    let tried = provider.create_pin(session, jwe.as_str()).await;
    let has_old = matches!(&tried, Ok(tried) if tried.outcome == CreateOutcome::AlreadyEnrolled);
    if !has_old {
        return Replacement::NotRemoved(tried);
    }
    let was_removed = match provider.remove_pin(session).await {
        Ok(RemoveOutcome::Removed) => true,
        Ok(RemoveOutcome::NotEnrolled) => false,
        removed @ (Ok(RemoveOutcome::Rejected) | Err(_)) => return Replacement::RemovalFailed(removed),
    };
    Replacement::Removed {
        was_removed,
        created: provider.create_pin(session, jwe.as_str()).await,
    }
}

/// The outcome of a creation, and the provider's response for the browser. After a failed decryption, the key is fetched again.
fn split<T>(
    provider: &dyn FactorEnrolment,
    created: Result<CreateResult<T>, ProviderError>,
) -> (Result<CreateOutcome<T>, ProviderError>, Option<String>) {
    match created {
        Ok(CreateResult { outcome, relayed }) => {
            if matches!(outcome, CreateOutcome::CannotDecrypt) {
                provider.mark_encryption_key_stale();
            }
            (Ok(outcome), relayed)
        }
        Err(error) => (Err(error), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lease that is too short would let a second call overlap with the first one.
    #[test]
    fn a_lease_is_as_long_as_all_http_calls_of_its_operation_and_only_enrolling_ones_make_a_factor_wait() {
        let (provider, partner) = (Duration::from_secs(10), Duration::from_secs(15));
        for (kind, calls, may_enrol) in [
            (CallKind::Enrol, 1, true),
            (CallKind::Remove, 4, false),
            (CallKind::Replace, 6, true),
            (CallKind::SendCode, 0, false),
            (CallKind::RegisterPhone, 8, true),
            (CallKind::ReplacePhone, 12, true),
            (CallKind::RemovePhone, 8, false),
            (CallKind::EnrolFace, 6, true),
        ] {
            let lease = kind.lease(provider, partner * 2);
            assert_eq!(lease, Duration::from_secs(10 * calls + 30) + MARGIN, "{kind:?}");
            assert_eq!(kind.may_enrol(), may_enrol, "{kind:?}");
        }
    }
}
