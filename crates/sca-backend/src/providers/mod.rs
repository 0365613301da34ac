//! The providers: one folder each, with everything that is that provider's.

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

/// The headers of a webhook. One that is not in HTTP's form is left out: it signs nothing.
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

/// A header value that no log shows. `None` when the text cannot stand in a header.
pub(crate) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
