//! The texts of the flow's notices.

use sca_protocol::{
    factor::Handling,
    flow::{DeviceNotice, FaceNotice, Notice},
};

use crate::ui::text::Localizer;

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
pub(super) fn first_sentence(notice: &Notice, localizer: &Localizer) -> String {
    let phrases = localizer.phrases;
    let sentence = match notice {
        Notice::Wrong { .. } => phrases.wrong,
        Notice::CodeExpired => phrases.code_expired,
        Notice::Blocked(factor) => phrases.blocked.of(factor),
        Notice::NotSetUp(factor) => phrases.not_set_up.of(factor),
        Notice::NotDelivered(factor) if factor.handling() == Handling::Frame => phrases.not_opened,
        Notice::NotDelivered(factor) => phrases.not_delivered.of(factor),
        Notice::RequestExpired => phrases.request_expired,
        Notice::Sent(factor) => phrases.sent.of(factor),
        Notice::NotReceived => phrases.not_received,
        Notice::NotFinished => phrases.not_finished,
        Notice::FrameLost => phrases.frame_lost,
        Notice::FrameNotAllowed => phrases.frame_not_allowed,
        Notice::Wait { .. } => phrases.wait,
        Notice::CannotEncrypt => phrases.cannot_encrypt,
        Notice::Device(notice) => device_sentence(notice, localizer),
        Notice::FaceScan(notice) => face_sentence(notice, localizer),
        Notice::OtherApproval => phrases.other_approval,
    };
    sentence.to_owned()
}

/// The second sentence: what it means for the next attempt; empty if there is nothing to add.
pub(super) fn second_sentence(notice: &Notice, localizer: &Localizer) -> String {
    let phrases = localizer.phrases;
    match notice {
        Notice::Wrong { attempts_left: Some(1) }
        | Notice::Device(DeviceNotice::NotRecognised {
            attempts_left: Some(1), ..
        })
        | Notice::FaceScan(FaceNotice::NotRecognised {
            attempts_left: Some(1), ..
        }) => phrases.last_attempt.to_owned(),
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
        }) => localizer.count(&phrases.attempts_left, u64::from(*left)),
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
        | Notice::NotFinished
        | Notice::FrameLost
        | Notice::FrameNotAllowed
        | Notice::Wait { .. }
        | Notice::CannotEncrypt
        | Notice::OtherApproval => String::new(),
    }
}

/// Why this browser could not be used as a device.
fn device_sentence(notice: &DeviceNotice, localizer: &Localizer) -> &'static str {
    let Some(phrases) = localizer.enrolment_phrases() else {
        return localizer.phrases.not_set_up.other;
    };
    match notice {
        DeviceNotice::KeyMissing(_) => phrases.device_key_missing,
        DeviceNotice::NotRecognised { .. } => phrases.device_not_recognised,
    }
}

/// Why a scan of the customer's face did not clear the challenge.
fn face_sentence(notice: &FaceNotice, localizer: &Localizer) -> &'static str {
    let Some(phrases) = localizer.enrolment_phrases() else {
        return localizer.phrases.not_delivered.other;
    };
    match notice {
        FaceNotice::NotScanned(_) => phrases.face_not_scanned,
        FaceNotice::NotRecognised { .. } => phrases.face_not_recognised,
    }
}
