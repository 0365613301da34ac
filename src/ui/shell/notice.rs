//! The texts of the flow's notices.

use sca_protocol::{
    factor::Handling,
    flow::{DeviceNotice, FaceNotice, Notice, View},
};

use crate::enrolment::text::{self as enrolment, PHRASES as ENROLMENT};
use crate::ui::text::{Localizer, PHRASES, Phrase};

/// The tone of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// A problem that the customer has to deal with.
    Problem,
    /// A success, or a wait.
    Information,
}

impl Tone {
    pub(super) fn of(notice: &Notice) -> Self {
        match notice {
            Notice::Sent(_) | Notice::NotFinished | Notice::Wait { .. } => Self::Information,
            Notice::Wrong { .. }
            | Notice::CodeExpired
            | Notice::Blocked(_)
            | Notice::NotSetUp(_)
            | Notice::NotDelivered(_)
            | Notice::RequestExpired
            | Notice::NotReceived
            | Notice::NoAnswer
            | Notice::FrameLost
            | Notice::FrameNotAllowed
            | Notice::CannotEncrypt
            | Notice::Device(_)
            | Notice::FaceScan(_)
            | Notice::OtherApproval => Self::Problem,
        }
    }
}

/// The first sentence: what has happened.
pub(super) fn first_sentence(notice: &Notice, view: &View, localizer: &Localizer) -> String {
    let sentence = match notice {
        Notice::Wrong { .. } if matches!(view, View::Pin { .. }) => PHRASES.wrong_pin,
        Notice::Wrong { .. } => PHRASES.wrong_code,
        Notice::CodeExpired => PHRASES.code_expired,
        Notice::Blocked(factor) => PHRASES.blocked.of(factor),
        Notice::NotSetUp(factor) => PHRASES.not_set_up.of(factor),
        Notice::NotDelivered(factor) if matches!(factor.handling(), Handling::Frame(_)) => PHRASES.not_opened,
        Notice::NotDelivered(factor) => PHRASES.not_delivered.of(factor),
        Notice::RequestExpired => PHRASES.request_expired,
        Notice::Sent(factor) => PHRASES.sent.of(factor),
        Notice::NotReceived => PHRASES.not_received,
        Notice::NoAnswer => PHRASES.no_answer,
        Notice::NotFinished => PHRASES.not_finished,
        Notice::FrameLost => PHRASES.frame_lost,
        Notice::FrameNotAllowed => PHRASES.frame_not_allowed,
        Notice::Wait { .. } => PHRASES.wait,
        Notice::CannotEncrypt => PHRASES.cannot_encrypt,
        Notice::Device(notice) => return device_sentence(notice, localizer),
        Notice::FaceScan(notice) => return face_sentence(notice, localizer),
        Notice::OtherApproval => PHRASES.other_approval,
    };
    localizer.phrase(sentence).to_owned()
}

/// The second sentence: what it means for the next attempt; empty if there is nothing to add.
pub(super) fn second_sentence(notice: &Notice, localizer: &Localizer) -> String {
    match notice {
        Notice::Wrong { attempts_left: Some(1) }
        | Notice::Device(DeviceNotice::NotRecognised {
            attempts_left: Some(1), ..
        })
        | Notice::FaceScan(FaceNotice::NotRecognised {
            attempts_left: Some(1), ..
        }) => localizer.phrase(PHRASES.last_attempt).to_owned(),
        Notice::Wrong {
            attempts_left: Some(left @ 2..),
        }
        | Notice::Device(DeviceNotice::NotRecognised {
            attempts_left: Some(left @ 2..),
            ..
        })
        | Notice::FaceScan(FaceNotice::NotRecognised {
            attempts_left: Some(left @ 2..),
            ..
        }) => localizer.count(PHRASES.attempts_left, u64::from(*left)),
        Notice::Wrong {
            attempts_left: Some(0) | None,
        }
        | Notice::Device(
            DeviceNotice::KeyMissing(_)
            | DeviceNotice::NotRecognised {
                attempts_left: Some(0) | None,
                ..
            },
        )
        | Notice::FaceScan(
            FaceNotice::NotScanned(_)
            | FaceNotice::NotRecognised {
                attempts_left: Some(0) | None,
                ..
            },
        )
        | Notice::CodeExpired
        | Notice::Blocked(_)
        | Notice::NotSetUp(_)
        | Notice::NotDelivered(_)
        | Notice::RequestExpired
        | Notice::Sent(_)
        | Notice::NotReceived
        | Notice::NoAnswer
        | Notice::NotFinished
        | Notice::FrameLost
        | Notice::FrameNotAllowed
        | Notice::Wait { .. }
        | Notice::CannotEncrypt
        | Notice::OtherApproval => String::new(),
    }
}

/// Why this browser could not be used as a device.
fn device_sentence(notice: &DeviceNotice, localizer: &Localizer) -> String {
    let phrase = match notice {
        DeviceNotice::KeyMissing(_) => ENROLMENT.device_key_missing,
        DeviceNotice::NotRecognised { .. } => ENROLMENT.device_not_recognised,
    };
    enrolment_sentence(phrase, PHRASES.not_set_up.other, localizer)
}

/// Why a scan of the customer's face did not clear the challenge.
fn face_sentence(notice: &FaceNotice, localizer: &Localizer) -> String {
    let phrase = match notice {
        FaceNotice::NotScanned(_) => ENROLMENT.face_not_scanned,
        FaceNotice::NotRecognised { .. } => ENROLMENT.face_not_recognised,
    };
    enrolment_sentence(phrase, PHRASES.not_delivered.other, localizer)
}

/// A phrase that the module with both elements has, or else one of the widget's.
fn enrolment_sentence(phrase: enrolment::Phrase, otherwise: Phrase, localizer: &Localizer) -> String {
    let text = localizer.enrolment_phrase(phrase);
    text.unwrap_or_else(|| localizer.phrase(otherwise)).to_owned()
}
