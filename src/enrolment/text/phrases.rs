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
        /// A heading.
        title: Phrase,
        /// What the factors are for.
        explanation: Phrase,
        kinds: Kinds,
        factors: Factors,
        states: States,
        advice: Advices,
        /// A button.
        set_pin: Phrase,
        /// A button.
        change_pin: Phrase,
        /// A button.
        remove_pin: Phrase,
        /// A button.
        enrol_device: Phrase,
        /// A button.
        add_phone: Phrase,
        /// A button.
        replace_phone: Phrase,
        /// A button.
        remove_phone: Phrase,
        /// A button.
        enrol_face: Phrase,
        /// A button.
        remove_face: Phrase,
        /// The host has no capture of faces.
        no_face_capture: Phrase,
        /// A button.
        /// `{name}`: of the device.
        remove_device: Phrase,
        /// On the buttons.
        remove: Phrase,
        /// Beside a device's name.
        this_browser: Phrase,
        /// `{day}`: a day.
        added_on: Phrase,
        /// `{time}`: a day and a time of day.
        usable_from: Phrase,
        key_missing: Phrase,
        key_refused: Phrase,
        /// A button.
        done: Phrase,

        // A new PIN
        /// A heading.
        new_pin_title: Phrase,
        /// A heading.
        change_pin_title: Phrase,
        change_pin_text: Phrase,
        /// The label of a field.
        new_pin: Phrase,
        /// The label of a field.
        new_pin_again: Phrase,
        weaknesses: Weaknesses,
        /// After a weakness.
        weak_refused: Phrase,
        /// A button.
        save_pin: Phrase,
        /// The button while that goes on.
        saving: Phrase,
        /// A button.
        back: Phrase,

        // This browser as a device
        /// A heading.
        new_device_title: Phrase,
        new_device_text: Phrase,
        new_device_lost: Phrase,
        /// The label of a field.
        device_name: Phrase,
        device_name_missing: Phrase,
        /// A button.
        add_device: Phrase,
        /// The button while that goes on.
        adding: Phrase,

        // A phone number
        /// A heading.
        new_phone_title: Phrase,
        /// A heading.
        replace_phone_title: Phrase,
        new_phone_text: Phrase,
        replace_phone_text: Phrase,
        /// The label of a field.
        country: Phrase,
        /// The first entry of a list.
        pick_country: Phrase,
        country_missing: Phrase,
        /// The label of a field.
        number: Phrase,
        number_missing: Phrase,
        /// A button.
        send_code: Phrase,
        /// The button while that goes on.
        sending_code: Phrase,
        /// A heading.
        code_title: Phrase,
        /// `{number}`: with all but its last digits hidden.
        code_sent_to: Phrase,
        /// After a lost answer. `{number}`: as above.
        code_if_received: Phrase,
        no_code: Phrase,
        /// The label of a field.
        code: Phrase,
        code_missing: Phrase,
        /// A button.
        check_code: Phrase,
        /// The button while that goes on.
        checking_code: Phrase,

        // A face
        /// A heading.
        new_face_title: Phrase,
        new_face_text: Phrase,
        /// Who gets the scan.
        new_face_privacy: Phrase,
        /// A button.
        scan_face: Phrase,
        /// The button while that goes on.
        scanning_face: Phrase,

        // Removing
        /// A heading.
        remove_pin_title: Phrase,
        remove_pin_text: Phrase,
        /// A heading.
        remove_device_title: Phrase,
        remove_device_text: Phrase,
        /// A heading.
        remove_phone_title: Phrase,
        remove_phone_text: Phrase,
        /// A heading.
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
