//! The list of phrases.
//!
//! The file of every language has each phrase on a line, under the same name and in the same order as here. A word in braces is
//! replaced by a value and may be anywhere in the phrase. Sentences are complete: pieces of sentences do not fit together in every
//! language.

use sca_protocol::{Factor, Reason, StepFailure, flow::Camera};

use super::{
    Plural,
    catalog::{CatalogField, CatalogLines, phrases},
};

phrases! {
    /// All phrases of the widget, in one language.
    struct Phrases {
        /// The writing direction: `ltr` or `rtl`.
        direction: &'static str,
        /// The language's plural categories, by their Unicode CLDR names.
        plurals: &'static str,

        // What is being approved
        /// Above an action that waits for the customer.
        approving: &'static str,
        /// Above an action that is settled.
        request: &'static str,
        payment: &'static str,
        /// `{n}`: how many.
        payments: Plural,
        /// `{n}`: how many payees to trust.
        payees: Plural,
        /// What trusting a payee means.
        payees_meaning: &'static str,
        payee_name: &'static str,
        statement: &'static str,
        access_account: &'static str,
        access_security: &'static str,
        amount: &'static str,
        total: &'static str,
        payee: &'static str,
        account: &'static str,
        /// The label of an account's last characters.
        account_ending: &'static str,
        reference: &'static str,
        period: &'static str,
        /// `{from}` and `{to}`: days.
        from_to: &'static str,

        // Around every screen
        /// `{n}`: the position.
        step: &'static str,
        /// `{n}`: the position; `{of}`: how many there are.
        step_of: &'static str,
        /// `{time}`: a duration.
        ends_in: &'static str,
        cancel: &'static str,
        /// Durations, in the form they take after "in".
        seconds: Plural,
        minutes: Plural,
        /// `{time}`: a duration.
        wait_for: &'static str,

        // Choosing a factor
        choose_code: &'static str,
        choose_factor: &'static str,
        factors: FactorNames,
        starting: &'static str,
        factor_blocked: &'static str,
        factor_not_set_up: &'static str,
        factor_cooling_off: &'static str,
        factor_not_possible: &'static str,

        // Entering digits
        pin_title: &'static str,
        /// `{n}`: how many digits.
        pin_digits: Plural,
        pin_protection: &'static str,
        pin_reveal: &'static str,
        code_title: &'static str,
        /// `{to}`: a masked destination.
        code_sent_to: ByFactor,
        code_sent: ByFactor,
        /// `{n}`: how many digits.
        code_digits: Plural,
        /// `{time}`: a duration.
        code_ttl: &'static str,
        code_over: &'static str,
        confirm: &'static str,
        confirming: &'static str,
        resend: &'static str,
        resending: &'static str,
        /// `{time}`: a duration.
        resend_in: &'static str,
        resend_now: &'static str,
        other_factor: &'static str,
        digits_only: &'static str,
        /// `{n}`: how many digits.
        too_long: Plural,
        /// `{n}`: how many digits.
        incomplete: Plural,

        // Answering on the phone
        phone_title: &'static str,
        /// What the customer does, one after the other.
        phone_open: &'static str,
        phone_compare: &'static str,
        phone_answer: &'static str,
        /// The same by fingerprint or face.
        phone_biometric: &'static str,
        /// That nothing has to be done here.
        phone_waits: &'static str,
        /// `{time}`: a duration.
        phone_ttl: &'static str,
        code_instead: &'static str,

        // The face check
        face_title: &'static str,
        /// What the customer does.
        face_steps: &'static str,
        /// What the browser asks.
        face_permission: &'static str,
        /// Who sees the customer's face.
        face_privacy: &'static str,
        face_start: &'static str,
        face_opening: &'static str,
        /// Above the frame.
        face_shown: &'static str,
        /// The frame's accessible name.
        face_frame: &'static str,
        /// Below the frame, above the link.
        face_trouble: &'static str,
        face_new_tab: &'static str,
        face_same_tab: &'static str,
        face_late: &'static str,
        /// While the page is in another tab, or can be opened there.
        face_elsewhere: &'static str,
        face_elsewhere_text: &'static str,
        camera: CameraTrouble,
        step_failures: StepFailures,

        // Notices
        wrong: &'static str,
        /// `{n}`: how many.
        attempts_left: Plural,
        last_attempt: &'static str,
        code_expired: &'static str,
        blocked: ByFactor,
        not_set_up: ByFactor,
        not_delivered: ByFactor,
        request_expired: &'static str,
        /// The provider's page could not be opened.
        not_opened: &'static str,
        sent: ByFactor,
        not_received: &'static str,
        not_finished: &'static str,
        frame_lost: &'static str,
        frame_not_allowed: &'static str,
        wait: &'static str,
        cannot_encrypt: &'static str,
        other_approval: &'static str,

        // Waiting and obstacles
        loading: &'static str,
        checking: &'static str,
        checking_text: &'static str,
        unreachable: &'static str,
        unreachable_text: &'static str,
        try_again: &'static str,
        cannot_be_done: &'static str,
        cannot_be_done_text: &'static str,
        cancelling: &'static str,
        cancelling_text: &'static str,

        // Outcomes
        approved: &'static str,
        approved_text: &'static str,
        declined: &'static str,
        declined_text: &'static str,
        cancelled: &'static str,
        cancelled_text: &'static str,
        expired: &'static str,
        expired_text: &'static str,
        failed: &'static str,
        failed_text: &'static str,
        reasons: Reasons,
    }

    /// The name of each factor.
    struct FactorNames {
        pin: &'static str,
        sms: &'static str,
        whatsapp: &'static str,
        voice: &'static str,
        device: &'static str,
        face: &'static str,
        push: &'static str,
        biometric: &'static str,
        other: &'static str,
    }

    /// One sentence for each factor that the widget supports, and one for the others.
    struct ByFactor {
        pin: &'static str,
        sms: &'static str,
        whatsapp: &'static str,
        voice: &'static str,
        other: &'static str,
    }

    /// What prevents the use of the camera, and what to do about it.
    struct CameraTrouble {
        refused: &'static str,
        blocked_by_policy: &'static str,
        missing: &'static str,
    }

    /// Why a face check failed, and how to try again.
    struct StepFailures {
        no_face: &'static str,
        inconclusive: &'static str,
        code_not_delivered: &'static str,
        abandoned: &'static str,
        session_expired: &'static str,
        other: &'static str,
    }

    /// Why the approval ended without being approved, and what to do next.
    struct Reasons {
        too_many_attempts: &'static str,
        factor_blocked: &'static str,
        factor_not_set_up: &'static str,
        factor_cooling_off: &'static str,
        session_ended: &'static str,
        provider_refused: &'static str,
        denied: &'static str,
        unclear: &'static str,
        not_verified: &'static str,
        code_failed: &'static str,
        changed: &'static str,
        unsupported: &'static str,
        unreachable: &'static str,
    }
}

impl FactorNames {
    pub(crate) fn of(&self, factor: &Factor) -> &'static str {
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
    pub(crate) fn of(&self, factor: &Factor) -> &'static str {
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
    pub(crate) fn of(&self, camera: Camera) -> Option<&'static str> {
        match camera {
            Camera::Refused => Some(self.refused),
            Camera::BlockedByPolicy => Some(self.blocked_by_policy),
            Camera::Missing => Some(self.missing),
            Camera::Unknown | Camera::Ready => None,
        }
    }
}

impl StepFailures {
    pub(crate) fn of(&self, step_failure: &StepFailure) -> &'static str {
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
    pub(crate) fn of(&self, reason: &Reason) -> Option<&'static str> {
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
