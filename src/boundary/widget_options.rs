//! The options of a widget, parsed once.

use js_sys::Array;
use sca_protocol::{
    HostedChallenges, Origin,
    face::{default_frame_origins, origin_of},
};
use wasm_bindgen::{JsCast, JsValue};

use super::options::{Member, OptionsError, access, member, text};
use crate::{
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
    /// Whether a module with hosted challenges may take over: unless the page has said which origins it allows, perhaps none.
    pub(super) may_hand_over: bool,
}

impl Options {
    pub(super) fn read(options: &JsValue) -> Result<Self, OptionsError> {
        Ok(Self {
            access: access(options, ClientSecret::new)?,
            language: language(options),
            frame_origins: HostedChallenges::HERE.map_or(Ok(Vec::new()), |_| frame_origins(options))?,
            may_hand_over: matches!(member(options, "frameOrigins"), Member::Missing),
            hosted_link: match member(options, "faceLink") {
                Member::Text(text) if text == "same-tab" => HostedLink::SameTab,
                Member::Text(_) | Member::Missing | Member::Other(_) => HostedLink::NewTab,
            },
        })
    }
}

/// The language that the page's scripts selected, with its phrases. They always pass both.
pub(super) fn language(options: &JsValue) -> Language {
    let language = Language::new(&text(options, "locale"), text(options, "phrases"));
    #[cfg(feature = "page-factors")]
    if let Member::Text(phrases) = member(options, "enrolmentPhrases") {
        crate::enrolment::text::learn(&language, phrases);
    }
    language
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
