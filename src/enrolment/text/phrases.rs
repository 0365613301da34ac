//! The list of phrases. The rules are those of the widget's (`src/ui/text/phrases.rs`).

use sca_protocol::{
    Factor,
    enrolment_api::{FactorKind, FactorState},
    enrolment_flow::{Advice, Change},
    entry::Weakness,
};

use crate::ui::text::catalog::{key, phrases};

key! {
    /// A phrase that does not depend on a number.
    Phrase
}

/// The keys of all phrases.
pub(crate) const PHRASES: Phrases = Phrases::at(0);

phrases! {
    /// All phrases of the element besides the widget's, in one language.
    struct Phrases {
        // The overview
        title: Phrase,
        /// What the factors are for.
        explanation: Phrase,
        kinds: Kinds,
        factors: Factors,
        states: States,
        advice: Advices,
        set_pin: Phrase,
        change_pin: Phrase,
        remove_pin: Phrase,
        enrol_device: Phrase,
        add_phone: Phrase,
        replace_phone: Phrase,
        remove_phone: Phrase,
        enrol_face: Phrase,
        remove_face: Phrase,
        /// The host has no capture of faces.
        no_face_capture: Phrase,
        /// `{name}`: of the device.
        remove_device: Phrase,
        /// On the buttons.
        remove: Phrase,
        this_browser: Phrase,
        /// `{day}`: a day.
        added_on: Phrase,
        /// `{time}`: a day and a time of day.
        usable_from: Phrase,
        key_missing: Phrase,
        key_refused: Phrase,
        done: Phrase,

        // A new PIN
        new_pin_title: Phrase,
        change_pin_title: Phrase,
        change_pin_text: Phrase,
        new_pin: Phrase,
        new_pin_again: Phrase,
        weaknesses: Weaknesses,
        /// After a weakness.
        weak_refused: Phrase,
        save_pin: Phrase,
        saving: Phrase,
        back: Phrase,

        // This browser as a device
        new_device_title: Phrase,
        new_device_text: Phrase,
        new_device_lost: Phrase,
        device_name: Phrase,
        device_name_missing: Phrase,
        add_device: Phrase,
        adding: Phrase,

        // A phone number
        new_phone_title: Phrase,
        replace_phone_title: Phrase,
        new_phone_text: Phrase,
        replace_phone_text: Phrase,
        country: Phrase,
        pick_country: Phrase,
        country_missing: Phrase,
        number: Phrase,
        number_missing: Phrase,
        send_code: Phrase,
        sending_code: Phrase,
        code_title: Phrase,
        /// `{number}`: with all but its last digits hidden.
        code_sent_to: Phrase,
        /// After a lost answer. `{number}`: as above.
        code_if_received: Phrase,
        no_code: Phrase,
        code: Phrase,
        code_missing: Phrase,
        check_code: Phrase,
        checking_code: Phrase,

        // A face
        new_face_title: Phrase,
        new_face_text: Phrase,
        /// Who gets the scan.
        new_face_privacy: Phrase,
        scan_face: Phrase,
        scanning_face: Phrase,

        // Removing
        remove_pin_title: Phrase,
        remove_pin_text: Phrase,
        remove_device_title: Phrase,
        remove_device_text: Phrase,
        remove_phone_title: Phrase,
        remove_phone_text: Phrase,
        remove_face_title: Phrase,
        remove_face_text: Phrase,
        removing: Phrase,

        // This browser in an approval
        /// What a press of its button does.
        device_use: Phrase,
        device_key_missing: Phrase,
        device_not_recognised: Phrase,

        // The scan of a face in an approval
        /// What a press of its button does.
        face_use: Phrase,
        face_not_scanned: Phrase,
        face_not_recognised: Phrase,

        // Notices
        changed: ByChange,
        already_pin: Phrase,
        already_device: Phrase,
        already_phone: Phrase,
        already_face: Phrase,
        not_enrolled_pin: Phrase,
        not_enrolled_device: Phrase,
        not_enrolled_phone: Phrase,
        not_enrolled_face: Phrase,
        limit_reached: Phrase,
        rejected: Phrase,
        replacement_failed: Phrase,
        replacement_unknown: Phrase,
        phone_replacement_failed: Phrase,
        phone_replacement_unknown: Phrase,
        old_number_unknown: Phrase,
        number_invalid: Phrase,
        number_too_short: Phrase,
        number_too_long: Phrase,
        number_of_other_country: Phrase,
        number_unreachable: Phrase,
        number_repeated: Phrase,
        code_sent: Phrase,
        code_wrong: Phrase,
        code_expired: Phrase,
        code_limit_reached: Phrase,
        code_unknown: Phrase,
        /// The answer was lost.
        unknown: ByChange,
        not_sent: Phrase,
        changed_elsewhere: Phrase,
        pins_differ: Phrase,
        weak_pin: Phrase,
        cannot_encrypt: Phrase,
        not_scanned: Phrase,
        scan_rejected: Phrase,
        no_match: Phrase,

        // Waiting and the end
        loading: Phrase,
        checking_text: Phrase,
        ending: Phrase,
        done_title: Phrase,
        done_text: Phrase,
        ended_title: Phrase,
        ended_text: Phrase,
    }

    /// The kinds of factors.
    struct Kinds {
        knowledge: Phrase,
        possession: Phrase,
        inherence: Phrase,
        other: Phrase,
    }

    /// The headings of the factors.
    struct Factors {
        pin: Phrase,
        device: Phrase,
        phone: Phrase,
        face: Phrase,
        other: Phrase,
    }

    /// Whether the customer has a factor.
    struct States {
        enrolled: Phrase,
        not_enrolled: Phrase,
        unknown: Phrase,
    }

    /// What to do next.
    struct Advices {
        begin: Phrase,
        add_another_kind: Phrase,
        add_fallback: Phrase,
        enough: Phrase,
    }

    /// Why a PIN is easy to guess.
    struct Weaknesses {
        repeated: Phrase,
        run: Phrase,
        year: Phrase,
    }

    /// One sentence for each change.
    struct ByChange {
        set_pin: Phrase,
        change_pin: Phrase,
        remove_pin: Phrase,
        enrol_device: Phrase,
        remove_device: Phrase,
        add_phone: Phrase,
        replace_phone: Phrase,
        remove_phone: Phrase,
        enrol_face: Phrase,
        remove_face: Phrase,
    }
}

impl Kinds {
    pub(crate) fn of(&self, kind: &FactorKind) -> Phrase {
        match kind {
            FactorKind::Knowledge => self.knowledge,
            FactorKind::Possession => self.possession,
            FactorKind::Inherence => self.inherence,
            FactorKind::Other(_) => self.other,
        }
    }
}

impl Factors {
    pub(crate) fn of(&self, factor: &Factor) -> Phrase {
        match factor {
            Factor::Pin => self.pin,
            Factor::Device => self.device,
            // Every kind of code is sent to it.
            Factor::Sms => self.phone,
            Factor::FaceScan => self.face,
            Factor::WhatsApp | Factor::Voice | Factor::Face | Factor::Push | Factor::Biometric | Factor::Other(_) => {
                self.other
            }
        }
    }
}

impl States {
    pub(crate) fn of(&self, state: &FactorState) -> Phrase {
        match state {
            FactorState::Enrolled => self.enrolled,
            FactorState::NotEnrolled => self.not_enrolled,
            FactorState::Unknown | FactorState::Other(_) => self.unknown,
        }
    }
}

impl Advices {
    pub(crate) fn of(&self, advice: Advice) -> Phrase {
        match advice {
            Advice::Begin => self.begin,
            Advice::AddAnotherKind => self.add_another_kind,
            Advice::AddFallback => self.add_fallback,
            Advice::Enough => self.enough,
        }
    }
}

impl Weaknesses {
    pub(crate) fn of(&self, weakness: Weakness) -> Phrase {
        match weakness {
            Weakness::Repeated => self.repeated,
            Weakness::Run => self.run,
            Weakness::Year => self.year,
        }
    }
}

impl ByChange {
    pub(crate) fn of(&self, change: Change) -> Phrase {
        match change {
            Change::SetPin => self.set_pin,
            Change::ChangePin => self.change_pin,
            Change::RemovePin => self.remove_pin,
            Change::EnrolDevice => self.enrol_device,
            Change::RemoveDevice => self.remove_device,
            Change::AddPhone => self.add_phone,
            Change::ReplacePhone => self.replace_phone,
            Change::RemovePhone => self.remove_phone,
            Change::EnrolFace => self.enrol_face,
            Change::RemoveFace => self.remove_face,
        }
    }
}
