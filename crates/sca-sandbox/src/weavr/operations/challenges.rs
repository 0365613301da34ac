//! Confirming payments: the current endpoints for several at once, the deprecated ones for one, and the rules that all
//! challenges share.

use axum::http::StatusCode;
use serde_json::json;

use crate::answer::Answer;
use crate::weavr::behaviour::{AfterLimit, Behaviour, ResendId};
use crate::weavr::body::Body;
use crate::weavr::challenge::{Challenge, Kind, Status, Subject};
use crate::weavr::customer::Channel;
use crate::weavr::door::Call;
use crate::weavr::errors::{conflict, limit_exceeded, not_found, retry_later};
use crate::weavr::resource::{Kind as ResourceKind, Resource};
use crate::weavr::world::Weavr;

/// What a second one meets while the first lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resend {
    /// A cool-down and a limit; a push on the phone is refused.
    Limited,
    /// `STATE_INVALID`.
    Refused,
    /// Nothing.
    Free,
}

pub(super) fn issue_otp(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    issue_for_payments(weavr, call, Kind::Otp)
}

pub(super) fn issue_push(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    issue_for_payments(weavr, call, Kind::Push)
}

fn issue_for_payments(weavr: &mut Weavr, call: &Call, kind: Kind) -> Result<Answer, Answer> {
    let (resource_kind, ids, resend) = match call.kind {
        Some(resource_kind) => (
            Some(resource_kind),
            vec![call.parameter("id").to_owned()],
            Resend::Refused,
        ),
        None => {
            let mut body = Body::read(&call.body);
            let resource_kind = resource_type(&mut body);
            let ids = body.ids();
            body.done(call.behaviour.bad_request)?;
            (resource_kind, ids, Resend::Limited)
        }
    };
    let resource_kind = resource_kind.ok_or_else(not_found)?;
    let mut pending = true;
    for id in &ids {
        let resource = weavr
            .resource_for(&call.user, id)
            .filter(|resource| resource.kind == resource_kind)
            .ok_or_else(not_found)?;
        if call.kind.is_some() && resource.exemption.is_some() {
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
    let id = issue(weavr, call, subject, kind, resend)?;
    Ok(match call.kind {
        Some(_) => Answer::empty(StatusCode::NO_CONTENT),
        None => Answer::ok(&json!({"scaChallengeId": id})),
    })
}

pub(super) fn verify_otp(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let mut body = Body::read(&call.body);
    let code = body.code();
    let id = match call.kind {
        None => {
            let wanted = resource_type(&mut body);
            body.done(call.behaviour.bad_request)?;
            let challenge = weavr
                .challenges
                .get(call.parameter("challenge"))
                .filter(|challenge| challenge.user == call.user && challenge.kind == Kind::Otp)
                .filter(|challenge| match &challenge.subject {
                    Subject::Resources { kind, .. } => Some(*kind) == wanted,
                    Subject::StepUp { .. } | Subject::Payees { .. } | Subject::Enrolment => false,
                });
            challenge.map(|challenge| challenge.id.clone()).ok_or_else(not_found)?
        }
        Some(kind) => {
            body.done(call.behaviour.bad_request)?;
            let resource = weavr
                .resource_for(&call.user, call.parameter("id"))
                .filter(|resource| resource.kind == kind)
                .ok_or_else(not_found)?;
            if resource.exemption.is_some() {
                return Err(conflict("SCA_EXEMPTION_APPLIED"));
            }
            let subject = Subject::Resources {
                kind,
                ids: vec![resource.id.clone()],
            };
            let none = match kind {
                ResourceKind::OutgoingWireTransfers => "STATE_INVALID",
                ResourceKind::Sends => "CHALLENGE_NOT_PENDING",
            };
            newest(weavr, &call.user, &subject, Kind::Otp)
                .map(|challenge| challenge.id.clone())
                .ok_or_else(|| conflict(none))?
        }
    };
    verify(weavr, call, &id, &code)
}

/// The newest challenge for this, no less and no more.
pub(super) fn newest<'a>(weavr: &'a Weavr, user: &str, subject: &Subject, kind: Kind) -> Option<&'a Challenge> {
    weavr
        .challenges
        .values()
        .rev()
        .find(|challenge| challenge.user == user && challenge.kind == kind && challenge.subject == *subject)
}

/// Sends a challenge by the channel in the path; answers its id.
pub(super) fn issue(
    weavr: &mut Weavr,
    call: &Call,
    subject: Subject,
    kind: Kind,
    resend: Resend,
) -> Result<String, Answer> {
    let channel = supported(call, kind)?;
    let customer = weavr.customers.get(&call.user).ok_or_else(not_found)?;
    if subject != Subject::Enrolment && !customer.has(channel) {
        return Err(conflict("CHANNEL_NOT_REGISTERED"));
    }
    let earlier: Vec<&Challenge> = weavr
        .challenges
        .values()
        .filter(|challenge| {
            challenge.user == call.user
                && challenge.kind == kind
                && challenge.channel == channel
                && challenge.subject.overlaps(&subject)
        })
        .collect();
    check_earlier(&earlier, call, &subject, kind, resend)?;
    let last = earlier.last().copied();
    // A resend does not bring new tries.
    let wrong = last
        .filter(|last| last.status != Status::Exhausted)
        .map_or(0, |last| last.wrong);
    let again = last
        .filter(|last| last.is_live() && last.subject == subject && call.behaviour.resend_id == ResendId::Same)
        .map(|last| last.id.clone());
    if let Some(id) = again {
        weavr.send_again(&id, &call.behaviour, call.now);
        return Ok(id);
    }
    let dead: Vec<String> = earlier
        .iter()
        .filter(|challenge| challenge.is_live())
        .map(|challenge| challenge.id.clone())
        .collect();
    for id in dead {
        if let Some(challenge) = weavr.challenges.get_mut(&id) {
            challenge.status = Status::Superseded;
        }
    }
    let id = weavr.fresh_id();
    let mut challenge = Challenge::new(
        id.clone(),
        &call.user,
        kind,
        channel,
        subject,
        &call.behaviour,
        call.now,
    );
    challenge.wrong = wrong;
    weavr.add_challenge(challenge);
    Ok(id)
}

/// Whether another one may be sent after these.
fn check_earlier(
    earlier: &[&Challenge],
    call: &Call,
    subject: &Subject,
    kind: Kind,
    resend: Resend,
) -> Result<(), Answer> {
    let live = earlier.iter().any(|challenge| challenge.is_live());
    let behaviour = &call.behaviour;
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
            if sent.is_some_and(|sent| call.now < sent.saturating_add(cool_down)) {
                return Err(retry_later(behaviour.spelling));
            }
            let issues = earlier
                .iter()
                .fold(0_u32, |sum, challenge| sum.saturating_add(challenge.issues));
            if behaviour.issue_limit.is_some_and(|limit| issues >= limit) {
                return Err(super::step_up::too_many_codes(subject, behaviour));
            }
        }
        (Kind::Otp | Kind::Push, Resend::Free) => {}
    }
    Ok(())
}

/// Checks a code and does what follows from it.
pub(super) fn verify(weavr: &mut Weavr, call: &Call, id: &str, code: &str) -> Result<Answer, Answer> {
    supported(call, Kind::Otp)?;
    let behaviour = &call.behaviour;
    let challenge = weavr.challenges.get(id).ok_or_else(not_found)?;
    match challenge.status {
        Status::Exhausted => return Err(after_limit(behaviour)),
        Status::Verified | Status::Declined | Status::Superseded => return Err(conflict("STATE_INVALID")),
        Status::Live | Status::Expired => {}
    }
    let waits = |id: &String| weavr.resources.get(id).is_some_and(Resource::is_pending);
    if let Subject::Resources { ids, .. } = &challenge.subject
        && !ids.iter().all(waits)
    {
        return Err(conflict("STATE_INVALID"));
    }
    let enrolled = weavr
        .customers
        .get(&call.user)
        .is_some_and(|customer| customer.has(Channel::Sms));
    if challenge.subject != Subject::Enrolment && !enrolled {
        return Err(conflict("CHANNEL_NOT_REGISTERED"));
    }
    if challenge.status == Status::Expired {
        return Err(conflict("VERIFICATION_CODE_EXPIRED"));
    }
    if challenge.code == code {
        weavr.conclude(id, Status::Verified);
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    let wrong = challenge.wrong.saturating_add(1);
    if let Some(challenge) = weavr.challenges.get_mut(id) {
        challenge.wrong = wrong;
    }
    weavr.touch();
    Err(match behaviour.tries_left(wrong) {
        Some(0) => {
            weavr.conclude(id, Status::Exhausted);
            limit_exceeded(behaviour.spelling)
        }
        Some(1) => conflict("ONE_CHALLENGE_LIMIT_REMAINING"),
        Some(_) | None => conflict("VERIFICATION_CODE_INVALID"),
    })
}

fn after_limit(behaviour: &Behaviour) -> Answer {
    match behaviour.after_limit {
        AfterLimit::StateInvalid => conflict("STATE_INVALID"),
        AfterLimit::LimitExceeded => limit_exceeded(behaviour.spelling),
    }
}

/// The channel in the path, when this kind of challenge can take it.
fn supported(call: &Call, kind: Kind) -> Result<Channel, Answer> {
    match (kind, Channel::named(call.parameter("channel"))) {
        (Kind::Otp, Some(channel @ Channel::Sms))
        | (Kind::Push, Some(channel @ (Channel::Authy | Channel::Biometric))) => Ok(channel),
        (Kind::Otp | Kind::Push, Some(_) | None) => Err(conflict("CHANNEL_NOT_SUPPORTED")),
    }
}

/// The kind of payment that the body names; `None` for a kind that is documented, and of which there are none here.
fn resource_type(body: &mut Body) -> Option<ResourceKind> {
    const NAME: &str = "resourceType";
    match body.text("/resourceType", NAME).as_str() {
        "outgoing_wire_transfers" => Some(ResourceKind::OutgoingWireTransfers),
        "sends" => Some(ResourceKind::Sends),
        "" | "linked_account_declaration" | "correspondent_bank_transfers" => None,
        _ => {
            body.wrong(NAME, "IN");
            None
        }
    }
}
