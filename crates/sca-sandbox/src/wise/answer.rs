//! Answers, and the shapes of error that Wise prints.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const JSON: &str = "application/json";
pub(crate) const JOSE: &str = "application/jose+json";
const TEXT: &str = "text/plain;charset=UTF-8";
const HTML: &str = "text/html;charset=UTF-8";

/// An answer before it is sent, so that faults and encryption can still change it.
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

    fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
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

    /// A bare code as text, as transfer funding prints its errors.
    pub(crate) fn text(status: StatusCode, body: &'static str) -> Self {
        Self::with_body(status, TEXT, body)
    }

    /// A web page, as a proxy or a maintenance switch would send.
    pub(crate) fn html(status: StatusCode, body: &'static str) -> Self {
        Self::with_body(status, HTML, body)
    }

    /// A compact JWE.
    pub(crate) fn encrypted(status: StatusCode, content_type: &'static str, jwe: String) -> Self {
        Self::with_body(status, content_type, jwe)
    }

    /// With one more header; a value that is no header value is left out.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// `{"errors":[{"code","message"}]}`: the shape of client errors.
    pub(crate) fn client_error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::json(status, &json!({"errors": [{"code": code, "message": message}]}))
    }

    /// As [`client_error`](Self::client_error), with the header or field it is about.
    pub(crate) fn client_error_at(status: StatusCode, code: &str, message: &str, path: &str) -> Self {
        Self::json(
            status,
            &json!({"errors": [{"code": code, "message": message, "path": path, "arguments": [path]}]}),
        )
    }

    /// `{"error","error_description"}`: the shape of the authorisation layer.
    pub(crate) fn authorisation_error(status: StatusCode, error: &str, description: &str) -> Self {
        Self::json(status, &json!({"error": error, "error_description": description}))
    }

    /// 401 for a token that is missing, unknown or expired.
    pub(crate) fn invalid_token() -> Self {
        Self::authorisation_error(
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "Invalid or expired access token",
        )
        .with_header(WWW_AUTHENTICATE, "Bearer")
    }

    /// 403 without the approval headers: an ordinary lack of permission, which no challenge can cure.
    pub(crate) fn not_permitted() -> Self {
        Self::authorisation_error(
            StatusCode::FORBIDDEN,
            "access_denied",
            "The token does not permit this request",
        )
    }

    /// 404 in the shape of the web framework.
    pub(crate) fn not_found(path: &str) -> Self {
        let status = StatusCode::NOT_FOUND;
        Self::json(
            status,
            &json!({
                "timestamp": Timestamp::now().to_string(),
                "status": status.as_u16(),
                "error": "Not Found",
                "message": "No message available",
                "path": path,
            }),
        )
    }

    /// The 500 that says nothing; what is sent when a body cannot be decrypted.
    pub(crate) fn unexpected() -> Self {
        Self::json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({"message": "An unexpected error occurred", "request_id": Uuid::new_v4().simple().to_string()}),
        )
    }

    /// 429 with the seconds to wait.
    pub(crate) fn too_many_requests(retry_after: i64) -> Self {
        Self::json(StatusCode::TOO_MANY_REQUESTS, &json!({}))
            .with_header(RETRY_AFTER, &retry_after.to_string())
            .with_header(HeaderName::from_static("x-rate-limited-by"), "wise-public-api")
    }

    /// 302 to somewhere else.
    pub(crate) fn redirect(location: &str) -> Self {
        Self::empty(StatusCode::FOUND).with_header(LOCATION, location)
    }

    /// Ready to be sent.
    pub(crate) fn into_response(self) -> Response {
        self.into_response_with(Body::from)
    }

    /// Ready to be sent, with another body in place of its own.
    pub(crate) fn into_response_with(self, body: impl FnOnce(Bytes) -> Body) -> Response {
        let mut response = Response::new(body(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}
