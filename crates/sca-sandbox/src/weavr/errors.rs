//! The shapes of error that Weavr prints, with the error codes of its
//! [API](https://api.weavr.io/products/multi/openapi/confirmation-challenges).

use axum::http::{HeaderName, StatusCode};
use serde_json::{Value, json};

use super::behaviour::{BadRequest, Behaviour, Spelling, StepUpField};
use crate::kit::faults::ErrorFormat;
use crate::kit::response::ApiResponse;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// 409.
pub(super) fn conflict(code: &str) -> ApiResponse {
    ApiResponse::json(StatusCode::CONFLICT, &json!({"errorCode": code}))
}

/// 409: the next SMS is requested before the [cool-down](https://docs.weavr.io/payment-run/changelog/stepup-retry-15seconds)
/// ends.
pub(super) fn retry_later(spelling: Spelling) -> ApiResponse {
    conflict(match spelling {
        Spelling::Specification => "RETRY_IN_15SEC",
        Spelling::Prose => "RETRY_IN_15_SECS",
    })
}

/// 409: the [limit](https://docs.weavr.io/payment-run/changelog/limited-otp-retries) of codes or attempts is reached.
pub(super) fn limit_exceeded(spelling: Spelling) -> ApiResponse {
    conflict(match spelling {
        Spelling::Specification => "CHALLENGE_LIMIT_EXCEEDED",
        Spelling::Prose => "CHALLENGE_LIMIT_EXCEED",
    })
}

/// 403: the token has to be [stepped up](https://docs.weavr.io/apis/authentication/stepup/).
pub(super) fn step_up_required(behaviour: &Behaviour) -> ApiResponse {
    let body = match behaviour.step_up_field {
        StepUpField::ErrorCode => json!({"errorCode": "STEP_UP_REQUIRED"}),
        StepUpField::Message => json!({"message": "STEP_UP_REQUIRED"}),
    };
    ApiResponse::json(StatusCode::FORBIDDEN, &body)
}

/// 404.
pub(super) fn not_found() -> ApiResponse {
    ApiResponse::json(StatusCode::NOT_FOUND, &json!({"code": "404", "message": "Not Found"}))
}

/// 400: names the invalid fields, each with its error.
pub(super) fn bad_request(form: BadRequest, fields: &[(&str, &str)]) -> ApiResponse {
    let first = fields.first().map_or("body", |(field, _)| field);
    let body = match form {
        BadRequest::Fields => {
            let fields: Vec<Value> = fields
                .iter()
                .map(|(field, error)| json!({"params": [], "fieldName": field, "error": error}))
                .collect();
            json!({"message": "Bad Request", "syntaxErrors": {"invalidFields": fields}})
        }
        BadRequest::Message => json!({"message": format!("request.{first}: is not valid")}),
        BadRequest::Embedded => {
            let errors: Vec<Value> = fields
                .iter()
                .map(|(field, _)| json!({"message": format!("request.{field}: must not be null")}))
                .collect();
            json!({"message": "Bad Request", "_embedded": {"errors": errors}})
        }
    };
    ApiResponse::json(StatusCode::BAD_REQUEST, &body)
}

/// 429, with the seconds to wait.
pub(super) fn too_many_requests(seconds: u32) -> ApiResponse {
    ApiResponse::empty(StatusCode::TOO_MANY_REQUESTS)
        .with_header(LIMIT, "20, 10;w=60, 20;w=3600, 200;w=86400")
        .with_header(RESET, &seconds.to_string())
}

/// Weavr's error format.
pub(crate) struct WeavrErrors;

impl ErrorFormat for WeavrErrors {
    fn error(&self, status: StatusCode, code: Option<&str>) -> ApiResponse {
        match code {
            Some(code) => ApiResponse::json(status, &json!({"errorCode": code})),
            None => ApiResponse::empty(status),
        }
    }

    fn too_many_requests(&self, retry_after_seconds: u32) -> ApiResponse {
        too_many_requests(retry_after_seconds)
    }
}
