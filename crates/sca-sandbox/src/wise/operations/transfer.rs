//! `GET .../transfers/{id}`: one transfer.

use serde_json::json;

use crate::kit::response::ApiResponse;
use crate::wise::call::ApiCall;
use crate::wise::errors;
use crate::wise::generation::Generation;
use crate::wise::state::WiseState;

pub(super) fn show(state: &WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let customer = state.customer(user)?;
    let Some(transfer) = call.number("transfer").and_then(|id| customer.transfer(id)) else {
        return Err(errors::not_found(call.uri.path()));
    };
    // The older API prints instants with a space and without a zone.
    let created = match call.route.generation {
        Generation::First | Generation::Second => transfer.created.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Generation::Calendar => transfer.created.to_string(),
    };
    Ok(ApiResponse::ok(&json!({
        "id": transfer.id,
        "user": customer.user,
        "targetAccount": transfer.recipient,
        "sourceAccount": null,
        "quote": null,
        "quoteUuid": transfer.quote,
        "status": if transfer.executed > 0 { "processing" } else { "incoming_payment_waiting" },
        "reference": transfer.reference,
        "rate": transfer.rate,
        "created": created,
        "business": null,
        "transferRequest": null,
        "details": {"reference": transfer.reference},
        "hasActiveIssues": false,
        "sourceCurrency": transfer.source_currency,
        "sourceValue": transfer.source_value.to_number(),
        "targetCurrency": transfer.target_currency,
        "targetValue": transfer.target_value.to_number(),
        "customerTransactionId": transfer.customer_transaction,
    })))
}
