//! The types of an enrolment.

use sca_protocol::{
    Factor, Timestamp,
    enrolment_api::{
        Enrolled, EnrolledDevice, Enrolment, EnrolmentStatus, EnrolmentVerdict, FactorKind, FactorReport, FactorState,
        WeakPins,
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
            // The element shows neither of them.
            phone: None,
            phone_code: None,
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

impl FromFields for Enrolled {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            enrolment: fields.object("enrolment")?,
            verdict: EnrolmentVerdict::from_name(&fields.text("verdict")),
            relayed: fields.optional_text("relayed"),
        })
    }
}
