//! Replaces the crate of this name, on which Leptos' server functions depend.
//!
//! The published crate exports three JavaScript classes. A linker keeps every export, so they and their dependencies would be in
//! every download, although the widget has no server function and creates no such stream. This crate has the names that server
//! functions use, and no way to create a stream.

use futures_util::stream::{Empty, Stream};
use wasm_bindgen::{JsValue, throw_str};

const ABSENT: &str = "this build has no server functions";

/// A JavaScript stream. None can be created.
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
