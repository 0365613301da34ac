//! `/control/clock`: time passes at once.

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, no_such_customer};
use crate::state::SandboxState;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Advance {
    seconds: u32,
    /// Left out: for everybody.
    #[serde(default)]
    user_id: Option<u64>,
}

pub(super) async fn advance(
    State(state): State<SandboxState>,
    Json(Advance { seconds, user_id }): Json<Advance>,
) -> Result<Json<Value>, Refusal> {
    let by = SignedDuration::from_secs(i64::from(seconds));
    let mut world = state.world();
    let now: Timestamp = match user_id {
        None => {
            world.clock.advance(by);
            world.clock.now()
        }
        Some(user) => {
            let clock = world.clock;
            let customer = world.customers.get_mut(&user).ok_or_else(|| no_such_customer(user))?;
            customer.clock.advance(by);
            clock.now_with(customer.clock)
        }
    };
    drop(world);
    state.changed();
    Ok(Json(json!({"now": now})))
}
