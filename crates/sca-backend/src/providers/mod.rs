//! The providers, one folder each. A folder has everything that is specific to its provider.

mod address;
mod breaker;
pub mod facesign;
pub mod http;
pub mod weavr;
pub mod wise;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use sca_core::provider::Webhook;
pub use sca_core::{
    InvalidResponse, OtpSendResult, ProviderError, ReportedChallenge, TokenStatus, VerificationResult,
    VerificationVerdict,
};

/// The headers of a webhook. Invalid ones are omitted, because no signature covers them.
pub(crate) fn header_map(webhook: &Webhook<'_>) -> HeaderMap {
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
pub(crate) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
