//! Weavr: payments, payees and sessions that a customer confirms by a code or on the phone, and the webhooks that tell of
//! them.
//!
//! The API and its simulator API are served on one listener, the customer's phone on another. Where Weavr's documents leave
//! something open, or say two things, the choice made here is a switch of `PUT /control/weavr/behaviour`.

pub(crate) mod behaviour;
mod body;
pub(crate) mod challenge;
pub(crate) mod customer;
mod door;
pub(crate) mod endpoint;
mod errors;
pub(crate) mod event;
pub(crate) mod exemption;
pub(crate) mod operations;
pub(crate) mod payees;
pub(crate) mod phone;
pub(crate) mod resource;
pub(crate) mod routes;
pub(crate) mod seed;
pub(crate) mod sender;
mod tokens;
mod transitions;
pub(crate) mod webhook;
pub(crate) mod world;

/// The only key that may do something.
pub(crate) const API_KEY: &str = "weavr_sandbox_key";
