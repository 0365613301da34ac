//! `/control/clock`: moves the shared clock, or the clock of one of Wise's customers.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;

use crate::kit::control::JsonResult;
use crate::kit::control::behaviour::no_such_customer;
use crate::wise::state::Wise;

pub(super) fn router() -> Router<Wise> {
    Router::new().route("/control/clock/advance", post(advance))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Advance {
    seconds: u32,
    /// Left out: the clock that all simulators share.
    #[serde(default)]
    user_id: Option<u64>,
}

async fn advance(State(wise): State<Wise>, Json(Advance { seconds, user_id }): Json<Advance>) -> JsonResult {
    let Some(user) = user_id else {
        wise.environment().advance_clock(seconds);
        return Ok(Json(json!({"now": wise.environment().clock.now()})));
    };
    let mut state = wise.lock();
    let customer = state.customers.get_mut(&user).ok_or_else(|| no_such_customer(user))?;
    let by = SignedDuration::from_secs(i64::from(seconds));
    customer.ahead = customer.ahead.saturating_add(by);
    let customer = state.customers.get(&user).ok_or_else(|| no_such_customer(user))?;
    Ok(Json(json!({"now": state.now_of(customer)})))
}
