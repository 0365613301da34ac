//! The headers and the body of calls that Wise wants encrypted.

use axum::http::StatusCode;

use super::behaviour::VerifyAnswer;
use super::call::Call;
use super::keys::{KeyRing, OpenError, Opened};
use crate::answer::{Answer, JOSE};

/// How the body of an encrypted call was met; for the log, and never more than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Encryption {
    /// Opened with one of Wise's keys.
    Decrypted,
    /// Well formed, but no key opens it.
    Undecryptable,
    /// Not as documented: headers or form.
    Refused,
}

/// Opens the body of a call, or says how Wise refuses it.
pub(crate) fn open(call: &Call, keys: &KeyRing) -> Result<Opened, (Encryption, Answer)> {
    check_headers(call).map_err(|answer| (Encryption::Refused, answer))?;
    let malformed = |message: &str| {
        let answer = Answer::client_error(StatusCode::BAD_REQUEST, "jose.payload.invalid", message);
        (Encryption::Refused, answer)
    };
    let text = std::str::from_utf8(&call.body).map_err(|_| malformed("The body is not text"))?;
    keys.open(text).map_err(|error| match error {
        OpenError::Malformed(message) => malformed(message),
        OpenError::Undecryptable => (Encryption::Undecryptable, Answer::unexpected()),
    })
}

fn check_headers(call: &Call) -> Result<(), Answer> {
    // The content type comes first: without it the rest is beside the point.
    require(call, "Content-Type", JOSE, StatusCode::UNSUPPORTED_MEDIA_TYPE)?;
    require(call, "Accept", JOSE, StatusCode::BAD_REQUEST)?;
    require(call, "X-TW-JOSE-Method", "jwe", StatusCode::BAD_REQUEST)?;
    require(call, "Accept-Encoding", "identity", StatusCode::BAD_REQUEST)?;
    require(call, "Content-Encoding", "identity", StatusCode::BAD_REQUEST)
}

fn require(call: &Call, name: &str, value: &str, status: StatusCode) -> Result<(), Answer> {
    let sent = call.header(name).and_then(|sent| sent.split(';').next()).map(str::trim);
    if sent.is_some_and(|sent| sent.eq_ignore_ascii_case(value)) {
        return Ok(());
    }
    Err(Answer::client_error_at(
        status,
        "jose.header.invalid",
        &format!("{name} has to be {value}"),
        name,
    ))
}

/// Encrypts an answer under the request's content key. An empty answer stays as it is.
pub(crate) fn seal(answer: Answer, opened: &Opened, form: VerifyAnswer) -> Answer {
    let content_type = match form {
        VerifyAnswer::Encrypted => JOSE,
        VerifyAnswer::EncryptedCalledJson => crate::answer::JSON,
        VerifyAnswer::PlainJson => return answer,
    };
    if answer.body.is_empty() {
        return answer;
    }
    match opened.seal(&answer.body) {
        Ok(jwe) => Answer::encrypted(answer.status, content_type, jwe),
        Err(error) => {
            tracing::error!(%error, "an answer could not be encrypted");
            Answer::unexpected()
        }
    }
}
