//! Calls with an [encrypted body](https://docs.wise.com/guides/developer/auth-and-security/jose-jwe): their headers, their body
//! and their response.

use axum::http::StatusCode;

use super::behaviour::VerifyAnswer;
use super::call::ApiCall;
use super::errors;
use super::keys::{KeyRing, OpenError, Opened};
use crate::kit::response::{ApiResponse, JSON};

const JOSE: &str = "application/jose+json";

/// The result of opening an encrypted body, for the call log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Encryption {
    /// Opened with one of Wise's keys.
    Decrypted,
    /// Well formed, but no key opens it.
    Undecryptable,
    /// The headers or the form are not as documented.
    Refused,
}

/// Opens the body of a call. `Err` is Wise's refusal.
pub(crate) fn open(call: &ApiCall, keys: &KeyRing) -> Result<Opened, (Encryption, ApiResponse)> {
    check_headers(call).map_err(|response| (Encryption::Refused, response))?;
    let malformed = |message: &str| {
        let response = errors::client_error(StatusCode::BAD_REQUEST, "jose.payload.invalid", message);
        (Encryption::Refused, response)
    };
    let text = std::str::from_utf8(&call.body).map_err(|_| malformed("The body is not text"))?;
    keys.open(text).map_err(|error| match error {
        OpenError::Malformed(message) => malformed(message),
        OpenError::Undecryptable => (Encryption::Undecryptable, errors::unexpected()),
    })
}

fn check_headers(call: &ApiCall) -> Result<(), ApiResponse> {
    // The content type is checked first.
    require(call, "Content-Type", JOSE, StatusCode::UNSUPPORTED_MEDIA_TYPE)?;
    require(call, "Accept", JOSE, StatusCode::BAD_REQUEST)?;
    require(call, "X-TW-JOSE-Method", "jwe", StatusCode::BAD_REQUEST)?;
    require(call, "Accept-Encoding", "identity", StatusCode::BAD_REQUEST)?;
    require(call, "Content-Encoding", "identity", StatusCode::BAD_REQUEST)
}

fn require(call: &ApiCall, name: &str, value: &str, status: StatusCode) -> Result<(), ApiResponse> {
    let sent = call.header(name).and_then(|sent| sent.split(';').next()).map(str::trim);
    if sent.is_some_and(|sent| sent.eq_ignore_ascii_case(value)) {
        return Ok(());
    }
    Err(errors::client_error_at(
        status,
        "jose.header.invalid",
        &format!("{name} has to be {value}"),
        name,
    ))
}

/// Encrypts a response with the request's content key. A response without a body is not encrypted.
pub(crate) fn seal(response: ApiResponse, opened: &Opened, form: VerifyAnswer) -> ApiResponse {
    let content_type = match form {
        VerifyAnswer::Encrypted => JOSE,
        VerifyAnswer::EncryptedCalledJson => JSON,
        VerifyAnswer::PlainJson => return response,
    };
    if response.body.is_empty() {
        return response;
    }
    match opened.seal(&response.body) {
        Ok(jwe) => ApiResponse::with_body(response.status, content_type, jwe),
        Err(error) => {
            tracing::error!(%error, "a response could not be encrypted");
            errors::unexpected()
        }
    }
}
