//! The HTTP client that every provider is called with: timeouts, a limit of the response size, a concurrency limit and a circuit
//! breaker; no redirects, no cookies, no compression.

mod address;
mod breaker;
mod client;
pub mod settings;
mod trace;

pub use client::{
    Answer, Call, HttpError, HttpLimits, MAX_RETRY_AFTER, MIN_RETRY_AFTER, ProviderHttp, retry_after, split_address,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use sca_core::provider::Webhook;

/// The headers of a webhook. Invalid ones are omitted, because no signature covers them.
#[must_use]
pub fn header_map(webhook: &Webhook<'_>) -> HeaderMap {
    let headers = webhook.headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value).ok()?))
    });
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name, value);
    }
    map
}

/// A header value that is marked as sensitive, so that logs hide it. `None` when the text is not valid in a header.
#[must_use]
pub fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
