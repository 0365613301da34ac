//! Stands in for the crate of this name, which Leptos brings along for its server functions.
//!
//! The real one exports three JavaScript classes. An export is never dead code to a linker, so they and all they need would
//! be in every download, though the widget has no server function and makes no such stream. This has what server functions
//! name, and no way to make a stream.

use futures_util::stream::{Empty, Stream};
use wasm_bindgen::{JsValue, throw_str};

const ABSENT: &str = "this build has no server functions";

/// A stream of JavaScript's that there is none of.
#[derive(Debug)]
pub enum ReadableStream {}

impl ReadableStream {
    /// Throws: see the [crate](self).
    #[must_use]
    pub fn from_raw(_: web_sys::ReadableStream) -> Self {
        throw_str(ABSENT)
    }

    /// Throws: see the [crate](self).
    #[must_use]
    pub fn from_stream(_: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        throw_str(ABSENT)
    }

    /// Cannot be called.
    #[must_use]
    pub fn into_raw(self) -> web_sys::ReadableStream {
        match self {}
    }

    /// Cannot be called.
    pub fn into_stream(self) -> Empty<Result<JsValue, JsValue>> {
        match self {}
    }
}
