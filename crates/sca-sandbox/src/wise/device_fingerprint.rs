//! The [device fingerprints](https://docs.wise.com/api-reference/sca-device-fingerprints) of a customer.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::digest::Digest;

/// How many a customer may have.
pub(crate) const MAX_FINGERPRINTS: usize = 3;

/// One registered device. The fingerprint itself is not kept.
#[derive(Clone, Debug)]
pub(crate) struct DeviceFingerprint {
    pub(crate) id: Uuid,
    pub(crate) digest: Digest,
    created: Timestamp,
}

impl DeviceFingerprint {
    pub(crate) fn register(digest: Digest, now: Timestamp) -> Self {
        Self {
            id: Uuid::new_v4(),
            digest,
            created: now,
        }
    }

    /// Its id and when it was registered, with nanoseconds as Wise prints them.
    pub(crate) fn to_json(&self) -> Value {
        json!({"deviceFingerprintId": self.id, "createdAt": format!("{:.9}", self.created)})
    }
}
