//! The state of an enrolment's flow.

use super::{Attempt, browser_key::BrowserKey, notice::Notice};
use crate::{
    Factor, Timestamp,
    enrolment_api::{Enrolment, EnrolmentStatus, FactorReport},
};

/// One element's flow. Holds no PIN, no phone number and no code: they pass through in an event and leave in an effect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnrolmentFlow {
    pub(super) phase: Phase,
    /// The enrolment that the client secret is for. A snapshot of any other is refused.
    pub(super) id: String,
    /// The newest snapshot.
    pub(super) enrolment: Option<Enrolment>,
    /// Browser time minus server time, in milliseconds.
    pub(super) clock_offset: i64,
    pub(super) browser_key: BrowserKey,
    /// Whether the host can scan a face.
    pub(super) can_scan_faces: bool,
    pub(super) notice: Option<Notice>,
    /// The end of the server's `Retry-After`; browser clock.
    pub(super) not_before: Option<Timestamp>,
    /// The number of the last call.
    pub(super) last_attempt: Attempt,
    /// A read that is in progress, whatever the phase.
    pub(super) read: Option<Attempt>,
}

/// What the flow is doing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// Not opened yet.
    New,
    /// The first read, or one after a call. `pending` is what that call was for.
    Reading { pending: Option<Pending>, failures: u8 },
    /// The customer sees their factors.
    Overview,
    /// The customer is asked something.
    Asking(Question),
    /// The host's SDK scans the customer's face. Nothing has been submitted yet.
    Scanning { attempt: Attempt },
    /// A change is being made, or a code is being sent.
    Calling { attempt: Attempt, question: Question },
    /// Several reads in a row have failed; the customer is asked whether to retry.
    Unreachable { pending: Option<Pending> },
    /// The enrolment is being ended at the backend.
    Ending { attempt: Attempt },
    /// It is over.
    Done(EnrolmentEnd),
}

/// A call whose outcome the flow cannot tell the customer yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Pending {
    /// Its answer was lost.
    Lost(Change),
    /// The answer to the request for a code was lost.
    LostCode(NumberPurpose),
    /// The backend refused it, since the enrolment has changed.
    Refused,
}

/// What the customer is asked before a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// The new PIN, twice.
    NewPin(PinPurpose),
    /// Whether to remove the PIN.
    RemovePin,
    /// The name of this device.
    NewDevice,
    /// Whether to remove the device with this id.
    RemoveDevice(String),
    /// The new phone number, with its country.
    NewPhone(NumberPurpose),
    /// The code that was sent to it.
    PhoneCode(NumberPurpose),
    /// Whether to remove the phone number.
    RemovePhone,
    /// Whether to have the face scanned.
    NewFace,
    /// Whether to remove the face.
    RemoveFace,
}

/// What a new phone number is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberPurpose {
    /// The customer has none.
    Add,
    /// It replaces one.
    Replace,
}

/// What a new PIN is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PinPurpose {
    /// The customer has none.
    Set,
    /// It replaces one.
    Change,
}

/// A change of the customer's factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Sets a PIN.
    SetPin,
    /// Replaces the PIN.
    ChangePin,
    /// Removes the PIN.
    RemovePin,
    /// Enrols this device.
    EnrolDevice,
    /// Removes a device.
    RemoveDevice,
    /// Adds a phone number.
    AddPhone,
    /// Replaces the phone number.
    ReplacePhone,
    /// Removes the phone number.
    RemovePhone,
    /// Enrols the face.
    EnrolFace,
    /// Removes the face.
    RemoveFace,
}

impl Question {
    /// The change that it leads to.
    #[must_use]
    pub fn change(&self) -> Change {
        match self {
            Self::NewPin(PinPurpose::Set) => Change::SetPin,
            Self::NewPin(PinPurpose::Change) => Change::ChangePin,
            Self::RemovePin => Change::RemovePin,
            Self::NewDevice => Change::EnrolDevice,
            Self::RemoveDevice(_) => Change::RemoveDevice,
            Self::NewPhone(NumberPurpose::Add) | Self::PhoneCode(NumberPurpose::Add) => Change::AddPhone,
            Self::NewPhone(NumberPurpose::Replace) | Self::PhoneCode(NumberPurpose::Replace) => Change::ReplacePhone,
            Self::RemovePhone => Change::RemovePhone,
            Self::NewFace => Change::EnrolFace,
            Self::RemoveFace => Change::RemoveFace,
        }
    }
}

/// How an enrolment's flow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnrolmentEnd {
    /// The customer is done.
    Done,
    /// The enrolment has expired, has been ended elsewhere, or the client secret is not valid.
    Ended,
}

impl EnrolmentEnd {
    /// Its name for the page.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Ended => "ended",
        }
    }
}

impl EnrolmentFlow {
    /// A flow for the enrolment of this id that waits for [`Event::Opened`](super::Event::Opened).
    #[must_use]
    pub fn new(id: String) -> Self {
        Self {
            phase: Phase::New,
            id,
            enrolment: None,
            clock_offset: 0,
            browser_key: BrowserKey::Unknown,
            can_scan_faces: false,
            notice: None,
            not_before: None,
            last_attempt: Attempt(0),
            read: None,
        }
    }

    /// Whether the flow is over.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.phase, Phase::Done(_))
    }

    /// The enrolment's id, once the backend has sent a snapshot.
    #[must_use]
    pub fn enrolment_id(&self) -> Option<&str> {
        self.enrolment.as_ref().map(|enrolment| enrolment.id.as_str())
    }

    /// When the enrolment ends; browser clock.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        Some(self.in_browser_time(self.enrolment.as_ref()?.expires_at))
    }

    /// A point in time of the server's clock, on the browser's.
    pub(super) fn in_browser_time(&self, server: Timestamp) -> Timestamp {
        Timestamp(server.0.saturating_add_signed(self.clock_offset))
    }

    /// Whether the newest snapshot says that the enrolment is open.
    pub(super) fn is_open(&self) -> bool {
        self.enrolment.as_ref().is_some_and(|enrolment| match enrolment.status {
            EnrolmentStatus::Open => true,
            EnrolmentStatus::Ended | EnrolmentStatus::Other(_) => false,
        })
    }

    pub(super) fn report(&self, factor: &Factor) -> Option<&FactorReport> {
        self.enrolment
            .as_ref()?
            .factors
            .iter()
            .find(|report| report.factor == *factor)
    }
}
