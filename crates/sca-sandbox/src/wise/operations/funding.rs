//! `POST .../transfers/{id}/payments`: pay a transfer from the balance. Protected, high risk.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::kit::response::ApiResponse;
use crate::wise::call::ApiCall;
use crate::wise::customer::{Payment, Transfer};
use crate::wise::errors;
use crate::wise::generation::Generation;
use crate::wise::protection::{Risk, admit};
use crate::wise::state::WiseState;

#[derive(Deserialize)]
struct Funding {
    #[serde(rename = "type")]
    kind: String,
}

pub(super) fn fund(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let transfer_id = call.number("transfer");
    let exists = transfer_id.is_some_and(|id| {
        state
            .customer(user)
            .is_ok_and(|customer| customer.transfer(id).is_some())
    });
    if !exists {
        return Err(ApiResponse::text(StatusCode::NOT_FOUND, "transfer.not-found"));
    }
    match serde_json::from_slice::<Funding>(&call.body) {
        Ok(Funding { kind }) if kind == "BALANCE" => {}
        Ok(_) => {
            return Err(ApiResponse::text(
                StatusCode::UNPROCESSABLE_ENTITY,
                "payment.type-not-supported",
            ));
        }
        Err(_) => return Err(ApiResponse::text(StatusCode::BAD_REQUEST, "payment.malformed")),
    }
    let admission = admit(state, call, user, Risk::High, Some("TRANSFER__FUND"))?;

    let now = state.now_of(state.customer(user)?);
    let transaction = state.new_id();
    let customer = state.customers.get_mut(&user).ok_or_else(errors::invalid_token)?;
    let transfer = customer
        .transfers
        .iter_mut()
        .find(|transfer| Some(transfer.id) == transfer_id)
        .ok_or_else(|| ApiResponse::text(StatusCode::NOT_FOUND, "transfer.not-found"))?;
    if transfer.executed > 0 {
        transfer.refused_again = transfer.refused_again.saturating_add(1);
        return Err(admission.mark(ApiResponse::text(StatusCode::CONFLICT, "transfer.already-funded")));
    }
    let payable =
        transfer.source_currency == customer.balance.currency && transfer.source_value <= customer.balance.amount;
    if !payable {
        return Ok(admission.mark(rejected(call.route.generation)));
    }
    transfer.executed = transfer.executed.saturating_add(1);
    let Transfer {
        id,
        recipient,
        source_value,
        ..
    } = *transfer;
    let payee = customer
        .recipient(recipient)
        .map(|payee| payee.account_holder_name.clone())
        .unwrap_or_default();
    customer.balance.amount = customer.balance.amount.minus(source_value);
    customer.balance.payments.push(Payment {
        transfer: id,
        at: now,
        amount: source_value,
        payee,
    });
    Ok(admission.mark(completed(call.route.generation, transaction)))
}

fn completed(generation: Generation, transaction: u64) -> ApiResponse {
    match generation {
        Generation::First | Generation::Second => {
            ApiResponse::ok(&json!({"type": "BALANCE", "status": "COMPLETED", "errorCode": null}))
        }
        Generation::Calendar => ApiResponse::json(
            StatusCode::CREATED,
            &json!({"type": "BALANCE", "status": "COMPLETED", "balanceTransactionId": transaction}),
        ),
    }
}

fn rejected(generation: Generation) -> ApiResponse {
    let status = match generation {
        Generation::First | Generation::Second => StatusCode::OK,
        Generation::Calendar => StatusCode::CREATED,
    };
    ApiResponse::json(
        status,
        &json!({"type": "BALANCE", "status": "REJECTED", "errorCode": "balance.insufficient-funds"}),
    )
}
