//! The list of phrases.
//!
//! The file of every language has each phrase on a line, under the same name and in the same order as here. A word in braces is
//! replaced by a value and may be anywhere in the phrase. Sentences are complete: pieces of sentences do not fit together in every
//! language.

use sca_protocol::{Factor, Reason, StepFailure, flow::Camera};

use super::{
    Plural,
    catalog::{key, phrases},
};

key! {
    /// A phrase that does not depend on a number.
    Phrase
}

/// The keys of all phrases.
pub(crate) const PHRASES: Phrases = Phrases::at(0);

phrases! {
    /// All phrases of the widget, in one language.
    struct Phrases {
        /// The writing direction: `ltr` or `rtl`.
        direction: Phrase,
        /// The language's plural categories, by their Unicode CLDR names.
        plurals: Phrase,

        // What is being approved
        /// Above an action that waits for the customer.
        approving: Phrase,
        /// Above an action that is settled.
        request: Phrase,
        payment: Phrase,
        /// `{n}`: how many.
        payments: Plural,
        /// `{n}`: how many payees to trust.
        payees: Plural,
        /// What trusting a payee means.
        payees_meaning: Phrase,
        payee_name: Phrase,
        statement: Phrase,
        access_account: Phrase,
        access_security: Phrase,
        amount: Phrase,
        total: Phrase,
        payee: Phrase,
        account: Phrase,
        /// The label of an account's last characters.
        account_ending: Phrase,
        reference: Phrase,
        period: Phrase,
        /// `{from}` and `{to}`: days.
        from_to: Phrase,

        // Around every screen
        /// `{n}`: the position.
        step: Phrase,
        /// `{n}`: the position; `{of}`: how many there are.
        step_of: Phrase,
        /// `{time}`: a duration.
        ends_in: Phrase,
        cancel: Phrase,
        /// While a press of "Cancel" can be undone.
        cancel_soon: Phrase,
        /// Undoes it.
        cancel_undo: Phrase,
        /// Durations, in the form they take after "in".
        seconds: Plural,
        minutes: Plural,
        /// `{time}`: a duration.
        wait_for: Phrase,

        // Choosing a factor
        choose_code: Phrase,
        choose_factor: Phrase,
        factors: FactorNames,
        starting: Phrase,
        factor_blocked: Phrase,
        factor_not_set_up: Phrase,
        factor_cooling_off: Phrase,
        factor_not_possible: Phrase,

        // Entering digits
        pin_title: Phrase,
        /// `{n}`: how many digits.
        pin_digits: Plural,
        pin_protection: Phrase,
        pin_reveal: Phrase,
        code_title: Phrase,
        /// `{to}`: a masked destination.
        code_sent_to: ByFactor,
        code_sent: ByFactor,
        /// `{n}`: how many digits.
        code_digits: Plural,
        /// `{time}`: a duration.
        code_ttl: Phrase,
        code_over: Phrase,
        confirm: Phrase,
        /// The same for one payment. `{amount}`: as it is written in the language.
        confirm_amount: Phrase,
        confirming: Phrase,
        /// After five seconds of any call.
        still_checking: Phrase,
        resend: Phrase,
        resending: Phrase,
        /// `{time}`: a duration.
        resend_in: Phrase,
        resend_now: Phrase,
        /// For the rest of the approval.
        resend_never: Phrase,
        other_factor: Phrase,
        digits_only: Phrase,
        /// `{n}`: how many digits.
        too_long: Plural,
        /// `{n}`: how many digits.
        incomplete: Plural,

        // Answering on the phone
        phone_title: Phrase,
        /// What the customer does, one after the other.
        phone_open: Phrase,
        phone_compare: Phrase,
        phone_answer: Phrase,
        /// The same by fingerprint or face.
        phone_biometric: Phrase,
        /// That nothing has to be done here.
        phone_waits: Phrase,
        /// `{time}`: a duration.
        phone_ttl: Phrase,
        code_instead: Phrase,

        // The face check
        face_title: Phrase,
        /// What the customer does.
        face_steps: Phrase,
        /// What the browser asks.
        face_permission: Phrase,
        /// Who sees the customer's face.
        face_privacy: Phrase,
        face_start: Phrase,
        face_opening: Phrase,
        /// Above the frame.
        face_shown: Phrase,
        /// The frame's accessible name.
        face_frame: Phrase,
        /// Below the frame, above the link.
        face_trouble: Phrase,
        face_new_tab: Phrase,
        face_same_tab: Phrase,
        face_late: Phrase,
        /// While the page is in another tab, or can be opened there.
        face_elsewhere: Phrase,
        face_elsewhere_text: Phrase,
        camera: CameraTrouble,
        step_failures: StepFailures,

        // Notices
        wrong_pin: Phrase,
        wrong_code: Phrase,
        /// `{n}`: how many.
        attempts_left: Plural,
        last_attempt: Phrase,
        code_expired: Phrase,
        blocked: ByFactor,
        not_set_up: ByFactor,
        not_delivered: ByFactor,
        request_expired: Phrase,
        /// The provider's page could not be opened.
        not_opened: Phrase,
        sent: ByFactor,
        not_received: Phrase,
        no_answer: Phrase,
        not_finished: Phrase,
        frame_lost: Phrase,
        frame_not_allowed: Phrase,
        wait: Phrase,
        cannot_encrypt: Phrase,
        other_approval: Phrase,

        // Waiting and obstacles
        loading: Phrase,
        checking: Phrase,
        checking_text: Phrase,
        unreachable: Phrase,
        unreachable_text: Phrase,
        try_again: Phrase,
        cannot_be_done: Phrase,
        cannot_be_done_text: Phrase,
        cancelling: Phrase,
        cancelling_text: Phrase,

        // Outcomes
        approved: Phrase,
        approved_text: Phrase,
        declined: Phrase,
        declined_text: Phrase,
        cancelled: Phrase,
        cancelled_text: Phrase,
        expired: Phrase,
        expired_text: Phrase,
        failed: Phrase,
        failed_text: Phrase,
        reasons: Reasons,
    }

    /// The name of each factor.
    struct FactorNames {
        pin: Phrase,
        sms: Phrase,
        whatsapp: Phrase,
        voice: Phrase,
        device: Phrase,
        face: Phrase,
        push: Phrase,
        biometric: Phrase,
        other: Phrase,
    }

    /// One sentence for each factor that the widget supports, and one for the others.
    struct ByFactor {
        pin: Phrase,
        sms: Phrase,
        whatsapp: Phrase,
        voice: Phrase,
        other: Phrase,
    }

    /// What prevents the use of the camera, and what to do about it.
    struct CameraTrouble {
        refused: Phrase,
        blocked_by_policy: Phrase,
        missing: Phrase,
    }

    /// Why a face check failed, and how to try again.
    struct StepFailures {
        no_face: Phrase,
        inconclusive: Phrase,
        code_not_delivered: Phrase,
        abandoned: Phrase,
        session_expired: Phrase,
        other: Phrase,
    }

    /// Why the approval ended without being approved, and what to do next.
    struct Reasons {
        too_many_attempts: Phrase,
        factor_blocked: Phrase,
        factor_not_set_up: Phrase,
        factor_cooling_off: Phrase,
        session_ended: Phrase,
        provider_refused: Phrase,
        denied: Phrase,
        unclear: Phrase,
        not_verified: Phrase,
        code_failed: Phrase,
        changed: Phrase,
        unsupported: Phrase,
        unreachable: Phrase,
    }
}

impl FactorNames {
    pub(crate) fn of(&self, factor: &Factor) -> Phrase {
        match factor {
            Factor::Pin => self.pin,
            Factor::Sms => self.sms,
            Factor::WhatsApp => self.whatsapp,
            Factor::Voice => self.voice,
            Factor::Device => self.device,
            Factor::Face | Factor::FaceScan => self.face,
            Factor::Push => self.push,
            Factor::Biometric => self.biometric,
            Factor::Other(_) => self.other,
        }
    }
}

impl ByFactor {
    pub(crate) fn of(&self, factor: &Factor) -> Phrase {
        match factor {
            Factor::Pin => self.pin,
            Factor::Sms => self.sms,
            Factor::WhatsApp => self.whatsapp,
            Factor::Voice => self.voice,
            Factor::Device | Factor::Face | Factor::FaceScan | Factor::Push | Factor::Biometric | Factor::Other(_) => {
                self.other
            }
        }
    }
}

impl CameraTrouble {
    /// The text for a camera; `None` when the camera can be used or nothing is known.
    pub(crate) fn of(&self, camera: Camera) -> Option<Phrase> {
        match camera {
            Camera::Refused => Some(self.refused),
            Camera::BlockedByPolicy => Some(self.blocked_by_policy),
            Camera::Missing => Some(self.missing),
            Camera::Unknown | Camera::Ready => None,
        }
    }
}

impl StepFailures {
    pub(crate) fn of(&self, step_failure: &StepFailure) -> Phrase {
        match step_failure {
            StepFailure::NoFace => self.no_face,
            StepFailure::Inconclusive => self.inconclusive,
            StepFailure::CodeNotDelivered => self.code_not_delivered,
            StepFailure::Abandoned => self.abandoned,
            StepFailure::SessionExpired => self.session_expired,
            // Not a failure of the face check.
            StepFailure::RequestExpired | StepFailure::Other(_) => self.other,
        }
    }
}

impl Reasons {
    /// The text for a reason; `None` for one that this version does not know.
    pub(crate) fn of(&self, reason: &Reason) -> Option<Phrase> {
        match reason {
            Reason::TooManyAttempts => Some(self.too_many_attempts),
            Reason::FactorBlocked => Some(self.factor_blocked),
            Reason::FactorNotSetUp => Some(self.factor_not_set_up),
            Reason::FactorCoolingOff => Some(self.factor_cooling_off),
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
