//! Calls by `fetch`.
//!
//! The page may have put a `fetch` of its own in place: one that throws, rejects with something that is not an error, or
//! answers with something that is not a response.

use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use super::{
    object::{member, object},
    page,
};
use crate::driver::ports::{Broken, Http, Method, Request, Response, SendError};
use sca_protocol::wire::IDEMPOTENCY_KEY;

/// The page's `fetch`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fetch;

impl Http for Fetch {
    type Response = BrowserResponse;

    async fn send(&self, request: Request) -> Result<BrowserResponse, SendError> {
        if page::is_offline() {
            return Err(SendError::NotSent);
        }
        let abort = AbortOnDrop(AbortController::new().map_err(|_| SendError::NotSent)?);
        let built = build(&request, &abort).ok_or(SendError::NotSent)?;
        drop(request);
        let fetch: Function = member(&js_sys::global(), "fetch")
            .and_then(|fetch| fetch.dyn_into().ok())
            .ok_or(SendError::NotSent)?;
        // From here on the request may have been sent, whatever is said of it.
        let answer = fetch
            .call1(&JsValue::UNDEFINED, &built)
            .map_err(|_| SendError::NoAnswer)?;
        let answer = JsFuture::from(Promise::resolve(&answer))
            .await
            .map_err(|_| SendError::NoAnswer)?;
        let response = answer.dyn_into().map_err(|_| SendError::NoAnswer)?;
        Ok(BrowserResponse {
            response,
            reader: None,
            _abort: abort,
        })
    }
}

fn build(request: &Request, abort: &AbortOnDrop) -> Option<web_sys::Request> {
    let headers = object(&[
        ("authorization", JsValue::from_str(&request.bearer.authorization())),
        ("accept", request.accept.into()),
    ])?;
    let add = |name, value: &str| Reflect::set(&headers, &JsValue::from_str(name), &JsValue::from_str(value)).ok();
    if let Some(name) = &request.idempotency_key {
        add(IDEMPOTENCY_KEY, name)?;
    }
    // As bytes that can be wiped: a JavaScript string stays where it is for as long as it likes.
    let body = match &request.body {
        None => JsValue::UNDEFINED,
        Some(body) => {
            add("content-type", "application/json")?;
            Uint8Array::from(body.0.as_bytes()).into()
        }
    };
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let wanted = object(&[
        ("method", method.into()),
        ("headers", headers.into()),
        ("body", body.clone()),
        ("cache", "no-store".into()),
        ("credentials", "omit".into()),
        ("redirect", "error".into()),
        ("referrerPolicy", "no-referrer".into()),
        ("signal", abort.0.signal().into()),
    ])?;
    let built = web_sys::Request::new_with_str_and_init(&request.url, wanted.unchecked_ref());
    if let Some(bytes) = body.dyn_ref::<Uint8Array>() {
        bytes.fill(0, 0, bytes.length());
    }
    built.ok()
}

/// Breaks the transfer off when it is dropped. Gives no reason: a reason of ours would reach the page's `fetch`.
#[derive(Debug)]
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An answer, its body still to be read.
#[derive(Debug)]
pub struct BrowserResponse {
    response: web_sys::Response,
    reader: Option<ReadableStreamDefaultReader>,
    _abort: AbortOnDrop,
}

impl Response for BrowserResponse {
    fn status(&self) -> u16 {
        self.response.status()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name).ok().flatten()
    }

    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        if self.reader.is_none() {
            let Some(body) = self.response.body() else {
                return Ok(None);
            };
            // Fails when the page has read the body before us.
            self.reader = Some(ReadableStreamDefaultReader::new(&body).map_err(|_| Broken)?);
        }
        let reader = self.reader.as_ref().ok_or(Broken)?;
        let piece = JsFuture::from(reader.read()).await.map_err(|_| Broken)?;
        let member = |name| member(&piece, name).ok_or(Broken);
        if member("done")?.is_truthy() {
            return Ok(None);
        }
        let bytes: Uint8Array = member("value")?.dyn_into().map_err(|_| Broken)?;
        Ok(Some(bytes.to_vec()))
    }
}
