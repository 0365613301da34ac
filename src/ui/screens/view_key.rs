//! Where the customer is.

use sca_protocol::{
    Factor, Outcome, SessionUrl,
    factor::Handling,
    flow::{Choice, FaceStage, Screen, View},
};

use crate::ui::text::Phrases;

/// What a screen asks or tells, without what may change while it does: as long as the place is the same, the elements stay
/// and with them the focus and what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ViewKey {
    Loading,
    Choose {
        step: Option<u8>,
        choices: Vec<Choice>,
    },
    Pin {
        step: Option<u8>,
        digits: u8,
    },
    Code {
        step: Option<u8>,
        factor: Factor,
        digits: u8,
    },
    /// With the ways out of it: were one to go while it has the focus, the focus would be nowhere.
    Phone {
        step: Option<u8>,
        factor: Factor,
        code_instead: Option<Factor>,
        other_way: bool,
    },
    Face {
        step: Option<u8>,
    },
    FaceFrame {
        step: Option<u8>,
        url: SessionUrl,
    },
    FaceElsewhere {
        step: Option<u8>,
        url: SessionUrl,
    },
    Checking,
    Unreachable,
    CannotBeDoneHere,
    Cancelling,
    Done(Outcome),
}

impl ViewKey {
    pub(crate) fn of(screen: &Screen) -> Self {
        let step = screen.step.map(|step| step.number);
        match &screen.view {
            View::Loading => Self::Loading,
            View::Choose { choices, .. } => Self::Choose {
                step,
                choices: choices.clone(),
            },
            View::Pin { digits, .. } => Self::Pin { step, digits: *digits },
            View::Code { factor, digits, .. } => Self::Code {
                step,
                factor: factor.clone(),
                digits: *digits,
            },
            View::Phone {
                factor,
                code_instead,
                other_way,
                ..
            } => Self::Phone {
                step,
                factor: factor.clone(),
                code_instead: code_instead.clone(),
                other_way: *other_way,
            },
            View::Face { stage, .. } => match stage {
                FaceStage::Explaining { .. } | FaceStage::Opening => Self::Face { step },
                FaceStage::Shown { url, .. } => Self::FaceFrame { step, url: url.clone() },
                FaceStage::Elsewhere { url } => Self::FaceElsewhere { step, url: url.clone() },
            },
            View::Checking => Self::Checking,
            View::Unreachable => Self::Unreachable,
            View::CannotBeDoneHere => Self::CannotBeDoneHere,
            View::Cancelling => Self::Cancelling,
            View::Done(outcome) => Self::Done(outcome.clone()),
        }
    }

    pub(crate) fn heading(&self, phrases: &Phrases) -> &'static str {
        match self {
            Self::Loading => phrases.loading,
            Self::Choose { choices, .. } if choices.iter().all(sends_code) => phrases.choose_code,
            Self::Choose { .. } => phrases.choose_factor,
            Self::Pin { .. } => phrases.pin_title,
            Self::Code { .. } => phrases.code_title,
            Self::Phone { .. } => phrases.phone_title,
            Self::Face { .. } => phrases.face_title,
            Self::FaceFrame { .. } => phrases.face_shown,
            Self::FaceElsewhere { .. } => phrases.face_elsewhere,
            Self::Checking => phrases.checking,
            Self::Unreachable => phrases.unreachable,
            Self::CannotBeDoneHere => phrases.cannot_be_done,
            Self::Cancelling => phrases.cancelling,
            Self::Done(Outcome::Approved) => phrases.approved,
            Self::Done(Outcome::Declined(_)) => phrases.declined,
            Self::Done(Outcome::Cancelled) => phrases.cancelled,
            Self::Done(Outcome::Expired) => phrases.expired,
            Self::Done(Outcome::Failed(_)) => phrases.failed,
        }
    }

    /// The name that the style knows it by.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Choose { .. } => "choose",
            Self::Pin { .. } => "pin",
            Self::Code { .. } => "code",
            Self::Phone { .. } => "phone",
            Self::Face { .. } => "face",
            Self::FaceFrame { .. } => "face-frame",
            Self::FaceElsewhere { .. } => "face-elsewhere",
            Self::Checking => "checking",
            Self::Unreachable => "unreachable",
            Self::CannotBeDoneHere => "cannot-be-done-here",
            Self::Cancelling => "cancelling",
            Self::Done(outcome) => outcome.as_str(),
        }
    }

    /// Whether digits are asked for.
    pub(crate) fn takes_digits(&self) -> bool {
        matches!(self, Self::Pin { .. } | Self::Code { .. })
    }
}

fn sends_code(choice: &Choice) -> bool {
    match choice.factor.handling() {
        Handling::Code => true,
        Handling::Secret | Handling::Frame | Handling::Phone | Handling::Unsupported => false,
    }
}
