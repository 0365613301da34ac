//! Tokens.

use axum::http::StatusCode;
use serde_json::json;

use crate::answer::Answer;
use crate::weavr::body::Body;
use crate::weavr::door::Call;
use crate::weavr::world::Weavr;

/// So many wrong passwords in a row lock the login for so long.
const WRONG_PASSWORDS: u32 = 5;
pub(crate) const LOCKED_MILLISECONDS: i64 = 30 * 60 * 1000;

pub(super) fn with_password(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let mut body = Body::read(&call.body);
    let email = body.text("/email", "email");
    let password = body.text("/password/value", "password");
    body.done(call.behaviour.bad_request)?;
    let wrong = || Answer::json(StatusCode::FORBIDDEN, &json!({"errorCode": "INVALID_CREDENTIALS"}));
    let world_now = weavr.now;
    let customer = weavr
        .customers
        .values_mut()
        .find(|customer| customer.email == email)
        .ok_or_else(wrong)?;
    let now = world_now.saturating_add(customer.ahead);
    if customer.locked_until.is_some_and(|until| until > now) {
        return Err(Answer::empty(StatusCode::LOCKED));
    }
    if customer.password != password {
        customer.wrong_passwords = customer.wrong_passwords.saturating_add(1);
        if customer.wrong_passwords < WRONG_PASSWORDS {
            return Err(wrong());
        }
        customer.wrong_passwords = 0;
        customer.locked_until = Some(now.saturating_add(LOCKED_MILLISECONDS));
        return Err(Answer::empty(StatusCode::LOCKED));
    }
    customer.wrong_passwords = 0;
    let token = weavr.tokens.give(&customer.user, now);
    Ok(Answer::ok(&json!({
        "token": token,
        "tokenType": "ACCESS",
        "identity": customer.identity,
        "credentials": customer.credentials(),
    })))
}

pub(super) fn access_token(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let mut body = Body::read(&call.body);
    let identity = body.id("/identity/id", "identity");
    body.done(call.behaviour.bad_request)?;
    let forbidden = || Answer::json(StatusCode::FORBIDDEN, &json!({"errorCode": "INSUFFICIENT_PERMISSIONS"}));
    let customer = weavr
        .customers
        .get(&call.user)
        .filter(|customer| customer.identity.id == identity)
        .ok_or_else(forbidden)?;
    let token = weavr.tokens.give(&call.user, call.now);
    Ok(Answer::ok(&json!({
        "token": token,
        "identity": customer.identity,
        "credentials": customer.credentials(),
        "status": "STANDARD",
    })))
}

pub(super) fn logout(weavr: &mut Weavr, call: &Call) -> Answer {
    weavr.tokens.end(&call.token);
    Answer::empty(StatusCode::NO_CONTENT)
}
