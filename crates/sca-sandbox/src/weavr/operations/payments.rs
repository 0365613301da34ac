//! Wires and sends: made, read, given up.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::field::set;
use crate::weavr::body::Body;
use crate::weavr::customer::Customer;
use crate::weavr::door::Call;
use crate::weavr::errors::{conflict, not_found, step_up_required};
use crate::weavr::exemption::Exemption;
use crate::weavr::resource::{Amount, Kind, Resource, State};
use crate::weavr::transitions::completion;
use crate::weavr::world::Weavr;

/// What a payment needs to be made.
struct Order {
    kind: Kind,
    profile: String,
    source: String,
    amount: Amount,
    destination: Value,
    /// Whether it goes to a payee that was confirmed before.
    trusted: bool,
}

pub(super) fn create_wire(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
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
            body.wrong("destinationBeneficiary", "REQUIRED");
        }
    }
    let description = body.optional("/description").unwrap_or_default();
    let longest = if iban { 35 } else { 18 };
    if (iban && description.is_empty()) || description.chars().count() > longest {
        body.wrong("description", "SIZE");
    }
    body.done(call.behaviour.bad_request)?;
    let (destination, trusted) = match payee {
        None => (destination, false),
        Some(id) => match weavr.payee_for(&call.user, &id) {
            None => return Err(conflict("BENEFICIARY_NOT_FOUND")),
            Some((payee, trusted)) => {
                let destination = payee
                    .wire_destination()
                    .ok_or_else(|| conflict("BENEFICIARY_TYPE_INVALID"))?;
                (destination, trusted)
            }
        },
    };
    let order = Order {
        kind: Kind::OutgoingWireTransfers,
        profile,
        source,
        amount,
        destination,
        trusted,
    };
    create(weavr, call, &body, order)
}

pub(super) fn create_send(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let mut body = Body::read(&call.body);
    let profile = body.id("/profileId", "profileId");
    let source = body.id("/source/id", "source");
    let amount = body.amount("/destinationAmount", "destinationAmount");
    let payee = body.optional("/destination/beneficiaryId");
    if payee.is_none() {
        body.id("/destination/id", "destination");
    }
    body.done(call.behaviour.bad_request)?;
    let (destination, trusted) = match payee {
        None => (body.at("/destination").cloned().unwrap_or_default(), false),
        Some(id) => match weavr.payee_for(&call.user, &id) {
            None => return Err(conflict("BENEFICIARY_NOT_FOUND")),
            Some((payee, trusted)) => {
                let destination = payee
                    .send_destination()
                    .ok_or_else(|| conflict("BENEFICIARY_TYPE_INVALID"))?;
                (destination, trusted)
            }
        },
    };
    let target = destination.get("id").and_then(Value::as_str).unwrap_or_default();
    if target == source {
        return Err(conflict("SOURCE_AND_DESTINATION_MUST_BE_DIFFERENT"));
    }
    let receiver = weavr
        .customers
        .values()
        .find(|customer| customer.currency_of(target).is_some())
        .ok_or_else(|| conflict("DESTINATION_NOT_FOUND"))?;
    let sender = weavr.customers.get(&call.user).ok_or_else(not_found)?;
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
    create(weavr, call, &body, order)
}

fn create(weavr: &mut Weavr, call: &Call, body: &Body, order: Order) -> Result<Answer, Answer> {
    let behaviour = call.behaviour;
    let customer = weavr.customers.get_mut(&call.user).ok_or_else(not_found)?;
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
    let state = match (exemption, order.kind) {
        _ if checked => State::PendingConfirmation,
        (None, Kind::OutgoingWireTransfers | Kind::Sends) => State::PendingChallenge,
        (Some(_), Kind::OutgoingWireTransfers) => State::Submitted,
        (Some(_), Kind::Sends) => State::Initialised,
    };
    let pending = i64::from(behaviour.pending_seconds).saturating_mul(1000);
    let identity = customer.identity.clone();
    let id = weavr.fresh_id();
    let resource = Resource {
        id: id.clone(),
        kind: order.kind,
        identity,
        owner: call.user.clone(),
        profile: order.profile,
        tag: body.optional("/tag"),
        source: order.source,
        amount: order.amount,
        destination: order.destination,
        description: body.optional("/description"),
        scheduled: body.optional("/scheduledTimestamp"),
        completes_at: exemption.and_then(|_| completion(&behaviour, call.now)),
        state,
        rejected: None,
        exemption,
        cancellation: None,
        checked,
        created_at: call.now,
        expires_at: call.now.saturating_add(pending),
        completed_at: None,
        patch: None,
        stale: None,
    };
    let shown = resource.to_json(behaviour.amounts);
    weavr.add_resource(resource);
    Ok(Answer::ok(&shown))
}

/// Counts a payment that is small enough.
fn count_low_value(customer: &mut Customer, amount: &Amount) -> Option<Exemption> {
    let counters = customer.low_value.get(&amount.currency).copied().unwrap_or_default();
    let after = counters.after(&amount.currency, amount.minor)?;
    customer.low_value.insert(amount.currency.clone(), after);
    Some(Exemption::LowValue)
}

pub(super) fn read(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    may_read(weavr, call)?;
    let id = find(weavr, call)?;
    let resource = weavr.resources.get_mut(&id).ok_or_else(not_found)?;
    let shown = match resource.stale.take() {
        None | Some((_, 0)) => resource.to_json(call.behaviour.amounts),
        Some((before, left)) => {
            resource.stale = Some((before.clone(), left.saturating_sub(1)));
            before
        }
    };
    Ok(Answer::ok(&shown))
}

pub(super) fn list(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    may_read(weavr, call)?;
    let identity = weavr.customers.get(&call.user).map(|customer| &customer.identity);
    let found: Vec<Value> = weavr
        .resources
        .values()
        .rev()
        .filter(|resource| Some(resource.kind) == call.kind && Some(&resource.identity) == identity)
        .map(|resource| resource.to_json(call.behaviour.amounts))
        .collect();
    let name = match call.kind {
        Some(Kind::Sends) => "send",
        Some(Kind::OutgoingWireTransfers) | None => "transfer",
    };
    let mut answer = json!({"count": found.len(), "responseCount": found.len()});
    set(&mut answer, name, found);
    Ok(Answer::ok(&answer))
}

pub(super) fn cancel(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let reason = Body::read(&call.body).optional("/cancellationReason");
    change(
        weavr,
        call,
        &[State::PendingChallenge, State::PendingConfirmation, State::Scheduled],
        |resource| {
            resource.state = State::Cancelled;
            resource.cancellation = reason;
        },
    )
}

pub(super) fn confirm(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    change(weavr, call, &[State::PendingConfirmation], |resource| {
        resource.state = match resource.exemption {
            None => State::PendingChallenge,
            Some(Exemption::LowValue | Exemption::TrustedBeneficiary) => State::Submitted,
        };
    })
}

fn change(
    weavr: &mut Weavr,
    call: &Call,
    allowed: &[State],
    change: impl FnOnce(&mut Resource),
) -> Result<Answer, Answer> {
    let id = find(weavr, call)?;
    if !weavr
        .resources
        .get(&id)
        .is_some_and(|resource| allowed.contains(&resource.state))
    {
        return Err(conflict("INVALID_STATE"));
    }
    weavr.change_resource(&id, |resource, _| change(resource));
    let resource = weavr.resources.get(&id).ok_or_else(not_found)?;
    Ok(Answer::ok(&resource.to_json(call.behaviour.amounts)))
}

/// The id in the path, when it is that of a payment of this kind that the caller may see.
fn find(weavr: &Weavr, call: &Call) -> Result<String, Answer> {
    weavr
        .resource_for(&call.user, call.parameter("id"))
        .filter(|resource| Some(resource.kind) == call.kind)
        .map(|resource| resource.id.clone())
        .ok_or_else(not_found)
}

fn may_read(weavr: &Weavr, call: &Call) -> Result<(), Answer> {
    if call.behaviour.reads_need_step_up && !weavr.tokens.is_stepped_up(&call.token) {
        Err(step_up_required(&call.behaviour))
    } else {
        Ok(())
    }
}
