//! Calls by `fetch`.
//!
//! The page may have put a `fetch` of its own in place: one that throws, rejects with something that is not an error, or
//! answers with something that is not a response. gloo-net builds the request and goes no further, because what it does with
//! such a rejection is to panic.

use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect,
};

use super::page;
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
        let fetch: Function = Reflect::get(&js_sys::global(), &JsValue::from_str("fetch"))
            .and_then(JsValue::dyn_into)
            .map_err(|_| SendError::NotSent)?;
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
    let mut builder = RequestBuilder::new(&request.url)
        .method(match request.method {
            Method::Get => HttpMethod::GET,
            Method::Post => HttpMethod::POST,
        })
        .header("authorization", &request.bearer.authorization())
        .header("accept", request.accept)
        .cache(RequestCache::NoStore)
        .credentials(RequestCredentials::Omit)
        .redirect(RequestRedirect::Error)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .abort_signal(Some(&abort.0.signal()));
    if let Some(name) = &request.idempotency_key {
        builder = builder.header(IDEMPOTENCY_KEY, name);
    }
    let built = match &request.body {
        None => builder.build(),
        Some(body) => {
            // As bytes that can be wiped: a JavaScript string stays where it is for as long as it likes.
            let bytes = Uint8Array::from(body.0.as_bytes());
            let built = builder.header("content-type", "application/json").body(&bytes);
            bytes.fill(0, 0, bytes.length());
            built
        }
    };
    built.ok().map(Into::into)
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
        let member = |name: &str| Reflect::get(&piece, &JsValue::from_str(name)).map_err(|_| Broken);
        if member("done")?.is_truthy() {
            return Ok(None);
        }
        let bytes: Uint8Array = member("value")?.dyn_into().map_err(|_| Broken)?;
        Ok(Some(bytes.to_vec()))
    }
}
