//! `.../behaviour`: the switches, for one customer and for all.

use std::fmt;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::put;
use axum::{Json, Router};
use serde::de::DeserializeOwned;

use super::{Refusal, not_found};
use crate::kit::simulator::{Simulator, SimulatorState};

/// A simulator with one behaviour for each customer.
pub(crate) trait HasCustomers: SimulatorState {
    /// A customer's user id.
    type User: DeserializeOwned + fmt::Display + Send + 'static;
    type Behaviour: Clone + DeserializeOwned + Send + 'static;

    fn behaviour(&mut self, user: &Self::User) -> Option<&mut Self::Behaviour>;

    /// Sets the behaviour towards all customers, those created later included.
    fn set_behaviour_for_all(&mut self, behaviour: Self::Behaviour);
}

/// `PUT {base}/behaviour` and `PUT {base}/customers/{user}/behaviour`.
pub(crate) fn router<S: HasCustomers>(base: &str) -> Router<Simulator<S>> {
    Router::new()
        .route(&format!("{base}/behaviour"), put(set_for_all::<S>))
        .route(
            &format!("{base}/customers/{{user}}/behaviour"),
            put(set_for_customer::<S>),
        )
}

/// The refusal for an unknown user id.
pub(crate) fn no_such_customer(user: impl fmt::Display) -> Refusal {
    not_found(format!("there is no customer with the user id {user}"))
}

async fn set_for_customer<S: HasCustomers>(
    State(simulator): State<Simulator<S>>,
    Path(user): Path<S::User>,
    Json(behaviour): Json<S::Behaviour>,
) -> Result<StatusCode, Refusal> {
    match simulator.lock().behaviour(&user) {
        None => return Err(no_such_customer(user)),
        Some(current) => *current = behaviour,
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn set_for_all<S: HasCustomers>(
    State(simulator): State<Simulator<S>>,
    Json(behaviour): Json<S::Behaviour>,
) -> StatusCode {
    simulator.lock().set_behaviour_for_all(behaviour);
    StatusCode::NO_CONTENT
}
