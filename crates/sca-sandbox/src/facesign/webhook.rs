//! Where events are sent, and how they are [signed](https://docs.facesign.ai/docs/guides/add-webhooks).

use serde::Deserialize;
use serde_json::Value;

use super::event::Event;
use crate::kit::hmac::sign;
use crate::kit::switches::{settings, switches};
use crate::kit::webhooks::{DeliveryPolicy, WebhookEndpoint, WebhookRequest};

settings! {
    /// The account's webhook.
    struct Webhook {
        /// Loopback only; `null`: nothing is sent.
        url: Option<String> = None,
        secret: String = "whsec_sandbox".to_owned(),
        /// During a rotation of the secret: its signature comes first.
        old_secret: Option<String> = None,
        signature: Signature,
        timestamp: TimestampUnit,
        /// Seconds added to the time that is signed.
        timestamp_shift: i64 = 0,
        /// The delays between attempts.
        retry_seconds: Vec<u32> = vec![5, 30, 120, 600, 3600],
        timeout_seconds: u32 = 15,
        /// Whether a proxy turns line ends into CRLF after the body was signed.
        crlf: bool = false,
    }
}

switches! {
    /// The form of the signature.
    enum Signature {
        /// `X-FaceSign-Signature: t=…,v1=…` over `t.body`.
        Signed,
        /// No signature, as observed in 2025.
        Unsigned,
        /// Signed with another secret.
        Wrong,
        /// `FaceSign-Signature: t=…,v1=…` over the body alone, as in a design note.
        Legacy,
        /// `X-FaceSign-Signature: …` over the body alone, as on an old page.
        BareHex,
    }

    /// The unit of `t`.
    enum TimestampUnit {
        Seconds,
        Milliseconds,
    }
}

impl Webhook {
    /// The signature header for an instant in real milliseconds; `None` when it is not signed.
    fn header(&self, body: &str, now: i64) -> Option<(&'static str, String)> {
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
                    header.push_str(&format!(",v1={}", hex_signature(secret, &format!("{t}.{body}"))));
                }
                Some(("x-facesign-signature", header))
            }
            Signature::Wrong => {
                let signature = hex_signature("whsec_of_another_account", &format!("{t}.{body}"));
                Some(("x-facesign-signature", format!("t={t},v1={signature}")))
            }
            Signature::Legacy => Some((
                "facesign-signature",
                format!("t={t},v1={}", hex_signature(&self.secret, body)),
            )),
            Signature::BareHex => Some(("x-facesign-signature", hex_signature(&self.secret, body))),
        }
    }
}

/// HMAC-SHA256 as lower-case hexadecimal digits. The key is the whole secret with its prefix.
fn hex_signature(secret: &str, message: &str) -> String {
    sign(secret, message, |signature| {
        signature.iter().map(|byte| format!("{byte:02x}")).collect()
    })
}

/// The fields that a resend may change.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Overrides {
    signature: Option<Signature>,
    timestamp: Option<TimestampUnit>,
    timestamp_shift: Option<i64>,
}

impl WebhookEndpoint for Webhook {
    type Event = Event;
    type Overrides = Overrides;

    fn policy(&self) -> DeliveryPolicy<'_> {
        DeliveryPolicy {
            url: self.url.as_deref(),
            retry_seconds: &self.retry_seconds,
            timeout_seconds: self.timeout_seconds,
        }
    }

    fn is_retryable(_status: Option<u16>) -> bool {
        true
    }

    fn request(&self, _event: &Event, body: &str, signing_time_ms: i64) -> WebhookRequest {
        let signed = if self.crlf { pretty(body) } else { body.to_owned() };
        let headers = self.header(&signed, signing_time_ms).into_iter().collect();
        let body = if self.crlf {
            signed.replace('\n', "\r\n")
        } else {
            signed
        };
        WebhookRequest {
            path: String::new(),
            headers,
            body,
        }
    }

    fn with_overrides(self, overrides: Overrides) -> Self {
        Self {
            signature: overrides.signature.unwrap_or(self.signature),
            timestamp: overrides.timestamp.unwrap_or(self.timestamp),
            timestamp_shift: overrides.timestamp_shift.unwrap_or(self.timestamp_shift),
            ..self
        }
    }
}

/// The same JSON on several lines.
fn pretty(body: &str) -> String {
    serde_json::from_str::<Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| body.to_owned())
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
