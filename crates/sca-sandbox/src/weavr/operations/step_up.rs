//! [Stepping up](https://docs.weavr.io/apis/authentication/stepup/) a token.

use axum::http::StatusCode;
use serde_json::json;

use super::challenges::{Resend, issue, newest, verify};
use crate::kit::response::ApiResponse;
use crate::weavr::body::Body;
use crate::weavr::call::ApiCall;
use crate::weavr::challenge::{Kind, Status, Subject};
use crate::weavr::errors::conflict;
use crate::weavr::state::WeavrState;

fn subject(call: &ApiCall) -> Subject {
    Subject::StepUp {
        token: call.context.token.clone(),
    }
}

pub(super) fn issue_otp(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    issue(state, call, subject(call), Kind::Otp, Resend::Limited)?;
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

pub(super) fn issue_push(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let id = issue(state, call, subject(call), Kind::Push, Resend::Limited)?;
    Ok(ApiResponse::ok(&json!({"id": id})))
}

pub(super) fn verify_otp(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let mut body = Body::read(&call.body);
    let code = body.code();
    body.done(call.context.behaviour.bad_request)?;
    let challenge =
        newest(state, &call.context.user, &subject(call), Kind::Otp).ok_or_else(|| conflict("STATE_INVALID"))?;
    if challenge.status == Status::Verified {
        return Err(conflict("ALREADY_VERIFIED"));
    }
    let id = challenge.id.clone();
    verify(state, call, &id, &code)
}
