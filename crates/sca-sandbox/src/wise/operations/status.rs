//! `GET .../one-time-token/status`: the challenges of a token.

use crate::kit::response::ApiResponse;
use crate::wise::call::ApiCall;
use crate::wise::errors;
use crate::wise::protection::named_token;
use crate::wise::state::WiseState;

pub(super) fn show(state: &WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let id = named_token(state, call, user)?;
    let customer = state.customer(user)?;
    let token = state.one_time_tokens.get(&id).ok_or_else(errors::unexpected)?;
    Ok(ApiResponse::ok(
        &token.wrapped(&customer.behaviour, state.now_of(customer)),
    ))
}
