//! The simulated Weavr, met over HTTP as a partner's backend and a customer's phone meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test stops at the first surprise"
)]

mod challenges;
mod deprecated;
mod events;
mod factors;
mod faults;
mod login;
mod partner;
mod payees;
mod payments;
mod phone;
#[path = "../support/receiver.rs"]
mod receiver;
mod requests;
mod step_up;
