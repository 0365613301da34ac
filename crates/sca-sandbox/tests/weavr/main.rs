//! The simulated Weavr, called over HTTP as a partner's backend and a customer's phone call it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test stops at the first surprise"
)]

mod challenges;
mod client;
mod deprecated;
mod events;
mod factors;
mod faults;
mod login;
mod payees;
mod payments;
mod phone;
#[path = "../support/receiver.rs"]
mod receiver;
mod requests;
#[path = "../support/sandbox.rs"]
mod sandbox;
mod step_up;
