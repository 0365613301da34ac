//! Where events are sent, and how they are signed.

use serde::{Deserialize, Serialize};

use crate::hmac::hmac;

/// The account's webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Webhook {
    /// Loopback only; `null`: nothing is sent.
    pub(crate) url: Option<String>,
    pub(crate) secret: String,
    /// While the secret is being changed: its signature comes first.
    pub(crate) old_secret: Option<String>,
    pub(crate) signature: Signature,
    pub(crate) timestamp: TimestampUnit,
    /// Seconds added to the time that is signed.
    pub(crate) timestamp_shift: i64,
    /// The waits between tries.
    pub(crate) retry_seconds: Vec<u32>,
    pub(crate) timeout_seconds: u32,
    /// Whether something on the way turns line ends into CRLF after signing.
    pub(crate) crlf: bool,
}

/// The form of the signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Signature {
    /// `X-FaceSign-Signature: t=…,v1=…` over `t.body`.
    #[default]
    Signed,
    /// None, as observed in 2025.
    Unsigned,
    /// Of another secret.
    Wrong,
    /// `FaceSign-Signature: t=…,v1=…` over the body alone, as in a design note.
    Legacy,
    /// `X-FaceSign-Signature: …` over the body alone, as on an old page.
    BareHex,
}

/// The unit of `t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TimestampUnit {
    #[default]
    Seconds,
    Milliseconds,
}

impl Default for Webhook {
    fn default() -> Self {
        Self {
            url: None,
            secret: "whsec_sandbox".to_owned(),
            old_secret: None,
            signature: Signature::default(),
            timestamp: TimestampUnit::default(),
            timestamp_shift: 0,
            retry_seconds: vec![5, 30, 120, 600, 3600],
            timeout_seconds: 15,
            crlf: false,
        }
    }
}

impl Webhook {
    /// The header of a delivery made at this time (in real milliseconds), if it has one.
    pub(crate) fn header(&self, body: &str, now: i64) -> Option<(&'static str, String)> {
        let at = now.saturating_add(self.timestamp_shift.saturating_mul(1000));
        let t = match self.timestamp {
            TimestampUnit::Seconds => at.div_euclid(1000),
            TimestampUnit::Milliseconds => at,
        };
        match self.signature {
            Signature::Unsigned => None,
            Signature::Signed => {
                let mut header = format!("t={t}");
                for secret in self.old_secret.iter().chain([&self.secret]) {
                    header.push_str(&format!(",v1={}", sign(secret, &format!("{t}.{body}"))));
                }
                Some(("x-facesign-signature", header))
            }
            Signature::Wrong => {
                let signature = sign("whsec_of_somebody_else", &format!("{t}.{body}"));
                Some(("x-facesign-signature", format!("t={t},v1={signature}")))
            }
            Signature::Legacy => Some(("facesign-signature", format!("t={t},v1={}", sign(&self.secret, body)))),
            Signature::BareHex => Some(("x-facesign-signature", sign(&self.secret, body))),
        }
    }
}

/// HMAC-SHA256 as lower-case hexadecimal digits; the whole secret, prefix and all, is the key.
fn sign(secret: &str, message: &str) -> String {
    match hmac(secret.as_bytes(), message.as_bytes()) {
        Ok(signature) => signature.iter().map(|byte| format!("{byte:02x}")).collect(),
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
    fn signs_the_time_and_the_body() {
        let webhook = Webhook {
            secret: "whsec_test".to_owned(),
            ..Webhook::default()
        };
        let body = r#"{"id":"evt_1","type":"session.status","createdAt":1761594651878,"sessionId":"s1"}"#;
        assert_eq!(
            webhook.header(body, 1_761_594_651_878),
            Some((
                "x-facesign-signature",
                "t=1761594651,v1=286ac1c9d9b17a4413b38dcc91d6d84024d43348be7d514cbd465fe56143904d".to_owned()
            ))
        );
    }
}
