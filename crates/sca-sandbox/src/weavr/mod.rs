//! Weavr: payments, payees and sessions that a customer confirms by a code or on the phone, and the webhooks about them.
//!
//! The API and the simulator API share one listener; the customer's phone has another. Where
//! [Weavr's documentation](https://api.weavr.io/products/multi/openapi/confirmation-challenges) leaves something open, or
//! contradicts itself, the choice made here is a switch of `PUT /control/weavr/behaviour`.

mod behaviour;
mod body;
mod call;
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
mod state;
mod tokens;
mod transitions;
mod webhook;

pub(crate) use routes::router;
pub(crate) use state::{Weavr, WeavrState};
