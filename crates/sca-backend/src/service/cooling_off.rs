//! Cooling-off: which of a customer's factors are too new to be used. Enrolments write the waits, approvals read them.

use sca_core::{EnrolmentRecord, FactorWait, KnownFactors, ProviderId, Record, Source};
use sca_protocol::{
    Timestamp,
    enrolment_api::{Enrolment, WeakPins},
};

use super::Backend;
use crate::problem::AppError;

impl Backend {
    /// The factors that are too new, by the provider's ids of the customer. Empty where the configuration has no cooling-off: a factor that
    /// waits is released when the partner switches the setting off.
    pub(super) async fn factor_waits(
        &self,
        provider: &ProviderId,
        profile: Option<&str>,
        user: Option<&str>,
    ) -> Result<Vec<FactorWait>, AppError> {
        if self.0.settings.enrolments.cooling_off.is_zero() {
            return Ok(Vec::new());
        }
        let waits = self.0.store.factor_waits(provider, profile, user, self.now());
        Ok(waits.await?)
    }

    /// As [`factor_waits`](Self::factor_waits), for the customer of an approval.
    pub(super) async fn factor_waits_of(&self, record: &Record) -> Result<Vec<FactorWait>, AppError> {
        match &record.source {
            Source::OneTimeToken { provider, profile, .. } => {
                self.factor_waits(provider, profile.as_deref(), record.progress.user.as_deref())
                    .await
            }
            // No factor for these is enrolled in the widget.
            Source::Transfer(_) | Source::Confirmation(_) => Ok(Vec::new()),
        }
    }

    /// The view of an enrolment after a call. If the waits cannot be read, it names none: what the provider answered must not be lost.
    pub(super) async fn enrolment_report(&self, record: &EnrolmentRecord, known: &KnownFactors) -> Enrolment {
        let now = self.now();
        let waits = self.waits_of_enrolment(record, now).await.unwrap_or_else(|error| {
            tracing::error!(enrolment = record.id, ?error, "the waits of factors cannot be read");
            Vec::new()
        });
        self.enrolment_with(record, known, &waits, now)
    }

    /// The factors of an enrolment's customer that are too new.
    pub(super) async fn waits_of_enrolment(
        &self,
        record: &EnrolmentRecord,
        now: Timestamp,
    ) -> Result<Vec<FactorWait>, AppError> {
        if self.0.settings.enrolments.cooling_off.is_zero() {
            return Ok(Vec::new());
        }
        Ok(self.0.store.factor_waits_of(record, now).await?)
    }

    pub(super) fn enrolment_with(
        &self,
        record: &EnrolmentRecord,
        known: &KnownFactors,
        waits: &[FactorWait],
        now: Timestamp,
    ) -> Enrolment {
        let weak_pins = if self.0.settings.enrolments.refuse_weak_pins {
            WeakPins::Refused
        } else {
            WeakPins::Warned
        };
        record.snapshot_with(known, self.offered_factors(record), waits, weak_pins, now)
    }
}
