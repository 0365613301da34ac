//! The options that both elements have, parsed once.
//!
//! Read member by member: serde-wasm-bindgen's deserializer formats its errors. That adds the standard library's formatting of
//! floats to the module, which does not fit (`docs/benchmarks.md`).

use std::fmt;

use wasm_bindgen::JsValue;
use web_sys::Url;

use crate::{
    browser,
    driver::{Access, ClientSecret},
};

/// An error in the options, which the partner has to correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionsError {
    /// The client secret is missing.
    ClientSecretMissing,
    /// The client secret does not have the form of one.
    ClientSecretMalformed,
    /// The backend's URL is missing.
    BaseUrlMissing,
    /// The URL is invalid, or has a query, a fragment or credentials.
    BaseUrlMalformed,
    /// The URL is neither `https` nor a loopback one.
    BaseUrlInsecure,
    /// `frameOrigins` is not a list of `https` or loopback origins.
    FrameOriginMalformed,
}

impl OptionsError {
    /// The stable code that the page's developer sees.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ClientSecretMissing => "client-secret-missing",
            Self::ClientSecretMalformed => "client-secret-malformed",
            Self::BaseUrlMissing => "base-url-missing",
            Self::BaseUrlMalformed => "base-url-malformed",
            Self::BaseUrlInsecure => "base-url-insecure",
            Self::FrameOriginMalformed => "frame-origin-malformed",
        }
    }
}

impl fmt::Display for OptionsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl std::error::Error for OptionsError {}

/// The backend and the client secret. `secret_of` wraps the text of a secret; `None` when it has not the form of one.
pub(super) fn access(options: &JsValue, secret_of: fn(String) -> Option<ClientSecret>) -> Result<Access, OptionsError> {
    let secret = match member(options, "clientSecret") {
        Member::Text(text) => secret_of(text).ok_or(OptionsError::ClientSecretMalformed)?,
        Member::Missing => return Err(OptionsError::ClientSecretMissing),
        Member::Other(_) => return Err(OptionsError::ClientSecretMalformed),
    };
    let base = match member(options, "baseUrl") {
        Member::Text(text) => base_url(&text)?,
        Member::Missing => return Err(OptionsError::BaseUrlMissing),
        Member::Other(_) => return Err(OptionsError::BaseUrlMalformed),
    };
    Ok(Access { base, secret })
}

/// The text of a member that the page's scripts always pass.
pub(super) fn text(options: &JsValue, name: &str) -> String {
    match member(options, name) {
        Member::Text(text) => text,
        Member::Missing | Member::Other(_) => String::new(),
    }
}

/// The backend's URL without a slash at its end. A relative one is resolved against the page's.
fn base_url(text: &str) -> Result<String, OptionsError> {
    let page = web_sys::window()
        .and_then(|window| window.document()?.base_uri().ok()?)
        .unwrap_or_default();
    let url = Url::new_with_base(text, &page).map_err(|_| OptionsError::BaseUrlMalformed)?;
    let path = url.pathname();
    let base = [&url.origin(), path.trim_end_matches('/')].concat();
    // No query, no fragment, no credentials.
    let is_bare = url.href() == [&url.origin(), &*path].concat();
    match url.protocol().as_str() {
        "https:" | "http:" if !is_bare => Err(OptionsError::BaseUrlMalformed),
        "https:" => Ok(base),
        "http:" if is_this_machine(&url.hostname()) => Ok(base),
        "http:" => Err(OptionsError::BaseUrlInsecure),
        _ => Err(OptionsError::BaseUrlMalformed),
    }
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

pub(super) enum Member {
    Missing,
    Text(String),
    Other(JsValue),
}

pub(super) fn member(options: &JsValue, name: &str) -> Member {
    match browser::member(options, name) {
        None => Member::Missing,
        Some(value) if value.is_null() => Member::Missing,
        Some(value) => value.as_string().map_or(Member::Other(value), Member::Text),
    }
}
