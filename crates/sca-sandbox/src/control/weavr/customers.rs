//! Customers: made, looked at, locked out.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, no_such_customer};
use crate::field::set;
use crate::state::SandboxState;
use crate::weavr::behaviour::Behaviour;
use crate::weavr::customer::{Channel, Customer, FactorStatus, Identity, IdentityType};
use crate::weavr::exemption::LowValue;
use crate::weavr::seed;
use crate::weavr::world::Weavr;

/// How long a lock lasts.
const LOCKED_MILLISECONDS: i64 = 30 * 60 * 1000;

/// What a new customer is to be like; a field left out is as with the others.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wanted {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    /// The user id of somebody of the same identity.
    colleague_of: Option<String>,
    factors: Option<BTreeMap<Channel, FactorStatus>>,
    behaviour: Option<Behaviour>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    seconds: u32,
}

pub(super) async fn create(
    State(state): State<SandboxState>,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let mut weavr = state.weavr();
    let user = weavr.fresh_id();
    let (identity, accounts) = match &wanted.colleague_of {
        Some(other) => {
            let other = weavr.customers.get(other).ok_or_else(|| no_such_customer(other))?;
            (other.identity.clone(), other.accounts.clone())
        }
        None => {
            let identity = Identity {
                kind: IdentityType::Corporate,
                id: weavr.fresh_id(),
            };
            (identity, seed::accounts(&weavr.fresh_id(), &weavr.fresh_id()))
        }
    };
    let name = wanted.name.as_deref().unwrap_or("Ann Bell");
    let email = wanted.email.unwrap_or_else(|| format!("user-{user}@example.com"));
    let root = wanted.colleague_of.is_none();
    let mut customer = seed::customer(&user, name, &email, identity, root, accounts, wanted.factors);
    customer.behaviour = wanted.behaviour.unwrap_or(weavr.default_behaviour);
    if wanted.phone.is_some() {
        customer.phone = wanted.phone;
    }
    let mut shown = to_json(&customer);
    weavr.customers.insert(user.clone(), customer);
    let now = weavr.now;
    set(&mut shown, "token", weavr.tokens.give(&user, now));
    Ok((StatusCode::CREATED, Json(shown)))
}

pub(super) async fn show(State(state): State<SandboxState>, Path(user): Path<String>) -> Result<Json<Value>, Refusal> {
    let weavr = state.weavr();
    let customer = weavr.customers.get(&user).ok_or_else(|| no_such_customer(&user))?;
    let mut shown = to_json(customer);
    let low_value: BTreeMap<&String, LowValue> = customer
        .accounts
        .keys()
        .map(|currency| (currency, customer.low_value.get(currency).copied().unwrap_or_default()))
        .collect();
    set(&mut shown, "lowValue", json!(low_value));
    set(&mut shown, "lockedUntil", json!(customer.locked_until));
    set(&mut shown, "behaviour", json!(customer.behaviour));
    Ok(Json(shown))
}

fn to_json(customer: &Customer) -> Value {
    json!({
        "userId": customer.user,
        "identity": customer.identity,
        "email": customer.email,
        "password": customer.password,
        "name": customer.name,
        "phone": customer.phone,
        "profiles": customer.profiles,
        "accounts": customer.accounts,
        "factors": customer.factors,
    })
}

pub(super) async fn set_factors(
    State(state): State<SandboxState>,
    Path(user): Path<String>,
    Json(factors): Json<BTreeMap<Channel, FactorStatus>>,
) -> Result<StatusCode, Refusal> {
    change(&state, &user, |weavr| {
        if let Some(customer) = weavr.customers.get_mut(&user) {
            customer.factors = factors;
        }
    })
}

pub(super) async fn advance(
    State(state): State<SandboxState>,
    Path(user): Path<String>,
    Json(Advance { seconds }): Json<Advance>,
) -> Result<StatusCode, Refusal> {
    change(&state, &user, |weavr| {
        if let Some(customer) = weavr.customers.get_mut(&user) {
            let by = i64::from(seconds).saturating_mul(1000);
            customer.ahead = customer.ahead.saturating_add(by);
        }
        weavr.settle_soon();
    })
}

pub(super) async fn logout(State(state): State<SandboxState>, Path(user): Path<String>) -> Result<StatusCode, Refusal> {
    change(&state, &user, |weavr| weavr.tokens.end_all(&user))
}

pub(super) async fn lock(State(state): State<SandboxState>, Path(user): Path<String>) -> Result<StatusCode, Refusal> {
    change(&state, &user, |weavr| {
        let until = weavr.now_of(&user).saturating_add(LOCKED_MILLISECONDS);
        if let Some(customer) = weavr.customers.get_mut(&user) {
            customer.locked_until = Some(until);
        }
    })
}

fn change(state: &SandboxState, user: &str, change: impl FnOnce(&mut Weavr)) -> Result<StatusCode, Refusal> {
    let mut weavr = state.weavr();
    if !weavr.customers.contains_key(user) {
        return Err(no_such_customer(user));
    }
    change(&mut weavr);
    weavr.touch();
    Ok(StatusCode::NO_CONTENT)
}
