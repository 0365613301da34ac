//! `GET .../transfers/{id}`: what a transfer is about.

use serde_json::json;

use super::customer;
use crate::answer::Answer;
use crate::wise::call::Call;
use crate::wise::generation::Generation;
use crate::wise::world::World;

pub(super) fn show(world: &World, call: &Call, user: u64) -> Answer {
    let customer = match customer(world, user) {
        Ok(customer) => customer,
        Err(answer) => return answer,
    };
    let Some(transfer) = call.number("transfer").and_then(|id| customer.transfer(id)) else {
        return Answer::not_found(call.uri.path());
    };
    // The older API prints instants with a space and without a zone.
    let created = match call.generation {
        Generation::First | Generation::Second => transfer.created.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Generation::Calendar => transfer.created.to_string(),
    };
    Answer::ok(&json!({
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
    }))
}
