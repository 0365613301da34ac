//! [Confirming payments](https://docs.weavr.io/start/multi-confirm-transactions): the current endpoints for several at once,
//! the deprecated ones for one, and the rules that all challenges share.

use axum::http::StatusCode;
use serde_json::json;

use crate::kit::response::ApiResponse;
use crate::weavr::behaviour::{AfterLimit, Behaviour, ResendId, ThirdStepUp};
use crate::weavr::body::Body;
use crate::weavr::call::ApiCall;
use crate::weavr::challenge::{Challenge, Kind, Status, Subject};
use crate::weavr::customer::Channel;
use crate::weavr::errors::{conflict, limit_exceeded, not_found, retry_later};
use crate::weavr::resource::{Kind as ResourceKind, Resource};
use crate::weavr::state::WeavrState;

/// What happens to a second request while the first challenge is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resend {
    /// A code has a cool-down and a limit; a push is refused.
    Limited,
    /// It is refused with `STATE_INVALID`.
    Refused,
    /// It is accepted.
    Free,
}

pub(super) fn issue_otp(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    issue_for_payments(state, call, Kind::Otp)
}

pub(super) fn issue_push(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    issue_for_payments(state, call, Kind::Push)
}

fn issue_for_payments(state: &mut WeavrState, call: &ApiCall, kind: Kind) -> Result<ApiResponse, ApiResponse> {
    let (resource_kind, ids, resend) = match call.context.kind {
        Some(resource_kind) => (
            Some(resource_kind),
            vec![call.parameter("id").to_owned()],
            Resend::Refused,
        ),
        None => {
            let mut body = Body::read(&call.body);
            let resource_kind = resource_type(&mut body);
            let ids = body.ids();
            body.done(call.context.behaviour.bad_request)?;
            (resource_kind, ids, Resend::Limited)
        }
    };
    let resource_kind = resource_kind.ok_or_else(not_found)?;
    let mut pending = true;
    for id in &ids {
        let resource = state
            .resource_for(&call.context.user, id)
            .filter(|resource| resource.kind == resource_kind)
            .ok_or_else(not_found)?;
        if call.context.kind.is_some() && resource.exemption.is_some() {
            return Err(conflict("SCA_EXEMPTION_APPLIED"));
        }
        pending &= resource.is_pending();
    }
    if !pending {
        return Err(conflict("STATE_INVALID"));
    }
    let subject = Subject::Resources {
        kind: resource_kind,
        ids,
    };
    let id = issue(state, call, subject, kind, resend)?;
    Ok(match call.context.kind {
        Some(_) => ApiResponse::empty(StatusCode::NO_CONTENT),
        None => ApiResponse::ok(&json!({"scaChallengeId": id})),
    })
}

pub(super) fn verify_otp(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let mut body = Body::read(&call.body);
    let code = body.code();
    let id = match call.context.kind {
        None => {
            let resource_kind = resource_type(&mut body);
            body.done(call.context.behaviour.bad_request)?;
            let challenge = state
                .challenges
                .get(call.parameter("challenge"))
                .filter(|challenge| challenge.user == call.context.user && challenge.kind == Kind::Otp)
                .filter(|challenge| match &challenge.subject {
                    Subject::Resources { kind, .. } => Some(*kind) == resource_kind,
                    Subject::StepUp { .. } | Subject::Payees { .. } | Subject::Enrolment => false,
                });
            challenge.map(|challenge| challenge.id.clone()).ok_or_else(not_found)?
        }
        Some(kind) => {
            body.done(call.context.behaviour.bad_request)?;
            let resource = state
                .resource_for(&call.context.user, call.parameter("id"))
                .filter(|resource| resource.kind == kind)
                .ok_or_else(not_found)?;
            if resource.exemption.is_some() {
                return Err(conflict("SCA_EXEMPTION_APPLIED"));
            }
            let subject = Subject::Resources {
                kind,
                ids: vec![resource.id.clone()],
            };
            let missing = match kind {
                ResourceKind::OutgoingWireTransfers => "STATE_INVALID",
                ResourceKind::Sends => "CHALLENGE_NOT_PENDING",
            };
            newest(state, &call.context.user, &subject, Kind::Otp)
                .map(|challenge| challenge.id.clone())
                .ok_or_else(|| conflict(missing))?
        }
    };
    verify(state, call, &id, &code)
}

/// The newest challenge for exactly this subject.
pub(super) fn newest<'a>(state: &'a WeavrState, user: &str, subject: &Subject, kind: Kind) -> Option<&'a Challenge> {
    state
        .challenges
        .values()
        .rev()
        .find(|challenge| challenge.user == user && challenge.kind == kind && challenge.subject == *subject)
}

/// Sends a challenge by the channel in the path. Returns its id.
pub(super) fn issue(
    state: &mut WeavrState,
    call: &ApiCall,
    subject: Subject,
    kind: Kind,
    resend: Resend,
) -> Result<String, ApiResponse> {
    let channel = supported(call, kind)?;
    let customer = state.customers.get(&call.context.user).ok_or_else(not_found)?;
    if subject != Subject::Enrolment && !customer.has(channel) {
        return Err(conflict("CHANNEL_NOT_REGISTERED"));
    }
    let earlier: Vec<&Challenge> = state
        .challenges
        .values()
        .filter(|challenge| {
            challenge.user == call.context.user
                && challenge.kind == kind
                && challenge.channel == channel
                && challenge.subject.overlaps(&subject)
        })
        .collect();
    check_earlier(&earlier, call, &subject, kind, resend)?;
    let last = earlier.last().copied();
    // A resend does not reset the attempts.
    let wrong = last
        .filter(|last| last.status != Status::Exhausted)
        .map_or(0, |last| last.wrong);
    let again = last
        .filter(|last| last.is_live() && last.subject == subject && call.context.behaviour.resend_id == ResendId::Same)
        .map(|last| last.id.clone());
    if let Some(id) = again {
        state.resend(&id, &call.context.behaviour, call.context.now);
        return Ok(id);
    }
    let superseded: Vec<String> = earlier
        .iter()
        .filter(|challenge| challenge.is_live())
        .map(|challenge| challenge.id.clone())
        .collect();
    for id in superseded {
        if let Some(challenge) = state.challenges.get_mut(&id) {
            challenge.status = Status::Superseded;
        }
    }
    let id = state.new_id();
    let mut challenge = Challenge::new(
        id.clone(),
        &call.context.user,
        kind,
        channel,
        subject,
        &call.context.behaviour,
        call.context.now,
    );
    challenge.wrong = wrong;
    state.add_challenge(challenge);
    Ok(id)
}

/// Checks whether another challenge may be sent after the earlier ones.
fn check_earlier(
    earlier: &[&Challenge],
    call: &ApiCall,
    subject: &Subject,
    kind: Kind,
    resend: Resend,
) -> Result<(), ApiResponse> {
    let live = earlier.iter().any(|challenge| challenge.is_live());
    let behaviour = &call.context.behaviour;
    match (kind, resend) {
        (Kind::Push, Resend::Limited | Resend::Refused) | (Kind::Otp, Resend::Refused) => {
            if live {
                return Err(conflict("STATE_INVALID"));
            }
        }
        (Kind::Otp, Resend::Limited) => {
            if live && behaviour.legacy_issue {
                return Err(conflict("STATE_INVALID"));
            }
            let sent = earlier.iter().map(|challenge| challenge.issued_at).max();
            let cool_down = i64::from(behaviour.cool_down_seconds).saturating_mul(1000);
            if sent.is_some_and(|sent| call.context.now < sent.saturating_add(cool_down)) {
                return Err(retry_later(behaviour.spelling));
            }
            let issues = earlier
                .iter()
                .fold(0_u32, |sum, challenge| sum.saturating_add(challenge.issues));
            if behaviour.issue_limit.is_some_and(|limit| issues >= limit) {
                return Err(too_many_codes(subject, behaviour));
            }
        }
        (Kind::Otp | Kind::Push, Resend::Free) => {}
    }
    Ok(())
}

/// The refusal of another SMS for this subject.
fn too_many_codes(subject: &Subject, behaviour: &Behaviour) -> ApiResponse {
    match (subject, behaviour.third_step_up) {
        (Subject::StepUp { .. }, ThirdStepUp::InvalidRequest) => {
            ApiResponse::json(StatusCode::BAD_REQUEST, &json!({"errorCode": "INVALID_REQUEST"}))
        }
        (
            Subject::StepUp { .. } | Subject::Resources { .. } | Subject::Payees { .. } | Subject::Enrolment,
            ThirdStepUp::LimitExceeded | ThirdStepUp::InvalidRequest,
        ) => limit_exceeded(behaviour.spelling),
    }
}

/// Verifies a code and applies the result.
pub(super) fn verify(state: &mut WeavrState, call: &ApiCall, id: &str, code: &str) -> Result<ApiResponse, ApiResponse> {
    supported(call, Kind::Otp)?;
    let behaviour = &call.context.behaviour;
    let challenge = state.challenges.get(id).ok_or_else(not_found)?;
    match challenge.status {
        Status::Exhausted => return Err(after_limit(behaviour)),
        Status::Verified | Status::Declined | Status::Superseded => return Err(conflict("STATE_INVALID")),
        Status::Live | Status::Expired => {}
    }
    let is_pending = |id: &String| state.resources.get(id).is_some_and(Resource::is_pending);
    if let Subject::Resources { ids, .. } = &challenge.subject
        && !ids.iter().all(is_pending)
    {
        return Err(conflict("STATE_INVALID"));
    }
    let enrolled = state
        .customers
        .get(&call.context.user)
        .is_some_and(|customer| customer.has(Channel::Sms));
    if challenge.subject != Subject::Enrolment && !enrolled {
        return Err(conflict("CHANNEL_NOT_REGISTERED"));
    }
    if challenge.status == Status::Expired {
        return Err(conflict("VERIFICATION_CODE_EXPIRED"));
    }
    if challenge.code == code {
        state.conclude(id, Status::Verified);
        return Ok(ApiResponse::empty(StatusCode::NO_CONTENT));
    }
    let wrong = challenge.wrong.saturating_add(1);
    if let Some(challenge) = state.challenges.get_mut(id) {
        challenge.wrong = wrong;
    }
    state.timeline.mark_changed();
    Err(match behaviour.attempts_left(wrong) {
        Some(0) => {
            state.conclude(id, Status::Exhausted);
            limit_exceeded(behaviour.spelling)
        }
        Some(1) => conflict("ONE_CHALLENGE_LIMIT_REMAINING"),
        Some(_) | None => conflict("VERIFICATION_CODE_INVALID"),
    })
}

fn after_limit(behaviour: &Behaviour) -> ApiResponse {
    match behaviour.after_limit {
        AfterLimit::StateInvalid => conflict("STATE_INVALID"),
        AfterLimit::LimitExceeded => limit_exceeded(behaviour.spelling),
    }
}

/// The channel in the path, when this kind of challenge supports it.
fn supported(call: &ApiCall, kind: Kind) -> Result<Channel, ApiResponse> {
    match (kind, Channel::named(call.parameter("channel"))) {
        (Kind::Otp, Some(channel @ Channel::Sms))
        | (Kind::Push, Some(channel @ (Channel::Authy | Channel::Biometric))) => Ok(channel),
        (Kind::Otp | Kind::Push, Some(_) | None) => Err(conflict("CHANNEL_NOT_SUPPORTED")),
    }
}

/// The kind of payment that the body names; `None` for a documented kind that is not simulated.
fn resource_type(body: &mut Body) -> Option<ResourceKind> {
    const NAME: &str = "resourceType";
    match body.text("/resourceType", NAME).as_str() {
        "outgoing_wire_transfers" => Some(ResourceKind::OutgoingWireTransfers),
        "sends" => Some(ResourceKind::Sends),
        "" | "linked_account_declaration" | "correspondent_bank_transfers" => None,
        _ => {
            body.invalid(NAME, "IN");
            None
        }
    }
}
