//! `GET .../facetec/public-key`: Wise's key for the export of face maps
//! ([reference](https://docs.wise.com/api-reference/facetec/facetecpublickeyget)).

use axum::http::StatusCode;

use crate::kit::response::ApiResponse;
use crate::wise::call::ApiCall;
use crate::wise::errors;
use crate::wise::face_map::{foreign_public_key, weak_public_key};
use crate::wise::fault::ResponseMutation;
use crate::wise::state::WiseState;

/// A text in PEM that is no key.
const INVALID_PEM: &str = "-----BEGIN PUBLIC KEY-----\nbm90IGEga2V5\n-----END PUBLIC KEY-----\n";

pub(super) fn serve(state: &mut WiseState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let served = match &call.context.mutation {
        Some(ResponseMutation::WrongKey) => foreign_public_key(),
        Some(ResponseMutation::WeakKey) => weak_public_key(),
        Some(ResponseMutation::InvalidPem) => Ok(INVALID_PEM.to_owned()),
        Some(ResponseMutation::KeyArray | ResponseMutation::UnknownChallenge(_)) | None => {
            state.facetec_keys.public_key()
        }
    };
    served
        .map(|pem| ApiResponse::text(StatusCode::OK, pem))
        .map_err(|error| {
            tracing::error!(%error, "no key could be generated");
            errors::unexpected()
        })
}
