//! Enrolment: a customer sets up and removes factors in the widget. Plain functions from a stored record and the outcome of a provider's
//! call to the next record.
//!
//! A call reserves the enrolment, so that one call is in flight at a time. A call without an answer leaves the factor's state unknown: it
//! is never reported as not done. [`Record::consume_for_enrolment`](crate::Record::consume_for_enrolment) is where an enrolment begins.

pub(crate) mod face;
pub(crate) mod phone;
#[cfg(test)]
mod table;

use std::time::Duration;

use sca_protocol::{
    Factor, PlainText, Timestamp,
    enrolment_api::{
        EnrolledDevice, Enrolment, EnrolmentStatus, EnrolmentVerdict, FactorKind, FactorReport, FactorState, WeakPins,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use phone::PendingPhone;

use super::{
    CallCounts, CreateOutcome, DeviceId, EventType, FaceReference, OutboundEvent, PhoneId, ProviderError, ProviderId,
    Record, RemoveOutcome, browser_key_name, provider::CreatedDevice,
};

/// How long after a device was enrolled the widget can name its id. It does so at once, by itself.
pub(super) const RECORD_WITHIN: Duration = Duration::from_secs(120);

/// An enrolment as it is stored, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentRecord {
    /// The public id.
    pub id: String,
    /// The name of the API key of the partner that owns it.
    pub owner: String,
    /// The version. Every stored change increments it.
    pub version: u64,
    /// The provider. Immutable.
    pub provider: ProviderId,
    /// The partner's id of the customer. Immutable.
    pub customer: String,
    /// The customer's profile at the provider, where calls contain it. Immutable.
    pub profile: Option<String>,
    /// The customer's user id at the provider, where calls contain it. Immutable.
    pub user: Option<String>,
    /// Who authenticated the customer. Immutable.
    pub authorised_by: EnrolmentAuthorisation,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What its calls have shown.
    pub progress: EnrolmentProgress,
}

/// Who authenticated the customer before the enrolment. Whoever enrols a factor can approve payments with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EnrolmentAuthorisation {
    /// The customer approved access to the security settings, in the approval with this id.
    Approval(String),
    /// The partner, by means of its own.
    Partner,
}

/// What the calls of an enrolment have shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnrolmentProgress {
    /// Whether the customer has a PIN.
    pub pin: FactorState,
    /// Whether the answer to a call about the PIN was lost since its state was last known.
    pub pin_unanswered: bool,
    /// Whether the customer has a device that the backend cannot list.
    pub has_unlisted_device: bool,
    /// Whether the answer to a call about a device was lost since then.
    pub device_unanswered: bool,
    /// The device that was enrolled last, while only the widget knows its id.
    pub unrecorded: Option<UnrecordedDevice>,
    /// Whether the customer has a phone number.
    pub phone: FactorState,
    /// Whether the answer to a call about the phone number was lost since its state was last known.
    pub phone_unanswered: bool,
    /// The code that was sent to a phone number, and the number's digest.
    pub phone_code: Option<PendingPhone>,
    /// How many codes were sent to phone numbers, the one in flight included.
    pub phone_sends: u8,
    /// When the next one may be sent.
    pub phone_resend_at: Option<Timestamp>,
    /// Whether the customer has a face.
    pub face: FactorState,
    /// Whether the answer to a call about the face was lost since its state was last known.
    pub face_unanswered: bool,
    /// How many scans were submitted, the one in flight included.
    pub face_scans: u8,
    /// The call to the provider that is in flight.
    pub lease: Option<EnrolmentLease>,
    /// The calls that were made.
    pub calls: CallCounts,
}

impl Default for EnrolmentProgress {
    fn default() -> Self {
        Self {
            pin: FactorState::Unknown,
            pin_unanswered: false,
            has_unlisted_device: false,
            device_unanswered: false,
            unrecorded: None,
            phone: FactorState::Unknown,
            phone_unanswered: false,
            phone_code: None,
            phone_sends: 0,
            phone_resend_at: None,
            face: FactorState::Unknown,
            face_unanswered: false,
            face_scans: 0,
            lease: None,
            calls: CallCounts::default(),
        }
    }
}

/// What the backend has stored of a customer's factors at a provider, over all enrolments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownFactors {
    /// The devices that the backend has enrolled, the oldest first.
    pub devices: Vec<EnrolledDevice>,
    /// The phone number.
    pub phone: Option<KnownPhone>,
    /// The face.
    pub face: Option<KnownFace>,
}

/// A phone number that is registered at the provider. The number itself is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPhone {
    /// The provider's id of it.
    pub id: PhoneId,
    /// The number with all but its last two to four digits hidden.
    pub masked: String,
    /// When the backend registered it; `None` where it was registered elsewhere.
    pub created_at: Option<Timestamp>,
}

/// A face at the partner's face server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFace {
    /// Its reference there.
    pub reference: FaceReference,
    /// Whether the provider confirmed that the face is enrolled with it too.
    pub is_confirmed: bool,
}

/// A face that was removed at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedFace {
    /// Its reference at the face server.
    pub reference: FaceReference,
    /// Whether the face server still has it.
    pub is_kept: bool,
}

/// Which factors can be enrolled besides PIN and device, as configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfferedFactors {
    /// A phone number.
    pub phone: bool,
    /// Whether the provider lists phone numbers, so that one that was registered elsewhere can be replaced and removed.
    pub lists_phones: bool,
    /// A face.
    pub face: bool,
}

/// An enrolled device whose id only the widget knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnrecordedDevice {
    /// The name that the customer knows it by.
    pub name: PlainText,
    /// When it was enrolled.
    pub created_at: Timestamp,
}

/// What a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EnrolledFactor {
    /// The PIN.
    Pin,
    /// A device.
    Device,
    /// The phone number.
    Phone,
    /// A code for a phone number, which changes nothing at the provider.
    PhoneCode,
    /// The face.
    Face,
}

impl EnrolledFactor {
    fn factor(self) -> Factor {
        match self {
            Self::Pin => Factor::Pin,
            Self::Device => Factor::Device,
            Self::Phone | Self::PhoneCode => Factor::Sms,
            Self::Face => Factor::FaceScan,
        }
    }
}

/// A call to the provider that is in flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentLease {
    /// The random id of the request that made the call.
    pub holder: String,
    /// What the call is about.
    pub about: EnrolledFactor,
    /// When the lease expires.
    pub until: Timestamp,
    /// From when on a factor that the call enrols can be used. `None` where it enrols none, or new factors do not wait.
    #[serde(default)]
    pub usable_from: Option<Timestamp>,
}

/// Why a call of an enrolment is not possible now. The record is unchanged, and the provider was not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentRefusal {
    /// The enrolment has ended or expired.
    #[error("the enrolment has ended")]
    Ended,
    /// Another call to the provider is in flight.
    #[error("another call to the provider is in progress")]
    InProgress,
    /// The customer has no such device, none waits for its id, or it is too late to name it.
    #[error("the customer has no such device")]
    NoSuchDevice,
    /// The enrolment has made as many calls as it may.
    #[error("the enrolment has made as many calls as it may")]
    TooManyCalls,
    /// The backend knows no phone number of the customer, and the provider cannot list them.
    #[error("no phone number of the customer is known")]
    NoKnownPhone,
    /// It is too early for another code.
    #[error("not before {} (milliseconds since the Unix epoch)", not_before.0)]
    TooEarly {
        /// The earliest time for a retry.
        not_before: Timestamp,
    },
    /// No further code is sent in this enrolment.
    #[error("no further code is sent in this enrolment")]
    CodeLimitReached,
    /// No code for this number can be entered.
    #[error("no code for this number can be entered")]
    NoCode,
    /// No further scan of a face is accepted in this enrolment.
    #[error("no further scan is accepted in this enrolment")]
    ScanLimitReached,
}

/// A change of a customer's factors at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactorChange {
    /// A PIN was set.
    PinEnrolled,
    /// The PIN was removed.
    PinRemoved,
    /// A device was enrolled; `None` while its id is not known.
    DeviceEnrolled(Option<EnrolledDevice>),
    /// The id of a device that was enrolled before became known.
    DeviceRecorded(EnrolledDevice),
    /// A device was removed. It has this id.
    DeviceRemoved(DeviceId),
    /// A phone number was registered; `None` while its id is not known.
    PhoneEnrolled(Option<KnownPhone>),
    /// A phone number was found that was registered before.
    PhoneFound(KnownPhone),
    /// A phone number was removed; `None` where it is not known which.
    PhoneRemoved(Option<KnownPhone>),
    /// A number that was stored under this id is not at the provider any more, and who removed it is not known.
    PhoneForgotten(PhoneId),
    /// A face was enrolled. It has this reference; `None` where that is not known.
    FaceEnrolled(Option<FaceReference>),
    /// Whether a face was enrolled is not known. It has this reference.
    FaceKept(FaceReference),
    /// The face was removed. It had this reference; `None` where that is not known.
    FaceRemoved(Option<RemovedFace>),
    /// A face of which it was not known whether it was enrolled is in neither place. It had this reference.
    FaceForgotten(FaceReference),
}

/// What a call of an enrolment led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentConclusion {
    /// The verdict for the widget; an error where the call failed without one.
    pub result: Result<EnrolmentVerdict, ProviderError>,
    /// What has changed at the provider, in order.
    pub changes: Vec<FactorChange>,
}

impl EnrolmentConclusion {
    fn verdict(verdict: EnrolmentVerdict, changes: impl IntoIterator<Item = FactorChange>) -> Self {
        Self {
            result: Ok(verdict),
            changes: changes.into_iter().collect(),
        }
    }

    fn failed(error: ProviderError) -> Self {
        Self {
            result: Err(error),
            changes: Vec::new(),
        }
    }
}

impl EnrolmentRecord {
    /// Whether the enrolment has ended or expired.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ended_at.is_some() || now >= self.expires_at
    }

    /// Ends the enrolment. A call in flight is still concluded.
    pub fn end(&mut self, now: Timestamp) {
        self.ended_at.get_or_insert(now);
    }

    /// Ends the enrolment if it has expired.
    pub fn end_if_due(&mut self, now: Timestamp) {
        if now >= self.expires_at {
            self.end(now);
        }
    }

    /// Records which factors the customer has, as the approval shows that the enrolment begins with: those that cleared its challenges.
    pub fn learn_from(&mut self, approval: &Record) {
        let progress = &approval.progress;
        for challenge in progress.challenges.iter().filter(|challenge| challenge.passed) {
            let attempts = progress
                .evidence
                .iter()
                .filter(|attempt| attempt.challenge == challenge.id);
            let mut attempted: Vec<Option<EnrolledFactor>> = attempts
                .map(|attempt| EnrolledFactor::behind(&attempt.factor))
                .collect();
            attempted.dedup();
            // After attempts with several factors, it is not known which of them cleared the challenge.
            match attempted.as_slice() {
                [Some(EnrolledFactor::Pin)] => self.progress.pin = FactorState::Enrolled,
                [Some(EnrolledFactor::Phone)] => self.progress.phone = FactorState::Enrolled,
                [Some(EnrolledFactor::Face)] => self.progress.face = FactorState::Enrolled,
                // A device is one of several, and the list of them says more.
                [Some(EnrolledFactor::Device | EnrolledFactor::PhoneCode) | None] | [] | [_, _, ..] => {}
            }
        }
    }

    /// The widget's and the partner's view.
    #[must_use]
    pub fn snapshot(
        &self,
        known: &KnownFactors,
        offered: OfferedFactors,
        weak_pins: WeakPins,
        now: Timestamp,
    ) -> Enrolment {
        let report = |factor, kind, state| FactorReport {
            factor,
            kind,
            state,
            usable_from: None,
        };
        let mut factors = vec![
            report(Factor::Pin, FactorKind::Knowledge, self.pin_state()),
            report(Factor::Device, FactorKind::Possession, self.device_state(known)),
        ];
        if offered.phone {
            let factor = EnrolledFactor::Phone.factor();
            factors.push(report(factor, FactorKind::Possession, self.phone_state(known)));
        }
        if offered.face {
            let factor = EnrolledFactor::Face.factor();
            factors.push(report(factor, FactorKind::Inherence, self.face_state(known)));
        }
        Enrolment {
            id: self.id.clone(),
            version: self.version,
            server_time: now,
            expires_at: self.expires_at,
            status: if self.is_over(now) {
                EnrolmentStatus::Ended
            } else {
                EnrolmentStatus::Open
            },
            factors,
            devices: known.devices.clone(),
            browser_key: self.browser_key(),
            weak_pins,
            phone: self.enrolled_phone(known, offered.lists_phones),
            phone_code: self.phone_code(now),
        }
    }

    /// The name under which the customer's browsers keep their key. Approvals name the profile alone, so it goes before the partner's id of
    /// the customer.
    fn browser_key(&self) -> String {
        let customer = self.profile.as_ref().unwrap_or(&self.customer);
        browser_key_name(&self.owner, &self.provider, customer)
    }

    fn pin_state(&self) -> FactorState {
        // The outcome of a call in flight decides. One that was lost does not come.
        if self.is_in_flight(EnrolledFactor::Pin) {
            FactorState::Unknown
        } else {
            self.progress.pin.clone()
        }
    }

    fn device_state(&self, known: &KnownFactors) -> FactorState {
        let has_device =
            !known.devices.is_empty() || self.progress.has_unlisted_device || self.progress.unrecorded.is_some();
        if has_device {
            FactorState::Enrolled
        } else {
            // The provider may know a device that the backend has not enrolled.
            FactorState::Unknown
        }
    }

    fn is_in_flight(&self, about: EnrolledFactor) -> bool {
        self.progress.lease.as_ref().is_some_and(|lease| lease.about == about)
    }

    /// Takes the lease for a call, which excludes other calls.
    ///
    /// # Errors
    /// When the enrolment is over, another call holds the lease, or as many calls were made as an enrolment may make.
    pub fn reserve(
        &mut self,
        holder: &str,
        about: EnrolledFactor,
        now: Timestamp,
        lease: Duration,
    ) -> Result<(), EnrolmentRefusal> {
        if self.is_over(now) {
            return Err(EnrolmentRefusal::Ended);
        }
        if self.progress.lease.as_ref().is_some_and(|held| now < held.until) {
            return Err(EnrolmentRefusal::InProgress);
        }
        self.progress.calls.add(about)?;
        if let Some(lost) = self.progress.lease.take() {
            self.mark_unanswered(lost.about);
        }
        self.progress.lease = Some(EnrolmentLease {
            holder: holder.to_owned(),
            about,
            until: now.plus(lease),
            usable_from: None,
        });
        Ok(())
    }

    /// As [`reserve`](Self::reserve), for the removal of a device that the customer has.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve), or when the customer has no such device.
    pub fn reserve_device_removal(
        &mut self,
        holder: &str,
        device: &DeviceId,
        devices: &[EnrolledDevice],
        now: Timestamp,
        lease: Duration,
    ) -> Result<(), EnrolmentRefusal> {
        if !devices.iter().any(|known| known.id == device.as_str()) {
            return Err(EnrolmentRefusal::NoSuchDevice);
        }
        self.reserve(holder, EnrolledFactor::Device, now, lease)
    }

    /// Applies the outcome of setting a PIN.
    pub fn conclude_pin_creation(
        &mut self,
        holder: &str,
        created: Result<CreateOutcome<()>, ProviderError>,
    ) -> EnrolmentConclusion {
        let is_late = !self.drop_lease(holder);
        let was_unanswered = self.progress.pin_unanswered;
        let concluded = match created {
            Ok(CreateOutcome::Enrolled(())) => {
                self.set_pin(FactorState::Enrolled);
                EnrolmentConclusion::verdict(EnrolmentVerdict::Enrolled, [FactorChange::PinEnrolled])
            }
            Ok(CreateOutcome::AlreadyEnrolled) => {
                self.set_pin(FactorState::Enrolled);
                // The lost call may have set it, and no event about that was written.
                let change = was_unanswered.then_some(FactorChange::PinEnrolled);
                EnrolmentConclusion::verdict(EnrolmentVerdict::AlreadyEnrolled, change)
            }
            Ok(CreateOutcome::CannotDecrypt) => {
                self.mark_unanswered(EnrolledFactor::Pin);
                EnrolmentConclusion::verdict(EnrolmentVerdict::KeyStale, None)
            }
            Ok(CreateOutcome::LimitReached | CreateOutcome::Rejected) => {
                EnrolmentConclusion::verdict(EnrolmentVerdict::Rejected, None)
            }
            Err(error) => self.conclude_error(EnrolledFactor::Pin, error),
        };
        self.doubt_if(is_late, EnrolledFactor::Pin);
        concluded
    }

    /// Applies the outcome of removing the PIN.
    pub fn conclude_pin_removal(
        &mut self,
        holder: &str,
        removed: Result<RemoveOutcome, ProviderError>,
    ) -> EnrolmentConclusion {
        let is_late = !self.drop_lease(holder);
        let was_unanswered = self.progress.pin_unanswered;
        let concluded = match removed {
            Ok(RemoveOutcome::Removed) => {
                self.set_pin(FactorState::NotEnrolled);
                EnrolmentConclusion::verdict(EnrolmentVerdict::Removed, [FactorChange::PinRemoved])
            }
            Ok(RemoveOutcome::NotEnrolled) => {
                self.set_pin(FactorState::NotEnrolled);
                let change = was_unanswered.then_some(FactorChange::PinRemoved);
                EnrolmentConclusion::verdict(EnrolmentVerdict::NotEnrolled, change)
            }
            Ok(RemoveOutcome::Rejected) => EnrolmentConclusion::verdict(EnrolmentVerdict::Rejected, None),
            Err(error) => self.conclude_error(EnrolledFactor::Pin, error),
        };
        self.doubt_if(is_late, EnrolledFactor::Pin);
        concluded
    }

    /// Applies the outcome of setting a PIN after the old one was removed. `was_removed` is false where the removal found none.
    ///
    /// Whatever the outcome, it is a verdict: an error would not say that the old PIN is gone.
    pub fn conclude_pin_replacement(
        &mut self,
        holder: &str,
        was_removed: bool,
        created: Result<CreateOutcome<()>, ProviderError>,
    ) -> EnrolmentConclusion {
        let is_late = !self.drop_lease(holder);
        self.set_pin(FactorState::NotEnrolled);
        let mut changes: Vec<FactorChange> = was_removed.then_some(FactorChange::PinRemoved).into_iter().collect();
        let verdict = match created {
            Ok(CreateOutcome::Enrolled(())) => {
                self.set_pin(FactorState::Enrolled);
                changes.push(FactorChange::PinEnrolled);
                EnrolmentVerdict::Enrolled
            }
            // Another call has set one meanwhile: it is not the new one.
            Ok(CreateOutcome::AlreadyEnrolled) => {
                self.set_pin(FactorState::Enrolled);
                EnrolmentVerdict::AlreadyEnrolled
            }
            Ok(CreateOutcome::LimitReached | CreateOutcome::Rejected) => EnrolmentVerdict::ReplacementFailed,
            Ok(CreateOutcome::CannotDecrypt) => {
                self.mark_unanswered(EnrolledFactor::Pin);
                EnrolmentVerdict::ReplacementUnknown
            }
            Err(error) if error.is_not_executed() => EnrolmentVerdict::ReplacementFailed,
            Err(_) => {
                self.mark_unanswered(EnrolledFactor::Pin);
                EnrolmentVerdict::ReplacementUnknown
            }
        };
        self.doubt_if(is_late, EnrolledFactor::Pin);
        EnrolmentConclusion::verdict(verdict, changes)
    }

    /// Applies the outcome of enrolling a device. `listed` tells whether the backend can list a device of the customer already.
    pub fn conclude_device_creation(
        &mut self,
        holder: &str,
        name: &PlainText,
        created: Result<CreateOutcome<Option<CreatedDevice>>, ProviderError>,
        listed: bool,
        now: Timestamp,
    ) -> EnrolmentConclusion {
        let is_late = !self.drop_lease(holder);
        let was_unanswered = self.progress.device_unanswered;
        let concluded = match created {
            Ok(CreateOutcome::Enrolled(Some(device))) => {
                self.progress.device_unanswered = false;
                let device = EnrolledDevice {
                    id: device.id.as_str().to_owned(),
                    name: name.clone(),
                    created_at: device.created_at.unwrap_or(now),
                    usable_from: None,
                };
                EnrolmentConclusion::verdict(EnrolmentVerdict::Enrolled, [FactorChange::DeviceEnrolled(Some(device))])
            }
            Ok(CreateOutcome::Enrolled(None)) => {
                self.progress.device_unanswered = false;
                let unrecorded = UnrecordedDevice {
                    name: name.clone(),
                    created_at: now,
                };
                // The id of an earlier one was never reported.
                self.progress.has_unlisted_device |= self.progress.unrecorded.replace(unrecorded).is_some();
                EnrolmentConclusion::verdict(EnrolmentVerdict::Enrolled, [FactorChange::DeviceEnrolled(None)])
            }
            Ok(CreateOutcome::AlreadyEnrolled) => {
                self.progress.device_unanswered = false;
                self.progress.has_unlisted_device |= !listed || was_unanswered;
                let change = was_unanswered.then_some(FactorChange::DeviceEnrolled(None));
                EnrolmentConclusion::verdict(EnrolmentVerdict::AlreadyEnrolled, change)
            }
            Ok(CreateOutcome::LimitReached) => {
                self.progress.has_unlisted_device |= !listed;
                EnrolmentConclusion::verdict(EnrolmentVerdict::LimitReached, None)
            }
            Ok(CreateOutcome::CannotDecrypt) => {
                self.mark_unanswered(EnrolledFactor::Device);
                EnrolmentConclusion::verdict(EnrolmentVerdict::KeyStale, None)
            }
            Ok(CreateOutcome::Rejected) => EnrolmentConclusion::verdict(EnrolmentVerdict::Rejected, None),
            Err(error) => self.conclude_error(EnrolledFactor::Device, error),
        };
        self.doubt_if(is_late, EnrolledFactor::Device);
        concluded
    }

    /// Applies the outcome of removing a device.
    pub fn conclude_device_removal(
        &mut self,
        holder: &str,
        device: &DeviceId,
        removed: Result<RemoveOutcome, ProviderError>,
    ) -> EnrolmentConclusion {
        // The device stays in the list until the provider says that it is gone, so that a late answer needs no doubt.
        self.drop_lease(holder);
        let gone = || [FactorChange::DeviceRemoved(device.clone())];
        match removed {
            Ok(RemoveOutcome::Removed) => EnrolmentConclusion::verdict(EnrolmentVerdict::Removed, gone()),
            // An earlier removal whose answer was lost, or one elsewhere.
            Ok(RemoveOutcome::NotEnrolled) => EnrolmentConclusion::verdict(EnrolmentVerdict::NotEnrolled, gone()),
            Ok(RemoveOutcome::Rejected) => EnrolmentConclusion::verdict(EnrolmentVerdict::Rejected, None),
            Err(error) => EnrolmentConclusion::failed(error),
        }
    }

    /// Records the id of the device that was enrolled last, which only the widget could read: once, within two minutes.
    ///
    /// # Errors
    /// When the enrolment is over, a call is in flight, no device waits for its id, or it waited too long; or when the customer has a
    /// device with this id already.
    pub fn record_device(
        &mut self,
        device: &DeviceId,
        devices: &[EnrolledDevice],
        now: Timestamp,
    ) -> Result<FactorChange, EnrolmentRefusal> {
        if self.is_over(now) {
            return Err(EnrolmentRefusal::Ended);
        }
        if self.progress.lease.as_ref().is_some_and(|held| now < held.until) {
            return Err(EnrolmentRefusal::InProgress);
        }
        let is_listed = devices.iter().any(|known| known.id == device.as_str());
        let in_time = |unrecorded: &UnrecordedDevice| now < unrecorded.created_at.plus(RECORD_WITHIN);
        if is_listed || !self.progress.unrecorded.as_ref().is_some_and(in_time) {
            return Err(EnrolmentRefusal::NoSuchDevice);
        }
        let unrecorded = self.progress.unrecorded.take();
        let UnrecordedDevice { name, created_at } = unrecorded.ok_or(EnrolmentRefusal::NoSuchDevice)?;
        Ok(FactorChange::DeviceRecorded(EnrolledDevice {
            id: device.as_str().to_owned(),
            name,
            created_at,
            usable_from: None,
        }))
    }

    /// The partner's event about a change; `None` for one that an earlier event reported, and for what is not known.
    #[must_use]
    pub fn event_of(&self, change: &FactorChange) -> Option<OutboundEvent> {
        let mut device = None;
        let mut phone = None;
        let (kind, about) = match change {
            FactorChange::PinEnrolled => (EventType::FactorEnrolled, EnrolledFactor::Pin),
            FactorChange::PinRemoved => (EventType::FactorRemoved, EnrolledFactor::Pin),
            FactorChange::DeviceEnrolled(enrolled) => {
                device = enrolled.as_ref().map(|device| device.id.as_str());
                (EventType::FactorEnrolled, EnrolledFactor::Device)
            }
            FactorChange::DeviceRemoved(removed) => {
                device = Some(removed.as_str());
                (EventType::FactorRemoved, EnrolledFactor::Device)
            }
            FactorChange::PhoneEnrolled(enrolled) => {
                phone = enrolled.as_ref().map(|phone| phone.masked.as_str());
                (EventType::FactorEnrolled, EnrolledFactor::Phone)
            }
            FactorChange::PhoneRemoved(removed) => {
                phone = removed.as_ref().map(|phone| phone.masked.as_str());
                (EventType::FactorRemoved, EnrolledFactor::Phone)
            }
            FactorChange::FaceEnrolled(_) => (EventType::FactorEnrolled, EnrolledFactor::Face),
            FactorChange::FaceRemoved(_) => (EventType::FactorRemoved, EnrolledFactor::Face),
            FactorChange::DeviceRecorded(_)
            | FactorChange::PhoneFound(_)
            | FactorChange::PhoneForgotten(_)
            | FactorChange::FaceKept(_)
            | FactorChange::FaceForgotten(_) => return None,
        };
        Some(OutboundEvent {
            kind,
            data: json!({
                "enrolment": self.id,
                "owner": self.owner,
                "provider": self.provider,
                "customer": self.customer,
                "factor": about.factor(),
                "device": device,
                "phone": phone,
            }),
        })
    }

    fn conclude_error(&mut self, about: EnrolledFactor, error: ProviderError) -> EnrolmentConclusion {
        if !error.is_not_executed() {
            self.mark_unanswered(about);
        }
        EnrolmentConclusion::failed(error)
    }

    /// An answer that came after its lease had expired does not say in which order the provider executed it and a later call.
    fn doubt_if(&mut self, is_late: bool, about: EnrolledFactor) {
        if is_late {
            self.mark_unanswered(about);
        }
    }

    fn mark_unanswered(&mut self, about: EnrolledFactor) {
        match about {
            EnrolledFactor::Pin => {
                self.progress.pin = FactorState::Unknown;
                self.progress.pin_unanswered = true;
            }
            EnrolledFactor::Device => self.progress.device_unanswered = true,
            EnrolledFactor::Phone => {
                self.progress.phone = FactorState::Unknown;
                self.progress.phone_unanswered = true;
            }
            EnrolledFactor::Face => {
                self.progress.face = FactorState::Unknown;
                self.progress.face_unanswered = true;
            }
            EnrolledFactor::PhoneCode => {}
        }
    }

    fn set_pin(&mut self, state: FactorState) {
        self.progress.pin = state;
        self.progress.pin_unanswered = false;
    }

    /// Releases the lease. False when it expired and another call took it.
    fn drop_lease(&mut self, holder: &str) -> bool {
        let held = self.progress.lease.as_ref().is_some_and(|lease| lease.holder == holder);
        if held {
            self.progress.lease = None;
        }
        held
    }
}
