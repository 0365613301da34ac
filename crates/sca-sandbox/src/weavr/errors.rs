//! The shapes of error that Weavr prints.

use axum::http::{HeaderName, StatusCode};
use serde_json::{Value, json};

use super::behaviour::{BadRequest, Behaviour, Spelling, StepUpField};
use crate::answer::Answer;
use crate::mishap::ErrorStyle;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// 409.
pub(crate) fn conflict(code: &str) -> Answer {
    Answer::json(StatusCode::CONFLICT, &json!({"errorCode": code}))
}

/// 409: the next SMS comes too early.
pub(crate) fn retry_later(spelling: Spelling) -> Answer {
    conflict(match spelling {
        Spelling::Specification => "RETRY_IN_15SEC",
        Spelling::Prose => "RETRY_IN_15_SECS",
    })
}

/// 409: that was the last one.
pub(crate) fn limit_exceeded(spelling: Spelling) -> Answer {
    conflict(match spelling {
        Spelling::Specification => "CHALLENGE_LIMIT_EXCEEDED",
        Spelling::Prose => "CHALLENGE_LIMIT_EXCEED",
    })
}

/// 403: the token has to be stepped up.
pub(crate) fn step_up_required(behaviour: &Behaviour) -> Answer {
    let body = match behaviour.step_up_field {
        StepUpField::ErrorCode => json!({"errorCode": "STEP_UP_REQUIRED"}),
        StepUpField::Message => json!({"message": "STEP_UP_REQUIRED"}),
    };
    Answer::json(StatusCode::FORBIDDEN, &body)
}

/// 404.
pub(crate) fn not_found() -> Answer {
    Answer::json(StatusCode::NOT_FOUND, &json!({"code": "404", "message": "Not Found"}))
}

/// 400: these fields are wrong, in these ways.
pub(crate) fn bad_request(form: BadRequest, fields: &[(&str, &str)]) -> Answer {
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
    Answer::json(StatusCode::BAD_REQUEST, &body)
}

/// 429, to be tried again after so many seconds.
pub(crate) fn too_many(seconds: u32) -> Answer {
    Answer::empty(StatusCode::TOO_MANY_REQUESTS)
        .with_header(LIMIT, "20, 10;w=60, 20;w=3600, 200;w=86400")
        .with_header(RESET, &seconds.to_string())
}

/// How Weavr words a scripted fault.
pub(crate) struct Manners;

impl ErrorStyle for Manners {
    fn error(&self, status: StatusCode, code: Option<&str>) -> Answer {
        match code {
            Some(code) => Answer::json(status, &json!({"errorCode": code})),
            None => Answer::empty(status),
        }
    }

    fn too_many(&self, retry_after: u32) -> Answer {
        too_many(retry_after)
    }
}
