//! HTTP calls to the backend.
//!
//! `gloo-net` holds the headers and reads the responses. This module calls `fetch` itself: the page may have replaced `fetch`, and
//! `gloo-net` panics when that rejects with something that is not an `Error`, or returns something that is not a `Response`. It also
//! builds the request itself: `gloo-net`'s builder uses `format!` for the URL and does not fit (`docs/benchmarks.md`).

use gloo_net::http;
use js_sys::{Date, Function, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use super::{
    bytes::WipedBytes,
    object::{member, object},
    page,
};
use crate::driver::ports::{BodyError, Http, Method, Request, Response, SendError};
use sca_protocol::api::IDEMPOTENCY_KEY;

/// The page's `fetch`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fetch;

impl Http for Fetch {
    type Response = BrowserResponse;

    async fn send(&self, request: Request) -> Result<BrowserResponse, SendError> {
        let transfer = Transfer {
            abort: AbortOnDrop(AbortController::new().map_err(|_| SendError::NotSent)?),
            body: request.body.as_ref().map(|body| WipedBytes::copy_of(body.0.as_bytes())),
        };
        let built = build(&request, &transfer).ok_or(SendError::NotSent)?;
        drop(request);
        let fetch: Function = member(&js_sys::global(), "fetch")
            .and_then(|fetch| fetch.dyn_into().ok())
            .ok_or(SendError::NotSent)?;
        let offline_at = page::is_offline().then(Date::now);
        // From here on the request may have been sent, even if `fetch` rejects.
        let answer = fetch
            .call1(&JsValue::UNDEFINED, &built)
            .map_err(|_| SendError::NoResponse)?;
        let answer = JsFuture::from(Promise::resolve(&answer))
            .await
            .map_err(|_| rejected(offline_at))?;
        let response: web_sys::Response = answer.dyn_into().map_err(|_| SendError::NoResponse)?;
        Ok(BrowserResponse {
            response: response.into(),
            reader: None,
            _abort: transfer.abort,
        })
    }
}

/// A browser that has no connection rejects sooner than this, in milliseconds. An answer that is lost on its way takes longer almost always.
const AT_ONCE_MS: f64 = 250.0;

/// What a rejection means. The browser may be wrong about its connection, so a request is always sent. It counts as not sent only if the
/// browser says that it is offline and also rejects at once.
fn rejected(offline_at: Option<f64>) -> SendError {
    match offline_at {
        Some(sent_at) if Date::now() - sent_at < AT_ONCE_MS => SendError::NotSent,
        Some(_) | None => SendError::NoResponse,
    }
}

fn build(request: &Request, transfer: &Transfer) -> Option<web_sys::Request> {
    let headers = http::Headers::new();
    headers.set("authorization", &request.bearer.authorization());
    headers.set("accept", request.accept);
    if let Some(key) = &request.idempotency_key {
        headers.set(IDEMPOTENCY_KEY, key);
    }
    let body = match &transfer.body {
        None => JsValue::UNDEFINED,
        Some(body) => {
            headers.set("content-type", "application/json");
            body.0.clone().into()
        }
    };
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let init = object(&[
        ("method", method.into()),
        ("headers", headers.into_raw().into()),
        ("body", body),
        ("cache", "no-store".into()),
        ("credentials", "omit".into()),
        ("redirect", "error".into()),
        ("referrerPolicy", "no-referrer".into()),
        ("signal", transfer.abort.0.signal().into()),
    ])?;
    web_sys::Request::new_with_str_and_init(&request.url, init.unchecked_ref()).ok()
}

/// A call until `fetch` has settled. If it is dropped before that, the call is aborted first and its body wiped after that: fields
/// are dropped in this order.
///
/// The body is bytes, since a JavaScript string cannot be wiped. The bytes stay unchanged until `fetch` has settled: WebKit uses
/// them directly where the Fetch standard ("extract a body") requires a copy, and a `fetch` that the page replaced may send late.
struct Transfer {
    abort: AbortOnDrop,
    body: Option<WipedBytes>,
}

/// Aborts the transfer on drop. It gives no reason, because the page's own `fetch` would see it.
#[derive(Debug)]
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A response whose body has not been read.
#[derive(Debug)]
pub struct BrowserResponse {
    response: http::Response,
    reader: Option<ReadableStreamDefaultReader>,
    _abort: AbortOnDrop,
}

impl Response for BrowserResponse {
    fn status(&self) -> u16 {
        self.response.status()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name)
    }

    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        if self.reader.is_none() {
            let Some(body) = self.response.body() else {
                return Ok(None);
            };
            // Fails when the page has already read the body.
            self.reader = Some(ReadableStreamDefaultReader::new(&body).map_err(|_| BodyError)?);
        }
        let reader = self.reader.as_ref().ok_or(BodyError)?;
        let piece = JsFuture::from(reader.read()).await.map_err(|_| BodyError)?;
        let member = |name| member(&piece, name).ok_or(BodyError);
        if member("done")?.is_truthy() {
            return Ok(None);
        }
        let bytes: Uint8Array = member("value")?.dyn_into().map_err(|_| BodyError)?;
        Ok(Some(bytes.to_vec()))
    }
}
