//! The identity of a view.

use sca_protocol::{
    Factor, HostedChallenges, Outcome, SessionUrl,
    factor::Handling,
    flow::{Choice, HostedStage, Screen, View},
};

use crate::ui::text::{PHRASES, Phrase};

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
        here: HostedChallenges,
    },
    HostedFrame {
        number: Option<u8>,
        url: SessionUrl,
        here: HostedChallenges,
    },
    TabWanted {
        number: Option<u8>,
        url: SessionUrl,
        here: HostedChallenges,
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
            View::Hosted { stage, here, .. } => match stage {
                HostedStage::Explaining { .. } | HostedStage::Opening => Self::Hosted { number, here: *here },
                HostedStage::Shown { url, .. } => Self::HostedFrame {
                    number,
                    url: url.clone(),
                    here: *here,
                },
                HostedStage::Elsewhere { url } => Self::TabWanted {
                    number,
                    url: url.clone(),
                    here: *here,
                },
            },
            View::Checking => Self::Checking,
            View::Unreachable => Self::Unreachable,
            View::CannotBeDoneHere => Self::CannotBeDoneHere,
            View::Cancelling => Self::Cancelling,
            View::Done(outcome) => Self::Done(outcome.clone()),
        }
    }

    pub(crate) fn heading(&self) -> Phrase {
        match self {
            Self::Loading => PHRASES.loading,
            Self::Choose { choices, .. } if choices.iter().all(sends_code) => PHRASES.choose_code,
            Self::Choose { .. } => PHRASES.choose_factor,
            Self::Pin { .. } => PHRASES.pin_title,
            Self::Code { .. } => PHRASES.code_title,
            Self::Phone { .. } => PHRASES.phone_title,
            Self::Hosted { .. } => PHRASES.face_title,
            Self::HostedFrame { .. } => PHRASES.face_shown,
            Self::TabWanted { .. } => PHRASES.face_elsewhere,
            Self::Checking => PHRASES.checking,
            Self::Unreachable => PHRASES.unreachable,
            Self::CannotBeDoneHere => PHRASES.cannot_be_done,
            Self::Cancelling => PHRASES.cancelling,
            Self::Done(Outcome::Approved) => PHRASES.approved,
            Self::Done(Outcome::Declined(_)) => PHRASES.declined,
            Self::Done(Outcome::Cancelled) => PHRASES.cancelled,
            Self::Done(Outcome::Expired) => PHRASES.expired,
            Self::Done(Outcome::Failed(_)) => PHRASES.failed,
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

    /// Whether its text is all that there is to do or to know: then the heading, which gets the focus, is described by it.
    pub(crate) fn is_told(&self) -> bool {
        matches!(
            self,
            Self::Phone { .. } | Self::Unreachable | Self::CannotBeDoneHere | Self::Done(_)
        )
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
        | Handling::Frame(_)
        | Handling::Phone
        | Handling::Unsupported => false,
    }
}
