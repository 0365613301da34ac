//! What the page asks for, read once into types that cannot be wrong.

use std::fmt;

use sca_protocol::{
    Origin,
    face::{default_frame_origins, origin_of},
};
use serde::{Deserialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;
use web_sys::Url;

use crate::{
    driver::{Access, ClientSecret},
    ui::{FaceLink, text::Language},
};

/// What a widget is mounted with.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) access: Access,
    pub(super) language: Language,
    /// Where frames may come from.
    pub(super) frame_origins: Vec<Origin>,
    pub(super) face_link: FaceLink,
}

/// What is wrong with the options. The page's engineer mends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionsError {
    /// There is no client secret.
    ClientSecretMissing,
    /// The client secret holds something that none of ours does.
    ClientSecretMalformed,
    /// There is no address of a backend.
    BaseUrlMissing,
    /// The address is none, or holds a query, a fragment or a password.
    BaseUrlMalformed,
    /// The address is not `https`, nor one of this machine.
    BaseUrlInsecure,
    /// What frames may come from is no list of origins, `https` or of this machine, and nothing more.
    FrameOriginMalformed,
}

impl OptionsError {
    /// The stable code that the page's engineer sees.
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

/// The members of the page's options, each still a JavaScript value: a member of the wrong type has an error code of its own.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Members {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    client_secret: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    base_url: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    frame_origins: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    face_link: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    locale: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    phrases: JsValue,
}

impl Members {
    /// Something that has no members has none of these.
    fn read(options: &JsValue) -> Self {
        serde_wasm_bindgen::from_value(options.clone()).unwrap_or_default()
    }

    fn language(self) -> Language {
        let text = |value| optional(value, ()).ok().flatten().unwrap_or_default();
        let locale: String = text(self.locale);
        Language::new(&locale, text(self.phrases))
    }
}

/// A member's value; `None` when it is `undefined` or `null`.
fn optional<T: DeserializeOwned, E>(value: JsValue, malformed: E) -> Result<Option<T>, E> {
    serde_wasm_bindgen::from_value(value).map_err(|_| malformed)
}

fn required<E>(value: JsValue, missing: E, malformed: E) -> Result<String, E> {
    optional(value, malformed)?.ok_or(missing)
}

impl Options {
    pub(super) fn read(options: &JsValue) -> Result<Self, OptionsError> {
        let mut members = Members::read(options);
        let secret = required(
            std::mem::take(&mut members.client_secret),
            OptionsError::ClientSecretMissing,
            OptionsError::ClientSecretMalformed,
        )?;
        let secret = ClientSecret::new(secret).ok_or(OptionsError::ClientSecretMalformed)?;
        let base = required(
            std::mem::take(&mut members.base_url),
            OptionsError::BaseUrlMissing,
            OptionsError::BaseUrlMalformed,
        )?;
        Ok(Self {
            access: Access {
                base: base_url(&base)?,
                secret,
            },
            frame_origins: frame_origins(std::mem::take(&mut members.frame_origins))?,
            face_link: match optional::<String, _>(std::mem::take(&mut members.face_link), ()) {
                Ok(Some(text)) if text == "same-tab" => FaceLink::SameTab,
                Ok(_) | Err(()) => FaceLink::NewTab,
            },
            language: members.language(),
        })
    }
}

/// The language that the page's scripts have found, with its phrases: they open no widget without.
pub(super) fn language(options: &JsValue) -> Language {
    Members::read(options).language()
}

/// The backend's address without a slash at its end; one without a host is taken from the page's.
fn base_url(text: &str) -> Result<String, OptionsError> {
    let page = web_sys::window()
        .and_then(|window| window.document()?.base_uri().ok()?)
        .unwrap_or_default();
    let url = Url::new_with_base(text, &page).map_err(|_| OptionsError::BaseUrlMalformed)?;
    let path = url.pathname();
    let base = [&url.origin(), path.trim_end_matches('/')].concat();
    // Nothing may be left over: no query, no fragment, no password.
    let is_bare = url.href() == [&url.origin(), &*path].concat();
    match url.protocol().as_str() {
        "https:" | "http:" if !is_bare => Err(OptionsError::BaseUrlMalformed),
        "https:" => Ok(base),
        "http:" if is_this_machine(&url.hostname()) => Ok(base),
        "http:" => Err(OptionsError::BaseUrlInsecure),
        _ => Err(OptionsError::BaseUrlMalformed),
    }
}

fn frame_origins(list: JsValue) -> Result<Vec<Origin>, OptionsError> {
    let Some(list) = optional::<Vec<String>, _>(list, OptionsError::FrameOriginMalformed)? else {
        return Ok(default_frame_origins());
    };
    list.iter()
        // An origin and nothing else, so that nobody believes that a path would count.
        .map(|text| origin_of(text).filter(|origin| origin.as_str() == text))
        .collect::<Option<_>>()
        .ok_or(OptionsError::FrameOriginMalformed)
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}
