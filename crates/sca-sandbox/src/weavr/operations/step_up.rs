//! Stepping a token up.

use axum::http::StatusCode;
use serde_json::json;

use super::challenges::{Resend, issue, newest, verify};
use crate::answer::Answer;
use crate::weavr::behaviour::{Behaviour, ThirdStepUp};
use crate::weavr::body::Body;
use crate::weavr::challenge::{Kind, Status, Subject};
use crate::weavr::door::Call;
use crate::weavr::errors::{conflict, limit_exceeded};
use crate::weavr::world::Weavr;

fn subject(call: &Call) -> Subject {
    Subject::StepUp {
        token: call.token.clone(),
    }
}

pub(super) fn issue_otp(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    issue(weavr, call, subject(call), Kind::Otp, Resend::Limited)?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

pub(super) fn issue_push(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let id = issue(weavr, call, subject(call), Kind::Push, Resend::Limited)?;
    Ok(Answer::ok(&json!({"id": id})))
}

pub(super) fn verify_otp(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let mut body = Body::read(&call.body);
    let code = body.code();
    body.done(call.behaviour.bad_request)?;
    let challenge = newest(weavr, &call.user, &subject(call), Kind::Otp).ok_or_else(|| conflict("STATE_INVALID"))?;
    if challenge.status == Status::Verified {
        return Err(conflict("ALREADY_VERIFIED"));
    }
    let id = challenge.id.clone();
    verify(weavr, call, &id, &code)
}

/// No more SMS for this.
pub(super) fn too_many_codes(subject: &Subject, behaviour: &Behaviour) -> Answer {
    match (subject, behaviour.third_step_up) {
        (Subject::StepUp { .. }, ThirdStepUp::InvalidRequest) => {
            Answer::json(StatusCode::BAD_REQUEST, &json!({"errorCode": "INVALID_REQUEST"}))
        }
        (
            Subject::StepUp { .. } | Subject::Resources { .. } | Subject::Payees { .. } | Subject::Enrolment,
            ThirdStepUp::LimitExceeded | ThirdStepUp::InvalidRequest,
        ) => limit_exceeded(behaviour.spelling),
    }
}
