//! What the flow has to tell, in words.

use sca_protocol::flow::Notice;

use crate::ui::text::Speech;

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Something stands in the way.
    Problem,
    /// Something went well, or needs patience.
    Information,
}

impl Tone {
    pub(super) fn of(notice: &Notice) -> Self {
        match notice {
            Notice::Sent(_) | Notice::Wait { .. } => Self::Information,
            Notice::Wrong { .. }
            | Notice::CodeExpired
            | Notice::Blocked(_)
            | Notice::NotSetUp(_)
            | Notice::NotDelivered(_)
            | Notice::NotReceived
            | Notice::CannotEncrypt => Self::Problem,
        }
    }
}

/// The sentences of a notice.
pub(super) fn sentences(notice: &Notice, speech: &Speech) -> Vec<String> {
    let phrases = speech.phrases;
    let sentence = match notice {
        Notice::Wrong { attempts_left } => {
            let left = match attempts_left {
                Some(1) => Some(phrases.last_attempt.to_owned()),
                Some(0) | None => None,
                Some(left) => Some(speech.count(&phrases.attempts_left, u64::from(*left))),
            };
            return std::iter::once(phrases.wrong.to_owned()).chain(left).collect();
        }
        Notice::CodeExpired => phrases.code_expired,
        Notice::Blocked(factor) => phrases.blocked.of(factor),
        Notice::NotSetUp(factor) => phrases.not_set_up.of(factor),
        Notice::NotDelivered(factor) => phrases.not_delivered.of(factor),
        Notice::Sent(factor) => phrases.sent.of(factor),
        Notice::NotReceived => phrases.not_received,
        Notice::Wait { .. } => phrases.wait,
        Notice::CannotEncrypt => phrases.cannot_encrypt,
    };
    vec![sentence.to_owned()]
}
