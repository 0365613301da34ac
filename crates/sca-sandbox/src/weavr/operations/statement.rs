//! An account's statement, which needs a stepped-up token.

use serde_json::json;

use crate::kit::response::ApiResponse;
use crate::weavr::call::ApiCall;
use crate::weavr::errors::{not_found, step_up_required};
use crate::weavr::state::WeavrState;

pub(super) fn read(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let currency = state
        .customers
        .get(&call.context.user)
        .and_then(|customer| customer.currency_of(call.parameter("id")))
        .ok_or_else(not_found)?;
    if !state.tokens.is_stepped_up(&call.context.token) {
        return Err(step_up_required(&call.context.behaviour));
    }
    let day = 24 * 60 * 60 * 1000_i64;
    let mut balance = 100_000_i64;
    let mut entries = Vec::new();
    for (number, (days_ago, adjustment)) in [(9, 240_000), (5, -115_000), (1, -8640)].into_iter().enumerate() {
        balance = balance.saturating_add(adjustment);
        entries.push(json!({
            "entryId": number.saturating_add(1).to_string(),
            "transaction": {"type": "managed_accounts_deposits", "id": number.saturating_add(1).to_string()},
            "balanceAdjustment": {"currency": currency, "amount": adjustment},
            "balanceAfter": {"currency": currency, "amount": balance},
            "timestamp": call.context.now.saturating_sub(day.saturating_mul(days_ago)),
        }));
    }
    Ok(ApiResponse::ok(&json!({
        "openingBalance": {"currency": currency, "amount": 100_000},
        "closingBalance": {"currency": currency, "amount": balance},
        "count": entries.len(),
        "responseCount": entries.len(),
        "entries": entries,
    })))
}
