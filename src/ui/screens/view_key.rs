//! The identity of a view.

use sca_protocol::{
    Factor, Outcome, SessionUrl,
    factor::Handling,
    flow::{Choice, HostedStage, Screen, View},
};

use crate::ui::text::Phrases;

/// What identifies a view: the screen's question or message, without its changing state. While the key is the same, the elements
/// stay, and with them the focus and the typed digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ViewKey {
    Loading,
    Choose {
        number: Option<u8>,
        choices: Vec<Choice>,
    },
    Pin {
        number: Option<u8>,
        digits: u8,
    },
    Code {
        number: Option<u8>,
        factor: Factor,
        digits: u8,
    },
    /// The key includes the buttons: if one disappeared while it has the focus, the focus would be lost.
    Phone {
        number: Option<u8>,
        factor: Factor,
        code_instead: Option<Factor>,
        other_factor: bool,
    },
    Hosted {
        number: Option<u8>,
    },
    HostedFrame {
        number: Option<u8>,
        url: SessionUrl,
    },
    TabWanted {
        number: Option<u8>,
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
        let number = screen.position.map(|position| position.number);
        match &screen.view {
            View::Loading => Self::Loading,
            View::Choose { choices, .. } => Self::Choose {
                number,
                choices: choices.clone(),
            },
            View::Pin { digits, .. } => Self::Pin {
                number,
                digits: *digits,
            },
            View::Code { factor, digits, .. } => Self::Code {
                number,
                factor: factor.clone(),
                digits: *digits,
            },
            View::Phone {
                factor,
                code_instead,
                other_factor,
                ..
            } => Self::Phone {
                number,
                factor: factor.clone(),
                code_instead: code_instead.clone(),
                other_factor: *other_factor,
            },
            View::Hosted { stage, .. } => match stage {
                HostedStage::Explaining { .. } | HostedStage::Opening => Self::Hosted { number },
                HostedStage::Shown { url, .. } => Self::HostedFrame {
                    number,
                    url: url.clone(),
                },
                HostedStage::Elsewhere { url } => Self::TabWanted {
                    number,
                    url: url.clone(),
                },
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
            Self::Hosted { .. } => phrases.face_title,
            Self::HostedFrame { .. } => phrases.face_shown,
            Self::TabWanted { .. } => phrases.face_elsewhere,
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

    /// Its name in the style sheet.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Choose { .. } => "choose",
            Self::Pin { .. } => "pin",
            Self::Code { .. } => "code",
            Self::Phone { .. } => "phone",
            Self::Hosted { .. } => "face",
            Self::HostedFrame { .. } => "face-frame",
            Self::TabWanted { .. } => "face-elsewhere",
            Self::Checking => "checking",
            Self::Unreachable => "unreachable",
            Self::CannotBeDoneHere => "cannot-be-done-here",
            Self::Cancelling => "cancelling",
            Self::Done(outcome) => outcome.as_str(),
        }
    }

    /// Whether the view asks for digits.
    pub(crate) fn takes_digits(&self) -> bool {
        matches!(self, Self::Pin { .. } | Self::Code { .. })
    }
}

fn sends_code(choice: &Choice) -> bool {
    match choice.factor.handling() {
        Handling::Code => true,
        Handling::Secret
        | Handling::Device(_)
        | Handling::FaceScan(_)
        | Handling::Frame
        | Handling::Phone
        | Handling::Unsupported => false,
    }
}
