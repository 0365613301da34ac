//! Enrolments: a customer sets up and removes factors in the widget. `calls` has the calls to the provider; `phone` and `face` have those
//! that the partner's own servers take part in.
//!
//! Whoever enrols a factor can approve payments with it. So the customer approves the beginning of an enrolment, or, where the
//! configuration allows it, the partner has authenticated the customer (step-up).

mod calls;
pub(super) mod face;
mod phone;

use std::sync::Arc;
use std::time::Duration;

use sca_core::{
    EnrolmentAuthorisation, EnrolmentProgress, EnrolmentRecord, EnrolmentRefusal, FactorChange, KnownFactors,
    OfferedFactors, PhoneEnrolment, PhoneLimits, ProviderId, Secret, provider::FactorEnrolment,
};
use sca_protocol::{
    Timestamp,
    api::{EncryptionKey, ProblemCode},
    enrolment_api::Enrolment,
};
use sca_runtime::random;
use sca_store::{EnrolmentInsert, EnrolmentUpdate, NewEnrolment};

use super::Backend;
use crate::problem::AppError;

/// The settings of enrolments.
#[derive(Clone, Copy, Debug)]
pub struct EnrolmentSettings {
    /// Whether an enrolment may begin without an approval, because the partner says that it has authenticated the customer.
    pub partner_step_up: bool,
    /// How long an enrolment stays open.
    pub lifetime: Duration,
    /// Whether the widget accepts no PIN that is easy to guess; if not, it warns.
    pub refuse_weak_pins: bool,
    /// How long a newly enrolled factor waits before it can be used. Zero: not at all.
    pub cooling_off: Duration,
    /// The limits of the code step for phone numbers.
    pub phone: PhoneLimits,
}

impl Default for EnrolmentSettings {
    fn default() -> Self {
        Self {
            partner_step_up: false,
            lifetime: Duration::from_secs(900),
            refuse_weak_pins: false,
            cooling_off: Duration::ZERO,
            phone: PhoneLimits::default(),
        }
    }
}

/// The parameters of a new enrolment.
#[derive(Debug)]
pub struct EnrolmentOrder {
    /// The provider.
    pub provider: ProviderId,
    /// The name of the partner's API key.
    pub owner: String,
    /// The partner's id of the customer.
    pub customer: String,
    /// The customer's access token.
    pub access_token: Secret,
    /// The customer's profile.
    pub profile: Option<String>,
    /// The customer's user id at the provider.
    pub user: Option<String>,
    /// Who authenticated the customer.
    pub authorised_by: EnrolmentAuthorisation,
}

/// An enrolment that has begun.
#[derive(Debug)]
pub struct BegunEnrolment {
    /// The enrolment.
    pub enrolment: Enrolment,
    /// The widget's credential. It is returned once: the store keeps only its digest.
    pub client_secret: Secret,
}

impl Backend {
    /// The provider whose factors customers can enrol: the named one, or else the first that has such.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] where it is not configured.
    pub fn enrolling_provider(&self, name: Option<&str>) -> Result<ProviderId, AppError> {
        match name {
            Some(name) => Ok(self.0.providers.named(name)?.id()),
            None => self.0.providers.default_enrolling(),
        }
    }

    /// Checks the provider's ids of a customer, without a call.
    ///
    /// # Errors
    /// When the provider is not configured, or an id is missing or malformed.
    pub fn check_enrolment_order(&self, order: &EnrolmentOrder) -> Result<(), AppError> {
        let provider = self.0.providers.factor_enrolment(&order.provider)?;
        let checked = provider.check_customer(order.profile.as_deref(), order.user.as_deref());
        checked.map_err(|error| AppError::new(ProblemCode::InvalidRequest).with_source(error))
    }

    /// Begins an enrolment, consumes the approval that it begins with, and ends the open enrolments of the same customer.
    ///
    /// # Errors
    /// [`ProblemCode::StepUpRequired`] when the approval cannot be used, or the partner's step-up is not accepted; when the provider is not
    /// configured, or an id is missing or malformed; or when the store fails.
    pub async fn begin_enrolment(&self, order: EnrolmentOrder) -> Result<BegunEnrolment, AppError> {
        self.check_enrolment_order(&order)?;
        let settings = self.0.settings.enrolments;
        let authorised_by = match &order.authorised_by {
            EnrolmentAuthorisation::Approval(_) => "approval",
            EnrolmentAuthorisation::Partner if settings.partner_step_up => "partner",
            EnrolmentAuthorisation::Partner => {
                return Err(AppError::new(ProblemCode::StepUpRequired)
                    .with_source("`enrolment.partner_step_up` is not set, so an approval is required"));
            }
        };
        let now = self.now();
        let mut record = EnrolmentRecord {
            id: random::name("enr_").map_err(AppError::internal)?,
            owner: order.owner,
            version: 1,
            provider: order.provider,
            customer: order.customer,
            profile: order.profile,
            user: order.user,
            authorised_by: order.authorised_by,
            created_at: now,
            expires_at: now.plus(settings.lifetime),
            ended_at: None,
            progress: EnrolmentProgress::default(),
        };
        let client_secret = random::client_secret(&record.id).map_err(AppError::internal)?;
        let new = NewEnrolment {
            record: record.clone(),
            client_secret: client_secret.clone(),
            access_token: order.access_token,
        };
        match self.0.store.insert_enrolment(new, self.0.settings.limits).await? {
            EnrolmentInsert::Inserted(consumed) => {
                if let Some(consumed) = consumed {
                    record.learn_from(&consumed.record);
                    self.publish_effects(&consumed);
                }
            }
            EnrolmentInsert::Refused(refusal) => {
                return Err(AppError::new(ProblemCode::StepUpRequired).with_source(refusal));
            }
        }
        tracing::info!(
            enrolment = record.id,
            provider = record.provider.as_str(),
            owner = record.owner,
            authorised_by,
            "enrolment begun"
        );
        Ok(BegunEnrolment {
            enrolment: self.enrolment_view(&record).await?,
            client_secret,
        })
    }

    /// The enrolment of a client secret.
    ///
    /// # Errors
    /// [`ProblemCode::Unauthorized`] when no open enrolment has this secret.
    pub async fn authorise_enrolment(&self, secret: &Secret) -> Result<EnrolmentRecord, AppError> {
        let record = self.0.store.enrolment_by_secret(secret).await?;
        record
            .filter(|record| !record.is_over(self.now()))
            .ok_or_else(|| AppError::new(ProblemCode::Unauthorized))
    }

    /// A partner's enrolment by its id.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when the partner has no enrolment with this id.
    pub async fn find_enrolment(&self, owner: &str, id: &str) -> Result<EnrolmentRecord, AppError> {
        let record = self.0.store.enrolment(id).await?;
        record
            .filter(|record| record.owner == owner)
            .ok_or_else(|| AppError::new(ProblemCode::NotFound))
    }

    /// The widget's and the partner's view of an enrolment.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn enrolment_view(&self, record: &EnrolmentRecord) -> Result<Enrolment, AppError> {
        let known = self.0.store.known_factors(record).await?;
        let now = self.now();
        let waits = self.waits_of_enrolment(record, now).await?;
        Ok(self.enrolment_with(record, &known, &waits, now))
    }

    /// Which factors the enrolment offers besides PIN and device.
    pub(super) fn offered_factors(&self, record: &EnrolmentRecord) -> OfferedFactors {
        let providers = &self.0.providers;
        let phones = providers.phones(&record.provider).ok().map(|(_, phones)| phones);
        let phones = phones.filter(|phones| phones.serves(record.user.as_deref()));
        OfferedFactors {
            phone: phones.is_some(),
            lists_phones: phones.is_some_and(PhoneEnrolment::lists_phones),
            face: providers.faces(&record.provider).is_ok(),
        }
    }

    /// The provider's public key for the factors of an enrolment.
    ///
    /// # Errors
    /// When the provider is not configured or returns none.
    pub async fn enrolment_key(&self, record: &EnrolmentRecord) -> Result<EncryptionKey, AppError> {
        Ok(self.enrols(record)?.encryption_key().await?)
    }

    /// Ends an enrolment on the customer's request. A call in flight is completed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_enrolment(&self, id: &str) -> Result<Enrolment, AppError> {
        let end = |record: &mut EnrolmentRecord, _: &KnownFactors, now| {
            record.end(now);
            ((), Vec::new())
        };
        let updated = self.update_enrolment(id, end).await?;
        tracing::info!(enrolment = id, "enrolment ended");
        Ok(self.enrolment_report(&updated.record, &updated.known).await)
    }

    /// Ends the enrolments that have expired, so that their tokens are wiped.
    pub(super) async fn end_due_enrolments(&self) -> Result<(), AppError> {
        for id in self.0.store.due_enrolments(self.now()).await? {
            let end = |record: &mut EnrolmentRecord, _: &KnownFactors, now| {
                record.end_if_due(now);
                ((), Vec::new())
            };
            // An unreadable enrolment must not keep the tokens of the others.
            if let Err(error) = self.update_enrolment(&id, end).await {
                tracing::error!(enrolment = id, ?error, "due enrolment not ended");
            }
        }
        Ok(())
    }

    fn enrols(&self, record: &EnrolmentRecord) -> Result<&dyn FactorEnrolment, AppError> {
        self.0.providers.factor_enrolment(&record.provider)
    }

    /// Updates an enrolment, at the time of the change. Completes even if the caller disconnects.
    async fn update_enrolment<T: Send + 'static>(
        &self,
        id: &str,
        change: impl FnOnce(&mut EnrolmentRecord, &KnownFactors, Timestamp) -> (T, Vec<FactorChange>) + Send + 'static,
    ) -> Result<EnrolmentUpdate<T>, AppError> {
        let clock = Arc::clone(&self.0.clock);
        let change = move |record: &mut EnrolmentRecord, known: &KnownFactors| change(record, known, clock.now());
        let updated = self.0.store.update_enrolment(id, change).await?;
        let updated = updated.ok_or_else(|| AppError::new(ProblemCode::NotFound))?;
        if updated.has_events {
            self.0.outbox_signal.notify();
        }
        Ok(updated)
    }
}

impl From<EnrolmentRefusal> for AppError {
    fn from(refusal: EnrolmentRefusal) -> Self {
        let code = match refusal {
            EnrolmentRefusal::Ended => ProblemCode::Unauthorized,
            EnrolmentRefusal::InProgress => ProblemCode::RequestInProgress,
            EnrolmentRefusal::NoSuchDevice | EnrolmentRefusal::NoKnownPhone => ProblemCode::NotFound,
            EnrolmentRefusal::TooManyCalls => ProblemCode::EnrolmentLimitReached,
            EnrolmentRefusal::TooEarly { .. } => ProblemCode::TooManyRequests,
            EnrolmentRefusal::CodeLimitReached | EnrolmentRefusal::NoCode | EnrolmentRefusal::ScanLimitReached => {
                ProblemCode::FactorNotAvailable
            }
        };
        Self::new(code).with_source(refusal)
    }
}
