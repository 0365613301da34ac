//! The screen that an enrolment's flow shows.

use super::{
    browser_key::BrowserKey,
    notice::Notice,
    state::{EnrolmentEnd, EnrolmentFlow, NumberPurpose, Phase, PinPurpose, Question},
};
use crate::{
    PlainText, Timestamp,
    enrolment_api::{Enrolment, FactorKind, FactorState},
};

/// How many digits a PIN has.
const PIN_DIGITS: u8 = 4;

/// What the element shows of the flow at one moment. All points in time are on the browser's clock, unless a field says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// The question or the message.
    pub view: View,
    /// A message besides the view.
    pub notice: Option<Notice>,
    /// When the enrolment ends.
    pub expires_at: Option<Timestamp>,
    /// Until when nothing can be submitted.
    pub not_before: Option<Timestamp>,
    /// Whether the customer can say that they are done.
    pub can_finish: bool,
}

/// The question or the message of a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// The enrolment is being read.
    Loading,
    /// Shows the customer's factors.
    Overview(Box<Overview>),
    /// Asks for a new PIN, twice.
    NewPin {
        /// What it is for.
        purpose: PinPurpose,
        /// How many digits it has.
        digits: u8,
        /// Whether a PIN that is easy to guess is not accepted.
        refuses_weak: bool,
        /// Whether it is being submitted.
        submitting: bool,
    },
    /// Asks for a name of this device.
    NewDevice {
        /// Whether it is being enrolled.
        submitting: bool,
    },
    /// Asks whether to remove the PIN.
    RemovePin {
        /// Whether it is being removed.
        submitting: bool,
    },
    /// Asks whether to remove a device.
    RemoveDevice {
        /// The name that the customer knows it by; `None` when it is gone.
        name: Option<PlainText>,
        /// Whether it is this browser.
        is_this_browser: bool,
        /// Whether it is being removed.
        submitting: bool,
    },
    /// Asks for a phone number and its country.
    NewPhone {
        /// What it is for.
        purpose: NumberPurpose,
        /// Whether a code is being sent.
        submitting: bool,
    },
    /// Asks for the code that was sent to a phone number.
    PhoneCode {
        /// The number, with all but its last digits hidden; `None` when no code can be entered any more.
        number: Option<String>,
        /// When the next code can be requested.
        resend_at: Option<Timestamp>,
        /// Whether it is being submitted.
        submitting: bool,
    },
    /// Asks whether to remove the phone number.
    RemovePhone {
        /// The number, with all but its last digits hidden; `None` when it is gone.
        number: Option<String>,
        /// Whether it is being removed.
        submitting: bool,
    },
    /// Asks whether to have the face scanned.
    NewFace(NewFaceStage),
    /// Asks whether to remove the face.
    RemoveFace {
        /// Whether it is being removed.
        submitting: bool,
    },
    /// The answer to a call was lost, and the enrolment is being read.
    Checking,
    /// The server cannot be reached.
    Unreachable,
    /// The enrolment is being ended.
    Ending,
    /// It is over.
    Done(EnrolmentEnd),
}

/// The stage of the enrolment of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NewFaceStage {
    /// The element explains the scan and asks the customer to begin. No camera is opened before they do.
    Explaining,
    /// The host's SDK scans the face. The customer can go back.
    Scanning,
    /// The scan is being submitted.
    Submitting,
}

/// The customer's factors, and what can be done about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The newest snapshot. Its points in time are on the server's clock.
    pub enrolment: Enrolment,
    /// Every change that is possible, in the order in which they are offered.
    pub questions: Vec<Question>,
    /// What is known about the key of this browser.
    pub browser_key: BrowserKey,
    /// What the customer should do next.
    pub advice: Advice,
}

/// What a customer should do about their factors. Strong authentication takes two of different kinds; another one serves when one of them
/// cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// Not even one factor is known to be enrolled.
    Begin,
    /// All known ones are of one kind.
    AddAnotherKind,
    /// Two kinds are there, but not if one of the factors cannot be used: another one is advised.
    AddFallback,
    /// Two kinds are there, whichever factor cannot be used.
    Enough,
}

impl Advice {
    /// The advice for a customer's factors. Only a factor that is certainly enrolled and can be used counts.
    pub(super) fn of(enrolment: &Enrolment) -> Self {
        let usable: Vec<&FactorKind> = enrolment
            .factors
            .iter()
            .filter(|report| match report.state {
                FactorState::Enrolled => report.usable_from.is_none_or(|from| from <= enrolment.server_time),
                FactorState::NotEnrolled | FactorState::Unknown | FactorState::Other(_) => false,
            })
            .map(|report| &report.kind)
            .collect();
        let has_two_kinds = |without: Option<usize>| {
            let others = usable.iter().enumerate().filter(|(index, _)| Some(*index) != without);
            let mut kinds = others.map(|(_, kind)| kind);
            kinds.next().is_some_and(|first| kinds.any(|kind| kind != first))
        };
        if usable.is_empty() {
            Self::Begin
        } else if !has_two_kinds(None) {
            Self::AddAnotherKind
        } else if (0..usable.len()).all(|index| has_two_kinds(Some(index))) {
            Self::Enough
        } else {
            Self::AddFallback
        }
    }
}

impl EnrolmentFlow {
    /// What to show now.
    #[must_use]
    pub fn screen(&self) -> Screen {
        let (view, can_finish) = match &self.phase {
            Phase::New => (View::Loading, false),
            Phase::Reading { pending: None, .. } => (View::Loading, false),
            Phase::Reading { pending: Some(_), .. } => (View::Checking, false),
            Phase::Overview => (self.overview(), true),
            // Back leads to where the customer can finish.
            Phase::Asking(question) => (self.asked(question, false), false),
            Phase::Scanning { .. } => (View::NewFace(NewFaceStage::Scanning), false),
            Phase::Calling { question, .. } => (self.asked(question, true), false),
            Phase::Unreachable { .. } => (View::Unreachable, true),
            Phase::Ending { .. } => (View::Ending, false),
            Phase::Done(end) => (View::Done(*end), false),
        };
        Screen {
            view,
            notice: self.notice.clone(),
            expires_at: self.expires_at().filter(|_| !self.is_settled()),
            not_before: self.not_before,
            can_finish,
        }
    }

    fn overview(&self) -> View {
        let Some(enrolment) = &self.enrolment else {
            return View::Loading;
        };
        let questions = [
            Question::NewPin(PinPurpose::Set),
            Question::NewPin(PinPurpose::Change),
            Question::RemovePin,
            Question::NewDevice,
            Question::NewPhone(NumberPurpose::Add),
            Question::NewPhone(NumberPurpose::Replace),
            Question::RemovePhone,
            Question::NewFace,
            Question::RemoveFace,
        ];
        let devices = enrolment
            .devices
            .iter()
            .map(|device| Question::RemoveDevice(device.id.clone()));
        View::Overview(Box::new(Overview {
            enrolment: enrolment.clone(),
            questions: questions
                .into_iter()
                .chain(devices)
                .filter(|question| self.offers(question))
                .collect(),
            browser_key: self.browser_key.clone(),
            advice: Advice::of(enrolment),
        }))
    }

    fn asked(&self, question: &Question, submitting: bool) -> View {
        match question {
            Question::NewPin(purpose) => View::NewPin {
                purpose: *purpose,
                digits: PIN_DIGITS,
                refuses_weak: self.refuses_weak_pins(),
                submitting,
            },
            Question::RemovePin => View::RemovePin { submitting },
            Question::NewDevice => View::NewDevice { submitting },
            Question::RemoveDevice(id) => View::RemoveDevice {
                name: (self.enrolment.as_ref())
                    .and_then(|enrolment| enrolment.devices.iter().find(|device| device.id == *id))
                    .map(|device| device.name.clone()),
                is_this_browser: self.is_this_browser(id),
                submitting,
            },
            Question::NewPhone(purpose) => View::NewPhone {
                purpose: *purpose,
                submitting,
            },
            Question::PhoneCode(_) => {
                let sent = (self.enrolment.as_ref()).and_then(|enrolment| enrolment.phone_code.as_ref());
                View::PhoneCode {
                    number: sent.map(|code| code.number.clone()),
                    resend_at: sent.map(|code| self.in_browser_time(code.resend_at)),
                    submitting,
                }
            }
            Question::NewFace => View::NewFace(if submitting {
                NewFaceStage::Submitting
            } else {
                NewFaceStage::Explaining
            }),
            Question::RemoveFace => View::RemoveFace { submitting },
            Question::RemovePhone => View::RemovePhone {
                number: (self.enrolment.as_ref())
                    .and_then(|enrolment| enrolment.phone.as_ref())
                    .and_then(|phone| phone.number.clone()),
                submitting,
            },
        }
    }
}
