//! What the verifications of a PIN, a device fingerprint and a face map have in common.

use axum::http::StatusCode;

use crate::kit::response::ApiResponse;
use crate::wise::attempts::EnrolledFactor;
use crate::wise::behaviour::{MissingFaceMap, WrongPinBody};
use crate::wise::call::ApiCall;
use crate::wise::customer::Customer;
use crate::wise::errors;
use crate::wise::generation::Generation;
use crate::wise::protection::{named_token, open_low_risk_window};
use crate::wise::state::WiseState;

/// What was sent, compared with what the customer enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// There is nothing to compare it with.
    NotSetUp,
    Different,
    Same,
}

impl Comparison {
    /// From whether it is the same; `None` when nothing is enrolled.
    pub(super) fn of(is_same: Option<bool>) -> Self {
        match is_same {
            None => Self::NotSetUp,
            Some(false) => Self::Different,
            Some(true) => Self::Same,
        }
    }
}

/// Clears the challenge for a factor, or refuses what was sent.
pub(super) fn verify(
    state: &mut WiseState,
    call: &ApiCall,
    user: u64,
    factor: EnrolledFactor,
    compare: impl FnOnce(&Customer) -> Comparison,
) -> Result<ApiResponse, ApiResponse> {
    let id = named_token(state, call, user)?;
    let now = state.now_of(state.customer(user)?);
    let customer = state.customers.get_mut(&user).ok_or_else(errors::invalid_token)?;
    let token = state.one_time_tokens.get_mut(&id).ok_or_else(errors::unexpected)?;
    let refuse = |reason: &str, message: &str| {
        let code = format!("{}.{reason}", factor.code());
        errors::client_error(StatusCode::BAD_REQUEST, &code, &format!("{} {message}", factor.name()))
    };

    if !token.asks_for(&factor.challenge()) {
        return Err(errors::client_error(
            StatusCode::BAD_REQUEST,
            "challenge.not.applicable",
            &format!("The one time token does not ask for a {}", factor.name()),
        ));
    }
    let comparison = compare(customer);
    if comparison == Comparison::NotSetUp {
        return Err(match (factor, customer.behaviour.missing_face_map) {
            (EnrolledFactor::FaceMap, MissingFaceMap::BadRequest) => refuse("not.setup", "has not been setup."),
            (EnrolledFactor::FaceMap, MissingFaceMap::NotFound)
            | (
                EnrolledFactor::Pin | EnrolledFactor::DeviceFingerprint,
                MissingFaceMap::BadRequest | MissingFaceMap::NotFound,
            ) => not_set_up(factor),
        });
    }
    if customer.attempts.at(factor).blocked_at(now).is_some() {
        return Err(refuse("blocked", "is blocked."));
    }
    if comparison == Comparison::Different {
        customer.attempts.at_mut(factor).fail(now);
        return Err(match customer.behaviour.wrong_pin_body {
            WrongPinBody::Empty => ApiResponse::empty(StatusCode::BAD_REQUEST),
            WrongPinBody::Coded => refuse("verification.failed", "verification failed."),
        });
    }
    customer.attempts.at_mut(factor).reset();
    if token.pass(&factor.challenge()) {
        open_low_risk_window(customer, &token.purpose, now);
    }
    Ok(ApiResponse::ok(&match (call.route.generation, factor) {
        (Generation::First, EnrolledFactor::Pin | EnrolledFactor::DeviceFingerprint) => {
            token.wrapped(&customer.behaviour, now)
        }
        (Generation::First, EnrolledFactor::FaceMap) => token.wrapped_anonymously(&customer.behaviour, now),
        (
            Generation::Second | Generation::Calendar,
            EnrolledFactor::Pin | EnrolledFactor::DeviceFingerprint | EnrolledFactor::FaceMap,
        ) => token.flat(&customer.behaviour, now),
    }))
}

/// 404: the customer has no such factor.
pub(super) fn not_set_up(factor: EnrolledFactor) -> ApiResponse {
    errors::client_error(
        StatusCode::NOT_FOUND,
        &format!("{}.not.setup", factor.code()),
        &format!("{} has not been setup.", factor.name()),
    )
}

/// 409: the customer has such a factor already.
pub(super) fn already_set_up(factor: EnrolledFactor) -> ApiResponse {
    errors::client_error(
        StatusCode::CONFLICT,
        &format!("{}.already.setup", factor.code()),
        &format!("{} has already been setup.", factor.name()),
    )
}
