//! Where events are sent, and how they are signed.

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

use crate::hmac::hmac;

/// The partner's webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Webhook {
    /// Loopback only; each event's path comes behind it. `null`: nothing is sent.
    pub(crate) url: Option<String>,
    /// The api-key, which is the secret here, too.
    pub(crate) key: String,
    pub(crate) signature: Signature,
    /// Whether messages have a `call-ref`; without one the signature takes it for empty.
    pub(crate) call_ref: bool,
    /// Seconds added to the time that is signed.
    pub(crate) timestamp_shift: i64,
    pub(crate) retry_timestamp: RetryTimestamp,
    /// The waits between tries.
    pub(crate) retry_seconds: Vec<u32>,
    pub(crate) timeout_seconds: u32,
}

/// Which signatures are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Signature {
    /// The deprecated one, of the time alone, and `signature-v2`.
    #[default]
    Both,
    /// The deprecated one alone.
    V1Only,
    Unsigned,
    /// Both, of another key.
    Wrong,
}

/// The time that a retry says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RetryTimestamp {
    /// Its own.
    #[default]
    Fresh,
    /// That of the first try.
    First,
}

impl Default for Webhook {
    fn default() -> Self {
        Self {
            url: None,
            key: super::API_KEY.to_owned(),
            signature: Signature::default(),
            call_ref: true,
            timestamp_shift: 0,
            retry_timestamp: RetryTimestamp::default(),
            retry_seconds: vec![10, 60, 360, 2160, 12_960],
            timeout_seconds: 15,
        }
    }
}

impl Webhook {
    /// The headers of a message sent at this time, in real milliseconds.
    pub(crate) fn headers(&self, call_ref: &str, body: &str, at: i64) -> Vec<(&'static str, String)> {
        let timestamp = at.saturating_add(self.timestamp_shift.saturating_mul(1000)).to_string();
        let call_ref = if self.call_ref { call_ref } else { "" };
        let mut headers = Vec::new();
        if self.call_ref {
            headers.push(("call-ref", call_ref.to_owned()));
        }
        let key = match self.signature {
            Signature::Both | Signature::V1Only | Signature::Unsigned => &self.key,
            Signature::Wrong => "the_key_of_somebody_else",
        };
        match self.signature {
            Signature::Both | Signature::Wrong => {
                headers.push(("signature", sign(key, &timestamp)));
                headers.push(("signature-v2", sign(key, &format!("{call_ref}{body}{timestamp}"))));
            }
            Signature::V1Only => headers.push(("signature", sign(key, &timestamp))),
            Signature::Unsigned => {}
        }
        headers.push(("published-timestamp", timestamp));
        headers
    }
}

/// Whether a message is tried again that was answered so, or not at all.
pub(crate) fn may_retry(status: Option<u16>) -> bool {
    match status {
        None | Some(408 | 409 | 425) => true,
        Some(status) => status >= 500,
    }
}

fn sign(key: &str, message: &str) -> String {
    match hmac(key.as_bytes(), message.as_bytes()) {
        Ok(signature) => Base64::encode_string(&signature),
        Err(error) => {
            tracing::error!(%error, "OpenSSL did not sign");
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_reference_body_and_time() {
        let webhook = Webhook {
            key: "test_api_key".to_owned(),
            ..Webhook::default()
        };
        let headers = webhook.headers("CALLREF1", r#"{"status":"VERIFIED"}"#, 1_700_000_000_000);
        let expected = [
            ("call-ref", "CALLREF1"),
            ("signature", "/VbrzK6x4qE4hvZH2ydD7RLeoHHFolFcnEMr+IESnqU="),
            ("signature-v2", "ALm0Nnn7kup0Kd//CltUdoB72Aa5QwhLbjvKpGf67L4="),
            ("published-timestamp", "1700000000000"),
        ];
        assert_eq!(headers, expected.map(|(name, value)| (name, value.to_owned())));
    }
}
