//! The list of phrases.
//!
//! A word in braces stands for a value and may stand anywhere in the phrase. Sentences are whole: none is put together from
//! pieces, because pieces do not fit together in every language.

use sca_protocol::{Factor, Reason, Setback, flow::Camera};

use super::{Category, Plural};

/// All that the widget says, in one language.
#[derive(Debug)]
pub(crate) struct Phrases {
    pub(crate) plural_category: fn(u64) -> Category,

    // What is being approved
    /// Above an action that waits for the customer.
    pub(crate) approving: &'static str,
    /// Above an action when all is over.
    pub(crate) request: &'static str,
    pub(crate) payment: &'static str,
    /// `{n}`: how many.
    pub(crate) payments: Plural,
    /// `{n}`: how many are to be trusted.
    pub(crate) payees: Plural,
    /// What it means to trust them.
    pub(crate) payees_meaning: &'static str,
    pub(crate) payee_name: &'static str,
    pub(crate) statement: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) total: &'static str,
    pub(crate) payee: &'static str,
    pub(crate) account: &'static str,
    /// The label of an account's last characters.
    pub(crate) account_ending: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) period: &'static str,
    /// `{from}` and `{to}`: days.
    pub(crate) from_to: &'static str,

    // Around every screen
    /// `{n}`: which.
    pub(crate) step: &'static str,
    /// `{n}`: which; `{of}`: how many there are.
    pub(crate) step_of: &'static str,
    /// `{time}`: a duration.
    pub(crate) ends_in: &'static str,
    pub(crate) cancel: &'static str,
    /// Durations, in the form they take after "in".
    pub(crate) seconds: Plural,
    pub(crate) minutes: Plural,
    /// `{time}`: a duration.
    pub(crate) wait_for: &'static str,

    // Choosing a way
    pub(crate) choose_code: &'static str,
    pub(crate) choose_way: &'static str,
    pub(crate) ways: FactorNames,
    pub(crate) starting: &'static str,
    pub(crate) way_blocked: &'static str,
    pub(crate) way_not_set_up: &'static str,
    pub(crate) way_not_possible: &'static str,

    // Entering digits
    pub(crate) pin_title: &'static str,
    /// `{n}`: how many digits.
    pub(crate) pin_digits: Plural,
    pub(crate) pin_protection: &'static str,
    pub(crate) code_title: &'static str,
    /// `{to}`: a masked destination.
    pub(crate) code_sent_to: ByFactor,
    pub(crate) code_sent: ByFactor,
    /// `{n}`: how many digits.
    pub(crate) code_digits: Plural,
    /// `{time}`: a duration.
    pub(crate) code_life: &'static str,
    pub(crate) code_over: &'static str,
    pub(crate) confirm: &'static str,
    pub(crate) confirming: &'static str,
    pub(crate) resend: &'static str,
    pub(crate) resending: &'static str,
    /// `{time}`: a duration.
    pub(crate) resend_in: &'static str,
    pub(crate) resend_now: &'static str,
    pub(crate) other_way: &'static str,
    pub(crate) digits_only: &'static str,
    /// `{n}`: how many digits.
    pub(crate) too_long: Plural,
    /// `{n}`: how many digits.
    pub(crate) incomplete: Plural,

    // Answering on the phone
    pub(crate) phone_title: &'static str,
    /// What the customer does, one after the other.
    pub(crate) phone_open: &'static str,
    pub(crate) phone_compare: &'static str,
    pub(crate) phone_answer: &'static str,
    /// The same by fingerprint or face.
    pub(crate) phone_biometric: &'static str,
    /// What they need not do.
    pub(crate) phone_waits: &'static str,
    /// `{time}`: a duration.
    pub(crate) phone_life: &'static str,
    pub(crate) code_instead: &'static str,

    // Showing the face
    pub(crate) face_title: &'static str,
    /// What the customer does.
    pub(crate) face_steps: &'static str,
    /// What the browser asks.
    pub(crate) face_permission: &'static str,
    /// Who sees it.
    pub(crate) face_privacy: &'static str,
    pub(crate) face_start: &'static str,
    pub(crate) face_opening: &'static str,
    /// Above the frame.
    pub(crate) face_shown: &'static str,
    /// The frame's own name.
    pub(crate) face_frame: &'static str,
    /// Below the frame, above the link.
    pub(crate) face_trouble: &'static str,
    pub(crate) face_new_tab: &'static str,
    pub(crate) face_same_tab: &'static str,
    pub(crate) face_late: &'static str,
    /// While the customer is in another tab, or about to go there.
    pub(crate) face_elsewhere: &'static str,
    pub(crate) face_elsewhere_text: &'static str,
    pub(crate) camera: CameraTrouble,
    pub(crate) setbacks: Setbacks,

    // Notices
    pub(crate) wrong: &'static str,
    /// `{n}`: how many.
    pub(crate) attempts_left: Plural,
    pub(crate) last_attempt: &'static str,
    pub(crate) code_expired: &'static str,
    pub(crate) blocked: ByFactor,
    pub(crate) not_set_up: ByFactor,
    pub(crate) not_delivered: ByFactor,
    pub(crate) request_expired: &'static str,
    /// The provider's page could not be opened.
    pub(crate) not_opened: &'static str,
    pub(crate) sent: ByFactor,
    pub(crate) not_received: &'static str,
    pub(crate) not_finished: &'static str,
    pub(crate) frame_lost: &'static str,
    pub(crate) frame_not_allowed: &'static str,
    pub(crate) wait: &'static str,
    pub(crate) cannot_encrypt: &'static str,

    // Waiting and obstacles
    pub(crate) loading: &'static str,
    pub(crate) checking: &'static str,
    pub(crate) checking_text: &'static str,
    pub(crate) unreachable: &'static str,
    pub(crate) unreachable_text: &'static str,
    pub(crate) try_again: &'static str,
    pub(crate) cannot_be_done: &'static str,
    pub(crate) cannot_be_done_text: &'static str,
    pub(crate) cancelling: &'static str,
    pub(crate) cancelling_text: &'static str,

    // Outcomes
    pub(crate) approved: &'static str,
    pub(crate) approved_text: &'static str,
    pub(crate) declined: &'static str,
    pub(crate) declined_text: &'static str,
    pub(crate) cancelled: &'static str,
    pub(crate) cancelled_text: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) expired_text: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) failed_text: &'static str,
    pub(crate) reasons: Reasons,
}

/// What each way to take a step is called.
#[derive(Debug)]
pub(crate) struct FactorNames {
    pub(crate) pin: &'static str,
    pub(crate) sms: &'static str,
    pub(crate) whatsapp: &'static str,
    pub(crate) voice: &'static str,
    pub(crate) device: &'static str,
    pub(crate) face: &'static str,
    pub(crate) push: &'static str,
    pub(crate) biometric: &'static str,
    pub(crate) other: &'static str,
}

impl FactorNames {
    pub(crate) fn of(&self, factor: &Factor) -> &'static str {
        match factor {
            Factor::Pin => self.pin,
            Factor::Sms => self.sms,
            Factor::WhatsApp => self.whatsapp,
            Factor::Voice => self.voice,
            Factor::Device => self.device,
            Factor::Face => self.face,
            Factor::Push => self.push,
            Factor::Biometric => self.biometric,
            Factor::Other(_) => self.other,
        }
    }
}

/// One sentence for each way that is done here, and one for the others.
#[derive(Debug)]
pub(crate) struct ByFactor {
    pub(crate) pin: &'static str,
    pub(crate) sms: &'static str,
    pub(crate) whatsapp: &'static str,
    pub(crate) voice: &'static str,
    pub(crate) other: &'static str,
}

impl ByFactor {
    pub(crate) fn of(&self, factor: &Factor) -> &'static str {
        match factor {
            Factor::Pin => self.pin,
            Factor::Sms => self.sms,
            Factor::WhatsApp => self.whatsapp,
            Factor::Voice => self.voice,
            Factor::Device | Factor::Face | Factor::Push | Factor::Biometric | Factor::Other(_) => self.other,
        }
    }
}

/// What stands between the customer and the camera, and what to do about it.
#[derive(Debug)]
pub(crate) struct CameraTrouble {
    pub(crate) refused: &'static str,
    pub(crate) blocked_by_policy: &'static str,
    pub(crate) missing: &'static str,
}

impl CameraTrouble {
    /// The text for a camera; `None` where nothing is known to be in the way.
    pub(crate) fn of(&self, camera: Camera) -> Option<&'static str> {
        match camera {
            Camera::Refused => Some(self.refused),
            Camera::BlockedByPolicy => Some(self.blocked_by_policy),
            Camera::Missing => Some(self.missing),
            Camera::Unknown | Camera::Ready => None,
        }
    }
}

/// Why a try at showing the face came to nothing, and how to try again.
#[derive(Debug)]
pub(crate) struct Setbacks {
    pub(crate) no_face: &'static str,
    pub(crate) inconclusive: &'static str,
    pub(crate) code_not_delivered: &'static str,
    pub(crate) abandoned: &'static str,
    pub(crate) session_expired: &'static str,
    pub(crate) other: &'static str,
}

impl Setbacks {
    pub(crate) fn of(&self, setback: &Setback) -> &'static str {
        match setback {
            Setback::NoFace => self.no_face,
            Setback::Inconclusive => self.inconclusive,
            Setback::CodeNotDelivered => self.code_not_delivered,
            Setback::Abandoned => self.abandoned,
            Setback::SessionExpired => self.session_expired,
            // Not one of a face.
            Setback::RequestExpired | Setback::Other(_) => self.other,
        }
    }
}

/// Why it ended without being approved, and what to do next.
#[derive(Debug)]
pub(crate) struct Reasons {
    pub(crate) too_many_attempts: &'static str,
    pub(crate) factor_blocked: &'static str,
    pub(crate) factor_not_set_up: &'static str,
    pub(crate) session_ended: &'static str,
    pub(crate) provider_refused: &'static str,
    pub(crate) denied: &'static str,
    pub(crate) unclear: &'static str,
    pub(crate) not_verified: &'static str,
    pub(crate) code_failed: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) unsupported: &'static str,
    pub(crate) unreachable: &'static str,
}

impl Reasons {
    /// The text for a reason; `None` for one that this version does not know.
    pub(crate) fn of(&self, reason: &Reason) -> Option<&'static str> {
        match reason {
            Reason::TooManyAttempts => Some(self.too_many_attempts),
            Reason::FactorBlocked => Some(self.factor_blocked),
            Reason::FactorNotSetUp => Some(self.factor_not_set_up),
            Reason::SessionEnded => Some(self.session_ended),
            Reason::ProviderRefused => Some(self.provider_refused),
            Reason::Denied => Some(self.denied),
            Reason::Unclear => Some(self.unclear),
            Reason::NotVerified => Some(self.not_verified),
            Reason::CodeFailed => Some(self.code_failed),
            Reason::Changed => Some(self.changed),
            Reason::Unsupported => Some(self.unsupported),
            Reason::Unreachable => Some(self.unreachable),
            Reason::Other(_) => None,
        }
    }
}
