//! `GET .../auth/jose/response/public-keys`: Wise's key for encrypted payloads.

use axum::http::StatusCode;
use serde_json::Value;

use crate::answer::Answer;
use crate::wise::call::Call;
use crate::wise::fault::Twist;
use crate::wise::world::World;

pub(super) fn serve(world: &World, call: &Call) -> Answer {
    if call.query("algorithm").as_deref() != Some("RSA_OAEP_256") {
        return invalid("algorithm", "The only algorithm simulated is RSA_OAEP_256");
    }
    if call.query("scope").as_deref() != Some("PAYLOAD_ENCRYPTION") {
        return invalid("scope", "The only scope simulated is PAYLOAD_ENCRYPTION");
    }
    let version = match call.query("version") {
        None => None,
        Some(text) => match text.parse() {
            Ok(version) => Some(version),
            Err(_) => return invalid("version", "The version is a whole number"),
        },
    };
    let Some(key) = world.keys.find(version) else {
        return Answer::client_error(StatusCode::NOT_FOUND, "key.not.found", "There is no such key");
    };
    let served = match &call.twist {
        Some(Twist::WrongKey) => world.keys.foreign_key_json(),
        Some(Twist::WeakKey) => world.keys.weak_key_json(),
        Some(Twist::KeyArray) => Ok(Value::Array(vec![key.to_json()])),
        Some(Twist::UnknownChallenge(_)) | None => Ok(key.to_json()),
    };
    match served {
        Ok(served) => Answer::ok(&served),
        Err(error) => {
            tracing::error!(%error, "no key could be made");
            Answer::unexpected()
        }
    }
}

fn invalid(parameter: &str, message: &str) -> Answer {
    Answer::client_error_at(StatusCode::BAD_REQUEST, "parameter.invalid", message, parameter)
}
