//! Protected operations: a call is refused with a one-time token, and an approved repetition is admitted once
//! ([SCA over API](https://docs.wise.com/guides/developer/auth-and-security/sca-over-api)).

use std::collections::BTreeSet;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderName, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::behaviour::{BlockedCreation, LowRiskWindow, RefusalBody, UnknownOneTimeToken};
use super::call::ApiCall;
use super::challenge::{Challenge, plan};
use super::customer::Customer;
use super::errors;
use super::fault::ResponseMutation;
use super::one_time_token::{OneTimeToken, Purpose, RefusedRequest};
use super::state::WiseState;
use crate::kit::clock::{later, seconds_until};
use crate::kit::response::ApiResponse;

/// The header that names the one-time token, in refusals and in repetitions.
pub(crate) const APPROVAL: HeaderName = HeaderName::from_static("x-2fa-approval");
/// The header that says whether a call was approved.
pub(crate) const APPROVAL_RESULT: HeaderName = HeaderName::from_static("x-2fa-approval-result");

/// How long low-risk calls need no approval after an approval.
const LOW_RISK_WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// The risk of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Risk {
    /// Needs no approval within the window after an approval.
    Low,
    /// Needs an approval for every call.
    High,
}

/// Why a protected operation is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It had a cleared one-time token, which is used now.
    Approved,
    /// It came within the window for low-risk calls.
    LowRiskWindow,
}

impl Admission {
    /// Marks the response to an approved call.
    pub(crate) fn mark(self, response: ApiResponse) -> ApiResponse {
        match self {
            Self::Approved => response.with_header(APPROVAL_RESULT, "APPROVED"),
            Self::LowRiskWindow => response,
        }
    }
}

/// Admits a call to a protected operation. `Err` is the refusal with a new one-time token.
pub(crate) fn admit(
    state: &mut WiseState,
    call: &ApiCall,
    user: u64,
    risk: Risk,
    action_type: Option<&'static str>,
) -> Result<Admission, ApiResponse> {
    let customer = state.customers.get(&user).ok_or_else(errors::invalid_token)?;
    let now = state.now_of(customer);
    let request = RefusedRequest {
        method: call.method.clone(),
        target: call.target(),
        body: call.body.clone(),
    };

    let purpose = Purpose::Repeat(request);
    if let Some(token) = approval(call).and_then(|id| state.one_time_tokens.get_mut(&id))
        && token.user == user
        && token.is_alive(now)
        && token.is_cleared()
        && token.purpose == purpose
    {
        token.consumed = true;
        return Ok(Admission::Approved);
    }
    // A call that names a token is admitted by the token only, not by the window.
    let names_token = call.header(APPROVAL.as_str()).is_some();
    if risk == Risk::Low && !names_token && customer.low_risk_until.is_some_and(|until| now < until) {
        return Ok(Admission::LowRiskWindow);
    }
    let customer = customer.clone();
    let id = create(state, call, &customer, now, purpose, action_type)?;
    let refusal = refusal(customer.behaviour.refusal_body, call, now).with_header(APPROVAL, &id.to_string());
    Err(refusal.with_header(APPROVAL_RESULT, "REJECTED"))
}

/// The one-time token that a call names. Some clients append a challenge type after a space, so only the first word counts.
fn approval(call: &ApiCall) -> Option<Uuid> {
    call.header(APPROVAL.as_str())?.split_whitespace().next()?.parse().ok()
}

/// Creates a one-time token, unless a factor of the customer is blocked.
pub(crate) fn create(
    state: &mut WiseState,
    call: &ApiCall,
    customer: &Customer,
    now: Timestamp,
    purpose: Purpose,
    action_type: Option<&'static str>,
) -> Result<Uuid, ApiResponse> {
    if let Some(until) = customer.attempts.blocked_at(now) {
        let left = seconds_until(now, until);
        return Err(match customer.behaviour.blocked_creation {
            BlockedCreation::TooManyRequests => errors::too_many_requests(left),
            BlockedCreation::Forbidden => ApiResponse::empty(StatusCode::FORBIDDEN)
                .with_header(APPROVAL_RESULT, "REJECTED")
                .with_header(RETRY_AFTER, &left.to_string()),
        });
    }
    let mut challenges = plan(&customer.behaviour);
    match &call.context.mutation {
        Some(ResponseMutation::UnknownChallenge(name)) => challenges.insert(0, Challenge::impossible(name.clone())),
        Some(
            ResponseMutation::WrongKey
            | ResponseMutation::WeakKey
            | ResponseMutation::KeyArray
            | ResponseMutation::InvalidPem,
        )
        | None => {}
    }
    let id = Uuid::new_v4();
    let lifetime = SignedDuration::from_secs(i64::from(customer.behaviour.one_time_token_seconds));
    let token = OneTimeToken {
        id,
        user: customer.user,
        purpose,
        action_type,
        expires: later(now, lifetime),
        challenges,
        codes_sent: BTreeSet::new(),
        consumed: false,
    };
    state.one_time_tokens.insert(id, token);
    Ok(id)
}

/// Opens the window for low-risk calls after a token was cleared, where the switch says so.
pub(crate) fn open_low_risk_window(customer: &mut Customer, purpose: &Purpose, now: Timestamp) {
    let opens = match customer.behaviour.low_risk_window {
        LowRiskWindow::SessionOnly => matches!(purpose, Purpose::Session),
        LowRiskWindow::AnyApproval => true,
        LowRiskWindow::Never => false,
    };
    if opens {
        customer.low_risk_until = Some(later(now, LOW_RISK_WINDOW));
    }
}

fn refusal(body: RefusalBody, call: &ApiCall, now: Timestamp) -> ApiResponse {
    let status = StatusCode::FORBIDDEN;
    match body {
        RefusalBody::Empty => ApiResponse::empty(status),
        RefusalBody::Forbidden => ApiResponse::json(
            status,
            &json!({
                "timestamp": now.to_string(),
                "status": status.as_u16(),
                "error": "Forbidden",
                "message": "You are forbidden to send this request",
                "path": call.uri.path(),
            }),
        ),
        RefusalBody::Unauthorized => ApiResponse::json(
            status,
            &json!({
                "error": "unauthorized",
                "message": "Unauthorized",
                "path": null,
                "status": status.as_u16(),
                "timestamp": now.to_string(),
            }),
        ),
        RefusalBody::Text => ApiResponse::text(status, "sca.required"),
    }
}

/// The valid one-time token in the header `One-Time-Token`, if it is this user's.
pub(super) fn named_token(state: &WiseState, call: &ApiCall, user: u64) -> Result<Uuid, ApiResponse> {
    let Some(text) = call.header("One-Time-Token") else {
        return Err(errors::client_error_at(
            StatusCode::BAD_REQUEST,
            "ott.missing",
            "The header One-Time-Token is required",
            "One-Time-Token",
        ));
    };
    let customer = state.customer(user)?;
    let now = state.now_of(customer);
    let id = text.trim().parse().ok();
    let valid = id.filter(|id| {
        state
            .one_time_tokens
            .get(id)
            .is_some_and(|token| token.user == user && token.is_alive(now))
    });
    valid.ok_or_else(|| {
        let status = match customer.behaviour.unknown_one_time_token {
            UnknownOneTimeToken::NotFound => StatusCode::NOT_FOUND,
            UnknownOneTimeToken::Forbidden => StatusCode::FORBIDDEN,
        };
        errors::client_error(
            status,
            "ott.not.found",
            "The one time token is unknown, used or expired",
        )
    })
}
