//! The gate before protected operations: refuse with a one-time token, or let an approved repetition through, once.

use std::collections::BTreeSet;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderName, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::behaviour::{BlockedCreation, LowRiskWindow, RefusalBody};
use super::call::Call;
use super::challenge::{Challenge, plan};
use super::customer::Customer;
use super::fault::Twist;
use super::one_time_token::{OneTimeToken, Purpose, RefusedRequest};
use super::world::World;
use crate::answer::Answer;
use crate::clock::{later, seconds_until};

/// The header that names the one-time token, in refusals and in repetitions.
pub(crate) const APPROVAL: HeaderName = HeaderName::from_static("x-2fa-approval");
/// The header that says whether a call was approved.
pub(crate) const APPROVAL_RESULT: HeaderName = HeaderName::from_static("x-2fa-approval-result");

/// How long low-risk calls are free after an approval.
const LOW_RISK_WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// How much harm an operation can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Risk {
    /// Free within the window after an approval.
    Low,
    /// Needs its own approval every time.
    High,
}

/// Why a protected operation may go ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// A cleared one-time token, which is spent by now.
    Approved,
    /// The window for low-risk calls.
    LowRiskWindow,
}

impl Admission {
    /// Marks the answer of an approved call.
    pub(crate) fn mark(self, answer: Answer) -> Answer {
        match self {
            Self::Approved => answer.with_header(APPROVAL_RESULT, "APPROVED"),
            Self::LowRiskWindow => answer,
        }
    }
}

/// Lets a call to a protected operation through, or answers it with a refusal and a new one-time token.
pub(crate) fn admit(
    world: &mut World,
    call: &Call,
    user: u64,
    risk: Risk,
    action_type: Option<&'static str>,
) -> Result<Admission, Answer> {
    let Some(customer) = world.customers.get(&user) else {
        return Err(Answer::invalid_token());
    };
    let now = world.now_of(customer);
    let request = RefusedRequest {
        method: call.method.clone(),
        target: call.target(),
        body: call.body.clone(),
    };

    let wanted = Purpose::Repeat(request);
    if let Some(token) = call
        .one_time_token(APPROVAL.as_str())
        .and_then(|id| world.one_time_tokens.get_mut(&id))
        && token.user == user
        && token.is_alive(now)
        && token.is_cleared()
        && token.purpose == wanted
    {
        token.spent = true;
        return Ok(Admission::Approved);
    }
    // A call that names a token asks to be judged by it, window or not.
    let names_token = call.header(APPROVAL.as_str()).is_some();
    if risk == Risk::Low && !names_token && customer.low_risk_until.is_some_and(|until| now < until) {
        return Ok(Admission::LowRiskWindow);
    }
    let customer = customer.clone();
    let id = create(world, call, &customer, now, wanted, action_type)?;
    let refusal = refusal(customer.behaviour.refusal_body, call, now).with_header(APPROVAL, &id.to_string());
    Err(refusal.with_header(APPROVAL_RESULT, "REJECTED"))
}

/// Creates a one-time token, unless the customer's PIN is blocked.
pub(crate) fn create(
    world: &mut World,
    call: &Call,
    customer: &Customer,
    now: Timestamp,
    purpose: Purpose,
    action_type: Option<&'static str>,
) -> Result<Uuid, Answer> {
    if let Some(until) = customer.blocked_at(now) {
        let left = seconds_until(now, until);
        return Err(match customer.behaviour.blocked_creation {
            BlockedCreation::TooManyRequests => Answer::too_many_requests(left),
            BlockedCreation::Forbidden => Answer::empty(StatusCode::FORBIDDEN)
                .with_header(APPROVAL_RESULT, "REJECTED")
                .with_header(RETRY_AFTER, &left.to_string()),
        });
    }
    let mut challenges = plan(&customer.behaviour);
    match &call.twist {
        Some(Twist::UnknownChallenge(name)) => challenges.insert(0, Challenge::impossible(name.clone())),
        Some(Twist::WrongKey | Twist::WeakKey | Twist::KeyArray) | None => {}
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
        spent: false,
    };
    world.one_time_tokens.insert(id, token);
    Ok(id)
}

/// What follows from a token having just been cleared.
pub(crate) fn cleared(customer: &mut Customer, purpose: &Purpose, now: Timestamp) {
    let opens = match customer.behaviour.low_risk_window {
        LowRiskWindow::SessionOnly => matches!(purpose, Purpose::Session),
        LowRiskWindow::AnyApproval => true,
        LowRiskWindow::Never => false,
    };
    if opens {
        customer.low_risk_until = Some(later(now, LOW_RISK_WINDOW));
    }
}

fn refusal(body: RefusalBody, call: &Call, now: Timestamp) -> Answer {
    let status = StatusCode::FORBIDDEN;
    match body {
        RefusalBody::Empty => Answer::empty(status),
        RefusalBody::Forbidden => Answer::json(
            status,
            &json!({
                "timestamp": now.to_string(),
                "status": status.as_u16(),
                "error": "Forbidden",
                "message": "You are forbidden to send this request",
                "path": call.uri.path(),
            }),
        ),
        RefusalBody::Unauthorized => Answer::json(
            status,
            &json!({
                "error": "unauthorized",
                "message": "Unauthorized",
                "path": null,
                "status": status.as_u16(),
                "timestamp": now.to_string(),
            }),
        ),
        RefusalBody::Text => Answer::text(status, "sca.required"),
    }
}
