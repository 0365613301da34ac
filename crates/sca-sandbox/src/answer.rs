//! Answers before they are sent, so that faults and encryption can still change them.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

pub(crate) const JSON: &str = "application/json";
pub(crate) const JOSE: &str = "application/jose+json";
const TEXT: &str = "text/plain;charset=UTF-8";
const HTML: &str = "text/html;charset=UTF-8";

/// Status, headers and body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

impl Answer {
    /// No body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// A body of this type.
    pub(crate) fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut answer = Self::empty(status);
        answer
            .headers
            .push((CONTENT_TYPE, HeaderValue::from_static(content_type)));
        answer.body = body.into();
        answer
    }

    /// A JSON body.
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::with_body(status, JSON, body.to_string())
    }

    /// 200 with a JSON body.
    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// A plain text.
    pub(crate) fn text(status: StatusCode, body: &'static str) -> Self {
        Self::with_body(status, TEXT, body)
    }

    /// A web page.
    pub(crate) fn html(status: StatusCode, body: &'static str) -> Self {
        Self::with_body(status, HTML, body)
    }

    /// 302 to somewhere else.
    pub(crate) fn redirect(location: &str) -> Self {
        Self::empty(StatusCode::FOUND).with_header(LOCATION, location)
    }

    /// With one more header; a value that is no header value is left out.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// With the first half of its body only, and a length that matches.
    pub(crate) fn cut(self) -> Self {
        Self {
            body: self.body.slice(..self.body.len() / 2),
            ..self
        }
    }

    /// Ready to be sent, with another body in place of its own.
    pub(crate) fn into_response_with(self, body: impl FnOnce(Bytes) -> Body) -> Response {
        let mut response = Response::new(body(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        self.into_response_with(Body::from)
    }
}
