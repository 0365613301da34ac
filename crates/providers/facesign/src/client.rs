//! Calls to FaceSign: <https://docs.facesign.ai/docs/api-reference/createSession>.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use sca_protocol::{
    Timestamp,
    face::{Origin, origin_of},
};
use serde_json::Value;
use zeroize::Zeroizing;

use sca_core::provider::{OpenedSession, SessionUrl};

use super::{report::Session, session_request::SessionRequest};
use sca_core::{InvalidResponse, ProviderError, RequiredAnalyses, secret::Secret};
use sca_provider_http::{Answer, Call, ProviderHttp, retry_after};

/// The client of FaceSign. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FaceSign {
    http: ProviderHttp,
    key: Secret,
    frame_origins: Vec<Origin>,
    required: RequiredAnalyses,
    /// The secrets that webhooks may be signed with. Empty: all webhooks are rejected.
    pub(super) webhook_secrets: Vec<Secret>,
}

impl FaceSign {
    /// Creates the client, with the account's API key, the allowed origins of the hosted page and the required analyses.
    #[must_use]
    pub fn new(http: ProviderHttp, key: Secret, frame_origins: Vec<Origin>, required: RequiredAnalyses) -> Self {
        Self {
            http,
            key,
            frame_origins,
            required,
            webhook_secrets: Vec::new(),
        }
    }

    /// Sets the secrets that webhooks may be signed with.
    #[must_use]
    pub fn with_webhook_secrets(self, webhook_secrets: Vec<Secret>) -> Self {
        Self {
            webhook_secrets,
            ..self
        }
    }

    /// The total timeout of one call.
    #[must_use]
    pub fn call_timeout(&self) -> Duration {
        self.http.total()
    }

    /// The required analyses.
    #[must_use]
    pub fn required(&self) -> RequiredAnalyses {
        self.required
    }

    /// Opens a session: <https://docs.facesign.ai/docs/api-reference/createSession>.
    ///
    /// # Errors
    /// When there is no usable response, or the origin of the page is not allowed.
    pub async fn open(&self, request: &SessionRequest) -> Result<OpenedSession, ProviderError> {
        let body = serde_json::to_vec(request).map_err(|_| ProviderError::Malformed)?;
        let call =
            Call::new("facesign-open", Method::POST, "/sessions".into()).body("application/json", Zeroizing::new(body));
        let document = self.call(call).await?;
        let id = document.pointer("/session/id").and_then(Value::as_str);
        let id = id
            .filter(|id| is_session_id(id))
            .ok_or(ProviderError::Unusable(InvalidResponse::Body))?;
        if let Some(warnings) = document.get("warnings").filter(|warnings| **warnings != Value::Null) {
            let count = warnings.as_array().map_or(1, Vec::len);
            tracing::warn!(
                session = id,
                count,
                "FaceSign normalized the flow; settings.flowNormalizations has the changes"
            );
        }
        Ok(OpenedSession {
            id: id.to_owned(),
            link: self.parse_link(document.get("clientSecret").unwrap_or(&Value::Null))?,
            expected: request.expected().to_text().map_err(|_| ProviderError::Malformed)?,
        })
    }

    /// Reads a session: <https://docs.facesign.ai/docs/api-reference/getSession>.
    ///
    /// # Errors
    /// When there is no usable response.
    pub async fn session(&self, id: &str) -> Result<Session, ProviderError> {
        let call = Call::new("facesign-session", Method::GET, path(id, "")?);
        let document = self.call(call).await?;
        Session::read(&document)
            .filter(|session| session.id == id)
            .ok_or(ProviderError::Unusable(InvalidResponse::Body))
    }

    /// Gets a new URL of an open session: <https://docs.facesign.ai/docs/api-reference/createClientSecret>.
    ///
    /// # Errors
    /// When there is no usable response, or the origin of the page is not allowed.
    pub async fn refresh(&self, id: &str) -> Result<SessionUrl, ProviderError> {
        let call = Call::new("facesign-refresh", Method::GET, path(id, "/refresh")?);
        let document = self.call(call).await?;
        self.parse_link(&document)
    }

    async fn call(&self, call: Call) -> Result<Value, ProviderError> {
        let operation = call.operation;
        let answer = self.http.call_any(call.bearer(&self.key)?).await?;
        let status = answer.status;
        if status.is_success() {
            return serde_json::from_slice(&answer.body).map_err(|_| ProviderError::Unusable(InvalidResponse::Body));
        }
        tracing::warn!(
            operation,
            status = status.as_u16(),
            fault = error_code(&answer).as_deref().unwrap_or("unreported"),
            "FaceSign rejected a call"
        );
        Err(match status {
            // FaceSign uses both for a missing or wrong key: https://docs.facesign.ai/docs/reference/errors
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ProviderError::ClientRefused(status.as_u16()),
            StatusCode::TOO_MANY_REQUESTS => ProviderError::TooManyRequests {
                retry_after: wait(&answer.headers, std::time::SystemTime::now()),
            },
            status => ProviderError::Unusable(InvalidResponse::Status(status.as_u16())),
        })
    }

    /// Parses a client secret: <https://docs.facesign.ai/docs/reference/client-secrets>. The page's origin has to be allowed, because the
    /// widget's frame gives it access to the camera.
    fn parse_link(&self, document: &Value) -> Result<SessionUrl, ProviderError> {
        let unusable = ProviderError::Unusable(InvalidResponse::Body);
        let url = document.get("url").and_then(Value::as_str).ok_or(unusable.clone())?;
        let expires_at = document
            .get("expireAt")
            .and_then(Value::as_u64)
            .ok_or(unusable.clone())?;
        let is_allowed = origin_of(url).is_some_and(|origin| self.frame_origins.contains(&origin));
        if !is_allowed {
            tracing::error!("the origin of FaceSign's page is not in frame_origins");
            return Err(unusable);
        }
        Ok(SessionUrl {
            url: Secret::new(url.to_owned()),
            expires_at: Timestamp(expires_at),
        })
    }
}

/// Whether a text is a session id: 1 to 128 ASCII letters, digits, hyphens and underscores. FaceSign does not document the form, and has
/// changed it.
#[must_use]
pub fn is_session_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn path(id: &str, rest: &str) -> Result<String, ProviderError> {
    if is_session_id(id) {
        Ok(format!("/sessions/{id}{rest}"))
    } else {
        Err(ProviderError::Malformed)
    }
}

/// The error type and code for the log, from `{"error": {"type", "code", "message"}}` or `{"error": "…"}`:
/// <https://docs.facesign.ai/docs/reference/errors>.
fn error_code(answer: &Answer) -> Option<String> {
    let document: Value = serde_json::from_slice(&answer.body).ok()?;
    let error = document.get("error")?;
    let text = match error {
        Value::String(text) => text.clone(),
        Value::Object(members) => ["type", "code"]
            .iter()
            .filter_map(|name| members.get(*name)?.as_str())
            .collect::<Vec<_>>()
            .join("/"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    let plain = text.chars().filter(|character| !character.is_control());
    Some(plain.take(80).collect())
}

/// The wait before a retry: `Retry-After`, or else `X-RateLimit-Reset`, a Unix time in seconds:
/// <https://docs.facesign.ai/docs/reference/errors>.
fn wait(headers: &HeaderMap, now: std::time::SystemTime) -> Duration {
    if headers.contains_key("retry-after") {
        return retry_after(headers, now);
    }
    let seconds = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let reset = headers
        .get("x-ratelimit-reset")
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    reset.map_or_else(
        || retry_after(headers, now),
        |reset| Duration::from_secs(reset.saturating_sub(seconds).clamp(1, 120)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use std::time::UNIX_EPOCH;

    fn refused(body: &str) -> Option<String> {
        error_code(&Answer {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::new(),
            body: body.into(),
        })
    }

    #[test]
    fn error_codes_are_parsed_in_both_forms() {
        for (body, expected) in [
            (r#"{"error":"Incorrect api key"}"#, Some("Incorrect api key")),
            (
                r#"{"error":{"type":"validation_error","message":"m","code":"parameter_missing"}}"#,
                Some("validation_error/parameter_missing"),
            ),
            (r#"{"error":{"type":"server_error"}}"#, Some("server_error")),
            (r#"{"error":7}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(refused(body).as_deref(), expected, "{body}");
        }
        assert_eq!(
            refused(&format!(r#"{{"error":"{}"}}"#, "x".repeat(500))).unwrap().len(),
            80
        );
    }

    #[test]
    fn a_session_id_is_safe_in_a_path() {
        for (id, taken) in [
            ("3f0a4e1e-9c2b-4b6f-8d3a-2a8e1b7c4f01", true),
            ("aB3dE5gH7jK9mN1pQ3sT", true),
            ("", false),
            (".", false),
            ("..", false),
            ("a/b", false),
            ("a?b", false),
            ("a%2Fb", false),
            ("é", false),
        ] {
            assert_eq!(is_session_id(id), taken, "{id}");
        }
        assert!(!is_session_id(&"a".repeat(129)));
    }

    #[test]
    fn the_wait_is_parsed_from_either_header() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let wait_of = |name: &'static str, text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(text));
            wait(&headers, now)
        };
        assert_eq!(wait_of("retry-after", "7"), Duration::from_secs(7));
        assert_eq!(wait_of("x-ratelimit-reset", "1700000030"), Duration::from_secs(30));
        assert_eq!(wait_of("x-ratelimit-reset", "1600000000"), Duration::from_secs(1));
        assert_eq!(wait_of("x-ratelimit-reset", "9999999999999"), Duration::from_secs(120));
        assert_eq!(wait(&HeaderMap::new(), now), Duration::from_secs(5));
    }
}
