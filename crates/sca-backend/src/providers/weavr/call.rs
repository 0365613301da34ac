//! What all calls have in common: two credentials, and the refusals that are about the caller and not about the call.

use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{
    Weavr,
    code::{self, ErrorCode},
};
use crate::providers::{
    InvalidResponse, ProviderError,
    http::{Answer, Call, MAX_RETRY_AFTER, MIN_RETRY_AFTER, retry_after},
    sensitive,
};
use sca_core::secret::Secret;

const API_KEY: HeaderName = HeaderName::from_static("api-key");
const IDEMPOTENCY_REF: HeaderName = HeaderName::from_static("idempotency-ref");
const RATE_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const REQUEST_REF: HeaderName = HeaderName::from_static("request-ref");

/// From here on a number of seconds is a date, not a wait.
const DATES_FROM: u64 = 1_000_000_000;

/// How long Weavr is not asked again whether it takes the key, after it has said so.
const KEY_TRUSTED: Duration = Duration::from_secs(60);
/// The same, after it has said neither.
const KEY_UNDECIDED: Duration = Duration::from_secs(5);

/// When Weavr was asked whether it takes the key, and whether it does; `None` when it said neither.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyAsked {
    at: Instant,
    takes: Option<bool>,
}

impl KeyAsked {
    fn is_fresh(self) -> bool {
        let known_for = match self.takes {
            Some(true) => KEY_TRUSTED,
            // A key that was put right is taken at once.
            Some(false) => Duration::ZERO,
            None => KEY_UNDECIDED,
        };
        self.at.elapsed() < known_for
    }
}

/// What Weavr answered that is about the call itself.
#[derive(Debug)]
pub(super) enum Said {
    /// 200 or 204.
    Done(Answer),
    /// 409, and what it says; nothing when it says nothing that can be read.
    Conflict(ErrorCode),
    /// 400, likewise.
    Syntax(Option<ErrorCode>),
    /// 404.
    Missing,
}

impl Weavr {
    /// A call without a body, on a customer's behalf. `path` comes after the prefix.
    pub(super) fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        token: &Secret,
    ) -> Result<Call, ProviderError> {
        self.anonymous(operation, method, path)?.bearer(token)
    }

    fn anonymous(&self, operation: &'static str, method: Method, path: &str) -> Result<Call, ProviderError> {
        let key = sensitive(self.api_key.expose()).ok_or(ProviderError::ClientRefused(400))?;
        Ok(Call::new(operation, method, format!("{}{path}", self.prefix)).header(API_KEY, key))
    }

    /// Makes a call. What is left to the caller is about the call itself.
    ///
    /// # Errors
    /// When no answer came that could be used, or one that is about the caller: the key, the customer's session, too many calls.
    pub(super) async fn ask(&self, call: Call) -> Result<Said, ProviderError> {
        let operation = call.operation;
        let answer = self.http.call_any(call).await?;
        let status = answer.status;
        if let StatusCode::OK | StatusCode::NO_CONTENT = status {
            return Ok(Said::Done(answer));
        }
        let code = code::read(&answer.body);
        tracing::info!(
            operation,
            status = status.as_u16(),
            code = code.as_ref().map_or("untold", ErrorCode::as_str),
            reference = reference(&answer.headers),
            "Weavr refused"
        );
        match status {
            StatusCode::CONFLICT => Ok(Said::Conflict(code.unwrap_or(ErrorCode::Other("".into())))),
            StatusCode::BAD_REQUEST => Ok(Said::Syntax(code)),
            StatusCode::NOT_FOUND => Ok(Said::Missing),
            StatusCode::UNAUTHORIZED => Err(self.whose(status, ProviderError::SessionEnded).await),
            StatusCode::FORBIDDEN => match code {
                Some(ErrorCode::StepUpRequired) => Err(ProviderError::StepUpRequired),
                None | Some(_) => Err(self.whose(status, ProviderError::Forbidden).await),
            },
            StatusCode::LOCKED => Err(ProviderError::Locked { retry_after: LOCKOUT }),
            StatusCode::TOO_MANY_REQUESTS => Err(ProviderError::TooManyRequests {
                retry_after: wait(&answer.headers, std::time::SystemTime::now()),
            }),
            status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
        }
    }

    /// Whether a refusal is about the key or about the customer. Weavr answers 401 to a key that it does not know and to a session that
    /// has ended, 403 to a key of another programme and to a customer who may not do it, and says no more. A login without a name needs
    /// the key alone: where that is taken, the refusal was the customer's. That is asked by one at a time, once a minute, and no longer than
    /// a call may take: who comes with tokens that have ended does not spend the logins that all customers need.
    async fn whose(&self, refusal: StatusCode, customers: ProviderError) -> ProviderError {
        match timeout(self.http.total(), self.takes_key()).await {
            Ok(Some(true)) => customers,
            Ok(Some(false)) => {
                tracing::error!("Weavr does not take the api-key");
                ProviderError::ClientRefused(refusal.as_u16())
            }
            Ok(None) | Err(_) => ProviderError::Unusable(InvalidResponse::Status(refusal.as_u16())),
        }
    }

    /// Whether Weavr takes the key, as it says now or has said lately.
    async fn takes_key(&self) -> Option<bool> {
        let mut asked = self.key_asked.lock().await;
        if let Some(known) = asked.filter(|asked| asked.is_fresh()) {
            return known.takes;
        }
        let call = self.anonymous("weavr-key", Method::POST, "/login_with_password").ok()?;
        let answer = self
            .http
            .call_any(call.body(JSON, Zeroizing::new(b"{}".to_vec())))
            .await;
        let takes = match answer.map(|answer| answer.status) {
            Ok(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Some(false),
            Ok(StatusCode::TOO_MANY_REQUESTS) => None,
            Ok(status) if status.is_client_error() => Some(true),
            Ok(_) | Err(_) => None,
        };
        *asked = Some(KeyAsked {
            at: Instant::now(),
            takes,
        });
        takes
    }
}

pub(super) const JSON: &str = "application/json";

impl Call {
    /// Named, so that Weavr does it once however often it is asked.
    pub(super) fn once(self, reference: &str) -> Result<Self, ProviderError> {
        let value = HeaderValue::from_str(reference).map_err(|_| ProviderError::Malformed)?;
        Ok(self.header(IDEMPOTENCY_REF, value))
    }
}

/// For how long Weavr locks a login after too many wrong passwords or codes.
pub(crate) const LOCKOUT: Duration = Duration::from_secs(1_800);

/// How long to wait: `x-ratelimit-reset` in seconds, or else `Retry-After`.
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

/// What Weavr's support asks for.
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
    fn the_wait_is_a_number_of_seconds_or_a_date_and_never_absurd() {
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
        assert_eq!(wait_of(axum::http::header::RETRY_AFTER, "7"), Duration::from_secs(7));
        assert_eq!(wait(&HeaderMap::new(), now), Duration::from_secs(5));
    }
}
