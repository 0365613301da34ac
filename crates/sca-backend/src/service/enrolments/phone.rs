//! A customer's phone number: parsed, verified by the partner's code, registered at the provider. The number is in no row of the database.

use std::time::Duration;

use sca_core::{
    CodeCheck, CodeRequest, EnrolmentRecord, EnrolmentRefusal, Fingerprint, KnownPhone, PhoneEnrolment, PhoneNumber,
    PhoneOutcome, PhoneRegistration, PhoneVerification, ProviderError, RegisteredPhone, RemoveOutcome, Secret,
    provider::EnrolmentSession,
};
use sca_phone::number::{self, NumberFlaw};
use sca_protocol::{
    api::ProblemCode,
    enrolment_api::{Enrolled, EnrolmentVerdict, MAX_PHONE_INPUT, NewPhone, PhoneCode},
};

use super::{
    super::Backend,
    calls::{CallKind, ReservedCall},
};
use crate::problem::AppError;

/// Whether an old number is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Add,
    Replace,
}

impl Mode {
    fn kind(self) -> CallKind {
        match self {
            Self::Add => CallKind::RegisterPhone,
            Self::Replace => CallKind::ReplacePhone,
        }
    }
}

impl Backend {
    /// Has the partner send a code to a phone number.
    ///
    /// # Errors
    /// When phone numbers are not offered, the enrolment is over or has a call in flight, it is too early for another code, or the partner's
    /// server gives no usable response.
    pub async fn send_phone_code(&self, record: &EnrolmentRecord, phone: &NewPhone) -> Result<Enrolled, AppError> {
        let (verification, _) = self.phones_of(record)?;
        let number = match parse(phone.number.as_str(), &phone.country)? {
            Ok(number) => number,
            Err(verdict) => return self.unchanged(record, verdict).await,
        };
        let limits = self.0.settings.enrolments.phone;
        let reserved = self
            .try_reserve_call(
                record,
                CallKind::SendCode,
                verification.call_timeout(),
                move |record, holder, _, now, lease| record.reserve_phone_code(holder, now, lease, &limits),
            )
            .await?;
        let ReservedCall { holder, .. } = match reserved {
            Ok(reserved) => reserved,
            Err(EnrolmentRefusal::CodeLimitReached) => {
                return self.unchanged(record, EnrolmentVerdict::CodeLimitReached).await;
            }
            Err(refusal) => return Err(self.enrolment_refusal(refusal)),
        };
        let request = CodeRequest {
            enrolment: &record.id,
            customer: &record.customer,
            number: &number,
        };
        let sent = verification.start(&request).await;
        let (digest, masked) = (self.phone_digest(record, &number), number.masked());
        self.conclude_enrolment(record, "send-phone-code", None, move |record, _, now| {
            record.conclude_phone_code(&holder, digest, &masked, sent, now, &limits)
        })
        .await
    }

    /// Checks the code for a phone number, and registers the number.
    ///
    /// # Errors
    /// When phone numbers are not offered, the code does not have the form of one, the enrolment is over or has a call in flight, or the
    /// partner's server or the provider gives no usable response.
    pub async fn register_phone(&self, record: &EnrolmentRecord, phone: &PhoneCode) -> Result<Enrolled, AppError> {
        self.verify_phone(record, phone, Mode::Add).await
    }

    /// Checks the code for a phone number, and replaces the old number by it.
    ///
    /// # Errors
    /// As [`register_phone`](Self::register_phone), as long as the old number is not gone. After that there is always a verdict.
    pub async fn replace_phone(&self, record: &EnrolmentRecord, phone: &PhoneCode) -> Result<Enrolled, AppError> {
        self.verify_phone(record, phone, Mode::Replace).await
    }

    async fn verify_phone(
        &self,
        record: &EnrolmentRecord,
        phone: &PhoneCode,
        mode: Mode,
    ) -> Result<Enrolled, AppError> {
        let (verification, provider) = self.phones_of(record)?;
        let number = match parse(phone.number.as_str(), &phone.country)? {
            Ok(number) => number,
            Err(verdict) => return self.unchanged(record, verdict).await,
        };
        let code = code_of(phone.code.as_str())?;
        let digest = self.phone_digest(record, &number);
        let reserved = self
            .try_reserve_call(
                record,
                mode.kind(),
                verification.call_timeout(),
                move |record, holder, _, now, lease| record.reserve_phone_check(holder, &digest, now, lease),
            )
            .await?;
        let ReservedCall {
            holder,
            known,
            reserved: check,
            session,
        } = match reserved {
            Ok(reserved) => reserved,
            Err(EnrolmentRefusal::NoCode) => return self.unchanged(record, EnrolmentVerdict::CodeExpired).await,
            Err(refusal) => return Err(self.enrolment_refusal(refusal)),
        };
        let checked = if check.verified {
            Ok(CodeCheck::Correct)
        } else {
            verification.check(&check.verification, &code).await
        };
        match checked {
            Ok(CodeCheck::Correct) => {}
            checked @ (Ok(CodeCheck::Wrong | CodeCheck::Expired) | Err(_)) => {
                return self
                    .conclude_enrolment(record, "check-phone-code", None, move |record, _, _| {
                        record.conclude_phone_check(&holder, &check, checked)
                    })
                    .await;
            }
        }
        let (old, registration) = match session {
            Ok(session) => register(provider, &session, &number, known.phone, mode).await,
            Err(error) => (known.phone, not_called(error)),
        };
        let masked = number.masked();
        self.conclude_enrolment(record, "register-phone", None, move |record, _, now| {
            record.conclude_phone_registration(&holder, &check, &masked, old.as_ref(), registration, now)
        })
        .await
    }

    /// Removes the phone number.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when no number is known and the provider has no list; otherwise as
    /// [`register_phone`](Self::register_phone).
    pub async fn remove_phone(&self, record: &EnrolmentRecord) -> Result<Enrolled, AppError> {
        let (_, provider) = self.phones_of(record)?;
        let can_list = provider.lists_phones();
        let ReservedCall {
            holder, known, session, ..
        } = self
            .reserve_call_with(
                record,
                CallKind::RemovePhone,
                Duration::ZERO,
                move |record, holder, known, now, lease| {
                    record.reserve_phone_removal(holder, known, can_list, now, lease)
                },
            )
            .await?;
        let (phone, removed) = match session {
            Ok(session) => remove(provider, &session, known.phone.clone()).await,
            Err(error) => (None, Err(error)),
        };
        self.conclude_enrolment(record, "remove-phone", None, move |record, _, _| {
            record.conclude_phone_removal(&holder, known.phone.as_ref(), phone, removed)
        })
        .await
    }

    fn phones_of(&self, record: &EnrolmentRecord) -> Result<(&dyn PhoneVerification, &dyn PhoneEnrolment), AppError> {
        let (verification, provider) = self.0.providers.phones(&record.provider)?;
        if provider.serves(record.user.as_deref()) {
            Ok((verification, provider))
        } else {
            let reason = "the enrolment began without the customer's user id at the provider";
            Err(AppError::new(ProblemCode::FactorNotAvailable).with_source(reason))
        }
    }

    /// A keyed digest: there are few phone numbers.
    fn phone_digest(&self, record: &EnrolmentRecord, number: &PhoneNumber) -> Fingerprint {
        let sealer = self.0.store.sealer();
        sealer.digest(&[b"phone-number", record.id.as_bytes(), number.expose().as_bytes()])
    }

    /// A verdict that no call was made for.
    pub(super) async fn unchanged(
        &self,
        record: &EnrolmentRecord,
        verdict: EnrolmentVerdict,
    ) -> Result<Enrolled, AppError> {
        let current = self.0.store.enrolment(&record.id).await?;
        let current = current.ok_or_else(|| AppError::new(ProblemCode::NotFound))?;
        Ok(Enrolled {
            verdict,
            relayed: None,
            enrolment: self.enrolment_view(&current).await?,
        })
    }
}

/// Parses a number. The inner error is a verdict for the customer; the outer one a mistake of the page's.
fn parse(text: &str, country: &str) -> Result<Result<PhoneNumber, EnrolmentVerdict>, AppError> {
    if text.chars().count() > MAX_PHONE_INPUT {
        return Ok(Err(EnrolmentVerdict::NumberTooLong));
    }
    let flaw = match number::parse(text, country) {
        Ok(number) => return Ok(Ok(number)),
        Err(flaw) => flaw,
    };
    Ok(Err(match flaw {
        NumberFlaw::Country => return Err(AppError::new(ProblemCode::InvalidRequest).with_source(flaw)),
        NumberFlaw::Invalid => EnrolmentVerdict::NumberInvalid,
        NumberFlaw::TooShort => EnrolmentVerdict::NumberTooShort,
        NumberFlaw::TooLong => EnrolmentVerdict::NumberTooLong,
        NumberFlaw::OtherCountry => EnrolmentVerdict::NumberOfOtherCountry,
    }))
}

/// A code: 4 to 10 ASCII digits, which need no JSON escapes.
fn code_of(text: &str) -> Result<Secret, AppError> {
    let is_code = (4..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_code {
        Ok(Secret::new(text.to_owned()))
    } else {
        Err(AppError::new(ProblemCode::InvalidRequest).with_source("`code` is not 4 to 10 digits"))
    }
}

fn not_called(error: ProviderError) -> PhoneRegistration {
    PhoneRegistration::Created {
        created: Err(error),
        listed: None,
        is_new: false,
    }
}

/// The stored number, if the provider lists it, or else the first that it lists; the stored one where it has no list.
async fn current(
    provider: &dyn PhoneEnrolment,
    session: &EnrolmentSession,
    stored: Option<KnownPhone>,
) -> Result<Option<KnownPhone>, ProviderError> {
    let Some(listing) = provider.list_phones(session) else {
        return Ok(stored);
    };
    let listed = listing.await?;
    Ok(preferred(&listed, stored.as_ref()))
}

/// Of listed numbers the stored one, or else the first.
fn preferred(listed: &[RegisteredPhone], stored: Option<&KnownPhone>) -> Option<KnownPhone> {
    let is_stored = |listed: &&RegisteredPhone| stored.is_some_and(|stored| stored.id == listed.id);
    let found = listed.iter().find(is_stored).or(listed.first());
    found.map(|listed| merged(listed, stored))
}

/// A listed number. When it was registered is known if the backend registered it.
fn merged(listed: &RegisteredPhone, stored: Option<&KnownPhone>) -> KnownPhone {
    KnownPhone {
        id: listed.id.clone(),
        masked: listed.number.masked(),
        created_at: stored
            .filter(|stored| stored.id == listed.id)
            .and_then(|stored| stored.created_at),
    }
}

/// Registers a number. Gives the old number, and how far the registration has come.
async fn register(
    provider: &dyn PhoneEnrolment,
    session: &EnrolmentSession,
    number: &PhoneNumber,
    stored: Option<KnownPhone>,
    mode: Mode,
) -> (Option<KnownPhone>, PhoneRegistration) {
    if mode == Mode::Add {
        let created = create(provider, session, number, stored.as_ref()).await;
        return (stored, created);
    }
    let old = match current(provider, session, stored).await {
        Ok(old) => old,
        Err(error) if error.is_not_executed() => return (None, not_called(error)),
        // To read the list has changed nothing.
        Err(_) => return (None, not_called(ProviderError::Unreachable)),
    };
    let registration = match &old {
        None => create(provider, session, number, None).await,
        Some(old) => replace(provider, session, number, old).await,
    };
    (old, registration)
}

/// Registers a number beside no other. After a lost answer, the provider's list tells whether it is registered.
async fn create(
    provider: &dyn PhoneEnrolment,
    session: &EnrolmentSession,
    number: &PhoneNumber,
    stored: Option<&KnownPhone>,
) -> PhoneRegistration {
    let created = provider.create_phone(session, number).await;
    let needs_list = match &created {
        Ok(PhoneOutcome::AlreadyRegistered) => true,
        Ok(PhoneOutcome::Registered(_) | PhoneOutcome::Repeated | PhoneOutcome::Rejected) => false,
        Err(error) => !error.is_not_executed(),
    };
    let listing = if needs_list {
        provider.list_phones(session)
    } else {
        None
    };
    let listed = match listing {
        Some(listing) => listing.await.unwrap_or_else(|error| {
            // The answer to the registration stands without it.
            tracing::warn!(%error, "the provider's list of phone numbers cannot be read");
            Vec::new()
        }),
        None => Vec::new(),
    };
    let new = listed.iter().find(|listed| listed.number == *number);
    PhoneRegistration::Created {
        created,
        is_new: new.is_some(),
        listed: match new {
            Some(new) => Some(merged(new, stored)),
            None => preferred(&listed, stored),
        },
    }
}

/// Replaces a number: in one step where the provider has a call for it. Otherwise the new number is tried first, so that a number that the
/// provider does not take costs no old one.
async fn replace(
    provider: &dyn PhoneEnrolment,
    session: &EnrolmentSession,
    number: &PhoneNumber,
    old: &KnownPhone,
) -> PhoneRegistration {
    if let Some(updating) = provider.update_phone(session, &old.id, number) {
        return PhoneRegistration::Updated(updating.await);
    }
    let tried = match provider.create_phone(session, number).await {
        Ok(PhoneOutcome::AlreadyRegistered) => None,
        Ok(PhoneOutcome::Registered(id)) => Some(id),
        created @ (Ok(PhoneOutcome::Repeated | PhoneOutcome::Rejected) | Err(_)) => {
            return PhoneRegistration::Created {
                created,
                listed: None,
                is_new: false,
            };
        }
    };
    let removed = provider.remove_phone(session, &old.id).await;
    if let Some(created) = tried {
        return PhoneRegistration::Beside { created, removed };
    }
    match removed {
        Ok(RemoveOutcome::Removed | RemoveOutcome::NotEnrolled) => PhoneRegistration::Replaced {
            created: provider.create_phone(session, number).await,
        },
        removed @ (Ok(RemoveOutcome::Rejected) | Err(_)) => PhoneRegistration::RemovalFailed(removed),
    }
}

/// Removes the number that is registered. Gives the number, and the outcome.
async fn remove(
    provider: &dyn PhoneEnrolment,
    session: &EnrolmentSession,
    stored: Option<KnownPhone>,
) -> (Option<KnownPhone>, Result<RemoveOutcome, ProviderError>) {
    match current(provider, session, stored.clone()).await {
        Ok(Some(phone)) => {
            let removed = provider.remove_phone(session, &phone.id).await;
            (Some(phone), removed)
        }
        Ok(None) => (stored, Ok(RemoveOutcome::NotEnrolled)),
        Err(error) if error.is_not_executed() => (stored, Err(error)),
        // To read the list has changed nothing.
        Err(_) => (stored, Err(ProviderError::Unreachable)),
    }
}
