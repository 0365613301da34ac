//! `GET .../auth/jose/response/public-keys`: Wise's key for encrypted payloads.

use axum::http::StatusCode;
use serde_json::Value;

use crate::kit::response::ApiResponse;
use crate::wise::call::ApiCall;
use crate::wise::errors;
use crate::wise::fault::ResponseMutation;
use crate::wise::state::WiseState;

pub(super) fn serve(state: &WiseState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    if call.query("algorithm").as_deref() != Some("RSA_OAEP_256") {
        return Err(invalid("algorithm", "The only algorithm simulated is RSA_OAEP_256"));
    }
    if call.query("scope").as_deref() != Some("PAYLOAD_ENCRYPTION") {
        return Err(invalid("scope", "The only scope simulated is PAYLOAD_ENCRYPTION"));
    }
    let version = call.query("version").map(|version| version.parse()).transpose();
    let version = version.map_err(|_| invalid("version", "The version is a whole number"))?;
    let key = state
        .keys
        .find(version)
        .ok_or_else(|| errors::client_error(StatusCode::NOT_FOUND, "key.not.found", "There is no such key"))?;
    let served = match &call.context.mutation {
        Some(ResponseMutation::WrongKey) => state.keys.foreign_key_json(),
        Some(ResponseMutation::WeakKey) => state.keys.weak_key_json(),
        Some(ResponseMutation::KeyArray) => Ok(Value::Array(vec![key.to_json()])),
        Some(ResponseMutation::InvalidPem | ResponseMutation::UnknownChallenge(_)) | None => Ok(key.to_json()),
    };
    served.map(|served| ApiResponse::ok(&served)).map_err(|error| {
        tracing::error!(%error, "no key could be generated");
        errors::unexpected()
    })
}

fn invalid(parameter: &str, message: &str) -> ApiResponse {
    errors::client_error_at(StatusCode::BAD_REQUEST, "parameter.invalid", message, parameter)
}
