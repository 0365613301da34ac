//! Request bodies, limited in size and time, and idempotency keys.

use std::{ops::RangeInclusive, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use sca_protocol::{
    api::{IDEMPOTENCY_KEY, ProblemCode},
    face_scan::MAX_SCAN_BODY,
};
use serde::de::DeserializeOwned;
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::{
    problem::AppError,
    service::{Backend, IdempotentResponse, RawBody},
};

/// The maximum length of a JSON body, in bytes.
const MOST_BYTES: usize = 32 * 1024;
/// The deadline of a request body.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);
/// The deadline of a body with a scan: a phone on a slow network uploads megabytes.
const SCAN_ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// A JSON body, with its bytes.
pub(super) struct JsonBody<T> {
    pub(super) value: T,
    pub(super) bytes: RawBody,
}

impl<T: DeserializeOwned> FromRequest<Backend> for JsonBody<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &Backend) -> Result<Self, AppError> {
        Self::read(request, MOST_BYTES, ARRIVES_WITHIN).await
    }
}

impl<T: DeserializeOwned> JsonBody<T> {
    async fn read(request: Request, most: usize, within: Duration) -> Result<Self, AppError> {
        if !is_json(request.headers()) {
            return Err(AppError::new(ProblemCode::UnsupportedMediaType));
        }
        let bytes = RawBody(read_within(request, most, within).await?);
        // The parser's error may quote the body, which may contain a one-time code.
        let value = serde_json::from_slice(&bytes.0).map_err(|_| {
            AppError::new(ProblemCode::InvalidRequest).with_source("the body does not match its JSON schema")
        })?;
        Ok(Self { value, bytes })
    }
}

/// A JSON body with the scan of a face, which is much larger.
pub(super) struct ScanBody<T>(pub(super) JsonBody<T>);

impl<T: DeserializeOwned> FromRequest<Backend> for ScanBody<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &Backend) -> Result<Self, AppError> {
        let body = JsonBody::read(request, MAX_SCAN_BODY, SCAN_ARRIVES_WITHIN).await?;
        Ok(Self(body))
    }
}

/// No body, or an empty JSON object.
pub(super) struct NoBody;

impl FromRequest<Backend> for NoBody {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &Backend) -> Result<Self, AppError> {
        let bytes = read(request, 64).await?;
        match bytes.trim_ascii() {
            b"" | b"{}" => Ok(Self),
            _ => Err(AppError::new(ProblemCode::InvalidRequest).with_source("the route takes no body")),
        }
    }
}

/// Reads a body of at most `most` bytes.
///
/// # Errors
/// When it is larger, does not arrive in time, or ends early.
pub(crate) async fn read(request: Request, most: usize) -> Result<Bytes, AppError> {
    read_within(request, most, ARRIVES_WITHIN).await
}

async fn read_within(request: Request, most: usize, within: Duration) -> Result<Bytes, AppError> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(AppError::new(ProblemCode::PayloadTooLarge));
    }
    let arriving = Limited::new(request.into_body(), most).collect();
    match tokio::time::timeout(within, arriving).await {
        Err(_) => Err(AppError::new(ProblemCode::RequestTimeout)),
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(AppError::new(ProblemCode::PayloadTooLarge)),
        Ok(Err(error)) => Err(AppError::new(ProblemCode::InvalidRequest).with_source(error)),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// The value of `Idempotency-Key`: 16 to 64 letters, digits, hyphens or underscores.
pub(super) struct IdempotencyKey(pub(super) String);

/// The shortest and the longest idempotency key.
const KEY_LENGTHS: RangeInclusive<usize> = 16..=64;

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let (least, most) = KEY_LENGTHS.into_inner();
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(least))
            .max_length(Some(most))
            .pattern(Some(format!("^[A-Za-z0-9_-]{{{least},{most}}}$")));
        let key = ParameterBuilder::new()
            .name(IDEMPOTENCY_KEY)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(
                "Names the attempt. The same key and body get the first response again.",
            ))
            .schema(Some(text));
        vec![key.build()]
    }
}

impl FromRequestParts<Backend> for IdempotencyKey {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &Backend) -> Result<Self, AppError> {
        let value = parts
            .headers
            .get(IDEMPOTENCY_KEY)
            .ok_or_else(|| AppError::new(ProblemCode::IdempotencyKeyMissing))?;
        let is_key = |key: &&str| {
            KEY_LENGTHS.contains(&key.len())
                && key
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let key = value.to_str().ok().filter(is_key);
        key.map(|key| Self(key.to_owned())).ok_or_else(|| {
            AppError::new(ProblemCode::InvalidRequest)
                .with_source("the idempotency key is not 16 to 64 letters, digits, hyphens or underscores")
        })
    }
}

impl IntoResponse for IdempotentResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Body(answer) => {
                let status = axum::http::StatusCode::from_u16(answer.status).unwrap_or_default();
                let content_type = if status.is_success() {
                    "application/json"
                } else {
                    "application/problem+json"
                };
                (
                    status,
                    [(header::CONTENT_TYPE, content_type)],
                    Bytes::from_owner(answer.body),
                )
                    .into_response()
            }
        }
    }
}
