//! The options of a widget, parsed once.
//!
//! Read member by member: serde-wasm-bindgen's deserializer formats its errors. That adds the standard library's formatting of
//! floats to the module, which does not fit (`docs/benchmarks.md`).

use std::fmt;

use js_sys::Array;
use sca_protocol::{
    Origin,
    face::{default_frame_origins, origin_of},
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Url;

use crate::{
    browser,
    driver::{Access, ClientSecret},
    ui::{HostedLink, text::Language},
};

/// The options of a widget.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) access: Access,
    pub(super) language: Language,
    /// The allowed origins of frames.
    pub(super) frame_origins: Vec<Origin>,
    pub(super) hosted_link: HostedLink,
}

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

impl Options {
    pub(super) fn read(options: &JsValue) -> Result<Self, OptionsError> {
        let secret = match member(options, "clientSecret") {
            Member::Text(text) => ClientSecret::new(text).ok_or(OptionsError::ClientSecretMalformed)?,
            Member::Missing => return Err(OptionsError::ClientSecretMissing),
            Member::Other(_) => return Err(OptionsError::ClientSecretMalformed),
        };
        let base = match member(options, "baseUrl") {
            Member::Text(text) => base_url(&text)?,
            Member::Missing => return Err(OptionsError::BaseUrlMissing),
            Member::Other(_) => return Err(OptionsError::BaseUrlMalformed),
        };
        Ok(Self {
            access: Access { base, secret },
            language: language(options),
            frame_origins: frame_origins(options)?,
            hosted_link: match member(options, "faceLink") {
                Member::Text(text) if text == "same-tab" => HostedLink::SameTab,
                Member::Text(_) | Member::Missing | Member::Other(_) => HostedLink::NewTab,
            },
        })
    }
}

/// The language that the page's scripts selected, with its phrases. They always pass both.
pub(super) fn language(options: &JsValue) -> Language {
    let text = |name| match member(options, name) {
        Member::Text(text) => text,
        Member::Missing | Member::Other(_) => String::new(),
    };
    Language::new(&text("locale"), text("phrases"))
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

fn frame_origins(options: &JsValue) -> Result<Vec<Origin>, OptionsError> {
    let list: Array = match member(options, "frameOrigins") {
        Member::Missing => return Ok(default_frame_origins()),
        Member::Other(list) => list.dyn_into().ok(),
        Member::Text(_) => None,
    }
    .ok_or(OptionsError::FrameOriginMalformed)?;
    list.iter()
        .map(|item| {
            let text = item.as_string()?;
            // Only an origin is accepted: a path would have no effect.
            origin_of(&text).filter(|origin| origin.as_str() == text)
        })
        .collect::<Option<_>>()
        .ok_or(OptionsError::FrameOriginMalformed)
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

enum Member {
    Missing,
    Text(String),
    Other(JsValue),
}

fn member(options: &JsValue, name: &str) -> Member {
    match browser::member(options, name) {
        None => Member::Missing,
        Some(value) if value.is_null() => Member::Missing,
        Some(value) => value.as_string().map_or(Member::Other(value), Member::Text),
    }
}
