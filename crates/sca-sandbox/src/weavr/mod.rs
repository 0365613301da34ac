//! Weavr: payments, payees and sessions that a customer confirms by a code or on the phone, and the webhooks about them.
//!
//! The API and the simulator API share one listener; the customer's phone has another. Where
//! [Weavr's documentation](https://api.weavr.io/products/multi/openapi/confirmation-challenges) leaves something open, or
//! contradicts itself, the choice made here is a switch of `PUT /control/weavr/behaviour`.

mod behaviour;
mod body;
mod challenge;
pub(crate) mod control;
mod customer;
mod endpoint;
mod errors;
mod event;
mod exemption;
mod operations;
mod payees;
pub(crate) mod phone;
mod pipeline;
mod resource;
mod routes;
mod seed;
pub(crate) mod state;
mod tokens;
mod transitions;
mod webhook;

pub(crate) use routes::router;

use crate::kit::simulator::Simulator;

/// A handle on the simulated Weavr.
pub(crate) type Weavr = Simulator<state::WeavrState>;

/// The API key of the programme that all customers belong to.
const API_KEY: &str = "weavr_sandbox_key";
