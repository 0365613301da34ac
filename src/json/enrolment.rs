//! The types of an enrolment.

use sca_protocol::{
    Factor, Timestamp,
    enrolment_api::{
        Enrolled, EnrolledDevice, EnrolledPhone, Enrolment, EnrolmentStatus, EnrolmentVerdict, FaceEnrolled,
        FactorKind, FactorReport, FactorState, PhoneCodeDelivery, WeakPins,
    },
};

use super::{Fields, FromFields, JsonValue};

impl FromFields for Enrolment {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            id: fields.text("id"),
            version: fields.u64("version"),
            server_time: Timestamp(fields.u64("serverTime")),
            expires_at: Timestamp(fields.u64("expiresAt")),
            status: EnrolmentStatus::from_name(&fields.text("status")),
            factors: fields.list_of("factors"),
            devices: fields.list_of("devices"),
            browser_key: fields.text("browserKey"),
            weak_pins: WeakPins::from_name(&fields.text("weakPins")),
            phone: fields.optional_object("phone"),
            phone_code: fields.optional_object("phoneCode"),
        })
    }
}

impl FromFields for FactorReport {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            factor: Factor::from_name(&fields.text("factor")),
            kind: FactorKind::from_name(&fields.text("kind")),
            state: FactorState::from_name(&fields.text("state")),
            usable_from: fields.optional_u64("usableFrom").map(Timestamp),
        })
    }
}

impl FromFields for EnrolledDevice {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            id: fields.text("id"),
            name: fields.plain_text("name")?,
            created_at: Timestamp(fields.u64("createdAt")),
            usable_from: fields.optional_u64("usableFrom").map(Timestamp),
        })
    }
}

impl FromFields for EnrolledPhone {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            number: fields.optional_text("number"),
            created_at: fields.optional_u64("createdAt").map(Timestamp),
        })
    }
}

impl FromFields for PhoneCodeDelivery {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            number: fields.text("number"),
            resend_at: Timestamp(fields.u64("resendAt")),
            expires_at: Timestamp(fields.u64("expiresAt")),
            checks_left: fields.u8("checksLeft")?,
            verified: fields.bool("verified"),
        })
    }
}

impl FromFields for FaceEnrolled {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            enrolment: fields.object("enrolment")?,
            verdict: EnrolmentVerdict::from_name(&fields.text("verdict")),
            scan_result: fields.optional_text("scanResult"),
        })
    }
}

impl FromFields for Enrolled {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            enrolment: fields.object("enrolment")?,
            verdict: EnrolmentVerdict::from_name(&fields.text("verdict")),
            relayed: fields.optional_text("relayed"),
        })
    }
}
