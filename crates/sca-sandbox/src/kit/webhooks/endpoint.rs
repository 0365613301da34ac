//! A simulator's events, registered endpoint and signed requests.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// An event of a provider, without the text that is sent.
pub(crate) trait WebhookEvent: Clone + Serialize + Send + Sync + 'static {
    /// Selects events; a field left out does not filter.
    type Filter: DeserializeOwned + Send + Sync + 'static;

    fn id(&self) -> &str;

    /// Whether the filter selects this event.
    fn is_selected(&self, filter: &Self::Filter) -> bool;
}

/// Where a partner wants events, and how they are signed.
pub(crate) trait WebhookEndpoint:
    Clone + Default + Serialize + DeserializeOwned + Send + Sync + 'static
{
    type Event: WebhookEvent;
    /// The fields that a resend may change.
    type Overrides: DeserializeOwned + Send + 'static;

    fn policy(&self) -> DeliveryPolicy<'_>;

    /// Whether an attempt with this status, or without a response, is retried.
    fn is_retryable(status: Option<u16>) -> bool;

    /// The instant that an attempt is signed for, both in real milliseconds.
    fn signing_time_ms(&self, _first_attempt_ms: Option<i64>, now_ms: i64) -> i64 {
        now_ms
    }

    /// The request for an event, signed for an instant in real milliseconds.
    fn request(&self, event: &Self::Event, body: &str, signing_time_ms: i64) -> WebhookRequest;

    /// The same endpoint with other fields.
    fn with_overrides(self, overrides: Self::Overrides) -> Self;
}

/// Where and how often webhooks are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeliveryPolicy<'a> {
    /// Loopback only; `None`: nothing is sent.
    pub(crate) url: Option<&'a str>,
    /// The delays between attempts, on the simulated clock.
    pub(crate) retry_seconds: &'a [u32],
    /// How long one attempt waits for a response.
    pub(crate) timeout_seconds: u32,
}

/// What is sent to the registered address.
#[derive(Clone, Debug, Default)]
pub(crate) struct WebhookRequest {
    /// Appended to the registered address.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// How the events of one customer or session are delivered. `D` decides when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    deny_unknown_fields,
    bound(deserialize = "D: Deserialize<'de> + Default")
)]
pub(crate) struct EventDelivery<D> {
    pub(crate) deliver: D,
    /// How many copies are sent at once.
    pub(crate) copies: u16,
    /// How late they are sent.
    pub(crate) delay_seconds: u32,
}

impl<D: Default> Default for EventDelivery<D> {
    fn default() -> Self {
        Self {
            deliver: D::default(),
            copies: 1,
            delay_seconds: 0,
        }
    }
}
