//! `POST .../sca-sessions/authorise`: a one-time token that admits low-risk calls for five minutes after it was cleared
//! ([reference](https://docs.wise.com/api-reference/sca-sessions)).

use crate::kit::response::ApiResponse;
use crate::wise::call::ApiCall;
use crate::wise::errors;
use crate::wise::one_time_token::Purpose;
use crate::wise::protection;
use crate::wise::state::WiseState;

pub(super) fn authorise(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let customer = state.customer(user)?.clone();
    let now = state.now_of(&customer);
    let id = protection::create(state, call, &customer, now, Purpose::Session, None)?;
    let token = state.one_time_tokens.get(&id).ok_or_else(errors::unexpected)?;
    Ok(ApiResponse::ok(&token.wrapped_bare(&customer.behaviour, now)))
}
