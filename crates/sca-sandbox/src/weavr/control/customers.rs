//! `.../customers`: customers created, shown, logged out and locked.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kit::clock::after_seconds;
use crate::kit::control::behaviour::no_such_customer;
use crate::kit::control::{Advance, JsonResult, Refusal};
use crate::kit::json::set;
use crate::weavr::behaviour::Behaviour;
use crate::weavr::customer::{Channel, Customer, FactorStatus, Identity, IdentityType};
use crate::weavr::exemption::LowValue;
use crate::weavr::operations::login::LOCK_MS;
use crate::weavr::seed;
use crate::weavr::state::{Weavr, WeavrState};

pub(super) fn router() -> Router<Weavr> {
    let path = |rest: &str| format!("/control/weavr/customers/{{user}}{rest}");
    Router::new()
        .route("/control/weavr/customers", post(create))
        .route(&path(""), get(show))
        .route(&path("/factors"), put(set_factors))
        .route(&path("/advance"), post(advance))
        .route(&path("/logout"), post(logout))
        .route(&path("/lock"), post(lock))
}

/// A new customer; a field left out has its default.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewCustomer {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    /// The user id of a customer with the same identity.
    colleague_of: Option<String>,
    factors: Option<BTreeMap<Channel, FactorStatus>>,
    behaviour: Option<Behaviour>,
}

async fn create(
    State(weavr): State<Weavr>,
    Json(new): Json<NewCustomer>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let mut state = weavr.lock();
    let user = state.new_id();
    let (identity, accounts) = match &new.colleague_of {
        Some(other) => {
            let other = state.customers.get(other).ok_or_else(|| no_such_customer(other))?;
            (other.identity.clone(), other.accounts.clone())
        }
        None => {
            let identity = Identity {
                kind: IdentityType::Corporate,
                id: state.new_id(),
            };
            (identity, seed::accounts(&state.new_id(), &state.new_id()))
        }
    };
    let name = new.name.as_deref().unwrap_or("Ann Bell");
    let email = new.email.unwrap_or_else(|| format!("user-{user}@example.com"));
    let root = new.colleague_of.is_none();
    let mut customer = seed::customer(&user, name, &email, identity, root, accounts, new.factors);
    customer.behaviour = new.behaviour.unwrap_or(state.default_behaviour);
    if new.phone.is_some() {
        customer.phone = new.phone;
    }
    let mut shown = to_json(&customer);
    state.customers.insert(user.clone(), customer);
    let now = state.timeline.now_ms();
    set(&mut shown, "token", state.tokens.issue(&user, now));
    Ok((StatusCode::CREATED, Json(shown)))
}

async fn show(State(weavr): State<Weavr>, Path(user): Path<String>) -> JsonResult {
    let state = weavr.lock();
    let customer = state.customers.get(&user).ok_or_else(|| no_such_customer(&user))?;
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

async fn set_factors(
    State(weavr): State<Weavr>,
    Path(user): Path<String>,
    Json(factors): Json<BTreeMap<Channel, FactorStatus>>,
) -> Result<StatusCode, Refusal> {
    change(&weavr, &user, |state| {
        if let Some(customer) = state.customers.get_mut(&user) {
            customer.factors = factors;
        }
    })
}

async fn advance(
    State(weavr): State<Weavr>,
    Path(user): Path<String>,
    Json(Advance { seconds }): Json<Advance>,
) -> Result<StatusCode, Refusal> {
    change(&weavr, &user, |state| {
        if let Some(customer) = state.customers.get_mut(&user) {
            customer.ahead_ms = after_seconds(customer.ahead_ms, seconds);
        }
        state.recompute_due();
    })
}

async fn logout(State(weavr): State<Weavr>, Path(user): Path<String>) -> Result<StatusCode, Refusal> {
    change(&weavr, &user, |state| state.tokens.revoke_all(&user))
}

async fn lock(State(weavr): State<Weavr>, Path(user): Path<String>) -> Result<StatusCode, Refusal> {
    change(&weavr, &user, |state| {
        let until = state.now_of(&user).saturating_add(LOCK_MS);
        if let Some(customer) = state.customers.get_mut(&user) {
            customer.locked_until = Some(until);
        }
    })
}

fn change(weavr: &Weavr, user: &str, change: impl FnOnce(&mut WeavrState)) -> Result<StatusCode, Refusal> {
    let mut state = weavr.lock();
    if !state.customers.contains_key(user) {
        return Err(no_such_customer(user));
    }
    change(&mut state);
    state.timeline.mark_changed();
    Ok(StatusCode::NO_CONTENT)
}
