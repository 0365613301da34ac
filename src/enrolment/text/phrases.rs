//! The list of phrases. The rules are those of the widget's (`src/ui/text/phrases.rs`).

use sca_protocol::{
    Factor,
    enrolment_api::{FactorKind, FactorState},
    enrolment_flow::{Advice, Change},
    entry::Weakness,
};

use crate::ui::text::catalog::{CatalogField, CatalogLines, phrases};

phrases! {
    /// All phrases of the element besides the widget's, in one language.
    struct Phrases {
        // The overview
        title: &'static str,
        /// What the factors are for.
        explanation: &'static str,
        kinds: Kinds,
        factors: Factors,
        states: States,
        advice: Advices,
        set_pin: &'static str,
        change_pin: &'static str,
        remove_pin: &'static str,
        enrol_device: &'static str,
        add_phone: &'static str,
        replace_phone: &'static str,
        remove_phone: &'static str,
        enrol_face: &'static str,
        remove_face: &'static str,
        /// The host has no capture of faces.
        no_face_capture: &'static str,
        /// `{name}`: of the device.
        remove_device: &'static str,
        /// On the buttons.
        remove: &'static str,
        this_browser: &'static str,
        /// `{day}`: a day.
        added_on: &'static str,
        /// `{time}`: a day and a time of day.
        usable_from: &'static str,
        key_missing: &'static str,
        key_refused: &'static str,
        done: &'static str,

        // A new PIN
        new_pin_title: &'static str,
        change_pin_title: &'static str,
        change_pin_text: &'static str,
        new_pin: &'static str,
        new_pin_again: &'static str,
        weaknesses: Weaknesses,
        /// After a weakness.
        weak_refused: &'static str,
        save_pin: &'static str,
        saving: &'static str,
        back: &'static str,

        // This browser as a device
        new_device_title: &'static str,
        new_device_text: &'static str,
        new_device_lost: &'static str,
        device_name: &'static str,
        device_name_missing: &'static str,
        add_device: &'static str,
        adding: &'static str,

        // A phone number
        new_phone_title: &'static str,
        replace_phone_title: &'static str,
        new_phone_text: &'static str,
        replace_phone_text: &'static str,
        country: &'static str,
        pick_country: &'static str,
        country_missing: &'static str,
        number: &'static str,
        number_missing: &'static str,
        send_code: &'static str,
        sending_code: &'static str,
        code_title: &'static str,
        /// `{number}`: with all but its last digits hidden.
        code_sent_to: &'static str,
        /// After a lost answer. `{number}`: as above.
        code_if_received: &'static str,
        no_code: &'static str,
        code: &'static str,
        code_missing: &'static str,
        check_code: &'static str,
        checking_code: &'static str,

        // A face
        new_face_title: &'static str,
        new_face_text: &'static str,
        /// Who gets the scan.
        new_face_privacy: &'static str,
        scan_face: &'static str,
        scanning_face: &'static str,

        // Removing
        remove_pin_title: &'static str,
        remove_pin_text: &'static str,
        remove_device_title: &'static str,
        remove_device_text: &'static str,
        remove_phone_title: &'static str,
        remove_phone_text: &'static str,
        remove_face_title: &'static str,
        remove_face_text: &'static str,
        removing: &'static str,

        // This browser in an approval
        /// What a press of its button does.
        device_use: &'static str,
        device_key_missing: &'static str,
        device_not_recognised: &'static str,

        // The scan of a face in an approval
        /// What a press of its button does.
        face_use: &'static str,
        face_not_scanned: &'static str,
        face_not_recognised: &'static str,

        // Notices
        changed: ByChange,
        already_pin: &'static str,
        already_device: &'static str,
        already_phone: &'static str,
        already_face: &'static str,
        not_enrolled_pin: &'static str,
        not_enrolled_device: &'static str,
        not_enrolled_phone: &'static str,
        not_enrolled_face: &'static str,
        limit_reached: &'static str,
        rejected: &'static str,
        replacement_failed: &'static str,
        replacement_unknown: &'static str,
        phone_replacement_failed: &'static str,
        phone_replacement_unknown: &'static str,
        old_number_unknown: &'static str,
        number_invalid: &'static str,
        number_too_short: &'static str,
        number_too_long: &'static str,
        number_of_other_country: &'static str,
        number_unreachable: &'static str,
        number_repeated: &'static str,
        code_sent: &'static str,
        code_wrong: &'static str,
        code_expired: &'static str,
        code_limit_reached: &'static str,
        code_unknown: &'static str,
        /// The answer was lost.
        unknown: ByChange,
        not_sent: &'static str,
        changed_elsewhere: &'static str,
        pins_differ: &'static str,
        weak_pin: &'static str,
        cannot_encrypt: &'static str,
        not_scanned: &'static str,
        scan_rejected: &'static str,
        no_match: &'static str,

        // Waiting and the end
        loading: &'static str,
        checking_text: &'static str,
        ending: &'static str,
        done_title: &'static str,
        done_text: &'static str,
        ended_title: &'static str,
        ended_text: &'static str,
    }

    /// The kinds of factors.
    struct Kinds {
        knowledge: &'static str,
        possession: &'static str,
        inherence: &'static str,
        other: &'static str,
    }

    /// The headings of the factors.
    struct Factors {
        pin: &'static str,
        device: &'static str,
        phone: &'static str,
        face: &'static str,
        other: &'static str,
    }

    /// Whether the customer has a factor.
    struct States {
        enrolled: &'static str,
        not_enrolled: &'static str,
        unknown: &'static str,
    }

    /// What to do next.
    struct Advices {
        begin: &'static str,
        add_another_kind: &'static str,
        add_fallback: &'static str,
        enough: &'static str,
    }

    /// Why a PIN is easy to guess.
    struct Weaknesses {
        repeated: &'static str,
        run: &'static str,
        year: &'static str,
    }

    /// One sentence for each change.
    struct ByChange {
        set_pin: &'static str,
        change_pin: &'static str,
        remove_pin: &'static str,
        enrol_device: &'static str,
        remove_device: &'static str,
        add_phone: &'static str,
        replace_phone: &'static str,
        remove_phone: &'static str,
        enrol_face: &'static str,
        remove_face: &'static str,
    }
}

impl Kinds {
    pub(crate) fn of(&self, kind: &FactorKind) -> &'static str {
        match kind {
            FactorKind::Knowledge => self.knowledge,
            FactorKind::Possession => self.possession,
            FactorKind::Inherence => self.inherence,
            FactorKind::Other(_) => self.other,
        }
    }
}

impl Factors {
    pub(crate) fn of(&self, factor: &Factor) -> &'static str {
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
    pub(crate) fn of(&self, state: &FactorState) -> &'static str {
        match state {
            FactorState::Enrolled => self.enrolled,
            FactorState::NotEnrolled => self.not_enrolled,
            FactorState::Unknown | FactorState::Other(_) => self.unknown,
        }
    }
}

impl Advices {
    pub(crate) fn of(&self, advice: Advice) -> &'static str {
        match advice {
            Advice::Begin => self.begin,
            Advice::AddAnotherKind => self.add_another_kind,
            Advice::AddFallback => self.add_fallback,
            Advice::Enough => self.enough,
        }
    }
}

impl Weaknesses {
    pub(crate) fn of(&self, weakness: Weakness) -> &'static str {
        match weakness {
            Weakness::Repeated => self.repeated,
            Weakness::Run => self.run,
            Weakness::Year => self.year,
        }
    }
}

impl ByChange {
    pub(crate) fn of(&self, change: Change) -> &'static str {
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
