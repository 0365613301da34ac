//! The providers: one folder each, with everything that is that provider's.

mod address;
mod breaker;
pub mod facesign;
pub mod http;
pub mod weavr;
pub mod wise;

use axum::http::HeaderValue;
pub use sca_core::{
    InvalidResponse, NamedChallenge, ProviderError, Sending, TokenStatus, VerificationResult, VerificationVerdict,
};

/// A header value that no log shows. `None` when the text cannot stand in a header.
pub(crate) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
