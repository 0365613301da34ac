//! Wires and sends: created, read, cancelled.

use serde_json::{Value, json};

use crate::kit::clock::after_seconds;
use crate::kit::json::set;
use crate::kit::response::ApiResponse;
use crate::weavr::body::Body;
use crate::weavr::customer::Customer;

use crate::weavr::call::ApiCall;
use crate::weavr::errors::{conflict, not_found, step_up_required};
use crate::weavr::exemption::Exemption;
use crate::weavr::payees::Payee;
use crate::weavr::resource::{Amount, Kind, Resource, State};
use crate::weavr::state::WeavrState;
use crate::weavr::transitions::completion_time;

/// What is needed to create a payment.
struct Order {
    kind: Kind,
    profile: String,
    source: String,
    amount: Amount,
    destination: Value,
    /// Whether it goes to a confirmed payee.
    trusted: bool,
}

pub(super) fn create_wire(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let mut body = Body::read(&call.body);
    let profile = body.id("/profileId", "profileId");
    let source = body.id("/sourceInstrument/id", "sourceInstrument");
    let amount = body.amount("/transferAmount", "transferAmount");
    let destination = body.at("/destinationBeneficiary").cloned().unwrap_or_default();
    let payee = body.optional("/destinationBeneficiary/beneficiaryId");
    let iban = body.optional("/destinationBeneficiary/iban").is_some();
    let sort_code = body.optional("/destinationBeneficiary/sortCode").is_some()
        && body.optional("/destinationBeneficiary/accountNumber").is_some();
    if payee.is_none() {
        body.text("/destinationBeneficiary/name", "destinationBeneficiary.name");
        if !iban && !sort_code {
            body.invalid("destinationBeneficiary", "REQUIRED");
        }
    }
    let description = body.optional("/description").unwrap_or_default();
    let longest = if iban { 35 } else { 18 };
    if (iban && description.is_empty()) || description.chars().count() > longest {
        body.invalid("description", "SIZE");
    }
    body.done(call.context.behaviour.bad_request)?;
    let (destination, trusted) = match payee {
        None => (destination, false),
        Some(id) => payee_destination(state, call, &id, Payee::wire_destination)?,
    };
    let order = Order {
        kind: Kind::OutgoingWireTransfers,
        profile,
        source,
        amount,
        destination,
        trusted,
    };
    create(state, call, &body, order)
}

pub(super) fn create_send(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let mut body = Body::read(&call.body);
    let profile = body.id("/profileId", "profileId");
    let source = body.id("/source/id", "source");
    let amount = body.amount("/destinationAmount", "destinationAmount");
    let payee = body.optional("/destination/beneficiaryId");
    if payee.is_none() {
        body.id("/destination/id", "destination");
    }
    body.done(call.context.behaviour.bad_request)?;
    let (destination, trusted) = match payee {
        None => (body.at("/destination").cloned().unwrap_or_default(), false),
        Some(id) => payee_destination(state, call, &id, Payee::send_destination)?,
    };
    let target = destination.get("id").and_then(Value::as_str).unwrap_or_default();
    if target == source {
        return Err(conflict("SOURCE_AND_DESTINATION_MUST_BE_DIFFERENT"));
    }
    let receiver = state
        .customers
        .values()
        .find(|customer| customer.currency_of(target).is_some())
        .ok_or_else(|| conflict("DESTINATION_NOT_FOUND"))?;
    let sender = state.customers.get(&call.context.user).ok_or_else(not_found)?;
    if receiver.identity == sender.identity {
        return Err(conflict("DESTINATION_BELONGS_TO_SAME_IDENTITY"));
    }
    if receiver.currency_of(target) != Some(amount.currency.as_str()) {
        return Err(conflict("CURRENCY_MISMATCH"));
    }
    let order = Order {
        kind: Kind::Sends,
        profile,
        source,
        amount,
        destination,
        trusted,
    };
    create(state, call, &body, order)
}

/// Where a payment to a payee goes, and whether the payee is trusted.
fn payee_destination(
    state: &WeavrState,
    call: &ApiCall,
    id: &str,
    destination: fn(&Payee) -> Option<Value>,
) -> Result<(Value, bool), ApiResponse> {
    let (payee, is_trusted) = state
        .payee_for(&call.context.user, id)
        .ok_or_else(|| conflict("BENEFICIARY_NOT_FOUND"))?;
    let destination = destination(payee).ok_or_else(|| conflict("BENEFICIARY_TYPE_INVALID"))?;
    Ok((destination, is_trusted))
}

fn create(state: &mut WeavrState, call: &ApiCall, body: &Body, order: Order) -> Result<ApiResponse, ApiResponse> {
    let behaviour = call.context.behaviour;
    let customer = state.customers.get_mut(&call.context.user).ok_or_else(not_found)?;
    let right_profile = match order.kind {
        Kind::OutgoingWireTransfers => &customer.profiles.wires,
        Kind::Sends => &customer.profiles.sends,
    };
    if *right_profile != order.profile {
        return Err(conflict("PROFILE_NOT_FOUND"));
    }
    match customer.currency_of(&order.source) {
        None => return Err(conflict("SOURCE_NOT_FOUND")),
        Some(currency) if currency != order.amount.currency => return Err(conflict("CURRENCY_MISMATCH")),
        Some(_) => {}
    }
    if order.amount.minor <= 0 {
        return Err(conflict("AMOUNT_INVALID"));
    }
    let exemption = if order.trusted {
        Some(Exemption::TrustedBeneficiary)
    } else if behaviour.low_value {
        count_low_value(customer, &order.amount)
    } else {
        None
    };
    let checked = behaviour.payee_check && order.kind == Kind::OutgoingWireTransfers;
    let initial_state = match (exemption, order.kind) {
        _ if checked => State::PendingConfirmation,
        (None, Kind::OutgoingWireTransfers | Kind::Sends) => State::PendingChallenge,
        (Some(_), Kind::OutgoingWireTransfers) => State::Submitted,
        (Some(_), Kind::Sends) => State::Initialised,
    };
    let identity = customer.identity.clone();
    let id = state.new_id();
    let resource = Resource {
        id: id.clone(),
        kind: order.kind,
        identity,
        owner: call.context.user.clone(),
        profile: order.profile,
        tag: body.optional("/tag"),
        source: order.source,
        amount: order.amount,
        destination: order.destination,
        description: body.optional("/description"),
        scheduled: body.optional("/scheduledTimestamp"),
        completes_at: exemption.and_then(|_| completion_time(&behaviour, call.context.now)),
        state: initial_state,
        rejected: None,
        exemption,
        cancellation: None,
        checked,
        created_at: call.context.now,
        expires_at: after_seconds(call.context.now, behaviour.pending_seconds),
        completed_at: None,
        patch: None,
        stale: None,
    };
    let shown = resource.to_json(behaviour.amounts);
    state.add_resource(resource);
    Ok(ApiResponse::ok(&shown))
}

/// Counts a payment that is small enough to be exempt.
fn count_low_value(customer: &mut Customer, amount: &Amount) -> Option<Exemption> {
    let counters = customer.low_value.get(&amount.currency).copied().unwrap_or_default();
    let after = counters.after(&amount.currency, amount.minor)?;
    customer.low_value.insert(amount.currency.clone(), after);
    Some(Exemption::LowValue)
}

pub(super) fn read(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    may_read(state, call)?;
    let id = find(state, call)?;
    let resource = state.resources.get_mut(&id).ok_or_else(not_found)?;
    let shown = match resource.stale.take() {
        None | Some((_, 0)) => resource.to_json(call.context.behaviour.amounts),
        Some((before, left)) => {
            resource.stale = Some((before.clone(), left.saturating_sub(1)));
            before
        }
    };
    Ok(ApiResponse::ok(&shown))
}

pub(super) fn list(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    may_read(state, call)?;
    let identity = state
        .customers
        .get(&call.context.user)
        .map(|customer| &customer.identity);
    let found: Vec<Value> = state
        .resources
        .values()
        .rev()
        .filter(|resource| Some(resource.kind) == call.context.kind && Some(&resource.identity) == identity)
        .map(|resource| resource.to_json(call.context.behaviour.amounts))
        .collect();
    let name = match call.context.kind {
        Some(Kind::Sends) => "send",
        Some(Kind::OutgoingWireTransfers) | None => "transfer",
    };
    let mut response = json!({"count": found.len(), "responseCount": found.len()});
    set(&mut response, name, found);
    Ok(ApiResponse::ok(&response))
}

pub(super) fn cancel(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let reason = Body::read(&call.body).optional("/cancellationReason");
    change(
        state,
        call,
        &[State::PendingChallenge, State::PendingConfirmation, State::Scheduled],
        |resource| {
            resource.state = State::Cancelled;
            resource.cancellation = reason;
        },
    )
}

pub(super) fn confirm(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    change(state, call, &[State::PendingConfirmation], |resource| {
        resource.state = match resource.exemption {
            None => State::PendingChallenge,
            Some(Exemption::LowValue | Exemption::TrustedBeneficiary) => State::Submitted,
        };
    })
}

fn change(
    state: &mut WeavrState,
    call: &ApiCall,
    allowed: &[State],
    change: impl FnOnce(&mut Resource),
) -> Result<ApiResponse, ApiResponse> {
    let id = find(state, call)?;
    if !state
        .resources
        .get(&id)
        .is_some_and(|resource| allowed.contains(&resource.state))
    {
        return Err(conflict("INVALID_STATE"));
    }
    state.change_resource(&id, |resource, _| change(resource));
    let resource = state.resources.get(&id).ok_or_else(not_found)?;
    Ok(ApiResponse::ok(&resource.to_json(call.context.behaviour.amounts)))
}

/// The id in the path, when it names a payment of this kind that the caller may see.
fn find(state: &WeavrState, call: &ApiCall) -> Result<String, ApiResponse> {
    state
        .resource_for(&call.context.user, call.parameter("id"))
        .filter(|resource| Some(resource.kind) == call.context.kind)
        .map(|resource| resource.id.clone())
        .ok_or_else(not_found)
}

fn may_read(state: &WeavrState, call: &ApiCall) -> Result<(), ApiResponse> {
    if call.context.behaviour.reads_need_step_up && !state.tokens.is_stepped_up(&call.context.token) {
        Err(step_up_required(&call.context.behaviour))
    } else {
        Ok(())
    }
}
