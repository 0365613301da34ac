//! Responses before they are sent, so that faults and encryption can still change them.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

pub(crate) const JSON: &str = "application/json";
const TEXT: &str = "text/plain;charset=UTF-8";
const HTML: &str = "text/html;charset=UTF-8";

/// Status, headers and body of a response.
#[derive(Clone, Debug)]
pub(crate) struct ApiResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

impl ApiResponse {
    /// A response without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// A response with a body of this content type.
    pub(crate) fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))],
            body: body.into(),
        }
    }

    /// A response with a JSON body.
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::with_body(status, JSON, body.to_string())
    }

    /// 200 with a JSON body.
    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// A response in plain text.
    pub(crate) fn text(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::with_body(status, TEXT, body)
    }

    /// A web page.
    pub(crate) fn html(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::with_body(status, HTML, body)
    }

    /// 302 to another address.
    pub(crate) fn redirect(location: &str) -> Self {
        Self::empty(StatusCode::FOUND).with_header(LOCATION, location)
    }

    /// Adds a header, unless the text is no header value.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// Keeps the first half of the body only. The length that is sent matches.
    pub(crate) fn truncated(self) -> Self {
        Self {
            body: self.body.slice(..self.body.len() / 2),
            ..self
        }
    }

    /// The response to send, with another body in place of its own.
    pub(crate) fn into_response_with(self, body: impl FnOnce(Bytes) -> Body) -> Response {
        let mut response = Response::new(body(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}

impl IntoResponse for ApiResponse {
    fn into_response(self) -> Response {
        self.into_response_with(Body::from)
    }
}
