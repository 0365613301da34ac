//! Where events are sent, and how they are [signed](https://docs.weavr.io/start/multi-webhooks).

use base64ct::{Base64, Encoding};
use serde::Deserialize;

use super::event::Event;
use super::seed::API_KEY;
use crate::kit::hmac::sign;
use crate::kit::switches::{settings, switches};
use crate::kit::webhooks::{DeliveryPolicy, WebhookEndpoint, WebhookRequest};

settings! {
    /// The partner's webhook.
    struct Webhook {
        /// Loopback only; each event's path is appended. `null`: nothing is sent.
        url: Option<String> = None,
        /// The key of the signature: the API key.
        key: String = API_KEY.to_owned(),
        signature: Signature,
        /// Whether requests have a `call-ref`. Without one, it is empty in the signed text.
        call_ref: bool = true,
        /// Seconds added to the time that is signed.
        timestamp_shift: i64 = 0,
        retry_timestamp: RetryTimestamp,
        /// The delays between attempts.
        retry_seconds: Vec<u32> = vec![10, 60, 360, 2160, 12_960],
        timeout_seconds: u32 = 15,
    }
}

switches! {
    /// Which signatures are sent.
    enum Signature {
        /// The deprecated one, of the time alone, and `signature-v2`.
        Both,
        /// The deprecated one alone.
        V1Only,
        Unsigned,
        /// Both, signed with another key.
        Wrong,
    }

    /// The time that a retry is signed for.
    enum RetryTimestamp {
        /// Its own.
        Fresh,
        /// That of the first attempt.
        First,
    }
}

impl Webhook {
    /// The headers of a request signed for an instant in real milliseconds.
    fn headers(&self, call_ref: &str, body: &str, at: i64) -> Vec<(&'static str, String)> {
        let timestamp = at.saturating_add(self.timestamp_shift.saturating_mul(1000)).to_string();
        let call_ref = if self.call_ref { call_ref } else { "" };
        let mut headers = Vec::new();
        if self.call_ref {
            headers.push(("call-ref", call_ref.to_owned()));
        }
        let key = match self.signature {
            Signature::Both | Signature::V1Only | Signature::Unsigned => &self.key,
            Signature::Wrong => "the_key_of_another_programme",
        };
        match self.signature {
            Signature::Both | Signature::Wrong => {
                headers.push(("signature", base64_signature(key, &timestamp)));
                headers.push((
                    "signature-v2",
                    base64_signature(key, &format!("{call_ref}{body}{timestamp}")),
                ));
            }
            Signature::V1Only => headers.push(("signature", base64_signature(key, &timestamp))),
            Signature::Unsigned => {}
        }
        headers.push(("published-timestamp", timestamp));
        headers
    }
}

fn base64_signature(key: &str, message: &str) -> String {
    sign(key, message, Base64::encode_string)
}

/// The fields that a resend may change.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Overrides {
    signature: Option<Signature>,
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

    fn is_retryable(status: Option<u16>) -> bool {
        match status {
            None | Some(408 | 409 | 425) => true,
            Some(status) => status >= 500,
        }
    }

    fn signing_time_ms(&self, first_attempt_ms: Option<i64>, now_ms: i64) -> i64 {
        match self.retry_timestamp {
            RetryTimestamp::Fresh => now_ms,
            RetryTimestamp::First => first_attempt_ms.unwrap_or(now_ms),
        }
    }

    fn request(&self, event: &Event, body: &str, signing_time_ms: i64) -> WebhookRequest {
        WebhookRequest {
            path: event.path.clone(),
            headers: self.headers(&event.call_ref, body, signing_time_ms),
            body: body.to_owned(),
        }
    }

    fn with_overrides(self, overrides: Overrides) -> Self {
        Self {
            signature: overrides.signature.unwrap_or(self.signature),
            timestamp_shift: overrides.timestamp_shift.unwrap_or(self.timestamp_shift),
            ..self
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
