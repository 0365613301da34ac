//! The list of phrases.
//!
//! The file of every language has each phrase on a line, under the same name and in the same order as here. A word in braces is
//! replaced by a value and may be anywhere in the phrase. Sentences are complete: pieces of sentences do not fit together in every
//! language.
//!
//! The company speaks ("we") to its customer, who may be in a hurry, worried, or listening to a screen reader. What is neither a heading, a
//! button nor a label is a paragraph, and may be as long as it needs. See `docs/languages.md`.

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
        /// A heading, and what the scripts announce while the module loads: the third line of the file.
        checking: Phrase,

        // What is being approved
        /// Above an action that waits for the customer.
        approving: Phrase,
        /// Above an action that is settled.
        request: Phrase,
        /// A heading.
        payment: Phrase,
        /// `{n}`: how many.
        payments: Plural,
        /// `{n}`: how many payees to trust.
        payees: Plural,
        /// What trusting a payee means.
        payees_meaning: Phrase,
        /// A label: the name of a payee to trust.
        payee_name: Phrase,
        /// A heading: a list of what an account received and paid.
        statement: Phrase,
        /// A heading: the customer asks to see the account.
        access_account: Phrase,
        /// A heading: the customer asks to change PIN, devices or phone number.
        access_security: Phrase,
        /// A label.
        amount: Phrase,
        /// A label: the sum of several payments.
        total: Phrase,
        /// A label: who receives a payment.
        payee: Phrase,
        /// A label.
        account: Phrase,
        /// The label of an account's last characters.
        account_ending: Phrase,
        /// A label: what the payer has written for the payee.
        reference: Phrase,
        /// A label: from which day to which.
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
        /// A button.
        cancel: Phrase,
        /// While a press of "Cancel" can be undone.
        cancel_soon: Phrase,
        /// A button. Undoes it.
        cancel_undo: Phrase,
        /// A button: the customer denies to have started this. "I did not start this" means the same.
        deny: Phrase,
        /// Durations, in the form they take after "in".
        seconds: Plural,
        minutes: Plural,
        /// `{time}`: a duration.
        wait_for: Phrase,

        // Choosing a factor
        /// A heading, above a list of ways to send a code.
        choose_code: Phrase,
        /// A heading, above a list of factors.
        choose_factor: Phrase,
        factors: FactorNames,
        /// The pressed entry of the list.
        starting: Phrase,
        /// Below a factor that cannot be chosen, as the next three.
        factor_blocked: Phrase,
        factor_not_set_up: Phrase,
        factor_cooling_off: Phrase,
        factor_not_possible: Phrase,

        // Entering digits
        /// A heading, and the name of the field.
        pin_title: Phrase,
        /// `{n}`: how many digits.
        pin_digits: Plural,
        /// Below the field.
        pin_protection: Phrase,
        /// A button: the digits are hidden until it is pressed.
        pin_reveal: Phrase,
        /// A heading, and the name of the field.
        code_title: Phrase,
        /// `{to}`: a masked destination.
        code_sent_to: ByFactor,
        code_sent: ByFactor,
        /// `{n}`: how many digits.
        code_digits: Plural,
        /// `{time}`: a duration.
        code_ttl: Phrase,
        /// In place of the former, once the time is over.
        code_over: Phrase,
        /// A button.
        confirm: Phrase,
        /// The same for a payment. `{amount}`: as it is written in the language.
        confirm_amount: Phrase,
        /// The button while that goes on.
        confirming: Phrase,
        /// After five seconds of any call.
        still_checking: Phrase,
        /// A button.
        resend: Phrase,
        /// The button while that goes on.
        resending: Phrase,
        /// In place of the button, for as long as it cannot be pressed.
        /// `{time}`: a duration.
        resend_in: Phrase,
        /// Only a screen reader says it, when the button can be pressed.
        resend_now: Phrase,
        /// For the rest of the approval.
        resend_never: Phrase,
        /// A button.
        other_factor: Phrase,
        /// Below a field, as the next three.
        digits_only: Phrase,
        /// `{n}`: how many digits.
        too_long: Plural,
        /// `{n}`: how many digits.
        incomplete: Plural,
        /// When the customer has pasted a whole message, and its code was taken out. "Here" is the widget.
        other_amount: Phrase,

        // Answering on the phone
        /// A heading.
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
        /// A button.
        code_instead: Phrase,

        // The face check
        /// A heading.
        face_title: Phrase,
        /// What the customer does.
        face_steps: Phrase,
        /// What the browser asks.
        face_permission: Phrase,
        /// Who sees the customer's face.
        face_privacy: Phrase,
        /// A button.
        face_start: Phrase,
        /// The button while that goes on.
        face_opening: Phrase,
        /// A heading.
        /// Above the frame.
        face_shown: Phrase,
        /// The frame's accessible name.
        face_frame: Phrase,
        /// Below the frame, above the link.
        face_trouble: Phrase,
        /// A link that looks like a button.
        face_new_tab: Phrase,
        /// A link that looks like a button.
        face_same_tab: Phrase,
        /// Below the frame, while it is empty.
        face_late: Phrase,
        /// A heading.
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
        /// In place of the former, for the last one.
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
        /// It is not known whether the server has received the entry.
        no_answer: Phrase,
        not_finished: Phrase,
        frame_lost: Phrase,
        frame_not_allowed: Phrase,
        /// After too many calls. A time follows in a sentence of its own.
        wait: Phrase,
        cannot_encrypt: Phrase,
        /// An answer did not belong to this request: a fault, or an attack.
        other_approval: Phrase,

        // Waiting and obstacles
        /// A heading.
        loading: Phrase,
        checking_text: Phrase,
        /// A heading.
        unreachable: Phrase,
        unreachable_text: Phrase,
        /// A button.
        try_again: Phrase,
        /// A heading.
        cannot_be_done: Phrase,
        cannot_be_done_text: Phrase,
        /// A heading.
        cancelling: Phrase,
        cancelling_text: Phrase,

        // Outcomes
        /// A heading.
        approved: Phrase,
        approved_text: Phrase,
        /// A heading.
        declined: Phrase,
        declined_text: Phrase,
        /// A heading.
        cancelled: Phrase,
        cancelled_text: Phrase,
        /// A heading.
        expired: Phrase,
        expired_text: Phrase,
        /// A heading.
        failed: Phrase,
        failed_text: Phrase,
        /// A label: when the request ended.
        receipt_time: Phrase,
        /// A label: what the customer names when they ask about the request. Not the payment's own `reference`.
        receipt_number: Phrase,
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
