//! The identity of a view.

use sca_protocol::{
    PlainText,
    enrolment_api::{EnrolledDevice, EnrolledPhone, FactorReport},
    enrolment_flow::{
        Advice, BrowserKey, EnrolmentEnd, NewFaceStage, NumberPurpose, PinPurpose, Question, Screen, View,
    },
};

use super::{
    super::text::{PHRASES, Phrase},
    context::Words,
};
use crate::ui::text::PHRASES as WIDGET;

/// What identifies a view: the screen's question or message, without its changing state. While the key is the same, the elements stay, and
/// with them the focus and what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ViewKey {
    Loading,
    Overview,
    NewPin {
        purpose: PinPurpose,
        digits: u8,
        refuses_weak: bool,
    },
    NewDevice,
    RemovePin,
    RemoveDevice {
        name: Option<PlainText>,
    },
    NewPhone(NumberPurpose),
    PhoneCode,
    RemovePhone {
        number: Option<String>,
    },
    NewFace,
    RemoveFace,
    Checking,
    Unreachable,
    Ending,
    Done(EnrolmentEnd),
}

/// What the overview shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) factors: Vec<FactorReport>,
    pub(super) devices: Vec<EnrolledDevice>,
    pub(super) phone: Option<EnrolledPhone>,
    pub(super) questions: Vec<Question>,
    pub(super) browser_key: BrowserKey,
    pub(super) advice: Advice,
}

impl Shown {
    /// `None` when the screen shows something else.
    pub(super) fn of(screen: &Screen) -> Option<Self> {
        let View::Overview(overview) = &screen.view else {
            return None;
        };
        Some(Self {
            factors: overview.enrolment.factors.clone(),
            devices: overview.enrolment.devices.clone(),
            phone: overview.enrolment.phone.clone(),
            questions: overview.questions.clone(),
            browser_key: overview.browser_key.clone(),
            advice: overview.advice,
        })
    }
}

impl ViewKey {
    pub(super) fn of(screen: &Screen) -> Self {
        match &screen.view {
            View::Loading => Self::Loading,
            View::Overview(_) => Self::Overview,
            View::NewPin {
                purpose,
                digits,
                refuses_weak,
                ..
            } => Self::NewPin {
                purpose: *purpose,
                digits: *digits,
                refuses_weak: *refuses_weak,
            },
            View::NewDevice { .. } => Self::NewDevice,
            View::RemovePin { .. } => Self::RemovePin,
            View::RemoveDevice { name, .. } => Self::RemoveDevice { name: name.clone() },
            View::NewPhone { purpose, .. } => Self::NewPhone(*purpose),
            View::PhoneCode { .. } => Self::PhoneCode,
            View::RemovePhone { number, .. } => Self::RemovePhone { number: number.clone() },
            View::NewFace(_) => Self::NewFace,
            View::RemoveFace { .. } => Self::RemoveFace,
            View::Checking => Self::Checking,
            View::Unreachable => Self::Unreachable,
            View::Ending => Self::Ending,
            View::Done(end) => Self::Done(*end),
        }
    }

    pub(super) fn heading(&self, words: &Words) -> &'static str {
        words.phrase(match self {
            Self::Loading => PHRASES.loading,
            Self::Overview => PHRASES.title,
            Self::NewPin {
                purpose: PinPurpose::Set,
                ..
            } => PHRASES.new_pin_title,
            Self::NewPin {
                purpose: PinPurpose::Change,
                ..
            } => PHRASES.change_pin_title,
            Self::NewDevice => PHRASES.new_device_title,
            Self::RemovePin => PHRASES.remove_pin_title,
            Self::RemoveDevice { .. } => PHRASES.remove_device_title,
            Self::NewPhone(NumberPurpose::Add) => PHRASES.new_phone_title,
            Self::NewPhone(NumberPurpose::Replace) => PHRASES.replace_phone_title,
            Self::PhoneCode => PHRASES.code_title,
            Self::RemovePhone { .. } => PHRASES.remove_phone_title,
            Self::NewFace => PHRASES.new_face_title,
            Self::RemoveFace => PHRASES.remove_face_title,
            Self::Checking => return words.widget.phrase(WIDGET.checking),
            Self::Unreachable => return words.widget.phrase(WIDGET.unreachable),
            Self::Ending => PHRASES.ending,
            Self::Done(EnrolmentEnd::Done) => PHRASES.done_title,
            Self::Done(EnrolmentEnd::Ended) => PHRASES.ended_title,
        })
    }

    /// Its name in the style sheet.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Overview => "overview",
            Self::NewPin { .. } => "new-pin",
            Self::NewDevice => "new-device",
            Self::RemovePin => "remove-pin",
            Self::RemoveDevice { .. } => "remove-device",
            Self::NewPhone(_) => "new-phone",
            Self::PhoneCode => "phone-code",
            Self::RemovePhone { .. } => "remove-phone",
            Self::NewFace => "new-face",
            Self::RemoveFace => "remove-face",
            Self::Checking => "checking",
            Self::Unreachable => "unreachable",
            Self::Ending => "ending",
            Self::Done(end) => end.as_str(),
        }
    }

    /// Whether a field of the view takes the focus, instead of the heading.
    pub(super) fn has_field(&self) -> bool {
        matches!(
            self,
            Self::NewPin { .. } | Self::NewDevice | Self::NewPhone(_) | Self::PhoneCode
        )
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(self, Self::Loading)
    }
}

/// Whether the screen's change is being made.
pub(super) fn is_submitting(screen: &Screen) -> bool {
    in_progress(screen).is_some()
}

/// What is said while the screen's change is being made.
pub(super) fn in_progress(screen: &Screen) -> Option<Phrase> {
    let (submitting, phrase) = match screen.view {
        View::NewPin { submitting, .. } => (submitting, PHRASES.saving),
        View::NewDevice { submitting } => (submitting, PHRASES.adding),
        View::NewPhone { submitting, .. } => (submitting, PHRASES.sending_code),
        View::PhoneCode { submitting, .. } => (submitting, PHRASES.checking_code),
        View::RemovePin { submitting }
        | View::RemoveDevice { submitting, .. }
        | View::RemovePhone { submitting, .. }
        | View::RemoveFace { submitting } => (submitting, PHRASES.removing),
        View::NewFace(stage) => match stage {
            NewFaceStage::Explaining => return None,
            NewFaceStage::Scanning => (true, PHRASES.scanning_face),
            NewFaceStage::Submitting => (true, PHRASES.saving),
        },
        View::Loading | View::Overview(_) | View::Checking | View::Unreachable | View::Ending | View::Done(_) => {
            return None;
        }
    };
    submitting.then_some(phrase)
}
