//! The common part of all calls: the two credentials, and the errors that are about the caller and not about the operation. The common
//! headers and statuses are in <https://weavr-multi-api.redoc.ly/>.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{
    Weavr,
    code::{self, ErrorCode},
};
use sca_core::{InvalidResponse, ProviderError, secret::Secret};
use sca_provider_http::{Answer, Call, MAX_RETRY_AFTER, MIN_RETRY_AFTER, retry_after, sensitive};

const API_KEY: HeaderName = HeaderName::from_static("api-key");
const IDEMPOTENCY_REF: HeaderName = HeaderName::from_static("idempotency-ref");
const RATE_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const REQUEST_REF: HeaderName = HeaderName::from_static("request-ref");

/// A larger number of seconds is a Unix time, not a duration.
const DATES_FROM: u64 = 1_000_000_000;

/// How long a positive check of the API key is cached.
const KEY_ACCEPTED_TTL: Duration = Duration::from_secs(60);
/// How long an inconclusive check of the API key is cached.
const KEY_INCONCLUSIVE_TTL: Duration = Duration::from_secs(5);

/// The last check of the API key. `is_accepted` is `None` when it was inconclusive.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyCheck {
    at: Instant,
    is_accepted: Option<bool>,
}

impl KeyCheck {
    fn is_fresh(self) -> bool {
        let known_for = match self.is_accepted {
            Some(true) => KEY_ACCEPTED_TTL,
            // Not cached, so that a corrected key works at once.
            Some(false) => Duration::ZERO,
            None => KEY_INCONCLUSIVE_TTL,
        };
        self.at.elapsed() < known_for
    }
}

/// A response that is about the operation.
#[derive(Debug)]
pub(super) enum Response {
    /// 200 or 204.
    Success(Answer),
    /// 409 with its error code; an empty one when there is no readable code.
    Conflict(ErrorCode),
    /// 400 with its error code.
    BadRequest(Option<ErrorCode>),
    /// 404.
    NotFound,
}

impl Weavr {
    /// A call without a body on a customer's behalf. `path` follows the prefix.
    pub(super) fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        token: &Secret,
    ) -> Result<Call, ProviderError> {
        self.without_session(operation, method, path)?.bearer(token)
    }

    fn without_session(&self, operation: &'static str, method: Method, path: &str) -> Result<Call, ProviderError> {
        let key = sensitive(self.api_key.expose()).ok_or(ProviderError::ClientRefused(400))?;
        Ok(Call::new(operation, method, format!("{}{path}", self.prefix)).header(API_KEY, key))
    }

    /// Sends a call.
    ///
    /// # Errors
    /// When there is no usable response, or an error about the caller: the API key, the customer's session, or the rate limit.
    pub(super) async fn send(&self, call: Call) -> Result<Response, ProviderError> {
        let operation = call.operation;
        let answer = self.http.call_any(call).await?;
        let status = answer.status;
        if let StatusCode::OK | StatusCode::NO_CONTENT = status {
            return Ok(Response::Success(answer));
        }
        let code = code::read(&answer.body);
        tracing::info!(
            operation,
            status = status.as_u16(),
            code = code.as_ref().map_or("unreported", ErrorCode::as_str),
            reference = reference(&answer.headers),
            "Weavr rejected a call"
        );
        match status {
            StatusCode::CONFLICT => Ok(Response::Conflict(code.unwrap_or(ErrorCode::Other("".into())))),
            StatusCode::BAD_REQUEST => Ok(Response::BadRequest(code)),
            StatusCode::NOT_FOUND => Ok(Response::NotFound),
            StatusCode::UNAUTHORIZED => Err(self.attribute_error(status, ProviderError::SessionEnded).await),
            StatusCode::FORBIDDEN => match code {
                Some(ErrorCode::StepUpRequired) => Err(ProviderError::StepUpRequired),
                None | Some(_) => Err(self.attribute_error(status, ProviderError::Forbidden).await),
            },
            StatusCode::LOCKED => Err(ProviderError::Locked { retry_after: LOCKOUT }),
            StatusCode::TOO_MANY_REQUESTS => Err(ProviderError::TooManyRequests {
                retry_after: wait(&answer.headers, std::time::SystemTime::now()),
            }),
            status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
        }
    }

    /// Attributes a 401 or 403 to the API key or to the customer. Weavr responds with 401 to an unknown key and to an ended session, and
    /// with 403 to a key of another programme and to a missing permission, without any detail. A login without credentials needs only the
    /// key (`POST /login_with_password`, <https://weavr-multi-api.redoc.ly/>): if Weavr accepts the key there, the error is the
    /// customer's. One task at a time checks the key, and the result is cached, so that callers with ended tokens cannot use up the rate
    /// limit of logins.
    async fn attribute_error(&self, status: StatusCode, of_customer: ProviderError) -> ProviderError {
        match timeout(self.http.total(), self.check_key()).await {
            Ok(Some(true)) => of_customer,
            Ok(Some(false)) => {
                tracing::error!("Weavr does not accept the API key");
                ProviderError::ClientRefused(status.as_u16())
            }
            Ok(None) | Err(_) => ProviderError::Unusable(InvalidResponse::Status(status.as_u16())),
        }
    }

    /// Whether Weavr accepts the API key, from the cache or a new check. `None` when the check is inconclusive.
    async fn check_key(&self) -> Option<bool> {
        let mut check = self.key_check.lock().await;
        if let Some(known) = check.filter(|check| check.is_fresh()) {
            return known.is_accepted;
        }
        let call = self
            .without_session("weavr-key", Method::POST, "/login_with_password")
            .ok()?;
        let answer = self
            .http
            .call_any(call.body(JSON, Zeroizing::new(b"{}".to_vec())))
            .await;
        let is_accepted = match answer.map(|answer| answer.status) {
            Ok(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Some(false),
            Ok(StatusCode::TOO_MANY_REQUESTS) => None,
            Ok(status) if status.is_client_error() => Some(true),
            Ok(_) | Err(_) => None,
        };
        *check = Some(KeyCheck {
            at: Instant::now(),
            is_accepted,
        });
        is_accepted
    }
}

pub(super) const JSON: &str = "application/json";

/// Adds an idempotency key, which Weavr remembers for at least 24 hours: `idempotency-ref`, <https://weavr-multi-api.redoc.ly/>.
pub(super) fn idempotent(call: Call, reference: &str) -> Result<Call, ProviderError> {
    let value = HeaderValue::from_str(reference).map_err(|_| ProviderError::Malformed)?;
    Ok(call.header(IDEMPOTENCY_REF, value))
}

/// How long Weavr locks a login after repeated failures: 30 minutes (status 423, <https://weavr-multi-api.redoc.ly/>).
pub(crate) const LOCKOUT: Duration = Duration::from_secs(1_800);

/// The wait before a retry: `x-ratelimit-reset` in seconds (<https://weavr-multi-api.redoc.ly/>), or else `Retry-After`.
fn wait(headers: &HeaderMap, now: std::time::SystemTime) -> Duration {
    let reset = headers
        .get(RATE_RESET)
        .and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    let Some(reset) = reset else {
        return retry_after(headers, now);
    };
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let seconds = if reset >= DATES_FROM {
        reset.saturating_sub(since)
    } else {
        reset
    };
    Duration::from_secs(seconds).clamp(MIN_RETRY_AFTER, MAX_RETRY_AFTER)
}

/// The request's reference, which Weavr's support asks for: `request-ref`, <https://weavr-multi-api.redoc.ly/>.
fn reference(headers: &HeaderMap) -> &str {
    headers
        .get(REQUEST_REF)
        .and_then(|value| value.to_str().ok())
        .filter(|text| text.len() <= 64)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn the_wait_is_parsed_from_seconds_or_a_unix_time_and_clamped() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let wait_of = |name: HeaderName, text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(text));
            wait(&headers, now)
        };
        for (text, expected) in [
            ("30", Duration::from_secs(30)),
            ("0", Duration::from_secs(1)),
            ("1700000030", Duration::from_secs(30)),
            ("1600000000", Duration::from_secs(1)),
            ("86400", MAX_RETRY_AFTER),
            ("18446744073709551615", MAX_RETRY_AFTER),
            ("soon", Duration::from_secs(5)),
            ("-1", Duration::from_secs(5)),
        ] {
            assert_eq!(wait_of(RATE_RESET, text), expected, "{text}");
        }
        assert_eq!(wait_of(http::header::RETRY_AFTER, "7"), Duration::from_secs(7));
        assert_eq!(wait(&HeaderMap::new(), now), Duration::from_secs(5));
    }
}
