//! The events and their bodies, in the format of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

pub use sca_core::EventType;
use sca_protocol::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

/// A message to another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The id, the same for every attempt. Receivers use it to detect duplicates.
    pub id: String,
    /// The event type.
    pub kind: EventType,
    /// When the event happened.
    pub happened_at: Timestamp,
    /// The event's data: a JSON object. Amounts are in minor units.
    pub data: String,
}

/// The maximum length of a body in bytes, as Standard Webhooks recommends.
const MOST_BYTES: usize = 20_000;

/// The message has no valid body, and no retry changes that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The data is not JSON.
    #[error("the data is not JSON")]
    Data,
    /// The time is out of range.
    #[error("the time is out of range")]
    Time,
    /// The body is too long.
    #[error("the body has more than {MOST_BYTES} bytes")]
    TooLarge,
}

impl Message {
    /// The body: `{"type":"transfer.execute","timestamp":"2026-11-23T14:00:00Z","data":{…}}`. The same bytes for every attempt.
    ///
    /// # Errors
    /// When the data is not JSON, the time is out of range, or the body is too long.
    pub fn body(&self) -> Result<Vec<u8>, BodyError> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            timestamp: String,
            data: &'a RawValue,
        }
        let milliseconds = i64::try_from(self.happened_at.0).map_err(|_| BodyError::Time)?;
        let timestamp = jiff::Timestamp::from_millisecond(milliseconds).map_err(|_| BodyError::Time)?;
        let body = Body {
            kind: self.kind.as_str(),
            timestamp: timestamp.to_string(),
            data: serde_json::from_str(&self.data).map_err(|_| BodyError::Data)?,
        };
        let body = serde_json::to_vec(&body).map_err(|_| BodyError::Data)?;
        if body.len() > MOST_BYTES {
            return Err(BodyError::TooLarge);
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(data: &str) -> Message {
        Message {
            id: "msg_1".into(),
            kind: EventType::TransferExecute,
            happened_at: Timestamp(1_700_000_000_123),
            data: data.into(),
        }
    }

    #[test]
    fn the_body_says_what_happened_and_when() {
        let body = message(r#"{"amount":{"minor":5000000,"currency":"USD"},"id":"appr_1"}"#).body();
        assert_eq!(
            String::from_utf8(body.unwrap()).unwrap(),
            r#"{"type":"transfer.execute","timestamp":"2023-11-14T22:13:20.123Z","data":{"amount":{"minor":5000000,"currency":"USD"},"id":"appr_1"}}"#
        );
    }

    #[test]
    fn invalid_or_long_data_has_no_body() {
        assert_eq!(message("{").body(), Err(BodyError::Data));
        assert_eq!(message(r#"{},"type":"transfer.blocked""#).body(), Err(BodyError::Data));
        let large = format!(r#"{{"payee":"{}"}}"#, "x".repeat(MOST_BYTES));
        assert_eq!(message(&large).body(), Err(BodyError::TooLarge));
        let mut late = message("{}");
        late.happened_at = Timestamp(u64::MAX);
        assert_eq!(late.body(), Err(BodyError::Time));
    }
}
